package io.mnemogrid.store;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicInteger;

/** A real PostgreSQL for the tests of this JVM, which syncs; each test has its own database. */
final class Postgres {
  /** A busy machine may take longer than the ten seconds that are usual. */
  static final Duration STARTUP = Duration.ofMinutes(2);

  private static final EmbeddedPostgres SERVER = start();
  private static final AtomicInteger DATABASES = new AtomicInteger();
  private static final String MIGRATED = migrated();

  private Postgres() {}

  private static EmbeddedPostgres start() {
    try {
      return EmbeddedPostgres.builder()
          .setServerConfig("fsync", "on")
          .setPGStartupWait(STARTUP)
          .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static int port() {
    return SERVER.getPort();
  }

  /** A new empty database. */
  static String newDatabase() {
    String name = "t" + DATABASES.incrementAndGet();
    administer("CREATE DATABASE " + name);
    return name;
  }

  /** A new database with the tables of a store that was never used, which opens sooner. */
  static String newStore() {
    String name = "t" + DATABASES.incrementAndGet();
    administer("CREATE DATABASE " + name + " TEMPLATE " + MIGRATED);
    return name;
  }

  private static String migrated() {
    String name = newDatabase();
    open(name).close();
    return name;
  }

  static String url(String database) {
    return url(database, port());
  }

  static String url(String database, int port) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/" + database;
  }

  static PostgresStore open(String database) {
    return PostgresStore.open(url(database), "postgres", null);
  }

  /** Runs a statement as the superuser, outside a transaction. */
  static void administer(String sql) {
    try (Connection connection = SERVER.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  static String ask(String sql) {
    try (Connection connection = SERVER.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "";
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }
}
