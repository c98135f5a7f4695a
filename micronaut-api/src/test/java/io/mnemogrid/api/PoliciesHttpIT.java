package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SlowRoot;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Policies of spaces over HTTP, on a server that asks for no keys. */
class PoliciesHttpIT {
  private static final String RULES =
      "{\"format\":\"mnemogrid-policy-1\",\"writers\":["
          + "{\"authors\":[\"manager\"],\"paths\":[\"/boot/**\"]},"
          + "{\"authors\":[\"{node}\"],\"paths\":[\"/daily/{node}/**\"]}]}";
  private static final String POLICY = "/_mnemogrid/policy";

  private final RunningServer api = RunningServer.shared();

  private String ruled(String policy) {
    String space = api.newSpace() + "-ruled";
    assertThat(
            api.send("PUT", "/v1/spaces/" + space, policy, "Content-Type", "application/json")
                .status())
        .isEqualTo(201);
    return space;
  }

  private static String by(String author, String id, String path, String value) {
    return new RunningServer.DeltaText(id).author(author).set(path, value).toString();
  }

  private Answer patch(String space, String type, String body, String... headers) {
    return api.send(
        "PATCH",
        "/v1/spaces/" + space + "/state",
        body,
        Stream.concat(
                Stream.of(
                    "Content-Type", "application/" + type + "+json", "Mnemogrid-Author", "node-a"),
                Stream.of(headers))
            .toArray(String[]::new));
  }

  @Test
  void rulesOfWritersHoldForAuthors() {
    String space = ruled(RULES);
    assertThat(api.commit(space, by("manager", "m1", "/boot/image", "1")).status()).isEqualTo(201);
    assertThat(api.commit(space, by("node-a", "a1", "/daily/node-a/x", "1")).status())
        .isEqualTo(201);
    assertThat(api.commit(space, by("node-b", "b1", "/notes", "1")).status()).isEqualTo(201);
    Answer refused =
        api.commit(space, by("node-a", "a2", "/boot", "{\"image\":2}")).isProblem(403, "policy");
    assertThat(refused.string("rule")).isEqualTo("/writers/0");
    assertThat(refused.string("path")).isEqualTo("/boot/image");
    assertThat(refused.string("errors/0/pointer")).isEqualTo("/changes/added/0");
    assertThat(refused.string("hint")).contains("/state?path=/_mnemogrid/policy");
    Answer list =
        api.commit(
                space,
                "["
                    + by("node-b", "b2", "/notes", "2")
                    + ","
                    + by("node-b", "b3", "/daily/node-a/x", "2")
                    + "]")
            .isProblem(403, "policy");
    assertThat(list.number("index")).isOne();
    assertThat(list.string("errors/0/pointer")).isEqualTo("/1/changes/added/0");
    Answer merge = patch(space, "merge-patch", "{\"boot\":null}").isProblem(403, "policy");
    assertThat(merge.string("errors/0/pointer")).isEqualTo("/boot/image");
    Answer steps =
        patch(
                space,
                "json-patch",
                "[{\"op\":\"test\",\"path\":\"/notes\",\"value\":1},"
                    + "{\"op\":\"remove\",\"path\":\"/boot/image\"}]")
            .isProblem(403, "policy");
    assertThat(steps.string("errors/0/pointer")).isEqualTo("/1");
    Answer back =
        api.send(
                "POST",
                "/v1/spaces/" + space + "/rollback",
                "{\"to\":1,\"author\":\"node-a\",\"update_id\":\"back\"}",
                "Content-Type",
                "application/json")
            .isProblem(403, "policy");
    assertThat(back.string("errors/0/pointer")).isEqualTo("/to");
    assertThat(api.get("/v1/spaces/" + space).number("version")).isEqualTo(4);
    assertThat(api.commit(space, by("manager", "m1", "/boot/image", "1")).status())
        .as("a known id is answered first")
        .isEqualTo(200);
  }

