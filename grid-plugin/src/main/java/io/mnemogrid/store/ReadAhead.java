package io.mnemogrid.store;

import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The pages of something, read one after the other on one other thread while the pages before are
 * worked on. The first is read by the caller, so what has a single page costs no thread. At most
 * {@value #AHEAD} pages wait, so a reader's pages have to end by their bytes. Used by one thread;
 * close it to stop reading.
 */
public final class ReadAhead<T> implements AutoCloseable {
  private static final int AHEAD = 4;

  private final Supplier<T> reader;
  private final Queue<Future<T>> ahead = new ArrayDeque<>();
  private @Nullable ExecutorService thread;
  private boolean begun;

  /**
   * The pages that {@code reader} reads, each where the one before ended; beyond the last it is
   * asked again. It is called by one thread after the other.
   */
  public ReadAhead(Supplier<T> reader) {
    this.reader = reader;
  }

  /** The next page; throws what the reader threw. */
  public T next() {
    if (!begun) {
      begun = true;
      return reader.get();
    }
    ExecutorService reading = thread;
    if (reading == null) {
      reading =
          Executors.newSingleThreadExecutor(
              Thread.ofPlatform().name("mnemogrid-read-ahead").daemon().factory());
      thread = reading;
    }
    while (ahead.size() < AHEAD) {
      ahead.add(reading.submit(reader::get));
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
