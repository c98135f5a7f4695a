package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.api.RunningServer.DeltaText;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Spaces over HTTP. */
class SpacesIT {
  private final RunningServer api = RunningServer.shared();

  @Test
  void createsOnceAndThenFinds() {
    Answer created = api.put("/v1/spaces/fresh-space", "");
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.header("location")).isEqualTo("/v1/spaces/fresh-space");
    assertThat(created.json().members().keySet())
        .containsExactly(
            "audited_version",
            "finalized_version",
            "grid",
            "leaves",
            "log_root",
            "root",
            "space",
            "version");
    assertThat(created.string("root")).isEqualTo(Hash.OF_NOTHING.toString());
    assertThat(created.number("version")).isZero();
    Answer again = api.put("/v1/spaces/fresh-space", "");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.any()).isEqualTo(created.any());
  }

  @Test
  void keepsThePolicyItWasCreatedWith() {
    String policy = "{\"format\":\"mnemogrid-policy-1\"}";
    Answer created = json("/v1/spaces/with-policy", policy);
    assertThat(created.status()).isEqualTo(201);
    assertThat(created.number("version")).as("the policy is version 1").isOne();
    assertThat(json("/v1/spaces/with-policy", policy.replace(":", " : ")).status()).isEqualTo(200);
    assertThat(api.put("/v1/spaces/with-policy", "").status()).isEqualTo(200);
    Answer differs =
        json(
                "/v1/spaces/with-policy",
                "{\"format\":\"mnemogrid-policy-1\",\"require\":{\"if_match\":true}}")
            .isProblem(409, "policy-differs");
    assertThat(differs.string("hint")).contains("/_mnemogrid/policy");
    Answer malformed =
        json("/v1/spaces/never-there", "{\"format\":\"mnemogrid-policy-1\",\"sealed\":[]}")
            .isProblem(400, "bad-request");
    assertThat(malformed.string("errors/0/pointer")).isEqualTo("/sealed");
    json("/v1/spaces/never-there", "{\"retain\":\"all\"}").isProblem(400, "bad-request");
    json("/v1/spaces/never-there", "[1]").isProblem(400, "bad-request");
    api.get("/v1/spaces/never-there").isProblem(404, "unknown-space");
  }

  @Test
  void refusesASpaceBeyondItsLimit() throws Exception {
    RunningServer small = RunningServer.start(Map.of("mnemogrid.max-spaces", 1));
    try {
      assertThat(small.put("/v1/spaces/one", "").status()).isEqualTo(201);
      Answer refused = small.put("/v1/spaces/two", "").isProblem(409, "too-many-spaces");
      assertThat(refused.string("detail")).contains("space two", "1 that this grid may have");
      assertThat(refused.string("hint")).contains("MNEMOGRID_MAX_SPACES");
      assertThat(small.put("/v1/spaces/one", "").status()).isEqualTo(200);
    } finally {
      Server.stop(small.server());
    }
  }

  private Answer json(String path, String body) {
    return api.send("PUT", path, body, "Content-Type", "application/json");
  }

  @Test
  void refusesANameThatIsNone() {
    Answer refused = api.put("/v1/spaces/Not-A-Name", "").isProblem(400, "bad-request");
    assertThat(refused.string("errors/0/pointer")).isEqualTo("?space");
  }

  @Test
  void showsTheHead() {
    String space = api.newSpace();
    Answer committed = api.commit(space, RunningServer.delta("h-1", 0, "/a/b", "1"));
    Answer head = api.get("/v1/spaces/" + space);
    assertThat(head.status()).isEqualTo(200);
    assertThat(head.number("version")).isEqualTo(1);
    assertThat(head.number("leaves")).isEqualTo(1);
    assertThat(head.string("space")).isEqualTo(space);
    assertThat(head.string("root")).isEqualTo(committed.string("root"));
    assertThat(head.string("log_root")).startsWith("0x").hasSize(66);
    assertThat(head.header("etag")).isEqualTo(committed.header("etag")).startsWith("\"1.");
    Answer same = api.get("/v1/spaces/" + space, "If-None-Match", head.header("etag"));
    assertThat(same.status()).isEqualTo(304);
    assertThat(same.response().body()).isEmpty();
  }

  @Test
  void namesThePutThatCreatesAnUnknownSpace() {
    Answer refused = api.get("/v1/spaces/nobody-made-it").isProblem(404, "unknown-space");
    assertThat(refused.string("hint")).contains("PUT /v1/spaces/nobody-made-it");
  }

  @Test
  void listsSpacesPageByPage() {
    api.newSpace();
    api.newSpace();
    StringBuilder seen = new StringBuilder();
    Answer page = api.get("/v1/spaces?limit=1");
    String whole = api.get("/v1/spaces?limit=500").text();
    int pages = 1;
    seen.append(page.string("items/0/space")).append(' ');
    while (!page.at("next").equals(Json.NULL)) {
      page = api.get("/v1/spaces?limit=1&cursor=" + page.string("next"));
      assertThat(((Json.Arr) page.at("items")).items()).hasSize(1);
      seen.append(page.string("items/0/space")).append(' ');
      pages++;
    }
    assertThat(pages).isGreaterThanOrEqualTo(2);
    for (String name : seen.toString().strip().split(" ", -1)) {
      assertThat(whole).contains("\"space\":\"" + name + "\"");
    }
    api.get("/v1/spaces?limit=0").isProblem(400, "bad-request");
    api.get("/v1/spaces?limit=501").isProblem(400, "bad-request");
    api.get("/v1/spaces?limit=many").isProblem(400, "bad-request");
  }

  @Test
  void showsWhatABotPutsIntoItsPrompt() {
    String space = api.newSpace();
    Answer empty = api.get("/v1/spaces/" + space + "/summary");
    assertThat(empty.at("summary")).isEqualTo(Json.NULL);
    api.commit(
        space,
        new DeltaText("p-1")
            .set("/summary", "\"nineteen posts\"")
            .set("/policies/language", "\"fr\"")
            .toString());
    Answer summary = api.get("/v1/spaces/" + space + "/summary");
    assertThat(summary.string("summary")).isEqualTo("nineteen posts");
    assertThat(summary.string("policies/language")).isEqualTo("fr");
    assertThat(summary.number("version")).isEqualTo(1);
    assertThat(
            api.get("/v1/spaces/" + space + "/summary", "If-None-Match", summary.header("etag"))
                .status())
        .isEqualTo(304);
  }
}
