package io.mnemogrid.api.limits;

import io.micronaut.http.HttpRequest;
import jakarta.annotation.PreDestroy;
import jakarta.inject.Singleton;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs what keeps a processor busy for long: large bodies are parsed, pages, documents and old
 * versions are made by a few threads of the system, as many as there are processors.
 *
 * <p>Most requests are handled on virtual threads, which share as many carriers as there are
 * processors, and a virtual thread leaves its carrier only where it waits. So a few large requests
 * on them would hold up all small ones, for as long as they take. The system takes turns between
 * the threads of this class, the carriers and the event loops. What waits for a thread here has its
 * part of the memory already ({@link Work}), so only that much can wait.
 *
 * <p>Safe for all threads. Who calls it waits, so only threads that may block call it, and never
 * from inside of a task: all threads could wait for each other.
 */
@Singleton
public final class Labour {
  private final ThreadPoolExecutor threads;

  Labour() {
    int processors = Runtime.getRuntime().availableProcessors();
    this.threads =
        new ThreadPoolExecutor(
            processors,
            processors,
            0,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            Thread.ofPlatform().name("mnemogrid-labour-", 0).daemon().factory());
  }

  /**
   * Runs a task by one of the threads and waits for it; throws what the task throws.
   *
   * @throws IllegalStateException on an event loop, which must not wait
   */
  public <T extends @Nullable Object> T run(Supplier<T> task) {
    EventLoops.refuse();
    try {
      return CompletableFuture.supplyAsync(task, threads).join();
    } catch (CompletionException e) {
      switch (e.getCause()) {
        case RuntimeException thrown -> throw thrown;
        case Error thrown -> throw thrown;
        case null, default -> throw e;
      }
    }
  }

  /**
   * Runs a task that reads a request's body. A small one is read here; a large one waits for its
   * memory, and is read as {@link #run} does.
   */
  public <T extends @Nullable Object> T read(HttpRequest<?> request, Supplier<T> task) {
    Bodies.Lease lease = Bodies.lease(request);
    if (lease == null) {
      return task.get();
    }
    lease.parse();
    return run(task);
  }

  /** How many threads there are. */
  public int threads() {
    return threads.getCorePoolSize();
  }

  /** How many tasks wait for a thread. */
  public int waiting() {
    return threads.getQueue().size();
  }

  /** Ends the threads when their tasks are done. */
  @PreDestroy
  void close() {
    threads.shutdown();
  }
}
