package io.mnemogrid.job;

import io.mnemogrid.checkpoint.AuditStatus;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What the full audit found of one space so far.
 *
 * @param audit id of the audit
 * @param member name of the member that works on it
 * @param done versions recomputed
 * @param total how many versions there are to recompute, as far as that is known
 * @param status whether it is under way, and how it ended
 * @param where the place of the first mismatch, or what went wrong, when it did not end as VERIFIED
 */
public record SpaceAudit(
    String audit,
    String space,
    String member,
    long done,
    long total,
    AuditStatus status,
    @Nullable String where,
    @Nullable String what)
    implements Serializable {
  /** Whether nothing more will be found. */
  public boolean isFinished() {
    return status != AuditStatus.RUNNING;
  }
}
