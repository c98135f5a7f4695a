package io.mnemogrid.store;

import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable.Trouble;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.SpaceName;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.postgresql.ds.PGSimpleDataSource;
import org.postgresql.util.PSQLException;

/**
 * PostgreSQL 14 or newer, at its primary only. Any number of members may commit at once: an append
 * waits on the head rows of its spaces.
 *
 * <p>The waits are bounded on both sides. A member that stops inside its transaction is thrown out
 * by the server after {@link #IDLE_TIMEOUT}, so nobody waits longer for its rows; a server that
 * says nothing for {@link #SILENCE} is given up, and what was at COMMIT is then unknown.
 */
final class PostgresDialect implements Dialect {
  /** The setting {@code synchronous_commit}; OFF is the known-bad twin of tests. */
  enum SynchronousCommit {
    ON,
    OFF
  }

  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(3);
  static final Duration SILENCE = Duration.ofSeconds(10);
  private static final Duration LOCK_TIMEOUT = Duration.ofMillis(1500);
  private static final Duration IDLE_TIMEOUT = Duration.ofSeconds(2);
  private static final String DISK_FULL = "53100";

  /**
   * Classes of SQLSTATE: data exception, integrity constraint violation, external routine
   * (invocation) exception, WITH CHECK OPTION violation, the standard's for an exception of the
   * user's own, program limit exceeded, PL/pgSQL error.
   */
  private static final List<String> REFUSALS =
      List.of("22", "23", "38", "39", "44", "45", "54", "P0");

  /**
   * Numbers are those of transactions, which end in another order. All before {@code next} have
   * ended in the snapshot of the statement. The era is the server's cluster, the database and the
   * timeline: a standby that takes over, or a cluster that is restored to an earlier time, may give
   * numbers again that were given before, and has another timeline.
   */
  private static final String AT =
      """
      SELECT (hashtext(concat_ws(':',
          (SELECT system_identifier FROM pg_control_system()),
          (SELECT oid FROM pg_database WHERE datname = current_database()),
          left(pg_walfile_name(pg_current_wal_lsn()), 8))) & 32767)::bigint AS era,
        pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS next,
        pg_snapshot_xmax(pg_current_snapshot())::text::bigint AS known
      """;

  /** Which tables have numbers of transactions. */
  private static final List<String> NUMBERED = List.of("space", "verified_head");

  private final PGSimpleDataSource server;
  private final PGSimpleDataSource patientServer;
  private final SynchronousCommit synchronousCommit;

  PostgresDialect(
      String url,
      @Nullable String user,
      @Nullable String password,
      SynchronousCommit synchronousCommit) {
    this.server = server(url, user, password, SILENCE);
    this.patientServer = server(url, user, password, Duration.ZERO);
    this.synchronousCommit = synchronousCommit;
  }

  private static PGSimpleDataSource server(
      String url, @Nullable String user, @Nullable String password, Duration silence) {
    PGSimpleDataSource server = new PGSimpleDataSource();
    server.setUrl(url);
    if (user != null) {
      server.setUser(user);
    }
    if (password != null) {
      server.setPassword(password);
    }
    // After the URL, which may not say otherwise: what is read and written is the primary's.
    server.setTargetServerType("primary");
    server.setHostRecheckSeconds(1);
    server.setConnectTimeout((int) CONNECT_TIMEOUT.toSeconds());
    server.setLoginTimeout((int) CONNECT_TIMEOUT.toSeconds());
    server.setSocketTimeout((int) silence.toSeconds());
    server.setTcpKeepAlive(true);
    server.setApplicationName("mnemogrid");
    // The driver would answer for rows that it folded into one statement without counting them.
    server.setReWriteBatchedInserts(false);
    return server;
  }

  /** Host and database, without what else a URL may hold. */
  @Override
  public String place() {
    return String.join(",", server.getServerNames()) + "/" + server.getDatabaseName();
  }

  PGSimpleDataSource server() {
    return server;
  }

  /**
   * The server for statements that may take hours, such as those of a migration: it may be silent
   * for any time.
   */
  PGSimpleDataSource patientServer() {
    return patientServer;
  }

  @Override
  public Connection openWriter() throws SQLException {
    // remote_apply, when the server wants it, is stronger than on and stays
    String commit =
        switch (synchronousCommit) {
          case ON ->
              "SELECT set_config('synchronous_commit', 'on', false)"
                  + " WHERE current_setting('synchronous_commit') <> 'remote_apply'";
          case OFF -> "SET synchronous_commit = off";
        };
    return open(
        List.of(
            commit,
            "SET lock_timeout = " + LOCK_TIMEOUT.toMillis(),
            "SET idle_in_transaction_session_timeout = " + IDLE_TIMEOUT.toMillis()));
  }

