package io.mnemogrid.api.run;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Whether somebody wants the run to end, by a signal. No thread is interrupted, because that would
 * close a file that is being written.
 */
final class Ending {
  private final AtomicInteger asked = new AtomicInteger();
  private final CountDownLatch first = new CountDownLatch(1);

  /** Asks the run to end. The second time means at once. */
  void ask() {
    asked.incrementAndGet();
    first.countDown();
  }

  boolean isAsked() {
    return asked.get() > 0;
  }

  /** Whether it was asked twice: then nothing is waited for. */
  boolean isInHurry() {
    return asked.get() > 1;
  }

  /** Waits for this long. Throws when the run is asked to end, and at every call after that. */
  void pause(long millis) throws InterruptedException {
    if (first.await(millis, TimeUnit.MILLISECONDS)) {
      throw new InterruptedException("asked to end");
    }
  }
}
