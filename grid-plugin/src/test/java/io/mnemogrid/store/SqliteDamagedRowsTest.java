package io.mnemogrid.store;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteDamagedRowsTest extends DamagedRowsContractTest {
  @TempDir Path folder;
  private final List<SqliteStore> opened = new ArrayList<>();

  @Override
  protected Store open() {
    SqliteStore store = SqliteStore.open(folder.resolve("store.db"));
    opened.add(store);
    return store;
  }

  @Override
  protected int update(String sql, Object... values) {
    return opened.getLast().connections().write(session -> session.update(sql, values));
  }

  @AfterEach
  void close() {
    opened.forEach(SqliteStore::close);
  }
}
