package io.mnemogrid.bench;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * PostgreSQL, used as the first design of this memory says: lock the document's row, {@code
 * jsonb_set} one path of a thousand, insert a log row, commit. It uses JDBC with a connection for
 * each writer, up to {@link #MOST_CONNECTIONS}.
 */
final class PostgresPeer implements Peer {
  static final String NAME = "PostgreSQL, JDBC";
  private static final int MOST_CONNECTIONS = 64;
  private static final int PATHS = 1000;

  private final EmbeddedPostgres server;
  private final BlockingQueue<Connection> idle = new LinkedBlockingQueue<>();
  private final List<Connection> all = new ArrayList<>();

  PostgresPeer(Path folder, int writers, int documents) throws IOException, SQLException {
    server =
        EmbeddedPostgres.builder()
            .setDataDirectory(folder.toFile())
            .setServerConfig("fsync", "on")
            .setServerConfig("synchronous_commit", "on")
            .setServerConfig("full_page_writes", "on")
            .setServerConfig("max_connections", String.valueOf(MOST_CONNECTIONS + 10))
            .start();
    for (int i = 0; i < Math.min(writers, MOST_CONNECTIONS); i++) {
      Connection connection = server.getPostgresDatabase().getConnection();
      connection.setAutoCommit(false);
      all.add(connection);
      idle.add(connection);
    }
    try (Statement statement = all.getFirst().createStatement()) {
      statement.execute(
          "create table global_state (id int primary key, version bigint, doc jsonb)");
      statement.execute(
          "create table global_updates (id int, version bigint, change jsonb, primary key (id, version))");
      statement.execute(
          "insert into global_state select d, 0, (select jsonb_object_agg('group-' || g, (select"
              + " jsonb_object_agg('field-' || f, f) from generate_series(0, 99) f)) from"
              + " generate_series(0, "
              + (PATHS / 100 - 1)
              + ") g) from generate_series(0, "
              + (documents - 1)
              + ") d");
      all.getFirst().commit();
    }
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public void write(int writer, int document, int field, long value) throws Exception {
    Connection connection = idle.take();
    try {
      write(connection, document, field % PATHS, value);
    } finally {
      idle.add(connection);
    }
  }

  private static void write(Connection connection, int document, int field, long value)
      throws SQLException {
    long version;
    try (PreparedStatement lock =
        connection.prepareStatement("select version from global_state where id = ? for update")) {
      lock.setInt(1, document);
      try (ResultSet row = lock.executeQuery()) {
        row.next();
        version = row.getLong(1) + 1;
      }
    }
    String path = "{group-" + field / 100 + ",field-" + field % 100 + "}";
    try (PreparedStatement set =
        connection.prepareStatement(
            "update global_state set version = ?, doc = jsonb_set(doc, ?::text[], to_jsonb(?))"
                + " where id = ?")) {
      set.setLong(1, version);
      set.setString(2, path);
      set.setLong(3, value);
      set.setInt(4, document);
      set.executeUpdate();
    }
    try (PreparedStatement log =
        connection.prepareStatement("insert into global_updates values (?, ?, ?::jsonb)")) {
      log.setInt(1, document);
      log.setLong(2, version);
      log.setString(3, "{\"key\":\"" + path.replace("\"", "") + "\",\"value\":" + value + "}");
      log.executeUpdate();
    }
    connection.commit();
  }

  @Override
  public void close() throws IOException, SQLException {
    for (Connection connection : all) {
      connection.close();
    }
    server.close();
  }
}
