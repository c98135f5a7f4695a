package io.mnemogrid.log;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/**
 * Which snapshots of a space are kept: close together where they are new, farther apart the older
 * they are.
 *
 * <p>A snapshot is dropped when the gap that this leaves is no wider than the number of versions
 * since the gap. Let W be the widest distance between two saved snapshots. Then for any version
 * that is a versions old:
 *
 * <ul>
 *   <li>a replay from the nearest kept snapshot takes at most max(W, a) updates; version 0 counts
 *       as a snapshot;
 *   <li>the age at least doubles with every second kept snapshot, so of n versions about 2 · log2(n
 *       / W) snapshots are kept, and the newest two always.
 * </ul>
 *
 * <p>Both hold no matter how often, at which versions and by whom snapshots are saved, because an
 * age only grows and a gap is only made when it is allowed. Fixed marks (every 1,000th, every
 * 10,000th version) would need a snapshot at just those versions, and commits would have to wait
 * for it.
 */
public final class SnapshotRetention {
  private SnapshotRetention() {}

  /** Which of a space's snapshots, named by their versions, are dropped. O(snapshots). */
  public static List<Long> dropped(SortedSet<Long> versions) {
    List<Long> dropped = new ArrayList<>();
    if (versions.isEmpty()) {
      return dropped;
    }
    List<Long> oldestFirst = new ArrayList<>(versions);
    long newest = versions.getLast();
    long after = newest;
    for (int i = oldestFirst.size() - 2; i >= 0; i--) {
      long before = i == 0 ? 0 : oldestFirst.get(i - 1);
      long version = oldestFirst.get(i);
      if (after - before <= newest - after) {
        dropped.add(version);
      } else {
        after = version;
      }
    }
    return dropped;
  }
}
