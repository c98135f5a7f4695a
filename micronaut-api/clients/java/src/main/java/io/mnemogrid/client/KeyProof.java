package io.mnemogrid.client;

import java.util.List;
import java.util.Optional;

/**
 * The inner nodes and the leaf on the way that a key leads from the root of a trie down (FORMATS
 * §3). A leaf node and an inner node have different prefixes and fixed lengths, so neither can pass
 * as the other and no boundary can be moved.
 *
 * @param leaf null in an empty trie
 */
record KeyProof(List<Step> steps, Leaf leaf) {
  /** Bits of a key. */
  static final int KEY_BITS = 256;

  /** The root of a trie without entries. */
  static final Hash EMPTY_ROOT = Hash.sha256();

  private static final byte[] LEAF = {0};

  KeyProof {
    steps = List.copyOf(steps);
  }

  /** One inner node: the bit in which its two sides differ, and the side not taken. */
  record Step(int bit, Hash sibling) {}

  /** An entry, as a leaf node commits to it. */
  record Leaf(Hash key, Hash payloadHash) {
    Hash node() {
      return Hash.sha256(LEAF, key.bytes(), payloadHash.bytes());
    }
  }

  static Hash innerNode(int bit, Hash left, Hash right) {
    return Hash.sha256(new byte[] {1, (byte) bit}, left.bytes(), right.bytes());
  }

  /**
   * The payload hash of {@code key} in the trie with this root, empty where the key is not in it.
   *
   * @throws Fails when neither is shown
   */
  Optional<Hash> show(Hash root, Hash key) throws Fails {
    if (leaf == null) {
      if (!steps.isEmpty() || !root.equals(EMPTY_ROOT)) {
        throw new Fails("only an empty trie has no leaf");
      }
      return Optional.empty();
    }
    int above = -1;
    for (Step step : steps) {
      if (step.bit() <= above || step.bit() >= KEY_BITS) {
        throw new Fails("the bits do not grow from the root down");
      }
      above = step.bit();
      if (leaf.key().bit(step.bit()) != key.bit(step.bit())) {
        throw new Fails("the leaf's key leaves the wanted key's way at bit " + step.bit());
      }
    }
    Hash node = leaf.node();
    for (int i = steps.size() - 1; i >= 0; i--) {
      Step step = steps.get(i);
      node =
          key.bit(step.bit()) == 0
              ? innerNode(step.bit(), node, step.sibling())
              : innerNode(step.bit(), step.sibling(), node);
    }
    if (!node.equals(root)) {
      throw new Fails("the steps lead to another root");
    }
    return leaf.key().equals(key) ? Optional.of(leaf.payloadHash()) : Optional.empty();
  }
}
