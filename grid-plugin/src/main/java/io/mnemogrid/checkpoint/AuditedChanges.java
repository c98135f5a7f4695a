package io.mnemogrid.checkpoint;

import java.util.List;

/**
 * The newest findings of the spaces whose newest finding is another, or says something else, since
 * a mark.
 *
 * @param heads them, each space once, in no order; some may have been told before
 * @param mark what the next call is given; findings that change after this answer was made are
 *     among its heads
 * @param isAll whether no other space has a finding: the mark was 0, or is of a store that has more
 *     than this one, as after it was restored from an older copy
 */
public record AuditedChanges(List<AuditedHead> heads, long mark, boolean isAll) {
  public AuditedChanges {
    heads = List.copyOf(heads);
  }
}
