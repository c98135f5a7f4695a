package io.mnemogrid.member;

import io.mnemogrid.GridListener;
import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.checkpoint.SignedTransaction;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.SpaceName;
import java.lang.ref.WeakReference;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Calls one listener with news, in order, on a thread of its own. So the code of a bot holds up
 * nobody else, however slow it is and whatever it throws. News that comes faster than the listener
 * takes it is combined: of each space only the newest head and the newest final version wait, and
 * of checkpoint events the last {@value #MOST_EVENTS}, or fewer of them where they take more than
 * {@value #MOST_MEBIBYTES} MiB together. The newest event waits however large it is. A head takes
 * nothing of its own, because the newest one is what the replica has: where that was let go of
 * meanwhile, the listener hears of a space that is not held here. Handing news over never blocks.
 */
final class Listening implements AutoCloseable {
  static final int MOST_EVENTS = 1000;
  static final int MOST_MEBIBYTES = 8;
  private static final long MOST_BYTES = (long) MOST_MEBIBYTES << 20;

  /** What an event, or one space in it, takes besides its texts, roughly. */
  private static final long ENTRY_BYTES = 400;

  private static final Logger LOG = LoggerFactory.getLogger(Listening.class);
  private static final AtomicInteger NUMBERS = new AtomicInteger();

  /** What news is about: of two pieces of news about the same, only the newer one waits. */
  private sealed interface About {
    record HeadOf(SpaceName space) implements About {}

    record FinalOf(SpaceName space) implements About {}

    record Heard(SpaceName space) implements About {}

    /** An event that takes about so many bytes. */
    record Event(long number, long bytes) implements About {}
  }

  private final GridListener listener;
  private final Thread thread;

  /**
   * What waits, in the order in which the listener gets it. Guarded by itself, as are the counts.
   */
  private final Map<About, Consumer<GridListener>> waiting = new LinkedHashMap<>();

  /** The events that wait, the oldest first. */
  private final Deque<About.Event> events = new ArrayDeque<>();

  private long eventsSoFar;
  private long bytesOfEvents;
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
    SpaceName space = head.space();
    WeakReference<Snapshot> newest = new WeakReference<>(head);
    offer(
        new About.HeadOf(space),
        to -> {
          Snapshot held = newest.get();
          if (held == null) {
            to.heard(space);
          } else {
            to.advanced(held);
          }
        });
  }

  /** There is news of a space that is not held here. */
  void heard(SpaceName space) {
    offer(new About.Heard(space), to -> to.heard(space));
  }

  /** The log no longer has a space; of one space called in the order of its heads. */
  void gone(SpaceName space) {
    offer(new About.HeadOf(space), to -> to.gone(space));
  }

  /** All versions of a space up to this one are final. */
  void finalized(SpaceName space, long version) {
    offer(new About.FinalOf(space), to -> to.finalized(space, version));
  }

  /** Something happened to a checkpoint. */
  void checkpointed(CheckpointEvent event) {
    synchronized (waiting) {
      About.Event about = new About.Event(eventsSoFar++, bytes(event));
      events.add(about);
      bytesOfEvents += about.bytes;
      offer(about, to -> to.checkpointed(event));
      while (events.size() > MOST_EVENTS || bytesOfEvents > MOST_BYTES && events.size() > 1) {
        LOG.warn(
            "a listener is slow: the oldest of {} checkpoint events is left out", events.size());
        About.Event oldest = events.remove();
        bytesOfEvents -= oldest.bytes;
        waiting.remove(oldest);
      }
    }
  }

  /**
   * About how many bytes of memory an event takes; one with all spaces of a grid takes megabytes.
   */
  private static long bytes(CheckpointEvent event) {
    return ENTRY_BYTES
        + switch (event) {
          case CheckpointEvent.Sent sent -> bytes(sent.transaction());
          case CheckpointEvent.Paid paid -> bytes(paid.transaction());
          case CheckpointEvent.Conflict conflict ->
              bytes(conflict.transaction()) + conflict.reason().length();
          case CheckpointEvent.Undone _ -> 0;
          case CheckpointEvent.HeldUp held ->
              held.spaces().stream().mapToLong(each -> ENTRY_BYTES + each.detail().length()).sum();
          case CheckpointEvent.Failed failed -> failed.reason().length();
          case CheckpointEvent.Finalized done ->
              ENTRY_BYTES * done.checkpoint().checkpoint().manifest().spaces().size()
                  + bytes(done.checkpoint().transaction());
        };
  }

  private static long bytes(@Nullable SignedTransaction transaction) {
    return transaction == null ? 0 : transaction.raw().length();
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
      if (next.getKey() instanceof About.Event) { // the oldest, since they wait in their order
        bytesOfEvents -= events.remove().bytes;
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
