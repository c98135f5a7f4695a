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
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
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
    String whole = api.get("/v1/spaces/" + space + "/state").header("etag").replace("\"", "");
    for (String since : List.of("10", whole)) { // the place is one that a client can come back to
      try (SseClient client = open(space, "since=" + since)) {
        await().atMost(RunningServer.PATIENCE).until(() -> client.lastId().equals(whole));
      }
    }
  }

  private static String place(Event commit) {
    return commit.json().text("space") + " " + commit.number("version");
  }

  private List<String> places(SseClient client, int count) {
    List<String> got = new ArrayList<>();
    while (got.size() < count) {
      got.add(place(client.next("commit")));
    }
    return got;
  }

  private SseClient many(String query, String... headers) {
    return SseClient.open(api.server().getPort(), "/v1/events?" + query, headers);
  }

  private void make(String... spaces) {
    for (String space : spaces) {
      assertThat(api.put("/v1/spaces/" + space, "").status()).isEqualTo(201);
    }
  }

  /** What was told of each space is its versions from the first that it tells, without a gap. */
  private static void isGapless(List<String> got, Map<String, Long> from) {
    Map<String, Long> at = new HashMap<>(from);
    for (String place : got) {
      String space = place.substring(0, place.indexOf(' '));
      long next = at.getOrDefault(space, 0L) + 1;
      assertThat(place).as("in %s", got).isEqualTo(space + " " + next);
      at.put(space, next);
    }
  }

  @Test
  void tellsOfManySpacesInOneStreamAndGoesOnBehindEachOfThem() {
    make("many.a", "many.b", "manyx");
    commit("many.a", 1, 2);
    List<Event> got = new ArrayList<>();
    try (SseClient client = many("spaces=many.*");
        SseClient all = many("spaces=many.*&since=0")) {
      assertThat(client.header("content-type")).isEqualTo("text/event-stream");
      assertThat(client.header("cache-control")).isEqualTo("no-store");
      commit("many.a", 3, 3);
      commit("manyx", 1, 1);
      commit("many.b", 1, 2);
      make("many.c");
      commit("many.c", 1, 2);
      commit("many.a", 4, 4);
      for (int i = 0; i < 6; i++) {
        got.add(client.next("commit"));
      }
      for (Event event : got) {
        String record =
            "/v1/spaces/" + event.json().text("space") + "/updates/" + event.number("version");
        assertThat(event.data()).isEqualTo(api.get(record).text());
      }
      assertThat(client.isQuiet(100)).isTrue();
      isGapless(got.stream().map(EventsIT::place).toList(), Map.of("many.a", 2L));
      isGapless(places(all, 8), Map.of());
      assertThat(all.isQuiet(50)).isTrue();
      // two that were asked for the same have told it in an order of their own
      assertThat(all.lastId()).isEqualTo(client.lastId()).startsWith("m1.");
    }
    commit("many.b", 3, 3);
    make("many.d");
    commit("many.d", 1, 1);
    for (int heard = 1; heard <= got.size(); heard++) {
      Map<String, Long> from = new HashMap<>(Map.of("many.a", 2L));
      got.subList(0, heard)
          .forEach(each -> from.put(each.json().text("space"), each.number("version")));
      String id = got.get(heard - 1).id();
      int rest = got.size() - heard + 2;
      try (SseClient byHeader = many("spaces=many.*&since=0", "Last-Event-ID", id);
          SseClient byQuery = many("spaces=many.*&since=" + id)) {
        for (SseClient client : List.of(byHeader, byQuery)) {
          isGapless(places(client, rest), from);
          assertThat(client.isQuiet(20)).isTrue();
        }
      }
    }
    try (SseClient narrower = many("spaces=many.b", "Last-Event-ID", got.getLast().id())) {
      assertThat(places(narrower, 1)).containsExactly("many.b 3");
    }
  }

  @Test
  void filtersManySpacesAndTellsTheFurtherEventsOfEach() {
    make("mixed.a", "mixed.b");
    try (SseClient byAuthor = many("spaces=mixed.*&author=bot-b&values=no");
        SseClient byPath = many("spaces=mixed.*&path=%2Fa");
        SseClient client = many("spaces=mixed.*")) {
      api.commit(
          "mixed.a", new DeltaText("u1").time("2026-02-05T19:00:52Z").set("/a", "1").toString());
      api.commit("mixed.a", delta("u2", 0, "/a", "\"lost value\""));
      api.commit("mixed.b", new DeltaText("u3").set("/b", "\"x y\"").author("bot-b").toString());
      Event lost = client.next("superseded");
      assertThat(lost.json().text("space")).isEqualTo("mixed.a");
      assertThat(lost.number("version")).isEqualTo(2);
      assertThat(place(client.next())).isEqualTo("mixed.a 2");
      assertThat(place(client.next("commit"))).isEqualTo("mixed.b 1");
      Event other = byAuthor.next("commit");
      assertThat(place(other)).isEqualTo("mixed.b 1");
      assertThat(other.data()).contains("/b").doesNotContain("x y");
      assertThat(places(byPath, 1)).containsExactly("mixed.a 1"); // the other write lost
      api.makeFinal("mixed.b", 1);
      Event last = client.next("checkpoint");
      while (!last.json().text("space").equals("mixed.b")) {
        last = client.next("checkpoint");
      }
      assertThat(last.number("finalized_version")).isEqualTo(1);
      assertThat(byPath.isQuiet(20)).isTrue();
      assertThat(byAuthor.isQuiet(20)).isTrue();
    }
    api.get("/v1/events?spaces=No+Name").isProblem(400, "bad-request");
    api.get("/v1/events?since=1").isProblem(400, "bad-request");
    api.get("/v1/events?since=m1.AB").isProblem(400, "bad-request");
    api.get("/v1/events", "Last-Event-ID", "1.0123456789abcdef").isProblem(400, "bad-request");
    api.get("/v1/events?limit=1").isProblem(400, "bad-request");
    api.get("/v1/events", "Accept", "application/json").isProblem(406, "not-acceptable");
    assertThat(api.send("HEAD", "/v1/events?spaces=mixed.*", "").header("content-type"))
        .isEqualTo("text/event-stream");
  }

  @Test
  void readsFromTheLogWhatIsNoLongerInMemory() {
    String space = api.newSpace();
    commit(space, 1, 1);
    long at = 1;
    String large = "\"" + "x".repeat(8000) + "\"";
    while (at < 1401) { // of which a member keeps 8 MiB, and here they are twice that
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
                "mnemogrid.http.max-streams-of-one", "3", "mnemogrid.http.stream-timeout", "1s"));
    try {
      own.put("/v1/spaces/team-1", "");
      own.put("/v1/spaces/other", "");
      closesWhoTakesNothing(own, "other");
      refusesTooManySpaces(own);
      SseClient keyless = SseClient.open(own.server().getPort(), path("team-1", ""));
      Keys keys =
          own.server().getApplicationContext().getBean(Mnemogrid.class).keys().orElseThrow();
      ApiKey.Issued reader = key(keys, Role.READER, "team-*");
      ApiKey.Issued writer = key(keys, Role.WRITER, "*");
      keyless.awaitEnd(); // a key is asked for now
      String[] read = {"Authorization", "Bearer " + reader.text().whole()};
      String[] write = {"Authorization", "Bearer " + writer.text().whole()};
      own.get(path("team-1", "")).isProblem(401, "key-required");
      own.get("/v1/events").isProblem(401, "key-required");
      own.get(path("other", ""), read).isProblem(404, "unknown-space");
      Answer ticket = own.send("POST", "/v1/tickets", "", read);
      assertThat(ticket.status()).isEqualTo(201);
      assertThat(ticket.number("expires_in")).isEqualTo(30);
      assertThat(ticket.header("cache-control")).isEqualTo("no-store");
      String by = "ticket=" + ticket.string("ticket");
      own.send("POST", "/v1/tickets", "").isProblem(401, "key-required");
      own.get("/v1/spaces?" + by).isProblem(400, "bad-request");
      try (SseClient ticketed = SseClient.open(own.server().getPort(), path("team-1", by));
          SseClient keyed = SseClient.open(own.server().getPort(), path("team-1", ""), read);
          SseClient many = SseClient.open(own.server().getPort(), "/v1/events", read)) {
        own.get(path("team-1", by)).isProblem(401, "ticket-unknown");
        own.get(path("team-1", ""), read).isProblem(429, "too-many-streams");
        String foreign = own.send("POST", "/v1/tickets", "", read).string("ticket");
        own.get(path("other", "ticket=" + foreign)).isProblem(404, "unknown-space");
        String beside = own.send("POST", "/v1/tickets", "", read).string("ticket");
        own.get(path("team-1", "ticket=" + beside), read).isProblem(401, "ticket-unknown");
        assertThat(own.commit("team-1", delta("u1", 0, "/a", "1"), write).status()).isEqualTo(201);
        assertThat(ticketed.versions(1)).containsExactly(1L);
        assertThat(keyed.versions(1)).containsExactly(1L);
        assertThat(own.send("PUT", "/v1/spaces/team-2", "", write).status()).isEqualTo(201);
        own.commit("other", delta("secret", 20, "/a", "1"), write);
        own.commit("team-2", delta("u2", 0, "/a", "1"), write);
        assertThat(places(many, 2)).containsExactly("team-1 1", "team-2 1");
        assertThat(many.isQuiet(50)).as("nothing of a space that is not granted").isTrue();
        keys.revoke(reader.key().id());
        ticketed.awaitEnd();
        keyed.awaitEnd();
        many.awaitEnd();
        assertThat(many.comments()).isEqualTo(1);
        assertThat(keyed.comments()).as("it says why").isEqualTo(1);
      }
      try (SseClient again = SseClient.open(own.server().getPort(), path("team-1", ""), write);
          SseClient third = SseClient.open(own.server().getPort(), path("team-1", ""), write);
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
        assertThat(third.versions(1)).containsExactly(2L);
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

  /** 16 spaces count as a stream, of which one caller may have three here. */
  private void refusesTooManySpaces(RunningServer own) {
    int port = own.server().getPort();
    Mnemogrid grid = own.server().getApplicationContext().getBean(Mnemogrid.class);
    for (int i = 0; i < 47; i++) {
      grid.createSpace(SpaceName.of("w" + i), "{}");
    }
    try (SseClient wide = SseClient.open(port, "/v1/events?spaces=w*")) {
      assertThat(own.get("/v1/events?spaces=w1").isProblem(429, "too-many-streams").number("limit"))
          .isEqualTo(3);
      own.put("/v1/spaces/w47", "");
      own.commit("w47", delta("u1", 0, "/a", "1"));
      assertThat(places(wide, 1)).containsExactly("w47 1");
      own.put("/v1/spaces/w48", "");
      wide.awaitEnd();
      assertThat(wide.comments()).as("it says why").isEqualTo(1);
    }
    Answer tooMany = own.get("/v1/events?spaces=w*").isProblem(429, "too-many-streams");
    assertThat(tooMany.string("detail")).contains("counts as 4");
    for (int i = 49; i < 257; i++) {
      grid.createSpace(SpaceName.of("w" + i), "{}");
    }
    Answer tooWide = own.get("/v1/events?spaces=w*").isProblem(400, "stream-too-wide");
    assertThat(tooWide.number("limit")).isEqualTo(256);
    assertThat(tooWide.string("hint")).contains("spaces=");
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

  /**
   * More is followed than may be kept, so what is followed is evicted too, and is told all same.
   */
  @Test
  void aSpaceThatIsEvictedWhileItIsFollowedIsToldWhole() {
    RunningServer own =
        RunningServer.start(Map.of("mnemogrid.max-grid-bytes", "40000")); // some 40 documents
    try {
      int spaces = 100;
      for (int i = 0; i < spaces; i++) {
        own.put("/v1/spaces/e" + i, "");
      }
      int port = own.server().getPort();
      try (SseClient all = SseClient.open(port, "/v1/events?spaces=e*");
          SseClient one = SseClient.open(port, path("e7", "since=0"))) {
        for (int version = 1; version <= 3; version++) {
          for (int i = 0; i < spaces; i++) {
            Answer answer = own.commit("e" + i, delta("u" + version, version - 1, "/a", "1"));
            assertThat(answer.status()).isEqualTo(201);
          }
        }
        assertThat(one.versions(3)).isEqualTo(versions(1, 3));
        Map<String, Long> from = new HashMap<>();
        for (int i = 0; i < spaces; i++) {
          from.put("e" + i, 0L);
        }
        List<String> got = places(all, 3 * spaces);
        isGapless(got, from);
        String health = own.get("/health").text();
        assertThat(health).containsPattern("[1-9][0-9]{2,} were evicted");
      }
    } finally {
      Server.stop(own.server());
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
