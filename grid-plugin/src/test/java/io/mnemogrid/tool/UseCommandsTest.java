package io.mnemogrid.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Main;
import io.mnemogrid.state.Json;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the commands for people and scripts send, print and end with. */
class UseCommandsTest {
  private record Ran(int code, String out, String err) {}

  /** Lost is an answer that breaks off, which the JDK's server does when it is sent no headers. */
  private record Reply(int status, String body) {
    static final Reply LOST = new Reply(0, "");
  }

  private record Asked(String line, Map<String, List<String>> headers, String body) {
    String header(String name) {
      return String.join(",", headers.getOrDefault(name, List.of()));
    }

    Json.Obj json() {
      return Json.parseObject(body);
    }
  }

  private static final String HEAD = "{\"space\":\"s\",\"version\":7}";
  private static final String DONE = "{\"outcome\":\"applied\",\"superseded\":[],\"version\":8}";

  private final List<Asked> asked = new CopyOnWriteArrayList<>();
  private final Deque<Reply> replies = new ArrayDeque<>();
  private HttpServer server;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", this::answer);
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  /** Answers with the next reply, the last one again and again. */
  private void answer(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    asked.add(
        new Asked(
            exchange.getRequestMethod() + " " + exchange.getRequestURI(),
            exchange.getRequestHeaders(),
            body));
    Reply reply = replies.size() > 1 ? replies.removeFirst() : replies.getFirst();
    if (reply.status() == 0) {
      exchange.close();
      return;
    }
    boolean isHead = exchange.getRequestMethod().equals("HEAD");
    byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("ETag", "\"7.0123456789abcdef\"");
    exchange.sendResponseHeaders(reply.status(), isHead ? -1 : bytes.length);
    if (!isHead) {
      exchange.getResponseBody().write(bytes);
    }
    exchange.close();
  }

  private void reply(int status, String body) {
    replies.add(new Reply(status, body));
  }

