package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.state.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Commits that want the head to be the one that their author saw. */
class ConditionsIT {
  private final RunningServer api = RunningServer.shared();

  private Answer rollback(String space, String id, String... headers) {
    String[] all = new String[headers.length + 2];
    all[0] = "Content-Type";
    all[1] = "application/json";
    System.arraycopy(headers, 0, all, 2, headers.length);
    String body = "{\"to\":0,\"author\":\"me\",\"update_id\":\"" + id + "\"}";
    return api.send("POST", "/v1/spaces/" + space + "/rollback", body, all);
  }

  /** A refusal with the head that is there instead. */
  private void isNotCurrent(String space, Answer answer) {
    answer.isProblem(412, "precondition-failed");
    Answer head = api.get("/v1/spaces/" + space);
    assertThat(answer.header("etag")).isEqualTo(head.header("etag")).isNotEmpty();
    assertThat(answer.string("current/etag")).isEqualTo(head.header("etag"));
    assertThat(answer.number("current/version")).isEqualTo(head.number("version"));
    assertThat(answer.string("current/root")).isEqualTo(head.string("root"));
  }

  @Test
  void aCommitWithATagGoesOntoThatHeadOnly() {
    String space = api.newSpace();
    String first = api.commit(space, delta("a", 0, "/a", "1")).header("etag");
    Answer second = api.commit(space, delta("b", 0, "/a", "2"), "If-Match", first);
    assertThat(second.status()).isEqualTo(201);
    isNotCurrent(space, api.commit(space, delta("c", 1, "/a", "3"), "If-Match", first));
    assertThat(api.get("/v1/spaces/" + space).number("version")).isEqualTo(2);
    assertThat(api.commit(space, delta("d", 1, "/a", "3")).status())
        .as("without a condition it is merged")
        .isEqualTo(201);
  }

