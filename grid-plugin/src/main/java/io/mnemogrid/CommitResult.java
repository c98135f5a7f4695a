package io.mnemogrid;

import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.util.List;

/** The result that the author of a delta gets. */
public sealed interface CommitResult {
  /** The result of a commit, or of a list, holds at most this many missed updates. */
  int MAX_MISSED = 20;

  /**
   * The result of a rollback or a patch names at most this many leaves; the records have all of
   * them.
   */
  int MAX_ROLLBACK_PATHS = 1000;

  /**
   * The missed updates of a result have at most this many bytes of records. The first one that
   * would exceed it is left out, with all that follow.
   */
  int MAX_MISSED_BYTES = 64 << 10;

  /**
   * It stands in the log, durably.
   *
   * @param update the record
   * @param applied the paths that apply, as sent; of a rollback or a patch, the first leaves that
   *     its last version changed, at most {@link #MAX_ROLLBACK_PATHS}
   * @param seenInList how many of the versions between its base and itself its own list made
   * @param missed the first of the updates between the author's base and this one that this member
   *     has in memory, oldest first: at most {@link #MAX_MISSED} and {@link #MAX_MISSED_BYTES},
   *     once for a list; {@link #missedCount} says how many there are, and the log has them all
   * @param duplicate whether it stood there before this request
   */
  record Committed(
      Update update, List<String> applied, int seenInList, List<Update> missed, boolean duplicate)
      implements CommitResult {
    public Committed {
      applied = List.copyOf(applied);
      missed = List.copyOf(missed);
    }

    /** The version it made, the last of them where it needed several. */
    public long version() {
      return update.version();
    }

    /** The first version it made: {@link #version} unless one record does not hold it. */
    public long firstVersion() {
      return update.firstVersion();
    }

    /** How many updates of others lie between the author's base and this one. */
    public long missedCount() {
      return Math.max(0, firstVersion() - 1 - update.fields().base() - seenInList);
    }

    /** Whether {@link #missed} lacks some of {@link #missedCount}. */
    public boolean isMissedTruncated() {
      return missed.size() < missedCount();
    }

    /** How it met what the author had not seen. */
    public Outcome outcome() {
      if (!update.fields().superseded().isEmpty()) {
        return Outcome.SUPERSEDED;
      }
      return missedCount() > 0 ? Outcome.MERGED : Outcome.APPLIED;
    }
  }

  /** How a committed delta met what its author had not seen. */
  enum Outcome {
    /** No other version lies between the base and this one. */
    APPLIED,
    /** Other updates lay between, and all of it stands. */
    MERGED,
    /** Some of it lost to another update; the log holds both. */
    SUPERSEDED;

    /** As the API spells it. */
    public String text() {
      return Json.word(this);
    }
  }

  /**
   * A patch that changed nothing. It took no version and left no trace, so its id is free.
   *
   * @param id the id that it was sent with
   * @param head the log's head, on which it was played
   */
  record Unchanged(UpdateId id, LogHead head) implements CommitResult {}

  /**
   * This sending left no trace. After {@link Unknown} for the same id it says nothing of the
   * earlier sending, unless the refusal lasts ({@link Refusal#isLasting}).
   *
   * @param index which delta of a list was refused, 0 for a single one
   */
  record Refused(Refusal refusal, int index) implements CommitResult {}

  /**
   * This sending was not committed and left no trace: the store could not be reached in time, or
   * has no room. A member that answered {@link Unknown} for the same id before never answers this.
   * Another member does not know of that: its answer is about the sending that it saw.
   */
  record NotApplied(String why) implements CommitResult {}

  /**
   * The log of its space is damaged, so nothing can be judged there. This sending left no trace.
   * Sending it again is of no use before somebody has looked into the store ({@code ./mnemogrid
   * fsck}).
   *
   * @param version the first version that was found wrong
   */
  record Damaged(SpaceName space, long version, String what) implements CommitResult {}

  /**
   * Nobody knows yet whether it was committed: send the same again, or ask for it by its id.
   *
   * @param deltas what was sent, with its ids: committing exactly these once more is applied once,
   *     and its answer is certain
   */
  record Unknown(List<Delta> deltas, String why) implements CommitResult {
    public Unknown {
      deltas = List.copyOf(deltas);
    }
  }
}
