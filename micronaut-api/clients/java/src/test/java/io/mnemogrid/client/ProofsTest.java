package io.mnemogrid.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** Plays the vectors: what holds must hold, and every listed corruption must be refused. */
class ProofsTest {
  @Test
  void computesTheRootOfADocument() {
    for (Shape vector : Vectors.read("state.json").items()) {
      assertThat(StateRoot.of(vector.member("document").value()))
          .isEqualTo(vector.member("root").hash());
    }
  }

  @Test
  void checksKeyProofsAndRefusesEveryCorruption() throws Fails {
    int refused = 0;
    for (Shape vector : Vectors.read("key-proofs.json").items()) {
      Hash key = StateRoot.keyOf(vector.member("path").string());
      Optional<Hash> shown =
          Bundles.readKeyProof(vector.member("proof")).show(vector.member("root").hash(), key);
      assertThat(shown.isPresent()).isEqualTo(vector.member("verdict").string().equals("in"));
      if (shown.isPresent()) {
        assertThat(shown).contains(vector.member("payloadHash").hash());
      }
      for (Shape spoiled : vector.member("refused").items()) {
        assertRefused(
            () ->
                Bundles.readKeyProof(spoiled.member("proof"))
                    .show(spoiled.member("root").hash(), key),
            spoiled);
        refused++;
      }
    }
    assertThat(refused).isEqualTo(1189);
  }

  @Test
  void checksFactsAndRefusesEveryCorruption() throws Fails {
    int refused = 0;
    for (Shape vector : Vectors.read("fact-proofs.json").items()) {
      Hash root = vector.member("root").hash();
      String path = vector.member("path").string();
      FactProof.Shown shown = fact(vector.member("fact")).show(root, path);
      String verdict = vector.member("verdict").string();
      assertThat(shown.isAbsent()).isEqualTo(verdict.equals("absent"));
      assertThat(shown.value().isPresent()).isEqualTo(verdict.equals("present"));
      shown.value().ifPresent(value -> assertThat(value).isEqualTo(vector.member("value").value()));
      for (Shape spoiled : vector.member("refused").items()) {
        assertRefused(
            () -> fact(spoiled.member("fact")).show(root, spoiled.member("path").string()),
            spoiled);
        refused++;
      }
    }
    assertThat(refused).isGreaterThan(700);
  }

  private static void assertRefused(ThrowingCallable check, Shape spoiled) {
    assertThatThrownBy(check, spoiled.member("name").string())
        .isInstanceOfAny(Fails.class, JsonException.class);
  }

  /** A fact as the vectors spell it: all members are there, and an object's payload is a word. */
  private static FactProof fact(Shape fact) {
    String payload = text(fact, "payload");
    return new FactProof(
        fact.member("case").string(),
        text(fact, "ancestor"),
        "object".equals(payload) ? StateRoot.OBJECT_PAYLOAD : payload,
        fact.member("proofs").items().stream().map(Bundles::readKeyProof).toList());
  }

  private static String text(Shape fact, String name) {
    Shape text = fact.member(name);
    return text.value().isNull() ? null : text.string();
  }

  @Test
  void computesLogLeavesAndRootsAndChecksPaths() throws Fails {
    Shape vectors = Vectors.read("log.json");
    List<Hash> leaves = new ArrayList<>();
    for (Shape update : vectors.member("updates").items()) {
      leaves.add(Update.of(update.value()).leafHash());
    }
    assertThat(leaves).isEqualTo(hashes(vectors.member("leafHashes")));
    List<Hash> roots = hashes(vectors.member("roots"));
    for (int size = 0; size < roots.size(); size++) {
      assertThat(LogTree.root(leaves.subList(0, size))).isEqualTo(roots.get(size));
    }
    for (Shape proof : vectors.member("inclusion").items()) {
      int version = (int) proof.member("version").integer(1);
      int size = (int) proof.member("size").integer(1);
      List<Hash> path = hashes(proof.member("path"));
      Hash leaf = leaves.get(version - 1);
      LogTree.checkIncluded(leaf, version - 1, size, path, roots.get(size));
      assertFails(
          () -> LogTree.checkIncluded(leaf, version - 1, size, with(path, leaf), roots.get(size)));
      assertFails(() -> LogTree.checkIncluded(leaf, size, size, path, roots.get(size)));
      assertFails(
          () -> LogTree.checkIncluded(roots.get(0), version - 1, size, path, roots.get(size)));
    }
    for (Shape proof : vectors.member("consistency").items()) {
      int from = (int) proof.member("from").integer(1);
      int to = (int) proof.member("to").integer(1);
      List<Hash> path = hashes(proof.member("path"));
      LogTree.checkConsistent(from, roots.get(from), to, roots.get(to), path);
      assertFails(() ->
          LogTree.checkConsistent(
              from, roots.get(from), to, roots.get(to), with(path, roots.get(0))));
      assertFails(() -> LogTree.checkConsistent(from, roots.get(0), to, roots.get(to), path));
      assertFails(() -> LogTree.checkConsistent(0, roots.get(0), to, roots.get(to), path));
      assertFails(() -> LogTree.checkConsistent(from, roots.get(from), to, roots.get(0), path));
    }
  }

  private static void assertFails(ThrowingCallable check) {
    assertThatThrownBy(check).isInstanceOf(Fails.class);
  }

  private static List<Hash> with(List<Hash> path, Hash more) {
    List<Hash> longer = new ArrayList<>(path);
    longer.add(more);
    return longer;
  }

  private static List<Hash> hashes(Shape list) {
    return list.items().stream().map(Shape::hash).toList();
  }

  @Test
  void computesTheForestOfACheckpoint() {
    for (Shape vector : Vectors.read("checkpoints.json").items()) {
      List<KeyProof.Leaf> leaves = new ArrayList<>();
      Shape heads = vector.member("heads");
      for (String space : heads.object().members().keySet()) {
        byte[] payload = heads.member(space).member("payload").bytes(72);
        leaves.add(new KeyProof.Leaf(StateRoot.keyOf(space), Hash.sha256(payload)));
      }
      assertThat(StateRoot.rootOf(leaves)).isEqualTo(vector.member("forestRoot").hash());
      assertThat(Hash.sha256(vector.member("header").bytes(105)))
          .isEqualTo(vector.member("checkpointHash").hash());
    }
  }
}
