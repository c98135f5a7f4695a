package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.PostgresDialect.SynchronousCommit;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Shows that a group is synced before it is answered, by looking at the system calls. A kill shows
 * nothing of it: what was written outlives the process in the page cache. Each known-bad twin must
 * be found out by the same look.
 */
class DurabilityIT {
  private static final int GROUPS = 20;
  private static final String CALLS =
      "trace=fsync,fdatasync,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg";

  @TempDir Path folder;

  @BeforeAll
  static void needsStrace() {
    boolean there =
        Stream.of(System.getenv("PATH").split(File.pathSeparator))
            .anyMatch(path -> Files.isExecutable(Path.of(path, "strace")));
    if ("true".equals(System.getenv("CI"))) {
      assertThat(there).as("strace is on the PATH").isTrue();
    }
    assumeTrue(there, "durability is not shown here: strace is not on the PATH");
  }

  @Test
  void sqliteSyncsItsLogBeforeItAnswers() throws Exception {
    assertThat(sqlite(true)).isEqualTo(Collections.nCopies(GROUPS, true));
  }

  @Test
  void findsOutASqliteThatDoesNot() throws Exception {
    assertThat(sqlite(false)).isEqualTo(Collections.nCopies(GROUPS, false));
  }

  private List<Boolean> sqlite(boolean durable) throws Exception {
    Path trace = folder.resolve("trace");
    List<String> command = new ArrayList<>(strace(trace));
    command.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            Acknowledger.class.getName(),
            folder.resolve("store.db").toString(),
            String.valueOf(durable),
            String.valueOf(GROUPS)));
    Process traced = new ProcessBuilder(command).redirectError(Redirect.INHERIT).start();
    try (BufferedReader out = traced.inputReader(StandardCharsets.UTF_8)) {
      List<String> said = out.lines().toList();
      assertThat(said).hasSize(GROUPS);
    }
    assertThat(traced.waitFor()).isZero();
    return Trace.answers(
        Files.readAllLines(trace, StandardCharsets.ISO_8859_1),
        call -> call.contains("/store.db-wal>"),
        call -> call.contains(Acknowledger.MARK));
  }

  private static List<String> strace(Path trace) {
    return List.of("strace", "-f", "-y", "-e", CALLS, "-s", "256", "-o", trace.toString());
  }

  @Test
  void postgresqlSyncsItsLogBeforeItAnswers() throws Exception {
    assertThat(postgres(SynchronousCommit.ON)).isEqualTo(Collections.nCopies(GROUPS, true));
  }

  @Test
  void findsOutAPostgresqlThatDoesNot() throws Exception {
    assertThat(postgres(SynchronousCommit.OFF)).hasSize(GROUPS).contains(false);
  }

  /** A server of its own, in which nobody but the store writes to the log. */
  private List<Boolean> postgres(SynchronousCommit synchronousCommit) throws Exception {
    Path trace = folder.resolve("trace");
    try (EmbeddedPostgres server =
            EmbeddedPostgres.builder()
                .setServerConfig("fsync", "on")
                .setServerConfig("autovacuum", "off")
                .setServerConfig("checkpoint_timeout", "1h")
                .setServerConfig("wal_level", "minimal")
                .setServerConfig("max_wal_senders", "0")
                .setServerConfig("wal_writer_delay", "10s")
                .setPGStartupWait(Postgres.STARTUP)
                .start();
        PostgresStore store =
            PostgresStore.open(
                Postgres.url("postgres", server.getPort()), "postgres", null, synchronousCommit)) {
      SpaceName space = new SpaceName("traced");
      store.log().create(space, "{}");
      Scribe scribe = new Scribe(space);
      // the connection that writes, and who may sync in its place
      List<String> processes =
          store
              .connections()
              .write(session ->
                  session.list(
                      "SELECT pid FROM pg_stat_activity WHERE pid = pg_backend_pid()"
                          + " OR backend_type IN ('walwriter', 'background writer', 'checkpointer')",
                      row -> row.getString(1)));
      Process strace = attach(trace, processes);
      try {
        for (int group = 1; group <= GROUPS; group++) {
          assertThat(store.log().append(List.of(scribe.batch("g" + group + "-", 5))))
              .containsExactly(new Appended.Committed());
        }
      } finally {
        strace.destroy(); // it lets go of them
        assertThat(strace.waitFor(120, TimeUnit.SECONDS)).isTrue();
      }
    }
    return Trace.answers(
        Files.readAllLines(trace, StandardCharsets.ISO_8859_1),
        call -> call.contains("/pg_wal/"),
        // the message CommandComplete
        call -> call.startsWith("sendto(") && call.contains("COMMIT\\0"));
  }

  private Process attach(Path trace, List<String> processes) throws IOException {
    Path errors = folder.resolve("strace-says");
    List<String> command = new ArrayList<>(strace(trace));
    for (String process : processes) {
      command.addAll(List.of("-p", process));
    }
    Process strace = new ProcessBuilder(command).redirectError(errors.toFile()).start();
    await()
        .atMost(Duration.ofSeconds(60))
        .failFast("strace ended", () -> !strace.isAlive())
        .until(() ->
            Files.readAllLines(errors).stream().filter(line -> line.endsWith(" attached")).count()
                == processes.size());
    return strace;
  }
}
