package io.mnemogrid.grid;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class DeadlinesTest {
  private static final Duration SOON = Duration.ofMillis(1);
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  @Test
  void goesOnAfterAnExecutorThatFails() {
    AtomicInteger calls = new AtomicInteger();
    Executor failsOnce =
        task -> {
          if (calls.incrementAndGet() == 1) {
            throw new NoClassDefFoundError("a class that is missing");
          }
          task.run();
        };
    try (Deadlines deadlines = new Deadlines(failsOnce)) {
      deadlines.watch(new CompletableFuture<>(), SOON, () -> {});
      CompletableFuture<String> late = new CompletableFuture<>();
      deadlines.watch(late, SOON.multipliedBy(50), () -> late.complete("late"));
      assertThat(late).succeedsWithin(TIMEOUT).isEqualTo("late");
      assertThat(calls).hasValue(2);
    }
  }

  @Test
  void doesNothingWhereTheFutureIsDone() {
    AtomicInteger calls = new AtomicInteger();
    try (Deadlines deadlines = new Deadlines(Runnable::run)) {
      CompletableFuture<String> done = new CompletableFuture<>();
      // Whoever looks at the deadlines comes to this one first, however late it looks.
      CompletableFuture<String> before = new CompletableFuture<>();
      deadlines.watch(before, SOON.multipliedBy(20), () -> done.complete("done"));
      deadlines.watch(done, SOON.multipliedBy(20), calls::incrementAndGet);
      CompletableFuture<String> late = new CompletableFuture<>();
      deadlines.watch(late, SOON.multipliedBy(60), () -> late.complete("late"));
      assertThat(late).succeedsWithin(TIMEOUT);
      assertThat(calls).hasValue(0);
    }
  }
}
