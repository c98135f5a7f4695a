package io.mnemogrid.api.limits;

import io.netty.util.concurrent.FastThreadLocalThread;
import java.util.concurrent.ForkJoinWorkerThread;

/**
 * The threads that read and write for all connections. While one of them waits, nobody on its
 * connections is answered, so what may wait asks here first and fails at once, in every test that
 * reaches it.
 */
public final class EventLoops {
  private EventLoops() {}

  /**
   * Refuses to go on where that might block an event loop, or a thread that gives out the answers
   * of commits, of which there are few too.
   *
   * @throws IllegalStateException on such a thread
   */
  public static void refuse() {
    Thread here = Thread.currentThread();
    if (here instanceof FastThreadLocalThread || here instanceof ForkJoinWorkerThread) {
      throw new IllegalStateException(here.getName() + " serves many and must not wait");
    }
  }
}
