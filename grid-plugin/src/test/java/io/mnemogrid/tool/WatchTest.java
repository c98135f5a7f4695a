package io.mnemogrid.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** How a space is followed over lost connections. */
class WatchTest {
  private record Reply(int status, String body) {}

  private static final String RESET =
      "event: reset\ndata: {\"code\":\"other-history\",\"space\":\"s\",\"version\":1}\n\n";

  private final List<String> asked = new CopyOnWriteArrayList<>();
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

  private void answer(HttpExchange exchange) throws IOException {
    asked.add(
        exchange.getRequestURI() + " " + exchange.getRequestHeaders().getFirst("Last-Event-ID"));
    Reply reply = replies.size() > 1 ? replies.removeFirst() : replies.getFirst();
    byte[] bytes = reply.body().getBytes(StandardCharsets.UTF_8);
    exchange.sendResponseHeaders(reply.status(), 0);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  private static String commit(long version) {
    return "id: %d.aa\nevent: commit\ndata: {\"author\":\"ann\",\"version\":%d}\n\n"
        .formatted(version, version);
  }

  private static String problem(String code) {
    return "{\"code\":\"%s\",\"detail\":\"it is so\",\"hint\":\"do that\"}".formatted(code);
  }

  private CommandFailure follow(PrintStream out, PrintStream err, String... words) {
    WatchCommand command = new WatchCommand();
    new CommandLine(command).parseArgs(words);
    ApiClient api = new ApiClient("http://127.0.0.1:" + server.getAddress().getPort());
    return catchThrowableOfType(
        CommandFailure.class, () -> command.follow(api, out, err, Duration.ofMillis(2)));
  }

  @Test
  void comesAgainAfterTheLastIdAndEndsWhereTheHistoryIsAnotherOne() {
    replies.add(new Reply(200, "retry: 5\nid: 1.aa\n\n: comment\n\n" + commit(2) + "id: 3.aa\n\n"));
    replies.add(new Reply(503, problem("too-many-streams")));
    replies.add(new Reply(200, commit(4) + "id: 5.aa\nevent: commit\ndata: {\"broken"));
    replies.add(new Reply(200, RESET));
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    CommandFailure failure =
        follow(
            new PrintStream(out),
            new PrintStream(err),
            "s",
            "--since",
            "1",
            "--path",
            "a.b",
            "-o",
            "json");
    assertThat(failure.exit()).isEqualTo(ExitCode.DOES_NOT_HOLD);
    assertThat(failure.code()).isEqualTo("other-history");
    assertThat(asked)
        .containsExactly(
            "/v1/spaces/s/events?since=1&path=a.b null",
            "/v1/spaces/s/events?path=a.b 3.aa",
            "/v1/spaces/s/events?path=a.b 3.aa",
            "/v1/spaces/s/events?path=a.b 4.aa");
    assertThat(out.toString(StandardCharsets.UTF_8).lines())
        .containsExactly(
            "{\"data\":{\"author\":\"ann\",\"version\":2},\"event\":\"commit\",\"id\":\"2.aa\"}",
            "{\"data\":{\"author\":\"ann\",\"version\":4},\"event\":\"commit\",\"id\":\"4.aa\"}",
            "{\"data\":{\"code\":\"other-history\",\"space\":\"s\",\"version\":1},"
                + "\"event\":\"reset\",\"id\":\"4.aa\"}");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("after 3.aa", "after 4.aa");
  }

  @Test
  void aFirstConnectionThatComesToNothingEndsIt() {
    PrintStream none = new PrintStream(new ByteArrayOutputStream());
    replies.add(new Reply(503, problem("too-many-streams")));
    assertThat(follow(none, none, "s").exit()).isEqualTo(ExitCode.UNAVAILABLE);
    replies.clear();
    replies.add(new Reply(409, problem("other-history")));
    assertThat(follow(none, none, "s", "--since", "1.bb").exit()).isEqualTo(ExitCode.DOES_NOT_HOLD);
    replies.clear();
    replies.add(new Reply(409, problem("version-ahead")));
    assertThat(follow(none, none, "s", "--since", "99").exit()).isEqualTo(ExitCode.CONFLICT);
    replies.clear();
    replies.add(new Reply(200, commit(2)));
    replies.add(new Reply(409, problem("version-ahead")));
    assertThat(follow(none, none, "s").exit()).isEqualTo(ExitCode.DOES_NOT_HOLD);
    replies.clear();
    replies.add(new Reply(200, commit(2)));
    replies.add(new Reply(403, problem("not-allowed")));
    assertThat(follow(none, none, "s").exit()).isEqualTo(ExitCode.NOT_ALLOWED);
  }

  @Test
  @DisabledOnOs(value = OS.WINDOWS, disabledReason = "there is no /bin/sh")
  void runsACommandForEachEvent(@TempDir Path folder) throws IOException {
    replies.add(new Reply(200, commit(2) + commit(3)));
    replies.add(new Reply(403, problem("not-allowed")));
    Path file = folder.resolve("seen");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    follow(
        new PrintStream(out),
        new PrintStream(err),
        "s",
        "-o",
        "table",
        "--exec",
        "echo $MNEMOGRID_EVENT $MNEMOGRID_VERSION $MNEMOGRID_SPACE $(cat) >> "
            + file
            + "; exit $((MNEMOGRID_VERSION - 2))");
    assertThat(Files.readAllLines(file))
        .containsExactly(
            "commit 2 s {\"author\":\"ann\",\"version\":2}",
            "commit 3 s {\"author\":\"ann\",\"version\":3}");
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("2  commit", "3  commit");
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("ended with 1 after 3.aa");
  }

  @Test
  void readsEventsAsTheStandardSays() throws IOException {
    String text = "data: a\r\ndata:b\r\nid: 1\r\n\r\ndata\n\n:x\nother: y\n\nid: 2\n\ndata: cut";
    EventStream events =
        new EventStream(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "0");
    assertThat(events.next()).isEqualTo(new EventStream.Event("1", "message", "a\nb"));
    assertThat(events.next()).isNotNull();
    assertThat(events.next()).isEqualTo(new EventStream.Event("2", "", ""));
    assertThat(events.next()).isNull();
  }
}
