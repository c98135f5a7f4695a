package io.mnemogrid.command;

/** Ends a command: a sentence for the person who called it, an exit code for a script. */
public final class CommandFailure extends RuntimeException {
  private static final long serialVersionUID = 1;

  private final ExitCode exit;

  /** A failure with a sentence that says what is wrong and what can be done. */
  public CommandFailure(ExitCode exit, String sentence) {
    super(sentence);
    this.exit = exit;
  }

  /** A failure with such a sentence and its cause. */
  public CommandFailure(ExitCode exit, String sentence, Throwable cause) {
    super(sentence, cause);
    this.exit = exit;
  }

  /** How the process ends. */
  public ExitCode exit() {
    return exit;
  }
}
