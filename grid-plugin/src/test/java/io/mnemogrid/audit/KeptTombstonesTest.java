package io.mnemogrid.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import io.mnemogrid.store.Store;
import io.mnemogrid.store.StoreRows;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The tombstones that a store keeps apart, as fsck compares them with a replay. */
class KeptTombstonesTest {
  private static final SpaceName DARYL = new SpaceName("daryl");

  @TempDir Path folder;

  private final Scribe scribe = new Scribe(DARYL);

  private Path file() {
    return folder.resolve("mnemogrid.db");
  }

  /** /a/b goes at 2; /back goes at 4, /back/again at 5 where /back stands since; /c/d at 8. */
  @BeforeEach
  void fill() {
    try (Store store = SqliteStore.open(file())) {
      store.log().create(DARYL, "{}");
      set(store, "1", "/a/b", "1");
      set(store, "2", "/a", "2");
      set(store, "3", "/back", "3");
      set(store, "4", "/back/again", "4");
      assertThat(store.log().remember(scribe.snapshot())).isTrue();
      set(store, "5", "/back", "5");
      set(store, "6", "/c/d", "6");
      assertThat(store.log().remember(scribe.snapshot())).isTrue();
      set(store, "7", "/e", "7");
      set(store, "8", "/c", "8");
    }
  }

  private void set(Store store, String id, String path, String value) {
    LogHead expected = scribe.head();
    store
        .log()
        .append(List.of(new Batch(expected, List.of(scribe.set(id, path, Json.parse(value))))));
  }

  private Optional<Mismatch> fsck() {
    try (Store store = SqliteStore.open(file());
        StoreRows rows = StoreRows.ofSqlite(file())) {
      return new Fsck(rows, store, (_, _, _) -> {}).run(List.of(), Optional.empty());
    }
  }

  @Test
  void areVerified() {
    assertThat(fsck()).isEmpty();
    try (Store store = SqliteStore.open(file())) {
      assertThat(store.log().remember(scribe.snapshot())).isTrue();
    }
    assertThat(fsck()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      textBlock =
          """
          UPDATE tombstone SET time = time + 1 WHERE path = CAST('/a/b' AS BLOB)| the tombstone kept of /a/b is
          UPDATE tombstone SET author = 'x' WHERE path = CAST('/a/b' AS BLOB)   | the tombstone kept of /a/b is
          UPDATE tombstone SET version = 1 WHERE path = CAST('/a/b' AS BLOB)    | that of /a/b is not kept
          DELETE FROM tombstone WHERE path = CAST('/back/again' AS BLOB)        | that of /back/again is not kept
          INSERT INTO tombstone VALUES (1, CAST('/n' AS BLOB), 0, 'x', 3)       | only 3 of which the log removed
          UPDATE remembered SET version = 99                                   | kept up to version 99, its log ends at 8
          UPDATE remembered SET version = 8                                    | that of /c/d is not kept
          """)
  void areFoundToLie(String edit, String what) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(edit)).isEqualTo(1);
    }
    assertThat(fsck()).get().extracting(Mismatch::what).asString().contains(what);
  }
}
