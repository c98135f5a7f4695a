package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.merge.PatchBody.Step;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import io.mnemogrid.state.UpdateId;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** How patches are read, hashed, bounded and refused. */
class PatchTest {
  private static final UpdateId ID = new UpdateId("p-1");
  private static final Author AUTHOR = new Author("bot-p");

  private static void refused(ThrowingCallable reading, String pointer) {
    assertThatThrownBy(reading)
        .isInstanceOfSatisfying(
            JsonException.class, e -> assertThat(e.pointer()).isEqualTo(pointer));
  }

  @Test
  void isHashedAsTheCanonicalRequestOfAuthorTypeIdAndPatch() {
    Delta.Patch patch = Patches.steps("[{\"value\":1,\"op\":\"add\",\"path\":\"/a\",\"x\":0}]");
    assertThat(patch.requestHash())
        .isEqualTo(
            Hash.sha256(
                """
                {"author":"bot-p","json_patch":[{"op":"add","path":"/a","value":1,"x":0}],\
                "type":"test","update_id":"p-1"}\
                """));
    assertThat(Patches.merge(Json.parse("{\"b\":null,\"a\":1}")).requestHash())
        .isEqualTo(
            Hash.sha256(
                """
                {"author":"bot-p","merge_patch":{"a":1,"b":null},"type":"test","update_id":"p-1"}\
                """));
  }

  @Test
  void isReadAgainByTheMemberThatItTravelsTo() {
    for (Delta.Patch patch :
        List.of(
            Patches.steps("[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/b\"}]"),
            Patches.merge(Json.parse("{\"a\":{\"b\":null}}")))) {
      String travels = patch.request().canonical();
      assertThat(Delta.parseAny((Json.Obj) Json.parseCanonical(travels))).isEqualTo(patch);
    }
    refused(() -> Delta.parseAny(Json.parseObject("{\"merge_patch\":1,\"json_patch\":[]}")), "");
    refused(() -> Delta.parseAny(Json.parseObject("{\"json_patch\":[],\"base\":1}")), "/base");
  }

  @Test
  void hasSeenTheHeadItIsJudgedAgainstAtTheStoresTime() {
    Delta.Patch patch = Patches.steps("[]").against(41, Patches.NOW);
    assertThat(patch.base()).isEqualTo(41);
    assertThat(patch.timestamp()).isEqualTo(Patches.NOW);
    assertThat(patch.requestHash()).isEqualTo(Patches.steps("[]").requestHash());
  }

  @Test
  void namesWhatIsMalformed() {
    refused(() -> Patches.steps("{}"), "");
    refused(() -> Patches.steps("[7]"), "/0");
    refused(() -> Patches.steps("[{\"path\":\"/a\"}]"), "/0/op");
    refused(() -> Patches.steps("[{\"op\":\"remove\"}]"), "/0/path");
    refused(() -> Patches.steps("[{\"op\":\"remove\",\"path\":\"/a~2\"}]"), "/0/path");
    refused(() -> Patches.steps("[{\"op\":\"remove\",\"path\":\"a\"}]"), "/0/path");
    refused(() -> Patches.steps("[{\"op\":\"add\",\"path\":\"/a\"}]"), "/0/value");
    refused(() -> Patches.steps("[{\"op\":\"copy\",\"path\":\"/a\"}]"), "/0/from");
    refused(
        () -> Patches.steps("[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/a/b\"}]"), "/0/path");
    refused(
        () -> Delta.Patch.ofMerge(new UpdateId("mnemogrid.part:1"), AUTHOR, "t", Json.NULL),
        "/update_id");
    refused(() -> Delta.Patch.ofMerge(ID, AUTHOR, "", Json.NULL), "/type");
  }

  @Test
  void takesNoMoreThanADelta() {
    Json step = Json.parse("{\"op\":\"remove\",\"path\":\"/a\"}");
    assertThat(Patches.steps(new Json.Arr(Collections.nCopies(10_000, step))).body())
        .isInstanceOf(PatchBody.Steps.class);
    refused(() -> Patches.steps(new Json.Arr(Collections.nCopies(10_001, step))), "");

    Json half = object(10_000);
    Json add = Json.object(Map.of("op", Json.of("add"), "path", Json.of("/a"), "value", half));
    assertThat(Patches.steps(new Json.Arr(List.of(add, add))).sizeBytes()).isPositive();
    refused(() -> Patches.steps(new Json.Arr(List.of(add, add, add))), "/2");
    assertThat(Patches.merge(object(20_000)).sizeBytes()).isPositive();
    refused(() -> Patches.merge(object(20_001)), "");

    Json large = Json.of("x".repeat(Delta.MAX_BYTES));
    refused(() -> Patches.merge(Json.object(Map.of("a", large))), "");
    // one level more than it has stands around it on its way to another member
    assertThat(Patches.merge(nested(63)).body()).isEqualTo(new PatchBody.Merge(nested(63)));
    refused(() -> Patches.merge(nested(64)), "");
    refused(() -> Delta.checkList(List.of(Patches.steps("[]"), Patches.steps("[]"))), "");
  }

