package io.mnemogrid.store;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

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

  /** Nothing: from BEGIN IMMEDIATE to COMMIT there is one writer. */
  @Override
  public String forUpdate() {
    return "";
  }

  /** The host's clock: all that open the file are on one host. */
  @Override
  public Instant now() {
    return Instant.now().truncatedTo(ChronoUnit.MILLIS);
  }
}
