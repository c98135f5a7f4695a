package io.mnemogrid.proof;

import com.fasterxml.jackson.databind.JsonNode;
import io.mnemogrid.Vectors;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Tag;
import io.mnemogrid.state.Trie;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Proofs as the vectors spell them. */
final class ProofJson {
  private static final int HASH_CHARACTERS = 66;

  private ProofJson() {}

  static KeyProof keyProof(JsonNode json) {
    List<Trie.Step> steps = new ArrayList<>();
    json.get("steps")
        .forEach(step ->
            steps.add(new Trie.Step(step.get(0).asInt(), Hash.parse(step.get(1).asText()))));
    JsonNode leaf = json.get("leaf");
    return new KeyProof(
        steps,
        leaf.isNull()
            ? null
            : new KeyProof.LeafNode(
                Hash.parse(leaf.get(0).asText()), Hash.parse(leaf.get(1).asText())));
  }

  static FactProof factProof(JsonNode json) {
    List<KeyProof> proofs = new ArrayList<>();
    json.get("proofs").forEach(proof -> proofs.add(keyProof(proof)));
    JsonNode ancestor = json.get("ancestor");
    JsonNode payload = json.get("payload");
    return new FactProof(
        FactProof.Form.parse(json.get("case").asText()),
        ancestor.isNull() ? null : Pointer.parse(ancestor.asText()),
        payload.isNull() ? null : payload.asText().equals("object") ? "\u0003" : payload.asText(),
        proofs);
  }

  /** The document of state.json with this root. */
  static State state(Hash root) {
    for (JsonNode vector : Vectors.items(Vectors.read("state"))) {
      if (Hash.parse(vector.get("root").asText()).equals(root)) {
        List<Cell.Leaf> leaves = new ArrayList<>();
        Tag tag = new Tag(Instant.EPOCH, new Author("a"), 1);
        State.forEachLeafOf(
            Pointer.ROOT,
            Json.parse(Vectors.text(vector.get("document"))),
            (path, value) -> leaves.add(State.leafOf(path, value, tag)));
        return State.of(leaves, Map.of());
      }
    }
    throw new IllegalStateException("no document has root " + root);
  }

  static boolean isRefusedAtParsing(JsonNode proof) {
    try {
      keyProof(proof);
      return false;
    } catch (IllegalArgumentException e) {
      return true;
    }
  }

  /** Whether any hash below has another length than 32 bytes. */
  static boolean hasHashOfOtherLength(JsonNode json) {
    if (json.isTextual()) {
      return json.asText().startsWith("0x") && json.asText().length() != HASH_CHARACTERS;
    }
    for (JsonNode child : json) {
      if (hasHashOfOtherLength(child)) {
        return true;
      }
    }
    return false;
  }
}
