package io.mnemogrid.bench;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.command.Main;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * One member with a store in a process of its own. The JDK's client asks it over HTTP and keeps its
 * connections open. Each writer's base is the version that its last answer named.
 *
 * <p>A guarded member has a key, which each request sends, a policy that each commit is judged by,
 * and rates that count and are never used up.
 */
final class HttpPeer implements Peer {
  static final String NAME = "mnemogrid, HTTP";
  private static final int OK = 200;
  private static final int CREATED = 201;
  private static final int UNAUTHORIZED = 401;
  static final String KEY = "X-API-Key";
  static final String MOST_RATES = "1000000000,1000000000,1000000000";
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  static final String SPACE = "/v1/spaces/bench";
  private static final String VERSION = "\"version\":";
  private static final Author FILLER = new Author("bench");
  private static final String POLICY =
      """
      {"format":"mnemogrid-policy-1","writers":[{"paths":["/**"],"authors":["bench","writer-*"]}]}\
      """;

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String name;
  private final MemberProcess server;
  private final int port;
  private final String base;
  private final AtomicLongArray seen;
  private final boolean isMinimal;
  private @Nullable String key;

  /** A member without keys. */
  HttpPeer(Path jar, Path folder, int writers, int leaves) throws Exception {
    this(NAME, Map.of(), false, Launch.member(jar), folder, writers);
    fill("", 0, leaves);
  }

  private HttpPeer(
      String name,
      Map<String, String> environment,
      boolean isMinimal,
      Launch launch,
      Path folder,
      int writers)
      throws Exception {
    this.name = name;
    this.isMinimal = isMinimal;
    List<Integer> ports = Ports.free(2);
    this.port = ports.get(0);
    this.base = "http://127.0.0.1:" + port;
    this.seen = new AtomicLongArray(writers);
    this.server =
        launch
            .notary()
            .with(environment)
            .with("MNEMOGRID_CLUSTER", "bench-" + ports.get(1))
            .data(folder.resolve("data"))
            .ports(ports.get(0), ports.get(1))
            .members("127.0.0.1:" + ports.get(1))
            .start(folder.resolve("server.log"));
    try {
      server.awaitHealthy(ports.get(0));
    } catch (RuntimeException e) {
      close();
      throw e;
    }
  }

  /** A member without keys, whose answers to commits leave out what was missed. */
  static HttpPeer minimal(String name, Path jar, Path folder, int writers, int leaves)
      throws Exception {
    HttpPeer peer = new HttpPeer(name, Map.of(), true, Launch.member(jar), folder, writers);
    peer.fill("", 0, leaves);
    return peer;
  }

  /** A member without keys, with further variables of its environment. */
  static HttpPeer with(
      String name, Map<String, String> environment, Path jar, Path folder, int writers, int leaves)
      throws Exception {
    return with(name, environment, Launch.member(jar), folder, writers, leaves);
  }

  /** A member without keys that is started otherwise. */
  static HttpPeer with(
      String name,
      Map<String, String> environment,
      Launch launch,
      Path folder,
      int writers,
      int leaves)
      throws Exception {
    HttpPeer peer = new HttpPeer(name, environment, false, launch, folder, writers);
    peer.fill("", 0, leaves);
    return peer;
  }

  /**
   * A guarded member that leaves out what was missed and records in its audit trail what {@code
   * recorded} says.
   */
  static HttpPeer guarded(
      String name, String recorded, Path jar, Path folder, int writers, int leaves)
      throws Exception {
    Map<String, String> environment =
        Map.of("MNEMOGRID_TRAIL", recorded, "MNEMOGRID_RATE_WRITER", MOST_RATES);
    HttpPeer peer = new HttpPeer(name, environment, true, Launch.member(jar), folder, writers);
    peer.fill(POLICY, 1, leaves);
    peer.key = peer.makeKey(folder.resolve("data"), "writer");
    return peer;
  }

  /** Makes the space and its document. */
  private void fill(String policy, long version, int leaves) throws Exception {
    try {
      answer(
          request(SPACE)
              .header("Content-Type", "application/json")
              .PUT(HttpRequest.BodyPublishers.ofString(policy)),
          201);
      commit(
          0,
          new DeltaBuilder(FILLER, version, Instant.now())
              .set("", MnemogridPeer.document(leaves))
              .build());
    } catch (Exception e) {
      close();
      throw e;
    }
  }

