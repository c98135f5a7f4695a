package io.mnemogrid.store;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.Found;
import io.mnemogrid.log.HeadChanges;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.SnapshotRetention;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.OldTombstones;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Tag;
import io.mnemogrid.state.UpdateId;
import io.mnemogrid.store.Dialect.HeadRow;
import io.mnemogrid.store.Dialect.LogRow;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import java.util.zip.InflaterInputStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The log in SQL: one head row for each space, one row for each update.
 *
 * <p>An append locks and reads the head rows, inserts, and writes the head rows. Ids are not looked
 * up first, because the insert meets the unique index anyway. A row that it skips shows in its
 * count. Then the rows of that space are taken out again, which costs only when it happens.
 */
final class JdbcUpdateLog implements UpdateLog {
  private static final String ID = "(SELECT id FROM space WHERE name = ?)";
  private static final String HEAD =
      "SELECT id, name, version, root, leaf_hash, committed FROM space";
  private static final String HEADS = HEAD + " ORDER BY name";
  private static final String RECORD = "l.leaf_hash, l.record";
  private static final String LENGTH = "length(l.record)";
  private static final int TOMBSTONES_AT_ONCE = 500;
  private static final int PATHS_AT_ONCE = 100;
  private static final String AT_PATHS =
      " AND path IN (" + String.join(", ", Collections.nCopies(PATHS_AT_ONCE, "?")) + ")";

  private static final Logger LOG = LoggerFactory.getLogger(JdbcUpdateLog.class);

  private final Connections connections;
  private final Connections others;
  private final Supplier<Instant> clock;
  private final LeftOut leftOut;
  private final Runnable appended;
  private final Changed.Statements changed;

  /**
   * A log.
   *
   * @param others save snapshots, so that no append waits in the same transaction
   * @param clock the store's, cut to milliseconds
   * @param appended is called after each transaction that changed a head; returns at once
   */
  JdbcUpdateLog(
      Connections connections,
      Connections others,
      Supplier<Instant> clock,
      LeftOut leftOut,
      Runnable appended) {
    this.connections = connections;
    this.others = others;
    this.clock = clock;
    this.leftOut = leftOut;
    this.appended = appended;
    this.changed =
        Changed.Statements.of(
            connections.dialect().at("space"),
            LeftOut.Table.SPACE,
            "t.id, t.name, t.version, t.root, t.leaf_hash, t.committed",
            "",
            HEADS);
  }

  /** How it asks what changed. */
  Changed.Statements changed() {
    return changed;
  }

  @Override
  public Instant now() {
    return clock.get();
  }

  @Override
  public List<LogHead> heads() {
    return connections.read(
        session -> leftOut.list(session, LeftOut.Table.SPACE, HEADS, Session::head));
  }

  /** An idle call reads the end of an index. */
  @Override
  public HeadChanges headsSince(long mark) {
    Changed<LogHead> found =
        connections.read(session -> Changed.since(session, leftOut, changed, Session::head, mark));
    return new HeadChanges(found.rows(), found.mark(), found.isAll());
  }

  @Override
  public long mark() {
    return connections.read(session -> Changed.mark(session, changed));
  }

