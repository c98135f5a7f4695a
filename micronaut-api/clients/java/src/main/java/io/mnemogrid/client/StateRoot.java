package io.mnemogrid.client;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The state root of a document (FORMATS §3): the root of a compact binary trie that has an entry
 * for every leaf and every non-empty object. It depends on the document alone.
 */
public final class StateRoot {
  /** The payload of a non-empty object, as a text. No JSON text is this character. */
  static final String OBJECT_PAYLOAD = "\u0003";

  /** Greatest canonical size of a leaf's value. */
  private static final int MAX_LEAF_BYTES = 256 * 1024;

  private StateRoot() {}

  /**
   * The root of a document, read with {@code reserved=yes}: what is reserved is covered too. Every
   * entry is hashed; O(n log n).
   *
   * @throws IllegalArgumentException when it is no object
   */
  public static Hash of(Json document) {
    if (!(document instanceof Json.Obj object)) {
      throw new IllegalArgumentException("the root of a document is an object");
    }
    List<KeyProof.Leaf> leaves = new ArrayList<>();
    collect("", object, leaves);
    return rootOf(leaves);
  }

  private static void collect(String pointer, Json.Obj object, List<KeyProof.Leaf> leaves) {
    for (Map.Entry<String, Json> member : object.members().entrySet()) {
      String at = Pointers.child(pointer, member.getKey());
      if (isLeafValue(member.getValue())) {
        leaves.add(entry(at, member.getValue().canonical()));
      } else {
        leaves.add(entry(at, OBJECT_PAYLOAD));
        collect(at, (Json.Obj) member.getValue(), leaves);
      }
    }
  }

  private static KeyProof.Leaf entry(String pointer, String payload) {
    return new KeyProof.Leaf(keyOf(pointer), keyOf(payload));
  }

  /** The trie key of a pointer or of a space's name: the hash of its UTF-8. */
  static Hash keyOf(String text) {
    return Hash.sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The root of a trie of these entries, from their definition; keys are unique. */
  static Hash rootOf(List<KeyProof.Leaf> leaves) {
    if (leaves.isEmpty()) {
      return KeyProof.EMPTY_ROOT;
    }
    if (leaves.size() == 1) {
      return leaves.get(0).node();
    }
    int bit = firstDifference(leaves);
    List<KeyProof.Leaf> left = new ArrayList<>();
    List<KeyProof.Leaf> right = new ArrayList<>();
    for (KeyProof.Leaf leaf : leaves) {
      (leaf.key().bit(bit) == 0 ? left : right).add(leaf);
    }
    return KeyProof.innerNode(bit, rootOf(left), rootOf(right));
  }

  private static int firstDifference(List<KeyProof.Leaf> leaves) {
    Hash first = leaves.get(0).key();
    for (int bit = 0; bit < KeyProof.KEY_BITS; bit++) {
      for (KeyProof.Leaf leaf : leaves) {
        if (leaf.key().bit(bit) != first.bit(bit)) {
          return bit;
        }
      }
    }
    throw new IllegalArgumentException("a key stands in a trie once");
  }

  /** Whether a value is stored whole, at one pointer (FORMATS §2). */
  static boolean isLeafValue(Json value) {
    return !(value instanceof Json.Obj object) || object.members().isEmpty();
  }

  /** Why {@code value} cannot be the leaf at {@code pointer}; empty when it can. */
  static Optional<String> whyNoLeaf(String pointer, Json value) {
    if (!isLeafValue(value)) {
      return Optional.of("a non-empty object is no leaf");
    }
    if (Pointers.segments(pointer).size() + nesting(value) > Pointers.MAX_DEPTH) {
      return Optional.of("path and nesting are over " + Pointers.MAX_DEPTH);
    }
    if (value.canonicalBytes().length > MAX_LEAF_BYTES) {
      return Optional.of("a leaf is over " + MAX_LEAF_BYTES + " bytes");
    }
    return Optional.empty();
  }

  /** How deep containers nest: 0 for a scalar, 1 for an array or object of scalars. */
  private static int nesting(Json value) {
    Iterable<Json> items;
    if (value instanceof Json.Arr array) {
      items = array.items();
    } else if (value instanceof Json.Obj object) {
      items = object.members().values();
    } else {
      return 0;
    }
    int deepest = 1;
    for (Json item : items) {
      deepest = Math.max(deepest, 1 + nesting(item));
    }
    return deepest;
  }
}
