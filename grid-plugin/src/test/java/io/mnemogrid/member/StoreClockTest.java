package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.log.LogUnavailable;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class StoreClockTest {
  private static final Instant START = Instant.parse("2026-02-05T19:00:00Z");
  private static final Duration SOON = Duration.ofSeconds(60);

  private final AtomicLong nanos = new AtomicLong(5);
  private final AtomicInteger asked = new AtomicInteger();
  private volatile Instant told = START;
  private volatile boolean away;

  private Instant ask() {
    asked.incrementAndGet();
    if (away) {
      throw new LogUnavailable(LogUnavailable.Outcome.NOT_APPLIED, "away", new IOException());
    }
    return told;
  }

  private void pass(Duration time) {
    nanos.addAndGet(time.toNanos());
  }

  @Test
  void carriesOnWhatTheStoreSaid() {
    StoreClock clock = new StoreClock(this::ask, nanos::get);
    told = START.plusSeconds(100);
    pass(StoreClock.FRESH);
    assertThat(clock.now()).isEqualTo(START.plus(StoreClock.FRESH));
    assertThat(asked).hasValue(1);
    pass(Duration.ofMillis(1));
    assertThat(clock.now()).isEqualTo(told);
    assertThat(asked).hasValue(2);
  }

  @Test
  void asksAStoreThatIsAwayOnceInAWhile() {
    StoreClock clock = new StoreClock(this::ask, nanos::get);
    away = true;
    Duration longer = StoreClock.FRESH.plusMillis(1);
    pass(longer);
    for (int i = 0; i < 100; i++) {
      assertThat(clock.now()).isEqualTo(START.plus(longer));
    }
    assertThat(asked).as("the first time, and once of a hundred").hasValue(2);
    pass(longer);
    assertThat(clock.now()).isEqualTo(START.plus(longer.multipliedBy(2)));
    assertThat(asked).hasValue(3);
    away = false;
    told = START.plusSeconds(1000);
    pass(longer);
    assertThat(clock.now()).isEqualTo(told);
  }

  @Test
  void onlyOneCallerWaitsForTheStore() {
    CountDownLatch answer = new CountDownLatch(1);
    StoreClock clock =
        new StoreClock(
            () -> {
              Instant now = ask();
              if (asked.get() > 1) {
                try {
                  answer.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
              return now;
            },
            nanos::get);
    pass(StoreClock.FRESH.plusMillis(1));
    CompletableFuture<Instant> waits = CompletableFuture.supplyAsync(clock::now);
    await().atMost(SOON).until(() -> asked.get() == 2);
    assertThat(clock.now()).isEqualTo(START.plus(StoreClock.FRESH).plusMillis(1));
    assertThat(waits).isNotDone();
    answer.countDown();
    assertThat(waits).succeedsWithin(SOON).isEqualTo(START);
  }
}
