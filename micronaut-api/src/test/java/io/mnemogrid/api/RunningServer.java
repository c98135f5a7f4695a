package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.micronaut.runtime.server.EmbeddedServer;
import io.mnemogrid.state.Json;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * A real member with its store and notary in a fresh folder, and real HTTP to it. One is enough for
 * all tests: each takes a space of its own. Every answer is held against the description of the API
 * ({@link Contract}); one that is not as described fails the test that got it.
 */
final class RunningServer {
  /** For what a busy machine may hold up. */
  static final Duration PATIENCE = Duration.ofSeconds(90);

  private static final AtomicInteger COUNT = new AtomicInteger();
  private static final AtomicInteger PORTS =
      new AtomicInteger(10_000 + 10 * new Random().nextInt(2_000));

  /** Folders that are deleted when the tests are over. */
  private static final Queue<Path> FOLDERS = new ConcurrentLinkedQueue<>();

  /** What is done before. */
  private static volatile Runnable atTheEnd = () -> {};

  private final EmbeddedServer server;
  private final HttpClient client = HttpClient.newHttpClient();

  private RunningServer(EmbeddedServer server) {
    this.server = server;
  }

  /** The one of all tests, started with the first that asks for it. */
  static RunningServer shared() {
    return Shared.SERVER;
  }

  private static final class Shared {
    static final RunningServer SERVER = start(Map.of());

    static {
      atTheEnd = () -> Server.stop(SERVER.server);
    }
  }

