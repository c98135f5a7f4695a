package io.mnemogrid.merge;

import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;

/**
 * Where old tombstones would count against some deltas (see {@link
 * io.mnemogrid.state.OldTombstones}).
 *
 * @param since only tombstones of later versions count, which not all of the deltas have seen
 * @param at at these paths: what is set, and each leaf that is written with it
 * @param around at, above and below these paths: what strict deltas read
 */
public record Recall(long since, Set<Pointer> at, Set<Pointer> around) {
  public Recall {
    at = Set.copyOf(at);
    around = Set.copyOf(around);
  }

  /**
   * The places where old tombstones would count against these deltas. O(leaves that they write).
   */
  public static Recall of(Collection<Delta> deltas) {
    long since = Long.MAX_VALUE;
    Set<Pointer> at = new HashSet<>();
    Set<Pointer> around = new HashSet<>();
    for (Delta delta : deltas) {
      if (delta instanceof Delta.Edit edit) {
        since = Math.min(since, edit.base());
        edit.changes().forEach(change -> add(change, at));
        if (edit.strict()) {
          around.addAll(edit.reads());
        }
      }
    }
    return new Recall(since, at, around);
  }

  private static void add(Change change, Set<Pointer> at) {
    if (change instanceof Change.Put put) {
      at.add(put.path());
      try {
        State.forEachLeafOf(put.path(), put.value(), (path, _) -> at.add(path));
      } catch (IllegalArgumentException e) {
        // A path below is too long or too deep: the resolver says so, whatever stands there.
        return;
      }
    }
  }

  /** Whether no tombstone could count. */
  public boolean isEmpty() {
    return at.isEmpty() && around.isEmpty();
  }
}
