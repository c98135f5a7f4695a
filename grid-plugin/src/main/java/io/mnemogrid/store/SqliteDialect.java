package io.mnemogrid.store;

import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable.Trouble;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.SpaceName;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileStore;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.sql.Types;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteErrorCode;
import org.sqlite.SQLiteException;

/**
 * SQLite in one file, WAL. {@code synchronous=FULL} syncs the WAL before COMMIT returns; OFF is the
 * known-bad twin of tests. One for each {@link Connections}.
 *
 * <p>Head rows that the writer's connection has written or read are remembered until somebody else
 * commits, which {@code PRAGMA data_version} shows. So an append over many spaces reads one number
 * in place of a row for each space. What is remembered is used inside of write transactions only,
 * and their connection has one user at a time.
 */
final class SqliteDialect implements Dialect {
  /** The pragma of that name. */
  enum Synchronous {
    FULL,
    OFF
  }

  /** File systems whose locks or syncs are another machine's, as Linux and macOS name them. */
  private static final Set<String> REMOTE =
      Set.of("nfs", "nfs4", "cifs", "smb3", "smbfs", "afpfs", "fuse.sshfs", "9p", "webdav", "ceph");

  /** The bits of a result code that are its primary code. */
  private static final int PRIMARY = 0xff;

  private static final Set<Integer> REFUSALS =
      Set.of(
          SQLiteErrorCode.SQLITE_CONSTRAINT.code,
          SQLiteErrorCode.SQLITE_TOOBIG.code,
          SQLiteErrorCode.SQLITE_MISMATCH.code);

  private static final Duration BUSY_TIMEOUT = Duration.ofSeconds(5);
  private static final int WRITER_CACHE_KIB = 64 << 10;
  private static final int READER_CACHE_KIB = 8 << 10;
  // A checkpoint of the WAL syncs the file twice; rarer ones write a page that changed often once.
  static final int WAL_CHECKPOINT_PAGES = 8_000;
  private static final long WAL_KEEP_BYTES = 64 << 20;
  private static final int PAGE_BYTES = 4096;
  private static final long MANY_FREE_BYTES = 64 << 20;
  private static final Duration WAL_PATIENCE = Duration.ofMillis(200);
  private static final Duration WAL_RETRY = Duration.ofSeconds(1);
  private static final Duration LOOK_THROUGH = Duration.ofMinutes(10);
  private static final Duration WAL_SAY = Duration.ofMinutes(1);
  private static final Logger LOG = LoggerFactory.getLogger(SqliteDialect.class);

  private static final String SCHEMA = "SELECT value FROM setting WHERE name = ?";
  private static final String HEAD =
      """
      SELECT id, name, version, root, leaf_hash, committed, last_row,
        (SELECT coalesce(max(version), 0) FROM update_log
         WHERE id = space.last_row AND space = space.id) AS newest
      FROM space WHERE name = ?
      """;

  /** The index {@code log_place} has the rows of versions that are multiples of this. */
  private static final long PLACE_EVERY = 16;

  /**
   * If there are up to this many rows for each one that is wanted, all of them are read. If there
   * are more, each wanted row is looked up.
   */
  private static final long MOST_FOREIGN = 4;

  /** For a version that is missing, up to this many rows are searched at every read. */
  private static final long NEAR_ROWS = 4096;

  // The parameters are the same: low and high row, space, since, to.
  private static final String BETWEEN_ROWS =
      """
      SELECT %s FROM update_log l
      WHERE l.id > ?1 AND l.id <= ?2 AND l.space = ?3 AND l.version > ?4 AND l.version <= ?5
      ORDER BY l.id
      """;
  private static final String ROW_BY_ROW =
      """
      WITH RECURSIVE chain (row, version, before) AS (
        SELECT id, version, before FROM update_log WHERE id = ?2 AND ?1 < ?2
        UNION ALL
        SELECT l.id, l.version, l.before FROM chain CROSS JOIN update_log l ON l.id = chain.before
        WHERE chain.version > ?4 + 1 AND l.version = chain.version - 1)
      SELECT %s FROM chain CROSS JOIN update_log l ON l.id = chain.row
      WHERE l.space = ?3 AND l.version > ?4 AND l.version <= ?5 ORDER BY l.version
      """;
  private static final String ROW_BY_ROW_END =
      ROW_BY_ROW.formatted("coalesce(min(l.version) - 1, ?5)");
  private static final String WHOLE_TABLE =
      """
      SELECT %s FROM update_log l WHERE l.space = ? AND l.version > ? AND l.version <= ?
      ORDER BY l.version
      """;

