package io.mnemogrid.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.mnemogrid.CommitResult;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridHealth;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.Held;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The job in real members, on a real SQLite file that somebody else writes to. */
class AuditIT {
  private static final SpaceName GOOD = SpaceName.of("good");
  private static final SpaceName BAD = SpaceName.of("bad");
  private static final Author BOT = new Author("bot-a");
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("mnemogrid.db");
  }

  private GridConfig config(int port, String name) {
    return GridConfig.onOneHost(file())
        .withCluster("audit-" + port)
        .withName(name)
        .withPort(port)
        .withMembers(List.of("127.0.0.1:" + port, "127.0.0.1:" + (port + 1)))
        .withAnchor(new GridConfig.AnchorConfig.Notary(folder.resolve("notary")))
        .withCheckpoints(Duration.ofMillis(500), 1000);
  }

  private static HazelcastInstance instance(String cluster, String name) {
    return Hazelcast.getAllHazelcastInstances().stream()
        .filter(instance -> instance.getConfig().getClusterName().startsWith(cluster + "-"))
        .filter(
            instance -> name.equals(instance.getCluster().getLocalMember().getAttribute("name")))
        .findFirst()
        .orElseThrow();
  }

  private static void commit(Space space, int count) {
    for (int i = 0; i < count; i++) {
      int n = i;
      assertThat(space.commit(space.delta(BOT, delta -> delta.set("/k" + n, Json.of(n)))).join())
          .isInstanceOf(CommitResult.Committed.class);
    }
  }

  private static GridHealth.Part audit(Mnemogrid member) {
    return member.health().parts().stream()
        .filter(part -> part.name().equals("audit"))
        .findFirst()
        .orElseThrow();
  }

  private AuditedHead verified(SpaceName space) {
    try (SqliteStore store = SqliteStore.open(file())) {
      return store.audited().newest(space).orElseThrow();
    }
  }

  private static void awaitFinal(Space space, long version) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(space.finalizedVersion()).isGreaterThanOrEqualTo(version));
  }

  @Test
  void goesOnFromWhatItPublishedWhenItsMemberDies() throws IOException {
    int port = TestGrid.freePort();
    try (Mnemogrid first = Mnemogrid.start(config(port, "first"));
        Mnemogrid second = Mnemogrid.start(config(port, "second"))) {
      first.createSpace(GOOD, "{}");
      Space space = second.space(GOOD).orElseThrow();
      commit(space, 5);
      awaitFinal(space, 5);
      AuditedHead before = verified(GOOD);

      instance("audit-" + port, "first").getLifecycleService().terminate();
      commit(space, 7);
      awaitFinal(space, 12);

      AuditedHead after = verified(GOOD);
      assertThat(after.head().version()).isEqualTo(12);
      assertThat(after.head().stateRoot()).isEqualTo(space.head().state().root());
      assertThat(after.head().logRoot()).isEqualTo(space.head().logRoot());
      assertThat(after.snapshot()).as("no address anew").isEqualTo(before.snapshot());
      assertThat(after.snapshotVersion()).isEqualTo(before.snapshotVersion());
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(audit(second).status()).isEqualTo(GridHealth.Status.UP));
    }
  }

  @Test
  void documentsOfCheckpointsComeFromTheLogAndAreNotStored() throws IOException, SQLException {
    int port = TestGrid.freePort();
    try (Mnemogrid grid = Mnemogrid.start(config(port, "only"))) {
      grid.createSpace(GOOD, "{}");
      Space space = grid.space(GOOD).orElseThrow();
      commit(space, 5);
      awaitFinal(space, 5);
      commit(space, 3);
      awaitFinal(space, 8);
      StoredCheckpoint first = grid.checkpoints().find(1).orElseThrow();
      Manifest.Entry entry = first.checkpoint().manifest().spaces().getFirst();
      byte[] at =
          space.at(entry.snapshotVersion()).orElseThrow().state().document().canonicalBytes();
      assertThat(grid.checkpoints().document(entry.snapshot(), GOOD)).contains(at);
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
          ResultSet blobs =
              connection
                  .createStatement()
                  .executeQuery("SELECT count(*), (SELECT count(*) FROM checkpoint) FROM blob")) {
        assertThat(blobs.getLong(1)).as("headers and manifests").isEqualTo(2 * blobs.getLong(2));
      }
    }
  }

  /**
   * Version 3 of a space is another than was written, the second time with a fitting hash; a
   * snapshot that was stored before lets replicas start.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aTamperedRecordStopsItsSpaceOnlyAndLoudly(boolean withFittingHash)
      throws IOException, SQLException {
    try (SqliteStore store = SqliteStore.open(file())) {
      for (SpaceName name : List.of(BAD, GOOD)) {
        store.log().create(name, "{}");
        Scribe scribe = new Scribe(name);
        store.log().append(List.of(scribe.batch("u", 5)));
        store.log().save(scribe.snapshot());
      }
      Update third = store.log().read(BAD, 2, 1).getFirst();
      Update forged = Update.parse(third.text().replace("\"value\":3", "\"value\":9"));
      assertThat(forged).isNotEqualTo(third);
      tamper(third, forged, withFittingHash);
    }
    int port = TestGrid.freePort();
    try (Mnemogrid grid = Mnemogrid.start(config(port, "only"))) {
      Space good = grid.space(GOOD).orElseThrow();
      awaitFinal(good, 5);
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> {
            GridHealth.Part audit = audit(grid);
            assertThat(audit.status()).isEqualTo(GridHealth.Status.DEGRADED);
            assertThat(audit.detail()).contains("bad");
          });
      assertThat(verified(BAD).ready()).isFalse();
      commit(good, 2);
      awaitFinal(good, 7);
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> {
            assertThat(grid.checkpoints().held())
                .singleElement()
                .extracting(Held::space, Held::rule)
                .containsExactly(BAD, Held.Rule.RECOMPUTED);
            assertThat(grid.health().parts())
                .filteredOn(part -> part.name().equals("checkpoints"))
                .singleElement()
                .satisfies(part -> {
                  assertThat(part.status()).isEqualTo(GridHealth.Status.DEGRADED);
                  assertThat(part.detail()).contains("bad (recomputed)");
                });
          });
      assertThat(grid.space(BAD).orElseThrow().finalizedVersion()).isZero();
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(audit(grid).detail()).contains("runs here"));
    }
  }

  private void tamper(Update was, Update is, boolean withFittingHash) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        PreparedStatement update =
            connection.prepareStatement(
                """
                UPDATE update_log SET record = ?, leaf_hash = ?
                WHERE space = (SELECT id FROM space WHERE name = ?) AND version = ?
                """)) {
      update.setBytes(1, is.text().getBytes(StandardCharsets.UTF_8));
      update.setBytes(2, (withFittingHash ? is : was).leafHash().toBytes());
      update.setString(3, was.space().text());
      update.setLong(4, was.version());
      assertThat(update.executeUpdate()).isEqualTo(1);
    }
  }
}
