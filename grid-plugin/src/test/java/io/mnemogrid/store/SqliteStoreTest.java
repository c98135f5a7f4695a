package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.LogUnavailable.Outcome;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.log.UpdateLogContractTest;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
      assertThat(full).hasMessageContaining("full");
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
                                NULL, NULL, NULL, NULL, NULL)
                              """,
                              new byte[32],
                              new byte[105],
                              new byte[32])));
      assertThat(failed.outcome()).isEqualTo(Outcome.UNKNOWN);
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
  void refusesCallsAfterClose() {
    SqliteStore store = SqliteStore.open(file());
    store.close();
    store.close();
    assertThatIllegalStateException().isThrownBy(() -> store.log().heads());
    assertThatIllegalStateException().isThrownBy(() -> store.log().create(DARYL, "{}"));
  }
}
