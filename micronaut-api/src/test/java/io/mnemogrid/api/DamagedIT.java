package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.state.Json;
import java.io.UncheckedIOException;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A space whose log somebody spoilt under a running member: every call says so, none is a 500. */
class DamagedIT {
  private RunningServer api = RunningServer.start(Map.of());

  @AfterEach
  void stop() {
    Server.stop(api.server());
  }

  /** Commits eight versions, of which each sets a path of its own. */
  private String eightVersions() {
    String space = api.newSpace();
    for (int n = 1; n <= 8; n++) {
      api.commit(space, delta("u" + n, n - 1, "/k" + n, Integer.toString(n)));
    }
    return space;
  }

  private static String rows(String space) {
    return " WHERE space = (SELECT id FROM space WHERE name = '" + space + "')";
  }

  private void finalize(String space, long version) {
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> {
          api.send("POST", "/v1/checkpoints", "");
          return api.get("/v1/spaces/" + space).number("finalized_version") >= version;
        });
  }

  private final String folder =
      api.server()
          .getApplicationContext()
          .getProperty("mnemogrid.data", String.class)
          .orElseThrow();

  private void spoil(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:sqlite:" + folder + "/mnemogrid.db?busy_timeout=60000");
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate(sql)).isPositive();
    }
  }

  private static void isDamaged(Answer answer, String space, long version) {
    answer.isProblem(503, "log-damaged");
    assertThat(answer.string("space")).isEqualTo(space);
    assertThat(answer.number("version")).isEqualTo(version);
    assertThat(answer.string("hint")).contains("./mnemogrid fsck").doesNotContain("again");
    assertThat(answer.header("retry-after")).as("it does not mend itself").isEmpty();
  }

  /** A clean end would be taken for the whole history. */
  @Test
  void aStreamThatMeetsDamageFurtherOnBreaksOff() throws SQLException {
    String space = api.newSpace();
    for (int list = 0; list < 3; list++) {
      List<String> deltas = new ArrayList<>();
      for (int n = 0; n < 150; n++) {
        deltas.add(delta("u" + list + "-" + n, 0, "/k" + list + "/n" + n, "1"));
      }
      assertThat(api.commit(space, deltas.toString()).status()).isEqualTo(201);
    }
    String all = "/v1/spaces/" + space + "/updates";
    assertThat(api.get(all, "Accept", "application/x-ndjson").text().lines()).hasSize(450);
    spoil("UPDATE update_log SET record = x'7b7d' WHERE version = 430");
    long began = System.nanoTime();
    assertThatThrownBy(() -> api.get(all, "Accept", "application/x-ndjson"))
        .isInstanceOf(UncheckedIOException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(60));
    isDamaged(api.get(all + "?since=425", "Accept", "application/x-ndjson"), space, 430);
  }

  private byte[] record(String space, long version) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder + "/mnemogrid.db");
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT record FROM update_log" + rows(space) + " AND version = " + version)) {
      return rows.getBytes(1);
    }
  }

  @Test
  void aStreamOfEventsWaitsAtDamageAndGoesOnOnceItIsMended() throws SQLException {
    String space = api.newSpace();
    for (int list = 0; list < 5; list++) { // more than the 4,096 that a member has in memory
      List<String> deltas = new ArrayList<>();
      for (int n = 0; n < 1000; n++) {
        deltas.add(delta("u" + list + "-" + n, 0, "/k" + list + "/n" + n, "1"));
      }
      assertThat(api.commit(space, deltas.toString()).status()).isEqualTo(201);
    }
    String whole = HexFormat.of().formatHex(record(space, 50));
    String damage = "UPDATE update_log SET record = x'%s'" + rows(space) + " AND version = 50";
    spoil(damage.formatted("7b7d"));
    String other = api.newSpace();
    int port = api.server().getPort();
    try (SseClient client = SseClient.open(port, "/v1/spaces/" + space + "/events?since=0");
        SseClient many = SseClient.open(port, "/v1/events?spaces=s*&since=0")) {
      for (SseClient each : List.of(client, many)) {
        assertThat(each.versions(49)).endsWith(49L);
        SseClient.Event held = each.next("held");
        assertThat(held.number("version")).isEqualTo(50);
        assertThat(held.json().get("space")).isEqualTo(Json.of(space));
        assertThat(held.json().get("ended")).isEqualTo(Json.of(false));
        assertThat(each.isQuiet(250)).isTrue();
      }
      api.commit(other, delta("beside", 0, "/a", "1"));
      assertThat(many.next("commit").json().text("space"))
          .as("one damaged space does not hold up the others")
          .isEqualTo(other);
      spoil(damage.formatted(whole));
      for (SseClient each : List.of(client, many)) {
        SseClient.Event mended = each.next("held");
        while (!mended.json().text("by").equals("log")
            || Json.of(false).equals(mended.json().get("ended"))) {
          mended = each.next("held"); // the audit finds the same, sooner or later than the log
        }
        assertThat(mended.number("version")).isEqualTo(50);
        assertThat(each.versions(4951)).startsWith(50L, 51L).endsWith(5000L);
      }
    }
  }

  /** What a stream tells of both who may hold a space up, in whatever order. */
  private static Map<String, SseClient.Event> held(SseClient client, boolean isEnded) {
    Map<String, SseClient.Event> told = new HashMap<>();
    while (told.size() < 2) {
      SseClient.Event next = client.next("held");
      if (next.json().get("ended") instanceof Json.Bool ended && ended.value() == isEnded) {
        told.put(next.json().text("by"), next);
      }
    }
    assertThat(told).containsOnlyKeys("audit", "checkpoint");
    return told;
  }

  /** The row of the audit is written here, for the audit alone would need a damaged store. */
  @Test
  void streamsTellWhatTheAuditFoundAndWhatIsHeldUpAndTheirEnd() throws Exception {
    String space = api.newSpace();
    api.newSpace();
    api.commit(space, delta("u1", 0, "/a", "1"));
    finalize(space, 1);
    api.commit(space, delta("u2", 1, "/a", "2"));
    String head = "/v1/spaces/" + space;
    await()
        .atMost(RunningServer.PATIENCE)
        .until(() -> api.get(head).number("audited_version") == 2);
    int port = api.server().getPort();
    AtomicBoolean isDone = new AtomicBoolean();
    Thread asks =
        Thread.ofVirtual()
            .start(() -> {
              while (!isDone.get()) {
                api.send("POST", "/v1/checkpoints", "");
                LockSupport.parkNanos(Duration.ofMillis(300).toNanos());
              }
            });
    try (SseClient one = SseClient.open(port, head + "/events");
        SseClient many = SseClient.open(port, "/v1/events")) {
      String row = " WHERE space = '" + space + "' AND version = 2";
      spoil("UPDATE verified_head SET problem = 'version 2 has another root'" + row);
      for (SseClient client : List.of(one, many)) {
        Map<String, SseClient.Event> told = held(client, false);
        told.forEach((by, event) -> {
          assertThat(event.json().text("space")).isEqualTo(space);
          assertThat(event.number("version")).isEqualTo(2);
          assertThat(event.json().text("detail"))
              .isEqualTo((by.equals("audit") ? "" : "recomputed: ") + "version 2 has another root");
        });
      }
      try (SseClient later = SseClient.open(port, head + "/events")) {
        held(later, false);
      }
      spoil("UPDATE verified_head SET problem = NULL" + row);
      api.commit(space, delta("u3", 2, "/a", "3"));
      for (SseClient client : List.of(one, many)) {
        held(client, true);
      }
    } finally {
      isDone.set(true);
      asks.join();
    }
  }

  private String head(String space, String column) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder + "/mnemogrid.db");
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT quote(" + column + ") FROM space WHERE name = '" + space + "'")) {
      return rows.getString(1);
    }
  }

  /** The rows are put back under the running member, as who restores a copy of a database does. */
  @Test
  void followersOfARestoredStoreAreToldAndGoOn() throws SQLException {
    String back = api.newSpace();
    String gone = api.newSpace();
    String same = api.newSpace();
    for (String space : List.of(back, gone, same)) {
      api.commit(space, delta("u1", 0, "/a", "1"));
      api.commit(space, delta("u2", 1, "/a", "2"));
    }
    List<String> older = new ArrayList<>();
    for (String column : List.of("version", "root", "leaf_hash", "committed", "last_row")) {
      older.add(column + " = " + head(back, column));
    }
    api.commit(back, delta("u3", 2, "/a", "3"));
    api.commit(back, delta("u4", 3, "/a", "4"));
    int port = api.server().getPort();
    String events = "/v1/spaces/" + back + "/events";
    String lastOne;
    String lastOfMany;
    try (SseClient one = SseClient.open(port, events + "?since=0");
        SseClient many = SseClient.open(port, "/v1/events?since=0")) {
      assertThat(one.versions(4)).containsExactly(1L, 2L, 3L, 4L);
      many.versions(8);
      lastOne = one.lastId();
      lastOfMany = many.lastId();
      spoil("DELETE FROM update_log" + rows(back) + " AND version > 2");
      spoil(
          "UPDATE space SET changed = (SELECT max(changed) + 1 FROM space), "
              + String.join(", ", older)
              + " WHERE name = '"
              + back
              + "'");
      SseClient.Event reset = one.next("reset");
      assertThat(reset.number("version")).isEqualTo(2);
      assertThat(reset.json().text("code")).isEqualTo("other-history");
      assertThat(one.next()).isEqualTo(SseClient.Event.END);
      SseClient.Event ofMany = many.next("reset");
      assertThat(ofMany.json().text("space")).isEqualTo(back);
      assertThat(ofMany.number("version")).isEqualTo(2);
      spoil("DELETE FROM update_log" + rows(gone));
      spoil("DELETE FROM space WHERE name = '" + gone + "'");
      SseClient.Event end = many.next("reset");
      assertThat(end.json().text("space")).isEqualTo(gone);
      assertThat(end.number("version")).isZero();
      api.commit(same, delta("u3", 2, "/a", "3"));
      assertThat(many.next("commit").json().text("space")).isEqualTo(same);
      api.get(events, "Last-Event-ID", lastOne).isProblem(409, "version-ahead");
      api.commit(back, delta("other-3", 2, "/b", "3"));
      api.commit(back, delta("other-4", 3, "/b", "4"));
      assertThat(many.versions(2)).containsExactly(3L, 4L);
      assertThat(api.put("/v1/spaces/" + gone, "").status()).isEqualTo(201);
      api.commit(gone, delta("again", 0, "/a", "1"));
      SseClient.Event again = many.next("commit");
      assertThat(again.json().text("space")).isEqualTo(gone);
      assertThat(again.number("version")).isEqualTo(1);
    }
    Answer refused = api.get(events, "Last-Event-ID", lastOne).isProblem(409, "other-history");
    assertThat(refused.number("current/version")).isEqualTo(4);
    try (SseClient many = SseClient.open(port, "/v1/events", "Last-Event-ID", lastOfMany)) {
      List<String> told = new ArrayList<>();
      while (told.size() < 3) {
        SseClient.Event next = many.next();
        // a checkpoint may be made at any time, and the audit may find what was put back
        if (!Set.of("checkpoint", "held").contains(next.name())) {
          told.add(next.name() + " " + next.json().text("space"));
        }
      }
      assertThat(told)
          .containsExactlyInAnyOrder("reset " + back, "reset " + gone, "commit " + same);
      api.commit(back, delta("u5", 4, "/b", "5"));
      assertThat(many.versions(1)).containsExactly(5L);
    }
  }

  @Test
  void saysWhatIsDamagedAndServesTheRest() throws SQLException {
    String space = eightVersions();
    String other = api.newSpace();
    finalize(space, 8);
    spoil("UPDATE update_log SET record = x'7b7d'" + rows(space) + " AND version = 5");
    String url = "/v1/spaces/" + space;
    for (String read :
        List.of(
            "/updates/5",
            "/updates?since=4",
            "/updates?update_id=u5",
            "/state?at=5",
            "/history",
            "/diff?from=2&to=7",
            "/proofs/update?version=5",
            "/proofs/fact?path=/k5&at=5")) {
      isDamaged(api.get(url + read), space, 5);
    }
    isDamaged(api.get(url + "/updates?since=4", "Accept", "application/x-ndjson"), space, 5);
    assertThat(api.get(url + "/state?path=/k5").text()).as("from memory").isEqualTo("5");
    assertThat(api.get(url + "/blame?path=/k5").number("update/version")).isEqualTo(5);
    assertThat(api.commit(space, delta("u9", 8, "/k9", "9")).status()).isEqualTo(201);

    String third = api.newSpace();
    api.commit(third, delta("u1", 0, "/k1", "1"));
    spoil(
        "UPDATE space SET changed = (SELECT max(changed) + 1 FROM space), leaf_hash = zeroblob(32) WHERE name = '"
            + third
            + "'");
    isDamaged(api.commit(third, delta("u2", 1, "/k2", "2")), third, 1);
    isDamaged(api.commit(third, "[" + delta("u3", 1, "/k3", "3") + "]"), third, 1);
    isDamaged(
        api.send(
            "POST",
            "/v1/spaces/" + third + "/rollback",
            "{\"to\":0,\"author\":\"bot-a\",\"update_id\":\"back\"}",
            "Content-Type",
            "application/json"),
        third,
        1);
    assertThat(api.commit(other, delta("u1", 0, "/k", "1")).status()).isEqualTo(201);
    showsDegraded(
        api,
        "space " + space + ", version 5",
        "space " + third + ", version 1",
        "./mnemogrid fsck");
    assertThat(api.get("/v1/spaces").text()).contains("\"" + space + "\"", "\"" + other + "\"");
  }

  @Test
  void aVersionThatIsMissingIsNoEndOfTheHistory() throws SQLException {
    String space = eightVersions();
    String url = "/v1/spaces/" + space;
    finalize(space, 8);
    spoil("DELETE FROM update_log" + rows(space) + " AND version = 5");
    for (String read :
        List.of(
            "/updates/5",
            "/updates?since=4&limit=1",
            "/updates?since=4",
            "/updates",
            "/state?at=6",
            "/history",
            "/diff?from=2&to=7",
            "/proofs/update?version=5",
            "/proofs/update?version=3",
            "/proofs/fact?path=/k5&at=5",
            "/proofs/fact?path=/k3&at=3",
            "/proofs/consistency?from=2")) {
      isDamaged(api.get(url + read), space, 5);
    }
    isDamaged(api.get(url + "/updates?since=4", "Accept", "application/x-ndjson"), space, 5);
    assertThat(api.get(url + "/updates?since=3&limit=1").string("next")).isEqualTo("4");
    assertThat(api.get(url + "/updates?since=5").at("items/2/version").canonical()).isEqualTo("8");
    assertThat(api.get(url + "/updates/4").number("version")).isEqualTo(4);
    assertThat(api.get(url + "/proofs/fact?path=/k3").status()).as("from memory").isEqualTo(200);

    spoil("DELETE FROM update_log" + rows(space) + " AND version = 8");
    isDamaged(api.get(url + "/updates/8"), space, 8);
    isDamaged(api.get(url + "/updates?since=7&limit=1"), space, 8);
    isDamaged(api.get(url + "/updates?since=7", "Accept", "application/x-ndjson"), space, 8);
    api.get(url + "/updates/9").isProblem(404, "unknown-version");
    assertThat(api.get(url + "/updates?since=8").text()).contains("\"items\":[]");
  }

  /** Pages of such records have one each, and none has a gap. */
  @Test
  void aStreamOfLargeRecordsThatMeetsAGapBreaksOff() throws SQLException {
    String space = api.newSpace();
    String leaf = "\"" + "x".repeat(250_000) + "\"";
    for (int n = 1; n <= 6; n++) {
      String value = "{\"a\":%1$s,\"b\":%1$s,\"c\":%1$s,\"d\":%1$s}".formatted(leaf);
      assertThat(api.commit(space, delta("u" + n, n - 1, "/k" + n, value)).status()).isEqualTo(201);
    }
    spoil("DELETE FROM update_log" + rows(space) + " AND version = 6");
    String all = "/v1/spaces/" + space + "/updates";
    assertThatThrownBy(() -> api.get(all, "Accept", "application/x-ndjson"))
        .isInstanceOf(UncheckedIOException.class);
  }

  @Test
  void startsOnADamagedStoreAndServesWhatIsWhole() throws Exception {
    String whole = eightVersions();
    String unreadable = eightVersions();
    String cut = eightVersions();
    String nameless = eightVersions();
    Server.stop(api.server());
    spoil("UPDATE update_log SET record = x'7b7d'" + rows(unreadable) + " AND version = 5");
    spoil("DELETE FROM update_log" + rows(cut) + " AND version >= 7");
    spoil(
        "UPDATE space SET changed = (SELECT max(changed) + 1 FROM space), name = 'No Name' WHERE name = '"
            + nameless
            + "'");

    api = RunningServer.start(Map.of("mnemogrid.data", folder));
    assertThat(api.get("/v1/spaces/" + whole + "/state?path=/k5").text()).isEqualTo("5");
    assertThat(api.commit(whole, delta("u9", 8, "/k9", "9")).status()).isEqualTo(201);
    assertThat(api.get("/v1/spaces/" + whole + "/updates/9").status()).isEqualTo(200);
    Map<String, Long> damaged = Map.of(unreadable, 5L, cut, 7L);
    damaged.forEach((space, version) -> {
      for (String read : List.of("", "/state", "/updates/3", "/summary", "/history")) {
        isDamaged(api.get("/v1/spaces/" + space + read), space, version);
      }
      isDamaged(api.commit(space, delta("u9", 8, "/k9", "9")), space, version);
      assertThat(api.get("/v1/spaces").text()).contains("space " + space + ", version " + version);
    });
    api.get("/v1/spaces/" + nameless).isProblem(404, "unknown-space");
    showsDegraded(
        api,
        "space " + unreadable + ", version 5",
        "space " + cut + ", version 7",
        "No Name",
        "./mnemogrid fsck");
    assertThat(api.get("/health/readiness").status()).isEqualTo(200);
    await()
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() ->
            assertThat(api.get("/health").text())
                .as("the audit found it too, and rests")
                .contains(cut + ": space " + cut + ", version 7: is missing"));
  }

  /** A part that does not answer in time is down for a moment. */
  private static void showsDegraded(RunningServer api, CharSequence... details) {
    await()
        .atMost(RunningServer.PATIENCE)
        .untilAsserted(() -> {
          Answer health = api.get("/health");
          assertThat(health.status()).isEqualTo(200);
          assertThat(health.string("status")).isEqualTo("degraded");
          assertThat(health.text()).contains(details);
        });
  }
}
