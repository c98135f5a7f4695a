package io.mnemogrid.store;

import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.log.UpdateLogContractTest;
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

  @AfterEach
  void close() {
    opened.forEach(SqliteStore::close);
  }
}
