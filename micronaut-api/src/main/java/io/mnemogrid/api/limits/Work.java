package io.mnemogrid.api.limits;

import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The memory that the requests under way may take together. A large request waits for its turn
 * before anything is made of it. So many large requests at once take long, but do not use up the
 * heap. The server's one instance is an eighth of the heap, for bodies that are being parsed and
 * for answers that are being made; {@link Bodies} has another one for bodies that are being
 * received, and {@link Answering} for answers that were not sent yet. A request that is larger than
 * all of it takes all of it. Safe for all threads.
 */
@Singleton
public final class Work {
  /** What a page of records takes while it is read, written and sent: several copies of 4 MiB. */
  public static final long PAGE_BYTES = 24 << 20;

  /** What a body takes for each of its bytes while it is read, parsed and hashed. */
  static final int PER_BODY_BYTE = 6;

  private static final int SHARE_OF_HEAP = 8;

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
  public final class Turn implements AutoCloseable {
    private final AtomicLong bytes;

    private Turn(long bytes) {
      this.bytes = new AtomicLong(bytes);
    }

    /** Gives back what it has beyond {@code most} bytes. */
    public void keep(long most) {
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

  /** As {@link #ask(long, Duration)}, with {@link #PATIENCE}. */
  CompletableFuture<Turn> ask(long bytes) {
    return ask(bytes, PATIENCE);
  }

  /**
   * Completes with a turn when {@code bytes} are free and every request that asked before has its
   * turn. Fails with the problem {@code busy} when that takes longer than {@code patience}.
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
          giveBack(0); // the requests behind it no longer wait for it
          throw new ProblemException(
              Problem.unavailable(
                  "busy",
                  "this member has had too many large requests in hand for "
                      + PATIENCE.toSeconds()
                      + " s"));
        });
  }

  /** Asks as {@link #ask} does and waits for the turn. Only for threads that may block. */
  public Turn take(long bytes) {
    return take(bytes, PATIENCE);
  }

  /** As {@link #ask(long, Duration)}, waiting for it: only on threads that may block. */
  public Turn take(long bytes, Duration patience) {
    EventLoops.refuse();
    try {
      return ask(bytes, patience).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof ProblemException busy) {
        throw busy;
      }
      throw e;
    }
  }

  /** How many wait for their turn. */
  public int waiting() {
    synchronized (this) {
      return (int) waiting.stream().filter(one -> !one.turn.isDone()).count();
    }
  }

  /** Bytes that are not given out; below 0 after {@link #seize}. */
  long free() {
    synchronized (this) {
      return left;
    }
  }

  /** Bytes that are given out. */
  public long taken() {
    synchronized (this) {
      return all - left;
    }
  }

  /**
   * Takes these bytes at once, even if fewer are free. Then others wait until all of them were
   * given back.
   */
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