  @Test
  void whatIsReservedIsLeftOutOfReadsUnlessItIsNamed() {
    String space = ruled(RULES);
    String state = "/v1/spaces/" + space + "/state";
    Answer empty = api.get(state);
    assertThat(empty.text()).isEqualTo("{}");
    api.commit(space, delta("u1", 0, "/a", "1"));
    Answer visible = api.get(state);
    assertThat(visible.text()).isEqualTo("{\"a\":1}");
    assertThat(api.get(state + "?path=" + POLICY).text()).isEqualTo(RULES);
    Answer whole = api.get(state + "?reserved=yes");
    assertThat(whole.any())
        .isEqualTo(Json.parse("{\"_mnemogrid\":{\"policy\":" + RULES + "},\"a\":1}"));
    assertThat(api.get(state + "?reserved=no").text()).isEqualTo("{\"a\":1}");
    assertThat(api.get(state + "?at=1").text()).isEqualTo("{}");
    assertThat(api.get(state + "?at=1&reserved=yes").any())
        .isEqualTo(Json.parse("{\"_mnemogrid\":{\"policy\":" + RULES + "}}"));
    api.get(state + "?reserved=true").isProblem(400, "bad-request");
    assertThat(SlowRoot.of(whole.json()).toString())
        .as("the root covers it")
        .isEqualTo(api.get("/v1/spaces/" + space).string("root"));
    String tag = visible.header("etag");
    assertThat(whole.header("etag")).isEqualTo(tag);
    assertThat(api.get(state, "If-None-Match", tag).status()).isEqualTo(304);
    assertThat(api.get(state + "?reserved=yes", "If-None-Match", tag).status()).isEqualTo(304);

    String diff = "/v1/spaces/" + space + "/diff?from=0&to=2";
    assertThat(api.get(diff).any())
        .isEqualTo(Json.parse("[{\"op\":\"add\",\"path\":\"/a\",\"value\":1}]"));
    assertThat(api.get(diff + "&reserved=yes").text()).contains("\"/_mnemogrid\"");
    assertThat(api.get("/v1/spaces/" + space + "/history?path=" + POLICY).text())
        .as("records are whole")
        .contains("mnemogrid.part:policy");
  }

  @Test
  void whatConcernsTheWholeDocumentLeavesThePolicy() {
    String space = ruled(RULES);
    api.commit(space, delta("u1", 0, "/a", "1"));
    assertThat(patch(space, "merge-patch", "{\"a\":null,\"b\":2}").status()).isEqualTo(201);
    assertThat(
            patch(
                    space,
                    "json-patch",
                    "[{\"op\":\"test\",\"path\":\"\",\"value\":{\"b\":2}},"
                        + "{\"op\":\"replace\",\"path\":\"\",\"value\":{\"c\":3}}]")
                .status())
        .isEqualTo(201);
    assertThat(api.commit(space, delta("u2", 0, "", "{\"d\":4}")).status()).isEqualTo(201);
    assertThat(
            api.send(
                    "POST",
                    "/v1/spaces/" + space + "/rollback",
                    "{\"to\":0,\"author\":\"node-a\",\"update_id\":\"back\"}",
                    "Content-Type",
                    "application/json")
                .status())
        .isEqualTo(201);
    assertThat(api.get("/v1/spaces/" + space + "/state?reserved=yes").any())
        .isEqualTo(Json.parse("{\"_mnemogrid\":{\"policy\":" + RULES + "}}"));
    patch(space, "merge-patch", "{\"_mnemogrid\":null}").isProblem(403, "policy");
    api.commit(space, delta("u3", 0, "", "{\"_mnemogrid\":{}}")).isProblem(403, "policy");
  }

