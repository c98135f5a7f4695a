package io.mnemogrid.client;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/**
 * Waits for versions of one space to become final. One daemon thread follows the space while
 * somebody waits; it asks when an event tells of a checkpoint, and at long intervals in case none
 * does.
 */
final class FinalityWatch {
  private static final Duration FAILED_PAUSE = Duration.ofSeconds(1);

  private final Space space;

  /** Guarded by this; while it is not empty there is a thread. */
  private final TreeMap<Long, CompletableFuture<Finality>> waiting = new TreeMap<>();

  FinalityWatch(Space space) {
    this.space = space;
  }

  synchronized CompletableFuture<Finality> await(long version) {
    if (waiting.isEmpty()) {
      Thread thread = new Thread(this::watch, "mnemogrid-finality-" + space.name());
      thread.setDaemon(true);
      thread.start();
    }
    // A copy, so that nobody who cancels it ends the wait of others.
    return waiting.computeIfAbsent(version, any -> new CompletableFuture<>()).copy();
  }

  private synchronized boolean isNeeded() {
    return !waiting.isEmpty();
  }

  private synchronized Map<Long, CompletableFuture<Finality>> upTo(long version) {
    return new TreeMap<>(waiting.headMap(version, true));
  }

  private synchronized void done(long version) {
    waiting.remove(version);
  }

  private void watch() {
    while (isNeeded()) {
      try (Events events = space.events(Follow.fromHead().withoutValues())) {
        ask(Long.MAX_VALUE);
        while (isNeeded()) {
          Optional<Event> event = poll(events);
          if (event.isEmpty()) {
            ask(Long.MAX_VALUE);
          } else if (event.get().kind().equals("checkpoint")) {
            ask(event.get().version());
          }
        }
      } catch (ProblemException e) {
        failAll(e); // a key that has ended, say: asking again does not mend it
      } catch (MnemogridException e) {
        Transport.sleep(FAILED_PAUSE);
      } catch (RuntimeException e) {
        failAll(e);
      }
    }
  }

  /** The next checkpoint; empty once it is time to ask. */
  private Optional<Event> poll(Events events) {
    long end = System.nanoTime() + space.client().finalityPoll().toNanos();
    while (true) {
      Optional<Event> event = events.poll(Duration.ofNanos(Math.max(0, end - System.nanoTime())));
      if (event.isEmpty() || event.get().kind().equals("checkpoint")) {
        return event;
      }
    }
  }

  private void ask(long upTo) {
    upTo(upTo)
        .forEach((version, future) -> {
          Finality finality = space.finality(version);
          if (finality.isFinal()) {
            done(version);
            future.complete(finality);
          }
        });
  }

  private void failAll(RuntimeException failure) {
    upTo(Long.MAX_VALUE)
        .forEach((version, future) -> {
          done(version);
          future.completeExceptionally(failure);
        });
  }
}
