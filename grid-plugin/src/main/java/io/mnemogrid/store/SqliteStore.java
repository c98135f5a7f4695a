package io.mnemogrid.store;

import io.mnemogrid.checkpoint.AuditedHeads;
import io.mnemogrid.checkpoint.BlobStore;
import io.mnemogrid.checkpoint.CheckpointStore;
import io.mnemogrid.checkpoint.Lease;
import io.mnemogrid.checkpoint.SettingStore;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.StoreSize;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.policy.KeyStore;
import io.mnemogrid.trail.TrailStore;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.configuration.FluentConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store in one SQLite file. Several processes of one host may have the file open at the same
 * time; it must lie on a local disk. Safe for all threads.
 */
public final class SqliteStore implements Store {
  private static final Logger LOG = LoggerFactory.getLogger(SqliteStore.class);

  // A file lock is held by the whole process, so threads need one of their own.
  private static final ReentrantLock MIGRATING = new ReentrantLock();

  private final boolean readOnly;
  private final SqliteDialect dialect;
  private final Connections connections;

  /** For all but the log, so that no append shares a transaction with large writes. */
  private final Connections others;

  private final LeftOut leftOut = new LeftOut();
  private final UpdateLog log;
  private final AuditedHeads audited;
  private final CheckpointStore checkpoints;
  private final BlobStore blobs;
  private final SettingStore settings;
  private final KeyStore keys;
  private final TrailStore trail;
  private final Lease lease;

  private SqliteStore(SqliteDialect dialect, SqliteDialect other, boolean readOnly) {
    this.readOnly = readOnly;
    ReentrantLock writing = new ReentrantLock(true); // a fair turn, where SQLite would only poll
    this.dialect = dialect;
    this.connections = new Connections(dialect, writing);
    this.others = new Connections(other, writing);
    this.log = new JdbcUpdateLog(connections, others, dialect::now, leftOut, () -> {});
    this.audited = new JdbcAuditedHeads(others, leftOut);
    this.checkpoints = new JdbcCheckpointStore(others, dialect::now, leftOut);
    this.blobs = new JdbcBlobStore(others);
    this.settings = new JdbcSettingStore(others);
    this.keys = new JdbcKeyStore(others);
    this.trail = new JdbcTrailStore(others);
    this.lease = new JdbcLease(others);
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

  /** Opens a store as {@link #open(Path)} does. With OFF, acknowledged updates may be lost. */
  static SqliteStore open(Path file, SqliteDialect.Synchronous synchronous) {
    return open(file, synchronous, SqliteDialect.WAL_CHECKPOINT_PAGES);
  }

  /** Opens a store as {@link #open(Path)} does, with another bound of the WAL. */
  static SqliteStore open(Path file, SqliteDialect.Synchronous synchronous, int walPages) {
    SqliteDialect dialect = new SqliteDialect(file.toAbsolutePath(), synchronous, walPages);
    try {
      migrate(dialect);
    } catch (IOException | SQLException | FlywayException e) {
      throw new LogUnavailable(
          LogUnavailable.Outcome.NOT_APPLIED,
          "the store " + dialect.file() + " cannot be opened: " + e.getMessage(),
          e);
    }
    return new SqliteStore(
        dialect, new SqliteDialect(dialect.file(), synchronous, walPages), false);
  }

  /**
   * Opens an existing store to look at it. If this user may write, this is {@link #open(Path)};
   * else the store is opened as it is, and all writes are refused.
   *
   * @throws IllegalStateException when its schema is not this version's and it may not be written
   */
  public static SqliteStore openToRead(Path file) {
    if (SqliteDialect.isWritable(file)) {
      return open(file);
    }
    SqliteDialect dialect =
        new SqliteDialect(file.toAbsolutePath(), SqliteDialect.Synchronous.FULL);
    try (Connection reader = dialect.openReader()) {
      Schema.refuseNewer(reader, Schema.SQLITE, dialect.place());
      if (!Schema.isCurrent(reader, Schema.SQLITE)) {
        throw new IllegalStateException(
            "the store %s has schema %d and this user may not write it: start a member on it, which"
                    .formatted(file, Schema.version(reader))
                + " brings it to schema "
                + Schema.SQLITE
                + ", or look at a copy of it");
      }
    } catch (SQLException e) {
      throw new LogUnavailable(
          LogUnavailable.Outcome.NOT_APPLIED,
          "the store %s cannot be opened to read: %s; where members run on it, its folder must be"
                  .formatted(dialect.file(), e.getMessage())
              + " writable too, or look at a backup",
          e);
    }
    return new SqliteStore(
        dialect, new SqliteDialect(dialect.file(), SqliteDialect.Synchronous.FULL), true);
  }

  /**
   * Gives free pages back to the disk. No member may have the file open. Needs twice the bytes that
   * are used as room on the disk, and takes about as long as copying them twice.
   *
   * @return how many bytes the file has less
   * @throws IllegalStateException when somebody has it open, or there is no room
   */
  public static long compact(Path file) throws IOException {
    Path lockFile = file.resolveSibling(file.getFileName() + ".lock");
    try (FileChannel channel = Private.open(lockFile);
        FileLock lock = channel.tryLock();
        Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + file.toAbsolutePath());
        Session session = new Session(connection)) {
      if (lock == null) {
        throw new IllegalStateException(inUse(file));
      }
      Schema.refuseNewer(connection, Schema.SQLITE, file.toString());
      long page = session.first("PRAGMA page_size", row -> row.getLong(1)).orElseThrow();
      long used =
          page
              * (session.first("PRAGMA page_count", row -> row.getLong(1)).orElseThrow()
                  - session.first("PRAGMA freelist_count", row -> row.getLong(1)).orElseThrow());
      long room = Files.getFileStore(file).getUsableSpace();
      if (room < 2 * used) {
        throw new IllegalStateException(
            "compacting %s needs %d MB of room on its disk, and there are %d MB: make room"
                .formatted(file, 2 * used >> 20, room >> 20));
      }
      long before = Files.size(file);
      session.once("PRAGMA busy_timeout=0");
      try {
        session.once("PRAGMA journal_mode=DELETE"); // only who is alone may leave WAL
      } catch (SQLException e) {
        throw new IllegalStateException(inUse(file), e);
      }
      session.once("VACUUM");
      session.once("PRAGMA journal_mode=WAL");
      return before - Files.size(file);
    } catch (SQLException e) {
      throw new LogUnavailable(
          LogUnavailable.Outcome.NOT_APPLIED,
          "the store " + file + " could not be compacted: " + e.getMessage(),
          e);
    }
  }