  static {
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(() -> {
              atTheEnd.run();
              FOLDERS.forEach(RunningServer::delete);
            }));
  }

  /** Deletes a folder with all that is in it; what cannot be deleted stays. */
  private static void delete(Path folder) {
    try (Stream<Path> all = Files.walk(folder)) {
      all.sorted(Comparator.reverseOrder()).forEach(file -> file.toFile().delete());
    } catch (IOException | UncheckedIOException e) {
      System.err.println(folder + " stays: " + e);
    }
  }

  /** One of its own, with further settings, in a new folder if none is set; its caller stops it. */
  static RunningServer start(Map<String, Object> settings) {
    return of(Server.start(settings(settings)));
  }

  /** One that somebody else has started and stops. */
  static RunningServer of(EmbeddedServer server) {
    return new RunningServer(server);
  }

  /** The settings of a server of a test: those, and for the rest a new folder and free ports. */
  static Map<String, Object> settings(Map<String, Object> own) {
    try {
      Path folder = Files.createTempDirectory("mnemogrid-api");
      FOLDERS.add(folder);
      Map<String, Object> all = new HashMap<>(own);
      all.putIfAbsent("mnemogrid.data", folder.toString());
      all.put("mnemogrid.http-port", "-1");
      all.putIfAbsent("mnemogrid.grid-port", freePort());
      all.putIfAbsent("mnemogrid.cluster", folder.getFileName().toString());
      all.put("mnemogrid.anchor", "notary");
      all.putIfAbsent("mnemogrid.checkpoint-every", "3600");
      return all;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * A port that nobody listens on, and that none was given before: below those that a system gives
   * to outgoing connections, so no connection takes it before its server listens.
   */
  static int freePort() {
    while (true) {
      int port = PORTS.getAndAdd(10); // a member tries ten in a row
      try (ServerSocket socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
        return socket.getLocalPort();
      } catch (IOException e) {
        // somebody listens there
      }
    }
  }

  EmbeddedServer server() {
    return server;
  }

  /** A new space with a name of its own. */
  String newSpace() {
    String name = "s" + COUNT.incrementAndGet();
    assertThat(put("/v1/spaces/" + name, "").status()).isEqualTo(201);
    return name;
  }

  /**
   * Has a version of a space checkpointed. Afterwards nobody waits for a checkpoint: a new version
   * stays without one until it is asked for again.
   */
  void makeFinal(String space, long version) {
    awaitNumber(space, "audited_version", version); // then the next checkpoint has it
    Answer asked = send("POST", "/v1/checkpoints", "");
    assertThat(asked.status()).isEqualTo(202);
    assertThat(asked.header("location")).isEqualTo("/v1/checkpoints/latest");
    awaitNumber(space, "finalized_version", version);
  }

  /** What others asked for is done: see {@link #makeFinal}. */
  void settle() {
    String space = newSpace();
    assertThat(commit(space, delta("settled", 0, "/a", "1")).status()).isEqualTo(201);
    makeFinal(space, 1);
  }

  private void awaitNumber(String space, String name, long least) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() ->
            assertThat(get("/v1/spaces/" + space).number(name)).isGreaterThanOrEqualTo(least));
  }

  /** A part that does not answer in time is down for a moment. */
  void awaitStatus(String path, int status) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(get(path).status()).isEqualTo(status));
  }

  /** What a member counts and shows on {@code /prometheus}, which is a moment behind. */
  void awaitMetrics(Consumer<String> shown, String... headers) {
    await().atMost(PATIENCE).untilAsserted(() -> shown.accept(get("/prometheus", headers).text()));
  }

  Answer get(String path, String... headers) {
    return send("GET", path, "", headers);
  }

  Answer put(String path, String body) {
    return send("PUT", path, body);
  }

  /** Sends a delta or a list of them. */
  Answer commit(String space, String body, String... headers) {
    String[] all = new String[headers.length + 2];
    all[0] = "Content-Type";
    all[1] = "application/json";
    System.arraycopy(headers, 0, all, 2, headers.length);
    return send("POST", "/v1/spaces/" + space + "/updates", body, all);
  }

  /** As {@link #commit}, without saying beforehand how long the body is. */
  Answer commitChunked(String space, String body) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return send(
        request("/v1/spaces/" + space + "/updates", "Content-Type", "application/json")
            .POST(BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(bytes))),
        bytes);
  }

  Answer send(String method, String path, String body, String... headers) {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    return send(
        request(path, headers)
            .method(
                method,
                bytes.length == 0 ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(bytes)),
        bytes);
  }

  private HttpRequest.Builder request(String path, String... headers) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.getPort() + path));
    return headers.length > 0 ? request.headers(headers) : request;
  }

  private Answer send(HttpRequest.Builder asked, byte[] body) {
    try {
      HttpRequest request = asked.build();
      HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
      String query = request.uri().getRawQuery();
      Contract.served()
          .check(
              new Contract.Exchange(
                  request.method(),
                  request.uri().getRawPath() + (query == null ? "" : "?" + query),
                  request.headers().map(),
                  body,
                  response.statusCode(),
                  response.headers().map(),
                  response.body()));
      return new Answer(response);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  /** What a call got. */
  record Answer(HttpResponse<byte[]> response) {
    int status() {
      return response.statusCode();
    }

    String text() {
      return new String(response.body(), StandardCharsets.UTF_8);
    }

    String header(String name) {
      return response.headers().firstValue(name).orElse("");
    }

    /** The body, which must be canonical. */
    Json.Obj json() {
      return (Json.Obj) any();
    }

    Json any() {
      return Json.parseCanonical(text());
    }

    Json at(String path) {
      Json value = any();
      for (String name : List.of(path.split("/", -1))) {
        value =
            value instanceof Json.Arr array
                ? array.items().get(Integer.parseInt(name))
                : ((Json.Obj) value).members().getOrDefault(name, Json.of("(no " + name + ")"));
      }
      return value;
    }

    String string(String path) {
      return at(path) instanceof Json.Str text ? text.value() : at(path).canonical();
    }

    long number(String path) {
      return (long) ((Json.Num) at(path)).value();
    }

    /** Checks that this is a problem of that kind, whole and in the right type. */
    Answer isProblem(int status, String code) {
      assertThat(text()).contains("\"code\"");
      assertThat(string("code")).isEqualTo(code);
      assertThat(status()).isEqualTo(status);
      assertThat(number("status")).isEqualTo(status);
      assertThat(header("content-type")).isEqualTo("application/problem+json");
      assertThat(json().members())
          .containsKeys(
              "type", "title", "status", "detail", "code", "hint", "errors", "request_id");
      assertThat(string("hint")).isNotEmpty();
      return this;
    }
  }

  /** A delta of one change to a path, which a pointer or a dotted path names. */
  static String delta(String id, long base, String path, String value) {
    return new DeltaText(id).base(base).set(path, value).toString();
  }

  /** Writes a delta. */
  static final class DeltaText {
    private final Map<String, String> members = new HashMap<>();
    private String added = "";
    private String deleted = "";

    DeltaText(String id) {
      members.put("update_id", "\"" + id + "\"");
      members.put("base", "0");
      members.put("author", "\"bot-a\"");
      members.put("timestamp", "\"2026-02-05T19:00:50Z\"");
      members.put("type", "\"test\"");
    }

    DeltaText with(String name, String json) {
      members.put(name, json);
      return this;
    }

    DeltaText without(String name) {
      members.remove(name);
      return this;
    }

    DeltaText base(long base) {
      return with("base", Long.toString(base));
    }

    DeltaText author(String name) {
      return with("author", "\"" + name + "\"");
    }

    DeltaText time(String time) {
      return with("timestamp", "\"" + time + "\"");
    }

    DeltaText strict() {
      return with("strict", "true");
    }

    DeltaText set(String path, String value) {
      added += (added.isEmpty() ? "" : ",") + "{\"key\":\"" + path + "\",\"value\":" + value + "}";
      return this;
    }

    DeltaText delete(String path) {
      deleted += (deleted.isEmpty() ? "" : ",") + "{\"key\":\"" + path + "\"}";
      return this;
    }

    @Override
    public String toString() {
      StringBuilder out = new StringBuilder("{");
      members.forEach((name, json) -> out.append("\"" + name + "\":" + json + ","));
      return out.append("\"changes\":{\"added\":[")
          .append(added)
          .append("],\"deleted\":[")
          .append(deleted)
          .append("]}}")
          .toString();
    }
  }
}
