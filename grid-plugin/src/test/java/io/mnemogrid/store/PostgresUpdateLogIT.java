package io.mnemogrid.store;

import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.log.UpdateLogContractTest;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

class PostgresUpdateLogIT extends UpdateLogContractTest {
  private final String database = Postgres.newStore();
  private final List<PostgresStore> opened = new ArrayList<>();

  @Override
  protected UpdateLog open() {
    PostgresStore store = Postgres.open(database);
    opened.add(store);
    return store.log();
  }

  @Override
  protected void lose(SpaceName space, long version) {
    change("DELETE FROM update_log", space, version);
  }

  @Override
  protected void forge(SpaceName space, long version, Update record) {
    change("UPDATE update_log SET record = ?", record.toBytes(), space, version);
  }

  private void change(String what, Object... values) {
    String row = " WHERE space = (SELECT id FROM space WHERE name = ?) AND version = ?";
    opened.getFirst().connections().write(session -> session.update(what + row, values));
  }

  @AfterEach
  void close() {
    opened.forEach(PostgresStore::close);
  }
}