  private final Path file;
  private final Synchronous synchronous;
  private final HostClock clock;
  private final File wal;
  private final int checkpointPages;
  private final long mostWal;
  private long walTried = System.nanoTime() - WAL_RETRY.toNanos();
  private long walSaid = System.nanoTime() - WAL_SAY.toNanos();
  private final Map<Long, Long> lookedThrough = new ConcurrentHashMap<>(); // all of the log, when
  private final Map<SpaceName, HeadRow> known = new HashMap<>();
  private final Map<Long, @Nullable Long> lastRows = new HashMap<>(); // of the known spaces, by id
  private long nextRow = -1; // of the log; unknown when negative
  private long firstRow; // the first row that the last call of insert wrote
  private long dataVersion = -1; // of the writer's connection when all of these were right

  SqliteDialect(Path file, Synchronous synchronous) {
    this(file, synchronous, WAL_CHECKPOINT_PAGES);
  }

  /**
   * A dialect whose WAL may grow to {@code checkpointPages} pages, and to four times as many under
   * readers.
   */
  SqliteDialect(Path file, Synchronous synchronous, int checkpointPages) {
    this.file = file;
    this.synchronous = synchronous;
    this.checkpointPages = checkpointPages;
    this.mostWal = 4L * checkpointPages * PAGE_BYTES;
    this.wal = new File(file + "-wal");
    this.clock = new HostClock(file.resolveSibling(file.getFileName() + ".clock"));
  }

  Path file() {
    return file;
  }

  @Override
  public Connection openWriter() throws SQLException {
    return open(
        url(),
        List.of(
            "journal_mode=WAL",
            "synchronous=" + synchronous,
            "wal_autocheckpoint=" + checkpointPages,
            "journal_size_limit=" + WAL_KEEP_BYTES,
            "cache_size=-" + WRITER_CACHE_KIB,
            "foreign_keys=ON"));
  }

  @Override
  public Connection openReader() throws SQLException {
    return open(readerUrl(file), List.of("cache_size=-" + READER_CACHE_KIB, "query_only=ON"));
  }

  String url() {
    return "jdbc:sqlite:" + file;
  }

  /**
   * The URL to open a file for reading. If this user may not write there, SQLite cannot make the
   * files that it keeps beside the database. If there is no WAL either, the file is then read as
   * one that nobody changes.
   */
  static String readerUrl(Path file) {
    if (isWritable(file)) {
      return "jdbc:sqlite:" + file.toAbsolutePath();
    }
    boolean hasWal = new File(file + "-wal").length() > 0;
    String path = file.toAbsolutePath().toUri().getRawPath();
    return "jdbc:sqlite:file:" + path + (hasWal ? "?mode=ro" : "?immutable=1");
  }

  /** Whether this user may write the file and beside it. */
  static boolean isWritable(Path file) {
    Path folder = file.toAbsolutePath().getParent();
    return Files.isWritable(file) && (folder == null || Files.isWritable(folder));
  }

  private Connection open(String url, List<String> pragmas) throws SQLException {
    List<String> all = new ArrayList<>();
    all.add("busy_timeout=" + BUSY_TIMEOUT.toMillis()); // first, the others may have to wait
    all.addAll(pragmas);
    Connection connection = DriverManager.getConnection(url);
    try (Statement statement = connection.createStatement()) {
      for (String pragma : all) {
        statement.execute("PRAGMA " + pragma);
      }
      return connection;
    } catch (SQLException e) {
      connection.close();
      throw e;
    }
  }

  @Override
  public String begin() {
    return "BEGIN IMMEDIATE";
  }

  /** Transactions may be shared: from BEGIN IMMEDIATE to COMMIT there is one writer. */
  @Override
  public boolean sharesTransactions() {
    return true;
  }

  @Override
  public void forget() {
    known.clear();
    lastRows.clear();
    nextRow = -1;
    dataVersion = -1;
  }

