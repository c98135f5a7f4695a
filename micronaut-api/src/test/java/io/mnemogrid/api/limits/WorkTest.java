package io.mnemogrid.api.limits;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.limits.Work.Turn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** Large requests take turns. */
class WorkTest {
  @Test
  void givesOutNoMoreThanThereIsInTheOrderOfAsking() {
    Work work = new Work(100);
    Turn first = work.take(60);
    CompletableFuture<Turn> second = work.ask(60);
    CompletableFuture<Turn> third = work.ask(10);
    assertThat(second).isNotDone();
    assertThat(third).as("behind who came before").isNotDone();
    first.close();
    first.close();
    assertThat(second).isCompleted();
    assertThat(third).isCompleted();
    CompletableFuture<Turn> all = work.ask(1000);
    second.join().close();
    assertThat(all).isNotDone();
    third.join().close();
    assertThat(all).as("more than there is takes all there is").isCompleted();
  }

  @Test
  void aPartCanBeGivenBackAndMoreBeTakenThanThereIs() {
    Work work = new Work(100);
    Turn first = work.take(90);
    CompletableFuture<Turn> second = work.ask(60);
    first.keep(95);
    assertThat(second).as("it had less").isNotDone();
    first.keep(40);
    assertThat(second).isCompleted();
    Turn seized = work.seize(50);
    assertThat(work.taken()).isEqualTo(150);
    first.close();
    CompletableFuture<Turn> third = work.ask(10);
    assertThat(third).as("more than all is given out").isNotDone();
    seized.close();
    assertThat(third).isCompleted();
    second.join().close();
    third.join().close();
    assertThat(work.taken()).isZero();
  }

  @Test
  void whoGivesUpHoldsNobodyUp() {
    Work work = new Work(100);
    Turn first = work.take(50);
    CompletableFuture<Turn> large = work.ask(100, Duration.ofSeconds(2));
    CompletableFuture<Turn> small = work.ask(10);
    assertThat(small).as("behind the large one").isNotDone();
    assertThat(small).succeedsWithin(Duration.ofSeconds(10));
    assertThat(large)
        .failsWithin(Duration.ofSeconds(10))
        .withThrowableThat()
        .withCauseInstanceOf(ProblemException.class);
    small.join().close();
    first.close();
    assertThat(work.taken()).isZero();
  }

  @Test
  void nothingIsLost() {
    Work work = new Work(100);
    Random random = new Random(1);
    List<CompletableFuture<Turn>> asked = new ArrayList<>();
    for (int i = 0; i < 10_000; i++) {
      if (random.nextBoolean() || asked.isEmpty()) {
        asked.add(work.ask(1 + random.nextInt(120)));
      } else {
        CompletableFuture<Turn> one = asked.remove(random.nextInt(asked.size()));
        if (one.isDone()) {
          one.join().close();
        } else {
          asked.add(one);
        }
      }
    }
    while (!asked.isEmpty()) {
      CompletableFuture<Turn> begun =
          asked.stream().filter(CompletableFuture::isDone).findFirst().orElseThrow();
      asked.remove(begun);
      begun.join().close();
    }
    assertThat(work.ask(100)).isCompleted();
  }
}
