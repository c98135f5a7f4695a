package io.mnemogrid.command;

import java.util.Locale;

/** Ends a command: a sentence for the person who called it, an exit code for a script. */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ExitCode exit;
  private final String code;
  private final String detail;
  private final String hint;

  /** A failure with a sentence that says what is wrong and what can be done. */
  public CommandFailure(ExitCode exit, String sentence) {
    this(exit, sentence, word(exit), sentence, "");
  }

  /** A failure with such a sentence and its cause. */
  public CommandFailure(ExitCode exit, String sentence, Throwable cause) {
    this(exit, sentence);
    initCause(cause);
  }

  /**
   * A failure that programs tell from others.
   *
   * @param sentence all of it, for a person
   * @param code the word that programs compare
   * @param detail what is wrong
   * @param hint what can be done; empty where nobody knows
   */
  public CommandFailure(ExitCode exit, String sentence, String code, String detail, String hint) {
    super(sentence);
    this.exit = exit;
    this.code = code.isEmpty() ? word(exit) : code;
    this.detail = detail;
    this.hint = hint;
  }

  private static String word(ExitCode exit) {
    return exit.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** How the process ends. */
  public ExitCode exit() {
    return exit;
  }

  /** The word that programs compare: that of the API where it said one, else the exit's. */
  public String code() {
    return code;
  }

  /** What is wrong. */
  public String detail() {
    return detail;
  }

  /** What can be done; empty where nobody knows. */
  public String hint() {
    return hint;
  }
}