  @Override
  public Connection openReader() throws SQLException {
    return open(List.of("SET default_transaction_read_only = on"));
  }

  private Connection open(List<String> settings) throws SQLException {
    Connection connection = server.getConnection();
    try (Statement statement = connection.createStatement()) {
      for (String setting : settings) {
        statement.execute(setting);
      }
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  /** No: an append locks head rows, and a lease waits for its own. */
  @Override
  public boolean sharesTransactions() {
    return false;
  }

  /** Nothing is remembered. */
  @Override
  public void forget() {}

  /** What is read after a lock was got must be newer than the lock, so READ COMMITTED. */
  @Override
  public String begin() {
    return "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";
  }

  /**
   * Locks in the order of names, so that two transactions never wait for each other. Reads in a
   * second statement: when the first one had to wait, it sees the new head row, but the old rows of
   * all other tables.
   */
  @Override
  public List<HeadRow> lockHeads(Session session, Collection<SpaceName> spaces)
      throws SQLException {
    Object names = spaces.stream().map(SpaceName::text).toArray(String[]::new);
    session.list(
        "SELECT id FROM space WHERE name = ANY (?) ORDER BY name FOR NO KEY UPDATE",
        row -> row.getLong(1),
        names);
    return session.list(
        """
        SELECT id, name, version, root, leaf_hash, committed,
          (SELECT coalesce(max(version), 0) FROM update_log WHERE space = space.id) AS newest,
          (SELECT value FROM setting WHERE name = 'schema') AS schema
        FROM space WHERE name = ANY (?)
        """,
        row -> {
          Schema.refuseNewer(row.getString("schema"), Schema.POSTGRES);
          return HeadRow.read(row);
        },
        names);
  }

  @Override
  public Map<Long, Integer> insert(Session session, List<LogRow> rows) throws SQLException {
    Map<Long, Integer> inserted = new HashMap<>();
    int from = 0;
    long bytes = 0;
    for (int to = 1; to <= rows.size(); to++) {
      bytes += rows.get(to - 1).update().sizeBytes();
      if (bytes >= INSERTED_AT_ONCE_BYTES || to == rows.size()) {
        insert(session, rows.subList(from, to), inserted);
        from = to;
        bytes = 0;
      }
    }
    return inserted;
  }

  private static void insert(Session session, List<LogRow> rows, Map<Long, Integer> inserted)
      throws SQLException {
    List<Update> updates = rows.stream().map(LogRow::update).toList();
    session.list(
        """
        WITH inserted AS (
          INSERT INTO update_log (space, version, update_id, leaf_hash, committed, record)
          SELECT * FROM unnest(?, ?, ?, ?, ?, ?)
          ON CONFLICT (space, update_id) DO NOTHING RETURNING space)
        SELECT space, count(*) FROM inserted GROUP BY space
        """,
        row -> inserted.merge(row.getLong(1), row.getInt(2), Integer::sum),
        rows.stream().mapToLong(LogRow::space).toArray(),
        updates.stream().mapToLong(Update::version).toArray(),
        updates.stream().map(update -> update.id().text()).toArray(String[]::new),
        updates.stream().map(update -> update.leafHash().toBytes()).toArray(byte[][]::new),
        updates.stream().mapToLong(update -> update.fields().committed().toEpochMilli()).toArray(),
        rows.stream().map(LogRow::record).toArray(byte[][]::new));
  }

  @Override
  public void takeOut(Session session, long space, long since, long to) throws SQLException {
    session.update(
        "DELETE FROM update_log WHERE space = ? AND version > ? AND version <= ?",
        space,
        since,
        to);
  }

  @Override
  public <T> List<T> log(
      Session session, String columns, SpaceName space, long since, long to, Session.Row<T> reader)
      throws SQLException {
    List<Numbered<T>> rows = numbered(session, columns, space, since, to, reader);
    if (rows.size() < to - since) {
      long head =
          session
              .first("SELECT version FROM space WHERE name = ?", row -> row.getLong(1), space)
              .orElse(0L);
      long last = Math.min(to, head);
      if (Numbered.missing(rows, since, last) != 0) {
        rows = numbered(session, columns, space, since, to, reader); // the head may be newer
        long missing = Numbered.missing(rows, since, last);
        if (missing != 0) {
          throw Numbered.isMissing(space, missing, head);
        }
      }
    }
    return Numbered.rows(rows);
  }

  private static <T> List<Numbered<T>> numbered(
      Session session, String columns, SpaceName space, long since, long to, Session.Row<T> reader)
      throws SQLException {
    return session.list(
        "SELECT l.version, "
            + columns
            + " FROM update_log l WHERE l.space = (SELECT id FROM space WHERE name = ?)"
            + " AND l.version > ? AND l.version <= ? ORDER BY l.version",
        Numbered.reader(reader),
        space,
        since,
        to);
  }

  @Override
  public int moveHeads(Session session, Map<Long, LogHead> heads) throws SQLException {
    List<Map.Entry<Long, LogHead>> moved = List.copyOf(heads.entrySet());
    return session.update(
        """
        UPDATE space SET version = head.version, root = head.root, leaf_hash = head.leaf_hash,
          committed = head.committed
        FROM unnest(?, ?, ?, ?, ?) AS head (id, version, root, leaf_hash, committed)
        WHERE space.id = head.id
        """,
        moved.stream().mapToLong(Map.Entry::getKey).toArray(),
        moved.stream().mapToLong(head -> head.getValue().version()).toArray(),
        moved.stream().map(head -> head.getValue().root().toBytes()).toArray(byte[][]::new),
        moved.stream().map(head -> head.getValue().leafHash().toBytes()).toArray(byte[][]::new),
        moved.stream().mapToLong(head -> head.getValue().committed().toEpochMilli()).toArray());
  }

  @Override
  public String at(String table) {
    return AT;
  }

  /**
   * Numbers anew, by its trigger, each row that has the number of a transaction which this server
   * has yet to begin: it was restored from another server, and would be told at every poll.
   */
  static void numberAnew(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      for (String table : NUMBERED) {
        statement.executeUpdate(
            "UPDATE "
                + table
                + " SET changed = 0 WHERE changed >="
                + " pg_snapshot_xmax(pg_current_snapshot())::text::bigint");
      }
    }
  }

  @Override
  public String forShare() {
    return " FOR SHARE";
  }

  /** Classes 08, the connection, and 57P, the server going down, or coming up. */
  @Override
  public boolean isLost(SQLException failure) {
    String state = String.valueOf(failure.getSQLState());
    return state.startsWith("08") || state.startsWith("57P") || state.equals("25P03");
  }

  /**
   * A full disk is 53100 as an error of the statement. As FATAL or PANIC it ends the session, which
   * may have come as far as its commit record.
   *
   * <p>A refusal is what constraints, triggers and their languages say, or a value that is too
   * large or of the wrong kind. At COMMIT it comes from deferred ones, which run before the commit
   * record.
   */
  @Override
  public Trouble trouble(SQLException failure) {
    String state = String.valueOf(failure.getSQLState());
    if (state.equals(DISK_FULL)) {
      return isError(failure) ? Trouble.FULL : Trouble.AWAY;
    }
    return REFUSALS.stream().anyMatch(state::startsWith) ? Trouble.REFUSED : Trouble.AWAY;
  }

  private static boolean isError(SQLException failure) {
    return failure instanceof PSQLException said
        && said.getServerErrorMessage() != null
        && "ERROR".equals(said.getServerErrorMessage().getSeverity());
  }

  @Override
  public String explain(SQLException failure) {
    return String.valueOf(failure.getMessage());
  }

  @Override
  public OptionalLong room() {
    return OptionalLong.empty();
  }

  /** Nothing: the server looks after itself. */
  @Override
  public void committed(Session writer) {}

  @Override
  public List<Safeguard> safeguards(Session writer) throws SQLException {
    String commit = setting(writer, "synchronous_commit");
    String standbys = setting(writer, "synchronous_standby_names");
    return List.of(
        new Safeguard(true, "PostgreSQL " + setting(writer, "server_version"), ""),
        isOn(writer, "fsync"),
        isOn(writer, "full_page_writes"),
        new Safeguard(
            commit.equals("on") || commit.equals("remote_apply"),
            "synchronous_commit=" + commit,
            "SET synchronous_commit = on: with less, an answer is not yet on disk"),
        new Safeguard(
            !standbys.isEmpty(),
            "synchronous_standby_names='" + standbys + "'",
            "an answer does not survive the loss of this server: name two standbys and want one,"
                + " ANY 1 (a, b)"));
  }

  private static Safeguard isOn(Session writer, String name) throws SQLException {
    String value = setting(writer, name);
    return new Safeguard(
        value.equals("on"),
        name + "=" + value,
        "set it on in postgresql.conf: without it a crash of the server loses or tears the store");
  }

  private static String setting(Session writer, String name) throws SQLException {
    return writer.first("SELECT current_setting(?)", row -> row.getString(1), name).orElse("?");
  }
}
