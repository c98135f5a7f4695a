package io.mnemogrid.log;

import io.mnemogrid.state.OldTombstones;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The append-only log of every space, to write. */
public interface UpdateLog extends LogReader {
  /**
   * Tombstones are stored every this many versions. A state holds those of four times as many, so
   * three storings in a row may be missed.
   */
  long REMEMBERED_EVERY = State.REMEMBERED_VERSIONS / 4;

  /** {@link #rememberAll} saves a snapshot on its way every this many versions. */
  long SAVED_EVERY = 100_000;

  /** Updates to append to one space, all or none, if its head row still is {@code expected}. */
  record Batch(LogHead expected, List<Update> updates) {
    public Batch {
      updates = List.copyOf(updates);
      if (updates.isEmpty()) {
        throw new IllegalArgumentException("a batch has updates");
      }
    }

    /** The space. */
    public SpaceName space() {
      return expected.space();
    }
  }

  /** What became of one batch. */
  sealed interface Appended {
    /** Its updates are durable. */
    record Committed() implements Appended {}

    /** The head row holds something else; nothing of the batch was written. */
    record Moved(LogHead now) implements Appended {}

    /**
     * Some ids stand in the log already; nothing of the batch was written.
     *
     * @param found what {@link LogReader#find} answers for the batch's ids, in their order
     */
    record Known(Found found) implements Appended {}

    /** The space was never created. */
    record NoSpace() implements Appended {}

    /** The log of this space contradicts itself; nothing of the batch was written. */
    record Broken(BrokenHistory what) implements Appended {}
  }

  /**
   * Creates a space at version 0. False when the space was there already. Durable when it returns.
   *
   * @param policy what {@link #policy} says of it from then on, canonical JSON
   */
  boolean create(SpaceName space, String policy);

  /**
   * Creates a space together with its version 1. False when the space was there already, and then
   * nothing is written. Durable when it returns, both or neither.
   */
  boolean create(SpaceName space, Update first);

  /**
   * The policy that an older version kept beside the log; {@code {}} for a space of this version,
   * and empty for one that was never created. Nothing is judged by it.
   */
  Optional<String> policy(SpaceName space);

  /** The policies that an older version kept beside the log, and that are not {@code {}}. */
  Map<SpaceName, String> keptPolicies();

  /**
   * Appends the batches, at most one of each space, in one transaction. A batch whose condition
   * fails is left out, and the others are written. When it returns, every batch that is {@link
   * Appended.Committed} is durable. The outcomes stand in the order of the batches.
   *
   * @throws LogUnavailable whose outcome says whether the transaction may have committed
   */
  List<Appended> append(List<Batch> batches);

  /**
   * Stores a snapshot for later replays, and drops those that {@link SnapshotRetention} names.
   * Durable when it returns.
   */
  void save(Snapshot snapshot);

  /** The version up to which a space's tombstones are stored apart from its snapshots. */
  long remembered(SpaceName space);

  /**
   * Stores the tombstones that a version holds, from {@link #remembered} on. False if that version
   * no longer holds all of them; then nothing is stored, and {@link #rememberAll} is needed. It may
   * be repeated, also by several members at once. Durable when it returns.
   *
   * @throws IllegalArgumentException when the version is not of this log
   */
  boolean remember(Snapshot at);

  /**
   * The stored tombstones of versions after {@code since}: those at the paths {@code at}, and those
   * at, above and below the paths {@code around}. Of each path it is the newest. For {@code around}
   * at most {@link OldTombstones#MOST_BELOW} are returned.
   */
  OldTombstones recall(
      SpaceName space, long since, Collection<Pointer> at, Collection<Pointer> around);

  /**
   * Brings what is derived from the log of a space up to its head: its tombstones, and a snapshot
   * when more than {@link State#REMEMBERED_VERSIONS} had to be replayed. When it was interrupted,
   * another call goes on from there, and replays at most {@link #SAVED_EVERY} versions again.
   * O(versions replayed).
   *
   * @throws BrokenHistory when the log does not follow
   */
  default void rememberAll(SpaceName space) {
    Optional<LogHead> head = head(space);
    if (head.isEmpty()) {
      return;
    }
    Optional<Snapshot> from = snapshot(space, remembered(space) + State.REMEMBERED_VERSIONS);
    while (true) {
      Snapshot start = from.orElseGet(() -> Snapshot.ofNew(space));
      try {
        rememberAll(start, head.get().version());
        return;
      } catch (BrokenHistory e) {
        if (start.version() == 0 || e.version() > start.version() + 1) {
          throw e; // as in a replay: no older snapshot leads past a record that is wrong
        }
        from = snapshot(space, start.version() - 1);
      }
    }
  }

  private void rememberAll(Snapshot start, long last) {
    Replay replay = new Replay(start);
    remember(start);
    long[] kept = {start.version(), start.version()}; // tombstones, snapshot
    forEachPage(
        start.space(),
        start.version(),
        last,
        page -> {
          page.forEach(replay::add);
          if (replay.version() - kept[0] >= REMEMBERED_EVERY) {
            remember(replay.snapshot());
            kept[0] = replay.version();
          }
          if (replay.version() - kept[1] >= SAVED_EVERY) {
            save(replay.snapshot());
            kept[1] = replay.version();
          }
        });
    remember(replay.snapshot());
    if (replay.version() - kept[1] > State.REMEMBERED_VERSIONS) {
      save(replay.snapshot());
    }
  }
}
