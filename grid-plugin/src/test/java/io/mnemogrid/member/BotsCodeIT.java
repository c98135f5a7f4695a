package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridListener;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.OwnTime;
import io.mnemogrid.Space;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The code of bots, in listeners and behind commits, blocks and fails; the grid goes on. */
class BotsCodeIT {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Author BOT = new Author("bot-a");
  private static final Duration SOON = Duration.ofSeconds(60);

  private final CountDownLatch end = new CountDownLatch(1);
  private Mnemogrid first;
  private Mnemogrid second;
  private Mnemogrid bot;

  @BeforeEach
  void start(@TempDir Path folder) throws IOException {
    int port = TestGrid.freePort();
    GridConfig config =
        TestGrid.member(folder, port).withAnchor(new GridConfig.AnchorConfig.None());
    first = Mnemogrid.start(config);
    second = Mnemogrid.start(config);
    bot = Mnemogrid.start(TestGrid.bot(folder, port, port + 2));
    first.createSpace(SPACE, "{}");
  }

  @AfterEach
  void close() {
    end.countDown();
    bot.close();
    second.close();
    first.close();
  }

  private List<Mnemogrid> members() {
    return List.of(first, second, bot);
  }

  private static Space space(Mnemogrid member) {
    return member.space(SPACE).orElseThrow();
  }

  private static Delta delta(Space space) {
    return space.delta(BOT, delta -> delta.set("/n", Json.of(System.nanoTime() % 10_000)));
  }

  private static CompletableFuture<CommitResult> commit(Mnemogrid member) {
    Space space = space(member);
    return space.commit(delta(space));
  }

  private static void assertCommits(Mnemogrid member) {
    assertThat(commit(member)).succeedsWithin(SOON).isInstanceOf(Committed.class);
  }

  private void awaitEnd() {
    try {
      end.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Test
  void aListenerThatFailsOrNeverReturnsHarmsNobody() {
    AtomicLong heard = new AtomicLong();
    for (Mnemogrid member : members()) {
      AtomicBoolean failed = new AtomicBoolean();
      member.listen(
          new GridListener() {
            @Override
            public void advanced(Snapshot head) {
              awaitEnd();
            }
          });
      member.listen(
          new GridListener() {
            @Override
            public void advanced(Snapshot head) {
              if (head.version() > 3 && failed.compareAndSet(false, true)) {
                throw new NoClassDefFoundError("a class that the bot forgot");
              }
              heard.accumulateAndGet(head.version(), Math::max);
            }
          });
    }
    for (int i = 0; i < 30; i++) {
      assertCommits(members().get(i % 3));
    }
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(members())
                .allSatisfy(member -> assertThat(space(member).head().version()).isEqualTo(30)));
    await().atMost(SOON).untilAsserted(() -> assertThat(heard).hasValue(30));
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(members())
                .allSatisfy(member -> assertThat(member.health().isReady()).isTrue()));
  }

  /** What follows a commit waits for another one: 30 times, on a member that does not commit. */
  @Test
  void whatFollowsACommitMayCommit() {
    for (int i = 0; i < 50; i++) {
      assertCommits(first);
    }
    for (int i = 0; i < 30; i++) {
      CompletableFuture<CommitResult> both =
          commit(bot)
              .thenApply(one -> {
                assertThat(one).isInstanceOf(Committed.class);
                return commit(bot).join();
              });
      assertThat(
              OwnTime.of(() -> assertThat(both).succeedsWithin(SOON).isInstanceOf(Committed.class)))
          .as("number %d", i)
          .isLessThan(Duration.ofSeconds(3));
    }
  }

  @Test
  void whatFollowsACommitMayBlockForEver() {
    List<CompletableFuture<?>> blocked = new ArrayList<>();
    CountDownLatch begun = new CountDownLatch(8 * 3);
    for (Mnemogrid member : members()) {
      for (int i = 0; i < 8; i++) {
        blocked.add(
            commit(member)
                .thenAccept(_ -> {
                  begun.countDown();
                  awaitEnd();
                }));
      }
    }
    await().atMost(SOON).until(() -> begun.getCount() == 0);
    for (int i = 0; i < 30; i++) {
      assertCommits(members().get(i % 3));
    }
    assertThat(blocked).noneMatch(CompletableFuture::isDone);
    end.countDown();
    assertThat(CompletableFuture.allOf(blocked.toArray(CompletableFuture[]::new)))
        .succeedsWithin(SOON);
  }

  /** Where a result is handed out, no thread of ours waits. */
  @Test
  void resultsAreHandedOutOnVirtualThreads() throws Exception {
    assertCommits(first);
    for (Mnemogrid member : members()) {
      Space space = space(member);
      List<CompletableFuture<Thread>> follow = new ArrayList<>();
      follow.add(whereItRuns(space.commit(delta(space))));
      follow.add(whereItRuns(space.commit(List.of(delta(space), delta(space)))));
      follow.add(whereItRuns(space.rollback(1, BOT, new UpdateId("back-" + member.hashCode()))));
      follow.add(
          whereItRuns(
              space.commit(Delta.parse(delta(space).request().with("base", Json.of(1 << 30))))));
      follow.add(whereItRuns(space.commit(withBaseHash(space))));
      List<Thread> threads = new ArrayList<>();
      for (CompletableFuture<Thread> one : follow) {
        threads.add(one.get(SOON.toSeconds(), TimeUnit.SECONDS));
      }
      assertThat(threads) // this one, where it was done before anything could follow it
          .allMatch(thread -> thread.isVirtual() || thread == Thread.currentThread())
          .anyMatch(Thread::isVirtual);
    }
  }

  private static CompletableFuture<Thread> whereItRuns(CompletableFuture<?> result) {
    return result.thenApply(_ -> Thread.currentThread());
  }

  private static Delta withBaseHash(Space space) {
    Delta delta = delta(space);
    Snapshot seen = space.head();
    return Delta.parse(
        delta
            .request()
            .with("base", Json.of(seen.version()))
            .with("base_hash", Json.of(seen.head().leafHash().toString())));
  }
}
