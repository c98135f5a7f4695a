package io.mnemogrid.store;

import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.member.OldPoliciesContractTest;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;

class PostgresOldPoliciesIT extends OldPoliciesContractTest {
  private final String database = Postgres.newDatabase();
  private final List<PostgresStore> opened = new ArrayList<>();

  @Override
  protected UpdateLog open() {
    PostgresStore store = Postgres.open(database);
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
    opened.forEach(PostgresStore::close);
  }
}
