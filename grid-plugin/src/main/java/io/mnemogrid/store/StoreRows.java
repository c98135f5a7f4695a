package io.mnemogrid.store;

import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.checkpoint.StoredCheckpoint.Status;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Tag;
import io.mnemogrid.trail.TrailHead;
import io.mnemogrid.trail.TrailSheet;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import org.sqlite.ProgressHandler;

/**
 * The rows of a store as they are, each column by itself, for checks that trust none of them. Reads
 * only. One thread at a time; no call holds a transaction open, so a member may commit meanwhile.
 */
public final class StoreRows implements AutoCloseable {
  /**
   * A head row.
   *
   * @param newest the greatest version that has a record
   * @param remembered the version up to which tombstones are kept
   */
  public record SpaceRow(long id, LogHead head, long newest, long remembered) {}

  /** What is kept of the newest removal at a path. */
  public record TombstoneRow(String path, Tag tag) {}

  /** A row of the log; the caller may change the bytes of its record. */
  @SuppressWarnings("ArrayRecordComponent") // on its way from the driver, never compared
  public record LogRow(
      long version, String updateId, Hash leafHash, Instant committed, byte[] record) {}

  /** A checkpoint without its manifest. */
  public record CheckpointRow(
      long number, Hash hash, Hash headerHash, String header, Hash manifestDigest, Status status) {}

  /** A final checkpoint, and when it was composed, by the store's clock. */
  public record FinalRow(long number, Instant prepared) {}

  /** The entry of a space at a checkpoint. */
  public record EntryRow(long number, Manifest.Entry entry) {}

  /** A row whose bytes do not hash to its key. */
  public record FalseBlob(Hash key, Hash bytes) {}

  /** The store could not be read. */
  public static final class Unreadable extends IllegalStateException {
    private static final long serialVersionUID = 1;

    Unreadable(SQLException cause) {
      this("the store cannot be read: " + cause.getMessage(), cause);
    }

    Unreadable(String why, Exception cause) {
      super(why, cause);
    }
  }

  private static final int PATHS_AT_ONCE = 100;

  /** A manifest of 10,000 spaces has some megabytes. */
  private static final int BLOBS_AT_ONCE = 4;

  private interface Row<T> {
    T read(ResultSet row) throws SQLException;
  }

  static final long PLACED_AT_ONCE = 20_000;
  private static final int WAL_LOOK_STEPS = 100_000;

  /**
   * A long read is given up when the WAL has grown to this size, because it cannot be emptied
   * meanwhile.
   */
  private static final long MOST_WAL_BYTES = 1L << 30;

  private final Connection connection;
  private final @Nullable Path file; // SQLite's
  private final boolean sqlite;
  private long placed; // the last row whose place is known; SQLite only

  private StoreRows(Connection connection, @Nullable Path file) {
    this.connection = connection;
    this.file = file;
    this.sqlite = file != null;
  }

  /** The rows of a SQLite file, which must be there, and need not be writable. */
  public static StoreRows ofSqlite(Path file) {
    try {
      Connection connection = DriverManager.getConnection(SqliteDialect.readerUrl(file));
      try (Statement statement = connection.createStatement()) {
        statement.execute("PRAGMA busy_timeout=5000");
        // SQLite's own index has few of the places, and is not to be trusted either
        statement.execute(
            "CREATE TEMP TABLE place (space INTEGER, version INTEGER, row INTEGER,"
                + " PRIMARY KEY (space, version, row)) WITHOUT ROWID");
        statement.execute("PRAGMA query_only=ON");
      }
      return new StoreRows(connection, file);
    } catch (SQLException e) {
      throw new Unreadable(e);
    }
  }

  /** The rows of a PostgreSQL database. */
  public static StoreRows ofPostgres(String url, @Nullable String user, @Nullable String password) {
    Properties properties = new Properties();
    if (user != null) {
      properties.setProperty("user", user);
    }
    if (password != null) {
      properties.setProperty("password", password);
    }
    try {
      Connection connection = DriverManager.getConnection(url, properties);
      connection.setReadOnly(true);
      return new StoreRows(connection, null);
    } catch (SQLException e) {
      throw new Unreadable(e);
    }
  }