  /** Locks nothing: from BEGIN IMMEDIATE to COMMIT there is one writer. */
  @Override
  public List<HeadRow> lockHeads(Session session, Collection<SpaceName> spaces)
      throws SQLException {
    long now = session.first("PRAGMA data_version", row -> row.getLong(1)).orElse(-1L);
    if (now != dataVersion) {
      forget();
      dataVersion = now;
      Schema.refuseNewer(
          session.first(SCHEMA, row -> row.getString(1), Schema.SETTING).orElse(null),
          Schema.SQLITE);
    }
    List<HeadRow> rows = new ArrayList<>(spaces.size());
    for (SpaceName space : spaces) {
      HeadRow row = known.get(space);
      if (row == null) {
        row = session.first(HEAD, this::readHead, space).orElse(null);
        if (row != null && row.newest() != row.head().version()) {
          row = new HeadRow(row.id(), row.head(), newest(session, row.id()));
        }
      }
      if (row != null) {
        known.put(space, row);
        rows.add(row);
      }
    }
    return rows;
  }

  /**
   * The version that a log ends with, when its head row does not name it. Reads the whole table.
   */
  private static long newest(Session session, long space) throws SQLException {
    return session
        .first(
            "SELECT coalesce(max(version), 0) FROM update_log WHERE space = ?",
            row -> row.getLong(1),
            space)
        .orElse(0L);
  }

  private HeadRow readHead(ResultSet row) throws SQLException {
    long last = row.getLong("last_row");
    lastRows.put(row.getLong("id"), row.wasNull() ? null : last);
    return HeadRow.read(row);
  }

  @Override
  public Map<Long, Integer> insert(Session session, List<LogRow> rows) throws SQLException {
    PreparedStatement insert =
        session.prepare(
            """
            INSERT INTO update_log
              (id, before, space, version, update_id, leaf_hash, committed, record)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (update_id, space) DO NOTHING
            """);
    if (nextRow < 0) {
      nextRow =
          session
              .first("SELECT coalesce(max(id), 0) + 1 FROM update_log", row -> row.getLong(1))
              .orElse(1L);
    }
    firstRow = nextRow;
    Map<Long, Integer> inserted = new HashMap<>();
    List<LogRow> batch = new ArrayList<>();
    long bytes = 0;
    for (LogRow row : rows) {
      Update update = row.update();
      insert.setLong(1, nextRow);
      Long before = lastRows.put(row.space(), nextRow++);
      if (before == null) {
        insert.setNull(2, Types.INTEGER);
      } else {
        insert.setLong(2, before);
      }
      insert.setLong(3, row.space());
      insert.setLong(4, update.version());
      insert.setString(5, update.id().text());
      insert.setBytes(6, update.leafHash().toBytes());
      insert.setLong(7, update.fields().committed().toEpochMilli());
      insert.setBytes(8, row.record());
      insert.addBatch();
      batch.add(row);
      bytes += update.sizeBytes();
      if (bytes >= INSERTED_AT_ONCE_BYTES) {
        insert(insert, batch, inserted);
        batch.clear();
        bytes = 0;
      }
    }
    insert(insert, batch, inserted);
    return inserted;
  }

  private static void insert(
      PreparedStatement insert, List<LogRow> batch, Map<Long, Integer> inserted)
      throws SQLException {
    int[] counts = insert.executeBatch();
    for (int i = 0; i < counts.length; i++) {
      inserted.merge(batch.get(i).space(), counts[i], Integer::sum);
    }
  }

  /** The rows are at the end of the table. The space's last row is read again. */
  @Override
  public void takeOut(Session session, long space, long since, long to) throws SQLException {
    session.update(
        "DELETE FROM update_log WHERE id >= ? AND space = ? AND version > ? AND version <= ?",
        firstRow,
        space,
        since,
        to);
    known.values().removeIf(row -> row.id() == space);
    lastRows.remove(space);
  }

  @Override
  public int moveHeads(Session session, Map<Long, LogHead> heads) throws SQLException {
    long changed =
        session
            .first("SELECT coalesce(max(changed), 0) + 1 FROM space", row -> row.getLong(1))
            .orElseThrow();
    PreparedStatement move =
        session.prepare(
            """
            UPDATE space SET version = ?, root = ?, leaf_hash = ?, committed = ?, last_row = ?,
              changed = ?
            WHERE id = ?
            """);
    for (Map.Entry<Long, LogHead> moved : heads.entrySet()) {
      LogHead head = moved.getValue();
      move.setLong(1, head.version());
      move.setBytes(2, head.root().toBytes());
      move.setBytes(3, head.leafHash().toBytes());
      move.setLong(4, head.committed().toEpochMilli());
      move.setLong(5, Objects.requireNonNull(lastRows.get(moved.getKey())));
      move.setLong(6, changed);
      move.setLong(7, moved.getKey());
      move.addBatch();
      known.put(head.space(), new HeadRow(moved.getKey(), head, head.version()));
    }
    return IntStream.of(move.executeBatch()).sum();
  }

