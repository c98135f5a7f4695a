package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.CommitResult.Damaged;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridHealth;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.OwnTime;
import io.mnemogrid.Space;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Real members on a real SQLite file whose rows somebody spoils. */
class DamagedSpacesIT {
  private static final SpaceName GOOD = SpaceName.of("good");
  private static final SpaceName BAD = SpaceName.of("bad");
  private static final SpaceName SNAP = SpaceName.of("snap");
  private static final Author BOT = new Author("bot-a");
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final Duration QUICK = Duration.ofSeconds(3);

  @TempDir Path folder;

  private GridConfig config(int port) {
    return TestGrid.member(folder, port)
        .withAnchor(new GridConfig.AnchorConfig.Notary(folder.resolve("notary")))
        .withCheckpoints(Duration.ofSeconds(1), 1000);
  }

  /** Thirty versions of a space, and a snapshot of the last but one if one is wanted. */
  private void write(SpaceName space, boolean snapshot) {
    try (SqliteStore store = SqliteStore.open(folder.resolve("mnemogrid.db"))) {
      UpdateLog log = store.log();
      log.create(space, "{}");
      Scribe scribe = new Scribe(space);
      log.append(List.of(scribe.batch("u", 29)));
      if (snapshot) {
        log.save(scribe.snapshot());
      }
      log.append(List.of(scribe.batch("u", 1)));
    }
  }

