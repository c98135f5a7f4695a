package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.CommitResult;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridListener;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.TooManySpaces;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SlowRoot;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A grid of real members in this process, on a real SQLite file and a notary. */
class MnemogridIT {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Author BOT = new Author("bot-a");
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final Pointer COUNT = Pointer.parsePath("facts.count");

  @TempDir Path folder;

  private GridConfig config(int port) {
    return TestGrid.member(folder, port)
        .withAnchor(new GridConfig.AnchorConfig.Notary(folder.resolve("notary")))
        .withCheckpoints(Duration.ofSeconds(1), 1000);
  }

  @Test
  void createsNoSpaceBeyondItsLimit() throws IOException {
    try (Mnemogrid grid = Mnemogrid.start(config(TestGrid.freePort()).withMaxSpaces(2))) {
      assertThat(grid.createSpace(SPACE, "{}")).isTrue();
      assertThat(grid.createSpace(SpaceName.of("second"), "{}")).isTrue();
      assertThatThrownBy(() -> grid.createSpace(SpaceName.of("third"), "{}"))
          .isInstanceOf(TooManySpaces.class)
          .hasMessageContaining("space third would be one more than the 2");
      assertThat(grid.createSpace(SPACE, "{}")).as("it is there").isFalse();
      assertThat(grid.spaces()).hasSize(2);
    }
  }

  @Test
  void answersByWhomIsChosenAndSaysWhatIsLoadedWithoutWaiting() throws IOException {
    try (Mnemogrid grid = Mnemogrid.start(config(TestGrid.freePort()))) {
      assertThat(grid.loaded(SPACE)).isEmpty();
      grid.createSpace(SPACE, "{}");
      assertThat(grid.space(SPACE)).isPresent();
      Space space = grid.loaded(SPACE).orElseThrow();
      AtomicLong answers = new AtomicLong();
      Space chosen =
          space.answeringBy(answer -> {
            answers.incrementAndGet();
            answer.run();
          });
      Delta delta = space.delta(BOT, change -> change.set("/a", Json.of(1)));
      assertThat(chosen.commit(delta).join()).isInstanceOf(CommitResult.Committed.class);
      assertThat(answers).hasValue(1);
      assertThat(space.commit(delta).join()).isInstanceOf(CommitResult.Committed.class);
      assertThat(answers).as("the space that was there before answers as before").hasValue(1);
      assertThat(space.loadedHead().orElseThrow().version()).isEqualTo(1);
    }
  }

  @Test
  void tellsWhatOthersWroteBetweenAndNotWhatItsOwnListWrote() throws IOException {
    try (Mnemogrid grid = Mnemogrid.start(config(TestGrid.freePort()))) {
      grid.createSpace(SPACE, "{}");
      Space space = grid.space(SPACE).orElseThrow();
      Delta behind = space.delta(BOT, delta -> delta.set("/a", Json.of(1)));
      List<CommitResult> fresh =
          space
              .commit(
                  List.of(
                      space.delta(BOT, delta -> delta.set("/x", Json.of(1))),
                      space.delta(BOT, delta -> delta.strict().reads("/x").set("/x", Json.of(2)))))
              .join();
      assertThat(fresh)
          .allSatisfy(result -> {
            CommitResult.Committed committed = (CommitResult.Committed) result;
            assertThat(committed.outcome()).isEqualTo(CommitResult.Outcome.APPLIED);
            assertThat(committed.missedCount()).isZero();
            assertThat(committed.missed()).isEmpty();
          });
      List<CommitResult> late = space.commit(List.of(behind, delta(space, "/b", behind))).join();
      assertThat(late)
          .allSatisfy(result -> {
            CommitResult.Committed committed = (CommitResult.Committed) result;
            assertThat(committed.outcome()).isEqualTo(CommitResult.Outcome.MERGED);
            assertThat(committed.missedCount()).isEqualTo(2);
          });
      CommitResult.Committed first = (CommitResult.Committed) late.getFirst();
      assertThat(first.missed()).extracting(Update::version).containsExactly(1L, 2L);
      CommitResult.Committed second = (CommitResult.Committed) late.getLast();
      assertThat(second.missed()).as("once for a list").isEmpty();
      assertThat(second.isMissedTruncated()).isTrue();
    }
  }

  /** On the base that another delta was built on. */
  private static Delta delta(Space space, String path, Delta with) {
    Json.Obj request = space.delta(BOT, delta -> delta.set(path, Json.of(1))).request();
    return Delta.parse(request.with("base", Json.of(with.base())));
  }

