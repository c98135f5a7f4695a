package io.mnemogrid;

import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.SpaceName;

/**
 * Is called with news on this member, on a thread of the listener's own. So it may take its time,
 * fail, or call the grid. News that comes faster than it returns is combined. Of each space it gets
 * the newest head, in order, and goes back only after a store was restored, and the newest final
 * version; of checkpoint events it gets the last 1,000, or fewer where they take over 8 MiB.
 */
public interface GridListener {
  /**
   * A replica of this member is at a newer version. Only of spaces that this member holds: {@link
   * Space#follow} keeps one here.
   */
  default void advanced(Snapshot head) {}

  /**
   * A space that this member does not hold was made, has a newer head, or can be read again; told
   * within a second or so, and not for each version.
   */
  default void heard(SpaceName space) {}

  /**
   * The store no longer has a space: it was restored from a copy without it. Of a space that came
   * again meanwhile the newest head alone is told.
   */
  default void gone(SpaceName space) {}

  /** Something happened to a checkpoint; only the member that leads calls this. */
  default void checkpointed(CheckpointEvent event) {}

  /** All versions of a space up to this one are final. */
  default void finalized(SpaceName space, long version) {}
}
