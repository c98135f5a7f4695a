package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.PATIENCE;
import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.state.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A server whose data folder is a real disk that runs full and gets room again. The server's
 * process has the disk for itself: it is mounted in a namespace of its own, into which the test
 * looks through {@code /proc}.
 */
class FullDiskHttpIT {
  private static final String OTHER_FILE = "other";

  /** Mounts a disk of $1 on $2, and writes $3 bytes of something else onto it. */
  private static final String MOUNT =
      "mount -t tmpfs -o mode=700,size=\"$1\" small \"$2\" && head -c \"$3\" /dev/zero > \"$2/"
          + OTHER_FILE
          + "\" && shift 3 && exec \"$@\"";

  /**
   * A commit that nobody answers is unknown after this time, and a full disk is told long before.
   */
  private static final Duration COMMIT_TIMEOUT = Duration.ofSeconds(120);

  private final HttpClient client = HttpClient.newHttpClient();
  private ServerProcess server;
  private Path data;

  /**
   * How to give a process mounts of its own; skips the test where nobody may, which CI does not.
   */
  private static List<String> isolation() throws InterruptedException {
    for (List<String> isolation :
        List.of(
            List.of("unshare", "--mount"),
            List.of("unshare", "--user", "--map-root-user", "--mount"))) {
      List<String> tried = new ArrayList<>(isolation);
      tried.addAll(List.of("mount", "-t", "tmpfs", "t", "/mnt"));
      try {
        if (new ProcessBuilder(tried).start().waitFor() == 0) {
          return isolation;
        }
      } catch (IOException e) {
        continue; // no unshare here
      }
    }
    String why = "no disk can be mounted here: unshare --mount is not permitted";
    if (System.getenv("CI") != null) {
      throw new IllegalStateException(why);
    }
    assumeTrue(false, why);
    return List.of();
  }

  @BeforeEach
  void start(@TempDir Path folder) throws Exception {
    data = Files.createDirectory(folder.resolve("data"));
    List<String> command = new ArrayList<>(isolation());
    command.addAll(
        List.of("sh", "-c", MOUNT, "sh", "7m", data.toString(), Integer.toString(2 << 20)));
    server =
        ServerProcess.startBehind(
            command, folder, Map.of("MNEMOGRID_COMMIT_TIMEOUT", COMMIT_TIMEOUT.toSeconds() + "s"));
    await().atMost(PATIENCE).ignoreExceptions().until(() -> get("/health").status() == 200);
  }

  @AfterEach
  void stop() {
    if (server != null) {
      server.close();
    }
    client.close();
  }

  private Answer send(String method, String path, String body) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
            .method(
                method, body.isEmpty() ? BodyPublishers.noBody() : BodyPublishers.ofString(body));
    if (!body.isEmpty()) {
      request.header("Content-Type", "application/json");
    }
    return new Answer(client.send(request.build(), BodyHandlers.ofByteArray()));
  }

  private Answer get(String path) throws Exception {
    return send("GET", path, "");
  }

  private Answer commit(String request) throws Exception {
    return send("POST", "/v1/spaces/notes/updates", request);
  }

  private static String large(int number) {
    return delta("u" + number, 0, "/k" + number, '"' + "x".repeat(180_000) + '"');
  }

  /** Status and detail of the part store. */
  private static String store(Answer health) {
    for (Json part : ((Json.Arr) health.at("parts")).items()) {
      if (part instanceof Json.Obj object && object.text("name").equals("store")) {
        return object.text("status") + " " + object.text("detail");
      }
    }
    return "no part store";
  }

  @Test
  void saysThatTheDiskIsFullReadsOnAndCommitsAgainByItself() throws Exception {
    assertThat(send("PUT", "/v1/spaces/notes", "").status()).isEqualTo(201);
    int acknowledged = 0;
    Answer last;
    long began;
    do {
      began = System.nanoTime();
      last = commit(large(acknowledged));
    } while (last.status() == 201 && ++acknowledged < 1000);
    Duration took = Duration.ofNanos(System.nanoTime() - began);
    last.isProblem(503, "not-applied");
    assertThat(last.string("detail")).contains("disk full: ", data.toString());
    assertThat(last.header("retry-after")).isNotEmpty();
    assertThat(took).as("it waits for no deadline").isLessThan(COMMIT_TIMEOUT.dividedBy(2));
    assertThat(acknowledged).isPositive();

    Answer health = get("/health");
    assertThat(health.status()).isEqualTo(503);
    assertThat(health.string("status")).isEqualTo("down");
    assertThat(store(health)).startsWith("down disk full: ").contains(data.toString());
    assertThat(get("/health/readiness").status()).isEqualTo(503);
    assertThat(get("/health/liveness").status()).as("it need not be started anew").isEqualTo(200);

    String newest = "/v1/spaces/notes/state?path=/k" + (acknowledged - 1);
    assertThat(get(newest).text()).hasSize(180_002);
    assertThat(get("/v1/spaces/notes/updates/" + acknowledged).status()).isEqualTo(200);
    assertThat(get("/v1/spaces/notes/state?at=1").status()).isEqualTo(200);
    assertThat(get("/v1/spaces/notes").number("version")).isEqualTo(acknowledged);
    commit(large(acknowledged)).isProblem(503, "not-applied");

    Files.delete(Path.of("/proc/" + server.pid() + "/root" + data.resolve(OTHER_FILE)));
    await().atMost(PATIENCE).until(() -> get("/health/readiness").status() == 200);
    assertThat(store(get("/health"))).startsWith("up ");
    Answer again = commit(large(acknowledged));
    assertThat(again.status()).as(again.text()).isEqualTo(201);
    assertThat(again.number("version")).isEqualTo(acknowledged + 1);
  }
}