  @Test
  void whatIsNoPolicyIsRefusedWithItsPlace() {
    String space = ruled(RULES);
    Answer whole =
        api.commit(
                space,
                delta(
                    "p1",
                    1,
                    POLICY,
                    "{\"format\":\"mnemogrid-policy-1\",\"require\":{\"if_match\":1}}"))
            .isProblem(400, "bad-policy");
    assertThat(whole.string("errors/0/pointer"))
        .isEqualTo("/changes/added/0/value/require/if_match");
    Answer step =
        patch(
                space,
                "json-patch",
                "[{\"op\":\"add\",\"path\":\"/_mnemogrid/policy/budgets\",\"value\":[]}]")
            .isProblem(400, "bad-policy");
    assertThat(step.string("errors/0/pointer")).isEqualTo("/0");
    assertThat(step.string("detail")).contains("is not known yet");
    api.commit(space, delta("p2", 1, "/_mnemogrid/mine", "1")).isProblem(400, "bad-policy");
    assertThat(api.get("/v1/spaces/" + space).number("version")).isOne();
    assertThat(
            api.commit(space, delta("p3", 1, POLICY, "{\"format\":\"mnemogrid-policy-1\"}"))
                .status())
        .isEqualTo(201);
    assertThat(api.commit(space, by("node-a", "a1", "/boot/image", "1")).status()).isEqualTo(201);
  }

  @Test
  void demandsAreAnsweredWith428() {
    String space =
        ruled(
            "{\"format\":\"mnemogrid-policy-1\",\"require\":"
                + "{\"if_match\":true,\"idempotency\":true,\"signature\":\"off\"}}");
    Answer lacking =
        api.commit(space, delta("u1", 0, "/a", "1")).isProblem(428, "precondition-required");
    assertThat(lacking.string("hint")).contains("If-Match");
    api.commit(space, delta("u1", 0, "/a", "1"), "If-Match", "*")
        .isProblem(428, "precondition-required");
    String tag = api.get("/v1/spaces/" + space).header("etag");
    assertThat(api.commit(space, delta("u1", 0, "/a", "1"), "If-Match", tag).status())
        .isEqualTo(201);
    assertThat(api.commit(space, delta("u1", 0, "/a", "1")).status())
        .as("a known id comes first")
        .isEqualTo(200);
    api.commit(space, delta("u2", 0, "/a", "2"), "If-Match", tag)
        .isProblem(412, "precondition-failed");
    String next = api.get("/v1/spaces/" + space).header("etag");
    Answer nameless =
        patch(space, "merge-patch", "{\"a\":2}", "If-Match", next)
            .isProblem(428, "idempotency-key-required");
    assertThat(nameless.string("hint")).contains("Idempotency-Key");
    assertThat(
            patch(space, "merge-patch", "{\"a\":2}", "If-Match", next, "Idempotency-Key", "mine")
                .status())
        .isEqualTo(201);
  }

  @Test
  void limitsAreAnsweredWithTheirRule() {
    String space =
        ruled("{\"format\":\"mnemogrid-policy-1\",\"limits\":{\"leaves\":4,\"delta_bytes\":400}}");
    assertThat(api.commit(space, delta("u1", 0, "/a", "1")).status()).isEqualTo(201);
    Answer leaves = api.commit(space, delta("u2", 0, "/b", "1")).isProblem(403, "policy");
    assertThat(leaves.string("rule")).isEqualTo("/limits/leaves");
    Answer bytes =
        api.commit(space, delta("u3", 0, "/a", "\"" + "x".repeat(400) + "\""))
            .isProblem(403, "policy");
    assertThat(bytes.string("rule")).isEqualTo("/limits/delta_bytes");
  }

  @Test
  void anIdThatNobodyChoseSaysSo() {
    String space = ruled(RULES);
    Answer made = patch(space, "merge-patch", "{\"x\":1}");
    assertThat(made.status()).isEqualTo(201);
    assertThat(made.string("update_id")).startsWith("mnemogrid.made:");
    Update record = Update.parse(api.get("/v1/spaces/" + space + "/updates/2").text());
    assertThat(record.id().text()).isEqualTo(made.string("update_id"));
  }
}
