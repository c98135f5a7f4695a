package io.mnemogrid.store;

import io.mnemogrid.grid.TestGrid;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.awaitility.Awaitility;

/**
 * A real primary and a real standby that streams its WAL, both in a folder: made by a base backup,
 * as pg_basebackup would. The standby can be made to lag, and to take over.
 */
final class PostgresPair implements AutoCloseable {
  private static final String STANDBY = "standby_b";
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Path folder;
  private final EmbeddedPostgres primary;
  private final EmbeddedPostgres standby;

  PostgresPair(Path folder) {
    this.folder = folder;
    try {
      primary = server("a", TestGrid.freePort());
      backup();
      standby = server("b", TestGrid.freePort());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    awaitCaughtUp();
  }

  private EmbeddedPostgres server(String name, int port) throws IOException {
    return EmbeddedPostgres.builder()
        .setDataDirectory(folder.resolve(name))
        .setCleanDataDirectory(false)
        .setPort(port)
        .setServerConfig("fsync", "on")
        .setServerConfig("wal_level", "replica")
        .setServerConfig("hot_standby", "on")
        .setPGStartupWait(Postgres.STARTUP)
        .start();
  }

  private void backup() throws IOException {
    Path copy = folder.resolve("b");
    try (Connection connection = primary.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute("SELECT pg_backup_start('copy', true)");
      copy(folder.resolve("a"), copy);
      try (var rows = statement.executeQuery("SELECT labelfile FROM pg_backup_stop(false)")) {
        rows.next();
        Files.writeString(copy.resolve("backup_label"), rows.getString(1));
      }
    } catch (SQLException e) {
      throw new IllegalStateException("no base backup", e);
    }
    Files.createFile(copy.resolve("standby.signal"));
    Files.writeString(
        copy.resolve("postgresql.auto.conf"),
        "primary_conninfo = '"
            + "host=127.0.0.1 port=%d user=postgres application_name=%s'%n"
                .formatted(primary.getPort(), STANDBY),
        StandardOpenOption.CREATE,
        StandardOpenOption.APPEND);
  }

  private static void copy(Path from, Path to) throws IOException {
    try (Stream<Path> files = Files.walk(from)) {
      for (Path file : (Iterable<Path>) files::iterator) {
        Path target = to.resolve(from.relativize(file));
        if (Files.isDirectory(file)) {
          Files.createDirectories(target);
          Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwx------"));
        } else if (!List.of("postmaster.pid", "epg-lock").contains(file.getFileName().toString())) {
          copyUnlessGone(file, target);
        }
      }
    }
  }

  private static void copyUnlessGone(Path file, Path target) throws IOException {
    try {
      Files.copy(file, target);
    } catch (NoSuchFileException e) {
      // a file that went during the copy is one that the WAL says is gone
    }
  }

  /** Both hosts; the driver takes the one that is primary. */
  String url(String database) {
    return "jdbc:postgresql://127.0.0.1:%d,127.0.0.1:%d/%s"
        .formatted(primary.getPort(), standby.getPort(), database);
  }

  void createDatabase(String name) {
    run(primary, "CREATE DATABASE " + name);
    awaitCaughtUp();
  }

  /** From now on an answer waits until the standby has it, too. */
  void waitForStandby() {
    run(primary, "ALTER SYSTEM SET synchronous_standby_names = 'ANY 1 (" + STANDBY + ")'");
    run(primary, "SELECT pg_reload_conf()");
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> ask(primary, "SELECT sync_state FROM pg_stat_replication").equals("quorum"));
  }

  /** The standby has all there is, and gets nothing from now on. */
  void letStandbyLag() {
    awaitCaughtUp();
    run(standby, "ALTER SYSTEM SET primary_conninfo = ''");
    run(standby, "SELECT pg_reload_conf()");
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> ask(primary, "SELECT count(*) FROM pg_stat_replication").equals("0"));
  }

  private void awaitCaughtUp() {
    String behind =
        "SELECT count(*) FROM pg_stat_replication WHERE replay_lsn = pg_current_wal_lsn()";
    Awaitility.await().atMost(PATIENCE).until(() -> ask(primary, behind).equals("1"));
  }

  /** The primary is killed, and the standby takes its place. */
  void failOver() throws IOException {
    String pid = Files.readAllLines(folder.resolve("a").resolve("postmaster.pid")).getFirst();
    ProcessHandle.of(Long.parseLong(pid.strip())).ifPresent(ProcessHandle::destroyForcibly);
    run(standby, "SELECT pg_promote()");
    Awaitility.await()
        .atMost(PATIENCE)
        .until(() -> ask(standby, "SELECT pg_is_in_recovery()").equals("f"));
  }

  private static void run(EmbeddedPostgres server, String sql) {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement()) {
      statement.execute(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  private static String ask(EmbeddedPostgres server, String sql) {
    try (Connection connection = server.getPostgresDatabase().getConnection();
        Statement statement = connection.createStatement();
        var rows = statement.executeQuery(sql)) {
      return rows.next() ? String.valueOf(rows.getString(1)) : "";
    } catch (SQLException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  @Override
  public void close() throws IOException {
    standby.close();
    primary.close();
  }
}
