package io.mnemogrid.replica;

import io.mnemogrid.log.Update;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The last updates of each space that passed through this process. They save reads of the log, for
 * example of what an author missed; the log has what is not here. At most 512 updates and 8 MiB are
 * kept of a space, and of all 64 MiB or a sixteenth of the greatest heap; beyond that, the spaces
 * that have not grown for longest are forgotten. Safe for all threads; each call holds a lock for
 * as long as it takes to copy its updates.
 */
public final class RecentUpdates {
  static final int MOST = 512;
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

  /** Updates of one space, one a version without a gap, oldest first. */
  private static final class Ring {
    final Deque<Update> updates = new ArrayDeque<>();
    long bytes = EMPTY_RING_BYTES;
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
    for (Iterator<Ring> oldest = rings.values().iterator(); bytes > MOST_BYTES_IN_ALL; ) {
      bytes -= oldest.next().bytes;
      oldest.remove();
    }
  }

  private static void add(Ring ring, Update update) {
    Update last = ring.updates.peekLast();
    if (last != null && update.version() <= last.version()) {
      return;
    }
    if (last != null && update.version() > last.version() + 1) {
      ring.updates.clear(); // whoever asks for what lies before the gap asks for all after it too
      ring.bytes = EMPTY_RING_BYTES;
    }
    ring.updates.addLast(update);
    ring.bytes += sizeBytes(update);
    while (ring.updates.size() > MOST || ring.bytes > MOST_BYTES) {
      ring.bytes -= sizeBytes(ring.updates.removeFirst());
    }
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
    if (ring == null
        || ring.updates.isEmpty()
        || from >= to
        || ring.updates.getFirst().version() > from
        || ring.updates.getLast().version() < to - 1) {
      return List.of();
    }
    List<Update> updates = new ArrayList<>();
    for (Iterator<Update> newest = ring.updates.descendingIterator(); newest.hasNext(); ) {
      Update update = newest.next();
      if (update.version() < from) {
        break;
      }
      if (update.version() < to) {
        updates.add(update);
      }
    }
    return updates.reversed();
  }

  /** What is kept of all spaces, as it is counted against the bound. */
  synchronized long bytes() {
    return bytes;
  }
}
