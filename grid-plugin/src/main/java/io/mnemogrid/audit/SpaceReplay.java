package io.mnemogrid.audit;

import static io.mnemogrid.audit.Mismatched.equal;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.SlowRoot;
import io.mnemogrid.store.ReadAhead;
import io.mnemogrid.store.StoreRows;
import io.mnemogrid.store.StoreRows.LogRow;
import io.mnemogrid.store.StoreRows.SpaceRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;

/**
 * Replays the log of a space from version 1, compares each record and each root, and makes the
 * {@link Checks} of the space on the way.
 *
 * <p>Three threads share the work: one reads and parses pages ahead, the caller's applies them, and
 * one computes the roots. The first mismatch in the order of the versions is the one that is
 * thrown, whichever thread finds it.
 */
final class SpaceReplay {
  private final StoreRows rows;
  private final Checks checks;
  private final Progress progress;
  private long versions;

  SpaceReplay(StoreRows rows, Checks checks, Progress progress) {
    this.rows = rows;
    this.checks = checks;
    this.progress = progress;
  }

  /** How many versions were compared; see the two methods that compare. */
  long versions() {
    return versions;
  }

  /** Compares one space up to the head that was read of it. The count begins again. */
  void compare(SpaceRow row) {
    versions = 0;
    compare(row, row.head().version());
  }

  /**
   * Compares one space of many up to the head that was read of it. The count goes on.
   *
   * @param total how many versions all spaces have together, for the progress
   */
  void compare(SpaceRow row, long total) {
    LogHead head = row.head();
    String space = "space " + head.space();
    if (row.newest() != head.version()) {
      throw new Mismatched(
          space,
          "its head row is at version %d, its log ends at %d"
              .formatted(head.version(), row.newest()));
    }
    TreeMap<Long, List<Checks.Check>> mine = checks.of(head.space());
    Snapshot at = follow(row, space, mine, total);
    equal(space, "the root in its head row", head.root(), at.head().root());
    equal(space, "the leaf hash in its head row", head.leafHash(), at.head().leafHash());
    equal(space, "the time in its head row", head.committed(), at.head().committed());
    // the tries were trusted up to here; this is the slow obvious way
    equal(space, "its root", at.head().root(), SlowRoot.of(at.state().document()));
    if (!mine.isEmpty() && mine.lastKey() > head.version()) {
      long beyond = mine.lastKey();
      throw new Mismatched(
          space,
          "something names version %d, its log ends at %d: the store may be an older copy"
              .formatted(beyond, head.version()));
    }
  }

  private Snapshot follow(
      SpaceRow row, String space, TreeMap<Long, List<Checks.Check>> mine, long total) {
    long last = row.head().version();
    Snapshot at = Snapshot.ofNew(row.head().space());
    KeptTombstones tombstones = new KeptTombstones(rows, row, space);
    look(at, mine);
    try (Roots roots = new Roots(space);
        ReadAhead<List<Parsed>> pages = new ReadAhead<>(new Pages(rows, row, last))) {
      while (at.version() < last) {
        List<Parsed> page = pages.next();
        if (page.isEmpty()) {
          roots.await();
          throw new Mismatched(space + ", version " + (at.version() + 1), "it is missing");
        }
        List<Snapshot> reached = new ArrayList<>(page.size());
        try {
          for (Parsed record : page) {
            at = step(space, at, record);
            reached.add(at);
            tombstones.took(at, record.update().orElseThrow());
            if (mine.containsKey(at.version())) {
              roots.compare(List.copyOf(reached));
              reached.clear();
              roots.await();
              look(at, mine);
            }
            versions++;
          }
          tombstones.compare();
        } catch (Mismatched later) {
          roots.compare(reached);
          // An earlier version may differ too, and the first mismatch is what counts.
          roots.await();
          throw later;
        }
        roots.compare(reached);
        progress.at(space, versions, total);
      }
      roots.await();
    }
    return at;
  }

  /** The records of a space up to a version, page by page; empty pages beyond. */
  private static final class Pages implements Supplier<List<Parsed>> {
    private final StoreRows rows;
    private final SpaceRow row;
    private final long last;
    private long since;

    Pages(StoreRows rows, SpaceRow row, long last) {
      this.rows = rows;
      this.row = row;
      this.last = last;
    }

    @Override
    public List<Parsed> get() {
      if (since >= last) {
        return List.of();
      }
      List<Parsed> page = new ArrayList<>();
      for (LogRow read : rows.log(row.id(), since, last)) {
        page.add(Parsed.of(read));
        since = read.version();
      }
      since = page.isEmpty() ? last : since;
      return page;
    }
  }

  private static void look(Snapshot at, TreeMap<Long, List<Checks.Check>> mine) {
    mine.getOrDefault(at.version(), List.of()).forEach(check -> check.at(at));
  }

  /**
   * Compares the root of every version on a thread of its own; one stretch of versions at a time.
   */
  private static final class Roots implements AutoCloseable {
    private final String space;
    private final ExecutorService thread =
        Executors.newSingleThreadExecutor(
            Thread.ofPlatform().name("mnemogrid-roots").daemon().factory());
    private Future<?> underWay = CompletableFuture.completedFuture(null);

    Roots(String space) {
      this.space = space;
    }

    /** Waits for the stretch before, whose mismatch it throws, and begins with the next. */
    void compare(List<Snapshot> versions) {
      await();
      underWay = thread.submit(() -> versions.forEach(this::compare));
    }

    private void compare(Snapshot version) {
      if (!version.hasItsRoot()) {
        throw new Mismatched(
            space + ", version " + version.version(),
            "its root is %s, its record says %s"
                .formatted(version.state().root(), version.head().root()));
      }
    }

    /** Waits until all that was given was compared; throws the mismatch that was found. */
    void await() {
      try {
        underWay.get();
      } catch (ExecutionException e) {
        throw e.getCause() instanceof RuntimeException failure
            ? failure
            : new IllegalStateException(e.getCause());
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("interrupted while roots were compared", e);
      }
    }

    @Override
    public void close() {
      thread.shutdownNow();
      thread.close();
    }
  }

  /** A log row with its record, or why that cannot be read. */
  private record Parsed(LogRow row, Optional<Update> update, String problem) {
    static Parsed of(LogRow row) {
      try {
        return new Parsed(row, Optional.of(Update.parse(row.record())), "");
      } catch (IllegalArgumentException e) {
        return new Parsed(row, Optional.empty(), String.valueOf(e.getMessage()));
      }
    }
  }

  private static Snapshot step(String space, Snapshot at, Parsed parsed) {
    LogRow row = parsed.row();
    String where = space + ", version " + (at.version() + 1);
    if (row.version() != at.version() + 1) {
      throw new Mismatched(where, "it is missing, the next is " + row.version());
    }
    Update update =
        parsed
            .update()
            .orElseThrow(
                () -> new Mismatched(where, "its record cannot be read: " + parsed.problem()));
    equal(where, "the version in its record", update.version(), row.version());
    equal(where, "the id in its row", row.updateId(), update.id().text());
    equal(where, "the leaf hash in its row", row.leafHash(), update.leafHash());
    equal(where, "the time in its row", row.committed(), update.fields().committed());
    Instant before = at.head().committed();
    if (update.fields().committed().isBefore(before)) {
      throw new Mismatched(where, "it was committed before the version before it");
    }
    try {
      return at.plusUncompared(update);
    } catch (BrokenHistory e) {
      throw new Mismatched(where, String.valueOf(e.getMessage()));
    }
  }
}
