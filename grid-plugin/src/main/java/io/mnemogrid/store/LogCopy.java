package io.mnemogrid.store;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings the rows of a log of schema 1 to 3 into the table of schema 4, where each says which row
 * has the version before it.
 *
 * <p>The old table is set aside under another name, so that nobody appends to it meanwhile, and its
 * rows are copied in transactions of {@link #BATCH_BYTES}. The new table itself shows what was
 * copied, so a copy that was interrupted, also by kill -9, goes on behind its last row. When all
 * rows are in the new table, one transaction notes the last row of each space, without which
 * nothing can be read, and drops the old table. After each batch the WAL is emptied. For one
 * process at a time.
 */
final class LogCopy {
  private static final Logger LOG = LoggerFactory.getLogger(LogCopy.class);

  /** The old table, while it is copied. */
  static final String OLD = "log_before_4";

  private static final long BATCH_BYTES = 16 << 20;
  private static final int BATCH_ROWS = 10_000;
  private static final long WAL_ROOM_BYTES = 256L << 20;

  /**
   * How fast the copy is, for a first estimate: records and indexes together, on two busy cores.
   * The progress shows the real speed.
   */
  private static final long BYTES_A_SECOND = 6 << 20;

  private static final long SAY_NANOS = 5_000_000_000L;

  private static final String COPY =
      """
      INSERT INTO update_log
        SELECT rowid, (SELECT rowid FROM log_before_4 AS last
                       WHERE last.space = row.space AND last.version = row.version - 1),
          space, version, update_id, leaf_hash, committed, record
        FROM log_before_4 AS row WHERE rowid > ? AND rowid <= ? ORDER BY rowid
      """;
  private static final String LAST_ROWS =
      """
      UPDATE space SET last_row =
        (SELECT rowid FROM log_before_4 WHERE space = space.id ORDER BY version DESC LIMIT 1)
      """;

  // The table of schema 1 has no rows that are numbered: they are numbered by space and version.
  private static final String LENGTHS_1 =
      """
      SELECT version, length(record), space FROM log_before_4
      WHERE (space, version) > (?, ?) ORDER BY space, version LIMIT ?
      """;
  private static final String COPY_1 =
      """
      INSERT INTO update_log
        SELECT ?1 + row_number() OVER (ORDER BY space, version), NULL,
          space, version, update_id, leaf_hash, committed, record
        FROM log_before_4 AS row
        WHERE (space, version) > (?2, ?3) AND (space, version) <= (?4, ?5) ORDER BY space, version
      """;
  private static final String LINK_1 =
      """
      UPDATE update_log SET before = id - 1 WHERE id > ? AND EXISTS
        (SELECT 1 FROM update_log AS last WHERE last.id = update_log.id - 1
          AND last.space = update_log.space AND last.version = update_log.version - 1)
      """;
  private static final String LAST_ROWS_1 =
      """
      UPDATE space SET last_row =
        (SELECT id FROM (SELECT id, space, max(version) FROM update_log GROUP BY space) AS last
         WHERE last.space = space.id)
      """;

  private final Connection connection;
  private final Path file;
  private final File wal;
  private final long batchBytes;

  /** A copy in the database that {@code connection} is open on, in auto-commit. */
  LogCopy(Connection connection, Path file) {
    this(connection, file, BATCH_BYTES);
  }

  /** A copy in transactions of about {@code batchBytes}. */
  LogCopy(Connection connection, Path file, long batchBytes) {
    this.connection = connection;
    this.file = file;
    this.wal = new File(file + "-wal");
    this.batchBytes = batchBytes;
  }

  /** Whether there are rows of a schema before 4, set aside or not yet. */
  boolean isNeeded() throws SQLException {
    if (number("SELECT count(*) FROM pragma_table_info('" + OLD + "')") > 0) {
      return true;
    }
    return number("SELECT count(*) FROM pragma_table_info('update_log')") > 0
        && !isNewTable()
        && number("SELECT EXISTS (SELECT 1 FROM update_log)") == 1;
  }

  private boolean isNewTable() throws SQLException {
    return number("SELECT count(*) FROM pragma_table_info('update_log') WHERE name = 'before'")
        == 1;
  }

  /**
   * Gives the old table another name, unless it has it already, and puts an empty one of the same
   * shape in its place.
   *
   * @throws IllegalStateException when the disk has no room for the copy
   */
  void setAside() throws SQLException, IOException {
    if (number("SELECT count(*) FROM pragma_table_info('" + OLD + "')") > 0) {
      return;
    }
    long bytes = used();
    long free = number("PRAGMA freelist_count") * number("PRAGMA page_size");
    refuseWithoutRoom(Math.max(0, bytes - free) + WAL_ROOM_BYTES, 0);
    LOG.warn(
        "{} is brought to schema 4: {} MB are copied, which takes about {} s; it may be"
            + " interrupted and goes on at the next start",
        file,
        bytes >> 20,
        bytes / BYTES_A_SECOND + 1);
    String shape;
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT sql FROM sqlite_schema WHERE name = 'update_log'")) {
      shape = row.getString(1);
    }
    inTransaction(() -> {
      execute("ALTER TABLE update_log RENAME TO " + OLD);
      execute(shape);
    });
  }

  private long used() throws SQLException {
    return (number("PRAGMA page_count") - number("PRAGMA freelist_count"))
        * number("PRAGMA page_size");
  }

  private void refuseWithoutRoom(long needed, long copied) throws IOException {
    long room = Files.getFileStore(file).getUsableSpace();
    if (room < needed) {
      throw new IllegalStateException(
          "the store %s has to be copied to a new schema, which needs %d MB of room on its disk, and"
                  .formatted(file, needed >> 20)
              + " there are %d MB%s: make room, or move its folder to a larger disk, and start again"
                  .formatted(
                      room >> 20, copied == 0 ? "" : " (" + copied + " rows are copied already)"));
    }
  }

  /** Copies what is not copied yet into the table of schema 4, and drops the old one. */
  void run() throws SQLException, IOException {
    execute("PRAGMA foreign_keys=OFF");
    boolean numbered = isNumbered(connection, OLD);
    long total = number(numbered ? "SELECT max(rowid) FROM " + OLD : "SELECT count(*) FROM " + OLD);
    long at = number("SELECT coalesce(max(id), 0) FROM update_log");
    if (at > 0) {
      LOG.warn("{} is brought to schema 4: goes on behind row {} of {}", file, at, total);
      long old = (long) (used() / (1.0 + (double) at / total));
      refuseWithoutRoom(
          Math.max(0, (long) (old * (1.0 - (double) at / total))) + WAL_ROOM_BYTES, at);
    }
    long began = System.nanoTime();
    long said = began;
    long first = at;
    while (true) {
      long next = numbered ? copy(at) : copyUnnumbered(at);
      if (next == at) {
        break;
      }
      at = next;
      emptyWal();
      long now = System.nanoTime();
      if (now - said > SAY_NANOS) {
        said = now;
        double rate = (at - first) / ((now - began) / 1e9);
        LOG.info(
            "schema 4: {} of {} rows ({} %), {} a second, about {} s left",
            at, total, at * 100 / total, (long) rate, (long) ((total - at) / rate));
      }
    }
    finish(numbered);
  }

  private long copy(long at) throws SQLException {
    long last = endOfBatch(connection, OLD, "record", at, batchBytes);
    if (last > at) {
      inTransaction(() -> update(COPY, at, last));
    }
    return last;
  }

  /**
   * The last row of a batch: of the rows behind {@code at} that have about {@code batchBytes}
   * together.
   */
  static long endOfBatch(
      Connection connection, String table, String column, long at, long batchBytes)
      throws SQLException {
    try (PreparedStatement lengths =
        connection.prepareStatement(
            "SELECT rowid, length(%s) FROM main.%s WHERE rowid > ? ORDER BY rowid LIMIT ?"
                .formatted(column, table))) {
      lengths.setLong(1, at);
      lengths.setLong(2, BATCH_ROWS);
      long last = at;
      long bytes = 0;
      try (ResultSet rows = lengths.executeQuery()) {
        while (bytes < batchBytes && rows.next()) {
          last = rows.getLong(1);
          bytes += rows.getLong(2);
        }
      }
      return last;
    }
  }

  /** Whether the table's rows have numbers, in the order in which they were appended. */
  static boolean isNumbered(Connection connection, String table) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT count(*) FROM pragma_table_list"
                + " WHERE schema = 'main' AND name = ? AND wr = 0")) {
      statement.setString(1, table);
      try (ResultSet row = statement.executeQuery()) {
        return row.getLong(1) == 1;
      }
    }
  }

  private long copyUnnumbered(long at) throws SQLException {
    long[] from = {0, 0};
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT space, version FROM update_log ORDER BY id DESC LIMIT 1")) {
      if (row.next()) {
        from = new long[] {row.getLong(1), row.getLong(2)};
      }
    }
    long[] after = from;
    long[] to = from;
    long count = 0;
    try (PreparedStatement lengths = connection.prepareStatement(LENGTHS_1)) {
      lengths.setLong(1, from[0]);
      lengths.setLong(2, from[1]);
      lengths.setLong(3, BATCH_ROWS);
      long bytes = 0;
      try (ResultSet rows = lengths.executeQuery()) {
        while (bytes < batchBytes && rows.next()) {
          to = new long[] {rows.getLong(3), rows.getLong(1)};
          bytes += rows.getLong(2);
          count++;
        }
      }
    }
    if (count > 0) {
      long[] until = to;
      inTransaction(() -> {
        update(COPY_1, at, after[0], after[1], until[0], until[1]);
        update(LINK_1, at);
      });
    }
    return at + count;
  }

  private void finish(boolean numbered) throws SQLException {
    long old = number("SELECT count(*) FROM " + OLD);
    long copied = number("SELECT count(*) FROM update_log");
    if (old != copied) {
      throw new IllegalStateException(
          "the store %s is not brought to schema 4: of %d rows %d were copied; nothing was dropped"
              .formatted(file, old, copied));
    }
    LOG.info("schema 4: all {} rows are copied; the old table is dropped", copied);
    inTransaction(() -> {
      update(numbered ? LAST_ROWS : LAST_ROWS_1);
      execute("DROP TABLE " + OLD);
    });
    emptyWal();
    LOG.warn(
        "{} is at schema 4; {} MB in it are free and will be filled by new rows; ./mnemogrid"
            + " compact gives them back to the disk",
        file,
        number("PRAGMA freelist_count") * number("PRAGMA page_size") >> 20);
  }

  private void emptyWal() throws SQLException {
    execute("PRAGMA wal_checkpoint(TRUNCATE)");
    if (wal.length() > WAL_ROOM_BYTES) {
      throw new IllegalStateException(
          "the store %s is not brought to schema 4: another process reads it, and %s has grown to"
                  .formatted(file, wal)
              + " %d MB; end it and start again, what was copied stays"
                  .formatted(wal.length() >> 20));
    }
  }

  private interface Statements {
    void run() throws SQLException;
  }

  private void inTransaction(Statements statements) throws SQLException {
    execute("BEGIN IMMEDIATE");
    boolean done = false;
    try {
      statements.run();
      execute("COMMIT");
      done = true;
    } finally {
      if (!done) {
        execute("ROLLBACK");
      }
    }
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  private void update(String sql, long... values) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        statement.setLong(i + 1, values[i]);
      }
      statement.executeUpdate();
    }
  }

  private long number(String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getLong(1) : 0;
    }
  }
}
