package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.Keys;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.api.RunningServer.DeltaText;
import io.mnemogrid.api.SseClient.Event;
import io.mnemogrid.policy.ApiKey;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.Role;
import io.mnemogrid.state.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams of events: what they tell, from where, to whom, and how they end. */
class EventsIT {
  private final RunningServer api = RunningServer.shared();

  private static String path(String space, String query) {
    return "/v1/spaces/" + space + "/events" + (query.isEmpty() ? "" : "?" + query);
  }

  private SseClient open(String space, String query, String... headers) {
    return SseClient.open(api.server().getPort(), path(space, query), headers);
  }

  private void commit(String space, long from, long to) {
    for (long version = from; version <= to; version++) {
      Answer answer = api.commit(space, delta("u" + version, version - 1, "/a", "" + version));
      assertThat(answer.status()).isEqualTo(201);
    }
  }

  private static List<Long> versions(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  @Test
  void tellsEachCommitWithItsRecordAndTheTagOfItsVersion() {
    String space = api.newSpace();
    try (SseClient client = open(space, "")) {
      assertThat(client.header("content-type")).isEqualTo("text/event-stream");
      assertThat(client.header("cache-control")).isEqualTo("no-store");
      assertThat(client.header("x-accel-buffering")).isEqualTo("no");
      assertThat(client.header("content-encoding")).isEmpty();
      commit(space, 1, 3);
      for (long version = 1; version <= 3; version++) {
        Event event = client.next("commit");
        assertThat(event.data())
            .isEqualTo(api.get("/v1/spaces/" + space + "/updates/" + version).text());
        assertThat("\"" + event.id() + "\"")
            .isEqualTo(api.get("/v1/spaces/" + space + "/state?at=" + version).header("etag"));
      }
      assertThat(client.isQuiet(100)).isTrue();
    }
    try (SseClient packed = open(space, "since=0", "Accept-Encoding", "gzip")) {
      assertThat(packed.versions(3)).isEqualTo(versions(1, 3));
    }
    assertThat(api.send("HEAD", path(space, ""), "").header("content-type"))
        .isEqualTo("text/event-stream");
  }

  @Test
  void goesOnExactlyAfterTheLastId() {
    String space = api.newSpace();
    commit(space, 1, 5);
    String third;
    try (SseClient client = open(space, "since=0")) {
      assertThat(client.versions(2)).isEqualTo(versions(1, 2));
      third = client.next("commit").id();
    }
    commit(space, 6, 8);
    try (SseClient byHeader = open(space, "since=0", "Last-Event-ID", third);
        SseClient byTag = open(space, "since=" + third);
        SseClient byNumber = open(space, "since=3")) {
      commit(space, 9, 9);
      for (SseClient client : List.of(byHeader, byTag, byNumber)) {
        assertThat(client.versions(6)).isEqualTo(versions(4, 9));
        assertThat(client.isQuiet(50)).isTrue();
      }
    }
    try (SseClient fresh = open(space, "")) {
      commit(space, 10, 10);
      assertThat(fresh.versions(1)).isEqualTo(versions(10, 10));
    }
  }

  @Test
  void readsFromTheLogWhatIsNoLongerInMemory() {
    String space = api.newSpace();
    commit(space, 1, 1);
    long at = 1;
    String large = "\"" + "x".repeat(3000) + "\"";
    while (at < 1401) { // more than the 512 that a member keeps
      List<String> list = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        list.add(delta("l" + (at + i), at + i, "/l" + i % 7, i % 3 == 0 ? large : "" + i));
      }
      assertThat(api.commit(space, "[" + String.join(",", list) + "]").status()).isEqualTo(201);
      at += 200;
    }
    try (SseClient client = open(space, "since=0")) {
      assertThat(client.versions((int) at)).isEqualTo(versions(1, at));
      commit(space, at + 1, at + 1);
      assertThat(client.versions(1)).isEqualTo(versions(at + 1, at + 1));
    }
  }

