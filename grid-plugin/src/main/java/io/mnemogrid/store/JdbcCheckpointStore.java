package io.mnemogrid.store;

import io.mnemogrid.checkpoint.BrokenCheckpoint;
import io.mnemogrid.checkpoint.Checkpoint;
import io.mnemogrid.checkpoint.CheckpointStore;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.Header;
import io.mnemogrid.checkpoint.Held;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.checkpoint.OutboxEntry;
import io.mnemogrid.checkpoint.SignedTransaction;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.checkpoint.StoredCheckpoint.Status;
import io.mnemogrid.checkpoint.StoredHeader;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Checkpoints in SQL. The entry of a space at checkpoint n is its newest row in {@code
 * checkpoint_space} up to n, so a checkpoint costs as many rows as heads changed. The checkpoints
 * that cover a version are found by index: the first one with such a row, and all after it.
 */
final class JdbcCheckpointStore implements CheckpointStore {
  private static final String CHECKPOINT =
      "SELECT checkpoint.header, checkpoint.status, checkpoint.prepared, checkpoint.submitted,"
          + " checkpoint.finalized, blob.bytes AS manifest, sent.*"
          + " FROM checkpoint JOIN blob ON blob.digest = checkpoint.manifest_digest"
          + " LEFT JOIN outbox AS sent ON sent.id = checkpoint.outbox";
  private static final int MOST_IN_A_BATCH = 1000;
  private static final Logger LOG = LoggerFactory.getLogger(JdbcCheckpointStore.class);

  private static final String ENTRY =
      "SELECT space, version, state_root, log_root, snapshot, snapshot_version"
          + " FROM checkpoint_space";

  private final Connections connections;
  private final Supplier<Instant> clock;
  private final LeftOut leftOut;

  JdbcCheckpointStore(Connections connections, Supplier<Instant> clock, LeftOut leftOut) {
    this.connections = connections;
    this.clock = clock;
    this.leftOut = leftOut;
  }

  private static Manifest.Entry entry(ResultSet row) throws SQLException {
    return new Manifest.Entry(
        JdbcAuditedHeads.head(row),
        new ContentAddress(Session.hash(row, "snapshot")),
        row.getLong("snapshot_version"));
  }

  @Override
  public boolean insert(Checkpoint checkpoint, long epoch) {
    byte[] header = checkpoint.header().toBytes();
    byte[] manifest = checkpoint.manifest().toText().getBytes(StandardCharsets.UTF_8);
    return connections.write(session -> {
      int inserted =
          session.update(
              """
              INSERT INTO checkpoint (number, hash, header, manifest_digest, status, prepared)
              SELECT ?, ?, ?, ?, ?, ?
              WHERE ? = coalesce((SELECT max(number) FROM checkpoint), 0) + 1
                AND ? = coalesce(
                  (SELECT hash FROM checkpoint ORDER BY number DESC LIMIT 1), ?)
                AND
              """
                  + JdbcLease.epochStands(connections.dialect()),
              checkpoint.number(),
              checkpoint.hash(),
              header,
              checkpoint.header().manifestDigest(),
              Status.PENDING.name(),
              clock.get(),
              checkpoint.number(),
              checkpoint.header().previous(),
              Hash.ZERO,
              epoch);
      if (inserted == 0) {
        return false;
      }
      JdbcBlobStore.put(session, checkpoint.hash(), header);
      JdbcBlobStore.put(session, checkpoint.header().manifestDigest(), manifest);
      for (Manifest.Entry entry : checkpoint.manifest().spaces()) {
        insertIfChanged(session, checkpoint.number(), entry);
      }
      return true;
    });
  }

