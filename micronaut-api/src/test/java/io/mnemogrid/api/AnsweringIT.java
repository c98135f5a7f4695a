package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.api.RunningServer.DeltaText;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.api.limits.Spent;
import io.mnemogrid.api.limits.Work;
import io.mnemogrid.api.spaces.UpdateLines;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What an answer takes of the memory until its reader has it. */
class AnsweringIT {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final String UNSENT = "mnemogrid_http_unsent_bytes";

  /** More than the kernel's buffers of one connection take, and less than an answer may have. */
  private static final int LARGE_BYTES = 7_000_000;

  private final RunningServer api = RunningServer.shared();

  private static long unsent(RunningServer api) {
    return api.get("/prometheus")
        .text()
        .lines()
        .filter(line -> line.startsWith(UNSENT + " "))
        .map(line -> (long) Double.parseDouble(line.substring(UNSENT.length())))
        .findFirst()
        .orElseThrow();
  }

  private static void awaitUnsent(RunningServer api, long bytes) {
    await().atMost(PATIENCE).untilAsserted(() -> assertThat(unsent(api)).isEqualTo(bytes));
  }

  /** A space of {@link #LARGE_BYTES} below /k, and an older version that has all of that too. */
  private static String largeSpace(RunningServer api) {
    String space = api.newSpace();
    for (int half = 0; half < 2; half++) {
      DeltaText delta = new DeltaText("large-" + half).base(half);
      for (int i = 0; i < 14; i++) {
        delta.set("/k/" + half + "-" + i, '"' + "x".repeat(250_000) + '"');
      }
      assertThat(api.commit(space, delta.toString()).status()).isEqualTo(201);
    }
    assertThat(api.commit(space, RunningServer.delta("small", 2, "/a", "1")).status())
        .isEqualTo(201);
    return "/v1/spaces/" + space;
  }

