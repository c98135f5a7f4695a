package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.CommitResult.Refused;
import io.mnemogrid.FreePorts;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.log.Blame;
import io.mnemogrid.log.HistoryPage;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Patch;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The past of a space through real members: rollback, diff, history, blame. */
class SpaceHistoryIT {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Author BOT = new Author("bot-a");

  @TempDir Path folder;

  private GridConfig config(int port) {
    return GridConfig.onOneHost(folder.resolve("mnemogrid.db"))
        .withCluster("past-" + port)
        .withPort(port)
        .withMembers(List.of("127.0.0.1:" + port));
  }

  private static Committed set(Space space, String path, String json) {
    return (Committed)
        space.commit(space.delta(BOT, delta -> delta.set(path, Json.parse(json)))).join();
  }

  private static Committed delete(Space space, String path) {
    return (Committed) space.commit(space.delta(BOT, delta -> delta.delete(path))).join();
  }

  @Test
  void rollsBackOnceByIdFromEveryKindOfMember() throws IOException {
    int port = FreePorts.next();
    try (Mnemogrid first = Mnemogrid.start(config(port));
        Mnemogrid bot =
            Mnemogrid.start(
                GridConfig.lite()
                    .withSecret(folder.resolve("grid.secret"))
                    .withCluster("past-" + port)
                    .withPort(port + 2)
                    .withMembers(List.of("127.0.0.1:" + port)))) {
      first.createSpace(SPACE, "{}");
      Space space = first.space(SPACE).orElseThrow();
      Space far = bot.space(SPACE).orElseThrow();
      set(space, "/facts", "{\"a\":1,\"b\":{\"c\":2}}");
      String wanted = space.head().state().document().canonical();
      set(space, "/facts/a", "5");
      delete(space, "/facts/b");
      set(space, "/other", "[1,2]");

      Committed back = (Committed) space.rollback(1, BOT, new UpdateId("back-1")).join();
      assertThat(back.version()).isEqualTo(5);
      assertThat(back.outcome()).isEqualTo(CommitResult.Outcome.APPLIED);
      assertThat(back.applied()).containsExactly("/facts/a", "/facts/b/c", "/other");
      assertThat(space.head().state().document().canonical()).isEqualTo(wanted);

      set(space, "/facts/a", "6");
      Committed repeated = (Committed) far.rollback(1, BOT, new UpdateId("back-1")).join();
      assertThat(repeated.duplicate()).isTrue();
      assertThat(repeated.version()).isEqualTo(5);
      assertThat(far.rollback(2, BOT, new UpdateId("back-1")).join())
          .isInstanceOfSatisfying(
              Refused.class,
              refused -> assertThat(refused.refusal()).isEqualTo(new Refusal.IdReused(5)));
      assertThat(far.rollback(99, BOT, new UpdateId("back-2")).join())
          .isInstanceOfSatisfying(
              Refused.class,
              refused -> assertThat(refused.refusal()).isEqualTo(new Refusal.VersionAhead(99, 6)));

      Committed empty = (Committed) far.rollback(0, BOT, new UpdateId("back-2")).join();
      assertThat(empty.version()).isEqualTo(7);
      assertThat(far.head().state().document().canonical()).isEqualTo("{}");
    }
  }

  @Test
  void rollsBackUnderWritersToExactlyThatDocument() throws IOException {
    int port = FreePorts.next();
    String text;
    try (Mnemogrid grid = Mnemogrid.start(config(port))) {
      grid.createSpace(SPACE, "{}");
      Space space = grid.space(SPACE).orElseThrow();
      for (int i = 0; i < 10; i++) {
        set(space, "/start/" + i, "" + i);
      }
      String wanted = space.head().state().document().canonical();
      IntStream.range(0, 4)
          .parallel()
          .forEach(who -> {
            for (int i = 0; i < 40; i++) {
              if (who == 0 && i % 4 == 0) {
                Committed back =
                    (Committed) space.rollback(10, BOT, new UpdateId("back-" + i)).join();
                assertThat(space.at(back.version()).orElseThrow().state().document().canonical())
                    .isEqualTo(wanted);
              } else {
                set(space, "/start/" + i % 10, "\"" + who + "\"");
              }
            }
          });
      text = space.head().toText();
    }
    try (Mnemogrid grid = Mnemogrid.start(config(FreePorts.next()))) {
      assertThat(grid.space(SPACE).orElseThrow().head().toText()).isEqualTo(text);
    }
  }

