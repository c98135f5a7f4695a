package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Requests as clients send them: what is read, and how each refusal names its place. */
class DeltaTest {
  private static final String REQUEST =
      """
      {"update_id":"u1","base":3,\
      "base_hash":"0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",\
      "author":"bot-a","timestamp":"2026-02-05T20:00:50.1239+01:00","type":"user_interaction",\
      "strict":true,"reads":["facts.total","/a~1b"],\
      "changes":{"added":[{"key":"facts.contacts.@New","value":{"karma":1}}],\
      "modified":[{"key":"/facts/total","new_value":20,"old_value":19}],\
      "deleted":[{"key":"facts.old","old_value":null}]}}\
      """;

  private static Delta.Edit parse(String text) {
    return Delta.parse(Json.parseObject(text));
  }

  @Test
  void readsEveryMember() {
    Delta.Edit delta = parse(REQUEST);
    assertThat(delta.id()).hasToString("u1");
    assertThat(delta.base()).isEqualTo(3);
    assertThat(delta.baseHash()).isEqualTo(Hash.sha256("abc"));
    assertThat(delta.author()).hasToString("bot-a");
    assertThat(delta.timestamp()).hasToString("2026-02-05T19:00:50.123Z");
    assertThat(delta.type()).isEqualTo("user_interaction");
    assertThat(delta.strict()).isTrue();
    assertThat(delta.reads())
        .containsExactly(Pointer.parse("/facts/total"), Pointer.parse("/a~1b"));
    assertThat(delta.changes())
        .containsExactly(
            new Change.Put(
                Pointer.parse("/facts/contacts/@New"),
                "facts.contacts.@New",
                Json.parse("{\"karma\":1}"),
                null),
            new Change.Put(Pointer.parse("/facts/total"), "/facts/total", Json.of(20), Json.of(19)),
            new Change.Delete(Pointer.parse("/facts/old"), "facts.old", Json.NULL));
  }

  @Test
  void readsWhatIsLeftOutAsNothing() {
    Delta.Edit delta =
        parse(
            """
            {"update_id":"u1","base":0,"author":"a","timestamp":"2026-02-05T19:00:50Z","type":"t",\
            "changes":{"added":[{"key":"","value":{}}]}}\
            """);
    assertThat(delta.baseHash()).isNull();
    assertThat(delta.strict()).isFalse();
    assertThat(delta.reads()).isEmpty();
    assertThat(delta.changes().getFirst().path()).isEqualTo(Pointer.ROOT);
    assertThat(delta.changes().getFirst().oldValue()).isNull();
  }