  /**
   * Makes a key of that role in the store and returns it once the member knows it. From the first
   * one on the member asks for keys.
   *
   * @param data the folder of the member's store
   */
  String makeKey(Path data, String role) throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    ByteArrayOutputStream failed = new ByteArrayOutputStream();
    try (PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
        PrintStream err = new PrintStream(failed, true, StandardCharsets.UTF_8)) {
      String[] words = {
        "keys", "create", "bench-" + role, "--role", role, "--data", data.toString()
      };
      if (Main.run(out, err, words) != 0) {
        close();
        throw new IllegalStateException("no key: " + failed.toString(StandardCharsets.UTF_8));
      }
    }
    String made = printed.toString(StandardCharsets.UTF_8).strip();
    long began = System.nanoTime();
    while (status(request(SPACE).GET()) != UNAUTHORIZED
        || status(request(SPACE).setHeader(KEY, made).GET()) != OK) {
      if (System.nanoTime() - began > PATIENCE.toNanos()) {
        close();
        throw new IllegalStateException("the member knows no key after " + PATIENCE);
      }
      MemberProcess.pause(50);
    }
    return made;
  }

  /** What the member's process has used of the processors so far; in steps of 10 ms on Linux. */
  Duration processorTime() {
    return Footprint.processorTime(server.pid());
  }

  /**
   * What those threads of the member's process that still run have used of the processors so far.
   *
   * @param prefix of their names as Linux knows them, which has at most 15 characters
   */
  Duration processorTime(String prefix) throws IOException {
    long nanos = 0;
    try (DirectoryStream<Path> threads =
        Files.newDirectoryStream(Path.of("/proc/" + server.pid() + "/task"))) {
      for (Path thread : threads) {
        try {
          if (Files.readString(thread.resolve("comm")).startsWith(prefix)) {
            String used = Files.readString(thread.resolve("schedstat"));
            nanos += Long.parseLong(used.substring(0, used.indexOf(' ')));
          }
        } catch (NoSuchFileException e) { // it has ended
          continue;
        }
      }
    }
    return Duration.ofNanos(nanos);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void write(int writer, int document, int field, long value) throws Exception {
    commit(
        writer,
        new DeltaBuilder(new Author("writer-" + writer), seen.get(writer), Instant.now())
            .set(MnemogridPeer.path(field), Json.of(value))
            .build());
  }

  private void commit(int writer, Delta delta) throws Exception {
    String answer =
        answer(
            request(SPACE + "/updates")
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(delta.request().canonical())),
            201);
    // it is the last member of an answer, behind what the writer missed
    seen.set(writer, number(answer, VERSION));
  }

  /** The number behind the last place where that stands. */
  static long number(String text, String before) {
    int from = text.lastIndexOf(before) + before.length();
    int to = from;
    while (to < text.length() && Character.isDigit(text.charAt(to))) {
      to++;
    }
    return Long.parseLong(text, from, to, 10);
  }

  /** The version that a writer's last commit made. */
  long version(int writer) {
    return seen.get(writer);
  }

  /** The tag of the space's newest version. */
  String tag() throws Exception {
    return http.send(request(SPACE).GET().build(), HttpResponse.BodyHandlers.discarding())
        .headers()
        .firstValue("ETag")
        .orElseThrow();
  }

  /** The status of the answer to a read of that path, with further headers: names and values. */
  int status(String path, List<String> headers) throws Exception {
    HttpRequest.Builder request = request(path).GET();
    return status(headers.isEmpty() ? request : request.headers(headers.toArray(String[]::new)));
  }

  /** The newest version of the space. */
  long head() throws Exception {
    return number(answer(request(SPACE).GET(), OK), VERSION);
  }

  /**
   * Returns when the audit has recomputed the newest version of the space, or this time is over:
   * the work that commits leave behind is not to fall into what is measured next.
   */
  void settle(Duration most) throws Exception {
    long began = System.nanoTime();
    String space = answer(request(SPACE).GET(), OK);
    while (number(space, "\"audited_version\":") < number(space, VERSION)
        && System.nanoTime() - began < most.toNanos()) {
      MemberProcess.pause(50);
      space = answer(request(SPACE).GET(), OK);
    }
  }

  /** Makes a further space without a document. */
  void makeSpace(String path) throws Exception {
    answer(request(path).PUT(HttpRequest.BodyPublishers.noBody()), CREATED);
  }

  /** Commits one number to a space. */
  void commit(String path, DeltaBuilder delta) throws Exception {
    answer(
        request(path + "/updates")
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(delta.build().request().canonical())),
        CREATED);
  }

  /** What the member counts under that name. */
  double metric(String name) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + "/prometheus")).timeout(PATIENCE);
    return answer(request, 200)
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElse(0);
  }

  /** Where the member listens. */
  int port() {
    return port;
  }

  /** The member's process. */
  long pid() {
    return server.pid();
  }

  /** Reads a field, which must be there. */
  void read(int field) throws Exception {
    answer(request(SPACE + "/state?path=" + MnemogridPeer.path(field)).GET(), 200);
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path)).timeout(PATIENCE);
    if (isMinimal) {
      request.header("Prefer", "return=minimal");
    }
    String own = key;
    return own == null ? request : request.header(KEY, own);
  }

  private int status(HttpRequest.Builder request) throws IOException, InterruptedException {
    return http.send(request.build(), HttpResponse.BodyHandlers.discarding()).statusCode();
  }

  private String answer(HttpRequest.Builder request, int wanted)
      throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (response.statusCode() != wanted) {
      throw new IllegalStateException(
          "answered " + response.statusCode() + " instead of " + wanted + ": " + response.body());
    }
    return response.body();
  }

  @Override
  public void close() {
    http.close();
    server.close();
  }
}
