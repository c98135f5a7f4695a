package io.mnemogrid.drill;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.drill.PageCommands.Command;
import io.mnemogrid.process.Ports;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;

/**
 * What the pages for users of a memory tell them to type, typed: every command of these pages, as
 * it is written, from the root of a checkout, against the member that the first page starts. And
 * what {@code mcp config} prints is read as each client reads it, and the very command that stands
 * there is started.
 */
@NullMarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DocsCommandsIT {
  private static final List<String> PAGES =
      List.of(
          "docs/mcp.md",
          "docs/cli.md",
          "docs/clients.md",
          "docs/clients-java.md",
          "docs/clients-python.md",
          "docs/clients-ts.md");

  /** The command that starts the member; only its ports are others here. */
  private static final String RUN = "./mnemogrid run --no-chain";

  private static final String DEFAULT_ADDRESS = "127.0.0.1:8080";

  /** What is not run here, word by word, and why. */
  private static final Map<String, String> LEFT_OUT =
      Map.ofEntries(
          Map.entry("./mnemogrid help COMMAND", "a form: COMMAND stands for a name"),
          Map.entry("./mnemogrid verify", "named in a sentence, without what it is called with"),
          Map.entry("./mnemogrid keys list", "named in a sentence; docs/security.md has the calls"),
          Map.entry("./mnemogrid bench lost-writes", "takes minutes; BenchIT plays its short form"),
          Map.entry(
              "mvn -pl micronaut-api/clients/java -am -DskipTests -DskipITs install",
              "a second build, into the home folder"),
          Map.entry("micronaut-api/clients/java/ci", "the build has run what it runs"),
          Map.entry("ci URL[,URL…] scenario.json", "a form; ClientsIT plays it"),
          Map.entry("pip install micronaut-api/clients/python", "pip fetches tools to build with"),
          Map.entry("python3 mnemogrid.py verify bundle.json 0x…", "a form: 0x… is a hash"),
          Map.entry(
              "cd micronaut-api/verifier && npm ci --ignore-scripts && npm run build",
              "./mnemogrid test has done it"),
          Map.entry(
              "cd /path/to/your/project && npm install /path/to/micronaut-api/verifier",
              "a form: no such folder"),
          Map.entry(
              "cd micronaut-api/verifier && TEST_MEMBER_URLS=http://127.0.0.1:8080 npm test",
              "ClientsIT plays these tests against three members"));

  /** Commands that a page shows because they do not end with 0. */
  private static final Map<String, Integer> ENDS_WITH =
      Map.of("./mnemogrid get trip hotel.pool --agent", 9);

  private static final Duration START = Duration.ofSeconds(240);
  private static final Duration PATIENCE = Duration.ofSeconds(120);

  private final Path folder = Drills.folder("docs-commands");
  private final Path root = folder.resolve("checkout");
  private final Path home = folder.resolve("home");
  private final List<Integer> ports = Ports.free(2);
  private final List<String> wrong = new ArrayList<>();

  /** What was typed and goes on until it is interrupted. */
  private final Map<Command, Typed> watching = new LinkedHashMap<>();

  private long began;
  private Typed run;

  /** A command line that was typed. */
  private record Typed(String text, Process process, Path out, Path err) {
    String said() throws IOException {
      return new String(Files.readAllBytes(out), UTF_8);
    }

    String complained() throws IOException {
      return new String(Files.readAllBytes(err), UTF_8);
    }

    int ended() throws InterruptedException {
      assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).as(text).isTrue();
      return process.exitValue();
    }

    /** As Ctrl-C of its terminal, for the JVMs in it. */
    void interrupt() {
      Stream.concat(Stream.of(process.toHandle()), process.descendants())
          .filter(each -> each.info().command().orElse("").endsWith("/java"))
          .forEach(ProcessHandle::destroy);
    }
  }

  @BeforeAll
  void start() throws IOException {
    Files.createDirectories(home);
    Files.createDirectories(root);
    // A checkout of this build, built: the launcher takes the folder that it stands in for its own,
    // so ./data is not that of whoever runs this test, and it finds nothing to build.
    link(Drills.ROOT, root, Set.of("data", "target", ".git", "mnemogrid"));
    for (String module : List.of("grid-plugin", "micronaut-api", "load-tests")) {
      Files.delete(root.resolve(module));
      link(Drills.ROOT.resolve(module), root.resolve(module), Set.of("target"));
      Path target = root.resolve(module).resolve("target");
      link(Drills.ROOT.resolve(module).resolve("target"), target, Set.of(".built"));
      Files.createFile(target.resolve(".built"));
    }
    Files.copy(
        Drills.ROOT.resolve("mnemogrid"),
        root.resolve("mnemogrid"),
        StandardCopyOption.COPY_ATTRIBUTES);
    Files.writeString(
        root.resolve("memory.jsonl"),
        "{\"type\":\"entity\",\"name\":\"Ada\",\"entityType\":\"person\",\"observations\":[\"wrote"
            + " notes\"]}\n");
    Files.writeString(
        root.resolve("steps.json"), "[{\"op\":\"add\",\"path\":\"/guests\",\"value\":2}]");
    began = System.currentTimeMillis();
    run =
        type(RUN.concat(" --port %d --grid-port %d".formatted(ports.getFirst(), ports.getLast())));
    await()
        .pollInterval(Duration.ofMillis(50))
        .atMost(START)
        .until(() -> {
          assertThat(run.process().isAlive()).as(run.said() + run.complained()).isTrue();
          return run.said().contains("mnemogrid is up");
        });
  }

  @AfterAll
  void stop() throws Exception {
    watching.values().forEach(Typed::interrupt); // where a test failed before it did
    run.process().destroy();
    run.ended();
  }

  /** Makes a folder with links to all that another one has, but for these. */
  private static void link(Path from, Path to, Set<String> without) throws IOException {
    Files.createDirectories(to);
    try (Stream<Path> entries = Files.list(from)) {
      for (Path entry : entries.toList()) {
        String name = entry.getFileName().toString();
        if (!without.contains(name)) {
          Files.createSymbolicLink(to.resolve(name), entry);
        }
      }
    }
  }

  private Typed type(String script) throws IOException {
    Path out = Files.createTempFile(folder, "said-", ".txt");
    Path err = Files.createTempFile(folder, "complained-", ".txt");
    ProcessBuilder builder =
        new ProcessBuilder("bash", "-o", "pipefail", "-c", script)
            .directory(root.toFile())
            .redirectInput(new java.io.File("/dev/null"))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    environment(builder.environment());
    return new Typed(script, builder.start(), out, err);
  }

  private void environment(Map<String, String> environment) {
    environment.keySet().removeIf(name -> name.startsWith("MNEMOGRID_"));
    environment.put("HOME", home.toString());
    environment.put("JAVA_HOME", System.getProperty("java.home"));
    environment.put("MNEMOGRID_CHECKPOINT_EVERY", "1"); // the run's: a scenario waits for one
  }

  private String here(String text) {
    return text.replace(DEFAULT_ADDRESS, "127.0.0.1:" + ports.getFirst());
  }

  @Test
  @Order(1)
  void everyCommandOfThePagesDoesWhatThePageSays() throws Exception {
    Set<String> stand = new HashSet<>();
    int played = 0;
    for (String page : PAGES) {
      for (Command command : PageCommands.of(Drills.ROOT.resolve(page))) {
        String text = command.text().replaceFirst(" +# .*", "");
        stand.add(text);
        if (LEFT_OUT.containsKey(text) || text.equals(RUN)) {
          continue;
        }
        played++;
        Typed typed = type(command.before() + here(command.text()));
        if (text.startsWith("./mnemogrid watch ")) {
          watching.put(command, typed);
        } else {
          check(command, typed, ENDS_WITH.getOrDefault(text, 0));
        }
      }
    }
    endWatching();
    System.out.printf("%d commands of %d pages%n", played, PAGES.size());
    assertThat(wrong).as("commands that do otherwise than their page says").isEmpty();
    assertThat(stand)
        .as("what is not run, and how commands end, stands on a page")
        .contains(RUN)
        .containsAll(LEFT_OUT.keySet())
        .containsAll(ENDS_WITH.keySet());
    assertThat(played).isGreaterThan(40);
  }

  private void check(Command command, Typed typed, int status) throws Exception {
    int ended = typed.ended();
    String complained = typed.complained();
    if (ended != status || (status == 0 && complained.contains("mnemogrid: "))) {
      wrong.add(
          "%s: %s%n  ended with %d, not %d: %s%s"
              .formatted(command.where(), command.text(), ended, status, typed.said(), complained));
    }
    List<String> said = typed.said().lines().toList();
    if (!command.shown().isEmpty() && !shapes(command.shown()).equals(shapes(said))) {
      wrong.add(
          "%s: %s%n  is shown as %s%n  and said %s"
              .formatted(command.where(), command.text(), command.shown(), said));
    }
  }

  /** All of them see a change of a bot, and end with 0 when they are interrupted. */
  private void endWatching() throws Exception {
    Path copied = root.resolve("trip.json"); // what the last one writes in place of saying it
    assertThat(type("./mnemogrid set trip hotel.pool true --as bot-b").ended()).isZero();
    watching.forEach((command, typed) ->
        await()
            .pollInterval(Duration.ofMillis(50))
            .atMost(PATIENCE)
            .until(() ->
                command.text().contains("> trip.json")
                    ? Files.exists(copied) && Files.readString(copied).contains("\"pool\":true")
                    : !typed.said().isEmpty()));
    watching.values().forEach(Typed::interrupt);
    for (Map.Entry<Command, Typed> each : watching.entrySet()) {
      check(each.getKey(), each.getValue(), 0);
    }
    assertThat(watching).hasSizeGreaterThan(3);
  }

  /** Names and kinds of all members where a line is JSON, else the line without its numbers. */
  private static List<String> shapes(List<String> lines) {
    return lines.stream()
        .map(line -> {
          try {
            return shape(Json.parse(line));
          } catch (JsonException e) {
            return line.replaceAll("[0-9]+", "#");
          }
        })
        .toList();
  }

  private static String shape(Json json) {
    return switch (json) {
      case Json.Obj object -> {
        StringBuilder shape = new StringBuilder("{");
        object
            .members()
            .forEach(
                (name, value) -> shape.append(name).append(':').append(shape(value)).append(' '));
        yield shape.append('}').toString();
      }
      case Json.Arr array ->
          "[" + (array.items().isEmpty() ? "" : shape(array.items().getFirst())) + "]";
      case Json.Str _ -> "text";
      case Json.Num _ -> "number";
      case Json.Bool _ -> "bool";
      case Json.Null _ -> "null";
    };
  }

  /** The member of an object, which must be an object. */
  private static Json.Obj in(Json.Obj object, String name) {
    return (Json.Obj) Objects.requireNonNull(object.get(name), name + " in " + object.canonical());
  }

  /** What a client reads of a text in its format. */
  private Json.Obj read(String client, String text) throws Exception {
    if (!client.equals("codex")) {
      return Json.parseObject(text);
    }
    Path toml = Files.writeString(folder.resolve("config.toml"), text);
    Typed read =
        type(
            "python3 -c 'import json, sys, tomllib; print(json.dumps(tomllib.load(sys.stdin.buffer)))'"
                + " < "
                + toml);
    assertThat(read.ended()).as(read.complained()).isZero();
    return Json.parseObject(read.said().strip());
  }

  private static String servers(String client) {
    return switch (client) {
      case "vscode" -> "servers";
      case "codex" -> "mcp_servers";
      default -> "mcpServers";
    };
  }

  /** The entry that the page shows for a client. */
  private Json.Obj onThePage(String client, String title) throws Exception {
    String page = Files.readString(Drills.ROOT.resolve("docs/mcp.md"));
    Matcher row = Pattern.compile("(?m)^\\| " + title + " \\|[^|]*\\| (.*) \\|$").matcher(page);
    assertThat(row.find()).as("the row of " + title).isTrue();
    String cell = row.group(1);
    return read(
        client,
        client.equals("codex")
            ? String.join(
                "\n",
                Pattern.compile("`([^`]*)`")
                    .matcher(cell)
                    .results()
                    .map(found -> found.group(1))
                    .toList())
            : cell.replace("`", ""));
  }

  private List<String> printed(String client, String title) throws Exception {
    Typed config = type("./mnemogrid mcp config " + client);
    assertThat(config.ended()).as(config.complained()).isZero();
    Json.Obj settings = read(client, config.said().strip());
    Json.Obj ours = in(in(settings, servers(client)), "mnemogrid");
    Json.Obj shown = in(in(onThePage(client, title), servers(client)), "mnemogrid");
    assertThat(ours.with("command", Json.of("/path/to/mnemogrid")))
        .as("as docs/mcp.md shows it for " + title)
        .isEqualTo(shown);
    if (client.equals("claude")) { // the page's command has written it
      assertThat(Json.parseObject(Files.readString(home.resolve(".claude.json"))))
          .isEqualTo(settings);
    }
    List<String> command = new ArrayList<>(List.of(text(ours, "command")));
    ((Json.Arr) Objects.requireNonNull(ours.get("args")))
        .items()
        .forEach(word -> command.add(((Json.Str) word).value()));
    return command;
  }

  private static String text(Json.Obj object, String name) {
    return ((Json.Str) Objects.requireNonNull(object.get(name))).value();
  }

  /** One client after the other, as its settings say, and one that speaks HTTP. */
  @Test
  @Order(2)
  void whatConfigPrintsIsAMemory() throws Exception {
    Map<String, String> clients = new LinkedHashMap<>();
    clients.put("claude", "Claude");
    clients.put("cursor", "Cursor");
    clients.put("vscode", "VS Code");
    clients.put("codex", "Codex");
    for (Map.Entry<String, String> client : clients.entrySet()) {
      overStreams(client.getKey(), printed(client.getKey(), client.getValue()));
    }
    String page = Files.readString(Drills.ROOT.resolve("docs/mcp.md"));
    Matcher address = Pattern.compile("speaks HTTP \\|[^|]*\\| `(http[^`]*)`").matcher(page);
    assertThat(address.find()).isTrue();
    overHttp("http", URI.create(here(address.group(1))));
  }

  /** Sends a message and gives the answer to it. */
  private interface Line {
    Json.Obj ask(Json.Obj message) throws Exception;
  }

  private static Json.Obj message(int id, String method, String params) {
    return Json.parseObject(
        "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s}"
            .formatted(id, method, params));
  }

  private static final Json.Obj INITIALIZE =
      message(
          1,
          "initialize",
          "{\"protocolVersion\":\"2025-06-18\",\"capabilities\":{},"
              + "\"clientInfo\":{\"name\":\"docs\",\"version\":\"1\"}}");

  private static final Json.Obj INITIALIZED =
      Json.parseObject("{\"jsonrpc\":\"2.0\",\"method\":\"notifications/initialized\"}");

  /** What a client asks once it is initialized: the tools, a write, and what was written. */
  private static void use(String client, Line line) throws Exception {
    String tools = in(line.ask(message(2, "tools/list", "{}")), "result").canonical();
    assertThat(tools).contains("\"write_memory\"", "\"read_memory\"");
    String path = "\"clients." + client + "\"";
    Json.Obj written =
        line.ask(
            message(
                3,
                "tools/call",
                "{\"name\":\"write_memory\",\"arguments\":{\"set\":[{\"path\":%s,\"value\":\"I was"
                        .formatted(path)
                    + " here\"}]}}"));
    assertThat(written.canonical()).as(client).doesNotContain("\"isError\":true", "\"error\":");
    Json.Obj found =
        line.ask(
            message(
                4,
                "tools/call",
                "{\"name\":\"read_memory\",\"arguments\":{\"path\":%s}}".formatted(path)));
    assertThat(in(found, "result").canonical()).as(client).contains("I was here");
  }

  private void overStreams(String client, List<String> command) throws Exception {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(home.toFile())
            .redirectError(folder.resolve("mcp-" + client + ".log").toFile());
    environment(builder.environment());
    Process process = builder.start();
    CompletableFuture.delayedExecutor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
        .execute(process::destroyForcibly); // one that has ended is left alone
    try (OutputStream to = process.getOutputStream();
        BufferedReader from = process.inputReader(UTF_8)) {
      Line line =
          message -> {
            send(to, message);
            String answer = Objects.requireNonNull(from.readLine(), client + " says nothing");
            Json.Obj object = Json.parseObject(answer);
            assertThat(object.get("id")).isEqualTo(message.get("id"));
            return object;
          };
      assertThat(in(in(line.ask(INITIALIZE), "result"), "serverInfo").canonical())
          .contains("mnemogrid");
      send(to, INITIALIZED);
      use(client, line);
    }
    assertThat(process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as("it ends with its client").isZero();
  }

  private static void send(OutputStream to, Json.Obj message) throws IOException {
    to.write((message.canonical() + "\n").getBytes(UTF_8));
    to.flush();
  }

  private static void overHttp(String client, URI url) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      Line line =
          message -> {
            HttpRequest request =
                HttpRequest.newBuilder(url)
                    .timeout(PATIENCE)
                    .header("Content-Type", "application/json")
                    .header("Accept", "application/json, text/event-stream")
                    .POST(HttpRequest.BodyPublishers.ofString(message.canonical()))
                    .build();
            HttpResponse<String> answer =
                http.send(request, HttpResponse.BodyHandlers.ofString(UTF_8));
            assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
            return Json.parseObject(answer.body());
          };
      assertThat(in(line.ask(INITIALIZE), "result").canonical()).contains("mnemogrid");
      use(client, line);
    }
  }

  /**
   * From the command that starts the member to the first call of a tool that succeeds, by the SDK's
   * own client. In CI this is a clean clone; the build of the jars comes before it.
   */
  @Test
  @Order(3)
  void theClientOfTheSdkIsServedWithinTwoMinutes() throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Drills.ROOT.resolve("micronaut-api/mcp-clients/run").toString());
    command.addAll(List.of("clients.mjs", "http://127.0.0.1:" + ports.getFirst()));
    command.addAll(printed("claude", "Claude"));
    Path out = folder.resolve("sdk.json");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectOutput(out.toFile())
            .redirectError(folder.resolve("sdk.log").toFile());
    environment(builder.environment());
    long typed = System.currentTimeMillis();
    Process process = builder.start();
    assertThat(process.waitFor(2, TimeUnit.MINUTES)).isTrue();
    String said = Files.readString(out);
    assertThat(process.exitValue()).as(said + Files.readString(folder.resolve("sdk.log"))).isZero();
    long first =
        (long)
            ((Json.Num) Objects.requireNonNull(in(Json.parseObject(said), "sdk-http").get("at")))
                .value();
    long up = Files.getLastModifiedTime(run.out()).toMillis();
    Duration took = Duration.ofMillis(up - began + first - typed);
    System.out.printf(
        "%s: up after %.1f s, the first call of a tool by the SDK's client %.1f s later%n",
        RUN, (up - began) / 1e3, (first - typed) / 1e3);
    assertThat(took).isPositive().isLessThan(Duration.ofMinutes(2));
    assertThat(Instant.ofEpochMilli(first)).isAfter(Instant.ofEpochMilli(typed));
  }
}
