package io.mnemogrid;

import io.mnemogrid.checkpoint.AuditStatus;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The two audits of the store: the one that always follows the log, and the full one, on demand,
 * that recomputes every space from its first record, spread over all members.
 */
public interface Audits {
  /**
   * What was found of one space.
   *
   * @param member name of the member that works on it
   * @param done versions recomputed
   * @param total how many versions there are
   * @param where the place of the first mismatch, or of what went wrong
   * @param what is wrong there
   */
  record OfSpace(
      String space,
      String member,
      AuditStatus status,
      long done,
      long total,
      @Nullable String where,
      @Nullable String what) {}

  /**
   * The newest full audit.
   *
   * @param id empty when there is none
   * @param total number of spaces when it began
   * @param spaces what was found so far, by name
   */
  record Report(AuditStatus status, String id, int total, List<OfSpace> spaces) {
    public Report {
      spaces = List.copyOf(spaces);
    }

    /** How many spaces are finished. */
    public int finished() {
      return (int) spaces.stream().filter(space -> space.status() != AuditStatus.RUNNING).count();
    }
  }

  /**
   * How far the audit that follows the log is behind it, all spaces together.
   *
   * @param updates how many updates it has not recomputed yet
   * @param age how long the oldest of them has been waiting
   */
  record Lag(long updates, Duration age) {}

  /**
   * Begins a full audit unless one is under way; returns the id of the one that is under way then.
   *
   * @throws IllegalStateException on a member without a store
   */
  String start();

  /**
   * How the newest full audit stands.
   *
   * @throws IllegalStateException on a member without a store
   */
  Report latest();

  /**
   * A space in which an audit found something wrong.
   *
   * @param version at which it was found; 0 where only a place is known
   * @param what is wrong, in a sentence
   */
  record Wrong(SpaceName space, long version, String what) {}

  /**
   * What the audit that follows the log has found wrong at the newest head of each space, and what
   * the newest full audit has; one finding for each space, by name. Blocks. O(spaces).
   *
   * @throws IllegalStateException on a member without a store
   */
  List<Wrong> wrong();

  /** How far the audit that follows the log is behind, by a look every few seconds; no I/O. */
  Lag lag();
}
