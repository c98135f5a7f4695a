package io.mnemogrid.proof;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

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
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Facts of one document: what a proof shows, and that no bit of it can be changed. */
class FactProofTest {
  private static final State STATE =
      state(
          """
          {"a":{"b":{"c":1,"d":"\\u0003"},"e":{}},"list":[[0,{"x":null}],"s"],"n":null,\
          "o":"object","big":1152921504606846976,"":{"":0}}\
          """);

  private static State state(String document) {
    List<Cell.Leaf> leaves = new ArrayList<>();
    Tag tag = new Tag(Instant.EPOCH, new Author("a"), 1);
    State.forEachLeafOf(
        Pointer.ROOT,
        Json.parse(document),
        (path, value) -> leaves.add(State.leafOf(path, value, tag)));
    return State.of(leaves, Map.of());
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "/a/b/c, 1",
        "/a/b/d, \"\\u0003\"",
        "/a/e, {}",
        "/n, null",
        "/o, \"object\"",
        "/big, 1152921504606847000",
        "//, 0",
        "/list/1, \"s\"",
        "/list/0/0, 0",
        "/list/0/1, {\"x\":null}",
        "/list/0/1/x, null"
      })
  void showsWhatStands(String path, String value) {
    assertThat(verdict(path)).isEqualTo(new FactProof.Verdict.Present(Json.parseCanonical(value)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"/a", "/a/b", "/"})
  void showsThatAnObjectStands(String path) {
    assertThat(verdict(path)).isEqualTo(new FactProof.Verdict.AnObject());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/x",
        "/x/y/z",
        "/a/x",
        "/a/b/x/y",
        "/a/e/x",
        "/n/x",
        "/o/0/1",
        "/list/2",
        "/list/-",
        "/list/00",
        "/list/01",
        "/list/1/0",
        "/list/0/1/y",
        "/list/x",
        "/list/4294967296",
        "/list/"
      })
  void showsThatNothingStands(String path) {
    assertThat(verdict(path)).isEqualTo(new FactProof.Verdict.Absent());
  }

  private static FactProof.Verdict verdict(String text) {
    Pointer path = Pointer.parse(text);
    return FactProof.of(STATE, path).verify(STATE.root(), path);
  }

  @Test
  void holdsForNoOtherRootNorPath() {
    List<Pointer> paths =
        List.of("/a/b/c", "/a", "/x", "/a/x", "/a/e/x", "/n/x", "/list/1", "/list/9", "/list/0/1/x")
            .stream()
            .map(Pointer::parse)
            .toList();
    for (Pointer path : paths) {
      FactProof proof = FactProof.of(STATE, path);
      assertFails(proof, Hash.OF_NOTHING, path);
      assertFails(proof, flip(STATE.root(), 255), path);
      assertFails(proof, STATE.root(), Pointer.ROOT);
      for (Pointer other : paths) {
        FactProof.Verdict verdict = proof.verify(STATE.root(), other);
        assertThat(
                verdict instanceof FactProof.Verdict.Fails || verdict.equals(verdict(other + "")))
            .as("the proof of %s shows %s of %s", path, verdict, other)
            .isTrue();
      }
    }
  }

  @Test
  void holdsWithNoBitChanged() {
    for (String text : List.of("/a/b/c", "/a", "/x", "/a/x", "/a/e/x", "/list/1", "/list/9")) {
      Pointer path = Pointer.parse(text);
      FactProof proof = FactProof.of(STATE, path);
      for (int p = 0; p < proof.proofs().size(); p++) {
        KeyProof key = proof.proofs().get(p);
        KeyProof.LeafNode leaf = key.leaf();
        assertThat(leaf).isNotNull();
        for (int bit = 0; bit < 256; bit++) {
          assertFails(with(proof, p, leaf(key, flip(leaf.key(), bit), leaf.payloadHash())), path);
          assertFails(with(proof, p, leaf(key, leaf.key(), flip(leaf.payloadHash(), bit))), path);
          for (int s = 0; s < key.steps().size(); s++) {
            Trie.Step step = key.steps().get(s);
            assertFails(with(proof, p, step(key, s, step.bit(), flip(step.sibling(), bit))), path);
            if (bit != step.bit()) {
              assertFails(with(proof, p, step(key, s, bit, step.sibling())), path);
            }
          }
        }
        for (int bit : new int[] {-1, -256, 256, 257, 512, Integer.MIN_VALUE, Integer.MAX_VALUE}) {
          for (int s = 0; s < key.steps().size(); s++) {
            assertFails(with(proof, p, step(key, s, bit, key.steps().get(s).sibling())), path);
            // a bit that a byte would wrap around to the right one
            assertFails(
                with(
                    proof,
                    p,
                    step(key, s, key.steps().get(s).bit() + 256, key.steps().get(s).sibling())),
                path);
          }
        }
        assertFails(with(proof, p, new KeyProof(key.steps(), null)), path);
        assertFails(with(proof, p, new KeyProof(List.of(), leaf)), path);
      }
    }
  }

  @Test
  void showsNothingByAPayloadThatIsNoCanonicalLeaf() {
    // entries that no document has, as a lying committer could hash them
    for (String payload : List.of("1.0", "{\"x\":1}", " 1", "", "nul", "[1, 2]", "\"\\u0041\"")) {
      Pointer path = Pointer.parse("/a");
      record Lie(Hash key, Hash payloadHash) implements Trie.Entry {}
      Trie<Lie> trie = Trie.<Lie>empty().with(new Lie(path.key(), Hash.sha256(payload)));
      KeyProof key = KeyProof.of(trie, path.key());
      assertFails(
          new FactProof(FactProof.Form.PRESENT, null, payload, List.of(key)), trie.root(), path);
      assertFails(
          new FactProof(FactProof.Form.BELOW_VALUE, path, payload, List.of(key)),
          trie.root(),
          path.child("b"));
      assertFails(
          new FactProof(FactProof.Form.IN_ARRAY, path, payload, List.of(key)),
          trie.root(),
          path.child("0"));
    }
  }

  @Test
  void provesNothingOfTheRoot() {
    assertThatThrownBy(() -> FactProof.of(STATE, Pointer.ROOT))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> FactProof.Form.parse("PRESENT"))
        .isInstanceOf(IllegalArgumentException.class);
    for (FactProof.Form form : FactProof.Form.values()) {
      assertThat(FactProof.Form.parse(form.toString())).isEqualTo(form);
    }
  }

  private static FactProof with(FactProof proof, int index, KeyProof key) {
    List<KeyProof> proofs = new ArrayList<>(proof.proofs());
    proofs.set(index, key);
    return new FactProof(proof.form(), proof.ancestor(), proof.payload(), proofs);
  }

  private static KeyProof leaf(KeyProof proof, Hash key, Hash payloadHash) {
    return new KeyProof(proof.steps(), new KeyProof.LeafNode(key, payloadHash));
  }

  private static KeyProof step(KeyProof proof, int index, int bit, Hash sibling) {
    List<Trie.Step> steps = new ArrayList<>(proof.steps());
    steps.set(index, new Trie.Step(bit, sibling));
    return new KeyProof(steps, proof.leaf());
  }

  private static Hash flip(Hash hash, int bit) {
    byte[] bytes = hash.toBytes();
    bytes[bit / 8] ^= (byte) (0x80 >> bit % 8);
    return Hash.of(bytes);
  }

  private static void assertFails(FactProof proof, Pointer path) {
    assertFails(proof, STATE.root(), path);
  }

  private static void assertFails(FactProof proof, Hash root, Pointer path) {
    assertThat(proof.verify(root, path))
        .as("%s of %s", proof, path)
        .isInstanceOf(FactProof.Verdict.Fails.class);
  }
}
