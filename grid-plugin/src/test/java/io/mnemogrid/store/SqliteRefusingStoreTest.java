package io.mnemogrid.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteRefusingStoreTest extends RefusingStoreContractTest {
  @TempDir Path folder;
  private final List<SqliteStore> opened = new ArrayList<>();

  private Path file() {
    return folder.resolve("store.db");
  }

  @Override
  protected Store open() {
    SqliteStore store = SqliteStore.open(file());
    opened.add(store);
    return store;
  }

  @Override
  protected List<String> refuse(Way way, String text, String reason) {
    String raise =
        switch (way) {
          case RAISES -> "ABORT, '" + reason + "'";
          case DROPS -> "IGNORE";
          case CONSTRAINT -> "FAIL, '" + reason + "'";
          case TAKES_ALL_BACK -> "ROLLBACK, '" + reason + "'";
        };
    return List.of(
        """
        CREATE TRIGGER refusing BEFORE INSERT ON update_log
        WHEN instr(CAST(NEW.record AS TEXT), '%s') BEGIN SELECT RAISE(%s); END
        """
            .formatted(text, raise));
  }

  @Override
  protected String take(Way way, String reason) {
    return "DROP TRIGGER refusing";
  }

  @Override
  protected void execute(String sql) throws Exception {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file());
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout=5000");
      statement.execute(sql);
    }
  }

  @AfterEach
  void close() {
    opened.forEach(SqliteStore::close);
  }
}
