package io.mnemogrid.command;

/** How a command ended, the same for all of them (docs/command.md). */
public enum ExitCode {
  /** It did what it was asked; what was checked holds. */
  OK(0, "done; what was checked holds"),
  /** It came to no answer: something that it needs does not answer, or went wrong. */
  CANNOT_TELL(1, "it cannot tell: something that it needs does not answer, or went wrong"),
  /** The command line is wrong, or what it was given cannot be read. */
  USAGE(2, "the command line is wrong, or a file that it was given cannot be read"),
  /** Something could not be started: a port is taken, a part is missing. */
  NOT_STARTED(3, "something could not be started: a port is taken, a part is missing"),
  /** What it would write stands there already, or another one was faster. */
  CONFLICT(4, "what it would write is there already, or another one came before"),
  /** This user may not read or write that. */
  NOT_ALLOWED(5, "this user may not read or write that"),
  /** What ran does not run any more, or the member or the chain is not there now. */
  UNAVAILABLE(6, "a member, a chain or a store is not there now; later it may be"),
  /** What was checked does not hold: a hash differs, a promise was broken. */
  DOES_NOT_HOLD(7, "what was checked does not hold: a hash differs, a promise was broken"),
  /** The time that it had ran out. */
  TIMED_OUT(8, "its time ran out"),
  /** What it should read is not there. */
  NOTHING_THERE(9, "what it should read is not there");

  private final int code;
  private final String meaning;

  ExitCode(int code, String meaning) {
    this.code = code;
    this.meaning = meaning;
  }

  /** The number that the process ends with. */
  public int code() {
    return code;
  }

  /** What it means, in a line. */
  public String meaning() {
    return meaning;
  }
}
