package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.CommitResult;
import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.api.RunningServer.DeltaText;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/** What an answer holds at most, in bytes as well as in items. */
class BoundsIT {
  private static final int MOST_OF_AN_ANSWER = 8 << 20;

  private final RunningServer api = RunningServer.shared();

  private static String updates(String space) {
    return "/v1/spaces/" + space + "/updates";
  }

  private static List<Json> items(Answer answer) {
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.response().body().length).isLessThan(MOST_OF_AN_ANSWER);
    return ((Json.Arr) answer.at("items")).items();
  }

  /** A delta that sets so many leaves of so many characters. */
  private static String large(String id, long base, String path, int leaves, int characters) {
    DeltaText delta = new DeltaText(id).base(base);
    for (int i = 0; i < leaves; i++) {
      delta.set(path + "/" + i, '"' + "x".repeat(characters) + '"');
    }
    return delta.toString();
  }

  @Test
  void pagesOfLargeRecordsEndByTheirBytes() {
    String space = api.newSpace();
    for (int i = 1; i <= 6; i++) {
      int leaves = i == 3 ? 1 : 12; // two small ones fit beside each other, two large ones do not
      Answer told = api.commit(space, large("p-" + i, i - 1, "/k" + i, leaves, 250_000));
      assertThat(told.status()).isEqualTo(201);
    }
    for (String pages :
        List.of(updates(space) + "?since=", "/v1/spaces/" + space + "/history?path=&cursor=")) {
      List<Long> versions = new ArrayList<>();
      long at = 0;
      do {
        Answer page = api.get(pages + at);
        List<Json> items = items(page);
        assertThat(items).isNotEmpty();
        assertThat(items.size() == 1 || page.response().body().length < LogReader.PAGE_BYTES + 1000)
            .isTrue();
        items.forEach(item -> versions.add(Update.parse(item.canonical()).version()));
        at = page.at("next") instanceof Json.Null ? 0 : page.number("next");
      } while (at != 0);
      assertThat(versions).as(pages).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    }
    assertThat(
            api.get(updates(space), "Accept", "application/x-ndjson")
                .text()
                .lines()
                .map(line -> Update.parse(line).version()))
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
  }

  @Test
  void tellsTwentyMissedUpdatesAtMost() {
    String space = api.newSpace();
    for (int i = 1; i <= 25; i++) {
      api.commit(space, delta("m-" + i, i - 1, "/k" + i, "1"));
    }
    Answer answer = api.commit(space, delta("m-late", 0, "/late", "1"));
    assertThat(answer.number("missed/count")).isEqualTo(25);
    assertThat(answer.number("missed/since")).isZero();
    assertThat(answer.at("missed/truncated")).isEqualTo(Json.TRUE);
    assertThat(((Json.Arr) answer.at("missed/items")).items())
        .hasSize(CommitResult.MAX_MISSED)
        .first()
        .isEqualTo(api.get(updates(space) + "/1").any());

    Answer few = api.commit(space, delta("m-few", 20, "/few", "1"));
    assertThat(few.number("missed/count")).isEqualTo(6);
    assertThat(((Json.Obj) few.at("missed")).members()).doesNotContainKey("truncated");
  }

  @Test
  void tellsMissedUpdatesByTheirBytes() {
    String space = api.newSpace();
    for (int i = 1; i <= 3; i++) {
      api.commit(space, large("b-" + i, i - 1, "/k" + i, 1, 30_000));
    }
    Answer answer = api.commit(space, delta("b-late", 0, "/late", "1"));
    assertThat(answer.number("missed/count")).isEqualTo(3);
    assertThat(((Json.Arr) answer.at("missed/items")).items()).hasSize(2);
    assertThat(answer.at("missed/truncated")).isEqualTo(Json.TRUE);
  }

  @Test
  void tellsWhatAListMissedOnce() {
    String space = api.newSpace();
    for (int i = 1; i <= 5; i++) {
      api.commit(space, delta("o-" + i, i - 1, "/k" + i, "1"));
    }
    String list =
        IntStream.rangeClosed(1, 100)
            .mapToObj(i -> delta("o-list-" + i, 0, "/l" + i, "1"))
            .collect(Collectors.joining(",", "[", "]"));
    Answer answer = api.commit(space, list);
    assertThat(answer.status()).isEqualTo(201);
    assertThat(((Json.Arr) answer.at("0/missed/items")).items()).hasSize(5);
    for (int i = 1; i < 100; i++) {
      assertThat(answer.at(i + "/missed").canonical())
          .isEqualTo("{\"count\":5,\"items\":[],\"since\":0,\"truncated\":true}");
    }
  }

  @Test
  void tellsAMegabyteOfBeatenAndOfLostValues() {
    String space = api.newSpace();
    assertThat(api.commit(space, large("e-1", 0, "/k", 6, 250_000)).status()).isEqualTo(201);
    DeltaText winner = new DeltaText("e-2").time("2026-02-05T20:00:00Z");
    DeltaText loser = new DeltaText("e-3").time("2026-02-05T18:00:00Z");
    for (int i = 0; i < 6; i++) {
      winner.set("/k/" + i, "1");
      loser.set("/k/" + i, '"' + "y".repeat(250_000) + '"');
    }
    Answer won = api.commit(space, winner.toString(), "Prefer", "return=minimal");
    assertThat(won.status()).isEqualTo(201);
    assertThat(won.at("truncated")).isEqualTo(Json.TRUE);
    assertThat(((Json.Arr) won.at("overrode")).items()).hasSize(4);
    Answer lost = api.commit(space, loser.toString(), "Prefer", "return=minimal");
    assertThat(lost.status()).isEqualTo(201);
    assertThat(lost.at("truncated")).isEqualTo(Json.TRUE);
    assertThat(((Json.Arr) lost.at("superseded")).items()).hasSize(4);
    for (Answer answer : List.of(won, lost)) {
      assertThat(answer.response().body().length).isBetween(1_000_000, (1 << 20) + 1000);
      Update whole = Update.parse(api.get(answer.header("location")).text());
      assertThat(whole.fields().overrode().size() + whole.fields().superseded().size())
          .isEqualTo(6);
    }
  }

  @Test
  void tellsAThousandLeavesThatARollbackApplied() {
    String space = api.newSpace();
    String leaves =
        IntStream.range(0, 1500)
            .mapToObj(i -> "\"k" + i + "\":1")
            .collect(Collectors.joining(",", "{", "}"));
    assertThat(api.commit(space, delta("a-1", 0, "/many", leaves)).status()).isEqualTo(201);
    Answer back =
        api.send(
            "POST",
            "/v1/spaces/" + space + "/rollback",
            "{\"to\":0,\"author\":\"bot-a\",\"update_id\":\"a-2\"}",
            "Content-Type",
            "application/json");
    assertThat(back.status()).isEqualTo(201);
    assertThat(((Json.Arr) back.at("applied")).items()).hasSize(1000);
    Update whole = Update.parse(api.get(back.header("location")).text());
    assertThat(whole.fields().changes().deleted()).hasSize(1500);
  }

  @Test
  void aSummaryIsNoLargerThanOtherAnswers() {
    String space = api.newSpace();
    api.commit(space, large("y-1", 0, "/policies", 14, 250_000));
    Answer fits = api.get("/v1/spaces/" + space + "/summary");
    assertThat(fits.status()).isEqualTo(200);
    api.commit(space, large("y-2", 1, "/summary/a", 14, 250_000));
    assertThat(api.get("/v1/spaces/" + space + "/summary").status()).isEqualTo(200);
    api.commit(space, large("y-3", 2, "/summary/b", 14, 250_000));
    for (String part : List.of("policies", "summary")) { // each alone fits
      assertThat(api.get("/v1/spaces/" + space + "/state?path=/" + part).status()).isEqualTo(200);
    }
    Answer refused = api.get("/v1/spaces/" + space + "/summary");
    refused.isProblem(413, "answer-too-large");
    assertThat(refused.string("hint")).contains("/state?path=");
  }

  @Test
  void leavesMissedUpdatesOutOfAMinimalAnswer() {
    String space = api.newSpace();
    api.commit(space, delta("r-1", 0, "/a", "1"));
    Answer answer =
        api.commit(space, delta("r-2", 0, "/b", "1"), "Prefer", "respond-async, return=minimal");
    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.header("preference-applied")).isEqualTo("return=minimal");
    assertThat(answer.json().members()).doesNotContainKey("missed");
    assertThat(answer.string("outcome")).isEqualTo("merged");
    Answer whole = api.commit(space, delta("r-3", 0, "/c", "1"), "Prefer", "return=representation");
    assertThat(whole.header("preference-applied")).isEmpty();
    assertThat(whole.json().members()).containsKey("missed");
  }

  @Test
  void refusesWhatNoAnswerHoldsAndNamesTheWayRound() {
    String space = api.newSpace();
    for (int i = 1; i <= 3; i++) {
      assertThat(api.commit(space, large("w-" + i, i - 1, "/k" + i, 12, 250_000)).status())
          .isEqualTo(201);
    }
    Answer whole = api.get("/v1/spaces/" + space + "/state");
    whole.isProblem(413, "answer-too-large");
    assertThat(whole.string("hint")).contains("?path=").contains("export");
    assertThat(api.get("/v1/spaces/" + space + "/state?path=/k1").status()).isEqualTo(200);
    api.get("/v1/spaces/" + space + "/diff?from=0").isProblem(413, "answer-too-large");
    assertThat(api.get("/v1/spaces/" + space + "/diff?from=2").status()).isEqualTo(200);
  }

  @Test
  void refusesARecordThatIsTooLargeAndDeletesInSeveralVersions() {
    String space = api.newSpace();
    for (int i = 1; i <= 3; i++) {
      api.commit(space, large("v-" + i, i - 1, "/k/" + i, 12, 250_000));
    }
    DeltaText small = new DeltaText("v-small").base(3);
    for (int i = 1; i <= 3; i++) {
      for (int leaf = 0; leaf < 12; leaf++) {
        small.set("/k/" + i + "/" + leaf, "1");
      }
    }
    Answer refused = api.commit(space, small.toString());
    refused.isProblem(413, "too-large");
    assertThat(refused.string("detail")).contains(Integer.toString(7 << 20));
    assertThat(refused.string("hint")).contains("delete first");

    String delete = new DeltaText("v-delete").base(3).delete("/k").toString();
    Answer deleted = api.commit(space, delete);
    assertThat(deleted.status()).isEqualTo(201);
    assertThat(deleted.number("first_version")).isEqualTo(4);
    assertThat(deleted.number("version")).isEqualTo(5);
    assertThat(deleted.header("location")).isEqualTo(updates(space) + "/5");
    Answer again = api.commit(space, delete);
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.number("first_version")).isEqualTo(4);
    assertThat(again.number("version")).isEqualTo(5);
    Answer first = api.get(updates(space) + "/4");
    assertThat(first.at("span").canonical()).isEqualTo("{\"first\":4,\"last\":5}");
    assertThat(first.string("update_id")).startsWith("mnemogrid.part:1:");
  }

  @Test
  void refusesAPolicyOfManyBytes() {
    String policy = "{\"x\":\"" + "p".repeat(64 << 10) + "\"}";
    Answer refused =
        api.send(
            "PUT", "/v1/spaces/policy-of-many-bytes", policy, "Content-Type", "application/json");
    refused.isProblem(400, "bad-request");
    assertThat(refused.text()).contains("64 KiB");
    api.get("/v1/spaces/policy-of-many-bytes").isProblem(404, "unknown-space");
  }

  @Test
  void refusesListsAndDeltasOverTheirLimits() {
    String space = api.newSpace();
    String list =
        IntStream.rangeClosed(1, 1001)
            .mapToObj(i -> delta("n-" + i, 0, "/l" + i, "1"))
            .collect(Collectors.joining(",", "[", "]"));
    Answer refused = api.commit(space, list);
    refused.isProblem(400, "bad-request");
    assertThat(refused.text()).contains("1,000 deltas");
    String leaves =
        IntStream.rangeClosed(0, 20_000)
            .mapToObj(i -> "\"k" + i + "\":1")
            .collect(Collectors.joining(",", "{", "}"));
    Answer wide = api.commit(space, delta("wide", 0, "/wide", leaves));
    wide.isProblem(400, "bad-request");
    assertThat(wide.text()).contains("20,000").contains("import");
    assertThat(wide.string("errors/0/pointer")).isEqualTo("/changes/added/0");
  }

  @Test
  void aStrictRefusalTellsAHundredConflictsAndNoLargeValue() {
    String space = api.newSpace();
    String members =
        IntStream.range(0, 300)
            .mapToObj(i -> "\"k" + i + "\":1")
            .collect(Collectors.joining(",", "{", "}"));
    api.commit(space, delta("c-1", 0, "/many", members));
    api.commit(space, delta("c-2", 1, "/large", '"' + "x".repeat(70_000) + '"'));
    Answer many =
        api.commit(
            space, new DeltaText("c-3").strict().set("/many", "2").set("/other", "1").toString());
    many.isProblem(409, "strict-conflict");
    assertThat(((Json.Arr) many.at("conflicts")).items()).hasSize(100);
    Answer large = api.commit(space, new DeltaText("c-4").strict().set("/large", "2").toString());
    large.isProblem(409, "strict-conflict");
    assertThat(large.at("conflicts/0/truncated")).isEqualTo(Json.TRUE);
    assertThat(large.response().body().length).isLessThan(2000);
  }

  @Test
  void refusesToGrowOverAQuotaAndSaysWhatIsUsed() {
    RunningServer small =
        RunningServer.start(Map.of("mnemogrid.max-leaves", "3", "mnemogrid.max-bytes", "1000"));
    try {
      String space = small.newSpace();
      for (int i = 1; i <= 3; i++) {
        assertThat(small.commit(space, delta("q-" + i, i - 1, "/k" + i, "1")).status())
            .isEqualTo(201);
      }
      Answer leaves = small.commit(space, delta("q-4", 3, "/k4", "1"));
      leaves.isProblem(507, "quota");
      assertThat(leaves.string("of")).isEqualTo("leaves");
      assertThat(leaves.number("used")).isEqualTo(3);
      assertThat(leaves.number("limit")).isEqualTo(3);
      Answer bytes = small.commit(space, delta("q-5", 3, "/k3", '"' + "x".repeat(1000) + '"'));
      bytes.isProblem(507, "quota");
      assertThat(bytes.string("of")).isEqualTo("bytes");
      assertThat(
              small.commit(space, new DeltaText("q-6").base(3).delete("/k1").toString()).status())
          .isEqualTo(201);
      assertThat(small.commit(space, delta("q-4", 4, "/k4", "1")).status())
          .as("its id is free")
          .isEqualTo(201);
      small.awaitMetrics(shown ->
          assertThat(shown)
              .contains("mnemogrid_space_leaves{space=\"" + space + "\"} 3.0")
              .contains("mnemogrid_documents_bytes"));
    } finally {
      Server.stop(small.server());
    }
  }

  @Test
  void refusesToGrowOverTheMemoryOfAllDocuments() {
    RunningServer small = RunningServer.start(Map.of("mnemogrid.max-grid-bytes", "1000000"));
    try {
      String one = small.newSpace();
      String other = small.newSpace();
      assertThat(small.commit(one, large("g-1", 0, "/k", 3, 200_000)).status()).isEqualTo(201);
      AtomicInteger sent = new AtomicInteger();
      Answer refused =
          Awaitility.await() // all documents are counted each second
              .until(
                  () -> {
                    int n = sent.incrementAndGet();
                    return small.commit(other, large("g-2-" + n, 0, "/k" + n, 1, 200_000));
                  },
                  answer -> answer.status() != 201);
      refused.isProblem(507, "quota");
      assertThat(refused.string("of")).isEqualTo("grid_bytes");
      assertThat(refused.number("limit")).isEqualTo(1_000_000);
      assertThat(refused.number("used")).isGreaterThan(800_000);
      assertThat(small.commit(one, new DeltaText("g-3").base(1).delete("/k/0").toString()).status())
          .as("what makes a document smaller is never refused")
          .isEqualTo(201);
    } finally {
      Server.stop(small.server());
    }
  }
}
