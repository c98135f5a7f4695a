package io.mnemogrid.proof;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.mnemogrid.Vectors;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Pointer;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Plays key-proofs.json: every verdict, and every corruption refused. */
class KeyProofVectorsTest {
  static List<JsonNode> proofs() {
    return Vectors.items(Vectors.read("key-proofs"));
  }

  @ParameterizedTest
  @MethodSource("proofs")
  void showsTheVerdict(JsonNode vector) {
    KeyProof.Verdict verdict =
        ProofJson.keyProof(vector.get("proof"))
            .verify(Hash.parse(vector.get("root").asText()), key(vector));
    switch (vector.get("verdict").asText()) {
      case "in" ->
          assertThat(verdict)
              .isEqualTo(new KeyProof.Verdict.In(Hash.parse(vector.get("payloadHash").asText())));
      case "out" -> assertThat(verdict).isEqualTo(new KeyProof.Verdict.Out());
      default -> throw new IllegalStateException("unknown verdict in " + vector);
    }
  }

  @ParameterizedTest
  @MethodSource("proofs")
  void makesTheProof(JsonNode vector) {
    Hash root = Hash.parse(vector.get("root").asText());
    assertThat(KeyProof.of(ProofJson.state(root).trie(), key(vector)))
        .isEqualTo(ProofJson.keyProof(vector.get("proof")));
  }

  @ParameterizedTest
  @MethodSource("proofs")
  void refusesEveryCorruption(JsonNode vector) {
    for (JsonNode spoiled : Vectors.items(vector.get("refused"))) {
      String name = spoiled.get("name").asText();
      if (ProofJson.hasHashOfOtherLength(spoiled)) {
        assertThat(ProofJson.isRefusedAtParsing(spoiled.get("proof"))).as(name).isTrue();
        continue;
      }
      KeyProof.Verdict verdict =
          ProofJson.keyProof(spoiled.get("proof"))
              .verify(Hash.parse(spoiled.get("root").asText()), key(vector));
      assertThat(verdict).as(name).isInstanceOf(KeyProof.Verdict.Fails.class);
    }
  }

  @Test
  void knowsEveryKindOfCorruption() {
    assertThat(
            proofs().stream()
                .flatMap(vector -> Vectors.items(vector.get("refused")).stream())
                .filter(ProofJson::hasHashOfOtherLength)
                .count())
        .as("corruptions that only parsing can refuse")
        .isEqualTo(360);
  }

  private static Hash key(JsonNode vector) {
    return Pointer.parse(vector.get("path").asText()).key();
  }
}
