package io.mnemogrid.grid;

import java.time.Duration;
import java.util.Iterator;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs an action when a future is not done in time. There is one future for each commit, and nearly
 * all are done long before. So nothing is scheduled for each: one thread looks at all of them every
 * {@link #SWEEP}, and sleeps while there are none. Safe for all threads.
 */
public final class Deadlines implements AutoCloseable {
  /** An action runs at most this much too late, on a machine that keeps up. */
  public static final Duration SWEEP = Duration.ofMillis(20);

  private static final Logger LOG = LoggerFactory.getLogger(Deadlines.class);

  private record Watched(CompletableFuture<?> future, long deadlineNanos, Runnable late) {}

  private final Executor executor;
  private final Queue<Watched> all = new ConcurrentLinkedQueue<>();
  private final Thread sweeper;
  private volatile boolean asleep;
  private volatile boolean open = true;

  /** Deadlines whose actions {@code executor} runs. */
  Deadlines(Executor executor) {
    this.executor = executor;
    this.sweeper = Thread.ofPlatform().name("mnemogrid-deadlines").daemon().start(this::run);
  }

  /** Runs {@code late} unless {@code future} is done in {@code time}. O(1), no system call. */
  public void watch(CompletableFuture<?> future, Duration time, Runnable late) {
    if (!future.isDone()) {
      all.add(new Watched(future, System.nanoTime() + time.toNanos(), late));
      if (asleep) {
        LockSupport.unpark(sweeper);
      }
    }
  }

  private void run() {
    while (open) {
      sweep(System.nanoTime());
      if (all.isEmpty()) {
        asleep = true;
        if (all.isEmpty() && open) {
          LockSupport.park(this);
        }
        asleep = false;
      }
      LockSupport.parkNanos(this, SWEEP.toNanos());
    }
  }

  private void sweep(long now) {
    for (Iterator<Watched> each = all.iterator(); each.hasNext(); ) {
      Watched watched = each.next();
      boolean done = watched.future.isDone();
      if (done || watched.deadlineNanos - now <= 0) {
        each.remove();
        if (!done) {
          late(watched);
        }
      }
    }
  }

  private void late(Watched watched) {
    try {
      executor.execute(watched.late);
    } catch (Throwable e) {
      LOG.error("what is late was not done", e);
    }
  }

  /** Ends the watch; no further action is started. */
  @Override
  public void close() {
    open = false;
    LockSupport.unpark(sweeper);
  }
}
