package io.mnemogrid.api.spaces;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.scheduling.TaskExecutors;
import io.mnemogrid.Space;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.api.metrics.Metrics;
import io.mnemogrid.api.trail.Notes;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import jakarta.inject.Named;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;

/**
 * Commits what a request holds, for the principal of its key, and answers it. Every way to write
 * goes through here, so each commit is measured, charged to its caller and noted for the audit
 * trail. {@code began} is the {@link System#nanoTime} at which the request's body had been read.
 */
@Singleton
final class Commits {
  private final Metrics metrics;
  private final ExecutorService executor;

  Commits(Metrics metrics, @Named(TaskExecutors.BLOCKING) ExecutorService executor) {
    this.metrics = metrics;
    this.executor = executor;
  }

  /** Commits one delta. */
  CompletableFuture<HttpResponse<byte[]>> commit(
      HttpRequest<?> request, Space space, Delta delta, Condition condition, long began) {
    return space
        .as(Access.principal(request))
        .commit(delta, condition)
        .thenApplyAsync(
            result -> {
              metrics.committed(result, System.nanoTime() - began);
              CommitWork.charge(request, delta, result);
              Notes.of(request).results(List.of(result));
              return CommitAnswers.of(request, space.name(), delta, result).toResponse(request);
            },
            executor);
  }

  /** Commits a list of deltas, all or none. */
  CompletableFuture<HttpResponse<byte[]>> commit(
      HttpRequest<?> request, Space space, List<Delta> deltas, Condition condition, long began) {
    return space
        .as(Access.principal(request))
        .commit(deltas, condition)
        .thenApplyAsync(
            results -> {
              long nanos = System.nanoTime() - began;
              results.forEach(result -> metrics.committed(result, nanos));
              CommitWork.charge(request, deltas, results);
              Notes.of(request).results(results);
              return CommitAnswers.of(request, space.name(), deltas, results).toResponse(request);
            },
            executor);
  }
}
