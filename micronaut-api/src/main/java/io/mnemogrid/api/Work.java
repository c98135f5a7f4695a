package io.mnemogrid.api;

import jakarta.inject.Singleton;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The memory that requests in hand may take together, a sixth of the heap. A large request waits
 * for its turn before any of it is read. So many large requests at once take long, but do not end
 * the process. A request that alone needs more than the whole takes the whole. Safe for all
 * threads.
 */
@Singleton
final class Work {
  /** What a page of records takes while it is read, written and sent: several copies of 4 MiB. */
  static final long PAGE_BYTES = 24 << 20;

  /** What a body takes for each of its bytes while it is read, parsed and hashed. */
  static final int PER_BODY_BYTE = 6;

  private static final int SHARE_OF_HEAP = 6;
  private static final long PATIENCE_SECONDS = 30;

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
    private final long bytes;
    private final AtomicBoolean open = new AtomicBoolean(true);

    private Turn(long bytes) {
      this.bytes = bytes;
    }

    @Override
    public void close() {
      if (open.compareAndSet(true, false)) {
        giveBack(bytes);
      }
    }
  }

  /**
   * Completes when this much memory is free and all who asked before have their turn; fails with a
   * problem after {@link #PATIENCE_SECONDS}. Never waits on this thread.
   */
  CompletableFuture<Turn> ask(long bytes) {
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
    return turn.orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
        .exceptionally(_ -> {
          throw new ProblemException(
              Problem.unavailable(
                  "busy",
                  "this member has had too many large requests in hand for "
                      + PATIENCE_SECONDS
                      + " s"));
        });
  }

  /** Asks as {@link #ask} does and waits for the turn. Only for threads that may block. */
  Turn take(long bytes) {
    try {
      return ask(bytes).join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof ProblemException busy) {
        throw busy;
      }
      throw e;
    }
  }

  private void giveBack(long bytes) {
    Deque<Waiting> next = new ArrayDeque<>();
    synchronized (this) {
      left += bytes;
      while (!waiting.isEmpty() && waiting.element().bytes <= left) {
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
