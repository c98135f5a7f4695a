package io.mnemogrid.commit;

import java.time.Duration;

/**
 * How a committer that takes nothing new comes to its end: a look goes in, what to do comes out.
 * First it commits what it took. After {@link #PATIENCE} it gives up the requests that no append
 * carries, for another member to commit. After {@link #LAST_APPEND} more it no longer waits for the
 * append under way, and the outcome of that append is unknown. One thread uses it; no clock.
 */
public final class Drain {
  /** How long the commits that were taken are waited for. */
  public static final Duration PATIENCE = Duration.ofSeconds(1);

  /** How long the append under way is waited for after that. */
  public static final Duration LAST_APPEND = Duration.ofMillis(500);

  /** What to do now. */
  public enum Step {
    /** Go on committing. */
    GO_ON,
    /** Give up the requests that no append carries ({@link Committer#abandon}), and look again. */
    LET_GO,
    /** End. */
    END
  }

  private final long sinceNanos;

  /** A drain that begins now. */
  public Drain(long nanos) {
    this.sinceNanos = nanos;
  }

  /**
   * Looks at the committer.
   *
   * @param busy whether any request is unanswered
   */
  public Step look(boolean busy, long nanos) {
    long span = nanos - sinceNanos;
    if (!busy || span >= PATIENCE.plus(LAST_APPEND).toNanos()) {
      return Step.END;
    }
    return span >= PATIENCE.toNanos() ? Step.LET_GO : Step.GO_ON;
  }
}
