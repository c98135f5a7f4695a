package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.api.RunningServer.DeltaText;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Commits and the history over HTTP. */
class UpdatesIT {
  private final RunningServer api = RunningServer.shared();

  private String updates(String space) {
    return "/v1/spaces/" + space + "/updates";
  }

  private static List<Json> items(Answer answer) {
    return ((Json.Arr) answer.at("items")).items();
  }

  @Test
  void answersACommitInItsShape() {
    String space = api.newSpace();
    Answer first = api.commit(space, delta("a-1", 0, "facts.a", "1"));
    assertThat(first.status()).isEqualTo(201);
    assertThat(first.header("location")).isEqualTo(updates(space) + "/1");
    assertThat(first.header("content-type")).isEqualTo("application/json");
    assertThat(first.json().members().keySet())
        .containsExactly(
            "applied",
            "missed",
            "outcome",
            "overrode",
            "root",
            "space",
            "superseded",
            "update_id",
            "version");
    assertThat(first.string("outcome")).isEqualTo("applied");
    assertThat(first.at("applied").canonical()).isEqualTo("[\"facts.a\"]");
    assertThat(first.at("missed").canonical()).isEqualTo("{\"count\":0,\"items\":[],\"since\":0}");

    Answer merged = api.commit(space, delta("a-2", 0, "facts.b", "2"));
    assertThat(merged.string("outcome")).isEqualTo("merged");
    assertThat(merged.number("missed/count")).isEqualTo(1);
    assertThat(merged.at("missed/items/0")).isEqualTo(api.get(updates(space) + "/1").any());

    Answer lost =
        api.commit(
            space,
            new DeltaText("a-3")
                .author("bot-b")
                .time("2020-01-01T00:00:00Z")
                .set("/facts/a", "3")
                .toString());
    assertThat(lost.status()).isEqualTo(201);
    assertThat(lost.string("outcome")).isEqualTo("superseded");
    assertThat(lost.at("applied").canonical()).isEqualTo("[]");
    assertThat(lost.at("superseded").canonical())
        .isEqualTo("[{\"by\":\"bot-a\",\"by_version\":1,\"key\":\"/facts/a\",\"value\":3}]");

    Answer won =
        api.commit(
            space,
            new DeltaText("a-4")
                .author("bot-b")
                .time("2026-03-01T00:00:00Z")
                .set("/facts/a", "4")
                .toString());
    assertThat(won.string("outcome")).isEqualTo("merged");
    assertThat(won.at("overrode").canonical())
        .isEqualTo("[{\"author\":\"bot-a\",\"key\":\"/facts/a\",\"value\":1,\"version\":1}]");
  }

  @Test
  void answersARepeatAsTheFirstTime() {
    String space = api.newSpace();
    String body = delta("same-id", 0, "/a", "1");
    Answer first = api.commit(space, body, "Idempotency-Key", "same-id");
    api.commit(space, delta("other-id", 1, "/b", "1"));
    Answer again = api.commit(space, body, "Idempotency-Key", "\"same-id\"");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.at("duplicate")).isEqualTo(Json.TRUE);
    assertThat(again.number("version")).isEqualTo(first.number("version")).isEqualTo(1);
    assertThat(again.string("root")).isEqualTo(first.string("root"));
    assertThat(api.get("/v1/spaces/" + space).number("version")).isEqualTo(2);

    Answer reused = api.commit(space, delta("same-id", 0, "/a", "2"));
    reused.isProblem(409, "update-id-reused");
    assertThat(reused.number("version")).isEqualTo(1);
    assertThat(reused.string("errors/0/pointer")).isEqualTo("/update_id");
    assertThat(reused.string("hint")).contains(updates(space) + "/1");

