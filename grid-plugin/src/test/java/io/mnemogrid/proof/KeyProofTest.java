package io.mnemogrid.proof;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Trie;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Roots that a liar hashed by hand: the steps lead to them, and still show nothing. */
class KeyProofTest {
  private static final Hash WANTED = Hash.sha256("wanted");
  private static final Hash PAYLOAD = Hash.sha256("payload");
  private static final Hash SIBLING = Hash.sha256("sibling");

  @ParameterizedTest
  @CsvSource({"3,9,true", "0,255,true", "9,3,false", "3,3,false", "255,0,false"})
  void bitsGrowFromTheRootDown(int first, int second, boolean holds) {
    Hash leaf = Trie.leafHash(WANTED, PAYLOAD);
    Hash root = above(first, above(second, leaf));
    KeyProof proof =
        new KeyProof(
            List.of(new Trie.Step(first, SIBLING), new Trie.Step(second, SIBLING)),
            new KeyProof.LeafNode(WANTED, PAYLOAD));
    KeyProof.Verdict verdict = proof.verify(root, WANTED);
    assertThat(verdict.equals(new KeyProof.Verdict.In(PAYLOAD)))
        .as("bits %d, %d: %s", first, second, verdict)
        .isEqualTo(holds);
    assertThat(verdict instanceof KeyProof.Verdict.Fails).isNotEqualTo(holds);
  }

  /** Else any other leaf of the trie would deny any key. */
  @Test
  void theLeafLiesOnTheWantedKeysWay() {
    for (int bit = 0; bit < 256; bit++) {
      byte[] bytes = WANTED.toBytes();
      bytes[bit / 8] ^= (byte) (0x80 >> bit % 8);
      Hash other = Hash.of(bytes);
      KeyProof proof =
          new KeyProof(List.of(new Trie.Step(bit, SIBLING)), new KeyProof.LeafNode(other, PAYLOAD));
      Hash leaf = Trie.leafHash(other, PAYLOAD);
      for (Hash root :
          List.of(Trie.innerHash(bit, leaf, SIBLING), Trie.innerHash(bit, SIBLING, leaf))) {
        assertThat(proof.verify(root, WANTED)).isInstanceOf(KeyProof.Verdict.Fails.class);
      }
    }
  }

  private static Hash above(int bit, Hash node) {
    return WANTED.bit(bit) == 0
        ? Trie.innerHash(bit, node, SIBLING)
        : Trie.innerHash(bit, SIBLING, node);
  }
}
