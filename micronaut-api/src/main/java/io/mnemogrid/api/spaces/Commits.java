package io.mnemogrid.api.spaces;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.mnemogrid.CommitResult;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.Conditions;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.api.limits.OffLoop;
import io.mnemogrid.api.metrics.Metrics;
import io.mnemogrid.api.trail.Notes;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Commits what a request holds, for the principal of its key, and answers it. Every way to write
 * goes through here, so each commit is measured, charged to its caller and noted for the audit
 * trail. {@code began} is the {@link System#nanoTime} at which the request's body had been read.
 */
@Singleton
public final class Commits {
  /** Records of up to this many bytes are copied into an answer by the thread that gives it out. */
  private static final int QUICK_ANSWER_BYTES = 16 << 10;

  private final Metrics metrics;
  private final OffLoop offLoop;

  Commits(Metrics metrics, OffLoop offLoop) {
    this.metrics = metrics;
    this.offLoop = offLoop;
  }

  /** Commits one delta. */
  public CompletableFuture<HttpResponse<byte[]>> commit(
      HttpRequest<?> request, Space space, Delta delta, Condition condition, long began) {
    return space
        .as(Access.principal(request))
        .answeringBy(Runnable::run)
        .commit(delta, condition)
        .thenCompose(result ->
            isQuick(request, result)
                ? CompletableFuture.completedFuture(answer(request, space, delta, result, began))
                : offLoop.run(() -> answer(request, space, delta, result, began)));
  }

  /**
   * Whether the answer is so small that the thread that gives it out writes it too: the record has
   * all that it lost or beat.
   */
  private static boolean isQuick(HttpRequest<?> request, CommitResult result) {
    return result instanceof CommitResult.Committed committed
        && committed.update().sizeBytes()
                + (Conditions.prefersMinimal(request) ? 0 : missedBytes(committed))
            <= QUICK_ANSWER_BYTES;
  }

  private static long missedBytes(CommitResult.Committed committed) {
    return committed.missed().stream().mapToLong(Update::sizeBytes).sum();
  }

  private HttpResponse<byte[]> answer(
      HttpRequest<?> request, Space space, Delta delta, CommitResult result, long began) {
    metrics.committed(result, System.nanoTime() - began);
    CommitWork.charge(request, delta, result);
    Notes.of(request).results(List.of(result));
    return CommitAnswers.of(request, space.name(), delta, result).toResponse(request);
  }

  /**
   * Commits a list of deltas, all or none; its answer is made by the virtual thread that it ends
   * on.
   */
  CompletableFuture<HttpResponse<byte[]>> commit(
      HttpRequest<?> request, Space space, List<Delta> deltas, Condition condition, long began) {
    return space
        .as(Access.principal(request))
        .commit(deltas, condition)
        .thenApply(results -> {
          long nanos = System.nanoTime() - began;
          results.forEach(result -> metrics.committed(result, nanos));
          CommitWork.charge(request, deltas, results);
          Notes.of(request).results(results);
          return CommitAnswers.of(request, space.name(), deltas, results).toResponse(request);
        });
  }
}
