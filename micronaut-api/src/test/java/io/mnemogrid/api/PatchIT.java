package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Patches of a document over HTTP. */
class PatchIT {
  private static final String STEPS = "application/json-patch+json";
  private static final String MERGE = "application/merge-patch+json";

  private final RunningServer api = RunningServer.shared();

  private Answer patch(String space, String type, String body, String... headers) {
    return api.send(
        "PATCH",
        "/v1/spaces/" + space + "/state",
        body,
        Stream.concat(
                Stream.of("Content-Type", type, "Mnemogrid-Author", "bot-p"), Stream.of(headers))
            .toArray(String[]::new));
  }

  private String state(String space) {
    return api.get("/v1/spaces/" + space + "/state").text();
  }

  private Update record(String space, long version) {
    return Update.parse(api.get("/v1/spaces/" + space + "/updates/" + version).text());
  }

  @Test
  void playsAJsonPatchOnTheHead() {
    String space = api.newSpace();
    api.commit(space, delta("a", 0, "/list", "[1,2]"));
    Answer answer =
        patch(
            space,
            STEPS,
            """
            [{"op":"test","path":"/list/1","value":2},{"op":"add","path":"/list/-","value":3},
             {"op":"move","from":"/list/0","path":"/first"}]\
            """,
            "Mnemogrid-Type",
            "rotate");
    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.header("location")).isEqualTo("/v1/spaces/" + space + "/updates/2");
    assertThat(answer.json().members().keySet())
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
    assertThat(answer.string("outcome")).isEqualTo("applied");
    assertThat(answer.at("applied").canonical()).isEqualTo("[\"/first\",\"/list\"]");
    assertThat(answer.header("etag")).isEqualTo(api.get("/v1/spaces/" + space).header("etag"));
    assertThat(state(space)).isEqualTo("{\"first\":1,\"list\":[2,3]}");
    Update.Fields fields = record(space, 2).fields();
    assertThat(fields.id().text()).isEqualTo(answer.string("update_id"));
    assertThat(fields.author().name()).isEqualTo("bot-p");
    assertThat(fields.type()).isEqualTo("rotate");
    assertThat(fields.base()).isEqualTo(1);
    assertThat(fields.timestamp()).isEqualTo(fields.committed());
    assertThat(fields.changes().added()).hasSize(1);
    assertThat(fields.changes().modified()).hasSize(1);
    assertThat(fields.superseded()).isEmpty();
    assertThat(fields.overrode()).isEmpty();
  }

  @Test
  void playsAMergePatchOnTheHead() {
    String space = api.newSpace();
    api.commit(space, delta("a", 0, "/a", "{\"b\":1,\"c\":2}"));
    Answer answer =
        patch(space, MERGE + "; charset=utf-8", "{\"a\":{\"b\":null},\"d\":{\"e\":null}}");
    assertThat(answer.status()).isEqualTo(201);
    assertThat(state(space)).isEqualTo("{\"a\":{\"c\":2},\"d\":{}}");
    assertThat(record(space, 2).fields().type()).isEqualTo("patch");
    patch(space, MERGE, "[1]").isProblem(400, "bad-value");
  }

  @Test
  void aPatchThatChangesNothingTakesNoVersion() {
    String space = api.newSpace();
    String tag = api.commit(space, delta("a", 0, "/a", "1")).header("etag");
    Answer answer = patch(space, MERGE, "{\"a\":1,\"b\":null}", "Idempotency-Key", "same-1");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.string("outcome")).isEqualTo("unchanged");
    assertThat(answer.number("version")).isEqualTo(1);
    assertThat(answer.string("update_id")).isEqualTo("same-1");
    assertThat(answer.header("etag")).isEqualTo(tag);
    assertThat(answer.header("Idempotency-Replayed")).isEmpty();
    assertThat(answer.at("missed").canonical()).isEqualTo("{\"count\":0,\"items\":[],\"since\":1}");
    Answer minimal = patch(space, STEPS, "[]", "Prefer", "return=minimal");
    assertThat(minimal.json().members()).doesNotContainKey("missed");
    assertThat(api.get("/v1/spaces/" + space).number("version")).isEqualTo(1);
    api.awaitMetrics(metrics ->
        assertThat(metrics)
            .containsPattern("mnemogrid_commits_total\\{outcome=\"unchanged\"} [1-9]"));
    assertThat(patch(space, MERGE, "{\"a\":2}", "Idempotency-Key", "same-1").status())
        .as("its id is free")
        .isEqualTo(201);
  }

  @Test
  void aFailedTestTellsWhatStands() {
    String space = api.newSpace();
    api.commit(space, delta("a", 0, "/a", "{\"b\":2}"));
    Answer failed =
        patch(
            space,
            STEPS,
            "[{\"op\":\"add\",\"path\":\"/c\",\"value\":1},"
                + "{\"op\":\"test\",\"path\":\"/a/b\",\"value\":1}]");
    failed.isProblem(409, "test-failed");
    assertThat(failed.string("path")).isEqualTo("/a/b");
    assertThat(failed.at("value")).isEqualTo(Json.of(2));
    assertThat(failed.string("errors/0/pointer")).isEqualTo("/1");
    Answer absent = patch(space, STEPS, "[{\"op\":\"test\",\"path\":\"/x\",\"value\":null}]");
    absent.isProblem(409, "test-failed");
    assertThat(absent.at("absent")).isEqualTo(Json.TRUE);
    assertThat(state(space)).isEqualTo("{\"a\":{\"b\":2}}");
  }

  @Test
  void aStepThatCannotBeDoneIsNamed() {
    String space = api.newSpace();
    Answer failed =
        patch(
            space,
            STEPS,
            "[{\"op\":\"add\",\"path\":\"/a\",\"value\":1},{\"op\":\"remove\",\"path\":\"/b\"}]");
    failed.isProblem(409, "patch-failed");
    assertThat(failed.string("errors/0/pointer")).isEqualTo("/1");
    assertThat(failed.string("detail")).contains("/b: nothing stands there");
    Answer malformed = patch(space, STEPS, "[{\"op\":\"add\",\"path\":\"/a\"}]");
    malformed.isProblem(400, "bad-request");
    assertThat(malformed.string("errors/0/pointer")).isEqualTo("/0/value");
    assertThat(state(space)).isEqualTo("{}");
  }

  @Test
  void aConditionIsJudgedWithThePatch() {
    String space = api.newSpace();
    String tag = api.commit(space, delta("a", 0, "/a", "1")).header("etag");
    assertThat(patch(space, MERGE, "{\"a\":2}", "If-Match", tag).status()).isEqualTo(201);
    Answer late = patch(space, MERGE, "{\"a\":3}", "If-Match", tag);
    late.isProblem(412, "precondition-failed");
    assertThat(late.number("current/version")).isEqualTo(2);
    assertThat(late.header("etag")).isEqualTo(late.string("current/etag"));
    patch(space, MERGE, "{\"a\":3}", "If-None-Match", "*").isProblem(412, "precondition-failed");
    String fresh = api.newSpace();
    assertThat(patch(fresh, MERGE, "{\"a\":3}", "If-None-Match", "*").status()).isEqualTo(201);
  }

  /** A retry after an answer that was lost: the first answer again, though the tag is stale. */
  @Test
  void aRepeatedPatchGetsItsFirstAnswer() {
    String space = api.newSpace();
    String tag = api.commit(space, delta("a", 0, "/n", "1")).header("etag");
    String steps =
        "[{\"op\":\"test\",\"path\":\"/n\",\"value\":1},{\"op\":\"replace\",\"path\":\"/n\",\"value\":2}]";
    Answer first = patch(space, STEPS, steps, "Idempotency-Key", "p-1", "If-Match", tag);
    assertThat(first.status()).isEqualTo(201);
    Answer again = patch(space, STEPS, steps, "Idempotency-Key", "\"p-1\"", "If-Match", tag);
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(again.number("version")).isEqualTo(2);
    assertThat(again.string("root")).isEqualTo(first.string("root"));
    Answer other = patch(space, MERGE, "{\"n\":2}", "Idempotency-Key", "p-1");
    other.isProblem(409, "update-id-reused");
    assertThat(other.number("version")).isEqualTo(2);
    patch(space, STEPS, steps, "Idempotency-Key", "p-1", "Mnemogrid-Type", "other")
        .isProblem(409, "update-id-reused");
    assertThat(record(space, 2).fields().request())
        .isEqualTo(
            Hash.sha256(
                Json.object(
                        Map.of(
                            "author", Json.of("bot-p"),
                            "json_patch", Json.parse(steps),
                            "type", Json.of("patch"),
                            "update_id", Json.of("p-1")))
                    .canonical()));
  }

  @Test
  void saysWhatIsWrongInItsHeaders() {
    String space = api.newSpace();
    String path = "/v1/spaces/" + space + "/state";
    api.send("PATCH", path, "{}", "Content-Type", MERGE).isProblem(400, "bad-request");
    api.send("PATCH", path, "{}", "Content-Type", MERGE, "Mnemogrid-Author", "no one")
        .isProblem(400, "bad-request");
    patch(space, MERGE, "{}", "Mnemogrid-Author", "two").isProblem(400, "bad-request");
    patch(space, MERGE, "{}", "Mnemogrid-Type", "x".repeat(129)).isProblem(400, "bad-request");
    patch(space, MERGE, "{}", "Idempotency-Key", "no id").isProblem(400, "bad-request");
    patch(space, MERGE, "{}", "Idempotency-Key", "a", "Idempotency-Key", "a")
        .isProblem(400, "bad-request");
    patch(space, MERGE, "{", "Idempotency-Key", "a").isProblem(400, "bad-request");
    patch("nobody-made-it", MERGE, "{}").isProblem(404, "unknown-space");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "application/json",
        "text/plain",
        "application/json-patch",
        "application/x-www-form-urlencoded"
      })
  void readsNoOtherType(String type) {
    String space = api.newSpace();
    Answer refused = patch(space, type, "{\"a\":1}");
    refused.isProblem(415, "unsupported-media-type");
    assertThat(refused.header("Accept-Patch")).isEqualTo(STEPS + ", " + MERGE);
    assertThat(refused.string("hint")).contains(STEPS, MERGE);
    assertThat(state(space)).isEqualTo("{}");
  }

  @Test
  void aPatchIsReadNowhereElse() {
    String space = api.newSpace();
    for (String type : List.of(STEPS, MERGE)) {
      api.send("POST", "/v1/spaces/" + space + "/updates", "{}", "Content-Type", type)
          .isProblem(415, "unsupported-media-type");
      api.send("PATCH", "/v1/spaces/" + space, "{}", "Content-Type", type)
          .isProblem(405, "method-not-allowed");
    }
  }

  @Test
  void saysWhichTypesItReads() {
    Answer options = api.send("OPTIONS", "/v1/spaces/" + api.newSpace() + "/state", "");
    assertThat(options.status()).isEqualTo(204);
    assertThat(options.header("Accept-Patch")).isEqualTo(STEPS + ", " + MERGE);
    assertThat(options.header("Allow")).isEqualTo("GET, HEAD, OPTIONS, PATCH");
  }

  /** What a diff tells is a patch that this server reads. */
  @Test
  void readsTheDifferencesThatItWrites() {
    String space = api.newSpace();
    api.commit(space, delta("a", 0, "/a", "{\"b\":1,\"c\":{\"d\":2}}"));
    api.commit(space, delta("b", 1, "/a/c", "[1]"));
    String was = state(space);
    api.commit(space, delta("c", 2, "/a", "{\"b\":5}"));
    String back = api.get("/v1/spaces/" + space + "/diff?from=3&to=2").text();
    assertThat(patch(space, STEPS, back).status()).isEqualTo(201);
    assertThat(state(space)).isEqualTo(was);
  }
}
