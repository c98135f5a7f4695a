package io.mnemogrid.member;

import io.mnemogrid.GridListener;
import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.SpaceName;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls one listener with news, in order, on a thread of its own. So the code of a bot holds up
 * nobody else, however slow it is and whatever it throws. News that comes faster than the listener
 * takes it is combined: of each space only the newest head and the newest final version wait, and
 * of checkpoint events the last {@value #MOST_EVENTS}. Handing news over never blocks.
 */
final class Listening implements AutoCloseable {
  static final int MOST_EVENTS = 1000;
  private static final Logger LOG = LoggerFactory.getLogger(Listening.class);
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  /** What news is about: of two pieces of news about the same, only the newer one waits. */
  private sealed interface About {
    record HeadOf(SpaceName space) implements About {}

    record FinalOf(SpaceName space) implements About {}

    record Event(long number) implements About {}
  }

  private final GridListener listener;
  private final Thread thread;

  /**
   * What waits, in the order in which the listener gets it. Guarded by itself, as are the counts.
   */
  private final Map<About, Consumer<GridListener>> waiting = new LinkedHashMap<>();

  private long events;
  private long oldestEvent;
  private volatile boolean open = true;

  Listening(GridListener listener) {
    this.listener = listener;
    this.thread =
        Thread.ofPlatform()
            .name("mnemogrid-listener-" + NUMBERS.incrementAndGet())
            .daemon()
            .start(this::run);
  }

  /** A space has a newer head; of one space called in order. */
  void advanced(Snapshot head) {
    offer(new About.HeadOf(head.space()), to -> to.advanced(head));
  }

  /** All versions of a space up to this one are final. */
  void finalized(SpaceName space, long version) {
    offer(new About.FinalOf(space), to -> to.finalized(space, version));
  }

  /** Something happened to a checkpoint. */
  void checkpointed(CheckpointEvent event) {
    synchronized (waiting) {
      if (events - oldestEvent >= MOST_EVENTS) {
        LOG.warn("a listener is slow: the oldest of {} checkpoint events is left out", MOST_EVENTS);
        waiting.remove(new About.Event(oldestEvent++));
      }
      offer(new About.Event(events++), to -> to.checkpointed(event));
    }
  }

  private void offer(About about, Consumer<GridListener> news) {
    synchronized (waiting) {
      waiting.put(about, news); // in the place of older news about the same
      waiting.notify();
    }
  }

  private void run() {
    while (open) {
      try {
        take().accept(listener);
      } catch (InterruptedException e) {
        LOG.debug("a listener was interrupted; it hears on unless this member closes", e);
      } catch (Throwable e) {
        LOG.error("a listener failed", e);
      }
    }
  }

  private Consumer<GridListener> take() throws InterruptedException {
    synchronized (waiting) {
      while (waiting.isEmpty()) {
        waiting.wait();
      }
      Iterator<Map.Entry<About, Consumer<GridListener>>> oldest = waiting.entrySet().iterator();
      Map.Entry<About, Consumer<GridListener>> next = oldest.next();
      oldest.remove();
      if (next.getKey() instanceof About.Event event) {
        oldestEvent = event.number() + 1;
      }
      return next.getValue();
    }
  }

  /** Calls the listener no more; does not wait for one that is still busy. */
  @Override
  public void close() {
    open = false;
    thread.interrupt();
  }
}
