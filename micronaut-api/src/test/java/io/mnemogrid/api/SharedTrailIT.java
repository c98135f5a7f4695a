package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.PATIENCE;
import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.api.SseClient.Event;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Main;
import io.mnemogrid.state.Json;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two servers on one PostgreSQL write one audit trail, also when one of them is killed. Those who
 * follow at that one meanwhile go on at the other.
 */
class SharedTrailIT {
  private static final int EACH = 60;

  /** Followers of the one space, and of all of them. */
  private static final int FOLLOWERS = 8;

  private static final String LAST = "z-last";

  @TempDir private Path folder = Path.of("");
  private final HttpClient client = HttpClient.newHttpClient();

  private Answer send(HttpRequest.Builder request) throws Exception {
    return new Answer(client.send(request.build(), BodyHandlers.ofByteArray()));
  }

  private static HttpRequest.Builder to(int port, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path));
  }

  private int commit(int port, String id) throws Exception {
    return send(to(port, "/v1/spaces/notes/updates")
            .header("Content-Type", "application/json")
            .header("Prefer", "return=minimal")
            .POST(BodyPublishers.ofString(delta(id, 0, "/" + id.charAt(0), "1"))))
        .status();
  }

  /** Commits from number {@code from} on, and returns the ids that were acknowledged. */
  private List<String> write(int port, String name, int from, int to) {
    List<String> ids = new ArrayList<>();
    try {
      for (int i = from; i < to; i++) {
        assertThat(commit(port, name + i)).isEqualTo(201);
        ids.add(name + i);
      }
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
    return ids;
  }

  /** All entries that a server shows. */
  private List<Json.Obj> trail(int port) throws Exception {
    List<Json.Obj> all = new ArrayList<>();
    long since = 0;
    do {
      Answer page = send(to(port, "/v1/audit-trail?limit=500&since=" + since));
      assertThat(page.status()).as(page.text()).isEqualTo(200);
      ((Json.Arr) page.at("items")).items().forEach(item -> all.add((Json.Obj) item));
      since = page.at("next").equals(Json.NULL) ? 0 : page.number("next");
    } while (since > 0);
    assertThat(all)
        .extracting(SharedTrailIT::number)
        .as("no number is missing, and none is there twice")
        .containsExactlyElementsOf(LongStream.rangeClosed(1, all.size()).boxed().toList());
    return all;
  }

  private static long number(Json.Obj entry) {
    return entry.get("number") instanceof Json.Num number ? (long) number.value() : -1;
  }

  /** The ids of the updates that a member wrote, in the order of the trail. */
  private static List<String> ids(List<Json.Obj> trail, String member) {
    return trail.stream()
        .filter(entry -> entry.text("member").equals(member) && entry.get("update_id") != null)
        .map(entry -> entry.text("update_id"))
        .toList();
  }

  private ServerProcess beta(String store, int gridPort) throws IOException {
    return ServerProcess.start(
        folder,
        Map.of(
            "MNEMOGRID_STORE",
            store,
            "MNEMOGRID_MEMBERS",
            "127.0.0.1:" + gridPort,
            "MNEMOGRID_NAME",
            "beta",
            "MNEMOGRID_TRAIL",
            "changes"));
  }

  private RunningServer alpha(String store, int gridPort) {
    return RunningServer.start(
        Map.of(
            "mnemogrid.data",
            folder.resolve("data").toString(),
            "mnemogrid.store",
            store,
            "mnemogrid.cluster",
            folder.getFileName().toString(),
            "mnemogrid.grid-port",
            gridPort,
            "mnemogrid.members",
            "127.0.0.1:" + gridPort,
            "mnemogrid.name",
            "alpha",
            "mnemogrid.trail",
            "changes"));
  }

  @Test
  void theChainIsWholeThoughOneIsKilledWhileBothWrite() throws Exception {
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        EmbeddedPostgres database =
            EmbeddedPostgres.builder().setPGStartupWait(Duration.ofMinutes(2)).start()) {
      String store =
          "jdbc:postgresql://127.0.0.1:" + database.getPort() + "/postgres?user=postgres";
      int gridPort = RunningServer.freePort();
      RunningServer alpha = alpha(store, gridPort);
      int first = alpha.server().getPort();
      List<String> byAlpha;
      List<CompletableFuture<List<Long>>> followers;
      try (ServerProcess beta = beta(store, gridPort)) {
        int second = beta.port();
        assertThat(send(to(first, "/v1/spaces/notes").PUT(BodyPublishers.noBody())).status())
            .isEqualTo(201);
        await()
            .atMost(PATIENCE)
            .ignoreExceptions()
            .until(() -> send(to(second, "/v1/spaces/notes")).status() == 200);
        byAlpha = bothWrite(first, second);
        followers = followers(second, first, threads);
        byAlpha.addAll(betaIsKilledWhileBothWrite(first, second, beta));
      }
      byAlpha.addAll(write(first, "a", byAlpha.size(), byAlpha.size() + EACH));
      assertThat(commit(first, LAST)).isEqualTo(201);
      byAlpha.add(LAST);
      long head = send(to(first, "/v1/spaces/notes")).number("version");
      for (CompletableFuture<List<Long>> follower : followers) {
        assertThat(follower.get(PATIENCE.toSeconds(), TimeUnit.SECONDS))
            .as("every version once and in order, though the server was killed")
            .containsExactlyElementsOf(LongStream.rangeClosed(1, head).boxed().toList());
      }
      List<String> all = byAlpha;
      await()
          .atMost(PATIENCE)
          .untilAsserted(
              () -> assertThat(ids(trail(first), "alpha")).containsExactlyElementsOf(all));
      Server.stop(alpha.server());
      isWhole(store);
    } finally {
      client.close();
    }
  }

  /**
   * Follows at one server until that is gone, and then at the other; returns the versions that it
   * was told of, up to the last.
   */
  private static List<Long> follow(String path, int first, int second) {
    List<Long> got = new ArrayList<>();
    String[] place = {"Accept-Language", "en"}; // none yet
    int port = first;
    while (true) {
      String since = got.isEmpty() ? "since=0" : "";
      try (SseClient client = SseClient.open(port, path + since, place)) {
        for (Event next = client.next(); !next.equals(Event.END); next = client.next()) {
          if (next.name().equals("commit")) {
            got.add(next.number("version"));
          }
          if (next.data().contains("\"update_id\":\"" + LAST + "\"")) {
            return got;
          }
        }
        place = new String[] {"Last-Event-ID", client.lastId()};
      }
      port = second;
    }
  }

  private static List<CompletableFuture<List<Long>>> followers(
      int first, int second, ExecutorService threads) {
    List<CompletableFuture<List<Long>>> all = new ArrayList<>();
    for (int i = 0; i < FOLLOWERS; i++) {
      for (String path : List.of("/v1/spaces/notes/events?", "/v1/events?spaces=not*&")) {
        all.add(CompletableFuture.supplyAsync(() -> follow(path, first, second), threads));
      }
    }
    return all;
  }

  private List<String> bothWrite(int first, int second) {
    var others = CompletableFuture.supplyAsync(() -> write(second, "b", 0, EACH));
    List<String> mine = write(first, "a", 0, EACH);
    List<String> theirs = others.join();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          List<Json.Obj> shown = trail(first);
          assertThat(ids(shown, "alpha")).containsExactlyElementsOf(mine);
          assertThat(ids(shown, "beta")).containsExactlyElementsOf(theirs);
          assertThat(trail(second)).as("what the other shows").isEqualTo(shown);
        });
    return mine;
  }

  /** It is killed, so nothing that it has in memory is written any more. */
  private List<String> betaIsKilledWhileBothWrite(int first, int second, ServerProcess beta)
      throws Exception {
    Thread writer =
        Thread.ofPlatform()
            .start(() -> {
              try {
                int next = EACH;
                while (commit(second, "b" + next) == 201) {
                  next++;
                }
              } catch (Exception e) {
                // it was killed
              }
            });
    List<String> mine = write(first, "a", EACH, 2 * EACH);
    List<Json.Obj> shown = new ArrayList<>();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          shown.clear();
          shown.addAll(trail(first));
          assertThat(ids(shown, "beta")).hasSizeGreaterThan(EACH);
        });
    beta.kill();
    writer.join();
    List<Json.Obj> after = trail(first);
    assertThat(after).as("what stood there stands").startsWith(shown.toArray(Json.Obj[]::new));
    return mine;
  }

  private static void isWhole(String store) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code = Main.run(printed, printed, "fsck", "--store", store, "--no-chain");
    String said = out.toString(StandardCharsets.UTF_8);
    assertThat(code).as(said).isEqualTo(ExitCode.OK.code());
    assertThat(said).contains("verified: ", " sheets of the audit trail");
  }
}