  private static void insertIfChanged(Session session, long number, Manifest.Entry entry)
      throws SQLException {
    Head head = entry.head();
    Optional<Manifest.Entry> before =
        session
            .first(
                ENTRY + " WHERE space = ? ORDER BY number DESC LIMIT 1",
                LeftOut.readable(JdbcCheckpointStore::entry),
                head.space())
            .flatMap(found -> found);
    if (before.isPresent() && before.get().equals(entry)) {
      return; // a manifest that lists all spaces
    }
    session.update(
        """
        INSERT INTO checkpoint_space (space, number, version, state_root, log_root, snapshot,
          snapshot_version)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        head.space(),
        number,
        head.version(),
        head.stateRoot(),
        head.logRoot(),
        entry.snapshot(),
        entry.snapshotVersion());
    session.update(
        "INSERT INTO document (digest, space, version) VALUES (?, ?, ?)"
            + " ON CONFLICT (digest, space) DO NOTHING",
        entry.snapshot(),
        head.space(),
        entry.snapshotVersion());
  }

  @Override
  public boolean sign(SignedTransaction transaction, long epoch) {
    long count = transaction.last() - transaction.first() + 1;
    if (count > MOST_IN_A_BATCH) {
      throw new IllegalArgumentException(
          "a transaction for " + count + " checkpoints, at most " + MOST_IN_A_BATCH);
    }
    Instant now = clock.get();
    return connections.write(session -> {
      long known =
          session
              .first(
                  "SELECT count(*) FROM checkpoint WHERE number BETWEEN ? AND ?",
                  row -> row.getLong(1),
                  transaction.first(),
                  transaction.last())
              .orElseThrow();
      if (known != count || isFenced(session, epoch)) {
        return false;
      }
      session.update(
          """
          INSERT INTO outbox (anchor, nonce, raw, hash, first_number, last_number,
            most_gas, most_wei, signed)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (hash) DO NOTHING
          """,
          transaction.anchor(),
          transaction.nonce(),
          transaction.raw(),
          transaction.hash(),
          transaction.first(),
          transaction.last(),
          transaction.most().gas(),
          transaction.most().wei().toString(),
          now);
      session.update(
          """
          UPDATE checkpoint SET status = ?, finalized = NULL, submitted = coalesce(submitted, ?),
            outbox = (SELECT id FROM outbox WHERE hash = ?)
          WHERE number BETWEEN ? AND ?
          """,
          Status.SENT.name(),
          now,
          transaction.hash(),
          transaction.first(),
          transaction.last());
      return true;
    });
  }

  /** Whether the lease has another epoch; if not, it keeps this one until COMMIT. */
  private boolean isFenced(Session session, long epoch) throws SQLException {
    return session
        .first(
            "SELECT 1 FROM lease WHERE id = 1 AND epoch = ? AND epoch > 0"
                + connections.dialect().forShare(),
            row -> row.getLong(1),
            epoch)
        .isEmpty();
  }

  @Override
  public boolean storeCost(String hash, Cost cost, long epoch) {
    return connections.write(session ->
        session.update(
                "UPDATE outbox SET gas = ?, wei = ? WHERE hash = ? AND "
                    + JdbcLease.epochStands(connections.dialect()),
                cost.gas(),
                cost.wei().toString(),
                hash,
                epoch)
            == 1);
  }

  @Override
  public List<OutboxEntry> outbox(long number, int limit) {
    return connections.read(session ->
        session.list(
            """
            SELECT * FROM outbox WHERE first_number <= ? AND first_number > ? AND last_number >= ?
            ORDER BY id DESC LIMIT ?
            """,
            JdbcCheckpointStore::outboxEntry,
            number,
            number - MOST_IN_A_BATCH,
            number,
            limit));
  }

  @Override
  public List<OutboxEntry> signedSince(Instant time) {
    return connections.read(session ->
        session.list(
            "SELECT * FROM outbox WHERE signed >= ? ORDER BY id",
            JdbcCheckpointStore::outboxEntry,
            time));
  }

  private static OutboxEntry outboxEntry(ResultSet row) throws SQLException {
    String wei = row.getString("wei");
    return new OutboxEntry(
        signedTransaction(row),
        Session.time(row, "signed"),
        wei == null ? null : new Cost(row.getLong("gas"), new BigInteger(wei)));
  }

  private static SignedTransaction signedTransaction(ResultSet row) throws SQLException {
    return new SignedTransaction(
        row.getString("anchor"),
        row.getLong("nonce"),
        row.getString("raw"),
        row.getString("hash"),
        row.getLong("first_number"),
        row.getLong("last_number"),
        new Cost(row.getLong("most_gas"), new BigInteger(row.getString("most_wei"))));
  }

  @Override
  public long undo(long number, long epoch) {
    Instant now = clock.get();
    return connections.write(session ->
        isFenced(session, epoch)
            ? -1L
            : session.update(
                """
                UPDATE checkpoint SET status = 'SENT', finalized = NULL,
                  submitted = CASE WHEN status = 'FINALIZED' THEN ? ELSE submitted END
                WHERE number > ? AND status IN ('CONFIRMED', 'FINALIZED')
                """,
                now,
                number));
  }

  @Override
  public boolean hold(List<Held> spaces, long epoch) {
    return connections.write(session -> {
      if (isFenced(session, epoch)) {
        return false;
      }
      session.update("DELETE FROM held_space");
      for (Held held : spaces) {
        session.update(
            "INSERT INTO held_space (space, version, rule, detail) VALUES (?, ?, ?, ?)",
            held.space(),
            held.version(),
            held.rule().name(),
            held.detail());
      }
      return true;
    });
  }

  @Override
  public List<Held> held() {
    return connections.read(session ->
        leftOut.list(
            session,
            LeftOut.Table.HELD_SPACE,
            "SELECT space, version, rule, detail FROM held_space ORDER BY space",
            row ->
                new Held(
                    new SpaceName(row.getString("space")),
                    row.getLong("version"),
                    Held.Rule.valueOf(row.getString("rule")),
                    row.getString("detail"))));
  }

  @Override
  public boolean advance(long first, long last, Status status, long epoch) {
    @Nullable Instant finalized = status == Status.FINALIZED ? clock.get() : null;
    return connections.write(session ->
        session.update(
                """
                UPDATE checkpoint SET status = ?,
                  finalized = CASE WHEN status = ? THEN finalized ELSE ? END
                WHERE number BETWEEN ? AND ? AND
                """
                    + JdbcLease.epochStands(connections.dialect()),
                status.name(),
                status.name(),
                finalized,
                first,
                last,
                epoch)
            == last - first + 1);
  }

  @Override
  public Optional<StoredCheckpoint> latestFinal() {
    return first(CHECKPOINT + " WHERE status = 'FINALIZED' ORDER BY number DESC LIMIT 1");
  }

  @Override
  public Optional<StoredCheckpoint> latest() {
    return first(CHECKPOINT + " ORDER BY number DESC LIMIT 1");
  }

  @Override
  public Optional<StoredCheckpoint> find(long number) {
    return first(CHECKPOINT + " WHERE number = ?", number);
  }

  @Override
  public Optional<StoredHeader> newestHeader() {
    return headers(" ORDER BY number DESC LIMIT 1").stream().findFirst();
  }

  @Override
  public Optional<StoredHeader> newestFinalHeader() {
    return headers(" WHERE status = 'FINALIZED' ORDER BY number DESC LIMIT 1").stream().findFirst();
  }

  @Override
  public Optional<StoredHeader> header(long number) {
    return headers(" WHERE number = ?", number).stream().findFirst();
  }

  private List<StoredHeader> headers(String where, Object... values) {
    return connections.read(session ->
        session.list(
            "SELECT header, status, prepared, finalized FROM checkpoint" + where,
            row -> {
              Header header = Header.parse(row.getBytes("header"));
              return new StoredHeader(
                  header.number(),
                  header.hash(),
                  Status.valueOf(row.getString("status")),
                  Session.time(row, "prepared"),
                  timeOrNull(row, "finalized"));
            },
            values));
  }

  @Override
  public List<StoredCheckpoint> list(long before, int limit) {
    return rows(CHECKPOINT + " WHERE number < ? ORDER BY number DESC LIMIT ?", before, limit)
        .stream()
        .flatMap(JdbcCheckpointStore::readable)
        .toList();
  }

  private static Stream<StoredCheckpoint> readable(Row row) {
    try {
      return Stream.of(row.toCheckpoint());
    } catch (BrokenCheckpoint e) {
      LOG.error("{}; lists leave it out", e.getMessage());
      return Stream.empty();
    }
  }

  @Override
  public List<StoredHeader> unfinished(int limit) {
    return headers(" WHERE status <> 'FINALIZED' ORDER BY number LIMIT ?", limit);
  }

  /** Where a row cannot be read, from the manifests, which say the same under a hash. */
  @Override
  public List<Manifest.Entry> anchoredHeads() {
    List<Manifest.Entry> entries =
        connections.read(session ->
            leftOut.list(
                session,
                LeftOut.Table.CHECKPOINT_SPACE,
                JdbcAuditedHeads.newestOfEach("checkpoint_space", "number"),
                JdbcCheckpointStore::entry));
    return leftOut.isAnyOf(LeftOut.Table.CHECKPOINT_SPACE)
        ? latest().map(newest -> entries(newest.checkpoint())).orElse(List.of())
        : entries;
  }

  @Override
  public Optional<StoredCheckpoint> covering(SpaceName space, long version) {
    Optional<Long> first =
        connections.read(session ->
            session.first(
                """
                SELECT number FROM checkpoint_space WHERE space = ? AND version >= ?
                ORDER BY version, number LIMIT 1
                """,
                row -> row.getLong(1),
                space,
                version));
    if (first.isEmpty()) {
      return Optional.empty();
    }
    Optional<StoredCheckpoint> finalOne =
        first(
            CHECKPOINT + " WHERE number >= ? AND status = 'FINALIZED' ORDER BY number LIMIT 1",
            first.get());
    return finalOne.isPresent() ? finalOne : find(first.get());
  }

  @Override
  public long finalizedVersion(SpaceName space) {
    return connections
        .read(session ->
            session.first(
                """
                SELECT version FROM checkpoint_space WHERE space = ? AND number <= (
                  SELECT number FROM checkpoint WHERE status = 'FINALIZED'
                  ORDER BY number DESC LIMIT 1)
                ORDER BY number DESC LIMIT 1
                """,
                row -> row.getLong(1),
                space))
        .orElse(0L);
  }

  private Optional<StoredCheckpoint> first(String sql, Object... values) {
    return connections
        .read(session -> session.first(sql, Row::read, values))
        .map(Row::toCheckpoint);
  }

  private static @Nullable Instant timeOrNull(ResultSet row, String column) throws SQLException {
    Instant time = Session.time(row, column);
    return row.wasNull() ? null : time;
  }

  private List<Row> rows(String sql, Object... values) {
    return connections.read(session -> session.list(sql, Row::read, values));
  }

  /** A row of the table, parsed only after its statement is closed. */
  private record Row(
      Header header,
      String manifest,
      Status status,
      @Nullable SignedTransaction transaction,
      Instant prepared,
      @Nullable Instant submitted,
      @Nullable Instant finalized) {
    static Row read(ResultSet row) throws SQLException {
      return new Row(
          Header.parse(row.getBytes("header")),
          new String(row.getBytes("manifest"), StandardCharsets.UTF_8),
          Status.valueOf(row.getString("status")),
          row.getString("hash") == null ? null : signedTransaction(row),
          Session.time(row, "prepared"),
          timeOrNull(row, "submitted"),
          timeOrNull(row, "finalized"));
    }

    StoredCheckpoint toCheckpoint() {
      Checkpoint checkpoint;
      try {
        checkpoint = new Checkpoint(header, Manifest.parse(manifest));
      } catch (RuntimeException e) {
        throw new BrokenCheckpoint(
            header.number(), "its manifest cannot be read: " + e.getMessage());
      }
      return new StoredCheckpoint(checkpoint, status, transaction, prepared, submitted, finalized);
    }
  }
}
