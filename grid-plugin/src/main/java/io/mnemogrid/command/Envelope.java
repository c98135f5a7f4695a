package io.mnemogrid.command;

import io.mnemogrid.command.CommandTable.Section;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The one JSON object that {@code --agent} prints, whatever happened: {@code status}, {@code
 * command}, {@code duration_ms}, and {@code data} or {@code error} (docs/cli.md).
 */
public final class Envelope {
  private static final String OPTION = "--agent";

  private Envelope() {}

  /** Whether a command line wants its failure as an object, also one that cannot be read. */
  static boolean isWantedBy(List<String> words) {
    int end = words.indexOf("--");
    return words.subList(0, end < 0 ? words.size() : end).contains(OPTION)
        && (words.getFirst().equals("keys")
            || CommandTable.of(Section.USE).stream()
                .anyMatch(row -> row.name().equals(words.getFirst())));
  }

  /**
   * What was done or found.
   *
   * @param began {@link System#nanoTime} when the command began
   * @param data a JSON text
   */
  public static String ok(String command, long began, String data) {
    return "{\"command\":%s,\"data\":%s,\"duration_ms\":%d,\"status\":\"ok\"}"
        .formatted(quoted(command), data, millis(began));
  }

  /** What went wrong. */
  public static String error(String command, long began, CommandFailure failure) {
    String error =
        "{\"code\":%s,\"detail\":%s,\"hint\":%s}"
            .formatted(quoted(failure.code()), quoted(failure.detail()), quoted(failure.hint()));
    return "{\"command\":%s,\"duration_ms\":%d,\"error\":%s,\"status\":\"error\"}"
        .formatted(quoted(command), millis(began), error);
  }

  private static long millis(long began) {
    return TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - began);
  }

  /** A JSON string. Half a surrogate pair, which JSON should not hold (RFC 7493 §2.1), is a ?. */
  static String quoted(String text) {
    StringBuilder quoted = new StringBuilder(text.length() + 2).append('"');
    text.codePoints()
        .forEach(point -> {
          if (point == '"' || point == '\\') {
            quoted.append('\\').append((char) point);
          } else if (point < ' ') {
            quoted.append("\\u%04x".formatted(point));
          } else if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
            quoted.append('?');
          } else {
            quoted.appendCodePoint(point);
          }
        });
    return quoted.append('"').toString();
  }
}
