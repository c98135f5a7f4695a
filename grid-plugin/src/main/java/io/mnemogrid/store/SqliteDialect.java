package io.mnemogrid.store;

import io.mnemogrid.log.LogHead;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * SQLite in one file, WAL. {@code synchronous=FULL} syncs the WAL before COMMIT returns; OFF is the
 * known-bad twin of tests.
 */
record SqliteDialect(Path file, Synchronous synchronous) implements Dialect {
  /** The pragma of that name. */
  enum Synchronous {
    FULL,
    OFF
  }

  private static final Duration BUSY_TIMEOUT = Duration.ofSeconds(5);
  private static final int WRITER_CACHE_KIB = 64 << 10;
  private static final int READER_CACHE_KIB = 8 << 10;
  // A checkpoint of the WAL syncs the file twice; rarer ones write a page that changed often once.
  private static final int WAL_CHECKPOINT_PAGES = 8_000;
  private static final long WAL_KEEP_BYTES = 64 << 20;

  @Override
  public Connection openWriter() throws SQLException {
    return open(
        List.of(
            "journal_mode=WAL",
            "synchronous=" + synchronous,
            "wal_autocheckpoint=" + WAL_CHECKPOINT_PAGES,
            "journal_size_limit=" + WAL_KEEP_BYTES,
            "cache_size=-" + WRITER_CACHE_KIB,
            "foreign_keys=ON"));
  }

  @Override
  public Connection openReader() throws SQLException {
    return open(List.of("cache_size=-" + READER_CACHE_KIB, "query_only=ON"));
  }

  String url() {
    return "jdbc:sqlite:" + file;
  }

  private Connection open(List<String> pragmas) throws SQLException {
    List<String> all = new ArrayList<>();
    all.add("busy_timeout=" + BUSY_TIMEOUT.toMillis()); // first, the others may have to wait
    all.addAll(pragmas);
    Connection connection = DriverManager.getConnection(url());
    try (Statement statement = connection.createStatement()) {
      for (String pragma : all) {
        statement.execute("PRAGMA " + pragma);
      }
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public String begin() {
    return "BEGIN IMMEDIATE";
  }

  /** Locks nothing: from BEGIN IMMEDIATE to COMMIT there is one writer. */
  @Override
  public List<HeadRow> lockHeads(Session session, Collection<SpaceName> spaces)
      throws SQLException {
    List<HeadRow> rows = new ArrayList<>(spaces.size());
    for (SpaceName space : spaces) {
      session.first(HEADS + "WHERE name = ?", HeadRow::read, space).ifPresent(rows::add);
    }
    return rows;
  }

  @Override
  public Map<Long, Integer> insert(Session session, List<LogRow> rows) throws SQLException {
    PreparedStatement insert =
        session.prepare(
            """
            INSERT INTO update_log (space, version, update_id, leaf_hash, committed, record)
            VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (space, update_id) DO NOTHING
            """);
    for (LogRow row : rows) {
      insert.setLong(1, row.space());
      insert.setLong(2, row.version());
      insert.setString(3, row.id().text());
      insert.setBytes(4, row.leafHash().toBytes());
      insert.setLong(5, row.committed().toEpochMilli());
      insert.setBytes(6, row.record());
      insert.addBatch();
    }
    int[] counts = insert.executeBatch();
    Map<Long, Integer> inserted = new HashMap<>();
    for (int i = 0; i < counts.length; i++) {
      inserted.merge(rows.get(i).space(), counts[i], Integer::sum);
    }
    return inserted;
  }

  @Override
  public void moveHeads(Session session, Map<Long, LogHead> heads) throws SQLException {
    for (Map.Entry<Long, LogHead> moved : heads.entrySet()) {
      LogHead head = moved.getValue();
      session.update(
          "UPDATE space SET version = ?, root = ?, leaf_hash = ?, committed = ? WHERE id = ?",
          head.version(),
          head.root(),
          head.leafHash(),
          head.committed(),
          moved.getKey());
    }
  }

  /** Nothing: from BEGIN IMMEDIATE to COMMIT there is one writer. */
  @Override
  public String forShare() {
    return "";
  }

  /** Never: there is no network between. */
  @Override
  public boolean isLost(SQLException failure) {
    return false;
  }

  /** The host's clock: all that open the file are on one host. */
  @Override
  public Instant now(Connections connections) {
    return Instant.now().truncatedTo(ChronoUnit.MILLIS);
  }

  @Override
  public String durability(Session writer) throws SQLException {
    List<String> settings = new ArrayList<>();
    settings.add("sqlite");
    for (String name : List.of("journal_mode", "synchronous")) {
      settings.add(
          name + "=" + writer.first("PRAGMA " + name, row -> row.getString(1)).orElse("?"));
    }
    return String.join(", ", settings);
  }
}