  private String url() {
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private Ran run(String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    all.addAll(1, List.of("--url", url()));
    return runPlain(all.toArray(String[]::new));
  }

  private static Ran runPlain(String... words) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            words);
    return new Ran(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  private Ran runWith(String input, String... words) {
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input.getBytes(StandardCharsets.UTF_8)));
    try {
      return run(words);
    } finally {
      System.setIn(before);
    }
  }

  private List<String> lines() {
    return asked.stream().map(Asked::line).toList();
  }

  private static String problem(int status, String code) {
    return "{\"code\":\"%s\",\"detail\":\"it is so\",\"hint\":\"do that\",\"status\":%d}"
        .formatted(code, status);
  }

  @Test
  void getPrintsWhatStandsThere() {
    reply(200, "{\"b\":{\"c/d\":[1]},\"a\":\"x\\u001b[2J\"}");
    Ran json = run("get", "s p", "facts.hello", "--at", "2030-01-01T00:00:00+01:00");
    assertThat(json.out()).isEqualTo("{\"a\":\"x\\u001b[2J\",\"b\":{\"c/d\":[1]}}\n");
    assertThat(json.code()).isZero();
    assertThat(run("get", "s", "-o", "table").out().lines().map(String::strip))
        .containsExactly("PATH     VALUE", "/a       \"x\\u001b[2J\"", "/b/c~1d  [1]");
    assertThat(lines())
        .containsExactly(
            "GET /v1/spaces/s%20p/state?path=facts.hello&at=2030-01-01T00%3A00%3A00%2B01%3A00",
            "GET /v1/spaces/s/state");
  }

  @Test
  void aTextIsPrintedBareForPeopleAndHarmless() {
    reply(200, "\"one\\ntwo\\u001b[2J\\u202e\"");
    assertThat(run("get", "s", "a", "-o", "table").out()).isEqualTo("one\ntwo\\u001b[2J\\u202e\n");
    assertThat(run("at", "s", "3", "a").out()).startsWith("\"one\\ntwo");
    assertThat(lines()).last().isEqualTo("GET /v1/spaces/s/state?path=a&at=3");
  }

  @Test
  void anAgentHasOneObjectWhateverHappens() throws IOException {
    reply(200, "5");
    Json.Obj done = Json.parseObject(run("get", "s", "--agent").out());
    assertThat(done.members()).containsOnlyKeys("command", "data", "duration_ms", "status");
    assertThat(done.get("data")).isEqualTo(Json.of(5));
    assertThat(done.text("command")).isEqualTo("get");
    replies.clear();
    reply(404, problem(404, "nothing-there"));
    Ran missing = run("get", "s", "a", "--agent");
    assertThat(missing.code()).isEqualTo(ExitCode.NOTHING_THERE.code());
    assertThat(missing.err()).isEmpty();
    Json.Obj failed = Json.parseObject(missing.out());
    assertThat(failed.members()).containsOnlyKeys("command", "duration_ms", "error", "status");
    assertThat(failed.get("error"))
        .isEqualTo(
            Json.parse(
                "{\"code\":\"nothing-there\",\"detail\":\"it is so\",\"hint\":\"do that\"}"));
    Ran wrong = runPlain("get", "--agent", "s", "--aat", "1");
    assertThat(wrong.code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(Json.parseObject(wrong.out()).text("status")).isEqualTo("error");
    Ran word = runPlain("get", "s", "--aat", "--", "--agent");
    assertThat(word.out()).isEmpty();
    int port;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = socket.getLocalPort();
    }
    Ran alone = runPlain("get", "s", "--agent", "--url", "http://127.0.0.1:" + port);
    assertThat(alone.code()).isEqualTo(ExitCode.UNAVAILABLE.code());
    assertThat(alone.out()).contains("\"code\":\"unavailable\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "5; 5",
        "{\"a\":[1]}; {\"a\":[1]}",
        "\"quoted\"; \"quoted\"",
        "a text; \"a text\"",
        "{no json; \"{no json\"",
        "007; \"007\"",
        "null; null",
      })
  void setTakesJsonOrAText(String word, String value) {
    reply(200, HEAD);
    reply(201, DONE);
    assertThat(run("set", "s", "a.b", word, "--as", "ann").code()).isZero();
    Asked sent = asked.getLast();
    assertThat(sent.line()).isEqualTo("POST /v1/spaces/s/updates");
    assertThat(sent.json().get("changes"))
        .isEqualTo(Json.parse("{\"added\":[{\"key\":\"a.b\",\"value\":" + value + "}]}"));
    assertThat(sent.json().get("base")).isEqualTo(Json.of(7));
    assertThat(sent.json().text("author")).isEqualTo("ann");
  }

  @Test
  void setReadsStandardInput() {
    reply(200, HEAD);
    reply(200, DONE);
    assertThat(runWith("one\ntwo\n", "set", "s", "a").code()).isZero();
    assertThat(asked.getLast().body()).contains("\"value\":\"one\\ntwo\"");
    assertThat(runWith("[1,\n2]", "set", "s", "a", "-").code()).isZero();
    assertThat(asked.getLast().body()).contains("\"value\":[1,2]");
    assertThat(run("set", "s", "a", "--", "-5").code()).isZero();
    assertThat(asked.getLast().body()).contains("\"value\":-5");
    int before = asked.size();
    assertThat(runWith("", "set", "s", "a").code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(run("set", "s", "", "1").code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(run("rm", "s", "").code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(run("set", "", "a", "1").code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(asked).hasSize(before);
  }

  @Test
  void removesSeveralPathsAtOnce() {
    reply(201, DONE);
    Ran ran = run("rm", "s", "a", "/b/c", "--base", "3", "--strict", "-o", "table");
    assertThat(ran.out()).isEqualTo("version 8: applied\n");
    Json.Obj sent = asked.getLast().json();
    assertThat(sent.get("changes"))
        .isEqualTo(Json.parse("{\"deleted\":[{\"key\":\"a\"},{\"key\":\"/b/c\"}]}"));
    assertThat(sent.get("base")).isEqualTo(Json.of(3));
    assertThat(sent.get("strict")).isEqualTo(Json.TRUE);
    assertThat(asked).hasSize(1);
  }

  @Test
  void sendsAgainUnderTheSameIdUntilItIsKnown() {
    reply(202, "{}");
    reply(503, problem(503, "not-applied"));
    replies.add(Reply.LOST);
    reply(201, DONE);
    assertThat(run("set", "s", "a", "1", "--base", "0").code()).isZero();
    assertThat(asked).hasSize(4);
    assertThat(asked.stream().map(Asked::body).distinct()).hasSize(1);
  }

  @Test
  void saysThatNobodyKnowsWhenTimeIsUp() {
    reply(202, "{}");
    Sending sending = new Sending(new ApiClient(url()), "s", "id-1", Duration.ofMillis(150));
    CommandFailure failure =
        catchThrowableOfType(
            CommandFailure.class, () -> sending.settle("POST", "/x", Map.of(), Json.EMPTY_OBJECT));
    assertThat(failure.exit()).isEqualTo(ExitCode.TIMED_OUT);
    assertThat(failure.code()).isEqualTo("outcome-unknown");
    assertThat(failure.hint()).contains("--id id-1");
  }

  @Test
  void findsInTheLogWhatWasTakenBeforeALaterSendingWasRefused() throws InterruptedException {
    replies.add(Reply.LOST);
    reply(412, problem(412, "precondition-failed"));
    reply(200, "{\"items\":[{\"superseded\":[],\"version\":9}],\"next\":null}");
    Json.Obj answer =
        new Sending(new ApiClient(url()), "s", "id-1", Duration.ofSeconds(20))
            .settle("POST", "/x", Map.of(), Json.EMPTY_OBJECT);
    assertThat(answer.get("duplicate")).isEqualTo(Json.TRUE);
    assertThat(answer.get("version")).isEqualTo(Json.of(9));
    assertThat(lines()).last().isEqualTo("GET /v1/spaces/s/updates?update_id=id-1");
  }

  @Test
  void doesNotWaitForWhatDoesNotMendItself() {
    reply(503, problem(503, "log-damaged"));
    Ran ran = run("set", "s", "a", "1", "--base", "0");
    assertThat(ran.code()).isEqualTo(ExitCode.UNAVAILABLE.code());
    assertThat(asked).hasSize(1);
  }

  /** The time is a part of a request, and a command that is run again has another one. */
  @Test
  void aCommandThatIsRunAgainWithItsIdIsTheSameRequest() {
    reply(200, HEAD);
    reply(409, problem(409, "update-id-reused"));
    reply(200, "{\"items\":[{\"base\":2,\"timestamp\":\"2026-01-01T00:00:00.000Z\"}]}");
    reply(200, DONE);
    assertThat(run("set", "s", "a", "1", "--id", "once").code()).isZero();
    Json.Obj sent = asked.getLast().json();
    assertThat(sent.get("base")).isEqualTo(Json.of(2));
    assertThat(sent.text("timestamp")).isEqualTo("2026-01-01T00:00:00.000Z");
  }

  @Test
  void aWriteThatLostIsNoSuccess() {
    reply(
        201,
        "{\"outcome\":\"superseded\",\"version\":8,\"superseded\":[{\"by\":\"bob\","
            + "\"by_version\":5,\"key\":\"/a\",\"value\":1}]}");
    Ran ran = run("set", "s", "a", "1", "--base", "0");
    assertThat(ran.code()).isEqualTo(ExitCode.CONFLICT.code());
    assertThat(ran.out()).startsWith("{\"outcome\":\"superseded\"");
    assertThat(ran.err()).contains("version 8 lost at /a to bob, who wrote version 5");
    assertThat(run("set", "s", "a", "1", "--base", "0", "--agent").out())
        .contains("\"code\":\"superseded\"");
  }

  @Test
  void namesTheHeadThatItWantsToWriteOn() {
    reply(200, "");
    reply(201, DONE);
    assertThat(run("set", "s", "a", "1", "--if-version", "7").code()).isZero();
    assertThat(lines())
        .containsExactly("HEAD /v1/spaces/s/state?at=7", "POST /v1/spaces/s/updates");
    assertThat(asked.getLast().header("If-match")).isEqualTo("\"7.0123456789abcdef\"");
    assertThat(asked.getLast().json().get("base")).isEqualTo(Json.of(7));
    assertThat(run("rollback", "s", "2", "--if-version", "0").code()).isZero();
    assertThat(asked.getLast().header("If-none-match")).isEqualTo("*");
    assertThat(asked.getLast().json().get("to")).isEqualTo(Json.of(2));
  }

  @Test
  void sendsAPatchOfEitherKind(@TempDir Path folder) throws IOException {
    reply(201, DONE);
    Path file = folder.resolve("patch.json");
    Files.writeString(file, "{\"a\": null}");
    Ran ran = run("patch", "s", file.toString(), "--merge", "--as", "ann", "--id", "p-1");
    assertThat(ran.out()).isEqualTo(DONE + "\n");
    Asked sent = asked.getLast();
    assertThat(sent.line()).isEqualTo("PATCH /v1/spaces/s/state");
    assertThat(sent.header("Content-type")).isEqualTo("application/merge-patch+json");
    assertThat(sent.header("Mnemogrid-author")).isEqualTo("ann");
    assertThat(sent.header("Idempotency-key")).isEqualTo("p-1");
    assertThat(sent.body()).isEqualTo("{\"a\":null}");
    assertThat(runWith("[]", "patch", "s", "--json").code()).isZero();
    assertThat(asked.getLast().header("Content-type")).isEqualTo("application/json-patch+json");
    int before = asked.size();
    assertThat(runWith("[]", "patch", "s").code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(runWith("[", "patch", "s", "--json").code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(run("patch", "s", file + ".not", "--json").code())
        .isEqualTo(ExitCode.NOTHING_THERE.code());
    Ran header = runWith("[]", "patch", "s", "--json", "--as", "a\r\nX: y");
    assertThat(header.code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(asked).hasSize(before);
  }

  @Test
  void aPatchThatIsRefusedEndsAsTheStatusSays() {
    reply(409, problem(409, "test-failed"));
    Ran ran = runWith("[]", "patch", "s", "--json", "--agent");
    assertThat(ran.code()).isEqualTo(ExitCode.CONFLICT.code());
    assertThat(ran.out()).contains("\"code\":\"test-failed\"");
  }

  @Test
  void logShowsTheLastRecordsOrThoseAfterAVersion() {
    reply(200, HEAD);
    reply(
        200,
        "{\"items\":[{\"version\":6},{\"author\":\"a\",\"changes\":{\"added\":[{\"key\":\"/x\"}],"
            + "\"deleted\":[{\"key\":\"/y\"}]},\"version\":7}],\"next\":null}");
    assertThat(run("log", "s", "--limit", "2", "-o", "table").out())
        .contains("VERSION  COMMITTED")
        .containsPattern("7 +a +\\+/x -/y");
    assertThat(run("log", "s", "--since", "5", "--limit", "1").code()).isZero();
    assertThat(run("log", "s", "x.y").out()).contains("\"next\":null");
    assertThat(lines())
        .containsExactly(
            "GET /v1/spaces/s",
            "GET /v1/spaces/s/updates?since=5&limit=500",
            "GET /v1/spaces/s/updates?since=5&limit=1",
            "GET /v1/spaces/s/history?path=x.y&cursor=0&limit=500");
  }

  @Test
  void conflictsComeNewestFirst() {
    reply(200, "{\"version\":501}");
    reply(
        200,
        "{\"items\":[{\"author\":\"a\",\"superseded\":[{\"by\":\"b\",\"by_version\":1,"
            + "\"key\":\"/x\",\"value\":1}],\"version\":2}]}");
    reply(
        200,
        "{\"items\":[{\"author\":\"c\",\"superseded\":[{\"by\":\"b\",\"by_version\":2,"
            + "\"key\":\"/y\"}],\"version\":3}]}");
    reply(200, "{\"items\":[]}");
    Ran ran = run("conflicts", "s");
    assertThat(ran.out())
        .isEqualTo(
            "{\"items\":[{\"lost_author\":\"c\",\"lost_version\":3,\"path\":\"/y\","
                + "\"won_author\":\"b\",\"won_version\":2},{\"lost_author\":\"a\","
                + "\"lost_value\":1,\"lost_version\":2,\"path\":\"/x\",\"won_author\":\"b\","
                + "\"won_version\":1}]}\n");
    assertThat(lines().get(1)).isEqualTo("GET /v1/spaces/s/updates?since=1&limit=500");
  }

  @Test
  void showsDifferencesBlameAndFinality() {
    reply(
        200,
        "[{\"op\":\"add\",\"path\":\"/a\",\"value\":1},{\"op\":\"remove\",\"path\":\"/b\"},"
            + "{\"op\":\"replace\",\"path\":\"/c\",\"value\":\"x\"}]");
    assertThat(run("diff", "s", "1", "2", "-o", "table").out())
        .isEqualTo("+ /a  1\n- /b\n~ /c  \"x\"\n");
    replies.clear();
    reply(200, "{\"leaf\":\"/a\",\"update\":{\"author\":\"ann\",\"version\":3}}");
    assertThat(run("blame", "s", "a", "-o", "table").out()).containsPattern("/a +ann +3");
    replies.clear();
    reply(200, "{\"checkpoint\":null,\"status\":\"pending\",\"version\":3}");
    assertThat(run("finality", "s", "3", "-o", "table").out()).containsPattern("3 +pending");
    assertThat(lines())
        .containsExactly(
            "GET /v1/spaces/s/diff?from=1&to=2",
            "GET /v1/spaces/s/blame?path=a",
            "GET /v1/spaces/s/finality?version=3");
  }

  @Test
  void listsAllPagesOfSpacesAndMakesOne() {
    reply(200, "{\"items\":[{\"space\":\"a\",\"version\":1}],\"next\":\"a b\"}");
    reply(200, "{\"items\":[{\"space\":\"c\",\"version\":2}],\"next\":null}");
    assertThat(run("spaces", "-o", "table").out()).containsPattern("a +1").containsPattern("c +2");
    assertThat(lines())
        .containsExactly("GET /v1/spaces?limit=500", "GET /v1/spaces?limit=500&cursor=a%20b");
    assertThat(run("spaces", "--create", "new").code()).isZero();
    assertThat(lines()).last().isEqualTo("PUT /v1/spaces/new");
  }

  @Test
  void statusEndsWithSixWhileAPartIsDown() {
    reply(
        503,
        "{\"parts\":[{\"detail\":\"gone\",\"name\":\"store\",\"status\":\"down\"}],"
            + "\"status\":\"down\"}");
    reply(200, HEAD);
    Ran ran = run("status", "s", "-o", "table");
    assertThat(ran.code()).isEqualTo(ExitCode.UNAVAILABLE.code());
    assertThat(ran.out()).containsPattern("store +down +gone").containsPattern("s +7");
    assertThat(ran.err()).contains("store: gone");
  }

  @Test
  void searchAsksTheToolOfTheMember() {
    reply(200, HEAD);
    reply(
        200,
        "{\"result\":{\"structuredContent\":{\"found\":1,\"items\":[{\"author\":\"ann\","
            + "\"path\":\"/a\",\"score\":0.5,\"value\":\"v\",\"version\":3}]}}}");
    assertThat(run("search", "s", "two", "words", "-o", "table").out())
        .containsPattern("/a +ann +3 +0.5 +\"v\"");
    assertThat(asked.getLast().body()).contains("\"query\":\"two words\"", "search_memory");
    replies.clear();
    reply(200, HEAD);
    reply(
        200,
        "{\"result\":{\"_meta\":{\"io.mnemogrid/problem\":{\"code\":\"not-allowed\","
            + "\"detail\":\"no\",\"hint\":\"ask\",\"status\":403}},\"isError\":true}}");
    assertThat(run("search", "s", "x").code()).isEqualTo(ExitCode.NOT_ALLOWED.code());
    replies.clear();
    reply(200, HEAD);
    reply(404, problem(404, "not-found"));
    Ran none = run("search", "s", "x");
    assertThat(none.code()).isEqualTo(ExitCode.NOTHING_THERE.code());
    assertThat(none.err()).contains("/mcp");
  }

  @Test
  void undoHasTheCommonOptions() {
    reply(202, "{}");
    reply(
        200,
        "{\"places\":[{\"path\":\"/a\",\"stands\":1}],\"places_in_all\":1,"
            + "\"readers_in_all\":0}");
    Ran ran = run("undo", "s", "--author", "b", "--since", "2", "--dry-run", "-o", "table");
    assertThat(ran.out()).startsWith("/a  1 → nothing\n").endsWith("nothing was changed\n");
    assertThat(run("undo", "s", "--author", "b", "--since", "2", "--agent").out())
        .contains("\"places_in_all\":1", "\"status\":\"ok\"");
    assertThat(asked.getFirst().body()).isEqualTo(asked.get(1).body());
  }
}