  private void spoil(String... changes) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:sqlite:" + folder.resolve("mnemogrid.db") + "?busy_timeout=60000");
        Statement statement = connection.createStatement()) {
      for (String change : changes) {
        statement.executeUpdate(change);
      }
    }
  }

  private static String of(SpaceName space) {
    return "space = (SELECT id FROM space WHERE name = '" + space + "')";
  }

  private static CommitResult commit(Space space) {
    return space
        .commit(space.delta(BOT, delta -> delta.set("/x", Json.of(System.nanoTime() % 1000))))
        .join();
  }

  private static GridHealth.Part spaces(Mnemogrid grid) {
    return grid.health().parts().stream()
        .filter(part -> part.name().equals("spaces"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void startsWithWhatIsWholeAndNamesWhatIsNot() throws Exception {
    write(GOOD, true);
    write(SNAP, true);
    write(BAD, false);
    spoil("UPDATE snapshot SET deflated = x'00' WHERE " + of(SNAP));
    spoil("UPDATE update_log SET record = x'7b7d' WHERE version = 5 AND " + of(BAD));
    int port = TestGrid.freePort();
    try (Mnemogrid grid = Mnemogrid.start(config(port));
        Mnemogrid bot = Mnemogrid.start(TestGrid.bot(folder, port, port + 1))) {
      assertThat(grid.spaces()).extracting(LogHead::space).containsExactly(BAD, GOOD, SNAP);
      for (Mnemogrid member : List.of(grid, bot)) {
        for (SpaceName whole : List.of(GOOD, SNAP)) {
          Space space = member.space(whole).orElseThrow();
          assertThat(space.head().version()).isGreaterThanOrEqualTo(30);
          assertThat(commit(space)).isInstanceOf(Committed.class);
        }
        assertThatThrownBy(() -> member.space(BAD))
            .isInstanceOfSatisfying(
                BrokenHistory.class,
                broken -> {
                  assertThat(broken.space()).isEqualTo(BAD);
                  assertThat(broken.version()).isEqualTo(5);
                });
        await()
            .atMost(SOON)
            .untilAsserted(() -> {
              assertThat(spaces(member).status()).isEqualTo(GridHealth.Status.DEGRADED);
              assertThat(spaces(member).detail())
                  .contains("space bad, version 5", "cannot be read", "./mnemogrid fsck")
                  .doesNotContain("snap");
              assertThat(member.health().isReady()).isTrue();
            });
      }
      for (SpaceName whole : List.of(GOOD, SNAP)) { // in one checkpoint, or one after the other
        await().atMost(SOON).until(() -> grid.space(whole).orElseThrow().finalizedVersion() >= 30);
      }
      assertThat(grid.checkpoints().latest().orElseThrow().checkpoint().manifest().spaces())
          .as("what cannot be read is in no checkpoint")
          .noneMatch(entry -> entry.head().space().equals(BAD));
    }
  }

  private static GridHealth.Part part(Mnemogrid grid, String name) {
    return grid.health().parts().stream()
        .filter(part -> part.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static void awaitFinal(Mnemogrid grid, SpaceName space, long version) {
    await()
        .atMost(Duration.ofSeconds(60))
        .until(() -> grid.space(space).orElseThrow().finalizedVersion() >= version);
  }

  @Test
  void startsThoughRowsOfTheListsOfAllSpacesCannotBeRead() throws Exception {
    write(GOOD, false);
    write(BAD, false);
    write(SNAP, false);
    int port = TestGrid.freePort();
    try (Mnemogrid grid = Mnemogrid.start(config(port))) {
      awaitFinal(grid, GOOD, 30);
      awaitFinal(grid, BAD, 30);
    }
    spoil(
        "UPDATE space SET changed = (SELECT max(changed) + 1 FROM space), name = 'No Name' WHERE name = 'snap'",
        "UPDATE verified_head SET state_root = x'' WHERE space = 'bad'",
        "UPDATE checkpoint_space SET log_root = x'' WHERE space = 'bad'");
    try (Mnemogrid grid = Mnemogrid.start(config(port))) {
      assertThat(grid.spaces()).extracting(LogHead::space).containsExactly(BAD, GOOD);
      assertThat(grid.space(SNAP)).as("its row names no space").isEmpty();
      assertThat(part(grid, "store").status()).isEqualTo(GridHealth.Status.DEGRADED);
      assertThat(part(grid, "store").detail()).contains("cannot be read", "./mnemogrid fsck");
      for (SpaceName space : List.of(GOOD, BAD)) {
        assertThat(commit(grid.space(space).orElseThrow())).isInstanceOf(Committed.class);
        awaitFinal(grid, space, 31);
      }
      assertThat(part(grid, "store").detail()).contains("No Name");
      assertThat(grid.health().isReady()).isTrue();
    }
  }

  @Test
  void startsThoughTheNewestManifestCannotBeRead() throws Exception {
    write(GOOD, false);
    int port = TestGrid.freePort();
    try (Mnemogrid grid = Mnemogrid.start(config(port))) {
      awaitFinal(grid, GOOD, 30);
    }
    spoil(
        "UPDATE blob SET bytes = x'7b7d' WHERE digest = (SELECT manifest_digest FROM checkpoint"
            + " ORDER BY number DESC LIMIT 1)");
    try (Mnemogrid grid = Mnemogrid.start(config(port))) {
      Space space = grid.space(GOOD).orElseThrow();
      assertThat(commit(space)).isInstanceOf(Committed.class);
      await()
          .atMost(SOON)
          .untilAsserted(() -> {
            GridHealth.Part anchor = part(grid, "anchor");
            assertThat(anchor.status()).isEqualTo(GridHealth.Status.DEGRADED);
            assertThat(anchor.detail()).contains("checkpoint", "is damaged", "./mnemogrid fsck");
          });
      assertThat(space.finalizedVersion()).isEqualTo(30);
      assertThat(commit(space)).isInstanceOf(Committed.class);
      assertThat(grid.health().isReady()).isTrue();
    }
  }

  @Test
  void answersACommitAtOnceWhenTheHeadRowNamesNoRecordAndGoesOnWhenItDoesAgain() throws Exception {
    write(GOOD, false);
    write(BAD, false);
    try (Mnemogrid grid = Mnemogrid.start(config(TestGrid.freePort()).withCommitTimeout(SOON))) {
      Space bad = grid.space(BAD).orElseThrow();
      assertThat(commit(bad)).isInstanceOf(Committed.class);
      spoil(
          "CREATE TABLE IF NOT EXISTS kept AS SELECT leaf_hash FROM space WHERE name = 'bad'",
          "UPDATE space SET changed = (SELECT max(changed) + 1 FROM space), leaf_hash = zeroblob(32) WHERE name = 'bad'");
      AtomicReference<CommitResult> told = new AtomicReference<>();
      assertThat(OwnTime.of(() -> told.set(commit(bad)))).isLessThan(QUICK);
      assertThat(told.get())
          .isInstanceOfSatisfying(
              Damaged.class,
              damaged -> {
                assertThat(damaged.space()).isEqualTo(BAD);
                assertThat(damaged.version()).isEqualTo(31);
                assertThat(damaged.what()).contains("the head row names");
              });
      assertThat(bad.head().version()).as("the replica is right").isEqualTo(31);
      assertThat(commit(grid.space(GOOD).orElseThrow())).isInstanceOf(Committed.class);
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(spaces(grid).detail()).contains("space bad, version 31"));
      spoil(
          "UPDATE space SET changed = (SELECT max(changed) + 1 FROM space), leaf_hash = (SELECT leaf_hash FROM kept) WHERE name = 'bad'");
      await().atMost(SOON).until(() -> commit(bad) instanceof Committed);
      await().atMost(SOON).until(() -> spaces(grid).status() == GridHealth.Status.UP);
    }
  }

  private static Delta onVersionFive(Space space) {
    return Delta.parse(
        space
            .delta(BOT, delta -> delta.set("/x", Json.of(1)))
            .request()
            .with("base", Json.of(5))
            .with("base_hash", Json.of(Hash.ZERO.toString())));
  }

  @Test
  void aRecordThatIsSpoiltUnderARunningMemberStopsOnlyTheReadsThatMeetIt() throws Exception {
    write(BAD, false);
    int port = TestGrid.freePort();
    try (Mnemogrid grid = Mnemogrid.start(config(port));
        Mnemogrid bot = Mnemogrid.start(TestGrid.bot(folder, port, port + 1))) {
      Committed newest = (Committed) commit(grid.space(BAD).orElseThrow());
      spoil(
          "CREATE TABLE whole AS SELECT record FROM update_log WHERE version = 5 AND " + of(BAD),
          "UPDATE update_log SET record = x'7b7d' WHERE version = 5 AND " + of(BAD));
      for (Mnemogrid member : List.of(grid, bot)) {
        Space space = member.space(BAD).orElseThrow();
        assertThat(space.updates(5, 10)).hasSize(10);
        for (Runnable read :
            List.<Runnable>of(
                () -> space.updates(4, 10),
                () -> space.at(7),
                () -> space.history(Pointer.ROOT, 0, 10),
                () -> space.diff(2, 20))) {
          assertThatThrownBy(read::run)
              .isInstanceOfSatisfying(
                  BrokenHistory.class, broken -> assertThat(broken.version()).isEqualTo(5));
        }
        assertThat(space.commit(onVersionFive(space)).join())
            .as("its base_hash is that record's")
            .isInstanceOfSatisfying(
                Damaged.class, damaged -> assertThat(damaged.version()).isEqualTo(5));
        await().atMost(SOON).until(() -> space.head().version() >= 31);
        await()
            .atMost(SOON)
            .untilAsserted(() -> {
              assertThat(spaces(member).status()).isEqualTo(GridHealth.Status.DEGRADED);
              assertThat(spaces(member).detail()).contains("space bad, version 5");
            });
      }
      spoil(
          "UPDATE update_log SET record = (SELECT record FROM whole) WHERE version = 5 AND "
              + of(BAD));
      for (Mnemogrid member : List.of(grid, bot)) {
        await()
            .atMost(SOON)
            .untilAsserted(() ->
                assertThat(spaces(member).status())
                    .as("nobody reads it, and it is seen to be whole again")
                    .isEqualTo(GridHealth.Status.UP));
        assertThat(member.space(BAD).orElseThrow().updates(4, 10)).hasSize(10);
      }
      spoil("UPDATE update_log SET record = x'7b7d' WHERE version = 31 AND " + of(BAD));
      assertThat(grid.space(BAD).orElseThrow().blame(Pointer.parse("/x")))
          .as("from memory, for its record cannot be read")
          .hasValueSatisfying(blame -> assertThat(blame.update()).isEqualTo(newest.update()));
      assertThat(commit(bot.space(BAD).orElseThrow())).isInstanceOf(Committed.class);
      assertThat(commit(grid.space(BAD).orElseThrow())).isInstanceOf(Committed.class);
    }
  }
}