    api.commit(space, body, "Idempotency-Key", "another").isProblem(400, "idempotency-key-differs");
  }

  @Test
  void refusesWhatConflictsUnderStrict() {
    String space = api.newSpace();
    api.commit(space, delta("s-1", 0, "/n", "1"));
    api.commit(space, new DeltaText("s-2").base(1).author("bot-b").set("/n", "2").toString());
    Answer refused =
        api.commit(
            space,
            new DeltaText("s-3").base(1).strict().set("/other", "0").set("/n", "3").toString());
    refused.isProblem(409, "strict-conflict");
    assertThat(refused.at("conflicts").canonical())
        .isEqualTo("[{\"author\":\"bot-b\",\"path\":\"/n\",\"value\":2,\"version\":2}]");
    assertThat(refused.number("head")).isEqualTo(2);
    assertThat(refused.string("errors/0/pointer")).isEqualTo("/changes/added/1");

    api.commit(space, new DeltaText("s-4").base(2).delete("/n").toString());
    Answer gone =
        api.commit(space, new DeltaText("s-5").base(2).strict().set("/n", "3").toString());
    gone.isProblem(409, "strict-conflict");
    assertThat(gone.at("conflicts/0/absent")).isEqualTo(Json.TRUE);

    Answer read =
        api.commit(
            space,
            new DeltaText("s-6")
                .base(1)
                .strict()
                .with("reads", "[\"/quiet\",\"n\"]")
                .set("/free", "1")
                .toString());
    read.isProblem(409, "strict-conflict");
    assertThat(read.string("errors/0/pointer")).isEqualTo("/reads/1");
  }

  @Test
  void refusesABaseThatIsNotOurs() {
    String space = api.newSpace();
    api.commit(space, delta("b-1", 0, "/a", "1"));
    Answer ahead = api.commit(space, delta("b-2", 9, "/a", "2"));
    ahead.isProblem(409, "version-ahead");
    assertThat(ahead.number("head")).isEqualTo(1);
    assertThat(ahead.string("errors/0/pointer")).isEqualTo("/base");
    assertThat(ahead.string("hint")).contains("GET /v1/spaces/" + space);

    Answer other =
        api.commit(
            space,
            new DeltaText("b-3")
                .base(1)
                .with("base_hash", "\"" + Hash.ZERO + "\"")
                .set("/a", "2")
                .toString());
    other.isProblem(409, "other-history");
    assertThat(other.string("errors/0/pointer")).isEqualTo("/base_hash");
    Answer fits =
        api.commit(
            space,
            new DeltaText("b-4")
                .base(1)
                .with("base_hash", "\"" + other.string("base_hash") + "\"")
                .set("/a", "2")
                .toString());
    assertThat(fits.status()).isEqualTo(201);
  }

  @Test
  void refusesPathsThatNoDocumentTakes() {
    String space = api.newSpace();
    api.commit(space, delta("q-1", 0, "/list", "[1,2]"));
    Answer through =
        api.commit(space, new DeltaText("q-2").set("/a", "1").set("list.0.x", "1").toString());
    through.isProblem(409, "path-through-array");
    assertThat(through.string("array")).isEqualTo("/list");
    assertThat(through.string("errors/0/pointer")).isEqualTo("/changes/added/1");

    Answer overlap =
        api.commit(space, new DeltaText("q-3").set("/a", "{}").delete("/a/b").toString());
    overlap.isProblem(400, "overlapping-paths");
    assertThat(overlap.text())
        .contains("\"pointer\":\"/changes/added/0\"")
        .contains("\"pointer\":\"/changes/deleted/0\"");

    Answer root = api.commit(space, new DeltaText("q-4").set("", "7").toString());
    root.isProblem(400, "bad-value");
    assertThat(root.string("errors/0/pointer")).isEqualTo("/changes/added/0");
  }

  @Test
  void namesWhatIsOverALimit() {
    String space = api.newSpace();
    DeltaText many = new DeltaText("l-1");
    for (int i = 0; i <= 10_000; i++) {
      many.set("/k" + i, "1");
    }
    Answer refused = api.commit(space, many.toString());
    pointer(refused, "/changes/added");
    assertThat(refused.string("errors/0/detail")).contains("10000 changes");

    Answer deep =
        api.commit(space, new DeltaText("l-2").set("/a", "1").set("/a".repeat(33), "1").toString());
    pointer(deep, "/changes/added/1/key");
    assertThat(deep.string("errors/0/detail")).contains("at most 32 segments, got 33");

    Answer nested = api.commit(space, new DeltaText("l-3").set("/b/c", nested(31)).toString());
    nested.isProblem(400, "bad-value");
    assertThat(nested.string("errors/0/pointer")).isEqualTo("/changes/added/0");

    Answer longPath =
        api.commit(space, new DeltaText("l-4").set("/" + "x".repeat(1024), "1").toString());
    pointer(longPath, "/changes/added/0/key");
    assertThat(longPath.string("errors/0/detail")).contains("at most 1024 bytes, got 1025");

    Answer large =
        api.commit(
            space, new DeltaText("l-5").set("/a", '"' + "x".repeat(256 << 10) + '"').toString());
    large.isProblem(400, "bad-value");
    assertThat(large.string("errors/0/pointer")).isEqualTo("/changes/added/0");
    assertThat(large.text()).contains("256 KiB");
    assertThat(api.get("/v1/spaces/" + space).number("version")).isZero();
  }

  private static String nested(int depth) {
    return "[".repeat(depth) + "]".repeat(depth);
  }

  @Test
  void refusesATimeInTheFuture() {
    String space = api.newSpace();
    Answer future =
        api.commit(
            space, new DeltaText("z-1").time("2999-01-01T00:00:00Z").set("/a", "1").toString());
    future.isProblem(400, "future-timestamp");
    assertThat(future.string("errors/0/pointer")).isEqualTo("/timestamp");
    assertThat(future.string("now")).endsWith("Z");
  }

  @Test
  void refusesABodyOfAnotherShape() {
    String space = api.newSpace();
    pointer(api.commit(space, "{\"a\":1,\"a\":2}"), "/a");
    pointer(api.commit(space, "{"), "");
    pointer(api.commit(space, ""), "");
    pointer(api.commit(space, "7"), "");
    pointer(api.commit(space, "[]"), "");
    pointer(api.commit(space, "[7]"), "/0");
    pointer(api.commit(space, new DeltaText("x").toString()), "/changes");
    pointer(
        api.commit(space, new DeltaText("x").without("base").set("/a", "1").toString()), "/base");
    pointer(
        api.commit(space, new DeltaText("x").with("colour", "1").set("/a", "1").toString()),
        "/colour");
    pointer(
        api.commit(space, new DeltaText("x").set("/a", "1").set("b..c", "1").toString()),
        "/changes/added/1/key");
    pointer(
        api.commit(
            space,
            "["
                + new DeltaText("x").set("/a", "1")
                + ","
                + new DeltaText("no id").set("/b", "1")
                + "]"),
        "/1/update_id");
    pointer(
        api.commit(space, new DeltaText("x").set("/a", "1e999").toString()),
        "/changes/added/0/value");
    api.commit("nobody-made-it", delta("x", 0, "/a", "1")).isProblem(404, "unknown-space");
    assertThat(api.get("/v1/spaces/" + space).number("version")).isZero();
  }

  private static void pointer(Answer answer, String pointer) {
    answer.isProblem(400, "bad-request");
    assertThat(answer.string("errors/0/pointer")).isEqualTo(pointer);
  }

  @Test
  void tellsWhyAListWithKnownOrRepeatedIdsIsRefused() {
    String space = api.newSpace();
    String known = delta("k-1", 0, "/a", "1");
    api.commit(space, known);
    Answer repeated =
        api.commit(
            space, "[" + delta("r-1", 1, "/b", "1") + "," + delta("r-1", 1, "/b", "1") + "]");
    repeated.isProblem(400, "update-id-repeated");
    assertThat(repeated.string("errors/0/pointer")).isEqualTo("/1/update_id");
    assertThat(repeated.string("detail")).startsWith("delta 0 of the list");

    Answer partly = api.commit(space, "[" + known + "," + delta("n-1", 1, "/c", "1") + "]");
    partly.isProblem(409, "list-partly-known");
    assertThat(partly.number("version")).isEqualTo(1);
    assertThat(partly.string("errors/0/pointer")).isEqualTo("/0/update_id");
    assertThat(api.get("/v1/spaces/" + space).number("version")).isEqualTo(1);
  }

  @Test
  void takesBackTheNumbersThatItShows() {
    String space = api.newSpace();
    api.commit(space, delta("n-1", 0, "/a", "1152921504606846976"));
    Answer shown = api.get("/v1/spaces/" + space + "/state?path=/a");
    assertThat(shown.text()).contains("1152921504606847000");
    assertThat(api.commit(space, delta("n-2", 1, "/b", "1152921504606847000")).status())
        .isEqualTo(201);
    api.commit(space, delta("n-3", 2, "/c", "1152921504606847001")).isProblem(400, "bad-request");
  }

  @Test
  void commitsAListAsOne() {
    String space = api.newSpace();
    String list =
        IntStream.rangeClosed(1, 3)
            .mapToObj(i -> delta("l-" + i, 0, "/k" + i, Integer.toString(i)))
            .collect(Collectors.joining(",", "[", "]"));
    Answer answer = api.commit(space, list);
    assertThat(answer.status()).isEqualTo(201);
    assertThat(((Json.Arr) answer.any()).items()).hasSize(3);
    assertThat(answer.number("0/version")).isEqualTo(1);
    assertThat(answer.number("2/version")).isEqualTo(3);
    assertThat(api.commit(space, list).status()).isEqualTo(200);
    api.commit(space, list, "Idempotency-Key", "l-1").isProblem(400, "bad-request");

    Answer refused =
        api.commit(
            space, "[" + delta("l-4", 3, "/k4", "4") + "," + delta("l-5", 99, "/k5", "5") + "]");
    refused.isProblem(409, "version-ahead");
    assertThat(refused.number("index")).isEqualTo(1);
    assertThat(refused.string("errors/0/pointer")).isEqualTo("/1/base");
    assertThat(api.get("/v1/spaces/" + space).number("version")).isEqualTo(3);
  }

  @Test
  void showsTheHistoryPageByPage() {
    String space = api.newSpace();
    for (int i = 1; i <= 5; i++) {
      api.commit(space, delta("u-" + i, i - 1, "/n", Integer.toString(i)));
    }
    Answer page = api.get(updates(space) + "?limit=2");
    assertThat(items(page)).hasSize(2);
    assertThat(page.number("next")).isEqualTo(2);
    Answer rest = api.get(updates(space) + "?since=2");
    assertThat(items(rest)).hasSize(3);
    assertThat(rest.at("next")).isEqualTo(Json.NULL);
    assertThat(api.get(updates(space) + "?since=3&limit=2").at("next")).isEqualTo(Json.NULL);

    Answer byId = api.get(updates(space) + "?update_id=u-4");
    assertThat(byId.number("items/0/version")).isEqualTo(4);
    Answer notYet = api.get(updates(space) + "?update_id=u-99");
    assertThat(notYet.status()).isEqualTo(200);
    assertThat(items(notYet)).isEmpty();

    Answer one = api.get(updates(space) + "/4");
    assertThat(one.any()).isEqualTo(byId.at("items/0"));
    assertThat(Update.parse(one.text()).version()).isEqualTo(4);
    api.get(updates(space) + "/6").isProblem(404, "unknown-version");
    api.get(updates(space) + "/0").isProblem(404, "unknown-version");
    api.get(updates(space) + "/four").isProblem(400, "bad-request");
    api.get(updates(space) + "?since=-1").isProblem(400, "bad-request");
  }

  @Test
  void streamsTheHistoryOneRecordALine() {
    String space = api.newSpace();
    int count = 450; // more than two pages of the log
    for (int from = 0; from < count; from += 150) {
      int base = from;
      api.commit(
          space,
          IntStream.range(from, from + 150)
              .mapToObj(i -> delta("n-" + i, base, "/k" + i, Integer.toString(i)))
              .collect(Collectors.joining(",", "[", "]")));
    }
    Answer stream = api.get(updates(space), "Accept", "application/x-ndjson");
    assertThat(stream.status()).isEqualTo(200);
    assertThat(stream.header("content-type")).startsWith("application/x-ndjson");
    List<String> lines = stream.text().lines().toList();
    assertThat(lines).hasSize(count);
    for (int i = 0; i < count; i++) {
      assertThat(Update.parse(lines.get(i)).version()).isEqualTo(i + 1);
    }
    assertThat(stream.text()).endsWith("\n");
    assertThat(
            api.get(updates(space) + "?since=440&limit=7", "Accept", "application/x-ndjson")
                .text()
                .lines())
        .hasSize(7);
    assertThat(api.get(updates(space) + "?since=450", "Accept", "application/x-ndjson").text())
        .isEmpty();
    assertThat(api.get(updates(space) + "?update_id=n-3", "Accept", "application/x-ndjson").text())
        .isEqualTo(lines.get(3) + "\n");
  }
}
