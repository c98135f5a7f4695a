package io.mnemogrid.store;

import io.mnemogrid.state.Hash;
import io.mnemogrid.trail.TrailBatch;
import io.mnemogrid.trail.TrailHead;
import io.mnemogrid.trail.TrailSheet;
import io.mnemogrid.trail.TrailStore;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The trail as a table of sheets, and one row that says where it ends. Whoever appends locks that
 * row first, so that the chain has one end.
 */
final class JdbcTrailStore implements TrailStore {
  static final String COLUMNS = "number, first, entries, time, digest, hash, body";

  /** An attempt whose outcome is unknown is looked for among so many newest sheets. */
  private static final int LOOKED_THROUGH = 1000;

  /** Sheets of one transaction that forgets: each may have a MiB. */
  private static final int FORGOTTEN_AT_ONCE = 32;

  private final Connections connections;

  JdbcTrailStore(Connections connections) {
    this.connections = connections;
  }

  @Override
  public TrailHead head() {
    return connections.read(JdbcTrailStore::head);
  }

  private static TrailHead head(Session session) throws SQLException {
    return session
        .first("SELECT * FROM trail_head WHERE id = 1", JdbcTrailStore::head)
        .orElseThrow(() -> new IllegalStateException("the table trail_head has lost its row"));
  }

  static TrailHead head(ResultSet row) throws SQLException {
    return new TrailHead(
        row.getLong("sheets"),
        row.getLong("entries"),
        Session.hash(row, "hash"),
        row.getLong("acts"),
        row.getLong("forgotten"));
  }

  static TrailSheet sheet(ResultSet row) throws SQLException {
    byte @Nullable [] body = row.getBytes("body");
    return new TrailSheet(
        row.getLong("number"),
        row.getLong("first"),
        row.getLong("entries"),
        Session.time(row, "time"),
        Session.hash(row, "digest"),
        Session.hash(row, "hash"),
        body == null ? null : new String(body, StandardCharsets.UTF_8));
  }

  @Override
  public TrailHead append(TrailBatch batch, boolean maybeThere) {
    return connections.write(session -> {
      lock(session);
      TrailHead head = head(session);
      if (maybeThere && isThere(session, head, batch)) {
        return head;
      }
      TrailSheet sheet = TrailSheet.after(head, batch);
      session.update(
          "INSERT INTO audit_trail (" + COLUMNS + ") VALUES (?, ?, ?, ?, ?, ?, ?)",
          sheet.number(),
          sheet.first(),
          sheet.entries(),
          sheet.time(),
          sheet.digest(),
          sheet.hash(),
          batch.utf8());
      TrailHead next = sheet.head(head, batch.acts());
      session.update(
          "UPDATE trail_head SET sheets = ?, entries = ?, hash = ?, acts = ? WHERE id = 1",
          next.sheets(),
          next.entries(),
          next.hash(),
          next.acts());
      return next;
    });
  }

  /** What is read after this is what the writer before has committed. */
  private static void lock(Session session) throws SQLException {
    session.update("UPDATE trail_head SET sheets = sheets WHERE id = 1");
  }

  private static boolean isThere(Session session, TrailHead head, TrailBatch batch)
      throws SQLException {
    return session
        .first(
            "SELECT number FROM audit_trail WHERE number > ? AND digest = ?",
            row -> row.getLong(1),
            head.sheets() - LOOKED_THROUGH,
            batch.digest())
        .isPresent();
  }

  @Override
  public Optional<Hash> hash(long sheet) {
    return connections.read(session ->
        session.first(
            "SELECT hash FROM audit_trail WHERE number = ?",
            row -> Session.hash(row, "hash"),
            sheet));
  }

  @Override
  public List<TrailSheet> read(long since, long mostBytes) {
    return connections.read(session -> {
      List<TrailSheet> page = new ArrayList<>();
      long bytes = 0;
      long next = Math.max(firstOf(session, since + 1), firstKept(session));
      while (true) {
        TrailSheet sheet =
            session
                .first(
                    "SELECT "
                        + COLUMNS
                        + " FROM audit_trail WHERE first >= ? AND body IS NOT NULL"
                        + " ORDER BY first LIMIT 1",
                    JdbcTrailStore::sheet,
                    next)
                .orElse(null);
        if (sheet == null) {
          return page;
        }
        bytes += sheet.body() == null ? 0 : sheet.body().length();
        if (!page.isEmpty() && bytes > mostBytes) {
          return page;
        }
        if (sheet.last() > since) {
          page.add(sheet);
        }
        next = sheet.last() + 1;
      }
    });
  }

  /** The first entry of the sheet that has that entry. */
  private static long firstOf(Session session, long entry) throws SQLException {
    return session
        .first(
            "SELECT coalesce(max(first), 1) FROM audit_trail WHERE first <= ?",
            row -> row.getLong(1),
            entry)
        .orElse(1L);
  }

  /** The first entry that is not forgotten; those before it need not be passed over one by one. */
  private static long firstKept(Session session) throws SQLException {
    return session
        .first(
            "SELECT first FROM audit_trail WHERE number = (SELECT forgotten + 1 FROM trail_head)",
            row -> row.getLong(1))
        .orElse(1L);
  }

  @Override
  public long before(Instant time) {
    return connections.read(session ->
        session
            .first(
                "SELECT coalesce((SELECT min(first) FROM audit_trail WHERE time >= ?),"
                    + " (SELECT entries + 1 FROM trail_head))",
                row -> row.getLong(1) - 1,
                time)
            .orElse(0L));
  }

  @Override
  public long oldSheets(Instant before) {
    return connections.read(session -> {
      TrailHead head = head(session);
      long firstYoung =
          session
              .first(
                  "SELECT number FROM audit_trail WHERE number > ? AND time >= ?"
                      + " ORDER BY number LIMIT 1",
                  row -> row.getLong(1),
                  head.forgotten(),
                  before)
              .orElse(head.sheets() + 1);
      return firstYoung - 1 > head.forgotten() ? firstYoung - 1 : 0;
    });
  }

  @Override
  public void forget(long upTo) {
    boolean isDone = false;
    while (!isDone) {
      isDone =
          connections.write(session -> {
            lock(session);
            TrailHead head = head(session);
            long to = Math.min(Math.min(upTo, head.sheets()), head.forgotten() + FORGOTTEN_AT_ONCE);
            if (to <= head.forgotten()) {
              return true;
            }
            session.update(
                "UPDATE audit_trail SET body = NULL WHERE number > ? AND number <= ?",
                head.forgotten(),
                to);
            session.update("UPDATE trail_head SET forgotten = ? WHERE id = 1", to);
            return to == upTo;
          });
    }
  }
}
