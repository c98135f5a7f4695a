package io.mnemogrid.merge;

import io.mnemogrid.merge.Refusal.Quota.Counted;
import io.mnemogrid.state.State;
import org.jspecify.annotations.Nullable;

/**
 * How much documents may grow. A delta that makes a document no larger is never refused. Nor is a
 * rollback, because it recovers what was once there.
 *
 * @param maxSpaces most spaces of the grid
 * @param maxLeaves most leaves of one document
 * @param maxBytes most bytes of one document, counted as {@link State#sizeBytes}
 * @param maxGridBytes most memory of the documents that a member holds, counted as {@link
 *     State#footprintBytes}: those that it does not need are let go for others
 */
public record Quotas(int maxSpaces, long maxLeaves, long maxBytes, long maxGridBytes) {
  /** 100,000 spaces, a million leaves and 1 GiB a space, and no limit to what a member holds. */
  public static final Quotas DEFAULT = new Quotas(100_000, 1_000_000, 1L << 30, Long.MAX_VALUE);

  public Quotas {
    if (maxSpaces < 1 || maxLeaves < 1 || maxBytes < 1 || maxGridBytes < 1) {
      throw new IllegalArgumentException(
          "a grid has at least 1 space, 1 leaf and 1 byte, got "
              + maxSpaces
              + ", "
              + maxLeaves
              + ", "
              + maxBytes
              + ", "
              + maxGridBytes);
    }
  }

  /** These quotas with another limit for the number of spaces. */
  public Quotas withMaxSpaces(int value) {
    return new Quotas(value, maxLeaves, maxBytes, maxGridBytes);
  }

  /** These quotas with other limits for one document. */
  public Quotas withSpace(long leaves, long bytes) {
    return new Quotas(maxSpaces, leaves, bytes, maxGridBytes);
  }

  /** These quotas with another limit for the documents that a member holds. */
  public Quotas withMaxGridBytes(long value) {
    return new Quotas(maxSpaces, maxLeaves, maxBytes, value);
  }

  /**
   * The refusal if a step would break a quota, or null.
   *
   * @param gridBytes memory before it of the documents that the member cannot let go, as lately
   *     counted
   */
  @Nullable Refusal judge(State before, State after, long gridBytes) {
    if (after.leaves() > maxLeaves && after.leaves() > before.leaves()) {
      return new Refusal.Quota(Counted.LEAVES, before.leaves(), after.leaves(), maxLeaves);
    }
    if (after.sizeBytes() > maxBytes && after.sizeBytes() > before.sizeBytes()) {
      return new Refusal.Quota(Counted.BYTES, before.sizeBytes(), after.sizeBytes(), maxBytes);
    }
    long growth = after.footprintBytes() - before.footprintBytes();
    long held = Math.max(gridBytes, before.footprintBytes());
    return growth > 0 && held + growth > maxGridBytes
        ? new Refusal.Quota(Counted.GRID_BYTES, held, held + growth, maxGridBytes)
        : null;
  }

  /** The resolution of a delta, or the refusal if it would break a quota and is no rollback. */
  public Resolution judge(State before, Delta delta, Resolution resolution, long gridBytes) {
    Refusal refusal =
        resolution instanceof Resolution.Accepted accepted && !(delta instanceof Delta.Rollback)
            ? judge(before, accepted.next(), gridBytes)
            : null;
    return refusal == null ? resolution : new Resolution.Refused(refusal);
  }
}
