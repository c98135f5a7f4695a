package io.mnemogrid.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.CommitResult;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.SmallDisk;
import io.mnemogrid.Space;
import io.mnemogrid.audit.Fsck;
import io.mnemogrid.audit.Progress;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Main;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.FirstVersion;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import io.mnemogrid.store.StoreCopy;
import io.mnemogrid.store.StoreRows;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** fsck, export, import and backup on the store that a real member left behind. */
class StoreCommandsIT {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final SpaceName OTHER = SpaceName.of("other");
  private static final Author BOT = new Author("bot-a");
  private static final int VERSIONS = 60;

  @TempDir static Path sound;
  @TempDir Path folder;

  private static GridConfig config(Path data, int port) {
    return TestGrid.member(data, port).withCheckpoints(Duration.ofSeconds(1), 1000);
  }

  private static GridConfig withNotary(Path data, String notary, int port) {
    return config(data, port).withAnchor(new GridConfig.AnchorConfig.Notary(data.resolve(notary)));
  }

  private static void set(Space space, String path, String json) {
    assertThat(space.commit(space.delta(BOT, delta -> delta.set(path, Json.parse(json)))).join())
        .isInstanceOf(CommitResult.Committed.class);
  }

  private static void awaitFinal(Space space, long version) {
    await()
        .atMost(Duration.ofSeconds(90))
        .untilAsserted(() -> assertThat(space.finality(version).isFinal()).isTrue());
  }

  @BeforeAll
  static void growASoundStore() throws IOException {
    try (Mnemogrid grid = Mnemogrid.start(withNotary(sound, "notary", TestGrid.freePort()))) {
      grid.createSpace(SPACE, "{}");
      grid.createSpace(OTHER, "{}");
      Space space = grid.space(SPACE).orElseThrow();
      Space other = grid.space(OTHER).orElseThrow();
      for (int i = 1; i <= VERSIONS; i++) {
        set(space, "/facts/" + i % 7, "{\"n\":" + i + "}");
        if (i == VERSIONS / 2) {
          awaitFinal(space, i);
        }
      }
      set(other, "/x", "[1,2]");
      awaitFinal(space, VERSIONS);
      awaitFinal(other, 1);
    }
    try (SqliteStore store = SqliteStore.open(sound.resolve("mnemogrid.db"))) {
      store.log().save(store.log().replay(SPACE, 40).orElseThrow());
    }
  }

