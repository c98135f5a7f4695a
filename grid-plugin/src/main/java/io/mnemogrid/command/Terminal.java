package io.mnemogrid.command;

import java.io.Console;
import java.util.Map;

/** What is known of whoever reads the output. */
public final class Terminal {
  /** Set to true by the launcher where standard error is a terminal, which Java cannot tell. */
  public static final String STDERR = "mnemogrid.stderr.terminal";

  private Terminal() {}

  /** Colors only for people who read along and did not forbid them (no-color.org). */
  public static boolean hasColors() {
    return System.getenv().getOrDefault("NO_COLOR", "").isEmpty()
        && isClever(System.getenv())
        && isRead();
  }

  /** Whether a person reads standard output, as far as Java can tell. */
  public static boolean isRead() {
    return System.console() instanceof Console console && console.isTerminal();
  }

  /** Whether a terminal with this environment knows escape codes. */
  static boolean isClever(Map<String, String> environment) {
    return !environment.getOrDefault("TERM", "").equals("dumb");
  }

  /** The text, bold where colors are. */
  public static String bold(String text) {
    return hasColors() ? "\u001b[1m" + text + "\u001b[0m" : text;
  }

  /** Whether a progress bar on standard error is seen as one. */
  public static boolean showsProgress() {
    return Boolean.getBoolean(STDERR) && isClever(System.getenv());
  }
}
