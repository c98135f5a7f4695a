package io.mnemogrid.api;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/**
 * What something took, less the time in which this process did not get to run: a bound on it holds
 * on a machine that is held up, too. Beside it runs a thread that wants to go on every few
 * milliseconds; by how much that comes late is what the machine took for itself. The library's
 * tests have the same class (decision 066 says why there is no test-jar).
 */
final class OwnTime {
  private static final long TICK_NANOS = Duration.ofMillis(5).toNanos();

  /** Less is no hold-up: a thread that sleeps wakes up late by some milliseconds anyway. */
  private static final long HELD_UP_NANOS = Duration.ofMillis(30).toNanos();

  private long ticked = System.nanoTime();
  private long heldUp;
  private boolean over;

  private OwnTime() {}

  /** Runs it and returns what it took. */
  static Duration of(ThrowingCallable work) {
    OwnTime time = new OwnTime();
    Thread watch = Thread.ofPlatform().name("own-time").daemon().start(time::watch);
    long began = System.nanoTime();
    try {
      work.call();
    } catch (RuntimeException | Error e) {
      throw e;
    } catch (Throwable e) {
      throw new AssertionError(e);
    } finally {
      time.end();
      LockSupport.unpark(watch);
    }
    return Duration.ofNanos(System.nanoTime() - began - time.heldUp());
  }

  private void watch() {
    while (tick()) {
      LockSupport.parkNanos(this, TICK_NANOS);
    }
  }

  private synchronized boolean tick() {
    if (!over) {
      long now = System.nanoTime();
      long late = now - ticked - TICK_NANOS;
      heldUp += late > HELD_UP_NANOS ? late : 0;
      ticked = now;
    }
    return !over;
  }

  private synchronized void end() {
    tick();
    over = true;
  }

  private synchronized long heldUp() {
    return heldUp;
  }
}
