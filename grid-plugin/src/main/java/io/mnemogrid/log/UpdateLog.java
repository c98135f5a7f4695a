package io.mnemogrid.log;

import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.util.List;
import java.util.Map;

/** The append-only log of every space, to write. */
public interface UpdateLog extends LogReader {
  /** The updates that one space is to grow by, all or none, conditional on its head. */
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

    /** Some ids stand in the log already; nothing of the batch was written. */
    record Known(Map<UpdateId, Update> updates) implements Appended {
      public Known {
        updates = Map.copyOf(updates);
      }
    }

    /** The space was never created. */
    record NoSpace() implements Appended {}

    /** What stands in the log of this space cannot be; nothing of the batch was written. */
    record Broken(BrokenHistory what) implements Appended {}
  }

  /**
   * Creates a space at version 0, with a policy as canonical JSON. False when it was there already,
   * whose policy then stays. Durable when it returns.
   */
  boolean create(SpaceName space, String policy);

  /**
   * Appends the batches in one transaction, at most one a space; one that fails its condition takes
   * out only itself. When it returns, all that is {@link Appended.Committed} is durable. The
   * outcomes stand in the order of the batches.
   *
   * @throws LogUnavailable whose outcome says whether the transaction may have committed
   */
  List<Appended> append(List<Batch> batches);

  /** Keeps a snapshot to start from, and drops what {@link SnapshotRetention} says. Durable. */
  void save(Snapshot snapshot);
}
