package io.mnemogrid.audit;

import java.time.Duration;

/**
 * The audit's share of one core for recomputing documents: a tenth, by an estimate of what each
 * costs. Reading and checking the records does not count, because it has to keep up with the log.
 */
public final class AuditShare {
  private static final double SHARE = 0.1;
  private static final Duration MOST_CREDIT = Duration.ofMillis(500);
  private static final long NANOS_PER_LEAF = 5000;
  private static final long NANOS_PER_BYTE = 5;

  private long creditedAt;
  private long credit = MOST_CREDIT.toNanos();

  /** The share from {@code nanos} on, by a monotonic clock. */
  public AuditShare(long nanos) {
    this.creditedAt = nanos;
  }

  /**
   * Takes what recomputing a document costs; false when the share is used up. Any document is
   * recomputed while something is left, also one that costs more: then the share is in debt, and
   * the next document waits until the debt is paid off.
   */
  public boolean spend(long nanos, int leaves, long bytes) {
    credit = Math.min(MOST_CREDIT.toNanos(), credit + (long) ((nanos - creditedAt) * SHARE));
    creditedAt = nanos;
    if (credit <= 0) {
      return false;
    }
    credit -= NANOS_PER_LEAF * leaves + NANOS_PER_BYTE * bytes;
    return true;
  }
}
