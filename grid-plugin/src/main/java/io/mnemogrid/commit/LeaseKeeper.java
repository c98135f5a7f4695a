package io.mnemogrid.commit;

import io.mnemogrid.checkpoint.LeaseRow;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * One member's part in the election of a leader. The lease row as last seen and this member's own
 * monotonic clock go in, what to do comes out. A candidate takes over, with the next epoch, only
 * after it has seen the same row for the whole time to live. A leader that could not renew for the
 * time to live regards itself as deposed. Safety does not depend on either clock: every write of a
 * leader is conditional on its epoch. One thread uses it.
 *
 * <p>A read takes time, and the row was as it was read at some moment of that time. So a candidate
 * counts from the end of the first read to the beginning of the last, and a slow read takes nothing
 * from the holder's time to live.
 */
public final class LeaseKeeper {
  /** What to do with the lease row that was read. */
  public sealed interface Step {
    /** Wait and read again. */
    record Follow() implements Step {}

    /**
     * Replace the row that was read by this one, and report by {@link #replaced} whether it worked.
     */
    record Replace(LeaseRow next) implements Step {}
  }

  private final String member;
  private final long ttlNanos;
  private LeaseRow seen = LeaseRow.NONE;
  private long seenSince;
  private boolean sawAny;
  private @Nullable LeaseRow held;
  private long heldSince;

  /** A member that may lead. */
  public LeaseKeeper(String member, Duration timeToLive) {
    this.member = member;
    this.ttlNanos = timeToLive.toNanos();
  }

  /**
   * What to do after a row was read.
   *
   * @param before the clock when the read began
   * @param after the clock when it had ended
   */
  public Step observe(LeaseRow row, long before, long after) {
    LeaseRow mine = held;
    if (mine != null && !mine.equals(row)) {
      held = null; // somebody took over
    }
    if (held != null) {
      return new Step.Replace(new LeaseRow(member, row.epoch(), row.counter() + 1));
    }
    if (!sawAny || !row.equals(seen)) {
      sawAny = true;
      seen = row;
      seenSince = after;
    }
    boolean free = row.equals(LeaseRow.NONE) || row.holder().isEmpty();
    if (free || before - seenSince >= ttlNanos) {
      return new Step.Replace(new LeaseRow(member, row.epoch() + 1, row.counter() + 1));
    }
    return new Step.Follow();
  }

  /**
   * The store took, or did not take, the row of the last {@link Step.Replace}.
   *
   * @param nanos the clock before the store was asked
   */
  public void replaced(LeaseRow next, boolean taken, long nanos) {
    if (taken) {
      held = next;
      heldSince = nanos;
    } else {
      held = null;
    }
  }

  /** The lease was given up. */
  public void gaveUp() {
    held = null;
  }

  /** The row that gives the lease up, or null when it is not held. */
  public @Nullable LeaseRow released() {
    LeaseRow mine = held;
    return mine == null ? null : new LeaseRow("", mine.epoch(), mine.counter() + 1);
  }

  /** The row as last written by this member, or null when it does not lead. */
  public @Nullable LeaseRow held() {
    return held;
  }

  /** The epoch to write under, 0 when this member does not lead or could not renew in time. */
  public long epoch(long nanos) {
    LeaseRow mine = held;
    return mine != null && nanos - heldSince < ttlNanos ? mine.epoch() : 0;
  }
}
