package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.LogUnavailable.Outcome;
import io.mnemogrid.log.LogUnavailable.Trouble;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.log.UpdateLogContractTest;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What SQLite adds to the contracts: one file, several processes, full disks, failed commits. */
class SqliteStoreTest {
  private static final SpaceName DARYL = new SpaceName("daryl");
  private static final Appended COMMITTED = new Appended.Committed();

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("data/store.db");
  }

  @Test
  void syncsTheWalBeforeItAnswers() {
    try (SqliteStore store = SqliteStore.open(file())) {
      assertThat(pragma(store, "journal_mode")).isEqualTo("wal");
      assertThat(pragma(store, "synchronous")).isEqualTo("2"); // FULL
      assertThat(pragma(store, "foreign_keys")).isEqualTo("1");
    }
    try (SqliteStore twin = SqliteStore.open(file(), SqliteDialect.Synchronous.OFF)) {
      assertThat(pragma(twin, "synchronous")).isEqualTo("0");
    }
  }

  @Test
  void saysWhatAnAnswersDurabilityRestsOn() {
    try (SqliteStore store = SqliteStore.open(file())) {
      assertThat(store.safeguards())
          .hasSize(7)
          .allMatch(Safeguard::holds)
          .extracting(Safeguard::what)
          .contains("journal_mode=wal", "synchronous=2");
    }
    try (SqliteStore twin = SqliteStore.open(file(), SqliteDialect.Synchronous.OFF)) {
      assertThat(twin.safeguards())
          .filteredOn(safeguard -> !safeguard.holds())
          .singleElement()
          .asString()
          .startsWith("✗ synchronous=0: ");
    }
    assertThat(SqliteDialect.isAtLeast("3.51.3", 3, 51, 3)).isTrue();
    assertThat(SqliteDialect.isAtLeast("3.52.0", 3, 51, 3)).isTrue();
    assertThat(SqliteDialect.isAtLeast("3.51.2", 3, 51, 3)).isFalse();
    assertThat(SqliteDialect.isAtLeast("3.9", 3, 51, 3)).isFalse();
  }

  private static String pragma(SqliteStore store, String name) {
    return store
        .connections()
        .write(session -> session.first("PRAGMA " + name, row -> row.getString(1)).orElseThrow());
  }

  @Test
  void runsASqliteThatDoesNotCorruptItsWal() {
    try (SqliteStore store = SqliteStore.open(file())) {
      String version =
          store
              .connections()
              .read(s -> s.first("SELECT sqlite_version()", row -> row.getString(1)))
              .orElseThrow();
      assertThat(Runtime.Version.parse(version))
          .isGreaterThanOrEqualTo(Runtime.Version.parse("3.51.3"));
    }
  }

  @Test
  void takesOverAFileOfTheFirstSchema() throws Exception {
    Files.createDirectories(folder.resolve("data"));
    FirstSchema first = new FirstSchema();
    first.create("jdbc:sqlite:" + file(), null, "sqlite");
    try (SqliteStore store = SqliteStore.open(file())) {
      first.check(store);
    }
  }

  @Test
  void migratesOnceWhenManyOpenANewFile() throws Exception {
    List<Callable<SqliteStore>> openers = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      openers.add(() -> SqliteStore.open(file()));
    }
    try (ExecutorService threads = Executors.newFixedThreadPool(openers.size())) {
      Process other = appender("p", 1);
      for (Future<SqliteStore> opener : threads.invokeAll(openers)) {
        try (SqliteStore store = opener.get()) {
          store.log().create(DARYL, "{}");
        }
      }
      assertThat(other.waitFor()).isZero();
    }
    try (SqliteStore store = SqliteStore.open(file())) {
      assertThat(store.log().head(DARYL).orElseThrow().version()).isEqualTo(1);
    }
  }

  @Test
  void sharesOneFileWithOtherProcesses() throws Exception {
    try (SqliteStore store = SqliteStore.open(file())) {
      store.log().create(DARYL, "{}");
      List<Process> others = List.of(appender("p", 40), appender("q", 40));
      UpdateLogContractTest.appendInTurn(store.log(), DARYL, "here", 40);
      for (Process other : others) {
        assertThat(other.waitFor()).isZero();
      }
      Snapshot replayed = Snapshot.ofNew(DARYL);
      for (Update update : store.log().read(DARYL, 0, 1_000)) {
        replayed = replayed.plus(update);
      }
      assertThat(replayed.version()).isEqualTo(120);
      assertThat(store.log().head(DARYL)).contains(replayed.head());
    }
  }

  private Process appender(String name, int count) throws Exception {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Appender.class.getName(),
            file().toString(),
            DARYL.text(),
            name,
            String.valueOf(count))
        .redirectOutput(Redirect.DISCARD)
        .redirectError(Redirect.INHERIT)
        .start();
  }

  @Test
  void refusesAFileThatIsNoStore() throws Exception {
    Files.createDirectories(file().getParent());
    Files.writeString(file(), "this is not a database, ".repeat(100));
    assertThatThrownBy(() -> SqliteStore.open(file()))
        .isInstanceOf(LogUnavailable.class)
        .hasMessageContaining("store.db")
        .hasMessageContaining("not a database");
  }

  @Test
  void saysThatAFullDiskAppliedNothing() {
    try (SqliteStore store = SqliteStore.open(file())) {
      store.log().create(DARYL, "{}");
      Scribe scribe = new Scribe(DARYL);
      assertThat(store.log().append(List.of(scribe.batch("a", 5)))).containsExactly(COMMITTED);
      LogHead before = scribe.head();
      String pages = pragma(store, "page_count");
      pragma(store, "max_page_count=" + pages);
      Batch big =
          new Batch(before, List.of(scribe.set("big", "/big", Json.of("x".repeat(100_000)))));

      LogUnavailable full =
          catchThrowableOfType(LogUnavailable.class, () -> store.log().append(List.of(big)));
      assertThat(full.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(full.trouble()).isEqualTo(Trouble.FULL);
      assertThat(full).hasMessageContaining("disk full");
      assertThat(store.log().head(DARYL)).contains(before);
      assertThat(store.log().read(DARYL, 0, 100)).hasSize(5);

      pragma(store, "max_page_count=" + Integer.MAX_VALUE);
      assertThat(store.log().append(List.of(big))).containsExactly(COMMITTED);
      assertThat(store.log().head(DARYL)).contains(scribe.head());
    }
  }

  @Test
  void saysThatAFailedCommitIsUnknownAndGoesOnWithAnotherConnection() {
    try (SqliteStore store = SqliteStore.open(file())) {
      LogUnavailable failed =
          catchThrowableOfType(
              LogUnavailable.class,
              () ->
                  store
                      .connections()
                      .write(session -> {
                        session.update("UPDATE lease SET counter = 7");
                        session.execute("COMMIT"); // so that the one that is meant fails
                        return 0;
                      }));
      assertThat(failed.outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThat(failed.trouble()).isEqualTo(Trouble.AWAY);
      store.log().create(DARYL, "{}");
      assertThat(store.log().append(List.of(new Scribe(DARYL).batch("a", 1))))
          .containsExactly(COMMITTED);
    }
  }

  @Test
  void saysThatWhatIsRefusedAtCommitWasNotApplied() {
    try (SqliteStore store = SqliteStore.open(file())) {
      store.log().create(DARYL, "{}");
      // A foreign key that is checked at COMMIT, and does not hold.
      LogUnavailable failed =
          catchThrowableOfType(
              LogUnavailable.class,
              () ->
                  store
                      .connections()
                      .write(session ->
                          session.update(
                              """
                              INSERT INTO checkpoint VALUES (1, ?, ?, ?, 'PENDING', 0,
                                NULL, NULL, NULL)
                              """,
                              new byte[32],
                              new byte[105],
                              new byte[32])));
      assertThat(failed.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(failed.trouble()).isEqualTo(Trouble.REFUSED);
      assertThat(store.trouble()).as("the store works").isEmpty();
      assertThat(store.checkpoints().latest()).isEmpty();
      assertThat(store.log().append(List.of(new Scribe(DARYL).batch("a", 1))))
          .containsExactly(COMMITTED);
    }
  }

  @Test
  void appliesNothingWhileAnotherWriterHoldsTheFile() {
    try (SqliteStore store = SqliteStore.open(file());
        SqliteStore other = SqliteStore.open(file())) {
      store.log().create(DARYL, "{}");
      Batch batch = new Scribe(DARYL).batch("a", 1);
      LogUnavailable busy =
          other
              .connections()
              .write(_ ->
                  catchThrowableOfType(
                      LogUnavailable.class, () -> store.log().append(List.of(batch))));
      assertThat(busy.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(store.log().append(List.of(batch))).containsExactly(COMMITTED);
    }
  }

  @Test
  void readsWhileAWriterIsInItsTransaction() {
    try (SqliteStore store = SqliteStore.open(file())) {
      store.log().create(DARYL, "{}");
      Scribe scribe = new Scribe(DARYL);
      store.log().append(List.of(scribe.batch("a", 3)));
      store
          .connections()
          .write(session -> {
            session.update("UPDATE space SET version = 99");
            assertThat(store.log().head(DARYL)).contains(scribe.head());
            assertThat(store.log().read(DARYL, 0, 10)).hasSize(3);
            return session.update("UPDATE space SET version = 3");
          });
    }
  }

  @Test
  void stopsAtARecordThatIsNotTheOneItWas() {
    try (SqliteStore store = SqliteStore.open(file())) {
      store.log().create(DARYL, "{}");
      Scribe scribe = new Scribe(DARYL);
      store.log().append(List.of(scribe.batch("a", 3)));
      byte[] forged = new Scribe(DARYL).batch("forged", 3).updates().get(1).toBytes();
      store
          .connections()
          .write(s -> s.update("UPDATE update_log SET record = ? WHERE version = 2", forged));
      assertThatThrownBy(() -> store.log().read(DARYL, 0, 10))
          .isInstanceOf(BrokenHistory.class)
          .hasMessageContaining("version 2");
      store.connections().write(s -> s.update("DELETE FROM update_log WHERE version = 2"));
      assertThatThrownBy(() -> store.log().read(DARYL, 0, 10))
          .isInstanceOf(BrokenHistory.class)
          .hasMessageContaining("version 2");
    }
  }

  @Test
  void commitsWhatWaitsInOneTransactionAndLeavesOutOnlyWhatFails() throws Exception {
    try (SqliteStore store = SqliteStore.open(file());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Connections connections = store.connections();
      CountDownLatch entered = new CountDownLatch(1);
      CountDownLatch leave = new CountDownLatch(1);
      Future<Integer> first =
          threads.submit(() ->
              connections.write(session -> {
                entered.countDown();
                awaitUninterruptibly(leave);
                return 0;
              }));
      entered.await();
      Future<Integer> insert = waits(connections, threads, session -> insert(session, "a", 1));
      Future<Integer> refused = waits(connections, threads, session -> insert(session, "a", 2));
      Future<Integer> broken =
          waits(
              connections,
              threads,
              session -> {
                insert(session, "b", 3);
                throw new IllegalStateException("own data wrong");
              });
      Future<Boolean> last =
          waits(
              connections,
              threads,
              session -> {
                insert(session, "c", 4);
                // what the first of them wrote is in this transaction, and nobody else sees it yet
                return settings(session).equals(List.of("a", "c"))
                    && connections.read(SqliteStoreTest::settings).isEmpty();
              });
      leave.countDown();
      assertThat(first.get()).isZero();
      assertThat(insert.get()).isEqualTo(1);
      assertThat(last.get()).isTrue();
      assertThatThrownBy(refused::get)
          .cause()
          .isInstanceOfSatisfying(
              LogUnavailable.class,
              failure -> assertThat(failure.outcome()).isEqualTo(Outcome.NOT_APPLIED));
      assertThatThrownBy(broken::get).hasMessageContaining("own data wrong");
      assertThat(connections.read(SqliteStoreTest::settings)).containsExactly("a", "c");
    }
  }

  private static void awaitUninterruptibly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A write of another thread that has taken its place behind those that wait already. */
  private static <T> Future<T> waits(
      Connections connections, ExecutorService threads, Connections.Work<T> work) {
    int before = connections.waiting();
    Future<T> write = threads.submit(() -> connections.write(work));
    await().atMost(Duration.ofSeconds(60)).until(() -> connections.waiting() == before + 1);
    return write;
  }

  private static int insert(Session session, String name, int value) throws SQLException {
    return session.update("INSERT INTO setting VALUES (?, ?)", name, String.valueOf(value));
  }

  private static List<String> settings(Session session) throws SQLException {
    return session.list(
        "SELECT name FROM setting WHERE name NOT IN ('grid', 'schema') ORDER BY name",
        row -> row.getString(1));
  }

  @Test
  void keepsTheLogOfAFileOfTheFirstSchema() throws Exception {
    Files.createDirectories(file().getParent());
    Flyway.configure()
        .dataSource("jdbc:sqlite:" + file(), "", "")
        .locations("classpath:db/migration/sqlite")
        .target("1")
        .load()
        .migrate();
    Scribe scribe = new Scribe(DARYL);
    List<Update> old = scribe.batch("old", 5).updates();
    try (Session session =
        new Session(new SqliteDialect(file(), SqliteDialect.Synchronous.FULL).openWriter())) {
      LogHead head = scribe.head();
      session.update(
          "INSERT INTO space VALUES (1, ?, '{}', 0, ?, ?, ?, ?)",
          DARYL,
          head.version(),
          head.root(),
          head.leafHash(),
          head.committed());
      for (Update update : old) {
        session.update(
            "INSERT INTO update_log VALUES (1, ?, ?, ?, ?, ?)",
            update.version(),
            update.id().text(),
            update.leafHash(),
            update.fields().committed(),
            update.toBytes());
      }
    }
    try (SqliteStore store = SqliteStore.open(file())) {
      assertThat(store.log().read(DARYL, 0, 10)).isEqualTo(old);
      assertThat(store.log().find(DARYL, List.of(old.get(2).id())).updates()).hasSize(1);
      assertThat(store.log().append(List.of(scribe.batch("new", 2)))).containsExactly(COMMITTED);
    }
  }

  @Test
  void appendsNoMoreOnceANewerMemberBroughtTheSchemaFurther() throws Exception {
    try (SqliteStore store = SqliteStore.open(file());
        Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file())) {
      store.log().create(DARYL, "{}");
      Scribe scribe = new Scribe(DARYL);
      assertThat(store.log().append(List.of(scribe.batch("a", 1)))).containsExactly(COMMITTED);
      LogCopyTest.newer(connection);
      LogUnavailable refused =
          catchThrowableOfType(
              LogUnavailable.class, () -> store.log().append(List.of(scribe.batch("b", 1))));
      assertThat(refused.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(refused).hasMessageContaining("start the newer one");
    }
  }

  @Test
  void letsItsOwnerAloneReadIt() throws Exception {
    try (SqliteStore store = SqliteStore.open(file())) {
      store.log().create(DARYL, "{}");
      store.log().now();
      assertThat(rights(folder.resolve("data"))).isEqualTo("rwx------");
      try (Stream<Path> files = Files.list(folder.resolve("data"))) {
        assertThat(files)
            .hasSize(5) // with -wal, -shm, .clock, .lock
            .allSatisfy(file -> assertThat(rights(file)).isEqualTo("rw-------"));
      }
      Files.setPosixFilePermissions(file(), PosixFilePermissions.fromString("rw-r--r--"));
      assertThat(store.safeguards())
          .filteredOn(safeguard -> !safeguard.holds())
          .singleElement()
          .asString()
          .startsWith("✗ others may read " + file() + " (rw-r--r--): chmod -R go= ");
    }
  }

  private static String rights(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  @Test
  void doesNotReadTheWholeLogEachTimeARowIsMissing() {
    try (SqliteStore store = SqliteStore.open(file())) {
      store.log().create(DARYL, "{}");
      store.log().append(List.of(new Scribe(DARYL).batch("a", 5)));
      store
          .connections()
          .write(s -> s.update("UPDATE update_log SET version = -2 WHERE version = 2"));
      assertThatThrownBy(() -> store.log().read(DARYL, 0, 10)).isInstanceOf(BrokenHistory.class);
      // It stands there again, at the end, where only who reads all of the log finds it.
      store
          .connections()
          .write(s -> s.update("UPDATE update_log SET version = 2, id = 99 WHERE version = -2"));
      assertThatThrownBy(() -> store.log().read(DARYL, 0, 10)).isInstanceOf(BrokenHistory.class);
    }
    try (SqliteStore store = SqliteStore.open(file())) {
      assertThat(store.log().read(DARYL, 0, 10)).as("once it looks").hasSize(5);
    }
  }

  @Test
  void namesAMissingRowWithoutReadingTheWholeLogForIt() {
    try (SqliteStore store = SqliteStore.open(file())) {
      UpdateLog log = store.log();
      SpaceName many = SpaceName.of("many");
      log.create(DARYL, "{}");
      log.create(many, "{}");
      Scribe scribe = new Scribe(DARYL);
      log.append(List.of(scribe.batch("a", 4)));
      log.append(List.of(new Scribe(many).batch("m", 4500)));
      log.append(List.of(scribe.batch("b", 4)));
      store
          .connections()
          .write(s -> s.update("DELETE FROM update_log WHERE version = 6 AND id > 4500"));
      for (long since : List.of(5L, 5L, 3L, 0L)) { // only the first may read all of the log
        assertThatThrownBy(() -> log.read(DARYL, since, 3))
            .isInstanceOfSatisfying(
                BrokenHistory.class, broken -> assertThat(broken.version()).isEqualTo(6));
      }
      assertThat(log.read(DARYL, 6, 3)).hasSize(2);
    }
    try (SqliteStore store = SqliteStore.open(file())) {
      assertThat(store.log().read(DARYL, 0, 4)).as("once it looks").hasSize(4);
    }
  }

  @Test
  void givesFreePagesBackToTheDiskWhileNobodyHasItOpen() throws Exception {
    try (SqliteStore store = SqliteStore.open(file())) {
      store.log().create(DARYL, "{}");
      store.log().append(List.of(new Scribe(DARYL).batch("a", 5)));
      store
          .connections()
          .write(s -> s.update("INSERT INTO blob VALUES (zeroblob(32), zeroblob(5000000))"));
      store.connections().write(s -> s.update("DELETE FROM blob"));
      assertThatIllegalStateException()
          .isThrownBy(() -> SqliteStore.compact(file()))
          .withMessageContaining("stop it first");
    }
    assertThat(SqliteStore.compact(file())).isGreaterThan(4_900_000);
    assertThat(Files.size(file())).isLessThan(300_000);
    try (SqliteStore store = SqliteStore.open(file())) {
      assertThat(store.log().read(DARYL, 0, 10)).hasSize(5);
    }
  }

  @Test
  void refusesCallsAfterClose() {
    SqliteStore store = SqliteStore.open(file());
    store.close();
    store.close();
    assertThatIllegalStateException().isThrownBy(() -> store.log().heads());
    assertThatIllegalStateException().isThrownBy(() -> store.log().create(DARYL, "{}"));
  }
}
