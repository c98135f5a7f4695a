package io.mnemogrid.api.http;

import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.SpaceName;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What requests say in their parameters and bodies, read once and refused with a 400. */
public final class Params {
  /** Most items of one list. */
  static final int MAX_LIMIT = 500;

  private static final int DEFAULT_LIMIT = 50;
  private static final Pattern VERSION = Pattern.compile("[0-9]{1,16}");

  private Params() {}

  /** A parameter as {@code reader} understands it; its IllegalArgumentException becomes a 400. */
  public static <T> T read(String name, String text, Function<String, T> reader) {
    try {
      return reader.apply(text);
    } catch (IllegalArgumentException e) {
      throw new ProblemException(Problem.badParameter(name, String.valueOf(e.getMessage())));
    }
  }

  /** The name of a space. */
  public static SpaceName space(String text) {
    return read("space", text, SpaceName::of);
  }

  /**
   * What {@code reader} makes of the request's body; what it refuses becomes a 400. Used only
   * around the reading of bodies: when our own data cannot be read, that is no fault of the
   * client's.
   */
  public static <T> T body(Supplier<T> reader) {
    try {
      return reader.get();
    } catch (JsonException e) {
      throw new ProblemException(
          Problem.badRequest(String.valueOf(e.getMessage()), Problem.OVERVIEW)
              .at(e.pointer(), e.detail()));
    }
  }

  /** Whether a text is spelled as a version is. */
  public static boolean isVersion(String text) {
    return VERSION.matcher(text).matches();
  }

  /** A version or number, 0 or greater; {@code absent} when it is not given. */
  public static long number(String name, @Nullable String text, long absent) {
    if (text == null) {
      return absent;
    }
    if (!isVersion(text)) {
      throw new ProblemException(Problem.badParameter(name, "is a whole number from 0"));
    }
    return Long.parseLong(text);
  }

  /** Whether a parameter says {@code yes}; without it, no. */
  public static boolean yes(String name, @Nullable String text) {
    return switch (text) {
      case "yes" -> true;
      case "no" -> false;
      case null -> false;
      default -> throw new ProblemException(Problem.badParameter(name, "is yes or no"));
    };
  }

  /** How many items a list has at most. */
  public static int limit(@Nullable String text) {
    long limit = number("limit", text, DEFAULT_LIMIT);
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new ProblemException(Problem.badParameter("limit", "is 1 to " + MAX_LIMIT));
    }
    return (int) limit;
  }
}
