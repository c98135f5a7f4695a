package io.mnemogrid;

import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.SpaceName;

/**
 * Told of news on this member, on a thread of the listener's own: it may take its time, fail, or
 * call the grid. What comes faster than it returns is put together: of each space it hears the
 * newest head, in order, and back only after a store was restored; the newest final version; and of
 * events of checkpoints the last 1,000.
 */
public interface GridListener {
  /** A replica of this member is at a newer version. */
  default void advanced(Snapshot head) {}

  /** Something happened to a checkpoint; told on the member that leads. */
  default void checkpointed(CheckpointEvent event) {}

  /** All versions of a space up to this one are final. */
  default void finalized(SpaceName space, long version) {}
}