  /** Where a space's log ends. */
  private record End(long space, long version, long row) {}

  /**
   * The index has the places of some versions. One place at or before the first wanted version and
   * one at or after the last enclose the wanted rows. If few of the rows between them are of other
   * spaces, all of them are read; else each row is found from the one after it. If a version is not
   * found so, all rows between two near places are read, and once in a while the whole table. So
   * where many spaces write, one missing row may also hide the rows of up to 15 versions before it.
   */
  @Override
  public <T> List<T> log(
      Session session, String columns, SpaceName space, long since, long to, Session.Row<T> reader)
      throws SQLException {
    Optional<End> found =
        session.first(
            "SELECT id, version, coalesce(last_row, 0) FROM space WHERE name = ?",
            row -> new End(row.getLong(1), row.getLong(2), row.getLong(3)),
            space);
    if (found.isEmpty() || Math.min(to, found.get().version) <= since) {
      return List.of();
    }
    End end = found.get();
    long last = Math.min(to, end.version);
    long low = place(session, end.space, since / PLACE_EVERY * PLACE_EVERY);
    long placed = Math.ceilDiv(last, PLACE_EVERY) * PLACE_EVERY;
    long high = placed > end.version ? end.row : place(session, end.space, placed);
    boolean few = high - low <= MOST_FOREIGN * (last - since) + PLACE_EVERY;
    Session.Row<Numbered<T>> rows = Numbered.reader(reader);
    String all = "l.version, " + columns;
    List<Numbered<T>> list =
        session.list(
            (few ? BETWEEN_ROWS : ROW_BY_ROW).formatted(all),
            rows,
            low,
            high,
            end.space,
            since,
            last);
    if (Numbered.missing(list, since, last) == 0) {
      return Numbered.rows(list);
    }
    long beyond = high == 0 ? end.row : high; // where the row at the place itself is missing
    boolean near = beyond - low <= NEAR_ROWS;
    if (near) {
      list = session.list(BETWEEN_ROWS.formatted(all), rows, low, beyond, end.space, since, last);
    }
    if (Numbered.missing(list, since, last) != 0 && mayLookThrough(end.space)) {
      near = true;
      list = session.list(WHOLE_TABLE.formatted(all), rows, end.space, since, last);
      if (Numbered.missing(list, since, last) == 0) {
        lookedThrough.remove(end.space);
        LOG.warn(
            "rows of space {} do not say where the ones before them stand, so the whole log was"
                + " read: a version before schema 4 appended them, or a row after them is missing",
            space);
      }
    }
    long missing = Numbered.missing(list, since, last);
    if (missing != 0) {
      throw Numbered.isMissing(
          space,
          near ? missing : missing(session, end, low, high, since, Math.min(placed, end.version)),
          end.version);
    }
    return Numbered.rows(list);
  }

  /** The version at which the way back from the row {@code high}, of version {@code at}, ends. */
  private static long missing(Session session, End end, long low, long high, long since, long at)
      throws SQLException {
    return session
        .first(ROW_BY_ROW_END, row -> row.getLong(1), low, high, end.space, since, at)
        .orElse(at);
  }

  /**
   * Whether the whole log may be read again for a space. It is read once in a while only, because
   * that does not find a row that is really missing.
   */
  private boolean mayLookThrough(long space) {
    long now = System.nanoTime();
    Long last = lookedThrough.get(space);
    if (last != null && now - last < LOOK_THROUGH.toNanos()) {
      return false;
    }
    lookedThrough.put(space, now);
    return true;
  }

  /** The row of a version that has a place, 0 for none. */
  private static long place(Session session, long space, long version) throws SQLException {
    return version == 0
        ? 0
        : session
            .first(
                "SELECT id FROM update_log WHERE space = ? AND version = ? AND version % 16 = 0",
                row -> row.getLong(1), space, version)
            .orElse(0L);
  }

  /** What is numbered is committed in the order of the numbers, because there is one writer. */
  @Override
  public String at(String table) {
    return """
    SELECT 0 AS era, coalesce(max(changed), 0) + 1 AS next, coalesce(max(changed), 0) + 1 AS known
    FROM %s
    """
        .formatted(table);
  }

