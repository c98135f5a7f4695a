package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.mnemogrid.Vectors;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Plays refused.json: no such text becomes a document. */
class RefusedVectorsTest {
  static List<JsonNode> texts() {
    return Vectors.items(Vectors.read("refused"));
  }

  @ParameterizedTest
  @MethodSource("texts")
  void refusesTheDocument(JsonNode vector) {
    assertThat(isRefused(vector.get("text").asText())).as(vector.get("why").asText()).isTrue();
  }

  @Test
  void takesWhatIsJustWithinTheRules() {
    assertThat(isRefused("{}")).isFalse();
    assertThat(isRefused("{\"a\":9007199254740992}")).isFalse();
    assertThat(isRefused("{\"a\":" + "[".repeat(31) + "]".repeat(31) + "}")).isFalse();
    assertThat(isRefused("{\"a\":" + "[".repeat(32) + "]".repeat(32) + "}")).isTrue();
  }

  private static boolean isRefused(String text) {
    Json.Obj document;
    try {
      document = Json.parseObject(text);
    } catch (JsonException e) {
      return true;
    }
    Delta delta =
        new Delta.Edit(
            new UpdateId("u"),
            0,
            null,
            new Author("a"),
            Instant.EPOCH,
            "test",
            List.of(new Change.Put(Pointer.ROOT, "", document, null)),
            false,
            List.of(),
            document,
            Hash.OF_NOTHING,
            1,
            Screening.USUAL);
    return Resolver.resolve(State.EMPTY, 0, delta) instanceof Resolution.Refused;
  }
}
