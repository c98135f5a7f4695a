package io.mnemogrid.log;

/** The store failed. {@link #outcome()} says what is known of a write that was under way. */
public final class LogUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What is known of the write. */
  public enum Outcome {
    /** It did not happen. */
    NOT_APPLIED,
    /** It may have happened: send the same ids again to learn it. */
    UNKNOWN
  }

  private final Outcome outcome;

  /** Wraps what the store said. */
  public LogUnavailable(Outcome outcome, String message, Throwable cause) {
    super(message, cause);
    this.outcome = outcome;
  }

  /** What is known of the write that was under way; NOT_APPLIED for a read. */
  public Outcome outcome() {
    return outcome;
  }
}
