package io.mnemogrid.commit;

import java.time.Duration;

/**
 * How a committer that takes nothing new comes to its end: a look in, what to do out. It commits
 * what it took; after {@link #PATIENCE} it lets go of what no append carries, for another member to
 * commit; after {@link #LAST_APPEND} more it ends without the append under way, whose outcome then
 * is unknown. One thread uses it; no clock.
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
    /** Let go of what no append carries ({@link Committer#abandon}), and look again. */
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
