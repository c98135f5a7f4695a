package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.HeadChanges;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Scribe;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PostgresChangesIT extends ChangesContractTest {
  private final String database = Postgres.newStore();
  private final List<PostgresStore> opened = new ArrayList<>();

  @Override
  protected Store open() {
    return open(database);
  }

  private PostgresStore open(String name) {
    PostgresStore store = Postgres.open(name);
    opened.add(store);
    return store;
  }

  @Override
  protected Connections connections(Store store) {
    return ((PostgresStore) store).connections();
  }

  /** In the same cluster, whose transactions go on counting. */
  @Override
  protected Store copy() {
    String copy = Postgres.newDatabase();
    Postgres.administer("DROP DATABASE " + copy);
    Postgres.administer("ALTER DATABASE " + database + " ALLOW_CONNECTIONS false");
    Postgres.administer(
        "DO $$ BEGIN PERFORM pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '"
            + database
            + "'; END $$");
    Postgres.administer("CREATE DATABASE " + copy + " TEMPLATE " + database);
    Postgres.administer("ALTER DATABASE " + database + " ALLOW_CONNECTIONS true");
    return open(copy);
  }

  @Override
  protected String many(int spaces) {
    return """
    INSERT INTO space (name, policy, created, version, root, leaf_hash, committed)
    SELECT 'many-' || n, '{}', 0, 0, decode(repeat('00', 32), 'hex'),
      decode(repeat('00', 32), 'hex'), 0
    FROM generate_series(1, %d) AS i (n)
    """
        .formatted(spaces);
  }

  @Override
  protected List<String> plan(Session session, String sql, long value) throws SQLException {
    return session.list("EXPLAIN " + sql, row -> row.getString(1), value);
  }

  @AfterEach
  void close() {
    opened.forEach(PostgresStore::close);
  }

  /** What is asked when the numbers of rows are taken to be in the order of commits. */
  private static Changed.Statements naive(Changed.Statements statements) {
    String greatest =
        "SELECT 0 AS era, max(changed) + 1 AS next, max(changed) + 1 AS known FROM space";
    return new Changed.Statements(
        statements.table(),
        statements.since().replace(statements.at(), greatest),
        greatest,
        statements.all());
  }

  @Test
  void missesNoHeadOfATransactionThatIsOpenWhileALaterOneCommits() throws Exception {
    PostgresStore store = (PostgresStore) open();
    Scribe a = append(store, A, 1);
    Scribe b = append(store, B, 1);
    Connections connections = store.connections();
    Changed.Statements sound = ((JdbcUpdateLog) store.log()).changed();
    long soundMark = since(connections, sound, 0).mark();
    long naiveMark = since(connections, naive(sound), 0).mark();
    try (Connection other = DriverManager.getConnection(Postgres.url(database), "postgres", null);
        Statement statement = other.createStatement()) {
      other.setAutoCommit(false);
      statement.executeUpdate("UPDATE space SET committed = committed + 1 WHERE name = 'a'");
      append(store, b, 1); // begins later, commits before

      Changed<LogHead> between = since(connections, sound, soundMark);
      Changed<LogHead> naiveBetween = since(connections, naive(sound), naiveMark);
      assertThat(between.rows()).containsExactly(b.head());
      assertThat(naiveBetween.rows()).containsExactly(b.head());
      other.commit();

      assertThat(since(connections, sound, between.mark()).rows())
          .extracting(LogHead::space)
          .contains(A);
      assertThat(since(connections, naive(sound), naiveBetween.mark()).rows())
          .as("so this test bites")
          .isEmpty();
    }
    assertThat(store.log().head(A).orElseThrow().committed())
        .isEqualTo(a.head().committed().plusMillis(1));
  }

  private static Changed<LogHead> since(
      Connections connections, Changed.Statements statements, long mark) {
    return connections.read(
        session -> Changed.since(session, new LeftOut(), statements, Session::head, mark));
  }

  @Test
  void rowsOfAnotherServerAreNotToldAtEveryPoll() throws Exception {
    PostgresStore store = (PostgresStore) open();
    Scribe a = append(store, A, 1);
    store.audited().publish(audited(A, 1, null));
    connections(store)
        .write(session -> {
          session.update("ALTER TABLE space DISABLE TRIGGER space_has_changed");
          session.update("ALTER TABLE verified_head DISABLE TRIGGER verified_head_has_changed");
          session.update("UPDATE space SET changed = 1000000000000");
          session.update("UPDATE verified_head SET changed = 1000000000000");
          session.update("ALTER TABLE space ENABLE TRIGGER space_has_changed");
          return session.update(
              "ALTER TABLE verified_head ENABLE TRIGGER verified_head_has_changed");
        });
    long mark = store.log().headsSince(0).mark();
    assertThat(store.log().headsSince(mark).heads()).as("as restored").isNotEmpty();
    Store again = open();
    HeadChanges told = again.log().headsSince(mark);
    assertThat(told.heads()).containsExactly(a.head());
    assertThat(again.log().headsSince(told.mark()).heads()).isEmpty();
    assertThat(again.audited().newestSince(again.audited().newestSince(0).mark()).heads())
        .isEmpty();
  }

  @Test
  void anOwnerWhoIsNoSuperuserMayPoll() {
    String name = Postgres.newDatabase();
    Postgres.administer("CREATE ROLE plain_" + name + " LOGIN");
    Postgres.administer("ALTER DATABASE " + name + " OWNER TO plain_" + name);
    try (PostgresStore store = PostgresStore.open(Postgres.url(name), "plain_" + name, null)) {
      long mark = store.log().headsSince(0).mark();
      Scribe a = append(store, A, 1);
      assertThat(store.log().headsSince(mark).heads()).containsExactly(a.head());
    }
  }

  @Test
  void tellsTheHeadsOfAnOlderDatabase() throws Exception {
    String old = Postgres.newDatabase();
    Flyway.configure()
        .dataSource(Postgres.url(old), "postgres", null)
        .locations("classpath:db/migration/postgresql")
        .target("10")
        .load()
        .migrate();
    try (Connection connection = DriverManager.getConnection(Postgres.url(old), "postgres", null);
        Statement statement = connection.createStatement()) {
      statement.executeUpdate(many(3));
    }
    PostgresStore store = open(old);
    HeadChanges all = store.log().headsSince(0);
    assertThat(all.heads()).hasSize(3);
    assertThat(store.log().headsSince(all.mark()).heads()).isEmpty();
    store.log().create(A, "{}");
    assertThat(store.log().headsSince(all.mark()).heads()).containsExactly(LogHead.ofNew(A));
  }
}
