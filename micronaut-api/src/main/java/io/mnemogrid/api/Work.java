package io.mnemogrid.api;

import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Memory that requests in hand may take together: what is large waits its turn, before any of it is
 * read, so that many large requests at once take long and not the process. Of the one that the
 * server has, bodies and answers that are being made take a sixth of the heap; {@link Answering}
 * has another for those that were not sent yet. A request that alone is more takes all of it. Safe
 * for all threads.
 */
@Singleton
final class Work {
  /** What a page of records takes while it is read, written and sent: several copies of 4 MiB. */
  static final long PAGE_BYTES = 24 << 20;

  /** What a body takes for each of its bytes while it is read, parsed and hashed. */
  static final int PER_BODY_BYTE = 6;

  private static final int SHARE_OF_HEAP = 6;

  /** How long a request waits for its turns, all of them together. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private final long all;
  private final Deque<Waiting> waiting = new ArrayDeque<>();
  private long left;

  private record Waiting(long bytes, CompletableFuture<Turn> turn) {}

  Work() {
    this(Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
  }

  Work(long all) {
    this.all = all;
    this.left = all;
  }

  /** A request's part of the memory, until it is closed; closing it again does nothing. */
  final class Turn implements AutoCloseable {
    private final AtomicLong bytes;

    private Turn(long bytes) {
      this.bytes = new AtomicLong(bytes);
    }

    /** Gives back what it has beyond so many bytes. */
    void keep(long most) {
      long before = bytes.getAndUpdate(now -> Math.min(now, most));
      if (before > most) {
        giveBack(before - most);
      }
    }

    @Override
    public void close() {
      keep(0);
    }
  }

  /** As the other, for 30 s. */
  CompletableFuture<Turn> ask(long bytes) {
    return ask(bytes, PATIENCE);
  }

  /**
   * Completes when so much is free and whoever came before has begun; with a {@code busy} where
   * that takes too long.
   */
  CompletableFuture<Turn> ask(long bytes, Duration patience) {
    long wanted = Math.min(bytes, all);
    CompletableFuture<Turn> turn = new CompletableFuture<>();
    synchronized (this) {
      if (wanted == 0 || waiting.isEmpty() && wanted <= left) {
        left -= wanted;
        turn.complete(new Turn(wanted));
        return turn;
      }
      waiting.add(new Waiting(wanted, turn));
    }
    return turn.orTimeout(Math.max(0, patience.toMillis()), TimeUnit.MILLISECONDS)
        .exceptionally(_ -> {
          giveBack(0); // those behind it wait for it no longer
          throw new ProblemException(
              Problem.unavailable(
                  "busy",
                  "this member has had too many large requests in hand for "
                      + PATIENCE.toSeconds()
                      + " s"));
        });
  }

  /** Asks as {@link #ask} does and waits for the turn. Only for threads that may block. */
  Turn take(long bytes) {
    return take(bytes, PATIENCE);
  }

  /** As {@link #ask(long, Duration)}, waiting for it: only on threads that may block. */
  Turn take(long bytes, Duration patience) {
    try {
      return ask(bytes, patience).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof ProblemException busy) {
        throw busy;
      }
      throw e;
    }
  }

  /** Bytes that are given out. */
  long taken() {
    synchronized (this) {
      return all - left;
    }
  }

  /** Takes it at once, also where there is less: others wait until all of that is there again. */
  Turn seize(long bytes) {
    synchronized (this) {
      left -= bytes;
    }
    return new Turn(bytes);
  }

  private void giveBack(long bytes) {
    Deque<Waiting> next = new ArrayDeque<>();
    synchronized (this) {
      left += bytes;
      while (!waiting.isEmpty()
          && (waiting.element().turn.isDone() || waiting.element().bytes <= left)) {
        Waiting first = waiting.remove();
        if (!first.turn.isDone()) {
          left -= first.bytes;
          next.add(first);
        }
      }
    }
    for (Waiting one : next) {
      Turn turn = new Turn(one.bytes);
      if (!one.turn.complete(turn)) {
        turn.close(); // it had waited for too long
      }
    }
  }
}
