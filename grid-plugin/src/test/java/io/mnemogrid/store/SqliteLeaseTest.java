package io.mnemogrid.store;

import io.mnemogrid.checkpoint.Lease;
import io.mnemogrid.checkpoint.LeaseContractTest;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteLeaseTest extends LeaseContractTest {
  @TempDir Path folder;
  private final List<SqliteStore> opened = new ArrayList<>();

  @Override
  protected Lease open() {
    SqliteStore store = SqliteStore.open(folder.resolve("store.db"));
    opened.add(store);
    return store.lease();
  }

  @AfterEach
  void close() {
    opened.forEach(SqliteStore::close);
  }
}