  @Test
  void tellsWhatDiffersWhatChangedAPlaceAndWhoSetIt() throws IOException {
    try (Mnemogrid grid = Mnemogrid.start(config(FreePorts.next()))) {
      grid.createSpace(SPACE, "{}");
      Space space = grid.space(SPACE).orElseThrow();
      set(space, "/facts", "{\"a\":1,\"b\":{\"c\":2}}"); // 1
      set(space, "/facts/a", "5"); // 2
      set(space, "/other", "[1,2]"); // 3
      delete(space, "/facts/b"); // 4
      set(space, "/facts/d/e", "true"); // 5

      assertThat(diff(space, 1, 5))
          .isEqualTo(
              "[{\"op\":\"replace\",\"path\":\"/facts/a\",\"value\":5},"
                  + "{\"op\":\"remove\",\"path\":\"/facts/b\"},"
                  + "{\"op\":\"add\",\"path\":\"/facts/d\",\"value\":{\"e\":true}},"
                  + "{\"op\":\"add\",\"path\":\"/other\",\"value\":[1,2]}]");
      assertThat(diff(space, 3, 1))
          .isEqualTo(
              "[{\"op\":\"replace\",\"path\":\"/facts/a\",\"value\":1},"
                  + "{\"op\":\"remove\",\"path\":\"/other\"}]");
      assertThat(diff(space, 0, 1))
          .isEqualTo("[{\"op\":\"add\",\"path\":\"/facts\",\"value\":{\"a\":1,\"b\":{\"c\":2}}}]");
      assertThat(diff(space, 4, 4)).isEqualTo("[]");
      assertThat(space.diff(1, 99)).isEmpty();

      assertThat(versions(space, "/facts/b/c", 0, 10)).containsExactly(1L, 4L);
      assertThat(versions(space, "/facts", 0, 10)).containsExactly(1L, 2L, 4L, 5L);
      assertThat(versions(space, "/facts/b/c/below", 0, 10)).containsExactly(1L, 4L);
      assertThat(versions(space, "", 3, 10)).containsExactly(4L, 5L);
      HistoryPage page = space.history(Pointer.parse("/facts"), 0, 2);
      assertThat(page.next()).isEqualTo(3);
      assertThat(versions(space, "/facts", page.next(), 2)).containsExactly(4L, 5L);
      assertThat(space.history(Pointer.parse("/facts"), 3, 2).next()).isZero();

      assertThat(blame(space, "/facts/a")).isEqualTo("/facts/a 2");
      assertThat(blame(space, "/facts")).isEqualTo("/facts/d/e 5");
      assertThat(blame(space, "/other/1")).isEqualTo("/other 3");
      assertThat(space.blame(Pointer.parse("/other/7"))).isEmpty();
      assertThat(space.blame(Pointer.parse("/facts/b"))).isEmpty();
      Snapshot head = space.head();
      assertThat(space.rollback(3, BOT, new UpdateId("back")).join()).isInstanceOf(Committed.class);
      assertThat(blame(space, "/facts/b")).isEqualTo("/facts/b/c 6");
      assertThat(head.version()).isEqualTo(5);
    }
  }

  private static String diff(Space space, long from, long to) {
    return space.diff(from, to).map(Patch::toJson).orElseThrow().canonical();
  }

  private static List<Long> versions(Space space, String path, long since, int limit) {
    return space.history(Pointer.parse(path), since, limit).updates().stream()
        .map(Update::version)
        .toList();
  }

  private static String blame(Space space, String path) {
    Blame blame = space.blame(Pointer.parse(path)).orElseThrow();
    return blame.leaf() + " " + blame.update().version();
  }
}
