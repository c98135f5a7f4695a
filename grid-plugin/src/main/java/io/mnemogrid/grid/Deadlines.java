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
 * Does something when a future is not done in time. Nearly all are done long before, and there is
 * one a commit: so nothing is scheduled for each, one thread looks over all of them every {@link
 * #SWEEP} and sleeps while there are none. Safe for all threads.
 */
public final class Deadlines implements AutoCloseable {
  /** How much later than its time something is done at most, on a machine that keeps up. */
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

  /** Watches no longer; what is not done by now is nobody's business here. */
  @Override
  public void close() {
    open = false;
    LockSupport.unpark(sweeper);
  }
}
