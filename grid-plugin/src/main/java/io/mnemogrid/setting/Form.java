package io.mnemogrid.setting;

import io.mnemogrid.checkpoint.Address;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * What a setting takes.
 *
 * @param words what goes on after "the setting is", bounds and unit included
 * @param reader makes a value of a text; throws if the text is no such value
 * @param allows whether a value is within the bounds
 * @param isShown whether a message may repeat a value that was refused; false for what may hold a
 *     secret
 */
record Form<T>(String words, Function<String, T> reader, Predicate<T> allows, boolean isShown) {
  private static final Pattern TIME = Pattern.compile("(\\d+)(ms|s|m|h|d)?");
  private static final Duration LONGEST = Duration.ofDays(365);
  private static final int MOST_BITS = 200; // of an amount; a larger one is a typing error

  private static <T> Form<T> shown(String words, Function<String, T> reader, Predicate<T> allows) {
    return new Form<>(words, reader, allows, true);
  }

  /** This form, and no message repeats a value. */
  Form<T> hidden() {
    return new Form<>(words, reader, allows, false);
  }

  /** The value that a text stands for; empty when it is of another form, or out of bounds. */
  Optional<T> read(String text) {
    try {
      return Optional.of(reader.apply(text.strip())).filter(allows);
    } catch (IllegalArgumentException | ArithmeticException | DateTimeException e) {
      return Optional.empty();
    }
  }

  /** A whole number within {@code [least, most]}. */
  static Form<Integer> whole(int least, int most) {
    return shown(
        "a whole number from %d to %d".formatted(least, most),
        Integer::valueOf,
        value -> value >= least && value <= most);
  }

  /** A whole number that is not below {@code least}, of 31 bits. */
  static Form<Integer> count(int least) {
    return shown("a whole number from " + least, Integer::valueOf, value -> value >= least);
  }

  /** A whole number that is not below {@code least}, of 63 bits. */
  static Form<Long> amount(long least) {
    return shown("a whole number from " + least, Long::valueOf, value -> value >= least);
  }

  /** A time that is not below {@code least}; a number alone means seconds. */
  static Form<Duration> time(String least) {
    Duration bound = readTime(least);
    return shown(
        "a time from " + least + " to 365d, such as 30s, 500ms, 2m or 1h (30 alone means 30s)",
        Form::readTime,
        value -> value.compareTo(bound) >= 0 && value.compareTo(LONGEST) <= 0);
  }

  private static Duration readTime(String text) {
    Matcher parts = TIME.matcher(text);
    if (!parts.matches()) {
      return Duration.parse(text); // ISO 8601
    }
    long count = Long.parseLong(parts.group(1));
    return switch (Objects.requireNonNullElse(parts.group(2), "s")) {
      case "ms" -> Duration.ofMillis(count);
      case "m" -> Duration.ofMinutes(count);
      case "h" -> Duration.ofHours(count);
      case "d" -> Duration.ofDays(count);
      default -> Duration.ofSeconds(count);
    };
  }

  /**
   * A decimal number as a count of its smallest unit, 10<sup>-decimals</sup>.
   *
   * @param words its lower bound
   */
  static Form<BigInteger> coin(String words, int decimals, Predicate<BigInteger> allows) {
    return shown(
        "a number %s with at most %d decimals".formatted(words, decimals),
        text -> new BigDecimal(text).movePointRight(decimals).toBigIntegerExact(),
        allows.and(units -> units.bitLength() < MOST_BITS));
  }

  /** Any text that is not blank. */
  static Form<String> text(String words) {
    return shown(words, Function.identity(), value -> !value.isBlank());
  }

  /** A text of that pattern as a whole. */
  static Form<String> like(String words, String pattern) {
    return shown(words, Function.identity(), Pattern.compile(pattern).asMatchPredicate());
  }

  /** Requests, bytes and work in a second. */
  static Form<Rate> rate() {
    return shown(
        "requests, bytes and work in a second, three whole numbers from 0 to "
            + Rate.MOST
            + " with commas between; 0 for no limit",
        Rate::parse,
        _ -> true);
  }

  /** {@code yes} or {@code no}; YAML makes true and false of these words. */
  static Form<Boolean> yesOrNo() {
    return shown(
        "yes or no",
        text -> {
          return switch (text) {
            case "yes", "true" -> true;
            case "no", "false" -> false;
            default -> throw new IllegalArgumentException();
          };
        },
        _ -> true);
  }

  /** A folder, which need not be there. */
  static Form<Path> folder() {
    return shown("a folder", Path::of, _ -> true);
  }

  /** A file, which need not be there yet. */
  static Form<Path> file() {
    return shown("a file", Path::of, _ -> true);
  }

  /** An address of a JSON-RPC endpoint. */
  static Form<URI> url() {
    return shown(
        "a URL, http://… or https://…",
        URI::create,
        url -> url.toString().matches("(?i)https?://.+"));
  }

  /** Texts with commas between. */
  static Form<List<String>> list(String words) {
    return shown(words + " with commas between", Form::items, _ -> true);
  }

  private static List<String> items(String text) {
    return Arrays.stream(text.split(",", -1))
        .map(String::strip)
        .filter(item -> !item.isEmpty())
        .toList();
  }

  /** The address of an account or a contract. */
  static Form<Address> address() {
    return shown(
        "an address, 0x and 40 hex digits, in quotes in YAML", Form::readAddress, _ -> true);
  }

  private static Address readAddress(String text) {
    return new Address(text.toLowerCase(Locale.ROOT));
  }

  /** Addresses with commas between. */
  static Form<Set<Address>> addresses() {
    return shown(
        "addresses, 0x and 40 hex digits each, with commas between",
        text -> items(text).stream().map(Form::readAddress).collect(Collectors.toSet()),
        _ -> true);
  }
}
