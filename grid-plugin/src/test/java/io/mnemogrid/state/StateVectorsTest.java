package io.mnemogrid.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.mnemogrid.Vectors;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Plays state.json: entries and roots of documents. */
class StateVectorsTest {
  private static final Author AUTHOR = new Author("agent-1");

  static List<JsonNode> documents() {
    return Vectors.items(Vectors.read("state"));
  }

  @ParameterizedTest
  @MethodSource("documents")
  void hasEveryEntryAndTheRoot(JsonNode vector) {
    Json.Obj document = Json.parseObject(Vectors.text(vector.get("document")));
    State state = stateOf(document, 0);
    TreeSet<String> seen = new TreeSet<>();
    for (JsonNode entry : vector.get("entries")) {
      Pointer path = Pointer.parse(entry.get("path").asText());
      Cell cell = state.cell(path);
      assertThat(cell).as("cell at %s", path).isNotNull();
      assertThat(path.key()).hasToString(entry.get("key").asText());
      assertThat(cell.key()).isEqualTo(path.key());
      assertThat(cell.payloadHash()).hasToString(entry.get("payloadHash").asText());
      assertThat(Trie.leafHash(cell.key(), cell.payloadHash()))
          .hasToString(entry.get("leafNode").asText());
      String payload = entry.get("payload").asText();
      switch (cell) {
        case Cell.Leaf leaf -> assertThat(leaf.value().canonical()).isEqualTo(payload);
        case Cell.Branch _ -> assertThat(payload).isEqualTo("object");
      }
      seen.add(path.toString());
    }
    TreeSet<String> cells = new TreeSet<>();
    state.trie().forEach(cell -> cells.add(cell.path().toString()));
    assertThat(cells).isEqualTo(seen);
    assertThat(state.root()).hasToString(vector.get("root").asText());
    assertThat(SlowRoot.of(document)).hasToString(vector.get("root").asText());
    assertThat(state.document().canonical()).isEqualTo(document.canonical());
  }

  @ParameterizedTest
  @MethodSource("documents")
  void hasOneRootWhateverTheOrderOfWrites(JsonNode vector) {
    Json.Obj document = Json.parseObject(Vectors.text(vector.get("document")));
    for (long seed = 1; seed <= 8; seed++) {
      assertThat(stateOf(document, seed).root())
          .as("seed %d", seed)
          .hasToString(vector.get("root").asText());
    }
  }

  /** The document, its leaves written one a version in an order that the seed makes. */
  private static State stateOf(Json.Obj document, long seed) {
    List<Changes.Added> leaves = new ArrayList<>();
    State.forEachLeafOf(
        Pointer.ROOT, document, (path, value) -> leaves.add(new Changes.Added(path, value)));
    if (seed == 0) {
      return State.EMPTY.apply(new Changes(leaves, List.of(), List.of()), Instant.EPOCH, AUTHOR, 1);
    }
    Collections.shuffle(leaves, new Random(seed));
    State state = State.EMPTY;
    long version = 0;
    for (Changes.Added leaf : leaves) {
      Changes change = new Changes(List.of(leaf), List.of(), List.of());
      state = state.apply(change, Instant.EPOCH, AUTHOR, ++version);
    }
    return state;
  }
}