  @Test
  void sendsWhatTheFiltersLetThrough() {
    String space = api.newSpace();
    try (SseClient byPath = open(space, "path=%2Fa%2Fb");
        SseClient byAuthor = open(space, "author=bot-b");
        SseClient bare = open(space, "values=no")) {
      api.commit(space, new DeltaText("u1").set("/a/b/c", "1").toString());
      api.commit(space, new DeltaText("u2").base(1).set("/other", "2").author("bot-b").toString());
      api.commit(space, new DeltaText("u3").base(2).set("/a", "{\"x\":1}").toString());
      api.commit(space, new DeltaText("u4").base(3).set("/ab", "\"hidden\"").toString());
      assertThat(byPath.versions(2)).containsExactly(1L, 3L);
      assertThat(byAuthor.versions(1)).containsExactly(2L);
      assertThat(bare.versions(3)).containsExactly(1L, 2L, 3L);
      Event last = bare.next("commit");
      assertThat(last.data()).contains("\"key\":\"/ab\"").doesNotContain("hidden");
      assertThat(byPath.isQuiet(50)).isTrue();
      assertThat(byAuthor.isQuiet(50)).isTrue();
    }
    api.get(path(space, "path=%2Fb~2")).isProblem(400, "bad-request");
    api.get(path(space, "values=maybe")).isProblem(400, "bad-request");
    api.get(path(space, "since=yesterday")).isProblem(400, "bad-request");
    api.get(path(space, "limit=3")).isProblem(400, "bad-request");
    api.get(path(space, ""), "Accept", "application/json").isProblem(406, "not-acceptable");
    api.get(path("nobody-made-it", "")).isProblem(404, "unknown-space");
  }

  @Test
  void tellsWhatLostWhatThePolicyBecameAndWhatIsFinal() {
    String space = api.newSpace();
    try (SseClient client = open(space, "")) {
      api.commit(
          space, new DeltaText("new").time("2026-02-05T19:00:52Z").set("/a", "\"new\"").toString());
      Answer old = api.commit(space, delta("old", 0, "/a", "\"lost value\""));
      assertThat(old.string("outcome")).isEqualTo("superseded");
      assertThat(client.versions(1)).containsExactly(1L);
      Event lost = client.next("superseded");
      assertThat(lost.name()).isEqualTo("superseded");
      assertThat(lost.number("version")).isEqualTo(2);
      assertThat(lost.data()).contains("\"key\":\"/a\"").doesNotContain("lost value");
      Event commit = client.next();
      assertThat(commit.name()).isEqualTo("commit");
      assertThat(commit.number("version")).isEqualTo(2);
      assertThat(commit.id()).as("only the commit has the id of its version").startsWith("2.");
      assertThat(lost.id()).startsWith("1.");
      api.commit(
          space, delta("policy", 2, "/_mnemogrid/policy", "{\"format\":\"mnemogrid-policy-1\"}"));
      assertThat(client.next("policy").number("version")).isEqualTo(3);
      assertThat(client.versions(1)).containsExactly(3L);
      api.makeFinal(space, 3);
      Event last = client.next("checkpoint");
      while (last.number("finalized_version") < 3) {
        last = client.next("checkpoint");
      }
      assertThat(last.json().get("space")).isEqualTo(Json.of(space));
    }
    try (SseClient later = open(space, "")) {
      assertThat(later.next("checkpoint").number("finalized_version")).isEqualTo(3);
    }
  }

  @Test
  void refusesAPlaceOfAnotherHistory() {
    String space = api.newSpace();
    commit(space, 1, 2);
    Answer other =
        api.get(path(space, ""), "Last-Event-ID", "2.0123456789abcdef")
            .isProblem(409, "other-history");
    assertThat("\"" + other.string("current/etag").replace("\"", "") + "\"")
        .isEqualTo(api.get("/v1/spaces/" + space + "/state").header("etag"));
    Answer ahead = api.get(path(space, "since=3")).isProblem(409, "version-ahead");
    assertThat(ahead.number("head")).isEqualTo(2);
    api.get(path(space, "since=1"), "Last-Event-ID", "one").isProblem(400, "bad-request");
  }

