package io.mnemogrid.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.mnemogrid.Vectors;
import io.mnemogrid.proof.KeyProof;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Trie;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Plays checkpoints.json: heads, forest, manifest, header, pointers. */
class CheckpointVectorsTest {
  static List<JsonNode> checkpoints() {
    return Vectors.items(Vectors.read("checkpoints"));
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void buildsTheForest(JsonNode vector) {
    Trie<Head> forest = Trie.empty();
    for (Map.Entry<String, JsonNode> entry : vector.get("heads").properties()) {
      Head head = head(entry.getKey(), entry.getValue());
      assertThat(head.payload()).hasSize(Head.PAYLOAD_BYTES).isEqualTo(payload(entry.getValue()));
      assertThat(Trie.leafHash(head.key(), head.payloadHash()))
          .hasToString(entry.getValue().get("leafNode").asText());
      forest = forest.with(head);
    }
    assertThat(forest.root()).hasToString(text(vector, "forestRoot"));
    for (Map.Entry<String, JsonNode> entry : vector.get("heads").properties()) {
      Head head = head(entry.getKey(), entry.getValue());
      JsonNode proof = entry.getValue().get("proof");
      KeyProof expected = keyProof(proof);
      assertThat(KeyProof.of(forest, head.key())).isEqualTo(expected);
      assertThat(expected.verify(forest.root(), head.key()))
          .isEqualTo(new KeyProof.Verdict.In(head.payloadHash()));
    }
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void spellsTheManifest(JsonNode vector) {
    String canonical = Json.parse(Vectors.text(vector.get("manifest"))).canonical();
    Manifest manifest = Manifest.parse(canonical);
    assertThat(manifest.toText()).isEqualTo(canonical);
    assertThat(manifest.digest()).hasToString(text(vector, "manifestDigest"));
    assertThat(new ContentAddress(manifest.digest())).hasToString(text(vector, "manifestPointer"));
    for (Manifest.Entry entry : manifest.spaces()) {
      JsonNode head = vector.get("heads").get(entry.head().space().text());
      assertThat(entry.head().payload()).isEqualTo(payload(head));
    }
    assertThatThrownBy(() -> Manifest.parse(canonical + " "))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(
            () -> Manifest.parse(canonical.replace("{\"author\"", "{\"a\":1,\"author\"")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void writesTheHeader(JsonNode vector) {
    Header header =
        new Header(
            vector.get("number").asLong(),
            Hash.parse(text(vector, "previous")),
            Hash.parse(text(vector, "forestRoot")),
            Hash.parse(text(vector, "manifestDigest")));
    byte[] bytes = bytes(text(vector, "header"));
    assertThat(header.toBytes()).hasSize(Header.BYTES).isEqualTo(bytes);
    assertThat(Header.parse(bytes)).isEqualTo(header);
    assertThat(header.hash()).hasToString(text(vector, "checkpointHash"));
    assertThat(ContentAddress.of(bytes)).hasToString(text(vector, "pointer"));
    Manifest manifest =
        Manifest.parse(Json.parse(Vectors.text(vector.get("manifest"))).canonical());
    Checkpoint checkpoint = new Checkpoint(header, manifest);
    assertThat(checkpoint.pointer()).hasToString(text(vector, "pointer"));
    assertThat(checkpoint.hash()).isEqualTo(header.hash());
  }

  @Test
  void chainsFromTheFirst() {
    Hash previous = Hash.ZERO;
    long number = 0;
    for (JsonNode vector : checkpoints()) {
      Header header = Header.parse(bytes(text(vector, "header")));
      assertThat(header.number()).isEqualTo(++number);
      assertThat(header.previous()).isEqualTo(previous);
      previous = header.hash();
    }
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void refusesHeadersOfAnotherShape(JsonNode vector) {
    byte[] bytes = bytes(text(vector, "header"));
    assertRefused(Arrays.copyOf(bytes, 104));
    assertRefused(Arrays.copyOf(bytes, 106));
    assertRefused(new byte[0]);
    byte[] prefix = bytes.clone();
    prefix[0] = 0x01;
    assertRefused(prefix);
    byte[] zero = bytes.clone();
    Arrays.fill(zero, 1, 9, (byte) 0);
    assertRefused(zero);
    for (int i = 1; i < bytes.length; i++) {
      byte[] spoiled = bytes.clone();
      spoiled[i] ^= 0x01;
      assertThat(ContentAddress.of(spoiled)).isNotEqualTo(ContentAddress.of(bytes));
    }
  }

  @Test
  void refusesHeaderAndManifestOfTwoCheckpoints() {
    List<JsonNode> vectors = checkpoints();
    Header first = Header.parse(bytes(text(vectors.get(0), "header")));
    Manifest second =
        Manifest.parse(Json.parse(Vectors.text(vectors.get(1).get("manifest"))).canonical());
    assertThatThrownBy(() -> new Checkpoint(first, second))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static void assertRefused(byte[] header) {
    assertThatThrownBy(() -> Header.parse(header)).isInstanceOf(IllegalArgumentException.class);
  }

  private static Head head(String name, JsonNode json) {
    ByteBuffer payload = ByteBuffer.wrap(payload(json));
    long version = payload.getLong();
    return new Head(
        new SpaceName(name), version, Hash.at(payload.array(), 8), Hash.at(payload.array(), 40));
  }

  private static KeyProof keyProof(JsonNode json) {
    List<Trie.Step> steps = new ArrayList<>();
    json.get("steps")
        .forEach(step ->
            steps.add(new Trie.Step(step.get(0).asInt(), Hash.parse(step.get(1).asText()))));
    return new KeyProof(
        steps,
        new KeyProof.LeafNode(
            Hash.parse(json.get("leaf").get(0).asText()),
            Hash.parse(json.get("leaf").get(1).asText())));
  }

  private static byte[] payload(JsonNode head) {
    return bytes(head.get("payload").asText());
  }

  private static byte[] bytes(String hex) {
    return HexFormat.of().parseHex(hex, 2, hex.length());
  }

  private static String text(JsonNode vector, String name) {
    return vector.get(name).asText();
  }
}
