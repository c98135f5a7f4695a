package io.mnemogrid.store;

import io.mnemogrid.policy.KeyStore;
import io.mnemogrid.policy.KeyStoreContractTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteKeyStoreTest extends KeyStoreContractTest {
  @TempDir Path folder;
  private final List<SqliteStore> opened = new ArrayList<>();

  @Override
  protected KeyStore open() {
    SqliteStore store = SqliteStore.open(folder.resolve("store.db"));
    opened.add(store);
    return store.keys();
  }

  @AfterEach
  void close() {
    opened.forEach(SqliteStore::close);
  }
}
