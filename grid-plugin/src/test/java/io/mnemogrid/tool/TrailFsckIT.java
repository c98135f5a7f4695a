package io.mnemogrid.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.GridConfig;
import io.mnemogrid.GridConfig.Trail.Recorded;
import io.mnemogrid.GridHealth;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Main;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.member.ForgettingTrail;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import io.mnemogrid.store.SqliteStore;
import io.mnemogrid.store.StoreCopy;
import io.mnemogrid.trail.Entries;
import io.mnemogrid.trail.TrailBatch;
import io.mnemogrid.trail.TrailHead;
import io.mnemogrid.trail.TrailSheet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The trail that a real member left behind, altered in every way, and what fsck says. */
class TrailFsckIT {
  private static final int SHEETS = 4;
  private static final Pointer HEAD = Pointer.parse("/head");

  @TempDir static Path sound;
  @TempDir Path folder;

  private static GridConfig config(Path data) {
    return TestGrid.member(data, TestGrid.freePort())
        .withCheckpoints(Duration.ofMillis(500), 1000)
        .withTrail(new GridConfig.Trail(Recorded.CHANGES, 30));
  }

  private static TrailHead.Said named(Mnemogrid grid) {
    return grid.space(SpaceName.TRAIL)
        .map(space -> space.read(HEAD))
        .flatMap(TrailHead.Said::read)
        .orElse(new TrailHead.Said(0, 0, Hash.ZERO));
  }

  /** Records three entries, and waits until the head that has them is named. */
  private static void act(Mnemogrid grid, int round) {
    long before = named(grid).entries();
    for (int i = 0; i < 3; i++) {
      grid.trail().orElseThrow().record(Entries.act("r" + round + "-" + i, Instant.now()));
    }
    await().atMost(Duration.ofSeconds(60)).until(() -> named(grid).entries() >= before + 3);
  }

  @BeforeAll
  static void growASoundTrail() {
    try (Mnemogrid grid = Mnemogrid.start(config(sound))) {
      assertThat(grid.spaces()).as("nothing was recorded yet").isEmpty();
      for (int round = 0; round < SHEETS; round++) {
        act(grid, round);
      }
      nobodyElseWrites(grid);
    }
    try (SqliteStore store = SqliteStore.open(sound.resolve("mnemogrid.db"))) {
      assertThat(store.trail().head().entries()).isEqualTo(3 * SHEETS);
      assertThat(store.trail().head().sheets()).isGreaterThanOrEqualTo(SHEETS);
    }
  }

