package io.mnemogrid.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.commit.MemoryUpdateLog;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.HeadChanges;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplicasTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Duration SOON = Duration.ofSeconds(60);

  private final MemoryUpdateLog log = new MemoryUpdateLog();
  private final Scribe scribe = new Scribe(SPACE);
  private final Replicas replicas = new Replicas(log);

  @BeforeEach
  void createSpace() {
    log.create(SPACE, "{}");
    append(3);
    replicas.load(SPACE);
  }

  @AfterEach
  void close() {
    replicas.close();
  }

  private List<Update> append(int count) {
    Batch batch = scribe.batch("u", count);
    log.append(List.of(batch));
    return batch.updates();
  }

  private Snapshot here() {
    return Objects.requireNonNull(replicas.get(SPACE));
  }

  private void awaitVersion(long version) {
    await().atMost(SOON).untilAsserted(() -> assertThat(here().version()).isEqualTo(version));
  }

  @Test
  void loadsWhatIsAskedFor() {
    assertThat(here().toText()).isEqualTo(scribe.snapshot().toText());
    assertThat(replicas.get(SpaceName.of("other"))).isNull();
    assertThat(replicas.load(SpaceName.of("other"))).isEmpty();
  }

  @Test
  void followsAnnouncementsBeforeItPolls() {
    replicas.start();
    for (int i = 0; i < 20; i++) {
      CompletableFuture<Snapshot> reached = replicas.reached(SPACE, scribe.head().version() + 2);
      replicas.announced(append(2));
      assertThat(reached).succeedsWithin(SOON);
    }
    assertThat(here().toText()).isEqualTo(scribe.snapshot().toText());
    assertThat(replicas.recent().range(SPACE, 4, 44)).hasSize(40);
  }

  @Test
  void soManyAnnouncementsWaitAtMostAndWhatIsDroppedIsReadFromTheLog() {
    for (int i = 0; i < Replicas.MOST_NEWS + 500; i++) { // and nobody takes them yet
      replicas.announced(append(1));
    }
    assertThat(replicas.newsWaiting()).isEqualTo(Replicas.MOST_NEWS);
    List<Long> told = Collections.synchronizedList(new ArrayList<>());
    replicas.listen(head -> told.add(head.version()));
    replicas.start();
    awaitVersion(scribe.head().version());
    assertThat(told).as("in order").isSorted().doesNotHaveDuplicates();
    await().atMost(SOON).until(() -> replicas.newsWaiting() == 0 && replicas.newsBytes() == 0);
  }

  @Test
  void announcementsThatWaitAreBoundedInBytes() {
    Json large = Json.of("x".repeat(250_000));
    long size = 0;
    for (int i = 0; i < 200; i++) {
      var before = scribe.head();
      Update update = scribe.set("large" + i, "/k" + i, large);
      log.append(List.of(new Batch(before, List.of(update))));
      replicas.announced(List.of(update));
      size = Math.max(size, update.sizeBytes());
    }
    assertThat(replicas.newsBytes())
        .isBetween(Replicas.MOST_NEWS_BYTES - size, Replicas.MOST_NEWS_BYTES);
    replicas.start();
    awaitVersion(scribe.head().version());
    await().atMost(SOON).until(() -> replicas.newsBytes() == 0);
  }

  @Test
  void readsTheLogAtAGapAndWithoutAnyAnnouncement() {
    replicas.start();
    append(2);
    replicas.announced(append(1));
    awaitVersion(6);
    append(1500);
    awaitVersion(1506);
    assertThat(replicas.reloads()).isZero();
  }

  @Test
  void believesNoForgedAnnouncement() {
    replicas.start();
    Scribe forger = new Scribe(scribe.snapshot());
    forger.set("x", "/x", Json.of(1));
    replicas.announced(List.of(forger.set("forged", "/x", Json.of(2))));
    Update next = append(1).getFirst();
    awaitVersion(4);
    assertThat(here().head().leafHash()).isEqualTo(next.leafHash());
    assertThat(replicas.recent().range(SPACE, 5, 6)).isEmpty();
  }

  @Test
  void loadsAnewWhenTheLogWasRestoredFromAnOlderCopy() {
    replicas.start();
    log.restore(SPACE, 2);
    awaitVersion(2);
    assertThat(replicas.reloads()).isEqualTo(1);
    Scribe elsewhere = new Scribe(here());
    log.append(List.of(elsewhere.batch("other", 4)));
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(here().toText()).isEqualTo(elsewhere.snapshot().toText()));
    assertThat(replicas.reloads()).isEqualTo(1);
  }

  @Test
  void loadsAnewWhenTheOtherHistoryIsAhead() {
    log.restore(SPACE, 1);
    Scribe elsewhere = new Scribe(log.replay(SPACE, 1).orElseThrow());
    log.append(List.of(elsewhere.batch("other", 9)));
    replicas.start();
    awaitVersion(10);
    assertThat(here().toText()).isEqualTo(elsewhere.snapshot().toText());
    assertThat(replicas.reloads()).isEqualTo(1);
  }

  @Test
  void dropsASpaceThatTheLogNoLongerHas() {
    replicas.start();
    log.restore(SPACE, 0);
    awaitVersion(0);
    assertThat(replicas.reloads()).isEqualTo(1);
  }

  @Test
  void aListenerThatFailsHarmsNobody() {
    replicas.listen(head -> {
      throw new IllegalStateException("a bot's own mistake");
    });
    CompletableFuture<Snapshot> reached = replicas.reached(SPACE, 4);
    Batch batch = scribe.batch("u", 1);
    log.append(List.of(batch));
    replicas.advance(scribe.snapshot());
    assertThat(reached).succeedsWithin(SOON);
  }

  @Test
  void tellsOfVersionsInOrderWhoeverPublishesThem() throws InterruptedException {
    List<Snapshot> versions = new ArrayList<>();
    for (int i = 0; i < 400; i++) {
      append(1);
      versions.add(scribe.snapshot());
    }
    List<Long> told = Collections.synchronizedList(new ArrayList<>());
    replicas.listen(head -> told.add(head.version()));
    List<Thread> publishers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      int first = i;
      publishers.add(
          Thread.ofPlatform()
              .start(() -> {
                for (int n = first; n < versions.size(); n += 4) {
                  replicas.advance(versions.get(n));
                }
              }));
    }
    for (Thread publisher : publishers) {
      publisher.join();
    }
    assertThat(told).isSorted().doesNotHaveDuplicates().endsWith(403L);
    assertThat(here().version()).isEqualTo(403);
  }

  @Test
  void replacesNoReplicaThatHasMovedOn() {
    Snapshot third = here();
    append(1);
    replicas.advance(scribe.snapshot());
    replicas.replace(third, log.replay(SPACE, 2).orElseThrow());
    replicas.replace(third, null);
    assertThat(here().version()).isEqualTo(4);
    replicas.replace(here(), third);
    assertThat(here()).isSameAs(third);
  }

  /** A log whose heads and records can be held up. */
  private static final class SlowLog extends MemoryUpdateLog {
    private final CountDownLatch goOn = new CountDownLatch(1);
    private volatile SpaceName slow = SpaceName.of("none");
    private volatile boolean slowHeads;

    private void hold() {
      try {
        goOn.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }

    @Override
    public HeadChanges headsSince(long mark) {
      if (slowHeads) {
        hold();
      }
      return super.headsSince(mark);
    }

    @Override
    public List<Update> read(SpaceName space, long since, int limit) {
      if (space.equals(slow)) {
        hold();
      }
      return super.read(space, since, limit);
    }
  }

  @Test
  void loadsASpaceThatSomebodyWaitsFor() {
    SlowLog slow = new SlowLog();
    slow.slowHeads = true; // no poll finds it
    try (Replicas fed = new Replicas(slow)) {
      fed.start();
      slow.create(SPACE, "{}");
      Batch batch = new Scribe(SPACE).batch("u", 2);
      slow.append(List.of(batch));
      CompletableFuture<Snapshot> reached = fed.reached(SPACE, 2);
      fed.announced(batch.updates());
      assertThat(reached).succeedsWithin(SOON);
      slow.goOn.countDown();
    }
  }

  /** A log that counts how often a space is loaded, with spaces of some KiB each. */
  private static final class Counted extends MemoryUpdateLog {
    final Map<SpaceName, Integer> loads = new ConcurrentHashMap<>();
    final Map<SpaceName, Scribe> scribes = new ConcurrentHashMap<>();
    volatile Runnable whileLoading = () -> {};

    SpaceName make(int number) {
      SpaceName space = SpaceName.of("s" + number);
      create(space, "{}");
      scribes.put(space, new Scribe(space));
      append(space, 3);
      return space;
    }

    List<Update> append(SpaceName space, int count) {
      Batch batch = Objects.requireNonNull(scribes.get(space)).batch("u", count);
      append(List.of(batch));
      return batch.updates();
    }

    @Override
    public Optional<Snapshot> replay(SpaceName space, long atMost) {
      loads.merge(space, 1, Integer::sum);
      Optional<Snapshot> loaded = super.replay(space, atMost);
      whileLoading.run();
      return loaded;
    }
  }

  private static final long FEW_BYTES = 50_000;

  @Test
  void holdsWhatFitsAndLoadsTheRestAgain() {
    Counted counted = new Counted();
    try (Replicas few = new Replicas(counted, FEW_BYTES)) {
      List<SpaceName> gone = Collections.synchronizedList(new ArrayList<>());
      few.listenForTheEvicted(gone::add);
      List<SpaceName> spaces = new ArrayList<>();
      for (int i = 0; i < 500; i++) {
        spaces.add(counted.make(i));
        assertThat(few.load(spaces.getLast()).orElseThrow().version()).isEqualTo(3);
      }
      assertThat(few.footprintBytes()).isBetween(1L, FEW_BYTES);
      assertThat(few.evicted()).isEqualTo(500 - few.count()).isEqualTo(gone.size());
      SpaceName lost = gone.getFirst();
      assertThat(few.get(lost)).isNull();
      assertThat(few.load(lost).orElseThrow().toText())
          .isEqualTo(Objects.requireNonNull(counted.scribes.get(lost)).snapshot().toText());
      assertThat(counted.loads.get(lost)).isEqualTo(2);
    }
  }

  @Test
  void whatIsKeptIsNotEvictedAndDoesNotCount() {
    Counted counted = new Counted();
    try (Replicas few = new Replicas(counted, FEW_BYTES)) {
      SpaceName first = counted.make(0);
      SpaceName second = counted.make(1);
      few.load(first); // kept when it is here
      few.keep(first);
      few.keep(first);
      few.keep(second); // and before
      few.load(second);
      for (int i = 2; i < 500; i++) {
        few.load(counted.make(i));
      }
      assertThat(few.get(first)).isNotNull();
      assertThat(few.get(second)).isNotNull();
      assertThat(few.pinnedBytes())
          .isEqualTo(2 * Objects.requireNonNull(few.get(first)).state().footprintBytes());
      few.release(first);
      few.release(second);
      for (int i = 500; i < 2000; i++) {
        few.load(counted.make(i));
      }
      assertThat(few.get(first)).as("released once, kept twice").isNotNull();
      assertThat(few.get(second)).isNull();
    }
  }

  @Test
  void whatIsKeptBeyondHalfOfTheBoundMayBeEvictedAndComesBack() {
    Counted counted = new Counted();
    try (Replicas few = new Replicas(counted, FEW_BYTES)) {
      few.start();
      List<SpaceName> all = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        all.add(counted.make(i));
        few.keep(all.getLast());
        few.load(all.getLast());
      }
      assertThat(few.pinnedBytes()).isBetween(1L, FEW_BYTES);
      SpaceName away =
          all.stream().filter(space -> few.get(space) == null).findFirst().orElseThrow();
      List<Long> told = Collections.synchronizedList(new ArrayList<>());
      few.listen(head -> {
        if (head.space().equals(away)) {
          told.add(head.version());
        }
      });
      counted.append(away, 1); // a poll finds it
      await().atMost(SOON).until(() -> told.contains(4L));
    }
  }

  /** Else commits of others are refused, since the documents that are kept take all memory. */
  @Test
  void whatIsKeptAndGrowsBeyondHalfOfTheBoundMayBeEvicted() {
    Counted counted = new Counted();
    try (Replicas few = new Replicas(counted, FEW_BYTES)) {
      few.start();
      List<SpaceName> all = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        all.add(counted.make(i));
        few.keep(all.getLast());
        few.load(all.getLast());
      }
      assertThat(few.pinnedBytes()).isBetween(1L, FEW_BYTES / 2);
      all.forEach(space -> counted.append(space, 20));
      for (SpaceName space : all) {
        assertThat(few.reached(space, 23)).succeedsWithin(SOON);
      }
      await().atMost(SOON).until(() -> few.pinnedBytes() <= FEW_BYTES / 2);
      assertThat(few.pinnedBytes()).as("some are kept").isPositive();
    }
  }

  /** A version is published without a write of the cache; its growth is not forgotten. */
  @Test
  void whatGrowsIsWeighedAgain() {
    Counted counted = new Counted();
    try (Replicas few = new Replicas(counted, FEW_BYTES)) {
      few.start();
      List<SpaceName> all = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        all.add(counted.make(i));
        few.load(all.getLast());
      }
      assertThat(few.evicted()).isZero();
      all.forEach(space -> counted.append(space, 40)); // a poll finds them
      await()
          .atMost(SOON)
          .untilAsserted(() -> {
            assertThat(few.evicted()).isPositive();
            assertThat(few.footprintBytes()).isBetween(1L, FEW_BYTES * 9 / 8);
          });
    }
  }

  /** Each load of one would evict another one, which would be loaded for that, and so on. */
  @Test
  void whatIsKeptBeyondTheBoundIsNotLoadedInCircles() {
    Counted counted = new Counted();
    try (Replicas few = new Replicas(counted, FEW_BYTES)) {
      few.start();
      for (int i = 0; i < 200; i++) {
        SpaceName space = counted.make(i);
        few.keep(space);
        few.load(space);
      }
      long polls = few.polls();
      await().atMost(SOON).until(() -> few.polls() > polls + 2);
      long before = few.loaded();
      await().atMost(SOON).until(() -> few.polls() > polls + 4);
      assertThat(few.loaded() - before).as("loads while nobody asks").isZero();
    }
  }

  @Test
  void tellsOfSpacesThatAreNotHere() {
    Counted counted = new Counted();
    SpaceName before = counted.make(0);
    try (Replicas few = new Replicas(counted)) {
      Set<SpaceName> heard = ConcurrentHashMap.newKeySet();
      few.listenForOthers(heard::add);
      few.start();
      await().atMost(SOON).until(() -> !heard.isEmpty() || few.polls() > 1);
      assertThat(heard).as("what was there before is no news").isEmpty();
      SpaceName made = counted.make(1);
      await().atMost(SOON).untilAsserted(() -> assertThat(heard).containsExactly(made));
      few.load(made);
      counted.append(made, 1);
      counted.append(before, 1);
      await().atMost(SOON).until(() -> heard.contains(before));
      heard.remove(made);
      counted.append(made, 1);
      await().atMost(SOON).until(() -> Objects.requireNonNull(few.get(made)).version() == 5);
      assertThat(heard).as("it is here").containsExactly(before);
    }
  }

  @Test
  void whoeverWaitsIsToldThoughTheReplicaIsEvicted() {
    Counted counted = new Counted();
    try (Replicas few = new Replicas(counted, FEW_BYTES)) {
      few.start();
      SpaceName space = counted.make(0);
      few.load(space);
      CompletableFuture<Snapshot> reached = few.reached(space, 4);
      for (int i = 1; i < 500; i++) {
        few.load(counted.make(i));
      }
      counted.append(space, 1); // and nobody announces it
      assertThat(reached).succeedsWithin(SOON);
    }
  }

  /**
   * What comes between the read of a load and its replica is neither announced nor polled to it.
   */
  @Test
  void whatIsCommittedWhileASpaceIsLoadedIsReadToo() {
    Counted counted = new Counted();
    SpaceName space = counted.make(0);
    try (Replicas fed = new Replicas(counted)) {
      fed.start();
      AtomicInteger times = new AtomicInteger();
      counted.whileLoading =
          () -> {
            if (times.getAndIncrement() == 0) {
              fed.announced(counted.append(space, 1));
              fed.announced(List.of()); // so it polls at once
              LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
            }
          };
      assertThat(fed.load(space).orElseThrow().version()).isEqualTo(3);
      await()
          .atMost(SOON)
          .untilAsserted(
              () -> assertThat(Objects.requireNonNull(fed.get(space)).version()).isEqualTo(4));
    }
  }

  @Test
  void manyWhoAskForASpaceLoadItOnce() {
    Counted counted = new Counted();
    SpaceName space = counted.make(0);
    counted.whileLoading = () -> LockSupport.parkNanos(Duration.ofMillis(200).toNanos());
    try (Replicas fed = new Replicas(counted);
        ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor()) {
      List<CompletableFuture<Long>> reads = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        reads.add(
            CompletableFuture.supplyAsync(() -> fed.load(space).orElseThrow().version(), readers));
      }
      assertThat(reads).allSatisfy(read -> assertThat(read).succeedsWithin(SOON).isEqualTo(3L));
      assertThat(counted.loads.get(space)).isEqualTo(1);
    }
  }

  @Test
  void announcementsAreFollowedWhileTheLogDoesNotAnswer() {
    SlowLog slow = new SlowLog();
    SpaceName other = SpaceName.of("other");
    slow.create(SPACE, "{}");
    slow.create(other, "{}");
    Scribe here = new Scribe(SPACE);
    Scribe there = new Scribe(other);
    try (Replicas fed = new Replicas(slow)) {
      fed.load(SPACE);
      fed.load(other);
      slow.slow = other;
      slow.slowHeads = true;
      fed.start();
      there.batch("u", 1);
      fed.announced(there.batch("u", 1).updates()); // a gap, whose read is held up
      fed.announced(List.of()); // and so are the heads
      for (int i = 1; i <= 20; i++) {
        CompletableFuture<Snapshot> reached = fed.reached(SPACE, i);
        fed.announced(here.batch("u", 1).updates());
        assertThat(reached).succeedsWithin(SOON);
      }
      slow.goOn.countDown();
    }
  }

  @Test
  void readsADamagedLogOnceInAWhile() {
    AtomicInteger reads = new AtomicInteger();
    MemoryUpdateLog damaged =
        new MemoryUpdateLog() {
          @Override
          public List<Update> read(SpaceName space, long since, int limit) {
            reads.incrementAndGet();
            throw new BrokenHistory(space, 2, "cannot be read");
          }
        };
    damaged.create(SPACE, "{}");
    try (Replicas fed = new Replicas(damaged)) {
      long began = System.nanoTime();
      for (int i = 0; i < 100; i++) {
        assertThatThrownBy(() -> fed.load(SPACE))
            .isInstanceOf(BrokenHistory.class)
            .hasMessage("space daryl, version 2: cannot be read");
      }
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      assertThat(reads.get())
          .as("in %s", took)
          .isBetween(1, 1 + (int) took.dividedBy(DamagedSpaces.AGAIN));
      assertThat(fed.damaged().all()).hasSize(1);
      await()
          .atMost(SOON)
          .untilAsserted(() -> {
            assertThatThrownBy(() -> fed.load(SPACE)).isInstanceOf(BrokenHistory.class);
            assertThat(fed.damaged().outOfOrder(SPACE)).isNotNull();
          });
      fed.damaged().isWhole(SPACE);
      assertThat(fed.damaged().all()).isEmpty();
    }
  }

  @Test
  void knowsWhatItHasComePast() {
    replicas.start();
    Batch batch = scribe.batch("u", 4);
    List<Update> updates = batch.updates();
    assertThat(replicas.past(SPACE, 7, updates.getLast().leafHash())).as("not yet").isNull();
    log.append(List.of(batch));
    replicas.announced(updates);
    awaitVersion(7);
    assertThat(replicas.past(SPACE, 7, updates.getLast().leafHash())).isSameAs(here());
    assertThat(replicas.past(SPACE, 5, updates.get(1).leafHash())).isSameAs(here());
    assertThat(replicas.past(SPACE, 5, updates.get(2).leafHash())).as("another leaf").isNull();
    assertThat(replicas.past(SPACE, 7, updates.get(2).leafHash())).as("another leaf").isNull();
    Update second = log.read(SPACE, 1, 1).getFirst();
    assertThat(replicas.past(SPACE, 2, second.leafHash())).as("before it looked").isNull();
  }

  @Test
  void neverGoesBack() {
    Snapshot older = log.replay(SPACE, 2).orElseThrow();
    replicas.advance(older);
    assertThat(here().version()).isEqualTo(3);
  }
}
