package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.api.RunningServer.DeltaText;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Secrets in commits and policies over HTTP. */
class SecretsIT {
  /** Has the form of a token of npm, and is none. */
  private static final String TOKEN = "npm_" + "Ab1".repeat(12);

  private static final String MARK = "[secret removed: npm-token]";

  private final RunningServer api = RunningServer.shared();

  private static DeltaText delta(String id) {
    return new DeltaText(id).set("/a", "1").set("/b", "{\"c\":[\"see " + TOKEN + "\"]}");
  }

  @Test
  void refusesACommitAndNamesThePlaceAndNeverTheSecret() {
    String space = api.newSpace();
    Answer refused = api.commit(space, delta("s-1").toString()).isProblem(422, "secret");
    assertThat(refused.string("rule")).isEqualTo("npm-token");
    assertThat(refused.string("errors/0/pointer")).isEqualTo("/changes/added/1/value/c/0");
    assertThat(refused.string("errors/0/detail")).isEqualTo("holds a token of npm");
    assertThat(refused.text()).doesNotContain(TOKEN);
    Answer list =
        api.commit(space, "[" + RunningServer.delta("s-0", 0, "/x", "1") + "," + delta("s-1") + "]")
            .isProblem(422, "secret");
    assertThat(list.string("errors/0/pointer")).isEqualTo("/1/changes/added/1/value/c/0");
    assertThat(list.number("index")).isEqualTo(1);
    assertThat(api.get("/v1/spaces/" + space).number("version")).isZero();
    assertThat(api.get("/prometheus").text())
        .contains("mnemogrid_refusals_total{code=\"secret\"}")
        .doesNotContain(TOKEN);
  }

  @Test
  void writesWithoutTheSecretWhereThatIsPreferred() {
    String space = api.newSpace();
    Answer written = api.commit(space, delta("s-1").toString(), "Prefer", "redact");
    assertThat(written.status()).isEqualTo(201);
    assertThat(written.header("preference-applied")).isEqualTo("redact");
    assertThat(written.at("redacted").canonical())
        .isEqualTo("[{\"pointer\":\"/changes/added/1/value/c/0\",\"rule\":\"npm-token\"}]");
    assertThat(api.get("/v1/spaces/" + space + "/state?path=/b/c").text())
        .isEqualTo("[\"see " + MARK + "\"]");
    Answer record = api.get("/v1/spaces/" + space + "/updates/1");
    assertThat(record.text()).doesNotContain(TOKEN);
    Json left = Json.parse(delta("s-1").toString().replace(TOKEN, MARK));
    assertThat(record.string("request")).isEqualTo(Hash.sha256(left.canonical()).toString());

    Answer again = api.commit(space, delta("s-1").toString(), "Prefer", "return=minimal, redact");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.at("duplicate")).isEqualTo(Json.TRUE);
    assertThat(again.header("preference-applied")).isEqualTo("return=minimal, redact");
    assertThat(again.at("redacted")).isEqualTo(written.at("redacted"));

    Answer list = api.commit(space, "[" + delta("s-2") + "]", "Prefer", "redact");
    assertThat(list.status()).isEqualTo(201);
    assertThat(list.text()).contains("\"redacted\":[").doesNotContain(TOKEN);
    Answer none = api.commit(space, RunningServer.delta("s-3", 2, "/d", "1"), "Prefer", "redact");
    assertThat(none.header("preference-applied")).isEqualTo("redact");
    assertThat(none.json().members()).doesNotContainKey("redacted");
  }

  @Test
  void refusesASecretInANameAllTheSame() {
    String space = api.newSpace();
    String named = new DeltaText("s-1").set("/" + TOKEN, "1").toString();
    Answer refused = api.commit(space, named, "Prefer", "redact").isProblem(422, "secret");
    assertThat(refused.string("errors/0/pointer")).isEqualTo("/changes/added/0/key");
    assertThat(refused.text()).doesNotContain(TOKEN);
  }

  /** The place is one in the body, which of a patch is the patch alone. */
  @Test
  void refusesAPatchWithOne() {
    String space = api.newSpace();
    Map<String, List<String>> patches =
        Map.of(
            "application/merge-patch+json", List.of("{\"a\":{\"b\":\"%s\"}}", "/a/b"),
            "application/json-patch+json",
                List.of("[{\"op\":\"add\",\"path\":\"/a\",\"value\":\"%s\"}]", "/0/value"));
    patches.forEach((type, patch) -> {
      Answer refused =
          api.send(
                  "PATCH",
                  "/v1/spaces/" + space + "/state",
                  patch.getFirst().formatted(TOKEN),
                  "Content-Type",
                  type,
                  "Mnemogrid-Author",
                  "bot-a")
              .isProblem(422, "secret");
      assertThat(refused.string("errors/0/pointer")).isEqualTo(patch.getLast());
      assertThat(refused.text()).doesNotContain(TOKEN);
    });
    assertThat(api.get("/v1/spaces/" + space).number("version")).isZero();
  }

  @Test
  void refusesAPolicyWithOne() {
    String space = api.newSpace() + "-2";
    String policy =
        "{\"format\":\"mnemogrid-policy-1\",\"writers\":[{\"paths\":[\"/a\"],\"authors\":[\""
            + TOKEN
            + "\"]}]}";
    Answer refused =
        api.send("PUT", "/v1/spaces/" + space, policy, "Content-Type", "application/json")
            .isProblem(422, "secret");
    assertThat(refused.string("errors/0/pointer")).isEqualTo("/writers/0/authors/0");
    assertThat(refused.text()).doesNotContain(TOKEN);
    api.get("/v1/spaces/" + space).isProblem(404, "unknown-space");
  }
}
