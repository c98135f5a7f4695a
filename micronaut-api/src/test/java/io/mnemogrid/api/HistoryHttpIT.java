package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.state.Json;
import java.util.List;
import org.junit.jupiter.api.Test;

/** History, blame, diff and rollback over HTTP. */
class HistoryHttpIT {
  private final RunningServer api = RunningServer.shared();

  private String grown() {
    String space = api.newSpace();
    api.commit(space, delta("h-1", 0, "/facts", "{\"a\":1,\"b\":{\"c\":2}}"));
    api.commit(space, delta("h-2", 1, "/facts/a", "5"));
    api.commit(space, delta("h-3", 2, "/other", "[1,2]"));
    return "/v1/spaces/" + space;
  }

  private Answer rollback(String space, String body) {
    return api.send("POST", space + "/rollback", body, "Content-Type", "application/json");
  }

  private static List<Json> items(Answer answer) {
    return ((Json.Arr) answer.at("items")).items();
  }

  @Test
  void listsWhatChangedAPlacePageByPage() {
    String space = grown();
    Answer all = api.get(space + "/history?path=facts.a");
    assertThat(items(all)).hasSize(2);
    assertThat(all.at("items/1")).isEqualTo(api.get(space + "/updates/2").any());
    assertThat(all.at("next")).isEqualTo(Json.NULL);
    Answer first = api.get(space + "/history?path=/facts&limit=1");
    assertThat(items(first)).hasSize(1);
    Answer second = api.get(space + "/history?path=/facts&limit=1&cursor=" + first.number("next"));
    assertThat(second.number("items/0/version")).isEqualTo(2);
    assertThat(items(api.get(space + "/history"))).hasSize(3);
    assertThat(items(api.get(space + "/history?path=/none"))).isEmpty();
    api.get(space + "/history?path=a..b").isProblem(400, "bad-request");
  }

  @Test
  void saysWhoSetWhatStands() {
    String space = grown();
    Answer blame = api.get(space + "/blame?path=facts");
    assertThat(blame.string("leaf")).isEqualTo("/facts/a");
    assertThat(blame.at("update")).isEqualTo(api.get(space + "/updates/2").any());
    assertThat(api.get(space + "/blame?path=/other/0").string("leaf")).isEqualTo("/other");
    api.get(space + "/blame?path=/none").isProblem(404, "nothing-there");
  }

  @Test
  void tellsTheDifferenceAsAJsonPatch() {
    String space = grown();
    Answer diff = api.get(space + "/diff?from=1");
    assertThat(diff.header("content-type")).isEqualTo("application/json-patch+json");
    assertThat(diff.text())
        .isEqualTo(
            "[{\"op\":\"replace\",\"path\":\"/facts/a\",\"value\":5},"
                + "{\"op\":\"add\",\"path\":\"/other\",\"value\":[1,2]}]");
    assertThat(api.get(space + "/diff?from=2&to=0").text())
        .isEqualTo("[{\"op\":\"remove\",\"path\":\"/facts\"}]");
    api.get(space + "/diff?from=1&to=9").isProblem(404, "unknown-version");
    api.get(space + "/diff").isProblem(400, "bad-request");
  }

