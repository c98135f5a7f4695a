package io.mnemogrid.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.OwnTime;
import io.mnemogrid.commit.Answer;
import io.mnemogrid.commit.Deltas;
import io.mnemogrid.commit.MemoryUpdateLog;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class CommitLoopTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Duration TIMEOUT = Duration.ofSeconds(60);

  private final MemoryUpdateLog log = new MemoryUpdateLog();
  private final Replicas replicas = new Replicas(log);
  private final CommitLoop loop = new CommitLoop(log, replicas, (_, _) -> {});

  @AfterEach
  void close() {
    loop.close();
    replicas.close();
  }

  private CompletableFuture<List<Answer>> commit(Delta... deltas) {
    return loop.commit(SPACE, List.of(deltas), TIMEOUT);
  }

  private static Delta set(String id) {
    return Deltas.set(id, 0, "/" + id, Json.TRUE);
  }

  @Test
  void showsWhatItAnswered() {
    log.create(SPACE, "{}");
    loop.start();
    List<CompletableFuture<List<Answer>>> answers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      int n = i;
      answers.add(
          commit(set("u" + i))
              .whenComplete((answer, _) -> {
                Answer.Accepted accepted = (Answer.Accepted) answer.getFirst();
                Snapshot here = Objects.requireNonNull(replicas.get(SPACE));
                assertThat(here.version()).isGreaterThanOrEqualTo(accepted.update().version());
                assertThat(accepted.update().id().text()).isEqualTo("u" + n);
              }));
    }
    answers.forEach(answer -> assertThat(answer).succeedsWithin(TIMEOUT));
    assertThat(Objects.requireNonNull(replicas.get(SPACE)).toText())
        .isEqualTo(log.replay(SPACE, Long.MAX_VALUE).orElseThrow().toText());
  }

  @Test
  void answersWaitForNoLaterAppend() {
    loop.start();
    Semaphore appends = new Semaphore(0);
    AtomicInteger begun = new AtomicInteger();
    AtomicInteger steps = new AtomicInteger(); // each of which begins by asking for the time
    MemoryUpdateLog slow =
        new MemoryUpdateLog(
            () -> {
              steps.incrementAndGet();
              return Deltas.START;
            }) {
          @Override
          public List<Appended> append(List<Batch> batches) {
            begun.incrementAndGet();
            appends.acquireUninterruptibly();
            return super.append(batches);
          }
        };
    slow.create(SPACE, "{}");
    try (Replicas shown = new Replicas(slow);
        CommitLoop waiting = new CommitLoop(slow, shown, (_, _) -> {})) {
      waiting.start();
      var first = waiting.commit(SPACE, List.of(set("a"), set("b")), TIMEOUT);
      await().atMost(TIMEOUT).until(() -> begun.get() == 1);
      var second = waiting.commit(SPACE, List.of(set("c")), TIMEOUT);
      // The step after the next one takes it, at the latest, and is over when a third begins. So it
      // is resolved by then, and its append follows the first one at once.
      int before = steps.get();
      await().atMost(TIMEOUT).until(() -> steps.get() >= before + 3);
      assertThat(begun.get()).as("one append at a time").isEqualTo(1);
      assertThat(first).isNotDone();
      appends.release();
      assertThat(first).succeedsWithin(TIMEOUT);
      await().atMost(TIMEOUT).until(() -> begun.get() == 2);
      assertThat(second).as("its append has begun and waits").isNotDone();
      appends.release();
      assertThat(second).succeedsWithin(TIMEOUT);
    }
  }

  @Test
  void aListWithOneIdTwiceStopsNobody() {
    log.create(SPACE, "{}");
    loop.start();
    CompletableFuture<List<Answer>> twice = commit(set("a"), set("a"));
    CompletableFuture<List<Answer>> next = commit(set("b"));
    assertThat(twice).succeedsWithin(TIMEOUT);
    assertThat(next).succeedsWithin(TIMEOUT);
    assertThat(next.join().getFirst()).isInstanceOf(Answer.Accepted.class);
    assertThat(loop.isRunning()).isTrue();
  }

  @Test
  void aBrokenLogStopsNoOtherSpace() {
    SpaceName other = SpaceName.of("other");
    log.create(SPACE, "{}");
    log.create(other, "{}");
    loop.start();
    assertThat(commit(set("a"), set("b"))).succeedsWithin(TIMEOUT);
    log.lose(SPACE, 2);
    assertThat(commit(set("c")).join())
        .singleElement()
        .isEqualTo(new Answer.Damaged(SPACE, 2, "the log ends at 1"));
    assertThat(loop.commit(other, List.of(set("a")), TIMEOUT).join())
        .singleElement()
        .isInstanceOf(Answer.Accepted.class);
    assertThat(loop.isRunning()).isTrue();
  }

  @Test
  void judgesNoTimeWhileTheStoreTellsNone() {
    loop.start();
    AtomicInteger asked = new AtomicInteger();
    MemoryUpdateLog away =
        new MemoryUpdateLog(() -> {
          if (asked.incrementAndGet() < 4) {
            throw new LogUnavailable(LogUnavailable.Outcome.NOT_APPLIED, "away", new IOException());
          }
          return Deltas.START;
        });
    away.create(SPACE, "{}");
    try (Replicas shown = new Replicas(away);
        CommitLoop waiting = new CommitLoop(away, shown, (_, _) -> {})) {
      waiting.start();
      assertThat(waiting.commit(SPACE, List.of(set("u")), TIMEOUT).join())
          .as("its time is the store's, which the loop has not heard yet")
          .singleElement()
          .isInstanceOf(Answer.Accepted.class);
      asked.set(Integer.MIN_VALUE);
      assertThat(waiting.commit(SPACE, List.of(set("v")), Duration.ofMillis(100)).join())
          .singleElement()
          .isInstanceOfSatisfying(
              Answer.Unavailable.class, none -> assertThat(none.unknown()).isFalse());
    }
  }

  @Test
  void finishesWhatItTookWhenClosed() {
    log.create(SPACE, "{}");
    loop.start();
    List<CompletableFuture<List<Answer>>> answers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      answers.add(commit(set("u" + i)));
    }
    loop.close();
    for (CompletableFuture<List<Answer>> answer : answers) {
      assertThat(answer).succeedsWithin(TIMEOUT);
      assertThat(answer.join().getFirst()).isInstanceOf(Answer.Accepted.class);
    }
    assertThat(commit(set("late"), set("later")).join())
        .as("another member commits it")
        .hasSize(2)
        .allSatisfy(answer -> assertThat(answer).isInstanceOf(Answer.Elsewhere.class));
  }

  @Test
  void whatIsShownOrAnnouncedWronglyEndsNothing() {
    log.create(SPACE, "{}");
    AtomicInteger announced = new AtomicInteger();
    try (Replicas shown = new Replicas(log);
        CommitLoop failing =
            new CommitLoop(
                log,
                shown,
                (_, _) -> {
                  announced.incrementAndGet();
                  throw new NoClassDefFoundError("a class of somebody else");
                })) {
      failing.start();
      for (String id : List.of("a", "b")) {
        assertThat(failing.commit(SPACE, List.of(set(id)), TIMEOUT).join().getFirst())
            .isInstanceOf(Answer.Accepted.class);
      }
      assertThat(failing.isRunning()).isTrue();
    }
    assertThat(announced.get()).isEqualTo(2);
  }

  @Test
  void anInvariantThatBreaksEndsItAndSendsTheOthersElsewhere() {
    AtomicReference<Throwable> broken = new AtomicReference<>();
    MemoryUpdateLog lying =
        new MemoryUpdateLog() {
          @Override
          public List<Appended> append(List<Batch> batches) {
            return List.of(); // an outcome is missing, which cannot be
          }
        };
    lying.create(SPACE, "{}");
    try (Replicas shown = new Replicas(lying);
        CommitLoop ends = new CommitLoop(lying, shown, (_, _) -> {}, broken::set)) {
      ends.start();
      assertThat(ends.commit(SPACE, List.of(set("a")), TIMEOUT).join().getFirst())
          .isInstanceOfSatisfying(
              Answer.Unavailable.class, none -> assertThat(none.unknown()).isTrue());
      await().atMost(TIMEOUT).until(() -> broken.get() != null);
      assertThat(ends.isRunning()).isFalse();
      assertThat(ends.failure()).containsSame(broken.get());
      assertThat(ends.commit(SPACE, List.of(set("b")), TIMEOUT).join().getFirst())
          .isInstanceOfSatisfying(
              Answer.Elsewhere.class,
              elsewhere -> assertThat(elsewhere.why()).contains("committer stopped"));
    }
  }

  @Test
  void closingDoesNotWaitForAStoreThatHangs() {
    Semaphore appends = new Semaphore(0);
    MemoryUpdateLog hanging =
        new MemoryUpdateLog() {
          @Override
          public List<Appended> append(List<Batch> batches) {
            appends.acquireUninterruptibly();
            return super.append(batches);
          }
        };
    hanging.create(SPACE, "{}");
    try (Replicas shown = new Replicas(hanging)) {
      CommitLoop closing = new CommitLoop(hanging, shown, (_, _) -> {});
      closing.start();
      var flies = closing.commit(SPACE, List.of(set("a"), set("b")), TIMEOUT);
      await().atMost(TIMEOUT).until(() -> appends.hasQueuedThreads());
      var waits = closing.commit(SPACE, List.of(set("c")), TIMEOUT);
      assertThat(OwnTime.of(closing::close)).isLessThan(Duration.ofSeconds(4));
      assertThat(waits.join().getFirst()).isInstanceOf(Answer.Elsewhere.class);
      assertThat(flies.join().getFirst())
          .isInstanceOfSatisfying(
              Answer.Unavailable.class, none -> assertThat(none.unknown()).isTrue());
      appends.release();
    }
  }

  @Test
  void soManyBytesWaitAtMost() {
    log.create(SPACE, "{}"); // and the loop is not started: all waits
    Json.Str large = new Json.Str("x".repeat(200_000));
    int taken = 0;
    Answer last = null;
    for (int i = 0; i < 1000 && last == null; i++) {
      var answer = commit(Deltas.set("u" + i, 0, "/n" + i, large));
      if (answer.isDone()) {
        last = answer.join().getFirst();
      } else {
        taken++;
      }
    }
    assertThat(taken).isBetween(300, (int) (CommitLoop.MAX_WAITING_BYTES / 200_000));
    assertThat(last)
        .isInstanceOfSatisfying(
            Answer.Unavailable.class,
            none -> {
              assertThat(none.unknown()).isFalse();
              assertThat(none.why()).contains("too much waits already", "67108864");
            });
  }

  @Test
  void soManyRequestsWaitAtMost() {
    log.create(SPACE, "{}"); // and the loop is not started: all waits
    for (int i = 0; i < CommitLoop.MAX_WAITING; i++) {
      assertThat(commit(set("w" + i))).isNotDone();
    }
    assertThat(commit(set("one-more")).join().getFirst())
        .isInstanceOfSatisfying(
            Answer.Unavailable.class,
            none -> {
              assertThat(none.unknown()).isFalse();
              assertThat(none.why()).contains("too much waits already", "20000");
            });
  }

  /** A log of two versions, whose reads of an older version are held up. */
  private static final class HeldLog extends MemoryUpdateLog {
    final AtomicInteger reads = new AtomicInteger();
    final CountDownLatch goOn = new CountDownLatch(1);

    HeldLog() {
      create(SPACE, "{}");
      append(List.of(new Scribe(SPACE).batch("u", 2)));
    }

    @Override
    public Optional<Snapshot> replay(SpaceName space, long atMost) {
      if (atMost < Long.MAX_VALUE) {
        reads.incrementAndGet();
        try {
          goOn.await();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
      return super.replay(space, atMost);
    }
  }

  private static Delta back(String id, long to) {
    return Delta.Rollback.of(new UpdateId(id), to, new Author("bot-a"));
  }

  @Test
  void fewRollbacksAreReadAtOnceAndTheOthersWaitForTheirTurn() {
    HeldLog held = new HeldLog();
    try (Replicas shown = new Replicas(held);
        CommitLoop busy = new CommitLoop(held, shown, (_, _) -> {})) {
      busy.start();
      var first = busy.commit(SPACE, List.of(back("r1", 1)), TIMEOUT);
      await().atMost(TIMEOUT).until(() -> held.reads.get() == 1);
      var second = busy.commit(SPACE, List.of(back("r2", 2)), TIMEOUT);
      await().atMost(TIMEOUT).until(() -> busy.freeRollbacks() == 0);
      for (int i = 0; i < 50; i++) {
        assertThat(busy.commit(SPACE, List.of(back("late" + i, 1)), Duration.ofMillis(5)))
            .succeedsWithin(TIMEOUT)
            .satisfies(answers ->
                assertThat(answers.getFirst())
                    .isInstanceOfSatisfying(
                        Answer.Unavailable.class,
                        none -> {
                          assertThat(none.unknown()).isFalse();
                          assertThat(none.why()).contains("other rollbacks were before it");
                        }));
      }
      assertThat(held.reads.get()).as("documents that are read").isEqualTo(1);
      var later = busy.commit(SPACE, List.of(back("r3", 1)), TIMEOUT);
      held.goOn.countDown();
      for (var answers : List.of(first, second, later)) {
        assertThat(answers).succeedsWithin(TIMEOUT);
        assertThat(answers.join().getFirst()).isInstanceOf(Answer.Accepted.class);
      }
      await().atMost(TIMEOUT).until(() -> busy.freeRollbacks() == CommitLoop.ROLLBACKS_AT_ONCE);
    }
  }

  @Test
  void rollbacksThatWaitForTheirTurnCountAmongWhatWaits() {
    HeldLog held = new HeldLog();
    try (Replicas shown = new Replicas(held);
        CommitLoop busy = new CommitLoop(held, shown, (_, _) -> {})) {
      busy.start();
      for (int i = 0; i < CommitLoop.MAX_WAITING; i++) {
        assertThat(busy.commit(SPACE, List.of(back("r" + i, 1)), TIMEOUT)).isNotDone();
      }
      assertThat(busy.commit(SPACE, List.of(set("one-more")), TIMEOUT).join().getFirst())
          .isInstanceOfSatisfying(
              Answer.Unavailable.class,
              none -> assertThat(none.why()).contains("too much waits already", "20000"));
      held.goOn.countDown();
    }
  }

  @Test
  void aRollbackThatTheCommitterNeverGotGoesElsewhereWhenClosed() {
    HeldLog held = new HeldLog();
    try (Replicas shown = new Replicas(held)) {
      CommitLoop closing = new CommitLoop(held, shown, (_, _) -> {});
      closing.start();
      var reads = closing.commit(SPACE, List.of(back("r1", 1)), TIMEOUT);
      await().atMost(TIMEOUT).until(() -> held.reads.get() == 1);
      var waits = closing.commit(SPACE, List.of(back("r2", 1)), TIMEOUT);
      closing.close();
      for (var answers : List.of(reads, waits)) {
        assertThat(answers).succeedsWithin(TIMEOUT);
        assertThat(answers.join().getFirst()).isInstanceOf(Answer.Elsewhere.class);
      }
      held.goOn.countDown();
    }
  }
}
