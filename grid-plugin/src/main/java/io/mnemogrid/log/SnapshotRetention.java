package io.mnemogrid.log;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;

/**
 * Which snapshots of a space are kept: dense where it is new, thinner the older it gets.
 *
 * <p>A snapshot is dropped when the gap that it leaves is no wider than what has come since the
 * gap. So, with the widest distance between two saved ones as W and any version that is a versions
 * old:
 *
 * <ul>
 *   <li>it is replayed over at most max(W, a) updates from the nearest kept one, version 0 being
 *       one;
 *   <li>the ages of every second kept one double, so that of n versions about 2 · log2(n / W) are
 *       kept, and the newest two always.
 * </ul>
 *
 * <p>Both hold however often, at whatever versions and by whomever snapshots are saved: an age only
 * grows, and a gap is only made when it is allowed. Fixed marks (every 1,000th, every 10,000th)
 * would need snapshots at just those versions, which would put them into the commit path's way.
 */
public final class SnapshotRetention {
  private SnapshotRetention() {}

  /** Those of the versions of a space's snapshots that are dropped. O(snapshots). */
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