  @Test
  void keepsWhatWasCommittedAndMakesItFinal() throws IOException {
    int port = TestGrid.freePort();
    Snapshot before;
    try (Mnemogrid grid = Mnemogrid.start(config(port))) {
      assertThat(grid.createSpace(SPACE, "{}")).isTrue();
      assertThat(grid.createSpace(SPACE, "{}")).isFalse();
      Space space = grid.space(SPACE).orElseThrow();
      for (int i = 0; i < 20; i++) {
        CommitResult result =
            space.compute(COUNT, BOT, value -> Json.of(value == null ? 1 : count(value) + 1));
        assertThat(result).isInstanceOf(CommitResult.Committed.class);
      }
      assertThat(space.read(COUNT)).isEqualTo(Json.of(20));
      before = space.head();
      assertThat(before.version()).isEqualTo(20);
      assertThat(SlowRoot.of(before.state().document())).isEqualTo(before.state().root());
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(space.finality(20).isFinal()).isTrue());
      assertThat(space.finalizedVersion()).isEqualTo(20);
      assertThat(space.at(7).orElseThrow().state().value(COUNT)).isEqualTo(Json.of(7));
      assertThat(space.at(21)).isEmpty();
      await().atMost(PATIENCE).until(() -> grid.health().isReady());
    }
    try (Mnemogrid grid = Mnemogrid.start(config(TestGrid.freePort()))) {
      Space space = grid.space(SPACE).orElseThrow();
      assertThat(space.head().toText()).isEqualTo(before.toText());
    }
  }

  @Test
  void aListenerThatMissedTheNewsHearsWhatIsFinal() throws IOException {
    int port = TestGrid.freePort();
    try (Mnemogrid grid = Mnemogrid.start(config(port))) {
      grid.createSpace(SPACE, "{}");
      Space space = grid.space(SPACE).orElseThrow();
      space.compute(COUNT, BOT, MnemogridIT::next);
      await().atMost(PATIENCE).until(() -> space.finalizedVersion() == 1);
      try (Mnemogrid bot = Mnemogrid.start(TestGrid.bot(folder, port, port + 2))) {
        AtomicLong heard = new AtomicLong();
        bot.listen(
            new GridListener() {
              @Override
              public void finalized(SpaceName of, long version) {
                if (of.equals(SPACE)) {
                  heard.set(version);
                }
              }
            });
        await().atMost(PATIENCE).until(() -> heard.get() == 1);
      }
    }
  }

  @Test
  void membersWithAndWithoutStoreShareOneHistory() throws IOException {
    int port = TestGrid.freePort();
    try (Mnemogrid first = Mnemogrid.start(config(port));
        Mnemogrid second = Mnemogrid.start(config(port));
        Mnemogrid bot = Mnemogrid.start(TestGrid.bot(folder, port, port + 2))) {
      first.createSpace(SPACE, "{}");
      List<Space> spaces =
          List.of(
              first.space(SPACE).orElseThrow(),
              second.space(SPACE).orElseThrow(),
              bot.space(SPACE).orElseThrow());
      assertThat(bot.members()).hasSize(3);
      IntStream.range(0, 3)
          .parallel()
          .forEach(i -> {
            for (int n = 0; n < 50; n++) {
              CommitResult result =
                  spaces.get(i).compute(COUNT, new Author("bot-" + i), MnemogridIT::next);
              assertThat(result).isInstanceOf(CommitResult.Committed.class);
              assertThat(spaces.get(i).head().version())
                  .isGreaterThanOrEqualTo(((CommitResult.Committed) result).version());
            }
          });
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(spaces)
                  .allSatisfy(space -> assertThat(space.head().version()).isEqualTo(150)));
      String text = spaces.getFirst().head().toText();
      assertThat(spaces).allSatisfy(space -> assertThat(space.head().toText()).isEqualTo(text));
      assertThat(spaces.getLast().read(COUNT)).isEqualTo(Json.of(150));
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(spaces.getLast().finality(150).isFinal()).isTrue());
    }
  }

  private static Json next(@Nullable Json value) {
    return Json.of(value == null ? 1 : count(value) + 1);
  }

  private static long count(Json value) {
    return (long) ((Json.Num) value).value();
  }

  /** A replica that is kept from advancing: by what it tells, as by a slow machine. */
  @Test
  void acknowledgesNothingThatTheMemberDoesNotShow() throws Exception {
    SpaceName slow = SpaceName.of("slow");
    GridConfig config = config(TestGrid.freePort()).withCommitTimeout(PATIENCE);
    try (Mnemogrid first = Mnemogrid.start(config);
        Mnemogrid second = Mnemogrid.start(config)) {
      first.createSpace(SPACE, "{}");
      first.createSpace(slow, "{}");
      for (Mnemogrid held : List.of(first, second)) {
        Mnemogrid other = held == first ? second : first;
        Space space = held.space(SPACE).orElseThrow();
        CountDownLatch isHeld = new CountDownLatch(1);
        CountDownLatch goOn = new CountDownLatch(1);
        ((EmbeddedMember) held)
            .replicas()
            .listen(head -> {
              if (head.space().equals(slow)) {
                isHeld.countDown();
                try {
                  goOn.await();
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              }
            });
        Space elsewhere = other.space(slow).orElseThrow();
        var holding = elsewhere.commit(elsewhere.delta(BOT, delta -> delta.set("/x", Json.TRUE)));
        assertThat(isHeld.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
        var commit = space.commit(space.delta(BOT, delta -> delta.set("/x", Json.of(1))));
        try {
          // The one that commits by itself is held, and answers nobody; the other one is answered.
          // What is told too early stays untrue as long as the replica is held.
          await()
              .pollDelay(Duration.ofSeconds(2))
              .atMost(Duration.ofSeconds(20))
              .untilAsserted(() -> assertThat(isShown(space, commit)).isTrue());
        } finally {
          goOn.countDown();
        }
        CommitResult result = commit.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        assertThat(result).isInstanceOf(CommitResult.Committed.class);
        assertThat(isShown(space, commit)).isTrue();
        holding.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
      }
    }
  }

  /** Whether what it was answered, if it was, stands here. */
  private static boolean isShown(Space space, CompletableFuture<CommitResult> commit) {
    return !commit.isDone()
        || !(commit.join() instanceof CommitResult.Committed committed)
        || space.head().version() >= committed.version();
  }
}