  /** No clause: from BEGIN IMMEDIATE to COMMIT there is one writer. */
  @Override
  public String forShare() {
    return "";
  }

  /** Never true: there is no network in between. */
  @Override
  public boolean isLost(SQLException failure) {
    return false;
  }

  /**
   * A full disk shows as FULL, a full quota as IOERR_WRITE. SQLite writes the frame that commits
   * last. So a transaction that could not be written whole commits nothing, also when the WAL is
   * recovered later.
   *
   * <p>A refusal is what a constraint or a trigger ({@code RAISE}) says, or a value that is too
   * large or of the wrong type. At COMMIT only a deferred foreign key refuses, and it leaves the
   * transaction open.
   */
  @Override
  public Trouble trouble(SQLException failure) {
    if (!(failure instanceof SQLiteException said)) {
      return Trouble.AWAY;
    }
    SQLiteErrorCode code = said.getResultCode();
    if (code == SQLiteErrorCode.SQLITE_FULL || code == SQLiteErrorCode.SQLITE_IOERR_WRITE) {
      return Trouble.FULL;
    }
    return REFUSALS.contains(code.code & PRIMARY) ? Trouble.REFUSED : Trouble.AWAY;
  }

  /** The host's clock: all that open the file are on one host. */
  Instant now() {
    return clock.now();
  }

  @Override
  public String place() {
    return file.toString();
  }

  /** The room on the disk and in the WAL. The WAL keeps the room of what was rolled back. */
  @Override
  public OptionalLong room() {
    return OptionalLong.of(diskRoom() + wal.length());
  }

  /** What is left on the disk. */
  long diskRoom() {
    return file.toFile().getUsableSpace();
  }

  /** The failure's message. If the file is busy, it also names the process that holds it. */
  @Override
  public String explain(SQLException failure) {
    String said = String.valueOf(failure.getMessage());
    return isBusy(failure)
        ? LockHolder.ofWriter(file).map(holder -> said + ": " + holder).orElse(said)
        : said;
  }

  private static boolean isBusy(SQLException failure) {
    return failure instanceof SQLiteException said
        && (said.getResultCode().code & PRIMARY) == SQLiteErrorCode.SQLITE_BUSY.code;
  }

  /** The size of the write-ahead log. */
  long walBytes() {
    return wal.length();
  }

  /**
   * Empties a WAL that has grown too large. The checkpoints inside of COMMIT wait for nobody, so
   * while readers take turns, the WAL is never written from its beginning again. This checkpoint
   * waits for readers, for a short time. A reader that stays keeps the WAL, and the log says so.
   */
  @Override
  public void committed(Session writer) {
    long nanos = System.nanoTime();
    if (wal.length() <= mostWal || nanos - walTried < WAL_RETRY.toNanos()) {
      return;
    }
    walTried = nanos;
    try {
      writer.once("PRAGMA busy_timeout=" + WAL_PATIENCE.toMillis());
      writer.once("PRAGMA wal_checkpoint(TRUNCATE)");
      writer.once("PRAGMA busy_timeout=" + BUSY_TIMEOUT.toMillis());
    } catch (SQLException e) {
      LOG.debug("no checkpoint of {}", wal, e);
    }
    if (wal.length() > mostWal && nanos - walSaid > WAL_SAY.toNanos()) {
      walSaid = nanos;
      LOG.warn(
          "{} has {} MB, and a reader keeps it from being emptied: an fsck, another program that"
              + " has the file open in a transaction, or a process that is stopped",
          wal,
          wal.length() >> 20);
    }
  }

  @Override
  public List<Safeguard> safeguards(Session writer) throws SQLException {
    String journal = ask(writer, "PRAGMA journal_mode");
    String sync = ask(writer, "PRAGMA synchronous");
    List<Safeguard> safeguards = new ArrayList<>();
    safeguards.add(
        new Safeguard(
            journal.equals("wal"), "journal_mode=" + journal, "start a member, which sets WAL"));
    safeguards.add(
        new Safeguard(
            sync.equals("2") || sync.equals("3"),
            "synchronous=" + sync,
            "2 (FULL) is what each member sets: another program changed it"));
    safeguards.addAll(readOnlySafeguards(writer));
    return safeguards;
  }

