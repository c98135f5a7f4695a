package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.Follower;
import io.mnemogrid.commit.MemoryUpdateLog;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.Followed;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Followers of the replicas of one process, over a log in memory. */
class FollowersTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final long PLENTY = 1 << 20;

  /** A member keeps 512 updates of a space. */
  private static final int MORE_THAN_IN_MEMORY = 600;

  private final MemoryUpdateLog log = new MemoryUpdateLog();
  private final Scribe scribe = new Scribe(SPACE);
  private final Replicas replicas = new Replicas(log);
  private final Followers followers = new Followers(replicas);
  private final Lifecycle life = new Lifecycle(List.of(followers.part()));

  @BeforeEach
  void begin() {
    log.create(SPACE, "{}");
    replicas.load(SPACE);
    life.start();
  }

  @AfterEach
  void close() {
    life.close();
    replicas.close();
  }

  private Follower follow(long version, @Nullable String digits) {
    return followers.add(new EmbeddedFollower(SPACE, replicas, log, followers, version, digits));
  }

  private List<Update> append(int count) {
    Batch batch = scribe.batch("u", count);
    log.append(List.of(batch));
    return batch.updates();
  }

  /** Appends and publishes, as a committer does. */
  private void commit(int count) {
    replicas.recent().add(append(count));
    replicas.advance(scribe.snapshot());
  }

  private Snapshot here() {
    return Objects.requireNonNull(replicas.get(SPACE));
  }

  private static List<Long> versions(Followed followed) {
    return followed instanceof Followed.Updates updates
        ? updates.updates().stream().map(Update::version).toList()
        : List.of();
  }

  /** What a follower gets until it is at that version, checked update by update. */
  private List<Update> take(Follower follower, long until, int slowEvery, Random random)
      throws InterruptedException {
    List<Update> got = new ArrayList<>();
    long deadline = System.nanoTime() + SOON.toNanos();
    while (follower.at().version() < until && System.nanoTime() < deadline) {
      Followed next =
          random.nextBoolean()
              ? follower.await(Duration.ofSeconds(1))
              : follower.read(1 + random.nextInt(40), 1 + random.nextInt(20_000));
      if (next instanceof Followed.Updates updates) {
        got.addAll(updates.updates());
      } else {
        assertThat(next).isInstanceOf(Followed.Nothing.class);
      }
      if (slowEvery > 0 && random.nextInt(slowEvery) == 0) {
        long far = Math.min(until, follower.at().version() + MORE_THAN_IN_MEMORY);
        await()
            .pollInterval(Duration.ofMillis(1))
            .atMost(SOON)
            .until(() -> here().version() >= far);
      }
    }
    return got;
  }

  /**
   * A committer of this process and announcements of others publish, some of them are lost, and
   * followers of all speeds come from anywhere: each gets every version once, in order.
   */
  @ParameterizedTest
  @ValueSource(longs = {11, 12, 13})
  void givesEveryVersionOnceAndInOrder(long seed) {
    int most = 6000;
    replicas.start();
    append(500);
    Random random = new Random(seed);
    List<CompletableFuture<List<Update>>> readers = new ArrayList<>();
    List<Long> begins = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      long begin = i < 4 ? 0 : random.nextInt(500);
      begins.add(begin);
      Random own = new Random(seed * 31 + i);
      int slowEvery = i % 3 == 0 ? 5 : 0;
      readers.add(
          CompletableFuture.supplyAsync(
              () -> {
                try (Follower follower = follow(begin, null)) {
                  return take(follower, most, slowEvery, own);
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              },
              task -> Thread.ofVirtual().start(task)));
    }
    while (scribe.head().version() < most) {
      int count = (int) Math.min(1 + random.nextInt(40), most - scribe.head().version());
      switch (random.nextInt(4)) {
        case 0 -> append(count); // and nobody says so
        case 1 -> replicas.announced(append(count));
        default -> {
          if (here().version() == scribe.head().version()) {
            commit(count);
          } else {
            replicas.announced(append(count));
          }
        }
      }
    }
    for (int i = 0; i < readers.size(); i++) {
      long begin = begins.get(i);
      assertThat(readers.get(i)).succeedsWithin(SOON);
      List<Update> got = readers.get(i).join();
      assertThat(got).as("follower %s, seed %s", i, seed).hasSize((int) (most - begin));
      Hash before = begin == 0 ? Hash.ZERO : got.getFirst().previous();
      for (int at = 0; at < got.size(); at++) {
        assertThat(got.get(at).version()).isEqualTo(begin + 1 + at);
        assertThat(got.get(at).previous()).isEqualTo(before);
        before = got.get(at).leafHash();
      }
      assertThat(before).isEqualTo(scribe.head().leafHash());
    }
    assertThat(followers.count()).isZero();
  }

  @Test
  void readsTheLogOnlyForWhatIsNotInMemory() {
    append(2); // and nobody has them in memory
    replicas.advance(scribe.snapshot());
    commit(3);
    Follower older = follow(1, null);
    assertThat(older.poll(PLENTY)).as("its place is not known").isEqualTo(new Followed.InTheLog());
    assertThat(versions(older.read(10, PLENTY))).containsExactly(2L, 3L, 4L, 5L);
    String digits = HeadTag.of(5, scribe.head().leafHash()).digits();
    assertThat(follow(5, digits).poll(PLENTY)).isEqualTo(new Followed.Nothing());
    assertThat(follow(5, "0".repeat(16)).poll(PLENTY)).isEqualTo(new Followed.InTheLog());
    Follower follower = follow(3, null);
    assertThat(versions(follower.poll(PLENTY))).as("found in memory").containsExactly(4L, 5L);
    assertThat(follower.poll(PLENTY)).isEqualTo(new Followed.Nothing());
    commit(2);
    assertThat(versions(follower.poll(1))).as("one, however large").containsExactly(6L);
    assertThat(versions(follower.poll(PLENTY))).containsExactly(7L);
    commit(5000); // more than are kept in memory
    assertThat(follower.poll(PLENTY)).isEqualTo(new Followed.InTheLog());
    assertThat(versions(follower.read(20, PLENTY))).hasSize(20).startsWith(8L);
    List<Long> rest = new ArrayList<>(versions(follower.read(Follower.MOST, PLENTY)));
    assertThat(rest).hasSize(Follower.MOST);
    int pages = 0;
    Followed next = follower.poll(PLENTY);
    while (!(next instanceof Followed.Nothing)) {
      boolean isOld = next instanceof Followed.InTheLog;
      rest.addAll(versions(isOld ? follower.read(Follower.MOST, PLENTY) : next));
      pages += isOld ? 1 : 0;
      next = follower.poll(PLENTY);
    }
    assertThat(rest).isEqualTo(LongStream.rangeClosed(28, 5007).boxed().toList());
    assertThat(pages).as("then all was in memory").isBetween(1, 2);
    assertThat(follower.at()).isEqualTo(HeadTag.of(5007, scribe.head().leafHash()));
  }

  @Test
  void givesNothingThatTheReplicaDoesNotShow() {
    commit(3);
    Follower follower = follow(3, HeadTag.of(3, scribe.head().leafHash()).digits());
    append(4);
    assertThat(follower.read(10, PLENTY)).isEqualTo(new Followed.Nothing());
    replicas.advance(log.replay(SPACE, 5).orElseThrow());
    assertThat(versions(follower.read(10, PLENTY))).containsExactly(4L, 5L);
  }

  /** Whoever comes from a member that was ahead of this one. */
  @Test
  void waitsForAReplicaThatIsBehind() {
    commit(3);
    append(4);
    Follower follower = follow(7, HeadTag.of(7, scribe.head().leafHash()).digits());
    assertThat(follower.read(10, PLENTY)).isEqualTo(new Followed.Nothing());
    append(1);
    replicas.advance(scribe.snapshot());
    assertThat(versions(follower.read(10, PLENTY))).containsExactly(8L);
  }

  @Test
  void refusesAVersionThatTheLogDoesNotHave() {
    commit(3);
    Followed.OtherHistory other = new Followed.OtherHistory(scribe.head());
    assertThat(follow(4, null).read(10, PLENTY)).isEqualTo(other);
    assertThat(follow(2, "0123456789abcdef").read(10, PLENTY)).isEqualTo(other);
    assertThat(follow(0, "0123456789abcdef").read(10, PLENTY)).isEqualTo(other);
    assertThat(versions(follow(0, "0".repeat(16)).read(10, PLENTY))).containsExactly(1L, 2L, 3L);
  }

  @Test
  void endsWhenTheStoreWasRestoredFromAnOlderCopy() throws Exception {
    commit(5);
    replicas.start();
    Follower follower = follow(4, null);
    assertThat(versions(follower.read(10, PLENTY))).containsExactly(5L);
    CompletableFuture<Followed> next =
        CompletableFuture.supplyAsync(() -> {
          try {
            return follower.await(SOON);
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    log.restore(SPACE, 2);
    assertThat(next).succeedsWithin(SOON);
    assertThat(next.join()).isInstanceOf(Followed.OtherHistory.class);
    Scribe elsewhere = new Scribe(log.replay(SPACE, 2).orElseThrow());
    log.append(List.of(elsewhere.batch("other", 9)));
    await().atMost(SOON).until(() -> here().version() == 11);
    assertThat(follower.read(10, PLENTY)).isEqualTo(new Followed.OtherHistory(elsewhere.head()));
    assertThat(follower.read(10, PLENTY)).isEqualTo(new Followed.OtherHistory(elsewhere.head()));
    Follower onward = follow(11, HeadTag.of(11, elsewhere.head().leafHash()).digits());
    assertThat(onward.read(10, PLENTY)).isEqualTo(new Followed.Nothing());
  }

  /** Else it would learn it when it asks by itself, and that may be never. */
  @Test
  void hearsThatTheStoreNoLongerHasTheSpace() {
    commit(5);
    replicas.start();
    Follower follower = follow(5, null);
    assertThat(follower.read(10, PLENTY)).isEqualTo(new Followed.Nothing());
    CountDownLatch rung = new CountDownLatch(1);
    follower.onNews(rung::countDown);
    log.drop(SPACE);
    await().atMost(SOON).until(() -> rung.getCount() == 0);
    assertThat(follower.read(10, PLENTY))
        .isEqualTo(new Followed.OtherHistory(LogHead.ofNew(SPACE)));
  }

  @Test
  void stopsBeforeARecordThatIsLost() {
    append(9);
    replicas.advance(log.replay(SPACE, 9).orElseThrow()); // and none of them is in memory
    log.lose(SPACE, 6);
    Follower follower = follow(4, null);
    assertThat(versions(follower.read(10, PLENTY))).containsExactly(5L);
    assertThatThrownBy(() -> follower.read(10, PLENTY))
        .isInstanceOfSatisfying(BrokenHistory.class, at -> assertThat(at.version()).isEqualTo(6));
    assertThat(follower.at().version()).isEqualTo(5);
  }

  @Test
  void whoPublishesRingsNoBellAndABellThatFailsHarmsNobody() {
    commit(1);
    CountDownLatch held = new CountDownLatch(1);
    AtomicInteger rung = new AtomicInteger();
    follow(1, null)
        .onNews(() -> {
          throw new NoClassDefFoundError("of a bot");
        });
    follow(1, null)
        .onNews(() -> {
          rung.incrementAndGet();
          try {
            held.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    commit(1); // returns, although a bell blocks
    await().atMost(SOON).until(() -> rung.get() == 1);
    for (int i = 0; i < 50; i++) {
      commit(1);
    }
    held.countDown();
    await().atMost(SOON).until(() -> rung.get() == 2); // once for fifty
  }

  /** A version is told of before it can be read; a bell in between would be the last one. */
  @Test
  void ringsOnlyWhenTheVersionCanBeRead() throws Exception {
    commit(1);
    Follower follower = follow(1, null);
    CountDownLatch isWaiting = new CountDownLatch(1);
    CompletableFuture<Followed> next =
        CompletableFuture.supplyAsync(() -> {
          try {
            isWaiting.countDown();
            return follower.await(Duration.ofSeconds(20));
          } catch (InterruptedException e) {
            throw new IllegalStateException(e);
          }
        });
    isWaiting.await();
    replicas.listen(_ -> LockSupport.parkNanos(Duration.ofMillis(500).toNanos()));
    commit(1);
    assertThat(next).succeedsWithin(SOON);
    assertThat(versions(next.join())).containsExactly(2L);
  }

  @Test
  void whoWaitsIsToldThatItWasClosed() {
    Follower follower = follow(0, null);
    CompletableFuture<Followed> next =
        CompletableFuture.supplyAsync(() -> {
          try {
            return follower.await(SOON);
          } catch (InterruptedException e) {
            throw new IllegalArgumentException(e);
          }
        });
    life.close();
    assertThat(next)
        .failsWithin(SOON)
        .withThrowableThat()
        .withCauseInstanceOf(IllegalStateException.class);
    assertThatThrownBy(() -> follow(0, null).await(SOON)).isInstanceOf(IllegalStateException.class);
  }
}