  /**
   * What the database itself finds wrong with its pages and indexes; SQLite only. This is one read
   * of the whole file, so members that commit meanwhile cannot empty their WAL; it is given up when
   * the WAL has grown to {@link #MOST_WAL_BYTES}.
   *
   * @throws Unreadable also when it was given up
   */
  public Optional<String> damage() {
    if (file == null) {
      return Optional.empty();
    }
    File wal = new File(file + "-wal");
    try {
      ProgressHandler.setHandler(
          connection,
          WAL_LOOK_STEPS,
          new ProgressHandler() {
            @Override
            protected int progress() {
              return wal.length() > MOST_WAL_BYTES ? 1 : 0;
            }
          });
      List<String> said = list("PRAGMA integrity_check(1)", row -> row.getString(1));
      return said.equals(List.of("ok")) ? Optional.empty() : Optional.of(String.join("; ", said));
    } catch (SQLException e) {
      throw new Unreadable(e);
    } catch (Unreadable e) {
      throw wal.length() > MOST_WAL_BYTES
          ? new Unreadable(
              "the pages of "
                  + file
                  + " were not looked through: members committed so much meanwhile that "
                  + wal
                  + " has "
                  + (wal.length() >> 20)
                  + " MB; check a backup instead, or while no member runs",
              e)
          : e;
    } finally {
      clearHandler();
    }
  }

  private void clearHandler() {
    try {
      ProgressHandler.clearHandler(connection);
    } catch (SQLException e) {
      throw new Unreadable(e);
    }
  }

  /**
   * All head rows, by name, and where their logs end at the same moment, whoever commits meanwhile.
   * On SQLite reads all of the log that came since the last call.
   */
  public List<SpaceRow> spaces() {
    if (!sqlite) {
      return list(
          """
          SELECT id, name, version, root, leaf_hash, committed,
            coalesce((SELECT r.version FROM remembered r WHERE r.space = s.id), 0) AS remembered,
            coalesce((SELECT max(u.version) FROM update_log u WHERE u.space = s.id), 0) AS newest
          FROM space s ORDER BY name
          """,
          row ->
              new SpaceRow(
                  row.getLong("id"),
                  Session.head(row),
                  row.getLong("newest"),
                  row.getLong("remembered")));
    }
    List<SpaceRow> spaces;
    long last;
    execute("BEGIN"); // one view for both
    try {
      spaces =
          list(
              """
              SELECT id, name, version, root, leaf_hash, committed,
                coalesce((SELECT r.version FROM remembered r WHERE r.space = s.id), 0) AS remembered
              FROM space s ORDER BY name
              """,
              row ->
                  new SpaceRow(row.getLong("id"), Session.head(row), 0, row.getLong("remembered")));
      last =
          list("SELECT coalesce(max(rowid), 0) FROM update_log", row -> row.getLong(1)).getFirst();
    } finally {
      execute("COMMIT");
    }
    place(last);
    return spaces.stream()
        .map(space -> new SpaceRow(space.id, space.head, newest(space.id), space.remembered))
        .toList();
  }