  private static String inUse(Path file) {
    return "a member or another program has " + file + " open: stop it first";
  }

  private static void migrate(SqliteDialect dialect) throws IOException, SQLException {
    Path parent = dialect.file().getParent();
    if (parent != null) {
      Private.folder(parent);
    }
    Private.file(dialect.file()); // SQLite gives what it keeps beside the same rights
    Path lockFile = dialect.file().resolveSibling(dialect.file().getFileName() + ".lock");
    MIGRATING.lock();
    try (FileChannel channel = Private.open(lockFile);
        FileLock _ = lock(channel, dialect.file());
        Connection open = dialect.openWriter()) { // turns WAL on, and keeps it open for Flyway
      Schema.refuseNewer(open, Schema.SQLITE, dialect.place());
      LogCopy copy = new LogCopy(open, dialect.file());
      if (copy.isNeeded()) {
        copy.setAside();
        flyway(dialect).target("4").load().migrate();
        copy.run();
      }
      if (!Schema.isCurrent(open, Schema.SQLITE)) {
        flyway(dialect).load().migrate();
        Schema.mark(open, Schema.SQLITE);
      }
    } finally {
      MIGRATING.unlock();
    }
    List<String> wider = Private.wider(dialect.files());
    if (!wider.isEmpty()) {
      LOG.warn(
          "others may read what agents remember: {}; chmod -R go= {}",
          String.join(", ", wider),
          parent);
    }
  }

  private static FileLock lock(FileChannel channel, Path file) throws IOException {
    FileLock free = channel.tryLock();
    if (free != null) {
      return free;
    }
    LOG.info("waiting for another process that brings {} up to date; its log says how far", file);
    return channel.lock();
  }

  // Flyway must compare nothing: the description of the first migration is a message to older
  // versions.
  private static FluentConfiguration flyway(SqliteDialect dialect) {
    return Flyway.configure()
        .dataSource(dialect.url(), "", "")
        .locations("classpath:db/migration/sqlite")
        .validateOnMigrate(false);
  }

  @Override
  public UpdateLog log() {
    return log;
  }

  @Override
  public AuditedHeads audited() {
    return audited;
  }

  @Override
  public CheckpointStore checkpoints() {
    return checkpoints;
  }

  @Override
  public BlobStore blobs() {
    return blobs;
  }

  @Override
  public SettingStore settings() {
    return settings;
  }

  @Override
  public KeyStore keys() {
    return keys;
  }

  @Override
  public TrailStore trail() {
    return trail;
  }

  @Override
  public Lease lease() {
    return lease;
  }

  @Override
  public List<Safeguard> safeguards() {
    return readOnly
        ? connections.read(dialect::readOnlySafeguards)
        : connections.write(dialect::safeguards);
  }

  @Override
  public Optional<String> trouble() {
    return connections.trouble();
  }

  @Override
  public List<String> leftOut() {
    return leftOut.all();
  }

  @Override
  public Optional<StoreSize> size() {
    long free =
        connections.read(session ->
            session.first("PRAGMA freelist_count", row -> row.getLong(1)).orElse(0L)
                * session.first("PRAGMA page_size", row -> row.getLong(1)).orElse(0L));
    return Optional.of(
        new StoreSize(
            dialect.file().toFile().length(), dialect.walBytes(), free, dialect.diskRoom()));
  }

  Connections connections() {
    return connections;
  }

  /** Never: SQLite tells nobody, and who polls it soon finds what is new. */
  @Override
  public void listen(Supplier<String> self, Predicate<String> isKnown, Runnable news) {}

  @Override
  public void close() {
    others.close();
    connections.close();
  }
}
