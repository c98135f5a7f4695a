package io.mnemogrid.store;

import io.mnemogrid.trail.TrailStore;
import io.mnemogrid.trail.TrailStoreContractTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteTrailStoreTest extends TrailStoreContractTest {
  @TempDir Path folder;
  private final List<SqliteStore> opened = new ArrayList<>();

  @Override
  protected TrailStore open() {
    SqliteStore store = SqliteStore.open(folder.resolve("store.db"));
    opened.add(store);
    return store.trail();
  }

  @AfterEach
  void close() {
    opened.forEach(SqliteStore::close);
  }
}
