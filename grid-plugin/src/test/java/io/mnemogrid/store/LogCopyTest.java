package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.SmallDisk;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A log of an old schema is copied in batches: a bounded WAL, no row lost, and kill -9 costs a
 * batch. More rows with {@code -Dmnemogrid.migration.rows=1000000}.
 */
class LogCopyTest {
  private static final int ROWS = Integer.getInteger("mnemogrid.migration.rows", 60_000);

  /** Rows of a batch of 16 MiB and a page of the index of ids for each, before they are synced. */
  private static final long MOST_WAL = 64L << 20;

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("data/store.db");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "2", "3"})
  void keepsEveryRowInBoundedSteps(String schema) throws Exception {
    int rows = schema.equals("3") ? ROWS : Math.min(ROWS, 20_000);
    OldLog.create(file(), schema, rows);
    long before = OldLog.digest(file());
    long began = System.nanoTime();
    long wal = openAndWatchTheWal();
    System.out.printf(
        "schema %s, %d rows: %.1f s, WAL at most %d MB, file %d MB%n",
        schema, rows, (System.nanoTime() - began) / 1e9, wal >> 20, Files.size(file()) >> 20);
    assertThat(wal).isLessThan(MOST_WAL);
    checkWhole(before, rows);
  }

  private long openAndWatchTheWal() throws Exception {
    File wal = new File(file() + "-wal");
    AtomicLong most = new AtomicLong();
    AtomicBoolean done = new AtomicBoolean();
    Thread watcher =
        Thread.ofPlatform()
            .start(() -> {
              while (!done.get()) {
                most.accumulateAndGet(wal.length(), Math::max);
                Thread.onSpinWait();
              }
            });
    try {
      SqliteStore.open(file()).close();
    } finally {
      done.set(true);
      watcher.join();
    }
    assertThat(most.get()).as("the watcher saw it grow").isPositive();
    return most.get();
  }

  private void checkWhole(long digest, int rows) throws SQLException {
    assertThat(OldLog.digest(file())).isEqualTo(digest);
    assertThat(OldLog.number(file(), "SELECT count(*) FROM update_log")).isEqualTo(rows);
    assertThat(
            OldLog.number(
                file(),
                """
                SELECT count(*) FROM update_log AS row
                LEFT JOIN update_log AS last ON last.id = row.before
                WHERE CASE row.version WHEN 1 THEN row.before IS NOT NULL
                  ELSE last.space IS NOT row.space OR last.version IS NOT row.version - 1 END
                """))
        .as("rows that do not say where the version before them stands")
        .isZero();
    assertThat(
            OldLog.number(
                file(),
                """
                SELECT count(*) FROM space LEFT JOIN update_log AS last ON last.id = space.last_row
                WHERE space.version > 0
                  AND (last.space IS NOT space.id OR last.version IS NOT space.version)
                """))
        .as("spaces that do not say where their last row stands")
        .isZero();
    Path fresh = folder.resolve("fresh.db");
    SqliteStore.open(fresh).close();
    assertThat(OldLog.shape(file())).isEqualTo(OldLog.shape(fresh));
  }

  /** Copies in small batches: file, bytes of a batch. */
  static final class Copier {
    private Copier() {}

    public static void main(String[] args) throws Exception {
      Path file = Path.of(args[0]);
      try (Connection connection =
          new SqliteDialect(file, SqliteDialect.Synchronous.FULL).openWriter()) {
        LogCopy copy = new LogCopy(connection, file, Long.parseLong(args[1]));
        copy.setAside();
        Flyway.configure()
            .dataSource("jdbc:sqlite:" + file, "", "")
            .locations("classpath:db/migration/sqlite")
            .target("4")
            .load()
            .migrate();
        copy.run();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "3"})
  void goesOnWhereItWasKilled(String schema) throws Exception {
    int rows = 40_000;
    long before = 0;
    long copied = rows;
    for (int tries = 0; tries < 10 && copied == rows; tries++) { // again when the kill came late
      clear();
      OldLog.create(file(), schema, rows);
      before = OldLog.digest(file());
      copyAndKill();
      copied = OldLog.number(file(), "SELECT count(*) FROM update_log");
    }
    assertThat(copied).as("rows copied when it was killed").isBetween(1L, rows - 1L);

    SqliteStore.open(file()).close();
    checkWhole(before, rows);
  }

  private void clear() throws IOException {
    for (String end : List.of("", "-wal", "-shm", ".lock", ".clock")) {
      Files.deleteIfExists(Path.of(file() + end));
    }
  }

  private void copyAndKill() throws Exception {
    Process copier =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                Copier.class.getName(),
                file().toString(),
                "100000")
            .redirectOutput(Redirect.DISCARD)
            .redirectError(Redirect.INHERIT)
            .start();
    await()
        .atMost(5, TimeUnit.MINUTES)
        .pollDelay(1, TimeUnit.MILLISECONDS)
        .pollInterval(5, TimeUnit.MILLISECONDS)
        .until(() -> isUnderWay() || !copier.isAlive());
    copier.destroyForcibly().waitFor();
  }

  private boolean isUnderWay() {
    try {
      return OldLog.number(file(), "SELECT count(*) FROM pragma_table_info('" + LogCopy.OLD + "')")
              > 0
          && OldLog.number(file(), "SELECT coalesce(max(id), 0) FROM update_log") > 1000;
    } catch (SQLException e) {
      return false; // between two tables
    }
  }

  /** A store whose copy does not fit on its disk. */
  static final class Narrow {
    private Narrow() {}

    public static void main(String[] args) throws Exception {
      Path file = Path.of(args[0], "data/store.db");
      OldLog.create(file, "3", 10_000);
      try {
        SqliteStore.open(file).close();
        System.out.println("opened");
      } catch (IllegalStateException e) {
        System.out.println(e.getMessage());
      }
      System.out.println(OldLog.number(file, "SELECT count(*) FROM update_log") + " rows");
    }
  }

  @Test
  void asksForRoomBeforeItBegins() throws Exception {
    SmallDisk.Said said =
        SmallDisk.run(Files.createDirectory(folder.resolve("disk")), "40m", Narrow.class);
    assertThat(said.lines())
        .anyMatch(line ->
            line.matches(".*needs \\d+ MB of room on its disk, and there are \\d+ MB: make room.*"))
        .contains("10000 rows");
  }

  @Test
  void refusesASchemaThatIsNewer() throws Exception {
    SqliteStore.open(file()).close();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file())) {
      newer(connection);
    }
    assertThatThrownBy(() -> SqliteStore.open(file()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has schema 99")
        .hasMessageContaining("knows schemas up to " + Schema.SQLITE)
        .hasMessageContaining("start that newer one");
  }

  /** Makes a store one of a newer version. */
  static void newer(Connection connection) throws SQLException {
    try (var statement = connection.createStatement()) {
      statement.execute(
          """
          INSERT INTO flyway_schema_history
            (installed_rank, version, description, type, script, installed_by, execution_time, success)
          VALUES (99, '99', 'later', 'SQL', 'V99__later.sql', 'x', 1, true)
          """);
      Schema.mark(connection, "99");
    }
  }

  /** As versions did that are in the field: Flyway, which compares what it knows. */
  @Test
  void isRefusedByVersionsThatDoNotKnowToLook() throws Exception {
    SqliteStore.open(file()).close();
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file())) {
      newer(connection);
    }
    assertThatThrownBy(() ->
            Flyway.configure()
                .dataSource("jdbc:sqlite:" + file(), "", "")
                .locations("classpath:db/migration/sqlite")
                .load()
                .migrate())
        .hasMessageContaining("this store has schema 99: start the newer mnemogrid");
  }
}
