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
import io.mnemogrid.store.PostgresDialect.SynchronousCommit;
import io.mnemogrid.trail.TrailStore;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.jspecify.annotations.Nullable;

/**
 * The store in a PostgreSQL database, for members on several hosts. What was acknowledged is synced
 * to the primary's disk; it survives the loss of the primary only with a synchronous standby. Safe
 * for all threads, and for any number of members at the same time.
 */
public final class PostgresStore implements Store {
  private static final String SCHEME = "jdbc:postgresql:";

  private final Connections connections;

  /** For all but the log, so that no commit waits for them. */
  private final Connections others;

  private final ServerClock clock;
  private final Notifications notifications;
  private final LeftOut leftOut = new LeftOut();
  private final UpdateLog log;
  private final AuditedHeads audited;
  private final CheckpointStore checkpoints;
  private final BlobStore blobs;
  private final SettingStore settings;
  private final KeyStore keys;
  private final TrailStore trail;
  private final Lease lease;

  private PostgresStore(PostgresDialect dialect) {
    this.connections = new Connections(dialect);
    this.others = new Connections(dialect);
    this.clock = new ServerClock(dialect); // a first reading, to go on with while it is away
    this.notifications = new Notifications(dialect, others);
    this.log = new JdbcUpdateLog(connections, others, clock::now, leftOut, notifications::appended);
    this.audited = new JdbcAuditedHeads(others, leftOut);
    this.checkpoints = new JdbcCheckpointStore(others, clock::now, leftOut);
    this.blobs = new JdbcBlobStore(others);
    this.settings = new JdbcSettingStore(others);
    this.keys = new JdbcKeyStore(others);
    this.trail = new JdbcTrailStore(others);
    this.lease = new JdbcLease(others);
  }

  /**
   * Opens the store in the database that {@code url} names, which must be there, and brings its
   * schema up to date.
   *
   * @param url {@code jdbc:postgresql://host[:port][,host…]/database[?parameters]}; of several
   *     hosts the one that is primary is used
   * @param user null for the one in the URL, or the operating system's
   * @param password null for none, or the one in the URL
   * @throws LogUnavailable when the server does not answer or lets nobody in
   */
  public static PostgresStore open(String url, @Nullable String user, @Nullable String password) {
    return open(url, user, password, SynchronousCommit.ON);
  }

  /**
   * Opens a store as {@link #open(String, String, String)} does. With OFF, acknowledged updates may
   * be lost.
   */
  static PostgresStore open(
      String url,
      @Nullable String user,
      @Nullable String password,
      SynchronousCommit synchronousCommit) {
    if (!url.startsWith(SCHEME)) {
      throw new IllegalArgumentException("a PostgreSQL store is " + SCHEME + "//host/database");
    }
    PostgresDialect dialect = new PostgresDialect(url, user, password, synchronousCommit);
    try {
      migrate(dialect);
    } catch (FlywayException | SQLException e) {
      throw new LogUnavailable(
          LogUnavailable.Outcome.NOT_APPLIED,
          "the store " + dialect.place() + " cannot be opened: " + e.getMessage(),
          e);
    }
    return new PostgresStore(dialect);
  }

  private static void migrate(PostgresDialect dialect) throws SQLException {
    try (Connection connection = dialect.server().getConnection()) {
      Schema.refuseNewer(connection, Schema.POSTGRES, dialect.place());
      if (!Schema.isCurrent(connection, Schema.POSTGRES)) {
        // Flyway must compare nothing: the description of the first migration is a message to older
        // versions.
        Flyway.configure()
            .dataSource(dialect.patientServer())
            .locations("classpath:db/migration/postgresql")
            .validateOnMigrate(false)
            .load()
            .migrate();
        Schema.mark(connection, Schema.POSTGRES);
      }
      PostgresDialect.numberAnew(connection);
    }
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
    return connections.write(connections.dialect()::safeguards);
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
    return Optional.empty();
  }

  /** By PostgreSQL's LISTEN, on a thread and a connection of its own from then on. */
  @Override
  public void listen(Supplier<String> self, Predicate<String> isKnown, Runnable news) {
    notifications.listen(self, isKnown, news);
  }

  Connections connections() {
    return connections;
  }

  /** How far the store's clock may be wrong. */
  Duration clockError() {
    return clock.error();
  }

  @Override
  public void close() {
    notifications.close();
    clock.close();
    others.close();
    connections.close();
  }
}