  @Test
  void hashesTheRequestAsSent() {
    Hash hash = parse(REQUEST).requestHash();
    assertThat(hash).isEqualTo(Hash.sha256(Json.parse(REQUEST).canonical()));
    assertThat(parse(Json.parse(REQUEST).canonical()).requestHash()).isEqualTo(hash);
    // the same change in another spelling is another request
    assertThat(parse(REQUEST.replace("\"facts.old\"", "\"/facts/old\"")).requestHash())
        .isNotEqualTo(hash);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"update_id\":\"u1\", | `` | /update_id",
        "\"base\":3, | `` | /base",
        "\"author\":\"bot-a\", | `` | /author",
        "\"timestamp\":\"2026-02-05T20:00:50.1239+01:00\", | `` | /timestamp",
        "\"type\":\"user_interaction\", | `` | /type",
        "\"changes\":{ | \"changed\":{ | /changed",
        "\"u1\" | 1 | /update_id",
        "\"u1\" | \"\" | /update_id",
        "\"u1\" | \"u 1\" | /update_id",
        "\"bot-a\" | \"bot/a\" | /author",
        "\"base\":3 | \"base\":-1 | /base",
        "\"base\":3 | \"base\":1.5 | /base",
        "\"base\":3 | \"base\":\"3\" | /base",
        "\"base\":3 | \"base\":null | /base",
        "\"0xba | \"0xBA | /base_hash",
        "\"0xba | \"0x | /base_hash",
        "\"2026-02-05T20:00:50.1239+01:00\" | \"yesterday\" | /timestamp",
        "\"2026-02-05T20:00:50.1239+01:00\" | 5 | /timestamp",
        "\"user_interaction\" | \"\" | /type",
        "\"strict\":true | \"strict\":1 | /strict",
        "\"strict\":true | \"strict\":null | /strict",
        "[\"facts.total\",\"/a~1b\"] | \"facts.total\" | /reads",
        "\"/a~1b\" | \"/a~b\" | /reads/1",
        "\"/a~1b\" | 1 | /reads/1",
        "\"strict\":true | \"strictly\":true | /strictly",
        "\"strict\":true | \"a/b~\":true | /a~1b~0",
        "\"added\":[ | \"add\":[ | /changes/add",
        "\"added\":[{\"key\" | \"added\":[1,{\"key\" | /changes/added/0",
        "[{\"key\":\"facts.old\",\"old_value\":null}] | {} | /changes/deleted",
        "\"key\":\"facts.contacts.@New\", | `` | /changes/added/0/key",
        "\"facts.contacts.@New\" | \"facts..@New\" | /changes/added/0/key",
        "\"facts.contacts.@New\" | 7 | /changes/added/0/key",
        ",\"value\":{\"karma\":1} | `` | /changes/added/0/value",
        "\"value\":{\"karma\":1} | \"value\":{\"karma\":1},\"old_value\":1 |"
            + " /changes/added/0/old_value",
        "\"value\":{\"karma\":1} | \"new_value\":{\"karma\":1} | /changes/added/0/new_value",
        "\"new_value\":20, | `` | /changes/modified/0/new_value",
        "\"new_value\":20 | \"value\":20 | /changes/modified/0/value",
        "\"key\":\"facts.old\", | \"key\":\"facts.old\",\"value\":1, | /changes/deleted/0/value"
      })
  void namesThePlaceOfEachRefusal(String from, String to, String pointer) {
    String spoiled = REQUEST.replace(from, to);
    assertThat(spoiled).isNotEqualTo(REQUEST);
    JsonException refusal = catchThrowableOfType(JsonException.class, () -> parse(spoiled));
    assertThat(refusal).as(spoiled).isNotNull();
    assertThat(refusal.pointer()).isEqualTo(pointer);
  }

  @Test
  void refusesADeltaWithoutChanges() {
    for (String changes : List.of("{}", "{\"added\":[]}", "{\"added\":[],\"deleted\":[]}")) {
      String text = REQUEST.replaceFirst("\"changes\":.*$", "\"changes\":" + changes + "}");
      JsonException refusal = catchThrowableOfType(JsonException.class, () -> parse(text));
      assertThat(refusal.pointer()).isEqualTo("/changes");
    }
  }

  @Test
  void takesTenThousandChangesAndNoMore() {
    assertThat(parse(many(Delta.MAX_CHANGES, 0)).changes()).hasSize(Delta.MAX_CHANGES);
    assertThat(parse(many(Delta.MAX_CHANGES - 1, 1)).changes()).hasSize(Delta.MAX_CHANGES);
    JsonException added =
        catchThrowableOfType(JsonException.class, () -> parse(many(Delta.MAX_CHANGES + 1, 0)));
    assertThat(added.pointer()).isEqualTo("/changes/added");
    JsonException deleted =
        catchThrowableOfType(JsonException.class, () -> parse(many(Delta.MAX_CHANGES, 1)));
    assertThat(deleted.pointer()).isEqualTo("/changes/deleted");
  }

  private static String many(int added, int deleted) {
    StringBuilder changes = new StringBuilder("{\"added\":[");
    for (int i = 0; i < added; i++) {
      changes.append(i == 0 ? "" : ",").append("{\"key\":\"k").append(i).append("\",\"value\":1}");
    }
    changes.append("],\"deleted\":[");
    for (int i = 0; i < deleted; i++) {
      changes.append(i == 0 ? "" : ",").append("{\"key\":\"d").append(i).append("\"}");
    }
    return REQUEST.replaceFirst("\"changes\":.*$", "\"changes\":" + changes.append("]}}"));
  }

  @Test
  void limitsTheTypeTo128Characters() {
    assertThat(parse(REQUEST.replace("user_interaction", "t".repeat(128))).type()).hasSize(128);
    String longer = REQUEST.replace("user_interaction", "t".repeat(129));
    assertThat(catchThrowableOfType(JsonException.class, () -> parse(longer)).pointer())
        .isEqualTo("/type");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | 1 | ``",
        "`` | [] | ``",
        "/a | DEEP31 | -",
        "/a | DEEP32 | /a",
        "`` | {\"a\":DEEP31} | -",
        "`` | {\"a\":DEEP32} | ``",
        "/a | LEAF262142 | -",
        "/a | LEAF262143 | /a",
        "/a | {\"b\":LEAF262142,\"c\":LEAF262142} | -",
        "/a | {\"b\":{\"c\":LEAF262143}} | /a/b/c",
        "/a | [LEAF262142] | /a",
        "/a | ESCAPED43690 | -",
        "/a | ESCAPED43691 | /a",
        "/a | {\"KEY1021\":1} | -",
        "/a | {\"KEY1022\":1} | /a"
      })
  void limitsDepthLeavesAndPaths(String path, String value, String pointer) {
    String text =
        value
            .replace("DEEP31", "[".repeat(31) + "]".repeat(31))
            .replace("DEEP32", "[".repeat(32) + "]".repeat(32))
            .replace("LEAF262142", '"' + "x".repeat(262142) + '"')
            .replace("LEAF262143", '"' + "x".repeat(262143) + '"')
            .replace("ESCAPED43690", '"' + "\\u0001".repeat(43690) + '"')
            .replace("ESCAPED43691", '"' + "\\u0001".repeat(43691) + '"')
            .replace("KEY1021", "k".repeat(1021))
            .replace("KEY1022", "k".repeat(1022));
    Delta.Edit delta =
        parse(
            """
            {"update_id":"u1","base":0,"author":"a","timestamp":"2026-02-05T19:00:50Z","type":"t",\
            "changes":{"added":[{"key":"%s","value":%s}]}}\
            """
                .formatted(path, text));
    Resolution resolution = Resolver.resolve(State.EMPTY, 0, delta);
    if (pointer.equals("-")) {
      assertThat(resolution).isInstanceOf(Resolution.Accepted.class);
    } else {
      Refusal refusal = ((Resolution.Refused) resolution).refusal();
      assertThat(refusal.code()).isEqualTo("bad-value");
      assertThat(((Refusal.BadValue) refusal).path()).hasToString(pointer);
    }
  }

  @Test
  void countsTheLeavesItWrites() {
    String one = "{\"key\":\"/a\",\"value\":%s}";
    String full = one.formatted(object(Delta.MAX_LEAVES));
    assertThat(leaves(full).leaves()).isEqualTo(Delta.MAX_LEAVES);
    JsonException refused =
        catchThrowableOfType(
            JsonException.class, () -> leaves(full + ",{\"key\":\"/b\",\"value\":1}"));
    assertThat(refused.pointer()).isEqualTo("/changes/added/1");
    assertThat(refused.detail()).contains("20,000").contains("import");
    assertThat(
            catchThrowableOfType(
                JsonException.class, () -> leaves(one.formatted(object(Delta.MAX_LEAVES + 1)))))
        .isNotNull();
  }

  private static String object(int leaves) {
    StringBuilder text = new StringBuilder("{");
    for (int i = 0; i < leaves; i++) {
      text.append(i == 0 ? "" : ",").append("\"k").append(i).append("\":1");
    }
    return text.append('}').toString();
  }

  private static Delta.Edit leaves(String added) {
    return delta("l-1", added);
  }

  private static Delta.Edit delta(String id, String added) {
    return Delta.parse(
        Json.parseObject(
            """
            {"author":"bot-a","base":0,"changes":{"added":[%s]},"timestamp":"2026-02-05T19:00:00Z",\
            "type":"t","update_id":"%s"}\
            """
                .formatted(added, id)));
  }

  @Test
  void aListHasItsLimits() {
    Delta.Edit small = delta("s-1", "{\"key\":\"/a\",\"value\":1}");
    Delta.checkList(Collections.nCopies(Delta.MAX_LIST, small));
    assertThatThrownBy(() -> Delta.checkList(Collections.nCopies(Delta.MAX_LIST + 1, small)))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("1,000");
    Delta.Edit half = delta("h-1", "{\"key\":\"/a\",\"value\":%s}".formatted(object(10_000)));
    Delta.checkList(List.of(half, half));
    assertThatThrownBy(() -> Delta.checkList(List.of(half, half, small)))
        .hasMessageContaining("20,000 leaves");
    Delta.Edit large =
        delta("b-1", "{\"key\":\"/a\",\"value\":\"%s\"}".formatted("x".repeat(250_000)));
    Delta.checkList(Collections.nCopies(16, large));
    assertThatThrownBy(() -> Delta.checkList(Collections.nCopies(17, large)))
        .hasMessageContaining("4 MiB");
  }

  @Test
  void theIdsOfPartsAreTheProductsOwn() {
    Delta.Edit delta = delta("x".repeat(128), "{\"key\":\"/a\",\"value\":1}");
    assertThat(delta.partId(1)).isNotEqualTo(delta.partId(2));
    assertThatThrownBy(() -> delta(delta.partId(1).text(), "{\"key\":\"/a\",\"value\":1}"))
        .isInstanceOf(JsonException.class)
        .hasMessageContaining("/update_id");
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void anEditThatIsMadeHereIsWhatIsReadOfItsRequest(long seed) {
    RandomDeltas deltas = new RandomDeltas(seed);
    SlowSpace slow = SlowSpace.empty();
    int same = 0;
    for (int i = 0; i < 300; i++) {
      Delta.Edit sent = deltas.next(slow);
      List<String> reads = sent.reads().stream().map(Pointer::toString).toList();
      Delta.Edit made =
          Delta.Edit.of(
              sent.id(),
              sent.base(),
              sent.author(),
              sent.timestamp(),
              sent.type(),
              sent.changes(),
              sent.strict(),
              reads);
      Delta.Edit read = Delta.parse(Json.parseObject(made.request().canonical()));
      assertThat(made).as("seed %d, %s", seed, made.request().canonical()).isEqualTo(read);
      assertThat(made.changes()).hasSameElementsAs(sent.changes());
      if (!sent.request().canonical().contains("new_value")) {
        assertThat(made).isEqualTo(sent);
        same++;
      }
      slow = slow.resolve(sent).next();
    }
    assertThat(same).as("with the bytes that were sent").isGreaterThan(50);
  }

  @Test
  void whatIsMadeHereIsRefusedAsItsRequestIs() {
    Change.Put put = new Change.Put(Pointer.parse("/a"), "/a", Json.TRUE, null);
    Change.Put large =
        new Change.Put(Pointer.parse("/a"), "/a", Json.parse(object(Delta.MAX_LEAVES + 1)), null);
    assertThat(refused(List.of(), 0, "t", "u")).isEqualTo("/changes");
    assertThat(refused(List.of(put), -1, "t", "u")).isEqualTo("/base");
    assertThat(refused(List.of(put), 0, "", "u")).isEqualTo("/type");
    assertThat(refused(List.of(put), 0, "t", "mnemogrid.part:1")).isEqualTo("/update_id");
    assertThat(refused(List.of(put), 0, "t", "u", "a..b")).isEqualTo("/reads/0");
    assertThat(refused(List.of(large), 0, "t", "u")).isEqualTo("/changes/added/0");
    assertThat(refused(Collections.nCopies(Delta.MAX_CHANGES + 1, put), 0, "t", "u"))
        .isEqualTo("/changes/added");
  }

  private static String refused(
      List<Change> changes, long base, String type, String id, String... reads) {
    return catchThrowableOfType(
            JsonException.class,
            () ->
                Delta.Edit.of(
                    new UpdateId(id),
                    base,
                    new Author("a"),
                    Instant.EPOCH,
                    type,
                    changes,
                    false,
                    List.of(reads)))
        .pointer();
  }
}
