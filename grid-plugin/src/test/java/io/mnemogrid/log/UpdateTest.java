package io.mnemogrid.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.proof.LogTree;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UpdateTest {
  private static final Update UPDATE =
      Records.following(Snapshot.ofNew(Records.SPACE), Records.adding("/a", "{}"));

  @Test
  void readsBackWhatItWrites() {
    Update read = Update.parse(UPDATE.text());
    assertThat(read).isEqualTo(UPDATE).hasSameHashCodeAs(UPDATE);
    assertThat(read.fields()).isEqualTo(UPDATE.fields());
    assertThat(Update.parse(UPDATE.toBytes())).isEqualTo(UPDATE);
    assertThat(read.leafHash()).isEqualTo(LogTree.leafHash(UPDATE.toBytes()));
  }

  @Test
  void hasAllMembersAlways() {
    assertThat(Json.parseObject(UPDATE.text()).members().keySet())
        .containsExactly(
            "author",
            "base",
            "changes",
            "committed",
            "overrode",
            "previous",
            "request",
            "root",
            "space",
            "superseded",
            "timestamp",
            "type",
            "update_id",
            "version");
    assertThat(UPDATE.text())
        .contains("{\"added\":[{\"key\":\"/a\",\"value\":{}}],\"deleted\":[],\"modified\":[]}")
        .contains("{\"by\":\"bot-b\",\"by_version\":1,\"deleted\":true,\"key\":\"/lost\"}")
        .contains("{\"author\":\"bot-c\",\"key\":\"/won\",\"value\":true,\"version\":1}")
        .contains("\"timestamp\":\"2026-02-05T19:00:50.000Z\"")
        .contains("\"committed\":\"2026-02-05T19:00:50.120Z\"");
  }

  @Test
  void keepsMembersItDoesNotKnowInItsHash() {
    Json.Obj object = Json.parseObject(UPDATE.text());
    Json.Obj later = object.with("signature", Json.of("0xabc"));
    Update read = Update.parse(later.canonical());
    assertThat(read.text()).isEqualTo(later.canonical());
    assertThat(read.leafHash())
        .isEqualTo(LogTree.leafHash(later.canonicalBytes()))
        .isNotEqualTo(UPDATE.leafHash());
    assertThat(read.fields()).isEqualTo(UPDATE.fields());
    assertThat(read).isNotEqualTo(UPDATE);
  }

  @Test
  void refusesTextThatIsNotCanonical() {
    String text = UPDATE.text();
    for (String other :
        List.of(
            " " + text,
            text + "\n",
            text.replace("\"base\":0", "\"base\":0.0"),
            text.replace("\"base\":0", "\"base\": 0"),
            text.replace("bot-a", "bot\\u002da"),
            text.replace("{\"author\":\"bot-a\",\"base\":0,", "{\"base\":0,\"author\":\"bot-a\","),
            text.replace("\"base\":0,", "\"base\":0,\"base\":0,"),
            "[" + text + "]",
            "[]",
            "")) {
      assertThat(other).isNotEqualTo(text);
      assertThatThrownBy(() -> Update.parse(other)).as(other).isInstanceOf(JsonException.class);
    }
  }

  @Test
  void refusesBytesThatAreNoUtf8() {
    // one broken byte reads as U+FFFD: were that taken, the record would hash to another leaf
    byte[] bytes =
        UPDATE.text().replace("user_interaction", "user?").getBytes(StandardCharsets.UTF_8);
    byte[] broken = bytes.clone();
    broken[new String(bytes, StandardCharsets.UTF_8).indexOf('?')] = (byte) 0xff;
    assertThat(Update.parse(bytes)).isNotNull();
    assertThatThrownBy(() -> Update.parse(broken)).isInstanceOf(JsonException.class);
    assertThatThrownBy(() -> Update.parse(Arrays.copyOf(bytes, bytes.length - 1)))
        .isInstanceOf(JsonException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "author",
        "base",
        "changes",
        "committed",
        "overrode",
        "previous",
        "request",
        "root",
        "space",
        "superseded",
        "timestamp",
        "type",
        "update_id",
        "version"
      })
  void refusesARecordWithoutAMemberOrWithAnotherKindOfIt(String name) {
    Json.Obj object = Json.parseObject(UPDATE.text());
    String without =
        object.with(name, Json.of("#")).canonical().replaceFirst("\"" + name + "\":\"#\",?", "");
    String canonical = Json.parse(without.replace(",}", "}")).canonical();
    assertThatThrownBy(() -> Update.parse(canonical)).isInstanceOf(JsonException.class);
    assertThatThrownBy(() -> Update.parse(object.with(name, Json.TRUE).canonical()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"\"version\":1.5", "\"version\":0", "\"version\":-1", "\"version\":\"1\""})
  void refusesVersionsThatAreNone(String version) {
    String text = UPDATE.text().replace("\"version\":1}", version + "}");
    assertThatThrownBy(() -> Update.parse(Json.parse(text).canonical()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void readsNumbersThatOnlyTheWriterSpells() {
    Json value = Json.parse("{\"n\":1152921504606846976,\"m\":9007199254740994}");
    Changes changes = Records.adding("/big", "[" + value.canonical().replace("7000", "6976") + "]");
    Update update = Records.following(Snapshot.ofNew(Records.SPACE), changes);
    assertThat(update.text()).contains("1152921504606847000");
    assertThat(Update.parse(update.text()).fields().changes()).isEqualTo(changes);
  }

  @Test
  void identifiesTheHistoryByItsLeafHash() {
    Snapshot head = Snapshot.ofNew(Records.SPACE);
    Update.Fields fields = UPDATE.fields();
    Update other = Update.of(Records.fields(head, fields.changes(), Hash.ZERO));
    assertThat(other.leafHash()).isNotEqualTo(UPDATE.leafHash());
    assertThat(UPDATE).hasToString("daryl 1 u1");
  }
}
