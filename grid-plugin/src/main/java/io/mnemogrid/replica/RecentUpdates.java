package io.mnemogrid.replica;

import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The last updates of each space that passed through this process. They save reads of the log, for
 * example of what an author missed; the log has what is not here. At most 4,096 updates and 8 MiB
 * are kept of a space, and of all 64 MiB or a sixteenth of the greatest heap; beyond that, the
 * spaces that have not grown for longest are forgotten. Safe for all threads; each call holds a
 * lock for as long as it takes to copy its updates.
 */
public final class RecentUpdates implements LogReader.InMemory {
  static final int MOST = 4096;

  /** So many are left to a space before another one is forgotten. */
  static final int FEWEST = 512;

  static final long MOST_BYTES = 8 << 20;
  static final long MOST_BYTES_IN_ALL = Math.min(64 << 20, Runtime.getRuntime().maxMemory() / 16);

  /**
   * A kept update takes this many times the bytes of its text: the text, and about as much for what
   * was parsed of it.
   */
  private static final int TIMES_ITS_SIZE = 2;

  private static final long EMPTY_RING_BYTES = 500;

  /** The space that grew longest ago comes first. */
  private final Map<SpaceName, Ring> rings = new LinkedHashMap<>();

  private long bytes;

  /** Updates of one space, one a version without a gap, oldest first, in a circle of places. */
  private static final class Ring {
    private static final int FEW = 16;
    private @Nullable Update[] places = new Update[FEW]; // as many as a power of two
    private long first = 1;
    private long end = 1; // the version behind the last one

    long bytes = EMPTY_RING_BYTES;

    int size() {
      return (int) (end - first);
    }

    long first() {
      return first;
    }

    /** The version behind the last one. */
    long end() {
      return end;
    }

    @Nullable Update at(long version) {
      return version < first || version >= end ? null : places[place(version)];
    }

    private int place(long version) {
      return (int) version & places.length - 1;
    }

    void clear() {
      places = new Update[FEW];
      first = end;
      bytes = EMPTY_RING_BYTES;
    }

    /** Adds an update that follows the last one, or the first one. */
    void add(Update update) {
      if (size() == 0) {
        first = update.version();
        end = first;
      }
      if (size() == places.length) {
        @Nullable Update[] old = places;
        places = new Update[2 * old.length];
        for (long version = first; version < end; version++) {
          places[place(version)] = old[(int) version & old.length - 1];
        }
      }
      places[place(update.version())] = update;
      end = update.version() + 1;
      bytes += sizeBytes(update);
    }

    void removeFirst() {
      Update gone = Objects.requireNonNull(places[place(first)]);
      places[place(first)] = null;
      first++;
      bytes -= sizeBytes(gone);
    }
  }

  /** Keeps updates of one space, oldest first; older ones than it has are left out. */
  public synchronized void add(List<Update> updates) {
    if (updates.isEmpty()) {
      return;
    }
    SpaceName space = updates.getFirst().space();
    Ring ring = rings.remove(space);
    if (ring == null) {
      ring = new Ring();
    } else {
      bytes -= ring.bytes;
    }
    for (Update update : updates) {
      add(ring, update);
    }
    rings.put(space, ring);
    bytes += ring.bytes;
    shorten();
    for (Iterator<Ring> oldest = rings.values().iterator(); bytes > MOST_BYTES_IN_ALL; ) {
      bytes -= oldest.next().bytes;
      oldest.remove();
    }
  }

  /** Leaves a few updates to each space, oldest first, before any space is forgotten. */
  private void shorten() {
    for (Iterator<Ring> oldest = rings.values().iterator();
        bytes > MOST_BYTES_IN_ALL && oldest.hasNext(); ) {
      Ring ring = oldest.next();
      while (bytes > MOST_BYTES_IN_ALL && ring.size() > FEWEST) {
        long before = ring.bytes;
        ring.removeFirst();
        bytes -= before - ring.bytes;
      }
    }
  }

  private static void add(Ring ring, Update update) {
    if (ring.size() > 0 && update.version() < ring.end()) {
      return;
    }
    if (ring.size() > 0 && !follows(ring, update)) {
      ring.clear(); // whoever asks for what lies before the gap asks for all after it too
    }
    ring.add(update);
    while (ring.size() > MOST || ring.bytes > MOST_BYTES) {
      ring.removeFirst();
    }
  }

  /** A version behind a gap does not, nor does one of another history. */
  private static boolean follows(Ring ring, Update update) {
    Update last = ring.at(ring.end() - 1);
    return update.version() == ring.end()
        && last != null
        && update.previous().equals(last.leafHash());
  }

  static long sizeBytes(Update update) {
    return TIMES_ITS_SIZE * (long) update.sizeBytes();
  }

  /** Forgets a space: its log holds another history. */
  synchronized void forget(SpaceName space) {
    Ring ring = rings.remove(space);
    if (ring != null) {
      bytes -= ring.bytes;
    }
  }

  /** The updates of versions {@code [from, to)}, when all are here; empty otherwise. */
  public synchronized List<Update> range(SpaceName space, long from, long to) {
    Ring ring = rings.get(space);
    if (ring == null || from >= to || from < ring.first() || to > ring.end()) {
      return List.of();
    }
    List<Update> updates = new ArrayList<>((int) (to - from));
    for (long version = from; version < to; version++) {
      updates.add(Objects.requireNonNull(ring.at(version)));
    }
    return updates;
  }

  @Override
  public synchronized @Nullable Update at(SpaceName space, long version) {
    Ring ring = rings.get(space);
    return ring == null ? null : ring.at(version);
  }

  /** What is kept of all spaces, as it is counted against the bound. */
  synchronized long bytes() {
    return bytes;
  }
}
