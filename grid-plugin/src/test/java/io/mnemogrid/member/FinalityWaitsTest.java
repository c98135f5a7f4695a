package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.Finality;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

@NullMarked
class FinalityWaitsTest {
  private static final SpaceName A = SpaceName.of("a");
  private static final SpaceName B = SpaceName.of("b");
  private static final Duration SOON = Duration.ofSeconds(10);
  private static final Duration NEVER = Duration.ofDays(1);

  /** What the store says: of both spaces the same. */
  private static final class Store implements FinalityWaits.Source {
    volatile long upTo;
    volatile boolean away;
    volatile boolean broken;
    final AtomicInteger asked = new AtomicInteger();

    private void fail() {
      if (away) {
        throw new LogUnavailable(LogUnavailable.Outcome.NOT_APPLIED, "away", new IOException());
      }
      if (broken) {
        throw new IllegalStateException("broken");
      }
    }

    @Override
    public Finality finality(SpaceName space, long version) {
      asked.incrementAndGet();
      fail();
      return version <= upTo
          ? new Finality(StoredCheckpoint.Status.FINALIZED, 7, null)
          : new Finality(StoredCheckpoint.Status.PENDING, 0, null);
    }

    @Override
    public long finalizedVersion(SpaceName space) {
      fail();
      return upTo;
    }
  }

  private final Store store = new Store();
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final FinalityWaits told = new FinalityWaits(() -> store, executor, NEVER);

  @AfterEach
  void end() {
    executor.shutdownNow();
  }

  @Test
  void whatIsFinalAlreadyIsSaidWithoutNews() {
    store.upTo = 3;
    assertThat(told.await(A, 3)).succeedsWithin(SOON).matches(Finality::isFinal);
  }

  @Test
  void newsEndsTheWaitsThatItCoversAndNoOthers() {
    CompletableFuture<Finality> one = told.await(A, 1);
    CompletableFuture<Finality> two = told.await(A, 2);
    CompletableFuture<Finality> three = told.await(A, 3);
    CompletableFuture<Finality> other = told.await(B, 1);
    await().atMost(SOON).until(() -> store.asked.get() == 4);
    store.upTo = 2;
    told.heard(A, 2);
    assertThat(one).succeedsWithin(SOON);
    assertThat(two).succeedsWithin(SOON);
    assertThat(three).isNotDone();
    assertThat(other).isNotDone();
    assertThat(store.asked).as("only what the news covers is asked about").hasValue(6);
  }

  @Test
  void whoCancelsEndsNobodyElsesWait() {
    CompletableFuture<Finality> one = told.await(A, 1);
    CompletableFuture<Finality> another = told.await(A, 1);
    await().atMost(SOON).until(() -> store.asked.get() == 2);
    one.cancel(true);
    store.upTo = 1;
    told.heard(A, 1);
    assertThat(another).succeedsWithin(SOON);
  }

  @Test
  void lostNewsCostsTimeAlone() {
    FinalityWaits watch = new FinalityWaits(() -> store, executor, Duration.ofMillis(20));
    CompletableFuture<Finality> wait = watch.await(A, 1);
    await().atMost(SOON).until(() -> store.asked.get() == 1);
    store.away = true;
    store.upTo = 1;
    watch.heard(A, 1); // and the store does not say which checkpoint it was
    await().atMost(SOON).until(() -> store.asked.get() == 2);
    assertThat(wait).isNotDone();
    store.away = false;
    assertThat(wait).succeedsWithin(SOON).matches(Finality::isFinal);
  }

  @Test
  void whatAskingAgainDoesNotMendIsThrown() {
    store.broken = true;
    assertThat(told.await(A, 1))
        .failsWithin(SOON)
        .withThrowableOfType(ExecutionException.class)
        .withMessageContaining("broken");
  }

  @Test
  void aMemberThatClosesEndsAllWaits() {
    CompletableFuture<Finality> wait = told.await(A, 1);
    told.close();
    assertThat(wait)
        .failsWithin(SOON)
        .withThrowableOfType(ExecutionException.class)
        .withMessageContaining("closed before the version was final");
    assertThat(told.await(A, 2)).isCompletedExceptionally();
  }

  @Test
  void whatFollowsAWaitMayBlockAndHoldsUpNobody() {
    CompletableFuture<Void> never = new CompletableFuture<>();
    CompletableFuture<Void> blocked = told.await(A, 1).thenRun(never::join);
    CompletableFuture<Finality> other = told.await(A, 2);
    store.upTo = 2;
    told.heard(A, 2);
    assertThat(other).succeedsWithin(SOON);
    assertThat(blocked).isNotDone();
    never.complete(null);
    assertThat(blocked).succeedsWithin(SOON);
  }
}
