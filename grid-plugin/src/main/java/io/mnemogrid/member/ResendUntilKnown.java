package io.mnemogrid.member;

import io.mnemogrid.commit.Answer;
import io.mnemogrid.merge.Delta;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;

/**
 * Sends deltas, and sends them again under the same ids while their outcome is unknown: at most
 * {@value #AGAIN} times more, and not after a given time.
 *
 * <p>The answer to a repetition counts for the first sending too in two cases: when it was
 * accepted, because the log takes an id only once, and when it is a refusal that lasts. Any other
 * refusal is about the repetition alone. The first sending may still be committed, so the outcome
 * stays unknown.
 */
final class ResendUntilKnown {
  private static final int AGAIN = 3;

  private final List<Delta> deltas;
  private final Function<List<Delta>, CompletableFuture<List<Answer>>> send;
  private final long deadlineNanos;

  private ResendUntilKnown(
      List<Delta> deltas,
      Function<List<Delta>, CompletableFuture<List<Answer>>> send,
      Duration atMost) {
    this.deltas = deltas;
    this.send = send;
    this.deadlineNanos = System.nanoTime() + atMost.toNanos();
  }

  /** The answers, unknown only when no repetition settled it. */
  static CompletableFuture<List<Answer>> of(
      List<Delta> deltas,
      Function<List<Delta>, CompletableFuture<List<Answer>>> send,
      Duration atMost) {
    ResendUntilKnown sending = new ResendUntilKnown(deltas, send, atMost);
    return send.apply(deltas).thenCompose(answers -> sending.settle(answers, AGAIN));
  }

  private CompletableFuture<List<Answer>> settle(List<Answer> answers, int left) {
    if (!isUnknown(answers) || left == 0 || System.nanoTime() - deadlineNanos >= 0) {
      return CompletableFuture.completedFuture(answers);
    }
    return send.apply(deltas)
        .thenCompose(again -> settle(settles(again) ? again : answers, left - 1));
  }

  private static boolean isUnknown(List<Answer> answers) {
    return answers.getFirst() instanceof Answer.Unavailable none && none.unknown();
  }

  private boolean settles(List<Answer> again) {
    return again.getFirst() instanceof Answer.Accepted || Answer.isLastingRefusal(deltas, again);
  }
}
