package io.mnemogrid.log;

import org.jspecify.annotations.Nullable;

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
  private final boolean full;

  /** Wraps what the store said. */
  public LogUnavailable(Outcome outcome, String message, Throwable cause) {
    this(outcome, false, message, cause);
  }

  private LogUnavailable(Outcome outcome, boolean full, String message, @Nullable Throwable cause) {
    super(message, cause);
    this.outcome = outcome;
    this.full = full;
  }

  /** The store has no room for the write. */
  public static LogUnavailable full(Outcome outcome, String message, Throwable cause) {
    return new LogUnavailable(outcome, true, message, cause);
  }

  /** The same as it travels to another process: what the cause said is part of the message. */
  public LogUnavailable withoutCause() {
    return new LogUnavailable(outcome, full, getMessage() + ": " + getCause(), null);
  }

  /** What is known of the write that was under way; NOT_APPLIED for a read. */
  public Outcome outcome() {
    return outcome;
  }

  /**
   * Whether the store's disk or its quota is full. Trying again soon helps nobody: somebody must
   * make room first.
   */
  public boolean isFull() {
    return full;
  }
}
