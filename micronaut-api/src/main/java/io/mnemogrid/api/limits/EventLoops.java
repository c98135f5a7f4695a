package io.mnemogrid.api.limits;

import io.netty.util.concurrent.FastThreadLocalThread;

/**
 * The threads that read and write for all connections. While one of them waits, nobody on its
 * connections is answered, so what may wait asks here first and fails at once, in every test that
 * reaches it.
 */
public final class EventLoops {
  private EventLoops() {}

  /**
   * Refuses to go on where that might block an event loop.
   *
   * @throws IllegalStateException on an event loop
   */
  public static void refuse() {
    if (Thread.currentThread() instanceof FastThreadLocalThread) {
      throw new IllegalStateException("an event loop must not wait");
    }
  }
}