  @Override
  public List<LogHead> heads(Collection<SpaceName> spaces) {
    return connections
        .read(session ->
            session.byNames(
                HEAD + " WHERE name IN " + Session.NAMES, LeftOut.readable(Session::head), spaces))
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  @Override
  public List<LogHead> headsAfter(String name, int limit) {
    return connections
        .read(session ->
            session.list(
                HEAD + " WHERE name > ? ORDER BY name LIMIT ?",
                LeftOut.readable(Session::head),
                name,
                limit))
        .stream()
        .flatMap(Optional::stream)
        .toList();
  }

  /** Counts the entries of an index. */
  @Override
  public long spaces() {
    return connections.read(
        session -> session.first("SELECT count(*) FROM space", row -> row.getLong(1)).orElse(0L));
  }

  @Override
  public Optional<LogHead> head(SpaceName space) {
    return connections.read(
        session -> session.first(HEAD + " WHERE name = ?", Session::head, space));
  }

  @Override
  public Optional<String> policy(SpaceName space) {
    return connections.read(session ->
        session.first("SELECT policy FROM space WHERE name = ?", row -> row.getString(1), space));
  }

  @Override
  public Map<SpaceName, String> keptPolicies() {
    Map<SpaceName, String> kept = new TreeMap<>();
    connections
        .read(session ->
            session.list(
                "SELECT name, policy FROM space WHERE policy <> '{}'",
                row -> List.of(row.getString(1), row.getString(2))))
        .forEach(row -> {
          try {
            kept.put(new SpaceName(row.get(0)), row.get(1));
          } catch (IllegalArgumentException e) {
            LOG.debug("a row of spaces without a name", e); // the list of heads leaves it out too
          }
        });
    return kept;
  }

  @Override
  public boolean create(SpaceName space, Update first) {
    Rows rows = Rows.of(new Batch(LogHead.ofNew(space), List.of(first)));
    Instant now = now();
    return tell(
        connections.write(session -> {
          if (!create(session, space, "{}", now)) {
            return false;
          }
          Appended outcome = append(session, Set.of(space), List.of(rows)).getFirst();
          if (!(outcome instanceof Appended.Committed)) {
            throw new IllegalStateException("version 1 of the new space " + space + ": " + outcome);
          }
          return true;
        }));
  }

  @Override
  public boolean create(SpaceName space, String policy) {
    Instant now = now();
    return tell(connections.write(session -> create(session, space, policy, now)));
  }

  private boolean tell(boolean isChanged) {
    if (isChanged) {
      appended.run();
    }
    return isChanged;
  }

  private static boolean create(Session session, SpaceName space, String policy, Instant now)
      throws SQLException {
    LogHead head = LogHead.ofNew(space);
    return session.update(
            """
            INSERT INTO space (name, policy, created, version, root, leaf_hash, committed)
            VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO NOTHING
            """,
            space,
            policy,
            now,
            head.version(),
            head.root(),
            head.leafHash(),
            head.committed())
        == 1;
  }

  @Override
  public List<Update> read(SpaceName space, long since, int limit) {
    return records(space, since, limit).stream().map(record -> record.parse(space)).toList();
  }

  @Override
  public List<Update> read(SpaceName space, long since, int limit, InMemory known) {
    List<StoredRecord> records = records(space, since, limit);
    List<Update> updates = new ArrayList<>(records.size());
    boolean isCompared = false;
    for (StoredRecord record : records) {
      Update update = known.at(space, record.version);
      if (update == null || !record.isOf(update)) {
        update = record.parse(space);
      } else if (!isCompared) {
        isCompared = true;
        if (!record.parse(space).fields().equals(update.fields())) {
          throw new BrokenHistory(
              space, record.version, "its record says something else than what was committed");
        }
      }
      updates.add(update);
    }
    return updates;
  }

  private List<StoredRecord> records(SpaceName space, long since, int limit) {
    if (since < 0 || limit < 0) {
      throw new IllegalArgumentException("from " + since + ", at most " + limit);
    }
    return connections.read(session -> {
      long to = limit < 2 ? since + limit : endOfPage(session, space, since, limit);
      return connections.dialect().log(session, RECORD, space, since, to, StoredRecord::read);
    });
  }

  /** The length of a record that is not read. */
  private record Length(long version, long bytes) {
    static Length read(ResultSet row) throws SQLException {
      return new Length(row.getLong(1), row.getLong(2));
    }
  }

  /** The last version of a page; asks for lengths, for which neither database reads records. */
  private long endOfPage(Session session, SpaceName space, long since, int limit)
      throws SQLException {
    long bytes = 0;
    for (Length record : lengths(session, space, since, since + limit)) {
      bytes += record.bytes;
      if (bytes > PAGE_BYTES) {
        return Math.max(since + 1, record.version - 1);
      }
    }
    return since + limit;
  }

  /** Before a version that is missing, which the page may end before. */
  private List<Length> lengths(Session session, SpaceName space, long since, long to)
      throws SQLException {
    Dialect dialect = connections.dialect();
    try {
      return dialect.log(session, LENGTH, space, since, to, Length::read);
    } catch (BrokenHistory e) {
      long last = Math.min(to, e.version() - 1);
      return dialect.log(session, LENGTH, space, since, last, Length::read);
    }
  }

  /** Reads and parses all pages but the first ahead, on a thread of its own. */
  @Override
  public void forEachPage(SpaceName space, long since, long to, Consumer<List<Update>> visitor) {
    long[] at = {since}; // used by one thread after the other
    try (ReadAhead<List<Update>> pages =
        new ReadAhead<>(() -> {
          List<Update> page =
              at[0] >= to ? List.of() : read(space, at[0], (int) Math.min(PAGE, to - at[0]));
          at[0] = page.isEmpty() ? to : page.getLast().version();
          return page;
        })) {
      for (List<Update> page = pages.next(); !page.isEmpty(); page = pages.next()) {
        visitor.accept(page);
      }
    }
  }

  @Override
  public List<Hash> leafHashes(SpaceName space, long since, int limit) {
    return connections.read(session -> leafHashes(session, space, since, since + limit));
  }

  private List<Hash> leafHashes(Session session, SpaceName space, long since, long to)
      throws SQLException {
    List<byte[]> hashes =
        connections
            .dialect()
            .log(session, "l.leaf_hash", space, since, to, row -> row.getBytes("leaf_hash"));
    List<Hash> read = new ArrayList<>(hashes.size());
    for (byte[] hash : hashes) {
      read.add(leafHash(space, since + read.size() + 1, hash));
    }
    return read;
  }

  private static Hash leafHash(SpaceName space, long version, byte[] bytes) {
    if (bytes.length != Hash.BYTES) {
      throw new BrokenHistory(space, version, "its leaf hash has " + bytes.length + " bytes");
    }
    return Hash.of(bytes);
  }

  @Override
  public Found find(SpaceName space, Collection<UpdateId> ids) {
    return connections.read(session -> find(session, space, List.copyOf(ids))).parse(space);
  }

  /** Rows that were found, and the ids that were not looked up. */
  private record FoundRows(List<StoredRecord> records, List<UpdateId> left) {
    Found parse(SpaceName space) {
      Map<UpdateId, Update> updates = new HashMap<>();
      for (StoredRecord record : records) {
        Update update = record.parse(space);
        updates.put(update.id(), update);
      }
      return new Found(updates, left);
    }
  }

  private static FoundRows find(Session session, SpaceName space, List<UpdateId> ids)
      throws SQLException {
    List<StoredRecord> records = new ArrayList<>();
    long bytes = 0;
    for (int i = 0; i < ids.size(); i++) {
      Optional<StoredRecord> record =
          session.first(
              "SELECT l.version, "
                  + RECORD
                  + " FROM update_log l WHERE l.space = "
                  + ID
                  + " AND l.update_id = ?",
              StoredRecord::read,
              space,
              ids.get(i).text());
      if (record.isPresent()) {
        bytes += record.get().record.length;
        if (bytes > FOUND_BYTES && !records.isEmpty()) {
          return new FoundRows(records, ids.subList(i, ids.size()));
        }
        records.add(record.get());
      }
    }
    return new FoundRows(records, List.of());
  }

  /**
   * Searches by halving, because times never go back from one version to the next. O(log versions)
   * look-ups.
   */
  @Override
  public long versionAt(SpaceName space, Instant time) {
    return connections.read(session -> {
      long before = 0; // committed at or before the time
      long after =
          session.first(HEAD + " WHERE name = ?", row -> row.getLong("version"), space).orElse(0L)
              + 1;
      while (after - before > 1) {
        long middle = (before + after) >>> 1;
        if (committed(session, space, middle).isAfter(time)) {
          after = middle;
        } else {
          before = middle;
        }
      }
      return before;
    });
  }

  private Instant committed(Session session, SpaceName space, long version) throws SQLException {
    return connections
        .dialect()
        .log(
            session,
            "l.committed",
            space,
            version - 1,
            version,
            row -> Session.time(row, "committed"))
        .stream()
        .findFirst()
        .orElseThrow(() -> new BrokenHistory(space, version, "is missing"));
  }

  @Override
  public List<Appended> append(List<Batch> batches) {
    if (batches.isEmpty()) {
      return List.of();
    }
    Set<SpaceName> spaces = new HashSet<>();
    List<Rows> prepared = new ArrayList<>(batches.size());
    for (Batch batch : batches) {
      if (!spaces.add(batch.space())) {
        throw new IllegalArgumentException("two batches for space " + batch.space());
      }
      prepared.add(Rows.of(batch));
    }
    List<Appended> outcomes = connections.write(session -> append(session, spaces, prepared));
    tell(outcomes.stream().anyMatch(Appended.Committed.class::isInstance));
    return outcomes;
  }

  private List<Appended> append(Session session, Set<SpaceName> spaces, List<Rows> prepared)
      throws SQLException {
    Dialect dialect = connections.dialect();
    Map<SpaceName, HeadRow> standing = new HashMap<>();
    for (HeadRow row : dialect.lockHeads(session, spaces)) {
      standing.put(row.head().space(), row);
    }
    List<LogRow> rows = new ArrayList<>();
    for (Rows batch : prepared) {
      HeadRow head = standing.get(batch.space());
      if (head != null && isWhole(head) && fits(head, batch)) {
        rows.addAll(batch.toLog(head.id()));
      }
    }
    Map<Long, Integer> inserted = rows.isEmpty() ? Map.of() : dialect.insert(session, rows);
    Map<Long, LogHead> moved = new HashMap<>();
    List<Appended> outcomes = new ArrayList<>(prepared.size());
    for (Rows batch : prepared) {
      HeadRow head = standing.get(batch.space());
      if (head == null) {
        outcomes.add(new Appended.NoSpace());
      } else if (!isWhole(head)) {
        outcomes.add(
            new Appended.Broken(
                new BrokenHistory(
                    batch.space(),
                    head.head().version(),
                    "is the head, the log ends at " + head.newest())));
      } else if (!fits(head, batch)) {
        outcomes.add(new Appended.Moved(head.head()));
      } else if (inserted.getOrDefault(head.id(), 0) < batch.batch().updates().size()) {
        outcomes.add(takeOut(session, head.id(), batch));
      } else {
        moved.put(head.id(), batch.last());
        outcomes.add(new Appended.Committed());
      }
    }
    if (!moved.isEmpty() && dialect.moveHeads(session, moved) < moved.size()) {
      throw leftOut("the head row of a space");
    }
    return List.copyOf(outcomes);
  }

  private static boolean isWhole(HeadRow standing) {
    return standing.newest() == standing.head().version();
  }

  private static boolean fits(HeadRow standing, Rows rows) {
    return standing.head().isSame(rows.batch().expected());
  }

  private Appended takeOut(Session session, long space, Rows rows) throws SQLException {
    Batch batch = rows.batch();
    connections
        .dialect()
        .takeOut(session, space, batch.expected().version(), rows.last().version());
    FoundRows known =
        find(session, batch.space(), batch.updates().stream().map(Update::id).toList());
    if (known.records.isEmpty()) {
      throw leftOut("a record of space " + batch.space());
    }
    try {
      return new Appended.Known(known.parse(batch.space()));
    } catch (BrokenHistory e) {
      return new Appended.Broken(e);
    }
  }

  /** The failure when rows were left out without a word, as a trigger may do. */
  private static LogUnavailable leftOut(String what) {
    return new LogUnavailable(
        LogUnavailable.Outcome.NOT_APPLIED,
        LogUnavailable.Trouble.REFUSED,
        "the store left out " + what + " and gave no reason, as a trigger of it may",
        null);
  }

  @Override
  public void save(Snapshot snapshot) {
    if (snapshot.version() == 0) {
      return; // every start knows it
    }
    byte[] deflated = deflate(snapshot.toText());
    others.write(session -> {
      SpaceName space = snapshot.space();
      demandKnown(session, snapshot);
      int inserted =
          session.update(
              "INSERT INTO snapshot (space, version, format, deflated) VALUES ("
                  + ID
                  + ", ?, ?, ?) ON CONFLICT (space, version) DO UPDATE SET deflated ="
                  + " excluded.deflated, format = excluded.format",
              space,
              snapshot.version(),
              Snapshot.FORMAT,
              deflated);
      session.update(
          "DELETE FROM snapshot WHERE space = " + ID + " AND format <> ?", space, Snapshot.FORMAT);
      List<Long> versions =
          session.list(
              "SELECT version FROM snapshot WHERE space = " + ID, row -> row.getLong(1), space);
      for (long version : SnapshotRetention.dropped(new TreeSet<>(versions))) {
        session.update(
            "DELETE FROM snapshot WHERE space = " + ID + " AND version = ?", space, version);
      }
      return inserted;
    });
  }

  private void demandKnown(Session session, Snapshot snapshot) throws SQLException {
    boolean known =
        leafHashes(session, snapshot.space(), snapshot.version() - 1, snapshot.version())
            .contains(snapshot.head().leafHash());
    if (!known) {
      throw new IllegalArgumentException(
          "version " + snapshot.version() + " of " + snapshot.space() + " is not of this log");
    }
  }

  @Override
  public long remembered(SpaceName space) {
    return connections.read(session -> remembered(session, space));
  }

  private static long remembered(Session session, SpaceName space) throws SQLException {
    return session
        .first("SELECT version FROM remembered WHERE space = " + ID, row -> row.getLong(1), space)
        .orElse(0L);
  }

  /**
   * Writes in short transactions, because commits wait for them. Each row is true by itself, also
   * when the rows after it are never written.
   */
  @Override
  public boolean remember(Snapshot at) {
    SpaceName space = at.space();
    long since = remembered(space);
    if (at.version() <= since) {
      return true;
    }
    if (since < at.version() - State.REMEMBERED_VERSIONS) {
      return false;
    }
    List<Map.Entry<Pointer, Tag>> newer = List.copyOf(at.state().tombstonesSince(since).entrySet());
    for (int from = 0; from < newer.size(); from += TOMBSTONES_AT_ONCE) {
      List<Map.Entry<Pointer, Tag>> some =
          newer.subList(from, Math.min(newer.size(), from + TOMBSTONES_AT_ONCE));
      connections.write(session -> {
        demandKnown(session, at);
        int written = 0;
        for (Map.Entry<Pointer, Tag> tombstone : some) {
          written += write(session, space, tombstone.getKey(), tombstone.getValue());
        }
        return written;
      });
    }
    connections.write(session -> {
      demandKnown(session, at);
      return session.update(
          "INSERT INTO remembered (space, version) VALUES ("
              + ID
              + ", ?) ON CONFLICT (space) DO UPDATE SET version = excluded.version"
              + " WHERE excluded.version > remembered.version",
          space,
          at.version());
    });
    return true;
  }

  private static int write(Session session, SpaceName space, Pointer path, Tag tag)
      throws SQLException {
    return session.update(
        "INSERT INTO tombstone (space, path, time, author, version) VALUES ("
            + ID
            + ", ?, ?, ?, ?) ON CONFLICT (space, path) DO UPDATE SET time = excluded.time,"
            + " author = excluded.author, version = excluded.version"
            + " WHERE excluded.version > tombstone.version",
        space,
        bytes(path.toString()),
        tag.time(),
        tag.author().name(),
        tag.version());
  }

  private static byte[] bytes(String path) {
    return path.getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public OldTombstones recall(
      SpaceName space, long since, Collection<Pointer> at, Collection<Pointer> around) {
    Set<Pointer> places = new TreeSet<>(at);
    for (Pointer read : around) {
      places.add(read);
      places.addAll(read.ancestors());
    }
    return connections.read(session -> {
      long upTo =
          remembered(session, space); // read before the rows: meanwhile more rows may be stored
      TreeMap<Pointer, Tag> found = new TreeMap<>();
      List<Pointer> asked = List.copyOf(places);
      for (int from = 0; from < asked.size(); from += PATHS_AT_ONCE) {
        found.putAll(tombstones(session, space, since, asked, from));
      }
      int left = OldTombstones.MOST_BELOW;
      for (Pointer read : around) {
        Map<Pointer, Tag> below =
            tombstones(
                session,
                " AND path >= ? AND path < ? LIMIT ?",
                space,
                since,
                bytes(read + "/"),
                bytes(read + "0"), // the character after '/'
                left + 1);
        left -= below.size();
        found.putAll(below);
        if (left < 0) {
          return new OldTombstones(upTo, found, true);
        }
      }
      return new OldTombstones(upTo, found, false);
    });
  }

  private static Map<Pointer, Tag> tombstones(
      Session session, SpaceName space, long since, List<Pointer> asked, int from)
      throws SQLException {
    Object[] values = new Object[PATHS_AT_ONCE + 2];
    values[0] = space;
    values[1] = since;
    for (int i = 0; i < PATHS_AT_ONCE; i++) {
      values[i + 2] = bytes(asked.get(Math.min(from + i, asked.size() - 1)).toString());
    }
    return tombstones(session, AT_PATHS, values);
  }

  private static Map<Pointer, Tag> tombstones(Session session, String where, Object... values)
      throws SQLException {
    List<Map.Entry<Pointer, Tag>> found =
        session.list(
            "SELECT path, time, author, version FROM tombstone WHERE space = "
                + ID
                + " AND version > ?"
                + where,
            row ->
                Map.entry(
                    Pointer.parse(new String(row.getBytes(1), StandardCharsets.UTF_8)),
                    new Tag(
                        Session.time(row, "time"), new Author(row.getString(3)), row.getLong(4))),
            values);
    Map<Pointer, Tag> byPath = new HashMap<>();
    found.forEach(row -> byPath.put(row.getKey(), row.getValue()));
    return byPath;
  }

  @Override
  public Optional<Snapshot> snapshot(SpaceName space, long atMost) {
    long before = atMost;
    while (true) {
      long newest = before;
      Optional<StoredSnapshot> stored =
          connections.read(session ->
              session.first(
                  "SELECT version, deflated FROM snapshot WHERE space = "
                      + ID
                      + " AND version <= ? AND format = ? ORDER BY version DESC LIMIT 1",
                  row -> new StoredSnapshot(row.getLong(1), row.getBytes(2)),
                  space,
                  newest,
                  Snapshot.FORMAT));
      if (stored.isEmpty()) {
        return Optional.empty();
      }
      try {
        return Optional.of(stored.get().parse(space));
      } catch (BrokenHistory e) {
        LOG.warn(
            "{}; it is passed over, and more of the log is replayed instead. ./mnemogrid fsck tells"
                + " what else is wrong",
            e.getMessage());
        before = stored.get().version() - 1;
      }
    }
  }

  /** A row of the snapshots, parsed only after its statement is closed. */
  @SuppressWarnings("ArrayRecordComponent") // on its way from the driver, never compared
  private record StoredSnapshot(long version, byte[] deflated) {
    Snapshot parse(SpaceName space) {
      Snapshot snapshot;
      try {
        snapshot = Snapshot.parse(inflate(deflated));
      } catch (RuntimeException | IOException e) {
        throw damaged(space, String.valueOf(e.getMessage()));
      }
      if (snapshot.version() != version || !snapshot.space().equals(space)) {
        throw damaged(space, "it holds " + snapshot.head());
      }
      return snapshot;
    }

    private BrokenHistory damaged(SpaceName space, String what) {
      return new BrokenHistory(space, version, "its stored snapshot cannot be read: " + what);
    }
  }

  static byte[] deflate(String text) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Deflater deflater = new Deflater(Deflater.BEST_SPEED);
    try (DeflaterOutputStream deflate = new DeflaterOutputStream(out, deflater, 1 << 16)) {
      deflate.write(text.getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("memory does not fail", e);
    } finally {
      deflater.end();
    }
    return out.toByteArray();
  }

  private static byte[] inflate(byte[] deflated) throws IOException {
    try (InflaterInputStream in = new InflaterInputStream(new ByteArrayInputStream(deflated))) {
      return in.readAllBytes();
    }
  }

  /** A batch that was checked before the transaction, which then only inserts. */
  private record Rows(Batch batch, LogHead last) {
    /** Refuses a batch whose updates do not follow its head and each other. */
    static Rows of(Batch batch) {
      Set<UpdateId> ids = new HashSet<>();
      LogHead before = batch.expected();
      for (Update update : batch.updates()) {
        if (!update.space().equals(before.space())
            || update.version() != before.version() + 1
            || !update.previous().equals(before.leafHash())
            || update.fields().committed().isBefore(before.committed())
            || !ids.add(update.id())) {
          throw new IllegalArgumentException(update + " does not follow " + before);
        }
        before =
            new LogHead(
                update.space(),
                update.version(),
                update.root(),
                update.leafHash(),
                update.fields().committed());
      }
      return new Rows(batch, before);
    }

    SpaceName space() {
      return batch.space();
    }

    List<LogRow> toLog(long space) {
      return batch.updates().stream().map(update -> new LogRow(space, update)).toList();
    }
  }

  /** A row of the log, parsed only after its statement is closed. */
  @SuppressWarnings("ArrayRecordComponent") // on its way from the driver, never compared
  private record StoredRecord(long version, byte[] leafHash, byte[] record) {
    static StoredRecord read(ResultSet row) throws SQLException {
      return new StoredRecord(row.getLong(1), row.getBytes(2), row.getBytes(3));
    }

    /** Whether this row is exactly what that update is stored as. */
    boolean isOf(Update update) {
      return update.hasBytes(record) && Arrays.equals(update.leafHash().toBytes(), leafHash);
    }

    Update parse(SpaceName space) {
      Update update;
      try {
        update = Update.parse(record);
      } catch (RuntimeException e) {
        throw new BrokenHistory(space, version, "its record cannot be read: " + e.getMessage());
      }
      if (!update.space().equals(space)
          || update.version() != version
          || !update.leafHash().equals(JdbcUpdateLog.leafHash(space, version, leafHash))) {
        throw new BrokenHistory(space, version, "its record is another: " + update);
      }
      return update;
    }
  }
}
