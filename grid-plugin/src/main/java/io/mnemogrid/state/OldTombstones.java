package io.mnemogrid.state;

import java.util.Collections;
import java.util.NavigableMap;
import java.util.TreeMap;

/**
 * Tombstones that a {@link State} holds no more, since they are older than the newest {@link
 * State#REMEMBERED_VERSIONS} of their space: those at some paths that a delta of an older base
 * writes or reads. One counts only where no leaf stands and the state holds no newer tombstone.
 *
 * @param upTo the version up to which none is missing; there may be newer ones too
 * @param byPath the newest that is known of each path
 * @param isCut whether more were found below the paths that are read than are held in memory at
 *     once, so that some are missing here
 */
public record OldTombstones(long upTo, NavigableMap<Pointer, Tag> byPath, boolean isCut) {
  /** Most that are read below the paths that a delta reads. */
  public static final int MOST_BELOW = 10_000;

  /** For a delta whose base is not that old. */
  public static final OldTombstones NONE = new OldTombstones(0, new TreeMap<>(), false);

  public OldTombstones {
    byPath = Collections.unmodifiableNavigableMap(new TreeMap<>(byPath));
  }
}