  /** A connection that asks and does not read. */
  private static Socket ask(RunningServer api, String accept, String... requests)
      throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.connect(new InetSocketAddress("127.0.0.1", api.server().getPort()));
    StringBuilder all = new StringBuilder();
    for (String request : requests) {
      all.append(request)
          .append(" HTTP/1.1\r\nHost: localhost:")
          .append(api.server().getPort())
          .append("\r\nAccept: ")
          .append(accept)
          .append("\r\n\r\n");
    }
    socket.getOutputStream().write(all.toString().getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  @Test
  void anAnswerIsCountedUntilItsReaderTookItOrLeft() throws IOException {
    String space = largeSpace(api);
    for (String path : List.of("/state", "/state?at=2", "/diff?from=0&to=2")) {
      for (boolean reads : new boolean[] {true, false}) {
        awaitUnsent(api, 0);
        try (Socket socket = ask(api, "*/*", "GET " + space + path)) {
          await().atMost(PATIENCE).until(() -> unsent(api) > LARGE_BYTES);
          if (reads) {
            assertThat(socket.getInputStream().readNBytes(LARGE_BYTES)).hasSize(LARGE_BYTES);
            awaitUnsent(api, 0); // the connection is still open
          }
        }
      }
    }
    awaitUnsent(api, 0);
  }

  @Test
  void aStreamIsCountedByThePartThatWaits() throws IOException {
    String space = largeSpace(api);
    awaitUnsent(api, 0);
    Socket socket = ask(api, "application/x-ndjson", "GET " + space + "/updates");
    await().atMost(PATIENCE).until(() -> unsent(api) > LARGE_BYTES / 2);
    socket.close();
    awaitUnsent(api, 0);
  }

  /** Sixty-four streams that wait for their turn once held ten megabytes each. */
  @Test
  void aStreamThatWaitsForItsTurnHoldsNothing() throws Exception {
    String path = largeSpace(api);
    SpaceName name = SpaceName.of(path.substring(path.lastIndexOf('/') + 1));
    Space space = bean(Mnemogrid.class).space(name).orElseThrow();
    Answering answering = bean(Answering.class);
    try (UpdateLines lines = new UpdateLines(space, 0, 1, answering, Spent.BY_NOBODY, () -> true)) {
      byte[] record = lines.readAllBytes();
      assertThat(record).hasSizeGreaterThan(LARGE_BYTES / 2);
      assertThat(lines.heldBytes()).isZero();
    }
    try (UpdateLines lines = new UpdateLines(space, 0, 3, answering, Spent.BY_NOBODY, () -> true)) {
      int first = lines.read();
      assertThat(first).isEqualTo('{');
      long held = lines.heldBytes();
      assertThat(unsent(api)).isEqualTo(held);
      List<Work.Turn> all = new ArrayList<>();
      while (answering.free() > 0) {
        all.add(answering.part(answering.free()));
      }
      lines.readNBytes((int) held - 1);
      Thread reader = Thread.ofVirtual().start(() -> readOn(lines));
      try {
        await().atMost(PATIENCE).until(() -> answering.waiting() == 1);
        assertThat(lines.heldBytes()).isZero();
      } finally {
        all.forEach(Work.Turn::close);
      }
      reader.join();
    }
  }

  private static void readOn(UpdateLines lines) {
    try {
      lines.read();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private <T> T bean(Class<T> type) {
    return api.server().getApplicationContext().getBean(type);
  }

  @Test
  void whatIsAskedInOneGoIsCountedRequestByRequest() throws IOException {
    String space = largeSpace(api);
    awaitUnsent(api, 0);
    try (Socket socket =
        ask(api, "*/*", "GET " + space + "/state", "GET " + space + "/updates/1", "GET " + space)) {
      await().atMost(PATIENCE).until(() -> unsent(api) > LARGE_BYTES);
      assertThat(socket.isConnected()).isTrue();
    }
    awaitUnsent(api, 0);
  }

  /** Its first bytes may be there before its turn comes. */
  @Test
  void aStreamBehindAnotherAnswerIsSent() throws IOException {
    String space = largeSpace(api);
    try (Socket socket =
        ask(
            api,
            "*/*;q=0.5, application/x-ndjson",
            "GET " + space + "/state",
            "GET " + space + "/updates?since=2",
            "GET " + space + "/state?path=/a")) {
      await().atMost(PATIENCE).until(() -> unsent(api) > LARGE_BYTES);
      socket.setSoTimeout((int) PATIENCE.toMillis());
      for (int answer = 0; answer < 3; answer++) {
        skipTo("HTTP/1.1 200 OK\r\n", socket);
      }
    }
    awaitUnsent(api, 0);
  }

  /** Reads up to and with this text, of which only the first character begins it. */
  private static void skipTo(String text, Socket socket) throws IOException {
    for (int found = 0; found < text.length(); ) {
      int next = socket.getInputStream().read();
      assertThat(next).as("the connection ended before %s", text).isNotNegative();
      found = next == text.charAt(found) ? found + 1 : next == text.charAt(0) ? 1 : 0;
    }
  }

  @Test
  void nothingStaysCountedOfAnswersWithoutABody() {
    String space = largeSpace(api);
    String tag = api.get(space + "/state?path=/a").header("etag");
    assertThat(api.get(space + "/state", "If-None-Match", tag).status()).isEqualTo(304);
    assertThat(api.send("HEAD", space + "/state", "").status()).isEqualTo(200);
    assertThat(api.send("HEAD", space + "/updates", "").status()).isEqualTo(200);
    api.get(space + "/state?at=99").isProblem(404, "unknown-version");
    api.get(space + "/state?at=2&path=/none").isProblem(404, "nothing-there");
    api.get(space + "/blame?path=/none").isProblem(404, "nothing-there");
    api.get(space + "/updates/99").isProblem(404, "unknown-version");
    api.get("/v1/blobs/" + "zzz").isProblem(400, "bad-request");
    api.get(space + "/proofs/fact?path=/a").isProblem(409, "not-checkpointed");
    api.get(space + "/proofs/update?version=1").isProblem(409, "not-checkpointed");
    awaitUnsent(api, 0);
  }

  @Test
  void aReaderThatTakesNothingIsEnded() throws IOException {
    RunningServer hasty = RunningServer.start(Map.of("micronaut.server.write-idle-timeout", "1s"));
    try {
      String space = largeSpace(hasty);
      awaitUnsent(hasty, 0);
      try (Socket socket = ask(hasty, "*/*", "GET " + space + "/state")) {
        await().atMost(PATIENCE).until(() -> unsent(hasty) > LARGE_BYTES);
        awaitUnsent(hasty, 0);
        assertThat(socket.isClosed()).as("it is the server that ended it").isFalse();
      }
    } finally {
      Server.stop(hasty.server());
    }
  }
}
