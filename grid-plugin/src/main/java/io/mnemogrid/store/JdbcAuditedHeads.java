package io.mnemogrid.store;

import io.mnemogrid.checkpoint.AuditedChanges;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.AuditedHeads;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.state.SpaceName;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/** What the audit found, a row for each version of a space that it published. */
final class JdbcAuditedHeads implements AuditedHeads {
  /**
   * Besides the newest finding, this many older ones of each space are kept. People may look at
   * them; no code reads them.
   */
  private static final int VERIFIED_KEPT = 16;

  private static final String IS_NEWEST =
      " AND t.version = (SELECT max(version) FROM verified_head WHERE space = t.space)";
  private static final String NEWEST = newestOfEach("verified_head", "version");

  private final Connections connections;
  private final LeftOut leftOut;
  private final Changed.Statements changed;

  JdbcAuditedHeads(Connections connections, LeftOut leftOut) {
    this.connections = connections;
    this.leftOut = leftOut;
    this.changed =
        Changed.Statements.of(
            connections.dialect().at("verified_head"),
            LeftOut.Table.VERIFIED_HEAD,
            "t.*",
            IS_NEWEST,
            NEWEST);
  }

  /** How it asks what changed. */
  Changed.Statements changed() {
    return changed;
  }

  @Override
  public void publish(AuditedHead head) {
    connections.write(session -> {
      int inserted =
          session.update(
              """
              INSERT INTO verified_head (space, version, state_root, log_root, leaf_hash,
                snapshot, snapshot_version, committed, checked, problem)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (space, version)
                DO UPDATE SET problem = excluded.problem
                WHERE verified_head.problem IS NULL AND excluded.problem IS NOT NULL
              """,
              head.head().space(),
              head.head().version(),
              head.head().stateRoot(),
              head.head().logRoot(),
              head.leafHash(),
              head.snapshot(),
              head.snapshotVersion(),
              head.committed(),
              head.checked(),
              head.problem());
      session.update(
          """
          DELETE FROM verified_head WHERE space = ? AND problem IS NULL AND version <=
            (SELECT version FROM verified_head WHERE space = ?
             ORDER BY version DESC LIMIT 1 OFFSET ?)
          """,
          head.head().space(),
          head.head().space(),
          VERIFIED_KEPT);
      return inserted;
    });
  }

  @Override
  public List<AuditedHead> newest() {
    return connections.read(session ->
        leftOut.list(session, LeftOut.Table.VERIFIED_HEAD, NEWEST, JdbcAuditedHeads::audited));
  }

  /** An idle call reads the end of an index. */
  @Override
  public AuditedChanges newestSince(long mark) {
    Changed<AuditedHead> found =
        connections.read(
            session -> Changed.since(session, leftOut, changed, JdbcAuditedHeads::audited, mark));
    return new AuditedChanges(found.rows(), found.mark(), found.isAll());
  }

  @Override
  public List<AuditedHead> problems() {
    return connections
        .read(session ->
            session.list(
                "SELECT * FROM verified_head AS t WHERE problem IS NOT NULL"
                    + IS_NEWEST
                    + " ORDER BY space",
                LeftOut.readable(JdbcAuditedHeads::audited)))
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  @Override
  public Optional<AuditedHead> newest(SpaceName space) {
    return connections
        .read(session ->
            session.first(
                "SELECT * FROM verified_head WHERE space = ? ORDER BY version DESC LIMIT 1",
                LeftOut.readable(JdbcAuditedHeads::audited),
                space))
        .flatMap(found -> found);
  }

  @Override
  public List<AuditedHead> newest(Collection<SpaceName> spaces) {
    return connections
        .read(session ->
            session.byNames(
                "SELECT * FROM verified_head AS t WHERE space IN " + Session.NAMES + IS_NEWEST,
                LeftOut.readable(JdbcAuditedHeads::audited),
                spaces))
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  /**
   * SQL for the newest row of each space. It jumps from name to name, so it costs as many look-ups
   * as there are spaces, not rows.
   */
  static String newestOfEach(String table, String order) {
    return """
    WITH RECURSIVE name (space) AS (
      SELECT min(space) FROM %1$s
      UNION ALL
      SELECT (SELECT min(space) FROM %1$s WHERE space > name.space)
      FROM name WHERE name.space IS NOT NULL)
    SELECT newest.* FROM name JOIN %1$s AS newest ON newest.space = name.space
      AND newest.%2$s = (SELECT max(%2$s) FROM %1$s WHERE space = name.space)
    ORDER BY newest.space
    """
        .formatted(table, order);
  }

  private static AuditedHead audited(ResultSet row) throws SQLException {
    String problem = row.getString("problem");
    return new AuditedHead(
        head(row),
        Session.hash(row, "leaf_hash"),
        new ContentAddress(Session.hash(row, "snapshot")),
        row.getLong("snapshot_version"),
        Session.time(row, "committed"),
        Session.time(row, "checked"),
        problem);
  }

  static Head head(ResultSet row) throws SQLException {
    return new Head(
        new SpaceName(row.getString("space")),
        row.getLong("version"),
        Session.hash(row, "state_root"),
        Session.hash(row, "log_root"));
  }
}
