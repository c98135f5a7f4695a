package io.mnemogrid.store;

import io.mnemogrid.checkpoint.CheckpointStore;
import io.mnemogrid.checkpoint.Lease;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.UpdateLog;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;

/**
 * The store in one SQLite file. Several processes of one host may have the file open at the same
 * time; it must lie on a local disk. Safe for all threads.
 */
public final class SqliteStore implements Store {
  // A file lock is held by the whole process, so threads need one of their own.
  private static final ReentrantLock MIGRATING = new ReentrantLock();

  private final Connections connections;
  private final UpdateLog log;
  private final CheckpointStore checkpoints;
  private final Lease lease;

  private SqliteStore(Connections connections) {
    this.connections = connections;
    this.log = new JdbcUpdateLog(connections);
    this.checkpoints = new JdbcCheckpointStore(connections);
    this.lease = new JdbcLease(connections);
  }

  /**
   * Opens the store in {@code file}, which is created with its folder when it is missing, and
   * brings its schema up to date. A file {@code <file>.lock} next to it keeps two openers apart
   * meanwhile.
   *
   * @throws LogUnavailable when the file cannot be opened or is no store
   */
  public static SqliteStore open(Path file) {
    return open(file, SqliteDialect.Synchronous.FULL);
  }

  /** As {@link #open(Path)}; with OFF what was acknowledged may be lost. */
  static SqliteStore open(Path file, SqliteDialect.Synchronous synchronous) {
    SqliteDialect dialect = new SqliteDialect(file.toAbsolutePath(), synchronous);
    try {
      migrate(dialect);
    } catch (IOException | SQLException | FlywayException e) {
      throw new LogUnavailable(
          LogUnavailable.Outcome.NOT_APPLIED,
          "the store " + dialect.file() + " cannot be opened: " + e.getMessage(),
          e);
    }
    return new SqliteStore(new Connections(dialect));
  }

  private static void migrate(SqliteDialect dialect) throws IOException, SQLException {
    Path parent = dialect.file().getParent();
    if (parent != null) {
      Files.createDirectories(parent);
    }
    Path lockFile = dialect.file().resolveSibling(dialect.file().getFileName() + ".lock");
    MIGRATING.lock();
    try (FileChannel channel =
            FileChannel.open(lockFile, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock _ = channel.lock();
        Connection open = dialect.openWriter()) { // turns WAL on, and keeps it open for Flyway
      if (!Schema.isCurrent(open, Schema.SQLITE)) {
        Flyway.configure()
            .dataSource(dialect.url(), "", "")
            .locations("classpath:db/migration/sqlite")
            .load()
            .migrate();
      }
    } finally {
      MIGRATING.unlock();
    }
  }

  @Override
  public UpdateLog log() {
    return log;
  }

  @Override
  public CheckpointStore checkpoints() {
    return checkpoints;
  }

  @Override
  public Lease lease() {
    return lease;
  }

  @Override
  public List<Safeguard> safeguards() {
    return connections.write(connections.dialect()::safeguards);
  }

  Connections connections() {
    return connections;
  }

  @Override
  public void close() {
    connections.close();
  }
}
