package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.Keys;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.api.RunningServer.DeltaText;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Main;
import io.mnemogrid.policy.ApiKey;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.Role;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Timestamps;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the audit trail has of requests, and what it never has. */
class TrailIT {
  /** Has the form of a token of npm, and is none. */
  private static final String TOKEN = "npm_" + "Cd2".repeat(12);

  private static final String VALUE = "a value that nobody else has";
  private static final String[] JSON = {"Content-Type", "application/json"};

  @TempDir private Path folder = Path.of("");
  private final List<RunningServer> servers = new ArrayList<>();

  @AfterEach
  void stop() {
    servers.forEach(api -> Server.stop(api.server()));
  }

  private RunningServer start(Map<String, Object> more) {
    Map<String, Object> settings = new HashMap<>(more);
    settings.put("mnemogrid.data", folder.resolve("data").toString());
    settings.put("mnemogrid.name", "alpha");
    RunningServer api = RunningServer.start(settings);
    servers.add(api);
    return api;
  }

  private static Keys keys(RunningServer api) {
    return api.server().getApplicationContext().getBean(Mnemogrid.class).keys().orElseThrow();
  }

  private static ApiKey.Issued writer(RunningServer api) {
    return keys(api)
        .create(
            "writer",
            new Grant(Role.WRITER, List.of(new Glob("team-*")), List.of(new Glob("bot-*"))),
            null);
  }

  private static String[] with(String key, String... more) {
    List<String> all = new ArrayList<>(List.of("Authorization", "Bearer " + key));
    all.addAll(List.of(more));
    return all.toArray(String[]::new);
  }

  private static String[] json(String key, String... more) {
    List<String> all = new ArrayList<>(List.of(JSON));
    all.addAll(List.of(more));
    return with(key, all.toArray(String[]::new));
  }

