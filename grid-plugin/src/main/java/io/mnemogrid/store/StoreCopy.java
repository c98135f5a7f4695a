package io.mnemogrid.store;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * A whole copy of a SQLite store, as of one moment, while members go on committing.
 *
 * <p>Rows of the log never change and blobs are named by their bytes. So both are copied ahead, in
 * short reads that let the WAL be emptied in between. What came meanwhile, and all else, is read in
 * one transaction at the end, and that is the moment of the copy. SQLite's own ways do not suit:
 * VACUUM INTO holds one read for the whole file, and its backup begins again whenever somebody
 * commits.
 */
public final class StoreCopy {
  private static final long BATCH_BYTES = 16 << 20;
  private static final String LOG = "update_log";
  private static final String BLOBS = "blob";

  private StoreCopy() {}

  /**
   * Writes the copy, which only its owner may read. Synced when it returns; one that was
   * interrupted leaves {@code <copy>.part}, which the next one replaces.
   *
   * @throws FileAlreadyExistsException when the copy is there
   * @throws NoSuchFileException when its folder is not
   */
  public static void write(Path store, Path copy) throws IOException {
    if (Files.exists(copy)) {
      throw new FileAlreadyExistsException(copy.toString());
    }
    Path folder = copy.toAbsolutePath().getParent();
    if (folder != null && !Files.isDirectory(folder)) {
      throw new NoSuchFileException(folder.toString());
    }
    Path part = copy.resolveSibling(copy.getFileName() + ".part");
    Files.deleteIfExists(part);
    Private.file(part);
    try {
      copyRows(store, part);
    } catch (SQLException e) {
      Files.deleteIfExists(part);
      throw new StoreRows.Unreadable(
          "the store " + store + " could not be copied to " + copy + ": " + e.getMessage(), e);
    }
    try (FileChannel file = FileChannel.open(part, StandardOpenOption.WRITE)) {
      file.force(true);
    }
    Files.move(part, copy, StandardCopyOption.ATOMIC_MOVE);
    if (folder != null) {
      try (FileChannel names = FileChannel.open(folder, StandardOpenOption.READ)) {
        names.force(true);
      }
    }
  }

  /** What makes a table, an index or a trigger. */
  private record Maker(String type, String name, String sql) {}

  private static void copyRows(Path store, Path part) throws SQLException {
    List<Maker> makers;
    try (Connection from = DriverManager.getConnection(SqliteDialect.readerUrl(store))) {
      makers = makers(from);
    }
    make(part, makers, List.of("table"));
    try (Connection connection = DriverManager.getConnection(SqliteDialect.readerUrl(store));
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA busy_timeout=5000");
      try (PreparedStatement attach = connection.prepareStatement("ATTACH ? AS copy")) {
        attach.setString(1, part.toAbsolutePath().toString());
        attach.execute();
      }
      statement.execute("PRAGMA copy.journal_mode=OFF");
      statement.execute("PRAGMA copy.synchronous=OFF");
      boolean numbered = LogCopy.isNumbered(connection, LOG);
      long at = numbered ? ahead(connection, LOG, "record") : 0;
      ahead(connection, BLOBS, "bytes");
      statement.execute("BEGIN");
      for (Maker table : makers) {
        if (table.type.equals("table")) {
          statement.execute(rest(table.name, numbered, at));
        }
      }
      statement.execute("DELETE FROM copy.blob WHERE digest NOT IN (SELECT digest FROM main.blob)");
      statement.execute("COMMIT");
    }
    make(part, makers, List.of("index", "trigger"));
  }

  /** What a table has in the moment of the copy beside what was copied ahead. */
  private static String rest(String table, boolean numbered, long at) {
    String all = "INSERT INTO copy.%1$s SELECT * FROM main.%1$s".formatted(table);
    return switch (table) {
      case LOG -> numbered ? all + " WHERE rowid > " + at : all;
      case BLOBS -> all + " WHERE digest NOT IN (SELECT digest FROM copy.blob)";
      default -> all;
    };
  }

  /** Copies the rows that are there now, a batch at a time; answers the last one's number. */
  private static long ahead(Connection connection, String table, String bytes) throws SQLException {
    long last;
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("SELECT max(rowid) FROM main." + table)) {
      last = row.getLong(1);
    }
    long at = 0;
    while (at < last) {
      long to = LogCopy.endOfBatch(connection, table, bytes, at, BATCH_BYTES);
      try (PreparedStatement insert =
          connection.prepareStatement(
              "INSERT INTO copy.%1$s SELECT * FROM main.%1$s WHERE rowid > ? AND rowid <= ?"
                  .formatted(table))) {
        insert.setLong(1, at);
        insert.setLong(2, to);
        insert.executeUpdate();
      }
      if (to == at) {
        break; // the rows behind were deleted meanwhile
      }
      at = to;
    }
    return at;
  }

  private static List<Maker> makers(Connection connection) throws SQLException {
    List<Maker> makers = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT type, name, sql FROM sqlite_schema"
                    + " WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")) {
      while (row.next()) {
        makers.add(new Maker(row.getString(1), row.getString(2), row.getString(3)));
      }
    }
    return makers;
  }

  private static void make(Path part, List<Maker> makers, List<String> types) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + part.toAbsolutePath());
        Statement statement = connection.createStatement()) {
      statement.execute("PRAGMA journal_mode=OFF");
      statement.execute("PRAGMA synchronous=OFF");
      for (Maker maker : makers) {
        if (types.contains(maker.type)) {
          statement.execute(maker.sql);
        }
      }
    }
  }
}
