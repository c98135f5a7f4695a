package io.mnemogrid.store;

import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.log.UpdateLogContractTest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

class PostgresUpdateLogIT extends UpdateLogContractTest {
  private final String database = Postgres.newDatabase();
  private final List<PostgresStore> opened = new ArrayList<>();

  @Override
  protected UpdateLog open() {
    PostgresStore store = Postgres.open(database);
    opened.add(store);
    return store.log();
  }

  @AfterEach
  void close() {
    opened.forEach(PostgresStore::close);
  }
}