  @Test
  void rollsBackOnceById() {
    String space = grown();
    String body = "{\"to\":1,\"author\":\"me\",\"update_id\":\"back\"}";
    Answer first = rollback(space, body);
    assertThat(first.status()).isEqualTo(201);
    assertThat(first.header("location")).isEqualTo(space + "/updates/4");
    assertThat(first.at("applied").canonical()).isEqualTo("[\"/facts/a\",\"/other\"]");
    assertThat(api.get(space + "/state").text()).isEqualTo("{\"facts\":{\"a\":1,\"b\":{\"c\":2}}}");
    Answer again = rollback(space, body);
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.at("duplicate")).isEqualTo(Json.TRUE);
    assertThat(again.number("version")).isEqualTo(4);
    rollback(space, body.replace("1", "2")).isProblem(409, "update-id-reused");
    Answer ahead = rollback(space, body.replace("1", "9").replace("back", "b2"));
    ahead.isProblem(409, "version-ahead");
    assertThat(ahead.string("errors/0/pointer")).isEqualTo("/to");
    assertThat(ahead.number("head")).isEqualTo(4);
    rollback(space, "[]").isProblem(400, "bad-request");
    rollback(space, "{\"to\":1,\"author\":\"me\"}").isProblem(400, "bad-request");
    Answer unknown = rollback(space, "{\"to\":1,\"author\":\"me\",\"update_id\":\"x\",\"base\":1}");
    unknown.isProblem(400, "bad-request");
    assertThat(unknown.string("errors/0/pointer")).isEqualTo("/base");
    api.send(
            "POST",
            space + "/rollback",
            body,
            "Content-Type",
            "application/json",
            "Idempotency-Key",
            "other")
        .isProblem(400, "idempotency-key-differs");
  }

  @Test
  void takesBackWhatOneAuthorWrote() {
    String space = api.newSpace();
    api.commit(
        space, new RunningServer.DeltaText("u1").base(0).author("good").set("/a", "1").toString());
    api.commit(
        space,
        new RunningServer.DeltaText("u2")
            .base(1)
            .author("bad")
            .set("/a", "2")
            .set("/b", "2")
            .toString());
    api.commit(
        space, new RunningServer.DeltaText("u3").base(2).author("good").set("/c", "3").toString());
    String path = "/v1/spaces/" + space + "/undo";
    String[] json = {"Content-Type", "application/json"};
    String wanted = "{\"of\":\"bad\",\"since\":1,\"author\":\"me\",\"update_id\":\"undo-1\"";
    Answer trial = api.send("POST", path, wanted + ",\"dry_run\":true}", json);
    assertThat(trial.status()).isEqualTo(200);
    assertThat(trial.at("commit")).isEqualTo(Json.NULL);
    assertThat(trial.number("readers/0/version")).isEqualTo(3);
    assertThat(api.get("/v1/spaces/" + space).number("version")).isEqualTo(3);

    Answer undone = api.send("POST", path, wanted + "}", json);

    assertThat(undone.status()).as(undone.text()).isEqualTo(201);
    assertThat(undone.number("commit/version")).isEqualTo(4);
    assertThat(api.get("/v1/spaces/" + space + "/state").text()).isEqualTo("{\"a\":1,\"c\":3}");
    Answer again = api.send("POST", path, wanted + "}", json);
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.number("version")).isEqualTo(4);
    api.send("POST", path, wanted.replace("undo-1", "u3") + "}", json)
        .isProblem(409, "update-id-reused");
    Answer nothing =
        api.send(
            "POST",
            path,
            "{\"of\":\"bad\",\"since\":0,\"author\":\"me\",\"update_id\":\"undo-2\"}",
            json);
    assertThat(nothing.at("commit")).as("nothing of it stands").isEqualTo(Json.NULL);
    for (String wrong :
        List.of(
            "[]",
            "{\"of\":\"bad\",\"author\":\"me\",\"update_id\":\"x\"}",
            "{\"of\":\"bad\",\"since\":-1,\"author\":\"me\",\"update_id\":\"x\"}",
            "{\"of\":\"b d\",\"since\":0,\"author\":\"me\",\"update_id\":\"x\"}",
            "{\"of\":\"bad\",\"since\":0,\"author\":\"me\",\"update_id\":\"x\",\"more\":1}")) {
      api.send("POST", path, wrong, json).isProblem(400, "bad-request");
    }
    api.send(
            "POST",
            path,
            "{\"of\":\"bad\",\"since\":99,\"author\":\"me\",\"update_id\":\"x\"}",
            json)
        .isProblem(404, "unknown-version");
  }
}
