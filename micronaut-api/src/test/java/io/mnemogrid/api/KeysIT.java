package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.api.RunningServer.DeltaText;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import io.mnemogrid.command.LocalKey;
import io.mnemogrid.command.Main;
import io.mnemogrid.command.RunRecord;
import io.mnemogrid.state.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The life of keys, over HTTP and by the command, on one store with two servers. */
class KeysIT {
  /** In force everywhere within a second, and what a busy machine may add. */
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir private Path folder = Path.of("");
  private Path data = Path.of("");
  private final List<RunningServer> servers = new ArrayList<>();

  @BeforeEach
  void nameData() {
    data = folder.resolve("data"); // as it lies in a checkout
  }

  @AfterEach
  void stop() {
    servers.forEach(api -> Server.stop(api.server()));
  }

  private RunningServer start() {
    RunningServer api = RunningServer.start(Map.of("mnemogrid.data", data.toString()));
    servers.add(api);
    return api;
  }

  /** Runs the command and returns its standard output. */
  private String command(String... words) {
    List<String> all = new ArrayList<>(List.of("keys"));
    all.addAll(List.of(words));
    all.addAll(List.of("--data", data.toString()));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int code =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            System.err,
            all.toArray(String[]::new));
    assertThat(code).isEqualTo(ExitCode.OK.code());
    return out.toString(StandardCharsets.UTF_8).strip();
  }

  /** Every key that was made until now is known there, for nobody else is let in any more. */
  private static void awaitKnown(RunningServer api, String key) {
    await()
        .atMost(SOON)
        .until(() ->
            api.get("/v1/spaces").status() == 401
                && api.get("/v1/spaces", bearer(key)).status() != 401);
  }

  private static String[] bearer(String key) {
    return new String[] {"Authorization", "Bearer " + key};
  }

  private static Answer post(RunningServer api, String key, String path, String body) {
    return api.send("POST", path, body, "Content-Type", "application/json", "X-API-Key", key);
  }

  @Test
  void theFirstKeyIsMadeOnTheHostAndClosesEveryMember() {
    RunningServer one = start();
    RunningServer other = start();
    String space = one.newSpace();
    one.send(
            "POST",
            "/v1/keys",
            "{\"name\":\"me\",\"role\":\"operator\"}",
            "Content-Type",
            "application/json")
        .isProblem(403, "first-key");
    assertThat(one.get("/v1/keys").text()).isEqualTo("{\"items\":[],\"next\":null}");
    String key = command("create", "me", "--role", "operator");
    for (RunningServer api : servers) {
      await().atMost(SOON).until(() -> api.get("/v1/spaces").status() == 401);
      assertThat(api.get("/v1/spaces/" + space, bearer(key)).status()).isEqualTo(200);
      assertThat(api.get("/v1/spaces/" + space, "X-API-Key", key).status()).isEqualTo(200);
      assertThat(api.get("/v1/spaces/" + space, "Authorization", "bearer " + key).status())
          .isEqualTo(200);
      api.get("/v1/spaces/" + space, "Authorization", "Basic " + key).isProblem(401, "key-unknown");
      api.get("/v1/spaces/" + space, "Authorization", "Bearer " + key, "X-API-Key", key)
          .isProblem(401, "key-unknown");
      assertThat(api.get("/health/liveness").status()).isEqualTo(200);
      assertThat(api.get("/openapi.yaml").status()).isEqualTo(200);
      assertThat(api.get("/health/readiness").json().members()).containsOnlyKeys("status");
    }
    assertThat(other.get("/v1/keys", bearer(key)).text()).contains("local commands");
  }

  /** Without an option that names a key, which all users of the machine would see. */
  @Test
  void theCommandsOfThisUserFindTheirKey() throws IOException {
    RunningServer api = start();
    String[] audit = {"audit", "--url", "http://127.0.0.1:" + api.server().getPort()};
    String before = System.getProperty(Installation.ROOT, "");
    System.setProperty(Installation.ROOT, folder.toString());
    try {
      assertThat(Main.run(System.out, System.err, audit)).isEqualTo(ExitCode.OK.code());
      command("create", "me", "--role", "reader");
      await().atMost(SOON).until(() -> api.get("/v1/spaces").status() == 401);
      assertThat(Main.run(System.out, System.err, audit))
          .as("no run of this folder is recorded, so anybody may listen there")
          .isEqualTo(ExitCode.NOT_ALLOWED.code());
      Files.createDirectories(data.resolve("run"));
      RunRecord.of(ProcessHandle.current().pid(), List.of("member")).write(data, "member");
      await() // the operator's key is made after the first one, and may be known later
          .atMost(SOON)
          .until(() -> Main.run(System.out, System.err, audit) == ExitCode.OK.code());
      assertThat(data.resolve(LocalKey.FILE).toFile().delete()).isTrue();
      assertThat(Main.run(System.out, System.err, audit)).isEqualTo(ExitCode.NOT_ALLOWED.code());
    } finally {
      System.setProperty(Installation.ROOT, before);
    }
  }

  @Test
  void anOperatorMakesRotatesAndRevokesKeysEverywhere() {
    RunningServer one = start();
    RunningServer other = start();
    String space = one.newSpace();
    String operator = command("create", "me", "--role", "operator");
    awaitKnown(one, operator);
    awaitKnown(other, operator);
    Answer made =
        post(
            one,
            operator,
            "/v1/keys",
            """
            {"name":"bots","role":"writer","spaces":["%s"],"authors":["bot-*"]}\
            """
                .formatted(space));
    assertThat(made.status()).isEqualTo(201);
    String key = made.string("key");
    String id = made.string("id");
    assertThat(made.header("location")).isEqualTo("/v1/keys/" + id);
    assertThat(made.header("cache-control")).isEqualTo("no-store");
    assertThat(one.get("/v1/spaces/" + space, bearer(key)).status())
        .as("in force at once where it was made")
        .isEqualTo(200);
    await().atMost(SOON).until(() -> other.get("/v1/spaces/" + space, bearer(key)).status() == 200);
    assertThat(one.get("/v1/keys", bearer(operator)).text()).contains(id).doesNotContain(key);

    Answer rotated = post(other, operator, "/v1/keys/" + id + "/rotate", "{\"grace_seconds\":0}");
    assertThat(rotated.status()).isEqualTo(200);
    String next = rotated.string("key");
    for (RunningServer api : servers) {
      await().atMost(SOON).until(() -> api.get("/v1/spaces", bearer(key)).status() == 401);
      assertThat(api.get("/v1/spaces", bearer(next)).status()).isEqualTo(200);
    }
    Answer ended = one.send("DELETE", "/v1/keys/" + id, "", bearer(operator));
    assertThat(ended.string("revoked")).startsWith("20");
    for (RunningServer api : servers) {
      await().atMost(SOON).until(() -> api.get("/v1/spaces", bearer(next)).status() == 401);
    }
    post(one, operator, "/v1/keys/" + id + "/rotate", "").isProblem(409, "key-ended");
    one.send("DELETE", "/v1/keys/nobody12", "", bearer(operator)).isProblem(404, "unknown-key");
  }

  @Test
  void refusesWhatIsNoKey() {
    RunningServer api = start();
    String operator = command("create", "me", "--role", "operator");
    awaitKnown(api, operator);
    Map<String, String> wrong =
        Map.of(
            "{\"role\":\"reader\"}", "/name",
            "{\"name\":\"\",\"role\":\"reader\"}", "",
            "{\"name\":\"x\",\"role\":\"admin\"}", "/role",
            "{\"name\":\"x\",\"role\":\"reader\",\"spaces\":\"a\"}", "/spaces",
            "{\"name\":\"x\",\"role\":\"reader\",\"spaces\":[]}", "",
            "{\"name\":\"x\",\"role\":\"reader\",\"spaces\":[\"a b\"]}", "/spaces/0",
            "{\"name\":\"x\",\"role\":\"operator\",\"spaces\":[\"a\"]}", "",
            "{\"name\":\"x\",\"role\":\"reader\",\"expires\":\"soon\"}", "/expires",
            "{\"name\":\"x\",\"role\":\"reader\",\"rights\":1}", "/rights");
    wrong.forEach((body, pointer) -> {
      Answer answer = post(api, operator, "/v1/keys", body).isProblem(400, "bad-request");
      if (!pointer.isEmpty()) {
        assertThat(answer.string("errors/0/pointer")).as(body).isEqualTo(pointer);
      }
    });
    post(
            api,
            operator,
            "/v1/keys",
            "{\"name\":\"x\",\"role\":\"reader\",\"expires\":\"2020-01-01T00:00:00Z\"}")
        .isProblem(400, "bad-request");
    assertThat(((Json.Arr) api.get("/v1/keys", bearer(operator)).at("items")).items())
        .as("the operator's and the local one")
        .hasSize(2);
  }

  @Test
  void writesOnlyAsTheAuthorsItIsGranted() {
    RunningServer api = start();
    String space = api.newSpace();
    String key = command("create", "bots", "--role", "writer", "--authors", "bot-a,bot-b*");
    awaitKnown(api, key);
    assertThat(api.commit(space, delta("u1", 0, "/a", "1"), bearer(key)).status()).isEqualTo(201);
    String foreign = new DeltaText("u2").author("human").set("/a", "2").toString();
    api.commit(space, foreign, bearer(key)).isProblem(403, "author-not-granted");
    api.commit(space, "[" + delta("u3", 1, "/b", "1") + "," + foreign + "]", bearer(key))
        .isProblem(403, "author-not-granted");
    post(
            api,
            key,
            "/v1/spaces/" + space + "/rollback",
            "{\"to\":0,\"author\":\"human\",\"update_id\":\"r1\"}")
        .isProblem(403, "author-not-granted");
    patch(api, space, key, "Mnemogrid-Author", "human").isProblem(403, "author-not-granted");
    patch(api, space, key).isProblem(400, "bad-request");
    assertThat(api.get("/v1/spaces/" + space, bearer(key)).number("version")).isEqualTo(1);
    String single = command("create", "one", "--role", "writer", "--authors", "bot-a");
    awaitKnown(api, single);
    assertThat(patch(api, space, single).status()).isEqualTo(201);
    assertThat(api.get("/v1/spaces/" + space + "/updates/2", bearer(key)).string("author"))
        .isEqualTo("bot-a");
  }

  private static Answer patch(RunningServer api, String space, String key, String... headers) {
    return api.send(
        "PATCH",
        "/v1/spaces/" + space + "/state",
        "{\"patched\":1}",
        Stream.of(
                Stream.of("Content-Type", "application/merge-patch+json"),
                Stream.of(bearer(key)),
                Stream.of(headers))
            .flatMap(all -> all)
            .toArray(String[]::new));
  }

  private static String blob(ContentAddress address) {
    return "/v1/blobs/" + address.toString().replace("ipfs://", "");
  }

  /** Lists, checkpoints and blobs tell nothing of spaces that a key is not granted. */
  @Test
  void aSpaceThatIsNotGrantedShowsNowhere() {
    RunningServer api = start();
    for (String space : List.of("mine-1", "mine-2", "other-1", "other-2")) {
      assertThat(api.put("/v1/spaces/" + space, "").status()).isEqualTo(201);
      api.commit(space, delta("u1", 0, "/name", "\"" + space + "\""));
    }
    for (String space : List.of("mine-1", "mine-2", "other-1", "other-2")) {
      api.makeFinal(space, 1);
    }
    Mnemogrid grid = api.server().getApplicationContext().getBean(Mnemogrid.class);
    String operator = command("create", "me", "--role", "operator");
    String key = command("create", "mine", "--role", "reader", "--spaces", "mine-*");
    String verifier = command("create", "all", "--role", "verifier");
    awaitKnown(api, verifier);
    assertThat(api.get("/v1/spaces?limit=1", bearer(key)).text())
        .contains("mine-1", "\"next\":\"mine-1\"");
    assertThat(api.get("/v1/spaces", bearer(key)).text())
        .contains("mine-1", "mine-2")
        .doesNotContain("other");
    assertThat(api.get("/v1/spaces?cursor=mine-2", bearer(key)).text())
        .isEqualTo("{\"items\":[],\"next\":null}");
    for (String path :
        List.of("/v1/checkpoints", "/v1/checkpoints/latest", "/v1/checkpoints/held")) {
      assertThat(api.get(path, bearer(key)).text()).as(path).doesNotContain("other");
    }
    assertThat(api.get("/v1/checkpoints", bearer(key)).text()).contains("mine-1");
    assertThat(api.get("/v1/checkpoints", bearer(operator)).text()).contains("other-1");
    assertThat(api.get("/v1/spaces/mine-1/proofs/fact?path=/name", bearer(key)).text())
        .contains("mine-1")
        .doesNotContain("other");

    for (StoredCheckpoint stored : grid.checkpoints().list(Long.MAX_VALUE, 10)) {
      String header = blob(stored.checkpoint().pointer());
      String manifest = blob(new ContentAddress(stored.checkpoint().header().manifestDigest()));
      assertThat(api.get(header, bearer(key)).status()).isEqualTo(200);
      api.get(manifest, bearer(key)).isProblem(404, "unknown-blob");
      assertThat(api.get(manifest, bearer(verifier)).status()).isEqualTo(200);
      stored
          .checkpoint()
          .manifest()
          .spaces()
          .forEach(entry -> {
            String document = blob(entry.snapshot());
            boolean isMine = entry.head().space().text().startsWith("mine");
            assertThat(api.get(document, bearer(key)).status()).isEqualTo(isMine ? 200 : 404);
            api.get(document, bearer(verifier)).isProblem(404, "unknown-blob");
            assertThat(api.get(document, bearer(operator)).status()).isEqualTo(200);
          });
    }
  }

  /** An address may be guessed by whoever guesses the document. */
  @Test
  void aDocumentThatIsNotGrantedIsNotEvenLookedAt() throws SQLException {
    RunningServer api = start();
    assertThat(api.put("/v1/spaces/other", "").status()).isEqualTo(201);
    api.commit("other", delta("u1", 0, "/a", "1"));
    api.makeFinal("other", 1);
    api.commit("other", delta("u2", 1, "/a", "2"));
    api.makeFinal("other", 2);
    String old = blob(ContentAddress.of("{\"a\":1}".getBytes(StandardCharsets.UTF_8)));
    assertThat(api.get(old).text()).isEqualTo("{\"a\":1}");
    try (Connection store =
            DriverManager.getConnection(
                "jdbc:sqlite:" + data.resolve("mnemogrid.db") + "?busy_timeout=60000");
        Statement statement = store.createStatement()) {
      assertThat(
              statement.executeUpdate("UPDATE update_log SET record = x'7b7d' WHERE version = 1"))
          .isEqualTo(1);
    }
    api.get(old).isProblem(503, "log-damaged");
    String reader = command("create", "mine", "--role", "reader", "--spaces", "mine-*");
    String verifier = command("create", "all", "--role", "verifier");
    awaitKnown(api, verifier);
    for (String key : List.of(reader, verifier)) {
      api.get(old, bearer(key)).isProblem(404, "unknown-blob");
    }
  }

  /** Several spaces may have the same document, as those that begin with one policy. */
  @Test
  void aDocumentIsForWhoIsGrantedAnyOfItsSpaces() throws SQLException {
    RunningServer api = start();
    for (String space : List.of("also", "mine-1", "zoo")) {
      assertThat(api.put("/v1/spaces/" + space, "").status()).isEqualTo(201);
      api.commit(space, delta("u1", 0, "/a", "1"));
      api.makeFinal(space, 1);
    }
    String same = blob(ContentAddress.of("{\"a\":1}".getBytes(StandardCharsets.UTF_8)));
    String operator = command("create", "me", "--role", "operator");
    String also = command("create", "also", "--role", "reader", "--spaces", "also");
    String mine = command("create", "mine", "--role", "reader", "--spaces", "mine-*");
    String others = command("create", "others", "--role", "reader", "--spaces", "a-*,mine,z");
    String verifier = command("create", "all", "--role", "verifier");
    awaitKnown(api, verifier);
    for (String key : List.of(operator, also, mine)) {
      assertThat(api.get(same, bearer(key)).text()).isEqualTo("{\"a\":1}");
    }
    try (Connection store =
            DriverManager.getConnection(
                "jdbc:sqlite:" + data.resolve("mnemogrid.db") + "?busy_timeout=60000");
        Statement statement = store.createStatement()) {
      assertThat(
              statement.executeUpdate(
                  "UPDATE update_log SET record = x'7b7d'"
                      + " WHERE space = (SELECT id FROM space WHERE name = 'also')"))
          .isEqualTo(1);
    }
    api.get(same, bearer(also)).isProblem(503, "log-damaged");
    assertThat(api.get(same, bearer(mine)).text())
        .as("damage of a space that is not granted is nothing to who has another")
        .isEqualTo("{\"a\":1}");
    for (String key : List.of(others, verifier)) {
      api.get(same, bearer(key)).isProblem(404, "unknown-blob");
    }
  }

  /** Twenty MB are more than what the network holds between the two. */
  @Test
  void aStreamBreaksOffWhenItsKeyEnds() throws Exception {
    RunningServer api = start();
    String space = api.newSpace();
    String large = '"' + "x".repeat(250_000) + '"';
    int records = 0;
    for (int list = 0; list < 8; list++) {
      List<String> deltas = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        deltas.add(delta("u" + records, 0, "/k" + records++ % 12, large));
      }
      assertThat(api.commit(space, deltas.toString()).status()).isEqualTo(201);
    }
    command("create", "me", "--role", "operator");
    String key = command("create", "mine", "--role", "reader");
    awaitKnown(api, key);
    int port = api.server().getPort();
    try (Socket socket = new Socket("127.0.0.1", port)) {
      socket.setSoTimeout(60_000);
      InputStream in = socket.getInputStream();
      socket
          .getOutputStream()
          .write(
              ("GET /v1/spaces/"
                      + space
                      + "/updates HTTP/1.1\r\nHost: localhost:"
                      + port
                      + "\r\nAccept: application/x-ndjson\r\nAuthorization: Bearer "
                      + key
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(in.readNBytes(12), StandardCharsets.US_ASCII))
          .isEqualTo("HTTP/1.1 200");
      command("revoke", key.substring(3, 11));
      await() // a second: so long it may take until the stream asks again
          .pollDelay(Duration.ofSeconds(1))
          .atMost(SOON)
          .until(() -> api.get("/v1/spaces", bearer(key)).status() == 401);
      long taken = 0;
      try {
        for (byte[] some = in.readNBytes(100_000); some.length > 0; some = in.readNBytes(100_000)) {
          taken += some.length;
        }
      } catch (SocketException e) {
        // reset: more of it was on the way
      }
      assertThat(taken).isLessThan(records * 250_000L / 2);
    }
  }

  /** Before the body has come, so nothing of it is kept for a stranger. */
  @Test
  void whoHasNoKeyIsAnsweredAtTheHeadOfTheRequestAndCounted() {
    RunningServer api = start();
    String space = api.newSpace();
    String operator = command("create", "me", "--role", "operator");
    String reader = command("create", "mine", "--role", "reader");
    awaitKnown(api, reader);
    int port = api.server().getPort();
    String head =
        "POST /v1/spaces/"
            + space
            + "/updates HTTP/1.1\r\nHost: localhost:"
            + port
            + "\r\nContent-Type: application/json\r\nContent-Length: 4000000\r\n";
    List<String> codes = List.of("key-required", "key-unknown", "not-allowed");
    List<Double> before = codes.stream().map(code -> denied(api, operator, code)).toList();
    RawHttp.once(port, head + "\r\n").isProblem(401, "key-required");
    RawHttp.once(port, head + "X-API-Key: " + operator.replace('_', '-') + "\r\n\r\n")
        .isProblem(401, "key-unknown");
    RawHttp.once(port, head + "X-API-Key: " + reader + "\r\n\r\n").isProblem(403, "not-allowed");
    List<Double> after = before.stream().map(count -> count + 1).toList();
    await()
        .atMost(SOON)
        .untilAsserted(() ->
            assertThat(codes.stream().map(code -> denied(api, operator, code)).toList())
                .isEqualTo(after));
  }

  /** How many requests were not let in with that code. */
  private static double denied(RunningServer api, String operator, String code) {
    String name = "mnemogrid_http_denied_total{code=\"" + code + "\"} ";
    return api.get("/prometheus", bearer(operator))
        .text()
        .lines()
        .filter(line -> line.startsWith(name))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length())))
        .sum();
  }
}
