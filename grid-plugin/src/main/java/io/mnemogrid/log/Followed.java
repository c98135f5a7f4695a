package io.mnemogrid.log;

import java.util.List;

/** What a follower of a space meets where it stands. */
public sealed interface Followed {
  /** The updates that come next, at least one, in order and without a gap. */
  record Updates(List<Update> updates) implements Followed {
    public Updates {
      updates = List.copyOf(updates);
      if (updates.isEmpty()) {
        throw new IllegalArgumentException("updates are at least one");
      }
    }
  }

  /** This member knows of nothing that comes next. */
  record Nothing() implements Followed {}

  /** What comes next, or whether anything does, is not in memory: the log has to be read. */
  record InTheLog() implements Followed {}

  /**
   * The log does not have the version that the follower stands at, or has another one in its place.
   * So nothing follows it, and nothing ever will.
   *
   * @param here the head of the history that the log has; at version 0 also where it no longer has
   *     the space
   */
  record OtherHistory(LogHead here) implements Followed {}
}
