package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.mnemogrid.Vectors;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Timestamps;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Plays merge.json and merge-2.json record for record. */
class MergeVectorsTest {
  static List<JsonNode> histories() {
    return Stream.of("merge", "merge-2")
        .flatMap(name -> Vectors.items(Vectors.read(name)).stream())
        .toList();
  }

  @ParameterizedTest
  @MethodSource("histories")
  void playsEveryRecord(JsonNode history) {
    Snapshot head = Snapshot.ofNew(new SpaceName(history.get("space").asText()));
    Map<String, Update> known = new HashMap<>();
    for (JsonNode step : Vectors.items(history.get("steps"))) {
      Delta delta = Delta.parse(Json.parseObject(Vectors.text(step.get("delta"))));
      String what = Vectors.text(step);
      Update first = known.get(delta.id().text());
      if (first != null) {
        boolean same = first.fields().request().equals(delta.requestHash());
        assertThat(same).as(what).isEqualTo(!step.has("refused"));
        if (same) {
          assertThat(first.text()).isEqualTo(record(step));
        } else {
          assertThat(step.get("refused").asText()).isEqualTo("update-id-reused");
        }
        continue;
      }
      switch (Resolver.resolve(head.state(), head.version(), delta)) {
        case Resolution.Unchanged _ -> throw new AssertionError("an edit takes a version");
        case Resolution.Refused refused -> {
          assertThat(step.has("refused")).as(what).isTrue();
          assertThat(refused.refusal().code()).as(what).isEqualTo(step.get("refused").asText());
        }
        case Resolution.Accepted accepted -> {
          assertThat(step.has("refused")).as(what).isFalse();
          Update update = update(head, delta, accepted, step.get("committed").asText());
          assertThat(update.text()).isEqualTo(record(step));
          Snapshot next = head.with(update, accepted.next());
          assertThat(head.plus(Update.parse(update.text())).toText()).isEqualTo(next.toText());
          assertThat(Snapshot.parse(next.toText()).toText()).isEqualTo(next.toText());
          head = next;
          known.put(delta.id().text(), update);
        }
      }
    }
    assertThat(head.version()).isEqualTo(history.get("version").asLong());
    assertThat(head.state().document().canonical())
        .isEqualTo(Json.parse(Vectors.text(history.get("document"))).canonical());
    assertThat(head.logRoot()).hasToString(history.get("logRoot").asText());
    assertThat(head.state().root()).hasToString(history.get("root").asText());
  }

  private static String record(JsonNode step) {
    return Json.parse(Vectors.text(step.get("record"))).canonical();
  }

  private static Update update(
      Snapshot head, Delta delta, Resolution.Accepted accepted, String committed) {
    return Update.of(
        new Update.Fields(
            head.space(),
            head.version() + 1,
            delta.id(),
            delta.author(),
            delta.type(),
            delta.base(),
            delta.timestamp(),
            Timestamps.parse(committed),
            delta.requestHash(),
            head.head().leafHash(),
            accepted.next().root(),
            accepted.changes(),
            accepted.superseded(),
            accepted.overrode()));
  }
}