  private static ApiKey.Issued key(Keys keys, Role role, String spaces) {
    return keys.create(
        role.text(), new Grant(role, List.of(new Glob(spaces)), List.of(Glob.ALL)), null);
  }

  @Test
  void asksForAKeyAndTakesATicketOnceAndEndsWithTheKey() {
    RunningServer own =
        RunningServer.start(
            Map.of(
                "mnemogrid.http.max-streams-of-one", "2", "mnemogrid.http.stream-timeout", "1s"));
    try {
      own.put("/v1/spaces/team-1", "");
      own.put("/v1/spaces/other", "");
      closesWhoTakesNothing(own, "other");
      SseClient keyless = SseClient.open(own.server().getPort(), path("team-1", ""));
      Keys keys =
          own.server().getApplicationContext().getBean(Mnemogrid.class).keys().orElseThrow();
      ApiKey.Issued reader = key(keys, Role.READER, "team-*");
      ApiKey.Issued writer = key(keys, Role.WRITER, "*");
      keyless.awaitEnd(); // a key is asked for now
      String[] read = {"Authorization", "Bearer " + reader.text().whole()};
      String[] write = {"Authorization", "Bearer " + writer.text().whole()};
      own.get(path("team-1", "")).isProblem(401, "key-required");
      own.get(path("other", ""), read).isProblem(404, "unknown-space");
      Answer ticket = own.send("POST", "/v1/tickets", "", read);
      assertThat(ticket.status()).isEqualTo(201);
      assertThat(ticket.number("expires_in")).isEqualTo(30);
      assertThat(ticket.header("cache-control")).isEqualTo("no-store");
      String by = "ticket=" + ticket.string("ticket");
      own.send("POST", "/v1/tickets", "").isProblem(401, "key-required");
      own.get("/v1/spaces?" + by).isProblem(400, "bad-request");
      try (SseClient ticketed = SseClient.open(own.server().getPort(), path("team-1", by));
          SseClient keyed = SseClient.open(own.server().getPort(), path("team-1", ""), read)) {
        own.get(path("team-1", by)).isProblem(401, "ticket-unknown");
        own.get(path("team-1", ""), read).isProblem(429, "too-many-streams");
        String foreign = own.send("POST", "/v1/tickets", "", read).string("ticket");
        own.get(path("other", "ticket=" + foreign)).isProblem(404, "unknown-space");
        String beside = own.send("POST", "/v1/tickets", "", read).string("ticket");
        own.get(path("team-1", "ticket=" + beside), read).isProblem(401, "ticket-unknown");
        assertThat(own.commit("team-1", delta("u1", 0, "/a", "1"), write).status()).isEqualTo(201);
        assertThat(ticketed.versions(1)).containsExactly(1L);
        assertThat(keyed.versions(1)).containsExactly(1L);
        keys.revoke(reader.key().id());
        ticketed.awaitEnd();
        keyed.awaitEnd();
        assertThat(keyed.comments()).as("it says why").isEqualTo(1);
      }
      try (SseClient again = SseClient.open(own.server().getPort(), path("team-1", ""), write);
          SseClient second = SseClient.open(own.server().getPort(), path("team-1", ""), write)) {
        own.get(path("team-1", ""), write).isProblem(429, "too-many-streams");
        second.close();
        await()
            .atMost(RunningServer.PATIENCE)
            .untilAsserted(() -> {
              // a place is free once the server has seen that the client is gone
              own.commit("team-1", delta("u" + System.nanoTime(), 1, "/b", "1"), write);
              SseClient.open(own.server().getPort(), path("team-1", ""), write).close();
            });
        assertThat(again.versions(1)).containsExactly(2L);
      }
    } finally {
      Server.stop(own.server());
    }
  }