  /** RFC 9110 §13.1.1: a list, any, and strong comparison. */
  @Test
  void readsListsOfTagsAndComparesStrongly() {
    String space = api.newSpace();
    isNotCurrent(space, api.commit(space, delta("x", 0, "/a", "0"), "If-Match", "*"));
    String tag = api.commit(space, delta("a", 0, "/a", "1")).header("etag");
    for (String none :
        List.of(
            "W/" + tag,
            "\"xyzzy\", \"r2d2xxxx\"",
            "W/" + tag + ", \"other\"",
            tag.replace("\"1.", "\"2."),
            "\"1.0000000000000000\"")) {
      isNotCurrent(space, api.commit(space, delta("b", 0, "/a", "2"), "If-Match", none));
    }
    String now = tag;
    int number = 0;
    for (String list :
        List.of("\"other\", TAG", "TAG,\"other\"", "W/\"x\",, TAG ,", "\"a,b\",TAG", "TAG", "*")) {
      Answer answer =
          api.commit(
              space,
              delta("l" + number, 0, "/l", Integer.toString(number++)),
              "If-Match",
              list.replace("TAG", now));
      assertThat(answer.status()).as(list).isEqualTo(201);
      now = answer.header("etag");
    }
    Answer lines =
        api.commit(space, delta("m", 0, "/m", "1"), "If-Match", "\"other\"", "If-Match", now);
    assertThat(lines.status()).isEqualTo(201);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"1.0123456789abcdef", "\"1", "1\"", "w/\"1\"", "\"a\" \"b\"", "*, \"a\"", ","})
  void refusesWhatIsNoListOfTags(String list) {
    String space = api.newSpace();
    api.commit(space, delta("a", 0, "/a", "1"), "If-Match", list).isProblem(400, "bad-request");
    assertThat(api.get("/v1/spaces/" + space).number("version")).isZero();
  }

  @Test
  void theFirstCommitOfASpaceIsMadeOnce() {
    String space = api.newSpace();
    String none = "If-None-Match";
    assertThat(api.commit(space, delta("a", 0, "/a", "1"), none, "*").status()).isEqualTo(201);
    isNotCurrent(space, api.commit(space, delta("b", 0, "/a", "1"), none, "*"));
    isNotCurrent(space, rollback(space, "c", none, "*"));
    isNotCurrent(space, api.send("PUT", "/v1/spaces/" + space, "", none, "*"));
    api.commit(space, delta("d", 0, "/a", "1"), none, "\"1.0123456789abcdef\"")
        .isProblem(400, "precondition-unsupported");
    api.commit(space, delta("d", 0, "/a", "1"), none, "*", "If-Match", "*")
        .isProblem(400, "precondition-unsupported");
  }

  /** A PUT changes no head, and says that it met the one that its author has seen. */
  @Test
  void aPutOfASpaceGoesOnOnlyWhereTheNamedHeadIs() {
    String absent = "/v1/spaces/" + api.newSpace() + "-not";
    Answer refused = api.send("PUT", absent, "", "If-Match", "*");
    refused.isProblem(412, "precondition-failed");
    assertThat(refused.json().get("current")).isNull();
    api.send("PUT", absent, "", "If-Match", "\"0.0000000000000000\"")
        .isProblem(412, "precondition-failed");
    api.get(absent).isProblem(404, "unknown-space");

    String space = api.newSpace();
    String path = "/v1/spaces/" + space;
    assertThat(api.send("PUT", path, "", "If-Match", "*").status()).as("empty").isEqualTo(200);
    String old = api.get(path + "/state").header("etag");
    assertThat(api.send("PUT", path, "", "If-Match", old).status()).isEqualTo(200);
    String tag = api.commit(space, delta("a", 0, "/a", "1")).header("etag");
    isNotCurrent(space, api.send("PUT", path, "", "If-Match", old));
    isNotCurrent(space, api.send("PUT", path, "", "If-Match", "W/" + tag));
    assertThat(api.send("PUT", path, "", "If-Match", old + ", " + tag).status()).isEqualTo(200);
  }

  @Test
  void listsAndRollbacksHaveConditionsToo() {
    String space = api.newSpace();
    String tag = api.commit(space, delta("a", 0, "/a", "1")).header("etag");
    String list = "[" + delta("l1", 0, "/l", "1") + "," + delta("l2", 0, "/m", "1") + "]";
    Answer listed = api.commit(space, list, "If-Match", tag);
    assertThat(listed.status()).isEqualTo(201);
    String late = list.replace("l1", "l3").replace("l2", "l4");
    Answer refused = api.commit(space, late, "If-Match", tag);
    isNotCurrent(space, refused);
    assertThat(refused.number("index")).isZero();
    isNotCurrent(space, rollback(space, "r1", "If-Match", tag));
    assertThat(rollback(space, "r2", "If-Match", listed.header("etag")).status()).isEqualTo(201);
    assertThat(api.get("/v1/spaces/" + space + "/state").text()).isEqualTo("{}");
  }

  @Test
  void aRepeatedIdComesBeforeAStaleTag() {
    String space = api.newSpace();
    String tag = api.commit(space, delta("a", 0, "/a", "1")).header("etag");
    String body = delta("b", 0, "/b", "1");
    Answer first = api.commit(space, body, "If-Match", tag, "Idempotency-Key", "b");
    assertThat(first.header("Idempotency-Replayed")).isEmpty();
    api.commit(space, delta("c", 0, "/c", "1"));
    Answer again = api.commit(space, body, "If-Match", tag, "Idempotency-Key", "\"b\"");
    assertThat(again.status()).isEqualTo(200);
    assertThat(again.header("Idempotency-Replayed")).isEqualTo("true");
    assertThat(again.at("duplicate")).isEqualTo(Json.TRUE);
    assertThat(again.number("version")).isEqualTo(2);
    assertThat(again.header("etag")).isEqualTo(first.header("etag"));
    api.commit(space, delta("b", 0, "/b", "2"), "If-Match", tag).isProblem(409, "update-id-reused");
    String list = "[" + body + "," + delta("c", 0, "/c", "1") + "]";
    assertThat(api.commit(space, list).header("Idempotency-Replayed")).isEqualTo("true");
  }

  /** Everybody writes onto the head that all of them saw: one of them does. */
  @Test
  void exactlyOneOfManyMakesEachVersion() {
    String space = api.newSpace();
    String tag = api.commit(space, delta("begin", 0, "/n", "0")).header("etag");
    Executor threads = task -> Thread.ofVirtual().start(task);
    for (int round = 1; round <= 20; round++) {
      String seen = tag;
      List<CompletableFuture<Answer>> asked = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        String body = delta("r" + round + "-" + i, 0, "/n", Integer.toString(i));
        asked.add(
            CompletableFuture.supplyAsync(
                () -> api.commit(space, body, "If-Match", seen), threads));
      }
      List<Answer> answers = asked.stream().map(CompletableFuture::join).toList();
      List<Answer> made = answers.stream().filter(one -> one.status() == 201).toList();
      assertThat(made).hasSize(1);
      assertThat(answers).filteredOn(one -> one.status() == 412).hasSize(63);
      assertThat(made.getFirst().number("version")).isEqualTo(round + 1);
      tag = made.getFirst().header("etag");
    }
  }
}
