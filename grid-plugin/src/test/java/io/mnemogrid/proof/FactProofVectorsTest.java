package io.mnemogrid.proof;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.mnemogrid.Vectors;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Plays fact-proofs.json: every verdict, and every corruption refused. */
class FactProofVectorsTest {
  static List<JsonNode> facts() {
    return Vectors.items(Vectors.read("fact-proofs"));
  }

  @ParameterizedTest
  @MethodSource("facts")
  void showsTheVerdict(JsonNode vector) {
    assertThat(ProofJson.factProof(vector.get("fact")).verify(root(vector), path(vector)))
        .isEqualTo(verdict(vector));
  }

  @ParameterizedTest
  @MethodSource("facts")
  void makesTheProof(JsonNode vector) {
    assertThat(FactProof.of(ProofJson.state(root(vector)), path(vector)))
        .isEqualTo(ProofJson.factProof(vector.get("fact")));
  }

  @ParameterizedTest
  @MethodSource("facts")
  void refusesEveryCorruption(JsonNode vector) {
    for (JsonNode spoiled : Vectors.items(vector.get("refused"))) {
      assertThat(ProofJson.factProof(spoiled.get("fact")).verify(root(vector), path(spoiled)))
          .as(spoiled.get("name").asText())
          .isInstanceOf(FactProof.Verdict.Fails.class);
    }
  }

  private static FactProof.Verdict verdict(JsonNode vector) {
    return switch (vector.get("verdict").asText()) {
      case "present" ->
          new FactProof.Verdict.Present(Json.parse(Vectors.text(vector.get("value"))));
      case "object" -> new FactProof.Verdict.AnObject();
      case "absent" -> new FactProof.Verdict.Absent();
      default -> throw new IllegalStateException("unknown verdict in " + vector);
    };
  }

  private static Hash root(JsonNode vector) {
    return Hash.parse(vector.get("root").asText());
  }

  private static Pointer path(JsonNode vector) {
    return Pointer.parse(vector.get("path").asText());
  }
}
