package io.mnemogrid.store;

import io.mnemogrid.checkpoint.Lease;
import io.mnemogrid.checkpoint.LeaseContractTest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

class PostgresLeaseIT extends LeaseContractTest {
  private final String database = Postgres.newStore();
  private final List<PostgresStore> opened = new ArrayList<>();

  @Override
  protected Lease open() {
    PostgresStore store = Postgres.open(database);
    opened.add(store);
    return store.lease();
  }

  @AfterEach
  void close() {
    opened.forEach(PostgresStore::close);
  }
}
