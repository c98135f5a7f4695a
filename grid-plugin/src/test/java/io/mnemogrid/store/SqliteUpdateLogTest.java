package io.mnemogrid.store;

import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.log.UpdateLogContractTest;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteUpdateLogTest extends UpdateLogContractTest {
  @TempDir Path folder;
  private final List<SqliteStore> opened = new ArrayList<>();

  @Override
  protected UpdateLog open() {
    SqliteStore store = SqliteStore.open(folder.resolve("store.db"));
    opened.add(store);
    return store.log();
  }

  @Override
  protected void lose(SpaceName space, long version) {
    change("DELETE FROM update_log", space, version);
  }

  @Override
  protected void forge(SpaceName space, long version, Update record) {
    change("UPDATE update_log SET record = ?", record.toBytes(), space, version);
  }

  private void change(String what, Object... values) {
    String row = " WHERE space = (SELECT id FROM space WHERE name = ?) AND version = ?";
    try (SqliteStore other = SqliteStore.open(folder.resolve("store.db"))) {
      other.connections().write(session -> session.update(what + row, values));
    }
  }

  @AfterEach
  void close() {
    opened.forEach(SqliteStore::close);
  }
}
