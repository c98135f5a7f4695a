package io.mnemogrid.store;

import io.mnemogrid.log.LogHead;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * SQLite in one file, WAL. {@code synchronous=FULL} syncs the WAL before COMMIT returns; OFF is the
 * known-bad twin of tests. One for each {@link Connections}.
 *
 * <p>Head rows that the writer's connection has written or read are remembered for as long as
 * nobody else commits, which SQLite tells by {@code PRAGMA data_version}: so an append over many
 * spaces reads one number in place of a row a space. Used inside of write transactions only, whose
 * connection has one user at a time.
 */
final class SqliteDialect implements Dialect {
  /** The pragma of that name. */
  enum Synchronous {
    FULL,
    OFF
  }

  /** File systems whose locks or syncs are another machine's, as Linux and macOS name them. */
  private static final Set<String> REMOTE =
      Set.of("nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "fuse.sshfs", "9p", "webdav", "ceph");

  private static final Duration BUSY_TIMEOUT = Duration.ofSeconds(5);
  private static final int WRITER_CACHE_KIB = 64 << 10;
  private static final int READER_CACHE_KIB = 8 << 10;
  // A checkpoint of the WAL syncs the file twice; rarer ones write a page that changed often once.
  private static final int WAL_CHECKPOINT_PAGES = 8_000;
  private static final long WAL_KEEP_BYTES = 64 << 20;

  private final Path file;
  private final Synchronous synchronous;
  private final HostClock clock;
  private final Map<SpaceName, HeadRow> known = new HashMap<>();
  private long dataVersion = -1; // of the writer's connection when the known rows were right

  SqliteDialect(Path file, Synchronous synchronous) {
    this.file = file;
    this.synchronous = synchronous;
    this.clock = new HostClock(file.resolveSibling(file.getFileName() + ".clock"));
  }

  Path file() {
    return file;
  }

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

  /** Everything: from BEGIN IMMEDIATE to COMMIT there is one writer. */
  @Override
  public boolean sharesTransactions() {
    return true;
  }

  @Override
  public void forget() {
    known.clear();
    dataVersion = -1;
  }

  /** Locks nothing: from BEGIN IMMEDIATE to COMMIT there is one writer. */
  @Override
  public List<HeadRow> lockHeads(Session session, Collection<SpaceName> spaces)
      throws SQLException {
    long now = session.first("PRAGMA data_version", row -> row.getLong(1)).orElse(-1L);
    if (now != dataVersion) {
      known.clear();
      dataVersion = now;
    }
    List<HeadRow> rows = new ArrayList<>(spaces.size());
    for (SpaceName space : spaces) {
      HeadRow row = known.get(space);
      if (row == null) {
        row = session.first(HEADS + "WHERE name = ?", HeadRow::read, space).orElse(null);
      }
      if (row != null) {
        known.put(space, row);
        rows.add(row);
      }
    }
    return rows;
  }

  @Override
  public Map<Long, Integer> insert(Session session, List<LogRow> rows) throws SQLException {
    PreparedStatement insert =
        session.prepare(
            """
            INSERT INTO update_log (space, version, update_id, leaf_hash, committed, record)
            VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (update_id, space) DO NOTHING
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
    PreparedStatement move =
        session.prepare(
            "UPDATE space SET version = ?, root = ?, leaf_hash = ?, committed = ? WHERE id = ?");
    for (Map.Entry<Long, LogHead> moved : heads.entrySet()) {
      LogHead head = moved.getValue();
      move.setLong(1, head.version());
      move.setBytes(2, head.root().toBytes());
      move.setBytes(3, head.leafHash().toBytes());
      move.setLong(4, head.committed().toEpochMilli());
      move.setLong(5, moved.getKey());
      move.addBatch();
      known.put(head.space(), new HeadRow(moved.getKey(), head, head.version()));
    }
    move.executeBatch();
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
    return clock.now();
  }

  @Override
  public List<Safeguard> safeguards(Session writer) throws SQLException {
    String journal = ask(writer, "PRAGMA journal_mode");
    String sync = ask(writer, "PRAGMA synchronous");
    String version = ask(writer, "SELECT sqlite_version()");
    String fileSystem = fileSystem();
    return List.of(
        new Safeguard(
            journal.equals("wal"), "journal_mode=" + journal, "start a member, which sets WAL"),
        new Safeguard(
            sync.equals("2") || sync.equals("3"),
            "synchronous=" + sync,
            "2 (FULL) is what each member sets: another program changed it"),
        new Safeguard(
            isAtLeast(version, 3, 51, 3),
            "SQLite " + version,
            "versions before 3.51.3 can corrupt a WAL: use the sqlite-jdbc of this release"),
        new Safeguard(
            !REMOTE.contains(fileSystem.toLowerCase(Locale.ROOT)),
            file.toAbsolutePath() + " is on " + fileSystem,
            "WAL needs a local disk: move the data folder, or use PostgreSQL"));
  }

  private static String ask(Session writer, String sql) throws SQLException {
    return writer.first(sql, row -> row.getString(1)).orElse("?");
  }

  private String fileSystem() {
    try {
      return Files.getFileStore(file).type();
    } catch (IOException e) {
      throw new UncheckedIOException("the file system of " + file + " is not known", e);
    }
  }

  static boolean isAtLeast(String version, int... wanted) {
    String[] parts = version.split("\\.", -1);
    for (int i = 0; i < wanted.length; i++) {
      int part = i < parts.length ? Integer.parseInt(parts[i]) : 0;
      if (part != wanted[i]) {
        return part > wanted[i];
      }
    }
    return true;
  }
}
