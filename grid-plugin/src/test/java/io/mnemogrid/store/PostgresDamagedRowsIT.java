package io.mnemogrid.store;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

class PostgresDamagedRowsIT extends DamagedRowsContractTest {
  private final List<PostgresStore> opened = new ArrayList<>();

  @Override
  protected Store open() {
    PostgresStore store = Postgres.open(Postgres.newStore());
    opened.add(store);
    return store;
  }

  @Override
  protected int update(String sql, Object... values) {
    return opened.getLast().connections().write(session -> session.update(sql, values));
  }

  @AfterEach
  void close() {
    opened.forEach(PostgresStore::close);
  }
}
