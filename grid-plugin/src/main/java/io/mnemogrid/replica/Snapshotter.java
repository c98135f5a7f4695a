package io.mnemogrid.replica;

import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stores what makes a load short, on threads of its own, so that no commit waits for it. That is a
 * snapshot of a space when enough was committed since the last one, and the tombstones of a space
 * before they leave the memory.
 *
 * <p>One snapshot is saved at a time. A snapshot that becomes due meanwhile is saved after a later
 * commit. Tombstones are stored whenever a space passes a multiple of {@link
 * UpdateLog#REMEMBERED_EVERY} versions, of one space at a time too; a time that is missed is made
 * up for by a later one.
 *
 * <p>A failure is logged, and nothing else happens until something is due again. What is missing
 * costs a replay at the next load, or when it is asked for. No data is lost by it, because all of
 * it can be made from the log.
 */
public final class Snapshotter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Snapshotter.class);
  private static final long EVERY_VERSIONS = 1000;
  private static final Duration EVERY = Duration.ofSeconds(30);
  private static final long EVERY_BYTES = 32 << 20;
  private static final int TIMES_ITS_SIZE = 16;

  /**
   * Under load, a snapshot is due after this many versions, so that a load replays no more. In a
   * document with more than twice as many leaves, it is due after half as many versions as it has
   * leaves, because reading such a snapshot costs more than the replay.
   */
  private static final long MOST_VERSIONS = 32_768;

  /** What was committed since the last snapshot of a space, which had about {@code size} bytes. */
  private record Since(long nanos, long size, long versions, long bytes) {
    Since plus(List<Update> updates) {
      long more = 0;
      for (Update update : updates) {
        more += update.sizeBytes();
      }
      return new Since(nanos, size, versions + updates.size(), bytes + more);
    }

    /**
     * Whether a snapshot is due. With few commits, one is due after a time and {@link
     * #EVERY_VERSIONS} versions; with many or large ones, when a replay would cost more than a few
     * snapshots.
     */
    boolean due(long now, int leaves) {
      return bytes >= Math.max(EVERY_BYTES, TIMES_ITS_SIZE * size)
          || versions >= EVERY_VERSIONS
              && (now - nanos >= EVERY.toNanos()
                  || versions >= Math.max(MOST_VERSIONS, leaves / 2));
    }
  }

  private final UpdateLog log;
  private final Map<SpaceName, Since> since = new HashMap<>();
  private final Map<SpaceName, Long> sizes = new ConcurrentHashMap<>();
  private final Semaphore idle = new Semaphore(1);
  private final Semaphore remembers = new Semaphore(1);
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("mnemogrid-snapshots").daemon().factory());
  private final ExecutorService remembering =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("mnemogrid-tombstones").daemon().factory());
  private volatile boolean open = true;

  /** Saves snapshots to {@code log}. */
  public Snapshotter(UpdateLog log) {
    this.log = log;
  }

  /**
   * Stores the tombstones that the store lacks, because it was written by an older version or its
   * members had no time for them. Returns at once.
   */
  public void start() {
    remembering.execute(() -> {
      try {
        for (LogHead head : log.heads()) {
          long missing = head.version() - log.remembered(head.space());
          if (open && missing > State.REMEMBERED_VERSIONS) {
            LOG.info("space {}: keeps tombstones of {} versions", head.space(), missing);
            rememberAll(head.space());
          }
        }
      } catch (RuntimeException | Error e) {
        failed("tombstones are not kept now, but when they are asked for", e);
      }
    });
  }

  private void rememberAll(SpaceName space) {
    try {
      log.rememberAll(space);
    } catch (RuntimeException | Error e) {
      failed("space " + space + ": its tombstones are not kept now, but when asked for", e);
    }
  }

  private void failed(String what, Throwable failure) {
    if (open) {
      LOG.warn("{}: {}", what, String.valueOf(failure.getMessage()), failure);
    }
  }

  private void remember(Snapshot head) {
    try {
      if (!log.remember(head)) {
        rememberAll(head.space());
      }
    } catch (RuntimeException | Error e) {
      failed("tombstones of " + head.space() + " at " + head.version() + " not kept", e);
    } finally {
      remembers.release();
    }
  }

  /** Counts what was committed and saves when it is time; called by the committer's thread only. */
  public void committed(Snapshot head, List<Update> updates) {
    long nanos = System.nanoTime();
    Since now = since.computeIfAbsent(head.space(), space -> begin(space, nanos)).plus(updates);
    if (now.due(nanos, head.state().leaves()) && idle.tryAcquire()) {
      thread.execute(() -> save(head));
      now = begin(head.space(), nanos);
    }
    since.put(head.space(), now);
    long before = head.version() - updates.size();
    boolean due =
        before / UpdateLog.REMEMBERED_EVERY != head.version() / UpdateLog.REMEMBERED_EVERY;
    if (due && remembers.tryAcquire()) {
      remembering.execute(() -> remember(head));
    }
  }

  private Since begin(SpaceName space, long nanos) {
    return new Since(nanos, sizes.getOrDefault(space, 0L), 0, 0);
  }

  private void save(Snapshot head) {
    try {
      log.save(head);
      sizes.put(head.space(), 100L * head.state().leaves());
    } catch (LogUnavailable e) {
      LOG.warn("snapshot of {} at {} not saved: {}", head.space(), head.version(), e.getMessage());
    } catch (Throwable e) {
      LOG.error("snapshot of {} at {} not saved", head.space(), head.version(), e);
    } finally {
      idle.release();
    }
  }

  @Override
  public void close() {
    open = false;
    remembering.shutdown();
    thread.shutdown();
    try {
      thread.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
