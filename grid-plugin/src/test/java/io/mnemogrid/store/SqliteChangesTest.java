package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.HeadChanges;
import io.mnemogrid.log.LogHead;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteChangesTest extends ChangesContractTest {
  @TempDir Path folder;
  private final List<SqliteStore> opened = new ArrayList<>();

  @Override
  protected Store open() {
    return open("store.db");
  }

  private SqliteStore open(String name) {
    SqliteStore store = SqliteStore.open(folder.resolve(name));
    opened.add(store);
    return store;
  }

  @Override
  protected Connections connections(Store store) {
    return ((SqliteStore) store).connections();
  }

  @Override
  protected Store copy() throws Exception {
    StoreCopy.write(folder.resolve("store.db"), folder.resolve("copy.db"));
    return open("copy.db");
  }

  @Override
  protected String many(int spaces) {
    return """
    INSERT INTO space (name, policy, created, version, root, leaf_hash, committed)
    WITH RECURSIVE i (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM i WHERE n < %d)
    SELECT 'many-' || n, '{}', 0, 0, zeroblob(32), zeroblob(32), 0 FROM i
    """
        .formatted(spaces);
  }

  @Override
  protected List<String> plan(Session session, String sql, long value) throws SQLException {
    return session.list("EXPLAIN QUERY PLAN " + sql, row -> row.getString("detail"), value);
  }

  @AfterEach
  void close() {
    opened.forEach(SqliteStore::close);
  }

  @Test
  void tellsTheHeadsOfAnOlderFile() throws Exception {
    Path file = folder.resolve("old.db");
    String url = "jdbc:sqlite:" + file;
    Flyway.configure()
        .dataSource(url, "", "")
        .locations("classpath:db/migration/sqlite")
        .target("10")
        .load()
        .migrate();
    try (Connection connection = DriverManager.getConnection(url);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(many(3));
    }
    SqliteStore store = open("old.db");
    HeadChanges all = store.log().headsSince(0);
    assertThat(all.heads()).hasSize(3);
    assertThat(store.log().headsSince(all.mark()).heads()).isEmpty();
    store.log().create(A, "{}");
    assertThat(store.log().headsSince(all.mark()).heads()).containsExactly(LogHead.ofNew(A));
  }
}
