package io.mnemogrid.api.limits;

import io.micronaut.http.HttpRequest;
import io.micronaut.scheduling.TaskExecutors;
import io.mnemogrid.api.http.Gzip;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.function.Supplier;

/**
 * Takes requests off the event loop that read them. The routes that most requests call are handled
 * on it, because the way to another thread and back costs more than they do; what may wait, or has
 * much to do, goes on a virtual thread. Safe for all threads.
 */
@Singleton
public final class OffLoop {
  /**
   * A body of up to this many bytes is parsed, and a value of up to so many is written, by the
   * event loop. Of usual JSON that takes some 20 µs; the worst, which is all numbers with
   * exponents, takes about a millisecond.
   */
  public static final int QUICK_BYTES = 4 << 10;

  private final Executor virtual;

  OffLoop(@Named(TaskExecutors.BLOCKING) ExecutorService virtual) {
    this.virtual = virtual;
  }

  /** Whether the body of a request is so small, and not packed, that it is parsed where it is. */
  public static boolean isQuick(HttpRequest<?> request) {
    long bytes = request.getContentLength();
    return bytes >= 0 && bytes <= QUICK_BYTES && !Gzip.isPacked(request);
  }

  /** Runs a task on a virtual thread. The future fails with what the task throws. */
  public <T> CompletableFuture<T> run(Supplier<T> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    virtual.execute(() -> {
      try {
        result.complete(task.get());
      } catch (Throwable e) {
        result.completeExceptionally(e);
      }
    });
    return result;
  }

  /** Runs a task that ends in a future on a virtual thread, as {@link #run}. */
  public <T> CompletableFuture<T> compose(Supplier<CompletableFuture<T>> task) {
    return run(task).thenCompose(result -> result);
  }
}