  private static Json.Obj object(int members) {
    TreeMap<String, Json> all = new TreeMap<>();
    IntStream.range(0, members).forEach(i -> all.put("k" + i, Json.of(i)));
    return new Json.Obj(all);
  }

  private static Json nested(int depth) {
    Json json = Json.EMPTY_OBJECT;
    for (int i = 1; i < depth; i++) {
      json = Json.object(Map.of("a", json));
    }
    return json;
  }

  @Test
  void tellsWhatStandsWhereATestFails() {
    State head =
        Patches.head(Json.parse("{\"a\":{\"b\":2},\"large\":\"" + "x".repeat(70_000) + "\"}"));
    assertThat(Patches.refusal(head, Patches.steps(test("/a/b", "1"))))
        .isEqualTo(new Refusal.TestFailed(0, Pointer.parse("/a/b"), Json.of(2), false));
    assertThat(Patches.refusal(head, Patches.steps(test("/a/c", "1"))))
        .isEqualTo(new Refusal.TestFailed(0, Pointer.parse("/a/c"), null, false));
    assertThat(Patches.refusal(head, Patches.steps(test("/large", "1"))))
        .isEqualTo(new Refusal.TestFailed(0, Pointer.parse("/large"), null, true));
    assertThat(
            Patches.refusal(
                head,
                Patches.steps(
                    "[{\"op\":\"add\",\"path\":\"/a/c\",\"value\":[]},"
                        + test("/a", "{\"b\":2}").substring(1))))
        .isEqualTo(
            new Refusal.TestFailed(
                1, Pointer.parse("/a"), Json.parse("{\"b\":2,\"c\":[]}"), false));
  }

  private static String test(String path, String value) {
    return "[{\"op\":\"test\",\"path\":\"" + path + "\",\"value\":" + value + "}]";
  }

  @Test
  void aRefusalOfAPatchSettlesNothing() {
    State head = Patches.head(Json.parse("{\"a\":1}"));
    for (String patch :
        List.of(
            test("/a", "2"),
            "[{\"op\":\"remove\",\"path\":\"/b\"}]",
            "[{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"\"}]")) {
      Delta.Patch delta = Patches.steps(patch);
      assertThat(Patches.refusal(head, delta).isLasting(delta)).as(patch).isFalse();
    }
  }

  /** Twice as much with each step: refused before anybody assembles it. */
  @Test
  void aFewCopiesDoNotMakeAHugeDocument() {
    StringBuilder steps =
        new StringBuilder("[{\"op\":\"add\",\"path\":\"/a\",\"value\":{\"k\":1}}");
    for (int i = 0; i < 10_000 - 1; i++) {
      steps.append(",{\"op\":\"copy\",\"from\":\"/a\",\"path\":\"/a/").append(i).append("\"}");
    }
    State head = Patches.head(Json.EMPTY_OBJECT);
    assertThat(Patches.refusal(head, Patches.steps(steps.append("]").toString())))
        .isInstanceOfAny(Refusal.TooLarge.class, Refusal.BadValue.class);
  }