  private void execute(String sql) {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new Unreadable(e);
    }
  }

  private long newest(long space) {
    return list(
            "SELECT coalesce(max(version), 0) FROM " + places() + " WHERE space = ?",
            row -> row.getLong(1),
            space)
        .getFirst();
  }

  private String places() {
    return sqlite ? "temp.place" : "update_log";
  }

  /** Notes where the rows up to {@code last} are that came since the last call, by ranges. */
  private void place(long last) {
    try (Statement statement = connection.createStatement();
        PreparedStatement place =
            connection.prepareStatement(
                """
                INSERT INTO temp.place SELECT space, version, rowid FROM main.update_log
                WHERE rowid > ? AND rowid <= ? ORDER BY space, version
                """)) {
      statement.execute("PRAGMA query_only=OFF");
      while (placed < last) {
        long to = Math.min(last, placed + PLACED_AT_ONCE);
        place.setLong(1, placed);
        place.setLong(2, to);
        place.executeUpdate();
        placed = to;
      }
      statement.execute("PRAGMA query_only=ON");
    } catch (SQLException e) {
      throw new Unreadable(e);
    }
  }

  /**
   * The log rows of versions above {@code since} up to {@code to}, oldest first, as of {@link
   * #spaces}: those that {@link LogReader#PAGE_BYTES} hold, the rows of one version in any case,
   * and at most {@link LogReader#PAGE}. Empty when there are none; else the next page begins after
   * the last version of this one.
   */
  public List<LogRow> log(long space, long since, long to) {
    return list(
        logQuery("l.version, l.update_id, l.leaf_hash, l.committed, l.record"),
        row ->
            new LogRow(
                row.getLong(1),
                row.getString(2),
                Hash.of(row.getBytes(3)),
                Instant.ofEpochMilli(row.getLong(4)),
                row.getBytes(5)),
        space,
        since,
        endOfPage(space, since, to),
        LogReader.PAGE);
  }

  private String logQuery(String columns) {
    return "SELECT "
        + columns
        + (sqlite
            ? " FROM temp.place p CROSS JOIN update_log l ON l.rowid = p.row"
            : " FROM update_log l")
        + (sqlite
            ? " WHERE p.space = ? AND p.version > ? AND p.version <= ? ORDER BY p.version LIMIT ?"
            : " WHERE l.space = ? AND l.version > ? AND l.version <= ? ORDER BY l.version LIMIT ?");
  }

  /** A row of the log that is not read. */
  private record Length(long version, long bytes) {}

  /** The last version of a page; asks for lengths, for which neither database reads records. */
  private long endOfPage(long space, long since, long to) {
    long bytes = 0;
    long last = since;
    for (Length row :
        list(
            logQuery("l.version, length(l.record)"),
            row -> new Length(row.getLong(1), row.getLong(2)),
            space,
            since,
            to,
            LogReader.PAGE)) {
      bytes += row.bytes;
      if (bytes > LogReader.PAGE_BYTES && last > since) {
        return last;
      }
      last = row.version;
    }
    return to;
  }

  /** The versions that have a snapshot of the present format; others are not used. */
  public List<Long> snapshots(long space) {
    return list(
        "SELECT version FROM snapshot WHERE space = ? AND format = ? ORDER BY version",
        row -> row.getLong(1),
        space,
        Snapshot.FORMAT);
  }

  /** The tombstones of those paths that have one, by path. */
  public Map<String, TombstoneRow> tombstones(long space, Collection<String> paths) {
    Map<String, TombstoneRow> found = new HashMap<>();
    List<String> asked = List.copyOf(paths);
    for (int from = 0; from < asked.size(); from += PATHS_AT_ONCE) {
      Object[] values = new Object[PATHS_AT_ONCE + 1];
      values[0] = space;
      for (int i = 0; i < PATHS_AT_ONCE; i++) {
        String path = asked.get(Math.min(from + i, asked.size() - 1));
        values[i + 1] = path.getBytes(StandardCharsets.UTF_8);
      }
      list(
              "SELECT path, time, author, version FROM tombstone WHERE space = ? AND path IN ("
                  + String.join(", ", Collections.nCopies(PATHS_AT_ONCE, "?"))
                  + ")",
              row ->
                  new TombstoneRow(
                      new String(row.getBytes(1), StandardCharsets.UTF_8),
                      new Tag(
                          Session.time(row, "time"), new Author(row.getString(3)), row.getLong(4))),
              values)
          .forEach(row -> found.put(row.path(), row));
    }
    return found;
  }

  /** How many paths have a tombstone of a version up to this one. */
  public long tombstones(long space, long upTo) {
    return list(
            "SELECT count(*) FROM tombstone WHERE space = ? AND version <= ?",
            row -> row.getLong(1),
            space,
            upTo)
        .getFirst();
  }

  /** All that the audit published, by space and version. */
  public List<AuditedHead> verified() {
    return list(
        "SELECT * FROM verified_head ORDER BY space, version",
        row ->
            new AuditedHead(
                head(row),
                Session.hash(row, "leaf_hash"),
                new ContentAddress(Session.hash(row, "snapshot")),
                row.getLong("snapshot_version"),
                Session.time(row, "committed"),
                Session.time(row, "checked"),
                row.getString("problem")));
  }

  private static Head head(ResultSet row) throws SQLException {
    return new Head(
        new SpaceName(row.getString("space")),
        row.getLong("version"),
        Session.hash(row, "state_root"),
        Session.hash(row, "log_root"));
  }

  /** All checkpoints, by number; the header as ISO 8859-1 text, a byte a character. */
  public List<CheckpointRow> checkpoints() {
    return list(
        "SELECT number, hash, header, manifest_digest, status FROM checkpoint ORDER BY number",
        row -> {
          byte[] header = row.getBytes("header");
          return new CheckpointRow(
              row.getLong("number"),
              Session.hash(row, "hash"),
              Hash.sha256(header),
              new String(header, StandardCharsets.ISO_8859_1),
              Session.hash(row, "manifest_digest"),
              Status.valueOf(row.getString("status")));
        });
  }

  /** The newest final checkpoint; empty before the first. */
  public Optional<FinalRow> newestFinal() {
    return list(
            "SELECT number, prepared FROM checkpoint WHERE status = 'FINALIZED'"
                + " ORDER BY number DESC LIMIT 1",
            row -> new FinalRow(row.getLong("number"), Session.time(row, "prepared")))
        .stream()
        .findFirst();
  }

  /** The entries of checkpoints, by number and space. */
  public List<EntryRow> entries() {
    return list("SELECT * FROM checkpoint_space ORDER BY number, space", StoreRows::entry);
  }

  /** The entries of checkpoints with numbers {@code (after, to]}, by number and space. */
  public List<EntryRow> entries(long after, long to) {
    return list(
        "SELECT * FROM checkpoint_space WHERE number > ? AND number <= ? ORDER BY number, space",
        StoreRows::entry,
        after,
        to);
  }

  private static EntryRow entry(ResultSet row) throws SQLException {
    return new EntryRow(
        row.getLong("number"),
        new Manifest.Entry(
            head(row),
            new ContentAddress(Session.hash(row, "snapshot")),
            row.getLong("snapshot_version")));
  }

  /** The first number up to {@code last} that has entries and is no checkpoint's. */
  public Optional<Long> firstWithoutHeader(long last) {
    return list(
            """
            SELECT number FROM checkpoint_space WHERE number <= ?
              AND number NOT IN (SELECT number FROM checkpoint)
            ORDER BY number LIMIT 1
            """,
            row -> row.getLong(1),
            last)
        .stream()
        .findFirst();
  }

  /** Where the trail ends, as its row says; empty when the row is gone. */
  public Optional<TrailHead> trailHead() {
    return list("SELECT * FROM trail_head WHERE id = 1", JdbcTrailStore::head).stream().findFirst();
  }

  /** The next sheets of the trail after that number: eight at most, each has up to a MiB or so. */
  public List<TrailSheet> trail(long after) {
    return list(
        "SELECT "
            + JdbcTrailStore.COLUMNS
            + " FROM audit_trail WHERE number > ? ORDER BY number LIMIT 8",
        JdbcTrailStore::sheet,
        after);
  }

  /** The number of the last entry on a sheet, and its hash; empty when there is no such sheet. */
  public Optional<TrailHead.Said> trailAt(long sheet) {
    return list(
            "SELECT first + entries - 1 AS last, hash FROM audit_trail WHERE number = ?",
            row -> new TrailHead.Said(sheet, row.getLong("last"), Session.hash(row, "hash")),
            sheet)
        .stream()
        .findFirst();
  }

  /** The first blob that is not what its key says. Reads all of them. */
  public Optional<FalseBlob> falseBlob() {
    byte[] after = new byte[0];
    while (true) {
      List<byte[][]> page =
          list(
              "SELECT digest, bytes FROM blob WHERE digest > ? ORDER BY digest LIMIT "
                  + BLOBS_AT_ONCE,
              row -> new byte[][] {row.getBytes(1), row.getBytes(2)},
              after);
      for (byte[][] blob : page) {
        Hash found = Hash.sha256(blob[1]);
        if (!found.equals(Hash.of(blob[0]))) {
          return Optional.of(new FalseBlob(Hash.of(blob[0]), found));
        }
        after = blob[0];
      }
      if (page.isEmpty()) {
        return Optional.empty();
      }
    }
  }

  private <T> List<T> list(String sql, Row<T> reader, Object... values) {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        switch (values[i]) {
          case byte[] bytes -> statement.setBytes(i + 1, bytes);
          case Number number -> statement.setLong(i + 1, number.longValue());
          default -> throw new IllegalArgumentException("no column holds a " + values[i]);
        }
      }
      List<T> list = new ArrayList<>();
      try (ResultSet rows = statement.executeQuery()) {
        while (rows.next()) {
          list.add(reader.read(rows));
        }
      }
      return list;
    } catch (SQLException e) {
      throw new Unreadable(e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new Unreadable(e);
    }
  }
}
