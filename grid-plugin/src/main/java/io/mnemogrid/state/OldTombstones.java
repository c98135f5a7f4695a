package io.mnemogrid.state;

import java.util.Collections;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Tombstones that a {@link State} no longer holds, because they are older than the newest {@link
 * State#REMEMBERED_VERSIONS} of their space. They are read for a delta with an older base, at the
 * paths that it writes or reads. A tombstone here counts only where no leaf stands and the state
 * holds no newer tombstone.
 *
 * @param upTo no tombstone up to this version is missing; newer ones may be here too
 * @param byPath the newest known tombstone of each path
 * @param isCut whether some are missing, because there are more than {@link #MOST_BELOW} below the
 *     paths that the delta reads
 */
public record OldTombstones(long upTo, NavigableMap<Pointer, Tag> byPath, boolean isCut) {
  /**
   * At most this many are read below the paths that a delta reads; if there are more, {@link
   * #isCut}.
   */
  public static final int MOST_BELOW = 10_000;

  /** No tombstones: for a delta whose base is not that old. */
  public static final OldTombstones NONE = new OldTombstones(0, new TreeMap<>(), false);

  public OldTombstones {
    byPath = Collections.unmodifiableNavigableMap(new TreeMap<>(byPath));
  }
}
