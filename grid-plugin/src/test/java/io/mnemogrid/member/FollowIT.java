package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.CommitResult;
import io.mnemogrid.Follower;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.Followed;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Followers on members of a real grid, with and without a store, of which one goes. */
class FollowIT {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Duration SOON = Duration.ofSeconds(90);

  @TempDir Path folder;

  private GridConfig config(int port, String name) {
    return TestGrid.member(folder, port)
        .withName(name)
        .withAnchor(new GridConfig.AnchorConfig.None());
  }

  private static Space space(Mnemogrid member) {
    return member.space(SPACE).orElseThrow();
  }

  /** Commits one after the other until it is told to stop. */
  private static CompletableFuture<Integer> write(
      Mnemogrid member, String name, AtomicBoolean stop, ExecutorService threads) {
    return CompletableFuture.supplyAsync(
        () -> {
          int done = 0;
          for (int i = 0; !stop.get(); i++) {
            Space space = space(member);
            Author author = new Author(name);
            Json value = Json.of("x".repeat(i % 7 * 200) + i);
            CommitResult result =
                space.commit(space.delta(author, delta -> delta.set("/" + name, value))).join();
            done += result instanceof CommitResult.Committed ? 1 : 0;
          }
          return done;
        },
        threads);
  }

  /** Follows until it is at the version that is told in the end; on another member if asked. */
  private static List<Update> take(Follower follower, CompletableFuture<Long> until)
      throws InterruptedException, ExecutionException {
    List<Update> got = new ArrayList<>();
    while (!until.isDone() || follower.at().version() < until.get()) {
      Followed next = follower.await(Duration.ofMillis(500));
      if (next instanceof Followed.Updates updates) {
        got.addAll(updates.updates());
      } else {
        assertThat(next).isInstanceOf(Followed.Nothing.class);
      }
    }
    return got;
  }

  private static void assertWhole(List<Update> got, long last) {
    assertThat(got).hasSize((int) last);
    Hash before = Hash.ZERO;
    for (int i = 0; i < got.size(); i++) {
      assertThat(got.get(i).version()).isEqualTo(i + 1L);
      assertThat(got.get(i).previous()).isEqualTo(before);
      before = got.get(i).leafHash();
    }
  }

  @Test
  void everyMemberShowsTheSameAndOneGoesOnWhereAnotherEnded() throws Exception {
    int port = TestGrid.freePort();
    AtomicBoolean stop = new AtomicBoolean();
    AtomicBoolean stopFirst = new AtomicBoolean();
    CompletableFuture<Long> last = new CompletableFuture<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        Mnemogrid second = Mnemogrid.start(config(port, "second"))) {
      second.createSpace(SPACE, "{}");
      List<Update> moved = new ArrayList<>();
      HeadTag place;
      List<CompletableFuture<Integer>> writers = new ArrayList<>();
      try (Mnemogrid bot = Mnemogrid.start(TestGrid.bot(folder, port, TestGrid.freePort()))) {
        Follower onSecond = space(second).follow(0);
        Follower onBot = space(bot).follow(0);
        var fromSecond = threads.submit(() -> take(onSecond, last));
        var fromBot = threads.submit(() -> take(onBot, last));
        writers.add(write(second, "b", stop, threads));
        writers.add(write(bot, "c", stop, threads));
        try (Mnemogrid first = Mnemogrid.start(config(port, "first"))) {
          await().atMost(SOON).until(() -> space(first).head().version() > 0);
          CompletableFuture<Integer> own = write(first, "a", stopFirst, threads);
          Follower onFirst = space(first).follow(0);
          long enough = space(first).head().version() + 120;
          while (onFirst.at().version() < enough) {
            if (onFirst.await(SOON) instanceof Followed.Updates updates) {
              moved.addAll(updates.updates());
            }
          }
          place = onFirst.at();
          stopFirst.set(true);
          assertThat(own.join()).isPositive();
        }
        Follower onward = space(second).follow(place);
        var rest = threads.submit(() -> take(onward, last));
        long later = space(second).head().version() + 120;
        await().atMost(SOON).until(() -> space(second).head().version() > later);
        stop.set(true);
        for (CompletableFuture<Integer> writer : writers) {
          assertThat(writer.join()).isPositive();
        }
        long end = second.spaces().getFirst().version();
        last.complete(end);
        moved.addAll(rest.get());
        assertWhole(moved, end);
        assertWhole(fromSecond.get(), end);
        assertWhole(fromBot.get(), end);
      }
    }
  }
}
