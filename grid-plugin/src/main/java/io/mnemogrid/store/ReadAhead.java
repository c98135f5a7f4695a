package io.mnemogrid.store;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Pages 0, 1, 2, … of something, read ahead on another thread while the caller works on the pages
 * before. The caller reads the first page itself; the other thread begins when the second one is
 * asked for. Used by one thread; close it to stop reading.
 */
public final class ReadAhead<T> implements AutoCloseable {
  private static final int AHEAD = 4;

  private final IntFunction<T> reader;
  private final Queue<Future<T>> ahead = new ArrayDeque<>();
  private @Nullable ExecutorService thread;
  private int next;

  /** Pages that {@code reader} reads, which must also answer for those beyond the last. */
  public ReadAhead(IntFunction<T> reader) {
    this.reader = reader;
  }

  /** The next page; throws what the reader threw. */
  public T next() {
    if (next == 0) {
      return reader.apply(next++);
    }
    ExecutorService reading = thread;
    if (reading == null) {
      reading =
          Executors.newSingleThreadExecutor(
              Thread.ofPlatform().name("mnemogrid-read-ahead").daemon().factory());
      thread = reading;
    }
    while (ahead.size() < AHEAD) {
      int page = next++;
      ahead.add(reading.submit(() -> reader.apply(page)));
    }
    try {
      return ahead.remove().get();
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException failure) {
        throw failure;
      }
      if (e.getCause() instanceof Error error) {
        throw error;
      }
      throw new IllegalStateException(e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while a log was read", e);
    }
  }

  @Override
  public void close() {
    if (thread != null) {
      thread.shutdownNow();
      thread.close();
    }
  }
}
