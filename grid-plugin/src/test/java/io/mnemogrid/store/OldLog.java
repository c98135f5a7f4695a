package io.mnemogrid.store;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Random;
import org.flywaydb.core.Flyway;

/**
 * A SQLite store of an old schema with a log of many rows, whose records are random bytes. The
 * spaces take turns by chance.
 */
final class OldLog {
  static final int SPACES = 64;
  static final int RECORD_BYTES = 560;

  private OldLog() {}

  static void create(Path file, String schema, int rows) throws Exception {
    Files.createDirectories(file.getParent());
    Flyway.configure()
        .dataSource("jdbc:sqlite:" + file, "", "")
        .locations("classpath:db/migration/sqlite")
        .target(schema)
        .load()
        .migrate();
    Random random = new Random(7);
    long[] versions = new long[SPACES];
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode=WAL");
      statement.execute("PRAGMA synchronous=OFF");
      connection.setAutoCommit(false);
      spaces(connection);
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO update_log (space, version, update_id, leaf_hash, committed, record)"
                  + " VALUES (?, ?, ?, ?, ?, ?)")) {
        for (int row = 1; row <= rows; row++) {
          int space = random.nextInt(SPACES);
          byte[] hash = new byte[32];
          byte[] record = new byte[RECORD_BYTES];
          random.nextBytes(hash);
          random.nextBytes(record);
          insert.setLong(1, space + 1);
          insert.setLong(2, ++versions[space]);
          insert.setString(3, Long.toHexString(random.nextLong()) + "-" + row);
          insert.setBytes(4, hash);
          insert.setLong(5, row);
          insert.setBytes(6, record);
          insert.addBatch();
          if (row % 10_000 == 0) {
            insert.executeBatch();
            connection.commit();
          }
        }
        insert.executeBatch();
      }
      for (int space = 0; space < SPACES; space++) {
        statement.executeUpdate(
            "UPDATE space SET version = %d WHERE id = %d".formatted(versions[space], space + 1));
      }
      connection.commit();
    }
  }

  private static void spaces(Connection connection) throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO space VALUES (?, ?, '{}', 0, 0, ?, ?, 0)")) {
      for (int space = 1; space <= SPACES; space++) {
        insert.setLong(1, space);
        insert.setString(2, "space" + space);
        insert.setBytes(3, new byte[32]);
        insert.setBytes(4, new byte[32]);
        insert.executeUpdate();
      }
    }
  }

  /** All rows by space and version, as one number; the same before and after a migration. */
  static long digest(Path file) throws SQLException {
    long digest = 1;
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT update_id, leaf_hash, committed, record FROM update_log"
                    + " ORDER BY space, version")) {
      while (rows.next()) {
        digest = 31 * digest + rows.getString(1).hashCode();
        digest = 31 * digest + java.util.Arrays.hashCode(rows.getBytes(2));
        digest = 31 * digest + rows.getLong(3);
        digest = 31 * digest + java.util.Arrays.hashCode(rows.getBytes(4));
      }
      return digest;
    }
  }

  static long number(Path file, String sql) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.getLong(1);
    }
  }

  static List<String> shape(Path file) throws SQLException {
    List<String> shape = new java.util.ArrayList<>();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite_stat%'"
                    + " ORDER BY name")) {
      while (row.next()) {
        shape.add(row.getString(1) + ": " + row.getString(2));
      }
    }
    return shape;
  }
}
