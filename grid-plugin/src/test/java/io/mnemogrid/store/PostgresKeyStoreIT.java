package io.mnemogrid.store;

import io.mnemogrid.policy.KeyStore;
import io.mnemogrid.policy.KeyStoreContractTest;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

class PostgresKeyStoreIT extends KeyStoreContractTest {
  private final String database = Postgres.newStore();
  private final List<PostgresStore> opened = new ArrayList<>();

  @Override
  protected KeyStore open() {
    PostgresStore store = Postgres.open(database);
    opened.add(store);
    return store.keys();
  }

  @AfterEach
  void close() {
    opened.forEach(PostgresStore::close);
  }
}
