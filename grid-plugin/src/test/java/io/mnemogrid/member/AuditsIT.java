package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.mnemogrid.Audits;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridHealth;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.checkpoint.AuditStatus;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Main;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The full audit by real members, on a real SQLite file that somebody else writes to. */
class AuditsIT {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final SpaceName BAD = SpaceName.of("bad");
  private static final SpaceName GOOD = SpaceName.of("good");

  @TempDir Path folder;

  private GridConfig config(int port, String name) {
    return GridConfig.onOneHost(folder.resolve("mnemogrid.db"))
        .withCluster("audits-" + port)
        .withName(name)
        .withPort(port)
        .withMembers(List.of("127.0.0.1:" + port, "127.0.0.1:" + (port + 1)))
        .withAnchor(new GridConfig.AnchorConfig.None());
  }

  private void write(SpaceName space, int updates, boolean snapshot) {
    try (SqliteStore store = SqliteStore.open(folder.resolve("mnemogrid.db"))) {
      store.log().create(space, "{}");
      Scribe scribe = new Scribe(space);
      UpdateLog.Batch batch = scribe.batch("u", updates);
      assertThat(store.log().append(List.of(batch)))
          .containsExactly(new UpdateLog.Appended.Committed());
      if (snapshot) {
        store.log().save(scribe.snapshot());
      }
    }
  }

  /** Another value in the record of version 3; its row's hash fits, no other does. */
  private void tamper() throws SQLException {
    Update third;
    try (SqliteStore store = SqliteStore.open(folder.resolve("mnemogrid.db"))) {
      third = store.log().read(BAD, 2, 1).getFirst();
    }
    Update forged = Update.parse(third.text().replace("\"value\":3", "\"value\":9"));
    assertThat(forged).isNotEqualTo(third);
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("mnemogrid.db"));
        PreparedStatement update =
            connection.prepareStatement(
                """
                UPDATE update_log SET record = ?, leaf_hash = ?
                WHERE space = (SELECT id FROM space WHERE name = 'bad') AND version = 3
                """)) {
      update.setBytes(1, forged.toBytes());
      update.setBytes(2, forged.leafHash().toBytes());
      assertThat(update.executeUpdate()).isEqualTo(1);
    }
  }

  private static Audits.Report audited(Mnemogrid grid) {
    String id = grid.audits().start();
    return await()
        .atMost(PATIENCE)
        .until(
            () -> grid.audits().latest(),
            report -> report.id().equals(id) && report.status() != AuditStatus.RUNNING);
  }

  private static void awaitAudited(Mnemogrid grid, SpaceName space, long version) {
    Space there = grid.space(space).orElseThrow();
    await().atMost(PATIENCE).until(() -> there.auditedVersion() == version);
  }

  /**
   * The log is wrong where nobody looks any more: behind a snapshot and a head that was audited.
   */
  @Test
  void findsWhatASnapshotAndAnEarlierAuditHide() throws IOException, SQLException {
    write(BAD, 8, true);
    write(GOOD, 8, true);
    int port = TestGrid.freePort();
    try (Mnemogrid grid = Mnemogrid.start(config(port, "before"))) {
      assertThat(grid.audits().latest().status()).isEqualTo(AuditStatus.NONE);
      awaitAudited(grid, BAD, 8);
      awaitAudited(grid, GOOD, 8);
      assertThat(audited(grid).status()).isEqualTo(AuditStatus.VERIFIED);
    }
    tamper();
    try (Mnemogrid grid = Mnemogrid.start(config(port, "after"))) {
      assertThat(grid.space(BAD).orElseThrow().head().version()).isEqualTo(8);
      awaitAudited(grid, BAD, 8);

      Audits.Report report = audited(grid);

      assertThat(report.status()).isEqualTo(AuditStatus.MISMATCH);
      assertThat(report.total()).isEqualTo(2);
      assertThat(report.spaces())
          .extracting(Audits.OfSpace::space, Audits.OfSpace::status, Audits.OfSpace::where)
          .containsExactly(
              org.assertj.core.groups.Tuple.tuple(
                  "bad", AuditStatus.MISMATCH, "space bad, version 3"),
              org.assertj.core.groups.Tuple.tuple("good", AuditStatus.VERIFIED, null));
      await()
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(grid.health().parts())
                  .filteredOn(part -> part.name().equals("audit"))
                  .singleElement()
                  .satisfies(part -> {
                    assertThat(part.status()).isEqualTo(GridHealth.Status.DEGRADED);
                    assertThat(part.detail()).contains("bad: full audit: space bad, version 3");
                  }));
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    assertThat(Main.run(printed, printed, "fsck", "--data", folder.toString()))
        .isEqualTo(ExitCode.DOES_NOT_HOLD.code());
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("mismatch at space bad, version 3");
  }

  @Test
  void goesOnWithoutTheMemberThatDied() throws IOException {
    for (int i = 0; i < 4; i++) {
      write(SpaceName.of("s" + i), 12_000, true);
    }
    int port = TestGrid.freePort();
    try (Mnemogrid first = Mnemogrid.start(config(port, "first"));
        Mnemogrid _ = Mnemogrid.start(config(port, "second"))) {
      String id = first.audits().start();
      await()
          .atMost(PATIENCE)
          .until(() ->
              first.audits().latest().id().equals(id)
                  && !first.audits().latest().spaces().isEmpty());
      instance("audits-" + port, "second").getLifecycleService().terminate();
      await().atMost(PATIENCE).until(() -> first.audits().latest().status() != AuditStatus.RUNNING);
      Audits.Report report = first.audits().latest();
      assertThat(report.status()).isEqualTo(AuditStatus.VERIFIED);
      assertThat(report.spaces()).hasSize(4).allMatch(space -> space.done() == 12_000);
    }
  }

  private static HazelcastInstance instance(String cluster, String name) {
    return Hazelcast.getAllHazelcastInstances().stream()
        .filter(instance -> instance.getConfig().getClusterName().startsWith(cluster + "-"))
        .filter(
            instance -> name.equals(instance.getCluster().getLocalMember().getAttribute("name")))
        .findFirst()
        .orElseThrow();
  }
}