  /** What the file itself shows, for a user who may not write. */
  List<Safeguard> readOnlySafeguards(Session reader) throws SQLException {
    List<Safeguard> safeguards = new ArrayList<>();
    String version = ask(reader, "SELECT sqlite_version()");
    safeguards.add(newEnough(version));
    safeguards.add(isLocal());
    safeguards.add(hasWholeBlocks());
    safeguards.add(isPrivate());
    safeguards.addAll(sizes(reader));
    return safeguards;
  }

  private static Safeguard newEnough(String version) {
    return new Safeguard(
        isAtLeast(version, 3, 51, 3),
        "SQLite " + version,
        "versions before 3.51.3 can corrupt a WAL: use the sqlite-jdbc of this release");
  }

  private Safeguard isLocal() {
    String fileSystem = fileSystem();
    return new Safeguard(
        !REMOTE.contains(fileSystem.toLowerCase(Locale.ROOT)),
        file.toAbsolutePath() + " is on " + fileSystem,
        "WAL needs a local disk: move the data folder, or use PostgreSQL");
  }

  /**
   * SQLite gives each page of {@code -shm} one byte before it maps it. If a block is smaller than a
   * page, that leaves holes, and a write into a hole of a full disk ends the process with SIGBUS.
   */
  private Safeguard hasWholeBlocks() {
    try {
      FileStore disk = Files.getFileStore(file);
      return new Safeguard(
          !disk.type().startsWith("ext") || disk.getBlockSize() >= PAGE_BYTES,
          "%s with blocks of %d bytes".formatted(disk.type(), disk.getBlockSize()),
          "once this disk is full, SIGBUS may end the member: make it by mkfs.ext4 -b "
              + PAGE_BYTES);
    } catch (IOException e) {
      throw new UncheckedIOException("the file system of " + file + " is not known", e);
    }
  }

  /** The database, what SQLite and a member keep beside it, and their folder. */
  List<Path> files() {
    List<Path> files = new ArrayList<>();
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null) {
      files.add(folder);
    }
    for (String end : List.of("", "-wal", "-shm", ".clock", ".lock")) {
      files.add(Path.of(file + end));
    }
    return files;
  }

  private Safeguard isPrivate() {
    try {
      List<String> wider = Private.wider(files());
      return wider.isEmpty()
          ? new Safeguard(true, "its owner alone may read the store", "")
          : new Safeguard(
              false,
              "others may read " + String.join(", ", wider),
              "chmod -R go= " + file.toAbsolutePath().getParent());
    } catch (IOException e) {
      throw new UncheckedIOException("the rights of " + file + " are not known", e);
    }
  }

  /** How large it is; not a question of durability until the disk is full. */
  private List<Safeguard> sizes(Session session) throws SQLException {
    long page = Long.parseLong(ask(session, "PRAGMA page_size"));
    long bytes = page * Long.parseLong(ask(session, "PRAGMA page_count"));
    long free = page * Long.parseLong(ask(session, "PRAGMA freelist_count"));
    List<Safeguard> sizes = new ArrayList<>();
    sizes.add(
        new Safeguard(
            wal.length() <= 2 * mostWal,
            "the database has %d MB, its WAL %d MB, the disk %d MB of room"
                .formatted(bytes >> 20, wal.length() >> 20, diskRoom() >> 20),
            "a reader keeps the WAL from being emptied: end what has the file open in a"
                + " transaction, or a process that is stopped"));
    if (free > bytes / 4 && free > MANY_FREE_BYTES) {
      sizes.add(
          new Safeguard(
              true,
              (free >> 20)
                  + " MB of it are free, and new rows fill them; ./mnemogrid compact gives them"
                  + " back to the disk",
              ""));
    }
    return sizes;
  }

  private static String ask(Session writer, String sql) throws SQLException {
    return writer.first(sql, row -> row.getString(1)).orElse("?");
  }

  private String fileSystem() {
    try {
      return Files.getFileStore(file).type();
    } catch (IOException e) {
      throw new UncheckedIOException("the file system of " + file + " is not known", e);
    }
  }

  static boolean isAtLeast(String version, int... wanted) {
    String[] parts = version.split("\\.", -1);
    for (int i = 0; i < wanted.length; i++) {
      int part = i < parts.length ? Integer.parseInt(parts[i]) : 0;
      if (part != wanted[i]) {
        return part > wanted[i];
      }
    }
    return true;
  }
}