  /** All entries, once there are that many. */
  private static List<Json.Obj> entries(RunningServer api, int count, String... headers) {
    List<Json.Obj> all = new ArrayList<>();
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> {
          all.clear();
          ((Json.Arr) api.get("/v1/audit-trail?limit=500", headers).at("items"))
              .items()
              .forEach(item -> all.add((Json.Obj) item));
          assertThat(all).hasSizeGreaterThanOrEqualTo(count);
        });
    return all;
  }

  private static String gone(Map<String, Json> members, String name) {
    return ((Json.Str) Objects.requireNonNull(members.remove(name))).value();
  }

  /** The entry without what differs from run to run. */
  private static String shape(Json.Obj entry) {
    Map<String, Json> left = new HashMap<>(entry.members());
    assertThat(left.remove("number")).isInstanceOf(Json.Num.class);
    assertThat(gone(left, "request_id")).matches("[0-9a-f]{16}");
    Timestamps.parse(gone(left, "time"));
    assertThat(left.remove("address")).isEqualTo(Json.of("127.0.0.1"));
    assertThat(left.remove("member")).isEqualTo(Json.of("alpha"));
    return Json.object(left).canonical();
  }

  @Test
  void hasEachThingThatWasDoneOrRefusedAndNoValue() {
    RunningServer api = start(Map.of());
    ApiKey.Issued operator = keys(api).create("operator", Grant.ALL, null);
    ApiKey.Issued writer = writer(api);
    ApiKey.Issued ended = keys(api).create("ended", Grant.ALL, null);
    keys(api).revoke(ended.key().id());
    String op = operator.text().whole();
    String bot = writer.text().whole();
    String url = "/v1/spaces/team-1";
    List<String> wanted = new ArrayList<>();
    String byBot = "\"key\":\"" + writer.key().id() + "\",";
    String byOp = "\"key\":\"" + operator.key().id() + "\",";

    assertThat(api.send("PUT", url, "", with(bot)).status()).isEqualTo(201);
    wanted.add(
        "{%s\"outcome\":\"done\",\"route\":\"PUT /v1/spaces/{space}\",\"space\":\"team-1\",\"status\":201}"
            .formatted(byBot));
    String first = delta("u-1", 0, "/a", "\"" + VALUE + "\"");
    assertThat(api.send("POST", url + "/updates", first, json(bot)).status()).isEqualTo(201);
    String post = "\"route\":\"POST /v1/spaces/{space}/updates\",\"space\":\"team-1\",";
    wanted.add(
        "{\"author\":\"bot-a\",%s\"outcome\":\"applied\",%s\"status\":201,\"update_id\":\"u-1\",\"version\":1}"
            .formatted(byBot, post));
    assertThat(api.send("POST", url + "/updates", first, json(bot)).status()).isEqualTo(200);
    wanted.add(
        "{\"author\":\"bot-a\",%s\"outcome\":\"duplicate\",%s\"status\":200,\"update_id\":\"u-1\",\"version\":1}"
            .formatted(byBot, post));
    String list = "[" + delta("u-2", 1, "/b", "2") + "," + delta("u-3", 1, "/c", "3") + "]";
    assertThat(api.send("POST", url + "/updates", list, json(bot)).status()).isEqualTo(201);
    wanted.add(
        "{\"author\":\"bot-a\",\"count\":2,%s\"outcome\":\"applied\",%s\"status\":201,\"update_id\":\"u-2\",\"version\":3}"
            .formatted(byBot, post));
    String strict = new DeltaText("u-4").set("/a", "4").strict().toString();
    api.send("POST", url + "/updates", strict, json(bot)).isProblem(409, "strict-conflict");
    wanted.add(
        "{\"author\":\"bot-a\",%s\"outcome\":\"strict-conflict\",%s\"status\":409,\"update_id\":\"u-4\"}"
            .formatted(byBot, post));
    String foreign = new DeltaText("u-5").author("boss").set("/a", "4").toString();
    api.send("POST", url + "/updates", foreign, json(bot)).isProblem(403, "author-not-granted");
    wanted.add(
        "{\"author\":\"boss\",%s\"outcome\":\"author-not-granted\",%s\"status\":403,\"update_id\":\"u-5\"}"
            .formatted(byBot, post));
    api.send("POST", url + "/updates", "{}", json(bot)).isProblem(400, "bad-request");
    wanted.add("{%s\"outcome\":\"bad-request\",%s\"status\":400}".formatted(byBot, post));
    assertThat(
            api.send(
                    "PATCH",
                    url + "/state",
                    "{\"d\":\"" + VALUE + "\"}",
                    with(
                        bot,
                        "Content-Type",
                        "application/merge-patch+json",
                        "Mnemogrid-Author",
                        "bot-b",
                        "Idempotency-Key",
                        "p-1"))
                .status())
        .isEqualTo(201);
    wanted.add(
        "{\"author\":\"bot-b\",%s\"outcome\":\"applied\",\"route\":\"PATCH /v1/spaces/{space}/state\",\"space\":\"team-1\",\"status\":201,\"update_id\":\"p-1\",\"version\":4}"
            .formatted(byBot));
    assertThat(
            api.send(
                    "POST",
                    url + "/rollback",
                    "{\"to\":1,\"author\":\"bot-a\",\"update_id\":\"r-1\"}",
                    json(bot))
                .status())
        .isEqualTo(201);
    wanted.add(
        "{\"author\":\"bot-a\",%s\"outcome\":\"applied\",\"route\":\"POST /v1/spaces/{space}/rollback\",\"space\":\"team-1\",\"status\":201,\"update_id\":\"r-1\",\"version\":5}"
            .formatted(byBot));
    api.send("POST", "/v1/spaces/other/updates", first, json(bot)).isProblem(404, "unknown-space");
    wanted.add(
        "{%s\"outcome\":\"unknown-space\",\"route\":\"POST /v1/spaces/{space}/updates\",\"space\":\"other\",\"status\":404}"
            .formatted(byBot));
    api.get("/v1/keys", with(bot)).isProblem(403, "not-allowed");
    wanted.add(
        "{%s\"outcome\":\"not-allowed\",\"route\":\"GET /v1/keys\",\"status\":403}"
            .formatted(byBot));
    api.get(url).isProblem(401, "key-required");
    wanted.add(
        "{\"outcome\":\"key-required\",\"route\":\"GET /v1/spaces/{space}\",\"space\":\"team-1\",\"status\":401}");
    api.get(url, with(ended.text().whole())).isProblem(401, "key-unknown");
    wanted.add(
        "{\"key_shown\":\"%s\",\"outcome\":\"key-unknown\",\"route\":\"GET /v1/spaces/{space}\",\"space\":\"team-1\",\"status\":401}"
            .formatted(ended.key().id()));
    api.get("/v1/spaces?cursor=" + TOKEN, "Origin", "http://evil.example").isProblem(403, "origin");
    wanted.add("{\"outcome\":\"origin\",\"route\":\"GET\",\"status\":403}");
    Answer made = api.send("POST", "/v1/keys", "{\"name\":\"new\",\"role\":\"reader\"}", json(op));
    assertThat(made.status()).isEqualTo(201);
    String id = made.string("id");
    wanted.add(
        "{%s\"outcome\":\"done\",\"route\":\"POST /v1/keys\",\"status\":201,\"subject\":\"%s\"}"
            .formatted(byOp, id));
    Answer rotated = api.send("POST", "/v1/keys/" + id + "/rotate", "{}", json(op));
    wanted.add(
        "{%s\"outcome\":\"done\",\"route\":\"POST /v1/keys/{id}/rotate\",\"status\":200,\"subject\":\"%s\"}"
            .formatted(byOp, id));
    api.send("DELETE", "/v1/keys/" + id, "", with(op));
    wanted.add(
        "{%s\"outcome\":\"done\",\"route\":\"DELETE /v1/keys/{id}\",\"status\":200,\"subject\":\"%s\"}"
            .formatted(byOp, id));
    api.send("POST", "/v1/audits", "", with(op));
    wanted.add(
        "{%s\"outcome\":\"done\",\"route\":\"POST /v1/audits\",\"status\":202}".formatted(byOp));
    api.send("POST", "/v1/checkpoints", "", with(op));
    wanted.add(
        "{%s\"outcome\":\"done\",\"route\":\"POST /v1/checkpoints\",\"status\":202}"
            .formatted(byOp));
    api.send("PUT", "/v1/spaces/mnemogrid.trail", "", with(op)).isProblem(403, "reserved-space");
    wanted.add(
        "{%s\"outcome\":\"reserved-space\",\"route\":\"PUT /v1/spaces/{space}\",\"space\":\"mnemogrid.trail\",\"status\":403}"
            .formatted(byOp));
    for (String read : List.of(url, url + "/state", "/v1/keys", "/v1/audit-trail", "/health")) {
      assertThat(api.get(read, with(op)).status()).as(read).isEqualTo(200);
    }
    api.get("/nowhere").isProblem(404, "not-found");

    List<Json.Obj> all = entries(api, wanted.size(), with(op));
    assertThat(all.stream().map(TrailIT::shape)).containsExactlyElementsOf(wanted);
    String text = all.toString();
    assertThat(text)
        .doesNotContain(VALUE, TOKEN, op, bot, ended.text().whole())
        .doesNotContain(made.string("key"), rotated.string("key"));
    for (ApiKey.Issued key : List.of(operator, writer, ended)) {
      assertThat(text).doesNotContain(key.text().whole().substring(12, 30));
    }
    assertThat(api.get("/prometheus", with(op)).text())
        .contains("mnemogrid_trail_entries_total{outcome=\"written\"} " + wanted.size() + ".0");
  }

  @Test
  void isReadByPagesFromANumberOrATimeOn() {
    RunningServer api = start(Map.of("mnemogrid.trail", "changes"));
    for (int i = 0; i < 5; i++) {
      api.put("/v1/spaces/s" + i, "");
    }
    List<Json.Obj> all = entries(api, 5);
    Answer page = api.get("/v1/audit-trail?limit=2");
    assertThat(page.at("items/1/space")).isEqualTo(Json.of("s1"));
    assertThat(page.number("next")).isEqualTo(2);
    Answer last = api.get("/v1/audit-trail?since=2");
    assertThat(last.at("items/0/space")).isEqualTo(Json.of("s2"));
    assertThat(last.at("next")).isEqualTo(Json.NULL);
    String time = all.getFirst().text("time");
    assertThat(api.get("/v1/audit-trail?since=" + time).number("items/0/number")).isEqualTo(1);
    assertThat(api.get("/v1/audit-trail?since=2999-01-01T00:00:00Z").at("items"))
        .isEqualTo(new Json.Arr(List.of()));
    api.get("/v1/audit-trail?since=yesterday").isProblem(400, "bad-request");
    assertThat(all.getFirst().members()).as("there are no keys").doesNotContainKey("key");
  }

  @Test
  void hasNothingBeforeTheFirstKeyAndReadsWhereThatIsWanted() {
    RunningServer quiet = start(Map.of());
    quiet.put("/v1/spaces/s", "");
    assertThat(quiet.get("/health").text()).doesNotContain("\"trail\"");
    ApiKey.Issued operator = keys(quiet).create("operator", Grant.ALL, null);
    String[] op = with(operator.text().whole());
    quiet.send("PUT", "/v1/spaces/t", "", op);
    List<Json.Obj> all = entries(quiet, 1, op);
    assertThat(all).hasSize(1);
    assertThat(all.getFirst().get("space")).isEqualTo(Json.of("t"));
    assertThat(quiet.get("/health", op).text()).contains("\"trail\"");
    Server.stop(quiet.server());
    servers.clear();

    RunningServer all2 = start(Map.of("mnemogrid.trail", "all"));
    all2.get("/v1/spaces/s/state", op);
    all2.get("/health/liveness", op);
    List<Json.Obj> more = entries(all2, 2, op);
    assertThat(more.get(1).get("route")).isEqualTo(Json.of("GET /v1/spaces/{space}/state"));
    assertThat(more.toString()).doesNotContain("liveness");
  }

  @Test
  void anOperatorLetsASecretPassAndThatIsRecorded() {
    RunningServer api = start(Map.of());
    String secret = delta("s-1", 0, "/a", "{\"b\":\"see " + TOKEN + "\"}");
    api.put("/v1/spaces/team-1", "");
    String updates = "/v1/spaces/team-1/updates";
    String[] allowing = {"Mnemogrid-Allow-Secret", "npm-token"};
    api.commit("team-1", secret, allowing).isProblem(403, "trail-off");
    String op = keys(api).create("operator", Grant.ALL, null).text().whole();
    String bot = writer(api).text().whole();
    api.send("POST", updates, secret, json(bot, allowing)).isProblem(403, "not-allowed");
    api.send("POST", updates, secret, json(op)).isProblem(422, "secret");
    api.send("POST", updates, secret, json(op, "Mnemogrid-Allow-Secret", "npm-tokens"))
        .isProblem(400, "bad-request");
    api.send("POST", updates, secret, json(op, "Mnemogrid-Allow-Secret", "jwt, github-token"))
        .isProblem(422, "secret");
    assertThat(api.send("POST", updates, secret, json(op, allowing)).status()).isEqualTo(201);
    String list =
        "["
            + delta("s-2", 1, "/c", "1")
            + ","
            + new DeltaText("s-3").set("/" + TOKEN, "{\"x\":\"" + TOKEN + "\"}").toString()
            + "]";
    assertThat(
            api.send("POST", updates, list, json(op, "Mnemogrid-Allow-Secret", "jwt, npm-token"))
                .status())
        .isEqualTo(201);
    assertThat(
            api.send(
                    "PATCH",
                    "/v1/spaces/team-1/state",
                    "[{\"op\":\"add\",\"path\":\"/p\",\"value\":\"" + TOKEN + "\"}]",
                    with(
                        op,
                        "Content-Type",
                        "application/json-patch+json",
                        "Mnemogrid-Author",
                        "bot-a",
                        "Mnemogrid-Allow-Secret",
                        "npm-token"))
                .status())
        .isEqualTo(201);
    assertThat(api.get("/v1/spaces/team-1/state?path=/a/b", with(op)).text()).contains(TOKEN);
    List<Json.Obj> all = entries(api, 7, with(op));
    List<String> told =
        all.stream()
            .filter(entry -> entry.get("secrets") != null)
            .map(entry -> Objects.requireNonNull(entry.get("secrets")).canonical())
            .toList();
    assertThat(told)
        .containsExactly(
            "[{\"pointer\":\"/changes/added/0/value/b\",\"rule\":\"npm-token\"}]",
            "[{\"pointer\":\"/1/changes/added/0/key\",\"rule\":\"npm-token\"},"
                + "{\"pointer\":\"/1/changes/added/0/value/x\",\"rule\":\"npm-token\"}]",
            "[{\"pointer\":\"/0/value\",\"rule\":\"npm-token\"}]");
    assertThat(all.toString()).doesNotContain(TOKEN);
    assertThat(all.get(0).get("status")).isEqualTo(Json.of(403));
  }

  /** The product's own space is there for who has all spaces, and nobody writes it. */
  @Test
  void itsHeadStandsInASpaceThatNobodyElseWrites() {
    RunningServer api = start(Map.of("mnemogrid.checkpoint-every", "1"));
    String op = keys(api).create("operator", Grant.ALL, null).text().whole();
    String bot = writer(api).text().whole();
    String most =
        keys(api)
            .create(
                "most", new Grant(Role.WRITER, List.of(new Glob("m*")), List.of(Glob.ALL)), null)
            .text()
            .whole();
    api.send("PUT", "/v1/spaces/team-1", "", with(bot));
    String url = "/v1/spaces/mnemogrid.trail";
    await()
        .atMost(RunningServer.PATIENCE)
        .untilAsserted(() ->
            assertThat(api.get(url + "/state?path=/head", with(op)).text())
                .matches("\\[[0-9]+,[0-9]+,\"0x[0-9a-f]{64}\"]"));
    assertThat(api.get("/v1/spaces", with(op)).text()).contains("mnemogrid.trail");
    api.send("POST", url + "/updates", delta("x", 0, "/head", "1"), json(op))
        .isProblem(403, "reserved-space");
    api.send(
            "PATCH",
            url + "/state",
            "{\"head\":1}",
            with(op, "Content-Type", "application/merge-patch+json", "Mnemogrid-Author", "a"))
        .isProblem(403, "reserved-space");
    api.send("POST", url + "/rollback", "{\"to\":0,\"author\":\"a\"}", json(op))
        .isProblem(403, "reserved-space");
    for (String key : List.of(bot, most)) {
      assertThat(api.get("/v1/spaces", with(key)).text()).doesNotContain("mnemogrid.trail");
      api.get(url, with(key)).isProblem(404, "unknown-space");
      api.send("PUT", url, "", with(key)).isProblem(404, "unknown-space");
    }
    await()
        .atMost(RunningServer.PATIENCE)
        .untilAsserted(
            () -> assertThat(api.get(url, with(op)).number("finalized_version")).isPositive());
    assertThat(api.get("/health", with(op)).at("status")).isEqualTo(Json.of("up"));
  }

  /** No request fails because the trail cannot be written, and nothing is lost that has room. */
  @Test
  void requestsGoOnWhileTheStoreTakesNoTrail() throws SQLException {
    RunningServer api = start(Map.of("mnemogrid.trail", "changes"));
    sql(
        "CREATE TRIGGER no_trail BEFORE INSERT ON audit_trail BEGIN SELECT RAISE(ABORT, 'no'); END");
    for (int i = 0; i < 3; i++) {
      assertThat(api.put("/v1/spaces/s" + i, "").status()).isEqualTo(201);
    }
    await()
        .atMost(RunningServer.PATIENCE)
        .untilAsserted(() -> {
          String health = api.get("/health").text();
          assertThat(health).contains("0 entries written since the start, 3 wait");
          assertThat(health).contains("\"name\":\"trail\",\"status\":\"degraded\"");
        });
    assertThat(api.get("/health/readiness").status()).isEqualTo(200);
    assertThat(api.get("/prometheus").text()).contains("mnemogrid_trail_waiting 3.0");
    sql("DROP TRIGGER no_trail");
    assertThat(entries(api, 3)).hasSize(3);
    assertThat(api.get("/health").text()).contains("\"name\":\"trail\",\"status\":\"up\"");
  }

  private void sql(String statement) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:sqlite:" + folder.resolve("data/mnemogrid.db") + "?busy_timeout=60000");
        Statement made = connection.createStatement()) {
      made.execute(statement);
    }
  }

  /** Half a second until it is written, and the time of a write: what docs/security.md says. */
  @Test
  void killedItLosesNoMoreThanTheLastSecond() throws Exception {
    Set<String> settled = new HashSet<>();
    try (ServerProcess server = ServerProcess.start(folder, Map.of("MNEMOGRID_TRAIL", "changes"));
        HttpClient client = HttpClient.newHttpClient()) {
      String base = "http://127.0.0.1:" + server.port();
      await()
          .atMost(RunningServer.PATIENCE)
          .ignoreExceptions()
          .until(() -> put(client, base + "/v1/spaces/first") < 300);
      Map<String, Long> answered = new HashMap<>();
      long began = System.nanoTime();
      for (int i = 0; System.nanoTime() - began < 4_000_000_000L; i++) {
        assertThat(put(client, base + "/v1/spaces/s" + i)).isEqualTo(201);
        answered.put("s" + i, System.nanoTime());
      }
      long killed = System.nanoTime();
      server.kill();
      answered.forEach((space, nanos) -> {
        if (killed - nanos >= 1_000_000_000L) {
          settled.add(space);
        }
      });
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    String data = folder.resolve("data").toString();
    assertThat(Main.run(printed, System.err, "trail", "--data", data))
        .isEqualTo(ExitCode.OK.code());
    Set<String> found = new HashSet<>();
    out.toString(StandardCharsets.UTF_8)
        .lines()
        .forEach(line -> found.add(Json.parseObject(line).text("space")));
    assertThat(settled).hasSizeGreaterThan(10);
    assertThat(found).containsAll(settled);
    assertThat(Main.run(System.out, System.err, "fsck", "--data", data))
        .isEqualTo(ExitCode.OK.code());
  }

  private static int put(HttpClient client, String url) throws Exception {
    return client
        .send(
            HttpRequest.newBuilder(URI.create(url))
                .PUT(HttpRequest.BodyPublishers.noBody())
                .build(),
            HttpResponse.BodyHandlers.discarding())
        .statusCode();
  }
}