  private static Socket opened(int port, String path) throws IOException {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    String request = "GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n";
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static void closesWhoTakesNothing(RunningServer own, String space) {
    String value = "\"" + "z".repeat(200_000) + "\"";
    for (int i = 1; i <= 20; i++) {
      own.commit(space, delta("z" + i, i - 1, "/z", value));
    }
    try (Socket slow = opened(own.server().getPort(), path(space, "since=0"))) {
      own.awaitMetrics(
          metrics -> assertThat(metrics).contains("mnemogrid_http_streams_stalled_total 1.0"));
      own.awaitMetrics(metrics -> assertThat(metrics).contains("mnemogrid_http_streams 0.0"));
      assertThat(slow.isConnected()).isTrue();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Two servers on one store, of which one ends: its clients go on at the other, without a gap. */
  @Test
  void whoLosesItsMemberGoesOnAtAnother(@TempDir Path data) throws Exception {
    Map<String, Object> settings = Map.of("mnemogrid.data", data.toString());
    RunningServer one = RunningServer.start(settings);
    RunningServer other = RunningServer.start(settings);
    AtomicBoolean stop = new AtomicBoolean();
    try {
      one.put("/v1/spaces/s", "");
      Thread writer =
          Thread.ofVirtual()
              .start(() -> {
                for (int i = 0; !stop.get(); i++) {
                  other.commit("s", delta("w" + i, 0, "/w" + i, "1"));
                }
              });
      List<Long> got = new ArrayList<>();
      String last = "";
      try (SseClient client = SseClient.open(one.server().getPort(), path("s", "since=0"))) {
        got.addAll(client.versions(60));
        Thread.ofVirtual().start(() -> Server.stop(one.server()));
        for (Event next = client.next(); !next.equals(Event.END); next = client.next()) {
          if (next.name().equals("commit")) {
            got.add(next.number("version"));
          }
        }
        last = client.lastId();
      }
      int more = got.size() + 60;
      try (SseClient client =
          SseClient.open(other.server().getPort(), path("s", ""), "Last-Event-ID", last)) {
        got.addAll(client.versions(more - got.size()));
      }
      assertThat(got).isEqualTo(versions(1, more));
      stop.set(true);
      writer.join();
    } finally {
      stop.set(true);
      Server.stop(other.server());
    }
  }

  /** Who takes nothing holds up nobody, and gets all of it once it reads. */
  @Test
  void aClientThatDoesNotReadHarmsNobodyAndMissesNothing() throws IOException {
    String space = api.newSpace();
    String value = "\"" + "y".repeat(200_000) + "\"";
    try (Socket slow = opened(api.server().getPort(), path(space, "since=0"))) {
      try (SseClient reader = open(space, "")) {
        for (int i = 1; i <= 40; i++) { // 8 MB: more than all buffers on the way
          api.commit(space, delta("b" + i, i - 1, "/b", value));
        }
        assertThat(reader.versions(40)).isEqualTo(versions(1, 40));
      }
      StringBuilder text = new StringBuilder();
      byte[] part = new byte[65_536];
      slow.setSoTimeout(60_000);
      while (!text.toString().contains("\nid: 40.") && text.length() < 20_000_000) {
        int count = slow.getInputStream().read(part);
        assertThat(count).isPositive();
        String read = new String(part, 0, count, StandardCharsets.UTF_8);
        text.append(read.replaceAll("y{50,}", "y")); // the ids matter here
      }
      List<Long> ids =
          text.toString()
              .lines()
              .filter(line -> line.matches("id: [1-9][0-9]*\\..*"))
              .map(line -> Long.parseLong(line.substring(4, line.indexOf('.'))))
              .toList();
      assertThat(ids).isEqualTo(versions(1, 40));
    }
  }
}
