package io.mnemogrid.gatling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The judge of followers, against a server that tells it what no member should. */
@NullMarked
class EventFollowersTest {
  private static final SpaceName SPACE = SpaceName.of("load-t-0");

  private static String commit(long version, Instant committed) {
    return ("id: %d.0123456789abcdef\nevent: commit\ndata: {\"author\":\"a\","
            + "\"committed\":\"%s\",\"space\":\"%s\",\"version\":%d}\n\n")
        .formatted(version, committed, SPACE, version);
  }

  /** What a follower makes of streams, of which it gets one after the other. */
  private static EventFollowers.Told told(long head, int breaks, String... streams)
      throws IOException {
    ConcurrentLinkedQueue<String> asked = new ConcurrentLinkedQueue<>();
    AtomicInteger next = new AtomicInteger();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        exchange -> {
          asked.add(
              exchange.getRequestHeaders().getOrDefault("Last-Event-ID", List.of("")).getFirst());
          int at = next.getAndIncrement();
          exchange.sendResponseHeaders(at < streams.length ? 200 : 503, 0);
          try (OutputStream body = exchange.getResponseBody()) {
            if (at < streams.length) {
              body.write(streams[at].getBytes(StandardCharsets.UTF_8));
            }
          }
        });
    server.start();
    String url = "http://127.0.0.1:" + server.getAddress().getPort();
    // the first follower is one of those that follow all spaces
    try (EventFollowers followers =
        EventFollowers.start(
            MemberApi.client(), List.of(url), List.of(), List.of(SPACE), "load-t", 1)) {
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> followers.told(Map.of(SPACE, head)).breaks() >= breaks);
      EventFollowers.Told told = followers.told(Map.of(SPACE, head));
      if (streams.length > 1) {
        assertThat(asked).element(1).asString().isNotEmpty();
      }
      return told;
    } finally {
      server.stop(0);
    }
  }

  @Test
  void goesOnBehindTheLastWholeEventAndFindsNothingWrong() throws IOException {
    Instant now = Instant.now();
    EventFollowers.Told told =
        told(
            3,
            2,
            "retry: 1000\nid: 1.0123456789abcdef\n\n" + commit(2, now) + "id: 3.0123456789abcdef\n",
            ":\n\n" + commit(3, now));
    assertThat(told.flaws(true)).isEmpty();
    assertThat(told.events()).isEqualTo(2);
    assertThat(told.late(60_000)).isEmpty();
  }

  @Test
  void findsAGapADoubleAResetAndWhatIsMissing() throws IOException {
    Instant before = Instant.now().minusSeconds(9);
    EventFollowers.Told told =
        told(
            5,
            1,
            commit(2, before)
                + commit(2, before)
                + commit(4, before)
                + "event: reset\ndata: {\"space\":\"load-t-0\"}\n\n");
    assertThat(told.gaps()).isEqualTo(1);
    assertThat(told.doubles()).isEqualTo(1);
    assertThat(told.behind()).isEqualTo(1);
    assertThat(told.flaws(false))
        .hasSize(3)
        .anyMatch(flaw -> flaw.contains("reset"))
        .anyMatch(flaw -> flaw.contains("missed 1 commits and were told 1 twice"));
    assertThat(told.late(8_000)).hasSize(1);
    assertThat(told.late(60_000)).isEmpty();
  }

  @Test
  void findsThatNothingHappened() throws IOException {
    assertThat(told(1, 0).flaws(true)).contains("no follower was told of anything");
  }
}