  private static void nobodyElseWrites(Mnemogrid grid) {
    Space space = grid.space(SpaceName.TRAIL).orElseThrow();
    long version = space.head().version();
    Author bot = new Author("bot-a");
    assertThatThrownBy(
            () -> space.commit(space.delta(bot, delta -> delta.set("/head", Json.of(1)))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the product's own");
    assertThatThrownBy(() -> space.rollback(0, bot, new UpdateId("back")))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> grid.createSpace(SpaceName.of("mnemogrid.other"), "{}"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(space.head().version()).isEqualTo(version);
  }

  private Path copy() throws IOException {
    StoreCopy.write(sound.resolve("mnemogrid.db"), folder.resolve("mnemogrid.db"));
    return folder;
  }

  private void sql(String... statements) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("mnemogrid.db"));
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        assertThat(statement.executeUpdate(sql)).as(sql).isPositive();
      }
    }
  }

  private record Ran(int code, String out) {}

  private Ran run(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code = Main.run(printed, System.err, words);
    return new Ran(code, out.toString(StandardCharsets.UTF_8));
  }

  private void isFound(String... words) {
    Ran ran = run("fsck", "--no-chain", "--data", folder.toString());
    assertThat(ran.out()).startsWith("mismatch at ").contains(words);
    assertThat(ran.code()).isEqualTo(ExitCode.DOES_NOT_HOLD.code());
  }

  private void isSound() {
    Ran ran = run("fsck", "--no-chain", "--data", folder.toString());
    assertThat(ran.out()).startsWith("verified: ").contains(" sheets of the audit trail");
    assertThat(ran.code()).isEqualTo(ExitCode.OK.code());
  }

  @Test
  void aSoundTrailIsVerifiedAndPrinted() throws IOException {
    copy();
    isSound();
    Ran all = run("trail", "--data", folder.toString());
    assertThat(all.code()).isEqualTo(ExitCode.OK.code());
    assertThat(all.out().lines()).hasSize(3 * SHEETS);
    assertThat(Json.parseObject(all.out().lines().findFirst().orElseThrow()).members())
        .containsEntry("update_id", Json.of("r0-0"))
        .containsEntry("number", Json.of(1));
    assertThat(run("trail", "--since", "10", "--data", folder.toString()).out().lines()).hasSize(2);
    assertThat(run("trail", "--since", "2999-01-01T00:00:00Z", "--data", folder.toString()).out())
        .isEmpty();
    assertThat(run("trail", "--since", "yesterday", "--data", folder.toString()).code())
        .isEqualTo(ExitCode.USAGE.code());
  }

  @Test
  void anEntryThatWasAlteredIsNamed() throws Exception {
    copy();
    sql(
        "UPDATE audit_trail SET body = CAST(replace(CAST(body AS TEXT), 'r1-1', 'r1-9') AS BLOB)"
            + " WHERE CAST(body AS TEXT) LIKE '%r1-1%'");
    isFound("audit trail, entry 5 (sheet ");
    assertThat(run("trail", "--data", folder.toString()).code())
        .isEqualTo(ExitCode.DOES_NOT_HOLD.code());
  }

  @Test
  void aSheetThatWasRemovedIsNamed() throws Exception {
    copy();
    sql("DELETE FROM audit_trail WHERE number = 2");
    isFound("audit trail, sheet 2 (entries ", "it is missing");
  }

  @Test
  void aColumnThatWasAlteredIsNamed() throws Exception {
    copy();
    sql("UPDATE audit_trail SET time = time + 1 WHERE number = 3");
    isFound("audit trail, sheet 3 (entries ", "its hash");
  }

  @Test
  void entriesThatAreGoneWithoutAReasonAreNamed() throws Exception {
    copy();
    sql("UPDATE audit_trail SET body = NULL WHERE number = 2");
    isFound("audit trail, sheet 2 (entries ", "are gone, though older ones are kept");
    sql("UPDATE audit_trail SET body = NULL WHERE number = 1");
    isFound("audit trail, sheet 2", "only those of the sheets up to 0 are forgotten");
    sql("UPDATE trail_head SET forgotten = 2");
    isFound("audit trail, sheet 2", "only those of the sheets up to 0 are forgotten");
  }

  /** Nothing in the trail itself shows this, so the space must. */
  @Test
  void anEndThatWasCutOffIsNamed() throws Exception {
    copy();
    long sheets;
    TrailSheet last;
    try (SqliteStore store = SqliteStore.open(folder.resolve("mnemogrid.db"))) {
      sheets = store.trail().head().sheets();
      last = sheetBefore(store, sheets);
    }
    sql(
        "DELETE FROM audit_trail WHERE number = " + sheets,
        "UPDATE trail_head SET sheets = %d, entries = %d, hash = x'%s'"
            .formatted(sheets - 1, last.last(), last.hash().toString().substring(2)));
    isFound("audit trail, sheet " + sheets, "it is missing: the trail ends at entry");
  }

  private static TrailSheet sheetBefore(SqliteStore store, long sheets) {
    return store.trail().read(0, Long.MAX_VALUE).stream()
        .filter(sheet -> sheet.number() == sheets - 1)
        .findFirst()
        .orElseThrow();
  }

  /** A chain that is whole in itself, and not the one that the space has named. */
  @Test
  void aTrailThatWasRewrittenIsFoundAndGetsNoHeadOfOurs() throws Exception {
    copy();
    try (SqliteStore store = SqliteStore.open(folder.resolve("mnemogrid.db"))) {
      List<TrailSheet> sheets = store.trail().read(0, Long.MAX_VALUE);
      sql(
          "DELETE FROM audit_trail",
          "UPDATE trail_head SET sheets = 0, entries = 0, acts = 0, hash = zeroblob(32)");
      for (TrailSheet sheet : sheets) {
        TrailBatch forged =
            Entries.batch(
                sheet.number(),
                sheet.time(),
                LongStream.range(0, sheet.entries())
                    .mapToObj(i -> "forged-" + i)
                    .toArray(String[]::new));
        store.trail().append(forged, false);
      }
    }
    isFound("audit trail, sheet 1", "is not the one that space mnemogrid.trail, version 1 names");
    try (Mnemogrid grid = Mnemogrid.start(config(folder))) {
      TrailHead.Said before = named(grid);
      grid.trail().orElseThrow().record(Entries.act("more", Instant.now()));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() ->
              health(grid)
                  .filter(part -> part.status() == GridHealth.Status.DEGRADED)
                  .filter(part -> part.detail().contains("run ./mnemogrid fsck"))
                  .isPresent());
      assertThat(named(grid)).isEqualTo(before);
    }
    isFound("audit trail, sheet 1", "version 1 names");
  }

  private static Optional<GridHealth.Part> health(Mnemogrid grid) {
    return grid.health().parts().stream().filter(part -> part.name().equals("trail")).findFirst();
  }

  /** The trail says first what it forgets, then it does; what is left is verified. */
  @Test
  void whatIsForgottenIsVerifiedAllTheSame() throws Exception {
    Path data = folder.resolve("young");
    try (SqliteStore store = SqliteStore.open(data.resolve("mnemogrid.db"))) {
      Instant now = store.log().now();
      store.trail().append(Entries.batch(1, now.minus(Duration.ofDays(32)), "a", "b"), false);
      store.trail().append(Entries.batch(2, now.minus(Duration.ofDays(31)), "c"), false);
      store.trail().append(Entries.batch(3, now.minus(Duration.ofDays(1)), "d"), false);
      ForgettingTrail.forget(store, 30);
      assertThat(store.trail().head().forgotten()).isEqualTo(2);
    }
    Ran ran = run("fsck", "--no-chain", "--data", data.toString());
    assertThat(ran.out()).startsWith("verified: ").contains("4 sheets of the audit trail");
    String printed = run("trail", "--data", data.toString()).out();
    assertThat(printed.lines()).hasSize(2);
    Json.Obj told = Json.parseObject(printed.lines().toList().getLast());
    assertThat(told.members())
        .containsEntry("forgotten", Json.of(2))
        .containsEntry("days", Json.of(30));
    assertThat(Objects.requireNonNull(told.get("number"))).isEqualTo(Json.of(5));
  }
}
