package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.Mnemogrid;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.state.Json;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

/**
 * Pages of others in a real Chromium write nothing and read nothing ({@code browser/attack.mjs});
 * our own shows the API and asks no other server ({@code browser/docs.mjs}), and follows a space
 * ({@code browser/events.mjs}).
 */
class BrowserIT {
  private static final Path SCRIPTS = Path.of("browser").toAbsolutePath();
  private final RunningServer api = RunningServer.shared();

  private static String chromium() {
    String missing = "chromium, node or npm is missing, so no page was tried: install them";
    for (String tool : new String[] {"chromium", "node", "npm"}) {
      if (find(tool) == null) {
        assertThat(System.getenv("CI")).as(missing).isNull();
        return Assumptions.abort(missing);
      }
    }
    return String.valueOf(find("chromium"));
  }

  private static @Nullable Path find(String tool) {
    return Stream.of(System.getenv("PATH").split(File.pathSeparator))
        .map(folder -> Path.of(folder, tool))
        .filter(Files::isExecutable)
        .findFirst()
        .orElse(null);
  }

  /** What a script of the folder prints. */
  private static Json.Obj run(String script, String... words) throws Exception {
    return run(Map.of(), script, words);
  }

  private static Json.Obj run(Map<String, String> environment, String script, String... words)
      throws Exception {
    Path said = Files.createTempFile("browser", ".json");
    List<String> command = new ArrayList<>(List.of(SCRIPTS.resolve("run").toString(), script));
    command.addAll(List.of(words));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(said.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    assertThat(process.waitFor(8, TimeUnit.MINUTES)).isTrue();
    String text = Files.readString(said, StandardCharsets.UTF_8);
    assertThat(process.exitValue()).as(text).isZero();
    return Json.parseObject(text);
  }

  private static Json.Obj object(Json.Obj of, String name) {
    return (Json.Obj) Objects.requireNonNull(of.get(name));
  }

  private String port() {
    return Integer.toString(api.server().getPort());
  }

  private static List<String> texts(Json.Obj of, String name) {
    return ((Json.Arr) Objects.requireNonNull(of.get(name)))
        .items().stream().map(item -> ((Json.Str) item).value()).toList();
  }

  @Test
  void thePageOfTheApiShowsEveryCallAndAsksNobodyElse() throws Exception {
    String chromium = chromium();
    api.newSpace();
    Json.Obj told = run("docs.mjs", chromium, port());
    assertThat(texts(told, "problems")).isEmpty();
    assertThat(texts(told, "operations"))
        .hasSizeGreaterThan(35)
        .contains("GET /v1/spaces", "PATCH /v1/spaces/{space}/state", "DELETE /v1/keys/{id}");
    String own = "http://127.0.0.1:" + port() + "/";
    assertThat(texts(told, "requests"))
        .contains(own + "openapi.yaml", own + "docs/page.js", own + "v1/spaces?limit=50")
        .allMatch(url -> url.startsWith(own) || url.startsWith("data:"));
    assertThat(told.get("tried")).isEqualTo(Json.of(200));
    assertThat(api.get("/docs").header("content-security-policy"))
        .startsWith("default-src 'none'; script-src 'self';")
        .doesNotContain("unsafe");
    api.get("/docs/index.html").isProblem(404, "not-found");
  }

  @Test
  void aPageFollowsASpaceByATicketThatIsTakenOnce() throws Exception {
    String chromium = chromium();
    RunningServer own = RunningServer.start(Map.of());
    try {
      own.put("/v1/spaces/s", "");
      own.commit("s", RunningServer.delta("one", 0, "/a", "1"));
      own.commit("s", RunningServer.delta("two", 1, "/a", "2"));
      String key =
          own.server()
              .getApplicationContext()
              .getBean(Mnemogrid.class)
              .keys()
              .orElseThrow()
              .create("page", Grant.ALL, null)
              .text()
              .whole();
      Json.Obj told =
          run(
              Map.of("KEY", key),
              "events.mjs",
              chromium,
              Integer.toString(own.server().getPort()),
              "s");
      assertThat(Objects.requireNonNull(told.get("versions")).canonical()).isEqualTo("[1,2,3]");
      assertThat(texts(told, "ids"))
          .last()
          .isEqualTo(
              own.get("/v1/spaces/s/state", "X-API-Key", key).header("etag").replace("\"", ""));
      assertThat(told.get("answer")).isEqualTo(Json.of(201));
      assertThat(told.get("again")).isEqualTo(Json.of("closed"));
    } finally {
      Server.stop(own.server());
    }
  }

  private static Json.Arr reads(Json.Obj of) {
    return (Json.Arr) Objects.requireNonNull(of.get("reads"));
  }

  @Test
  void pagesOfOthersWriteNothingAndReadNothing() throws Exception {
    String chromium = chromium();
    String space = api.newSpace();
    api.commit(space, RunningServer.delta("by-the-test", 0, "/a", "\"by the test\""));
    api.makeFinal(space, 1); // no checkpoint comes by itself after this one
    String audits = api.get("/v1/audits/latest").text();
    String checkpoints = api.get("/v1/checkpoints").text();

    Json.Obj told = run("attack.mjs", chromium, port(), space);

    assertThat(reads(object(told, "member")).items()).isEmpty();
    assertThat(api.get("/v1/spaces/" + space).number("version")).isEqualTo(1);
    assertThat(api.get("/v1/audits/latest").text()).isEqualTo(audits);
    assertThat(api.get("/v1/checkpoints").text()).isEqualTo(checkpoints);
    api.get("/v1/spaces/by-a-page").isProblem(404, "unknown-space");
    // The requests did come to the door, …
    assertThat(object(object(told, "member"), "statuses").members())
        .containsKeys("403", "421")
        .doesNotContainKeys("201", "202", "500");
    // … and the same pages write and read where nobody stands at it.
    Json.Obj open = object(told, "open");
    assertThat(open.get("writes"))
        .isInstanceOfSatisfying(
            Json.Num.class, writes -> assertThat(writes.value()).isGreaterThan(50));
    assertThat(reads(open).items()).isNotEmpty();
  }
}
