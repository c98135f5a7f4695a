package io.mnemogrid.store;

import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.member.OldPoliciesContractTest;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;

class SqliteOldPoliciesTest extends OldPoliciesContractTest {
  @TempDir Path folder;
  private final List<SqliteStore> opened = new ArrayList<>();

  @Override
  protected UpdateLog open() {
    SqliteStore store = SqliteStore.open(folder.resolve("store.db"));
    opened.add(store);
    return store.log();
  }

  @Override
  protected void write(SpaceName space, String policy) {
    opened
        .getFirst()
        .connections()
        .write(
            session -> session.update("UPDATE space SET policy = ? WHERE name = ?", policy, space));
  }

  @AfterEach
  void close() {
    opened.forEach(SqliteStore::close);
  }
}
