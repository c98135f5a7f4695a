package io.mnemogrid.store;

import io.mnemogrid.trail.TrailStore;
import io.mnemogrid.trail.TrailStoreContractTest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

class PostgresTrailStoreIT extends TrailStoreContractTest {
  private final String database = Postgres.newStore();
  private final List<PostgresStore> opened = new ArrayList<>();

  @Override
  protected TrailStore open() {
    PostgresStore store = Postgres.open(database);
    opened.add(store);
    return store.trail();
  }

  @AfterEach
  void close() {
    opened.forEach(PostgresStore::close);
  }
}
