package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.LogUnavailable.Outcome;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.state.SpaceName;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process that is stopped in its transaction keeps all others from writing, and is named. */
class LockHolderTest {
  private static final SpaceName DARYL = new SpaceName("daryl");

  @TempDir Path folder;

  /** Begins a transaction, says so, and stays in it: the file is its argument. */
  static final class Holder {
    private Holder() {}

    public static void main(String[] args) throws Exception {
      try (SqliteStore store = SqliteStore.open(Path.of(args[0]))) {
        store
            .connections()
            .write(session -> {
              System.out.println("in");
              try {
                new CountDownLatch(1).await();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
              return 0;
            });
      }
    }
  }

  @Test
  void namesTheProcessThatIsStoppedInItsTransaction() throws Exception {
    if (!"true".equals(System.getenv("CI"))) {
      assumeTrue(Files.isReadable(Path.of("/proc/locks")), "the system has no /proc/locks");
    }
    Path file = folder.resolve("store.db");
    try (SqliteStore store = SqliteStore.open(file)) {
      store.log().create(DARYL, "{}");
      assertThat(LockHolder.ofWriter(file)).as("nobody writes").isEmpty();
      Process holder =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "--enable-native-access=ALL-UNNAMED",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Holder.class.getName(),
                  file.toString())
              .redirectError(Redirect.INHERIT)
              .start();
      try {
        new BufferedReader(new InputStreamReader(holder.getInputStream(), StandardCharsets.UTF_8))
            .readLine();
        signal("STOP", holder);
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> LockHolder.ofWriter(file).orElseThrow().isStopped());
        assertThat(LockHolder.ofWriter(file).orElseThrow().pid()).isEqualTo(holder.pid());

        Batch batch = new Scribe(DARYL).batch("a", 1);
        LogUnavailable busy =
            catchThrowableOfType(LogUnavailable.class, () -> store.log().append(List.of(batch)));
        assertThat(busy.outcome()).isEqualTo(Outcome.NOT_APPLIED);
        assertThat(busy)
            .hasMessageContaining("process " + holder.pid())
            .hasMessageContaining("is stopped")
            .hasMessageContaining("kill -CONT " + holder.pid());
        assertThat(store.trouble().orElseThrow()).contains("process " + holder.pid());

        holder.destroyForcibly().waitFor();
        await()
            .atMost(Duration.ofSeconds(60))
            .untilAsserted(() -> assertThat(store.trouble()).isEmpty());
        assertThat(store.log().append(List.of(batch))).containsExactly(new Appended.Committed());
      } finally {
        holder.destroyForcibly().waitFor();
      }
    }
  }

  private static void signal(String name, Process process) throws Exception {
    assertThat(
            new ProcessBuilder("kill", "-" + name, String.valueOf(process.pid())).start().waitFor())
        .isZero();
  }
}
