package io.mnemogrid.bench;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * One member with a store in a process of its own. The JDK's client asks it over HTTP and keeps its
 * connections open. Each writer's base is the version that its last answer named.
 */
final class HttpPeer implements Peer {
  static final String NAME = "mnemogrid, HTTP";
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String SPACE = "/v1/spaces/bench";
  private static final String VERSION = "\"version\":";

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final String name;
  private final MemberProcess server;
  private final String base;
  private final AtomicLongArray seen;

  HttpPeer(Path jar, Path folder, int writers, int leaves) throws Exception {
    this(NAME, Map.of(), jar, folder, writers, leaves);
  }

  /** A member of another name, with further variables of its environment. */
  HttpPeer(
      String name, Map<String, String> environment, Path jar, Path folder, int writers, int leaves)
      throws Exception {
    this.name = name;
    List<Integer> ports = Ports.free(2);
    this.base = "http://127.0.0.1:" + ports.get(0);
    this.seen = new AtomicLongArray(writers);
    this.server =
        Launch.member(jar)
            .notary()
            .with(environment)
            .with("MNEMOGRID_CLUSTER", "bench-" + ports.get(1))
            .data(folder.resolve("data"))
            .ports(ports.get(0), ports.get(1))
            .members("127.0.0.1:" + ports.get(1))
            .start(folder.resolve("server.log"));
    try {
      server.awaitHealthy(ports.get(0));
      answer(request(SPACE).PUT(HttpRequest.BodyPublishers.noBody()), 201);
      commit(
          0,
          new DeltaBuilder(new Author("bench"), 0, Instant.now())
              .set("", MnemogridPeer.document(leaves))
              .build());
    } catch (Exception e) {
      server.close();
      throw e;
    }
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
    int from = answer.lastIndexOf(VERSION) + VERSION.length();
    int to = from;
    while (Character.isDigit(answer.charAt(to))) {
      to++;
    }
    seen.set(writer, Long.parseLong(answer, from, to, 10));
  }

  /** Reads a field, which must be there. */
  void read(int field) throws Exception {
    answer(request(SPACE + "/state?path=" + MnemogridPeer.path(field)).GET(), 200);
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(base + path)).timeout(PATIENCE);
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
