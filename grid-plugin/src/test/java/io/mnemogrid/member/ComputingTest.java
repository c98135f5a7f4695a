package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.CommitResult;
import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.commit.MemoryUpdateLog;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ComputingTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Author BOT = new Author("bot-a");
  private static final Pointer COUNT = Pointer.parse("/count");
  private static final CommitResult NOT_APPLIED = new CommitResult.NotApplied("store full");

  private static Json plusOne(@Nullable Json value) {
    return Json.of(value instanceof Json.Num number ? (long) number.value() + 1 : 1);
  }

  /** One space in memory, whose answers get lost and in which others write, by a seed. */
  private static final class Flaky implements Computing.Grid {
    final MemoryUpdateLog log = new MemoryUpdateLog(() -> Instant.parse("2026-02-05T19:00:00Z"));
    final List<Delta> sent = new ArrayList<>();
    final Random random;
    int lostPercent;
    int conflictPercent;
    int waitingPercent; // of lost requests that land only later, or never
    boolean interrupts;
    int others; // counted by others
    long nanos;
    private @Nullable Delta late;

    Flaky(long seed) {
      random = new Random(seed);
      log.create(SPACE, "{}");
    }

    private boolean chance(int percent) {
      return random.nextInt(100) < percent;
    }

    long count() {
      Json value = head().state().value(COUNT);
      return value instanceof Json.Num number ? (long) number.value() : 0;
    }

    @Override
    public Snapshot head() {
      return log.replay(SPACE, Long.MAX_VALUE).orElseThrow();
    }

    @Override
    public Instant now() {
      return log.now();
    }

    @Override
    public CommitResult commit(Delta delta) throws InterruptedException {
      if (interrupts) {
        sent.add(delta);
        append(delta);
        throw new InterruptedException();
      }
      nanos += Duration.ofMillis(100).toNanos();
      sent.add(delta);
      if (late != null && chance(50)) {
        append(late);
        late = null;
      }
      if (chance(conflictPercent)) {
        append(
            new DeltaBuilder(new Author("other"), head().version(), now())
                .set("/count", plusOne(head().state().value(COUNT)))
                .build());
        others++;
      }
      if (chance(lostPercent)) {
        if (chance(waitingPercent)) {
          late = delta;
        } else if (chance(50)) {
          append(delta);
        }
        return new CommitResult.Unknown(List.of(delta), "no answer");
      }
      return chance(10) && doubted(delta) ? NOT_APPLIED : append(delta);
    }

    private boolean doubted(Delta delta) {
      return sent.stream().filter(delta::equals).count() > 1;
    }

    private CommitResult append(Delta delta) {
      Update known = log.find(SPACE, List.of(delta.id())).updates().get(delta.id());
      if (known != null) {
        return committed(delta, known, true);
      }
      Snapshot head = head();
      return switch (Resolver.resolve(head.state(), head.version(), delta)) {
        case Resolution.Unchanged _ -> throw new IllegalStateException("an edit takes a version");
        case Resolution.Refused refused -> new CommitResult.Refused(refused.refusal(), 0);
        case Resolution.Accepted accepted -> {
          LogHead before = head.head();
          Update update =
              Update.of(
                  new Update.Fields(
                      SPACE,
                      before.version() + 1,
                      delta.id(),
                      delta.author(),
                      delta.type(),
                      delta.base(),
                      delta.timestamp(),
                      now(),
                      delta.requestHash(),
                      before.leafHash(),
                      accepted.next().root(),
                      accepted.changes(),
                      accepted.superseded(),
                      accepted.overrode()));
          log.append(List.of(new Batch(before, List.of(update))));
          yield committed(delta, update, false);
        }
      };
    }

    private static CommitResult committed(Delta delta, Update update, boolean duplicate) {
      return CommittedResult.of(delta, update, 0, List.of(), duplicate);
    }

    @Override
    public void await(long version) {
      assertThat(head().version()).isGreaterThanOrEqualTo(version);
    }

    @Override
    public long nanos() {
      return nanos;
    }

    @Override
    public void pause(Duration atMost) {
      nanos += atMost.toNanos();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void countsEachTimeOnceWhateverGetsLost(long seed) {
    Flaky flaky = new Flaky(seed);
    flaky.lostPercent = 40;
    flaky.conflictPercent = 20;
    flaky.waitingPercent = 50;
    int counted = 0;
    for (int i = 0; i < 100; i++) {
      CommitResult result = new Computing(flaky).compute(COUNT, BOT, ComputingTest::plusOne);
      assertThat(result).as("seed %d", seed).isInstanceOf(CommitResult.Committed.class);
      counted++;
    }
    assertThat(flaky.count()).as("seed %d", seed).isEqualTo(counted + flaky.others);
    assertThat(flaky.others).isPositive();
  }

  @Test
  void anOutcomeThatStaysUnknownNamesWhatWasSentTheOneDelta() {
    Flaky flaky = new Flaky(1);
    flaky.lostPercent = 100;
    flaky.waitingPercent = 100;
    CommitResult result = new Computing(flaky).compute(COUNT, BOT, ComputingTest::plusOne);
    assertThat(result)
        .isInstanceOfSatisfying(
            CommitResult.Unknown.class,
            unknown -> assertThat(unknown.deltas()).isEqualTo(List.of(flaky.sent.getFirst())));
    Set<Delta> different = new HashSet<>(flaky.sent);
    assertThat(different).as("nothing else beside it").hasSize(1);
    assertThat(flaky.nanos).isBetween(seconds(30), seconds(31));
  }

  @Test
  void givesUpOnAConflictThatDoesNotEnd() {
    Flaky flaky = new Flaky(1);
    flaky.conflictPercent = 100;
    CommitResult result = new Computing(flaky).compute(COUNT, BOT, ComputingTest::plusOne);
    assertThat(result)
        .isInstanceOfSatisfying(
            CommitResult.Refused.class,
            refused -> assertThat(refused.refusal()).isInstanceOf(Refusal.StrictConflict.class));
    assertThat(flaky.nanos).isBetween(seconds(30), seconds(31));
    assertThat(flaky.count()).isEqualTo(flaky.others);
  }

  @Test
  void anInterruptedOneCanBeSettledLater() throws InterruptedException {
    Flaky flaky = new Flaky(1);
    flaky.interrupts = true;
    CommitResult result = new Computing(flaky).compute(COUNT, BOT, ComputingTest::plusOne);
    assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
    assertThat(result)
        .isInstanceOfSatisfying(
            CommitResult.Unknown.class,
            unknown -> assertThat(unknown.deltas()).isEqualTo(flaky.sent));
    flaky.interrupts = false;
    assertThat(flaky.commit(flaky.sent.getFirst())).isInstanceOf(CommitResult.Committed.class);
    assertThat(flaky.count()).isEqualTo(1);
  }

  private static long seconds(int seconds) {
    return Duration.ofSeconds(seconds).toNanos();
  }
}