  /** A copy of the sound store with its notary. */
  private Path copy() throws IOException {
    Files.createDirectories(folder.resolve("notary"));
    StoreCopy.write(sound.resolve("mnemogrid.db"), folder.resolve("mnemogrid.db"));
    try (Stream<Path> files = Files.list(sound.resolve("notary"))) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve("notary").resolve(file.getFileName()));
      }
    }
    return folder;
  }

  private record Ran(int code, String out, String err) {}

  private static Ran run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            args);
    return new Ran(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void passesASoundStore() throws IOException {
    Ran ran = run("fsck", "--data", copy().toString());
    assertThat(ran.out()).startsWith("verified: 2 spaces, 61 versions").contains("held against");
    assertThat(ran.code()).isEqualTo(ExitCode.OK.code());
  }

  /** A change to a store, and where fsck must find it. */
  private record Planted(String name, Planting planting, String where) {
    @Override
    public String toString() {
      return name;
    }
  }

  private interface Planting {
    void plant(Connection connection) throws SQLException, IOException;
  }

  private static Planted planted(String name, String where, String... sql) {
    return new Planted(
        name,
        connection -> {
          for (String line : sql) {
            try (Statement statement = connection.createStatement()) {
              assertThat(statement.executeUpdate(line)).isBetween(0, 1000);
            }
          }
        },
        where);
  }

  static List<Planted> plantings() {
    String daryl = "(SELECT id FROM space WHERE name = 'daryl')";
    String noTriggers = "DROP TRIGGER checkpoint_header_stays";
    String zeros = "zeroblob(32)";
    return List.of(
        planted(
            "a record with another author",
            "space daryl, version 5",
            "UPDATE update_log SET record = CAST(replace(CAST(record AS TEXT), 'bot-a', 'bot-b')"
                + " AS BLOB) WHERE version = 5 AND space = "
                + daryl),
        planted(
            "a record that is no JSON",
            "space daryl, version 6",
            "UPDATE update_log SET record = x'7b' WHERE version = 6 AND space = " + daryl),
        new Planted(
            "a record hashed anew, its successors not",
            connection -> forge(connection, 7, 7, "\"type\":\"update\"", "\"type\":\"updatf\""),
            "space daryl, version 8"),
        new Planted(
            "a history rewritten from a value on, all hashes of the log anew",
            connection -> forge(connection, 9, VERSIONS, "\"new_value\":9", "\"new_value\":8"),
            "space daryl, version 9"),
        planted(
            "a version gone",
            "space daryl, version 11",
            "DELETE FROM update_log WHERE version = 11 AND space = " + daryl),
        planted(
            "an id in the index that is not the record's",
            "space daryl, version 12",
            "UPDATE update_log SET update_id = 'free' WHERE version = 12 AND space = " + daryl),
        planted(
            "a leaf hash in the row",
            "space daryl, version 13",
            "UPDATE update_log SET leaf_hash = "
                + zeros
                + " WHERE version = 13 AND space = "
                + daryl),
        planted(
            "a time in the row",
            "space daryl, version 14",
            "UPDATE update_log SET committed = 1 WHERE version = 14 AND space = " + daryl),
        planted(
            "a head row behind its log",
            "space daryl",
            "UPDATE space SET version = 59 WHERE name = 'daryl'"),
        planted(
            "another root in the head row",
            "space daryl",
            "UPDATE space SET root = " + zeros + " WHERE name = 'daryl'"),
        planted(
            "another leaf hash in the head row",
            "space daryl",
            "UPDATE space SET leaf_hash = " + zeros + " WHERE name = 'daryl'"),
        planted(
            "a log cut off, head row and all",
            "space other",
            "DELETE FROM update_log WHERE space = (SELECT id FROM space WHERE name = 'other')",
            "UPDATE space SET version = 0, root = (SELECT root FROM space WHERE name = 'daryl')"
                + " WHERE name = 'other'"),
        new Planted(
            "another author of a leaf in a snapshot",
            StoreCommandsIT::spoilSnapshot,
            "snapshot of daryl at version 40"),
        planted(
            "a snapshot that cannot be read",
            "snapshot of daryl at version 40",
            "UPDATE snapshot SET deflated = x'00' WHERE version = 40"),
        planted(
            "another root in a audited head",
            "audited head of other at version 1",
            "UPDATE verified_head SET state_root = " + zeros + " WHERE space = 'other'"),
        planted(
            "another leaf hash in a audited head",
            "audited head of other at version 1",
            "UPDATE verified_head SET leaf_hash = " + zeros + " WHERE space = 'other'"),
        planted(
            "a problem that the audit found",
            "audited head of other at version 1",
            "UPDATE verified_head SET problem = 'roots differ' WHERE space = 'other'"),
        planted(
            "another header",
            "checkpoint 1",
            noTriggers,
            "UPDATE checkpoint SET header = zeroblob(105) WHERE number = 1"),
        planted(
            "another hash of a checkpoint",
            "checkpoint 1",
            noTriggers,
            "UPDATE checkpoint SET hash = " + zeros + " WHERE number = 1"),
        planted(
            "another root in a checkpoint's entry",
            "checkpoint 1",
            "UPDATE checkpoint_space SET state_root = " + zeros + " WHERE number = 1"),
        planted(
            "an entry of a checkpoint gone",
            "checkpoint 1",
            "DELETE FROM checkpoint_space WHERE number = 1"),
        planted(
            "a manifest gone",
            "checkpoint 1",
            "DELETE FROM blob WHERE digest ="
                + " (SELECT manifest_digest FROM checkpoint WHERE number = 1)"),
        planted(
            "a header blob gone",
            "checkpoint 1",
            "DELETE FROM blob WHERE digest = (SELECT hash FROM checkpoint WHERE number = 1)"),
        planted(
            "a manifest with other bytes",
            "blob ipfs://",
            "UPDATE blob SET bytes = x'7b7d' WHERE digest ="
                + " (SELECT manifest_digest FROM checkpoint WHERE number = 1)"),
        planted("the place of a snapshot gone", "checkpoint 1", "DELETE FROM document"),
        planted(
            "another place of a snapshot",
            "checkpoint 1",
            "UPDATE document SET version = version + 1 WHERE digest ="
                + " (SELECT snapshot FROM checkpoint_space WHERE number = 1)"),
        planted(
            "checkpoints fewer than the notary's",
            "chain-ahead",
            "DROP TRIGGER checkpoint_stays",
            "DELETE FROM checkpoint_space WHERE number = (SELECT max(number) FROM checkpoint)",
            "DELETE FROM checkpoint WHERE number = (SELECT max(number) FROM checkpoint)"));
  }

  @ParameterizedTest
  @MethodSource("plantings")
  void findsEveryKindOfMismatchAndSaysWhere(Planted planted) throws IOException, SQLException {
    Path data = copy();
    try (Connection connection =
        DriverManager.getConnection("jdbc:sqlite:" + data.resolve("mnemogrid.db"))) {
      planted.planting.plant(connection);
    }
    Ran ran = run("fsck", "--data", data.toString());
    assertThat(ran.out()).startsWith("mismatch at " + planted.where);
    assertThat(ran.code()).isEqualTo(ExitCode.DOES_NOT_HOLD.code());
  }

  @Test
  void findsANotaryThatHoldsOtherHeaders() throws IOException {
    Path data = copy();
    Path foreign = folder.resolve("foreign");
    try (Mnemogrid grid = Mnemogrid.start(withNotary(foreign, "notary", TestGrid.freePort()))) {
      grid.createSpace(OTHER, "{}");
      Space space = grid.space(OTHER).orElseThrow();
      set(space, "/y", "1");
      awaitFinal(space, 1);
    }
    Ran ran =
        run("fsck", "--data", data.toString(), "--notary", foreign.resolve("notary").toString());
    assertThat(ran.out()).startsWith("mismatch at checkpoint 1 at ");
  }

  @Test
  void findsAMemberThatShowsAnotherRoot() throws IOException {
    Path data = copy();
    try (SqliteStore store = SqliteStore.open(data.resolve("mnemogrid.db"));
        StoreRows rows = StoreRows.ofSqlite(data.resolve("mnemogrid.db"))) {
      Snapshot at = store.log().replay(SPACE, 33).orElseThrow();
      Fsck.Claim claim = new Fsck.Claim("http://member", SPACE, 33, at.head().root(), at.logRoot());
      Progress silent = (_, _, _) -> {};
      assertThat(new Fsck(rows, store, silent).run(List.of(claim), Optional.empty())).isEmpty();
      Fsck.Claim untrue = new Fsck.Claim("http://member", SPACE, 33, Hash.ZERO, at.logRoot());
      assertThat(new Fsck(rows, store, silent).run(List.of(untrue), Optional.empty()))
          .hasValueSatisfying(mismatch ->
              assertThat(mismatch.where()).isEqualTo("http://member, space daryl at version 33"));
      Fsck.Claim ahead = new Fsck.Claim("http://member", SPACE, 99, Hash.ZERO, at.logRoot());
      assertThat(new Fsck(rows, store, silent).run(List.of(ahead), Optional.empty()))
          .hasValueSatisfying(mismatch -> assertThat(mismatch.what()).contains("names version 99"));
    }
  }

  /** Rewrites a record and hashes all up to {@code to} anew; the head row too when that is all. */
  private static void forge(Connection connection, long from, long to, String old, String other)
      throws SQLException {
    Hash previous = null;
    for (long version = from; version <= to; version++) {
      String text;
      try (PreparedStatement read =
          connection.prepareStatement(
              "SELECT record FROM update_log WHERE version = ? AND space ="
                  + " (SELECT id FROM space WHERE name = 'daryl')")) {
        read.setLong(1, version);
        try (ResultSet row = read.executeQuery()) {
          row.next();
          text = new String(row.getBytes(1), StandardCharsets.UTF_8);
        }
      }
      String forged =
          previous == null
              ? text.replace(old, other)
              : text.replaceFirst(
                  "\"previous\":\"0x[0-9a-f]{64}\"", "\"previous\":\"" + previous + "\"");
      assertThat(forged).isNotEqualTo(text);
      Update update = Update.parse(forged);
      previous = update.leafHash();
      try (PreparedStatement write =
          connection.prepareStatement(
              "UPDATE update_log SET record = ?, leaf_hash = ? WHERE version = ? AND space ="
                  + " (SELECT id FROM space WHERE name = 'daryl')")) {
        write.setBytes(1, update.toBytes());
        write.setBytes(2, previous.toBytes());
        write.setLong(3, version);
        assertThat(write.executeUpdate()).isEqualTo(1);
      }
    }
    if (to == VERSIONS && previous != null) {
      try (PreparedStatement head =
          connection.prepareStatement("UPDATE space SET leaf_hash = ? WHERE name = 'daryl'")) {
        head.setBytes(1, previous.toBytes());
        head.executeUpdate();
      }
    }
  }

  private static void spoilSnapshot(Connection connection) throws SQLException, IOException {
    String text;
    try (SqliteStore store = SqliteStore.open(sound.resolve("mnemogrid.db"))) {
      text = store.log().snapshot(SPACE, 40).orElseThrow().toText();
    }
    ByteArrayOutputStream deflated = new ByteArrayOutputStream();
    try (DeflaterOutputStream out = new DeflaterOutputStream(deflated)) {
      out.write(text.replaceFirst("bot-a", "bot-b").getBytes(StandardCharsets.UTF_8));
    }
    try (PreparedStatement write =
        connection.prepareStatement("UPDATE snapshot SET deflated = ? WHERE version = 40")) {
      write.setBytes(1, deflated.toByteArray());
      assertThat(write.executeUpdate()).isEqualTo(1);
    }
  }

  // export and import

  private Path exported() {
    Path file = folder.resolve("daryl.jsonl");
    Ran ran = run("export", "daryl", "-o", file.toString(), "--data", sound.toString());
    assertThat(ran.code()).as(ran.err()).isEqualTo(ExitCode.OK.code());
    return file;
  }

  private Ran imported(Path file, String... more) {
    List<String> args = new ArrayList<>(List.of("import", file.toString()));
    args.addAll(List.of("--data", folder.resolve("new").toString()));
    args.addAll(List.of(more));
    return run(args.toArray(new String[0]));
  }

  private static List<Update> records(Path data) {
    try (SqliteStore store = SqliteStore.open(data.resolve("mnemogrid.db"))) {
      return store.log().read(SPACE, 0, 1000);
    }
  }

  @Test
  void importsWhatItExportedByteForByteAndOnce() throws IOException {
    Path file = exported();
    Ran first = imported(file);
    assertThat(first.out()).startsWith("daryl is at version 60; 60 records written");
    assertThat(records(folder.resolve("new"))).isEqualTo(records(sound));
    assertThat(imported(file, "--as", "daryl").out()).contains("; 0 records written");
    Ran renamed = imported(file, "--as", "other");
    assertThat(renamed.out()).contains("line 1: it is space daryl");
    assertThat(renamed.code()).isEqualTo(ExitCode.DOES_NOT_HOLD.code());
    Ran again = run("export", "daryl", "--data", folder.resolve("new").toString());
    assertThat(again.out()).isEqualTo(Files.readString(file));
    Ran checked = run("fsck", "--data", folder.resolve("new").toString());
    assertThat(checked.out()).startsWith("verified: 1 spaces, 60 versions");
  }

  @Test
  void goesOnWhereAnImportWasInterrupted() throws IOException {
    Path file = exported();
    List<Update> all = records(sound);
    try (SqliteStore store = SqliteStore.open(folder.resolve("new").resolve("mnemogrid.db"))) {
      store.log().create(SPACE, "{}");
      store.log().append(List.of(new UpdateLog.Batch(LogHead.ofNew(SPACE), all.subList(0, 17))));
    }
    assertThat(imported(file).out()).startsWith("daryl is at version 60; 43 records written");
    assertThat(records(folder.resolve("new"))).isEqualTo(all);
  }

  @Test
  void refusesASpaceOfAnotherHistory() throws IOException {
    Path file = exported();
    try (Mnemogrid grid = Mnemogrid.start(config(folder.resolve("new"), TestGrid.freePort()))) {
      grid.createSpace(SPACE, "{}");
      set(grid.space(SPACE).orElseThrow(), "/a", "1");
    }
    assertThat(imported(file).out())
        .contains("line 2: the space holds another record for version 1");
    assertThat(records(folder.resolve("new"))).hasSize(1);
  }

  @Test
  void refusesWhatDoesNotVerifyAndWritesNothingOfIt() throws IOException {
    List<String> lines = Files.readAllLines(exported());
    // what a record says of its author is hashed by the record after it
    refused(lines, "line 7", all -> all.set(5, all.get(5).replace("bot-a", "bot-b")));
    refused(
        lines,
        "line 31: space daryl, version 30: root",
        all -> all.set(30, all.get(30).replace("\"new_value\":", "\"new_value\":1")));
    refused(
        lines,
        "line 61: the records lead to",
        all -> all.set(60, all.get(60).replace("bot-a", "bot-b")));
    refused(lines, "line 10", all -> all.remove(9));
    refused(lines, "line 10", all -> all.add(9, all.get(8)));
    refused(lines, "line 12", all -> all.set(11, all.get(11) + " "));
    refused(lines, "line 60: the file ends at version 59", all -> all.removeLast());
    refused(lines, "line 62", all -> all.add(all.getLast()));
    refused(lines, "line 1", all -> all.set(0, all.getFirst().replace("export-1", "export-2")));
    refused(
        lines,
        "line 61: the records lead to",
        all ->
            all.set(
                0,
                all.getFirst()
                    .replaceFirst("\"log_root\":\"0x.", "\"log_root\":\"0x" + other(all))));
    Path cut = folder.resolve("cut.jsonl");
    String whole = String.join("\n", lines);
    Files.writeString(cut, whole);
    assertThat(imported(cut).out()).contains("line 61: the last line is cut off");
    assertThat(records(folder.resolve("new"))).isEmpty();
  }

  private static String other(List<String> lines) {
    return lines.getFirst().contains("\"log_root\":\"0x0") ? "1" : "0";
  }

  private interface Spoiling {
    void spoil(List<String> lines);
  }

  private void refused(List<String> lines, String where, Spoiling spoiling) throws IOException {
    List<String> all = new ArrayList<>(lines);
    spoiling.spoil(all);
    Path file = folder.resolve("spoiled.jsonl");
    Files.writeString(file, String.join("\n", all) + "\n");
    Ran ran = imported(file);
    assertThat(ran.out()).startsWith("refused: ").contains(where);
    assertThat(ran.code()).isEqualTo(ExitCode.DOES_NOT_HOLD.code());
  }

  // backup and restore

  @Test
  void saysLoudlyThatAnOlderCopyWasRestoredAndTakesTheRestFromAnExport() throws IOException {
    Path data = folder.resolve("data");
    Path copy = folder.resolve("backup.db");
    Hash lost;
    try (Mnemogrid grid = Mnemogrid.start(withNotary(data, "notary", TestGrid.freePort()))) {
      grid.createSpace(SPACE, "{}");
      Space space = grid.space(SPACE).orElseThrow();
      set(space, "/a", "1");
      awaitFinal(space, 1);
      assertThat(run("backup", copy.toString(), "--data", data.toString()).code()).isZero();
      assertThat(run("backup", copy.toString(), "--data", data.toString()).err())
          .contains("is there already");
      set(space, "/a", "2");
      set(space, "/a", "3");
      awaitFinal(space, 3);
      lost = space.head().head().leafHash();
    }
    Path export = folder.resolve("late.jsonl");
    assertThat(run("export", "daryl", "-o", export.toString(), "--data", data.toString()).code())
        .isZero();

    for (String file : List.of("mnemogrid.db", "mnemogrid.db-wal", "mnemogrid.db-shm")) {
      Files.deleteIfExists(data.resolve(file));
    }
    Files.copy(copy, data.resolve("mnemogrid.db"));
    assertThat(run("fsck", "--data", data.toString()).out()).startsWith("mismatch at chain-ahead");
    int port = TestGrid.freePort();
    assertThatThrownBy(() -> Mnemogrid.start(withNotary(data, "notary", port)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("chain-ahead")
        .hasMessageContaining("older copy");

    try (Mnemogrid grid = Mnemogrid.start(config(data, TestGrid.freePort()))) {
      Space space = grid.space(SPACE).orElseThrow();
      assertThat(space.head().version()).isEqualTo(1);
      // whoever saw version 3 is told, and nothing is merged into a history it does not know
      assertThat(space.commit(space.delta(BOT, delta -> delta.base(3).set("/b", Json.TRUE))).join())
          .isInstanceOfSatisfying(
              CommitResult.Refused.class,
              refused -> assertThat(refused.refusal()).isEqualTo(new Refusal.VersionAhead(3, 1)));
    }
    assertThat(run("import", export.toString(), "--data", data.toString()).out())
        .startsWith("daryl is at version 3; 2 records written");
    // what is public of the lost checkpoints stays where it is; the grid goes on in a new place
    try (Mnemogrid grid = Mnemogrid.start(withNotary(data, "notary-2", TestGrid.freePort()))) {
      Space space = grid.space(SPACE).orElseThrow();
      assertThat(space.head().head().leafHash()).isEqualTo(lost);
      set(space, "/a", "4");
      awaitFinal(space, 4);
    }
    Ran checked =
        run("fsck", "--data", data.toString(), "--notary", data.resolve("notary-2").toString());
    assertThat(checked.out()).startsWith("verified: 1 spaces, 4 versions");
  }

  @Test
  void saysWhatAnAnswersDurabilityRestsOn() throws IOException {
    Ran ran = run("doctor", "--data", copy().toString());
    assertThat(ran.out().lines())
        .hasSize(7)
        .allMatch(line -> line.startsWith("✓ "))
        .contains("✓ journal_mode=wal", "✓ synchronous=2", "✓ its owner alone may read the store")
        .last()
        .asString()
        .matches("✓ the database has \\d+ MB, its WAL 0 MB, the disk \\d+ MB of room");
    assertThat(ran.code()).isEqualTo(ExitCode.OK.code());
  }

  /** A WAL of more than 256 MB, which is twice as much as a member lets it have. */
  @Test
  void saysThatTheWalHasGrown() throws IOException, SQLException {
    String data = copy().toString();
    Path file = folder.resolve("mnemogrid.db");
    try (Connection reader = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = reader.createStatement()) {
      statement.execute("PRAGMA journal_mode=WAL");
      statement.execute("BEGIN");
      statement.executeQuery("SELECT * FROM space").close(); // so that nobody empties it
      try (RandomAccessFile wal = new RandomAccessFile(file + "-wal", "rw")) {
        wal.setLength(300L << 20); // a hole, which takes no room
      }
      for (String end : List.of("-wal", "-shm")) {
        Files.setPosixFilePermissions(
            Path.of(file + end), PosixFilePermissions.fromString("rw-------"));
      }
      Ran doctor = run("doctor", "--data", data);
      assertThat(doctor.out().lines().filter(line -> line.startsWith("✗ ")))
          .singleElement()
          .asString()
          .contains("its WAL 300 MB", "a reader keeps the WAL from being emptied: end what has");
      assertThat(doctor.code()).isEqualTo(ExitCode.DOES_NOT_HOLD.code());
    }
  }

  @Test
  void doesNotCallAStoreVerifiedWhoseAnchorIsNotThere() throws IOException {
    Path data = copy();
    Files.move(data.resolve("notary"), data.resolve("elsewhere"));
    Ran ran = run("fsck", "--data", data.toString());
    assertThat(ran.out()).startsWith("consistent in itself: 2 spaces").doesNotContain("verified:");
    assertThat(ran.err()).contains("checkpoints were made public").contains("--notary DIR");
    assertThat(ran.code()).isEqualTo(ExitCode.CANNOT_TELL.code());

    Ran without = run("fsck", "--data", data.toString(), "--no-chain");
    assertThat(without.out()).startsWith("verified: 2 spaces").contains("no chain looked at");
    assertThat(without.code()).isEqualTo(ExitCode.OK.code());
    assertThat(
            run("fsck", "--data", data.toString(), "--notary", data.resolve("elsewhere").toString())
                .code())
        .isEqualTo(ExitCode.OK.code());
  }

  private void setPolicyInSql(String space, String policy) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("mnemogrid.db"));
        PreparedStatement statement =
            connection.prepareStatement("UPDATE space SET policy = ? WHERE name = ?")) {
      statement.setString(1, policy);
      statement.setString(2, space);
      assertThat(statement.executeUpdate()).isEqualTo(1);
    }
  }

  /** Nothing is judged by it, so nothing that somebody relies on has changed. */
  @Test
  void noticesAnOldPolicyThatWasChangedAndVerifiesTheStoreAllTheSame()
      throws IOException, SQLException {
    String data = copy().toString();
    String policy = "{\"format\":\"mnemogrid-policy-1\"}";
    try (SqliteStore store = SqliteStore.open(folder.resolve("mnemogrid.db"))) {
      assertThat(FirstVersion.create(store.log(), SpaceName.of("ruled"), policy)).isTrue();
    }
    setPolicyInSql("ruled", policy);
    assertThat(run("fsck", "--data", data).out()).doesNotContain("notice");
    setPolicyInSql("ruled", "{\"format\":\"mnemogrid-policy-1\",\"limits\":{\"leaves\":1}}");
    Ran ran = run("fsck", "--data", data);
    assertThat(ran.out().lines())
        .hasSize(2)
        .first()
        .asString()
        .startsWith("verified: 3 spaces, 62 versions");
    assertThat(ran.out())
        .contains(
            "notice: space ruled: the store's table of spaces has another policy than"
                + " version 1 brought into the space");
    assertThat(ran.code()).isEqualTo(ExitCode.OK.code());
  }

  @Test
  void saysInASentenceWhichFileIsMissing() throws IOException {
    String data = copy().toString();
    String nowhere = folder.resolve("nowhere").toString();
    assertThat(run("import", nowhere, "--data", data).err())
        .isEqualTo("mnemogrid: there is no " + nowhere + System.lineSeparator());
    assertThat(run("export", "daryl", "-o", nowhere + "/x", "--data", data).err())
        .isEqualTo("mnemogrid: there is no " + nowhere + System.lineSeparator());
    assertThat(run("backup", nowhere + "/x.db", "--data", data).err())
        .isEqualTo("mnemogrid: there is no " + nowhere + System.lineSeparator());
  }

  @Test
  void writesFilesThatItsOwnerAloneMayRead() throws IOException {
    String data = copy().toString();
    Path backup = folder.resolve("backup.db");
    Path export = folder.resolve("daryl.jsonl");
    assertThat(run("backup", backup.toString(), "--data", data).code()).isZero();
    assertThat(run("export", "daryl", "-o", export.toString(), "--data", data).code()).isZero();
    for (Path file : List.of(backup, export)) {
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo("rw-------");
    }
    Files.setPosixFilePermissions(
        folder.resolve("mnemogrid.db"), PosixFilePermissions.fromString("rw-r--r--"));
    Ran doctor = run("doctor", "--data", data);
    assertThat(doctor.out()).contains("✗ others may read ").contains("(rw-r--r--)");
    assertThat(doctor.code()).isEqualTo(ExitCode.DOES_NOT_HOLD.code());
  }

  /** Commands on a folder that may only be read, which is its argument. */
  static final class Auditor {
    private Auditor() {}

    public static void main(String[] args) {
      for (String command : List.of("fsck", "fsck --no-chain", "doctor", "export daryl")) {
        List<String> words = new ArrayList<>(List.of(command.split(" ")));
        words.addAll(List.of("--data", args[0]));
        System.out.println(
            command + ": " + Main.run(System.out, System.out, words.toArray(String[]::new)));
      }
      System.exit(0);
    }
  }

  @Test
  void looksAtAStoreThatItMayOnlyRead() throws Exception {
    SmallDisk.Said said = SmallDisk.runOnReadOnly(copy(), Auditor.class);
    assertThat(said.lines())
        .anyMatch(
            line -> line.contains("the notary's folder ") && line.contains("may not be written"))
        .anyMatch(line -> line.startsWith("verified: 2 spaces, 61 versions"))
        .contains("fsck: 5", "fsck --no-chain: 0", "doctor: 0", "export daryl: 0");
  }

  @Test
  void saysWhatItCannotDo() {
    Ran none = run("fsck", "--data", folder.resolve("none").toString());
    assertThat(none.err()).contains("there is no store");
    assertThat(none.code()).isEqualTo(ExitCode.NOTHING_THERE.code());
    assertThat(folder.resolve("none")).doesNotExist();
    Ran nobody = run("export", "nobody", "--data", sound.toString());
    assertThat(nobody.err()).contains("there is no space nobody");
    assertThat(nobody.code()).isEqualTo(ExitCode.NOTHING_THERE.code());
    Ran two = run("import", "a", "b");
    assertThat(two.err()).contains("import does not know 'b'", "./mnemogrid help import");
    assertThat(two.code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(run("import", "missing", "--data", folder.toString()).err())
        .contains("there is no missing");
    Ran file = run("import", folder.toString(), "--data", folder.resolve("none").toString());
    assertThat(file.err()).contains(folder + " is a folder");
    assertThat(file.code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(folder.resolve("none")).doesNotExist();
    Ran target = run("export", "daryl", "-o", folder.toString(), "--data", sound.toString());
    assertThat(target.err()).contains(folder + " is a folder");
    assertThat(target.code()).isEqualTo(ExitCode.USAGE.code());
    Ran notary = run("fsck", "--data", sound.toString(), "--notary", folder + "/none");
    assertThat(notary.err()).contains("there is no folder of a notary at " + folder);
    assertThat(notary.code()).isEqualTo(ExitCode.NOTHING_THERE.code());
    Ran both = run("fsck", "--data", sound.toString(), "--store", "jdbc:postgresql://h/d");
    assertThat(both.err()).contains("--data and --store are two stores");
    assertThat(both.code()).isEqualTo(ExitCode.USAGE.code());
    Ran away = run("export", "daryl", "-o", "missing/x", "--data", sound.toString());
    assertThat(away.err()).contains("there is no ").contains("missing");
    assertThat(away.code()).isEqualTo(ExitCode.NOTHING_THERE.code());
    assertThat(run("backup", "missing/x.db", "--data", sound.toString()).err())
        .startsWith("mnemogrid: ")
        .doesNotContain("Exception");
  }
}
