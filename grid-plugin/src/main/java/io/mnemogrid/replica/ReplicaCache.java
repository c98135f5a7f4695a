package io.mnemogrid.replica;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import com.github.benmanes.caffeine.cache.RemovalCause;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.SpaceName;
import java.util.Set;
import java.util.concurrent.ConcurrentMap;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Replicas by space, weighed in bytes: beyond a bound those are evicted that were not asked for for
 * longest ({@link #get}).
 *
 * <p>An entry of the cache is a cell whose content changes. A version is published into the cell,
 * which costs a lookup and a lock that is free as a rule; a write of the cache, with its buffers
 * and its turn of maintenance, costs several times as much and is made when the weight has changed
 * by an eighth.
 *
 * <p>The lock of a cell is held while listeners are told, so all that happens to a space is told in
 * order. Whoever holds it calls nothing of the cache.
 */
final class ReplicaCache {
  /** Weights are counted in units of 64 bytes, since they are ints. */
  private static final int WEIGHT_SHIFT = 6;

  /** A replica is weighed again when it has grown or shrunk by this share of its weight. */
  private static final int WEIGHED_SHARE = 8;

  /** Of a replica besides its document. */
  private static final int OBJECT_BYTES = 400;

  private final Cache<SpaceName, Cell> cache;
  private final ConcurrentMap<SpaceName, Cell> cells;
  private final Predicate<SpaceName> isPinned;
  private final Consumer<Snapshot> published;
  private final Consumer<SpaceName> gone;
  private final Consumer<SpaceName> evicted;

  private static final class Cell {
    private volatile Snapshot head; // written under the cell's lock
    private volatile boolean isGone; // so is this; nothing is published here any more
    private volatile int weighed; // in units, without regard to pins

    private Cell(Snapshot head) {
      this.head = head;
      weighed = units(head);
    }
  }

  /**
   * @param mostBytes about how many bytes all replicas may take that are not pinned
   * @param isPinned whether a space is not evicted and does not count; asked when it is weighed
   * @param published told of every version, before it stands here
   * @param gone told of every space that is removed
   * @param evicted told of every space that is evicted
   */
  ReplicaCache(
      long mostBytes,
      Predicate<SpaceName> isPinned,
      Consumer<Snapshot> published,
      Consumer<SpaceName> gone,
      Consumer<SpaceName> evicted) {
    this.isPinned = isPinned;
    this.published = published;
    this.gone = gone;
    this.evicted = evicted;
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(mostBytes >> WEIGHT_SHIFT)
            .weigher(this::weight)
            .executor(Runnable::run)
            .evictionListener(this::evicted)
            .build();
    this.cells = cache.asMap();
  }

  private static int units(Snapshot head) {
    long bytes = OBJECT_BYTES + head.state().footprintBytes();
    return (int) Math.min(Integer.MAX_VALUE, 1 + (bytes >> WEIGHT_SHIFT));
  }

  private int weight(SpaceName space, Cell cell) {
    int units = units(cell.head);
    cell.weighed = units;
    return isPinned.test(space) ? 0 : units;
  }

  /** By the thread that made another replica the one too many. */
  private void evicted(@Nullable SpaceName space, @Nullable Cell cell, RemovalCause cause) {
    if (space == null || cell == null) {
      return; // only what is weakly held may be null
    }
    synchronized (cell) {
      cell.isGone = true;
      evicted.accept(space);
    }
  }

  /** The newest version here, or null. Counts as a use. */
  @Nullable Snapshot get(SpaceName space) {
    Cell cell = cache.getIfPresent(space);
    return cell == null ? null : cell.head;
  }

  /** As {@link #get}, and does not count as a use. */
  @Nullable Snapshot quietly(SpaceName space) {
    Cell cell = cell(space);
    return cell == null ? null : cell.head;
  }

  private @Nullable Cell cell(SpaceName space) {
    return cache.policy().getIfPresentQuietly(space);
  }

  /** As {@link #quietly}, once whoever publishes a version of it at this moment has done so. */
  @Nullable Snapshot published(SpaceName space) {
    while (true) {
      Cell cell = cell(space);
      if (cell == null) {
        cell = cells.computeIfPresent(space, (_, here) -> here); // waits for a first version
      }
      if (cell == null) {
        return null;
      }
      synchronized (cell) {
        if (!cell.isGone) {
          return cell.head;
        }
      }
      cells.remove(space, cell); // or waits until it is
    }
  }

  /**
   * Publishes a version if it is newer than the one here.
   *
   * @return what stood here before: null when this is the first, and what is no older than {@code
   *     next} when nothing was published
   */
  @Nullable Snapshot publish(Snapshot next) {
    SpaceName space = next.space();
    while (true) {
      Cell cell = cell(space);
      if (cell == null || cell.isGone) {
        Cell mine = new Cell(next);
        cell =
            cells.compute(
                space,
                (_, here) -> {
                  if (here != null && !here.isGone) {
                    return here;
                  }
                  published.accept(next);
                  return mine;
                });
        if (cell == mine) {
          return null;
        }
      }
      Snapshot before;
      synchronized (cell) {
        if (cell.isGone) {
          continue;
        }
        before = cell.head;
        if (next.version() <= before.version()) {
          return before;
        }
        published.accept(next);
        cell.head = next;
      }
      if (Math.abs((long) units(next) - cell.weighed) > cell.weighed / WEIGHED_SHARE) {
        weighAgain(space);
      }
      return before;
    }
  }

  /**
   * Puts another history in the place of a replica, or removes it, unless it has moved meanwhile.
   *
   * @return what is here then
   */
  @Nullable Snapshot replace(Snapshot mine, @Nullable Snapshot next) {
    SpaceName space = mine.space();
    Cell cell = cell(space);
    if (cell == null) {
      return null;
    }
    synchronized (cell) {
      if (cell.isGone || cell.head != mine) {
        return cell.isGone ? null : cell.head;
      }
      if (next != null) {
        published.accept(next);
        cell.head = next;
      } else {
        gone.accept(space);
        cell.isGone = true;
      }
    }
    if (next == null) {
      cells.remove(space, cell);
    } else {
      weighAgain(space);
    }
    return next;
  }

  /** A space was pinned, or is so no more. */
  void weighAgain(SpaceName space) {
    cells.computeIfPresent(space, (_, cell) -> cell);
  }

  /** The spaces that have a replica here, as they come and go. */
  Set<SpaceName> spaces() {
    return cells.keySet();
  }

  /** About how much memory all documents here take together. O(spaces). */
  long footprintBytes() {
    return cells.values().stream().mapToLong(cell -> cell.head.state().footprintBytes()).sum();
  }
}
