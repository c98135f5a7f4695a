package io.mnemogrid;

import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.SpaceName;

/**
 * Told of news on this member, on a thread that feeds replicas: return quickly, never call back
 * into the grid.
 */
public interface GridListener {
  /** A replica of this member is at a newer version. */
  default void advanced(Snapshot head) {}

  /** Something happened to a checkpoint; told on the member that leads, by its own thread. */
  default void checkpointed(CheckpointEvent event) {}

  /** All versions of a space up to this one are final. */
  default void finalized(SpaceName space, long version) {}
}
