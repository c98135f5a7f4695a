package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The write-ahead log of SQLite has a bound, and its size shows. */
class SqliteWalTest {
  private static final SpaceName DARYL = new SpaceName("daryl");
  private static final int PAGES = 64;
  private static final long MOST = 4 * PAGES * 4096;

  @TempDir Path folder;

  @Test
  void isEmptiedOnceTheReaderThatKeptItIsGone() throws Exception {
    Path file = folder.resolve("store.db");
    try (SqliteStore store = SqliteStore.open(file, SqliteDialect.Synchronous.FULL, PAGES)) {
      store.log().create(DARYL, "{}");
      Scribe scribe = new Scribe(DARYL);
      try (Connection reader = DriverManager.getConnection("jdbc:sqlite:" + file);
          Statement statement = reader.createStatement()) {
        statement.execute("BEGIN");
        statement.executeQuery("SELECT * FROM space").close();
        while (wal(store) <= 3 * MOST) {
          append(store, scribe);
        }
        assertThat(store.safeguards())
            .as("what doctor says of it")
            .filteredOn(safeguard -> !safeguard.holds())
            .singleElement()
            .asString()
            .startsWith("✗ the database has ")
            .contains(", its WAL " + (wal(store) >> 20) + " MB, the disk ")
            .contains("a reader keeps the WAL from being emptied", "a process that is stopped");
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> {
            append(store, scribe);
            assertThat(wal(store)).isLessThanOrEqualTo(MOST);
          });
      assertThat(store.safeguards())
          .allMatch(Safeguard::holds)
          .anyMatch(each -> each.what().contains(", its WAL " + (wal(store) >> 20) + " MB, "));
    }
  }

  private static long wal(SqliteStore store) {
    return store.size().orElseThrow().wal();
  }

  private static void append(SqliteStore store, Scribe scribe) {
    Batch batch =
        new Batch(
            scribe.head(),
            List.of(
                scribe.set("id" + scribe.head().version(), "/big", Json.of("x".repeat(100_000)))));
    assertThat(store.log().append(List.of(batch))).containsExactly(new Appended.Committed());
  }
}
