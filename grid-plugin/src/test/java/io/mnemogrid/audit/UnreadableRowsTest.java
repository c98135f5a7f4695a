package io.mnemogrid.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import io.mnemogrid.store.StoreRows;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What members leave out of their lists, fsck names. */
class UnreadableRowsTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("mnemogrid.db");
  }

  private void spoil(String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(sql)).isPositive();
    }
  }

  private Optional<String> fsck() {
    try (SqliteStore store = SqliteStore.open(file());
        StoreRows rows = StoreRows.ofSqlite(file())) {
      return new Fsck(rows, store, (_, _, _) -> {})
          .run(List.of(), Optional.empty())
          .map(Mismatch::where);
    }
  }

  @Test
  void areNamedByTheirTable() throws SQLException {
    try (SqliteStore store = SqliteStore.open(file())) {
      Scribe scribe = new Scribe(SPACE);
      store.log().create(SPACE, "{}");
      store.log().append(List.of(scribe.batch("u", 3)));
      Snapshot at = scribe.snapshot();
      store
          .audited()
          .publish(
              new AuditedHead(
                  new Head(SPACE, 3, at.head().root(), at.logRoot()),
                  at.head().leafHash(),
                  ContentAddress.of(at.state().document().canonicalBytes()),
                  3,
                  at.head().committed(),
                  store.log().now(),
                  null));
    }
    assertThat(fsck()).isEmpty();
    spoil("UPDATE space SET name = 'No Name'");
    assertThat(fsck()).contains("the table space");
    spoil("UPDATE verified_head SET state_root = x''");
    assertThat(fsck()).contains("the table verified_head");
  }
}
