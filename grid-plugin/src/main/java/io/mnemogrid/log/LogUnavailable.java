package io.mnemogrid.log;

import org.jspecify.annotations.Nullable;

/**
 * The store failed. {@link #outcome()} says what is known of a write that was under way, {@link
 * #trouble()} what is wrong.
 */
public final class LogUnavailable extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** What is known of the write. */
  public enum Outcome {
    /** It did not happen. */
    NOT_APPLIED,
    /** It may have happened: send the same ids again to learn it. */
    UNKNOWN
  }

  /** What is wrong, and so what helps. */
  public enum Trouble {
    /** The store did not answer, or could not do it now: the same write may succeed later. */
    AWAY,
    /**
     * The store's disk or its quota is full. Trying again soon helps nobody: somebody must make
     * room first.
     */
    FULL,
    /**
     * The store works and does not accept what this write holds, for example because of a
     * constraint or a trigger. The same write is refused again until somebody changes the database.
     */
    REFUSED
  }

  private final Outcome outcome;
  private final Trouble trouble;

  /** Wraps what a store said, as {@link Trouble#AWAY}. */
  public LogUnavailable(Outcome outcome, String message, Throwable cause) {
    this(outcome, Trouble.AWAY, message, cause);
  }

  /** Wraps what the store said. */
  public LogUnavailable(
      Outcome outcome, Trouble trouble, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.outcome = outcome;
    this.trouble = trouble;
  }

  /**
   * A copy without the cause, which can travel to another process. What the cause said becomes part
   * of the message.
   */
  public LogUnavailable withoutCause() {
    return getCause() == null
        ? this
        : new LogUnavailable(outcome, trouble, getMessage() + ": " + getCause(), null);
  }

  /** What is known of the write that was under way; NOT_APPLIED for a read. */
  public Outcome outcome() {
    return outcome;
  }

  /** What is wrong. */
  public Trouble trouble() {
    return trouble;
  }
}
