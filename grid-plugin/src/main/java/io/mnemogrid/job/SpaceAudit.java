package io.mnemogrid.job;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What the full audit found of one space so far.
 *
 * @param audit id of the audit
 * @param member name of the member that works on it
 * @param done versions recomputed
 * @param total versions there are to recompute, as far as known
 * @param state whether it is under way, and how it ended
 * @param where the place of the first lie, or what went wrong, when it did not end as HONEST
 */
public record SpaceAudit(
    String audit,
    String space,
    String member,
    long done,
    long total,
    State state,
    @Nullable String where,
    @Nullable String what)
    implements Serializable {
  /** How the audit of a space stands. */
  public enum State {
    /** Its versions are being recomputed. */
    RUNNING,
    /** All that the store says of it holds. */
    HONEST,
    /** Something the store says of it does not hold. */
    LIE,
    /** It could not be found out. */
    UNKNOWN
  }

  /** Whether nothing more will be found. */
  public boolean isFinished() {
    return state != State.RUNNING;
  }
}