  @Test
  void manyCopiesOfALargeValueAreRefused() {
    State head = Patches.head(Json.object(Map.of("a", Json.of("x".repeat(200_000)))));
    List<Json> steps = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      steps.add(
          Json.object(
              Map.of("op", Json.of("copy"), "from", Json.of("/a"), "path", Json.of("/b" + i))));
    }
    assertThat(Patches.refusal(head, Patches.steps(new Json.Arr(steps))))
        .isInstanceOf(Refusal.TooLarge.class);
    assertThat(Patches.play(head, Patches.steps(new Json.Arr(steps.subList(0, 20)))).members())
        .hasSize(21);
  }

  @Test
  void aMoveOfMoreLeavesThanADeltaWritesIsRefused() {
    State head = Patches.head(Json.object(Map.of("a", object(20_001), "b", object(20_000))));
    Delta.Patch move = Patches.steps("[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/c\"}]");
    assertThat(Patches.refusal(head, move))
        .isEqualTo(
            new Refusal.PatchFailed(
                -1, Pointer.parse("/c"), "with it the patch writes more than 20,000 leaves"));
    Delta.Patch fits = Patches.steps("[{\"op\":\"move\",\"from\":\"/b\",\"path\":\"/c\"}]");
    assertThat(Patches.play(head, fits).members()).containsOnlyKeys("a", "c");
  }

  @Test
  void whatDoesNotFitADocumentIsRefused() {
    String deep = "/a".repeat(32);
    State head = Patches.head(Json.parse("{\"x\":" + "{\"a\":".repeat(31) + "1" + "}".repeat(32)));
    assertThat(head.value(Pointer.parse("/x" + "/a".repeat(31)))).isEqualTo(Json.of(1));
    assertThat(
            Patches.refusal(
                head,
                Patches.steps(
                    "[{\"op\":\"copy\",\"from\":\"/x\",\"path\":\"/y\"},"
                        + "{\"op\":\"move\",\"from\":\"/y\",\"path\":\"/x/b\"}]")))
        .isInstanceOf(Refusal.BadValue.class);
    assertThat(Patches.refusal(Patches.head(Json.EMPTY_OBJECT), Patches.merge(nested(40))))
        .isInstanceOf(Refusal.BadValue.class);
    assertThat(
            Patches.refusal(
                Patches.head(Json.EMPTY_OBJECT),
                Patches.steps(
                    "[{\"op\":\"add\",\"path\":\"/"
                        + "x".repeat(600)
                        + "\",\"value\":{\""
                        + "y".repeat(600)
                        + "\":1}}]")))
        .isInstanceOf(Refusal.BadValue.class);
    refused(() -> Patches.steps("[{\"op\":\"remove\",\"path\":\"" + deep + "/b\"}]"), "/0/path");
  }

  /** A value is opened where something below it changes, and opening is bounded. */
  @Test
  void manyLargeArraysAreNotOpenedAtOnce() {
    List<Json> items = Collections.nCopies(60_000, Json.of(1));
    TreeMap<String, Json> arrays = new TreeMap<>();
    List<Json> steps = new ArrayList<>();
    for (int i = 0; i < 80; i++) {
      arrays.put("k" + i, new Json.Arr(items));
      steps.add(Json.parse("{\"op\":\"add\",\"path\":\"/k" + i + "/-\",\"value\":2}"));
    }
    State head = Patches.head(new Json.Obj(arrays));
    assertThat(Patches.refusal(head, Patches.steps(new Json.Arr(steps))))
        .isInstanceOf(Refusal.TooLarge.class);
    assertThat(Patches.play(head, Patches.steps(new Json.Arr(steps.subList(0, 20))))).isNotNull();
  }

  @Test
  void weighsWhatItTouches() {
    State head = Patches.head(Json.object(Map.of("a", object(5000), "b", Json.of(1))));
    assertThat(Patches.steps("[{\"op\":\"remove\",\"path\":\"/b\"}]").weigh(head, 4096))
        .isLessThan(10);
    assertThat(Patches.steps("[{\"op\":\"remove\",\"path\":\"/a\"}]").weigh(head, 4096))
        .isGreaterThan(4096);
    assertThat(
            Patches.steps("[{\"op\":\"move\",\"from\":\"/a\",\"path\":\"/c\"}]").weigh(head, 4096))
        .isGreaterThan(4096);
    assertThat(Patches.merge(Json.parse("{\"a\":null}")).weigh(head, 4096)).isGreaterThan(4096);
    assertThat(Patches.merge(Json.parse("{\"a\":{\"k1\":null}}")).weigh(head, 4096)).isLessThan(10);
  }

  @Test
  void stepsKeepTheirOrder() {
    PatchBody.Steps steps =
        PatchBody.ofSteps(
            Json.parse(
                "[{\"op\":\"remove\",\"path\":\"/a\"},{\"op\":\"test\",\"path\":\"/b\",\"value\":null}]"),
            "");
    assertThat(steps.steps())
        .containsExactly(
            new Step.Remove(Pointer.parse("/a")), new Step.Test(Pointer.parse("/b"), Json.NULL));
  }
}
