package io.mnemogrid.replica;

import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.state.SpaceName;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Saves a snapshot of a space when enough was committed since the last one, on a thread of its own:
 * never in the commit path's way. What it misses costs replay at the next start, nothing else.
 */
public final class Snapshotter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Snapshotter.class);
  private static final long EVERY_VERSIONS = 1000;
  private static final long EVERY_BYTES = 8 << 20;

  /** What was committed since the last snapshot of a space. */
  private record Since(long versions, long bytes) {
    Since plus(List<Update> updates) {
      long more = 0;
      for (Update update : updates) {
        more += update.text().length();
      }
      return new Since(versions + updates.size(), bytes + more);
    }

    boolean due() {
      return versions >= EVERY_VERSIONS || bytes >= EVERY_BYTES;
    }
  }

  private final UpdateLog log;
  private final Map<SpaceName, Since> since = new HashMap<>();
  private final Semaphore idle = new Semaphore(1);
  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("mnemogrid-snapshots").daemon().factory());

  /** Saves snapshots to {@code log}. */
  public Snapshotter(UpdateLog log) {
    this.log = log;
  }

  /** Counts what was committed and saves when it is time; called by the committer's thread only. */
  public void committed(Snapshot head, List<Update> updates) {
    Since now = since.getOrDefault(head.space(), new Since(0, 0)).plus(updates);
    if (now.due() && idle.tryAcquire()) {
      thread.execute(() -> save(head));
      now = new Since(0, 0);
    }
    since.put(head.space(), now);
  }

  private void save(Snapshot head) {
    try {
      log.save(head);
    } catch (LogUnavailable e) {
      LOG.warn("snapshot of {} at {} not saved: {}", head.space(), head.version(), e.getMessage());
    } finally {
      idle.release();
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    try {
      thread.awaitTermination(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
