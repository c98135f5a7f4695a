package io.mnemogrid.sim;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Trie;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A state trie that keeps its hashes from write to write, as the real one does; told so, it forgets
 * to hash the node above a leaf again whose value alone has changed.
 */
final class SloppyTrie {
  private static final Hash OBJECT = Hash.sha256(new byte[] {0x03});

  private static final class Node {
    int bit = 256;
    @Nullable Node left;
    @Nullable Node right;
    final Hash key; // of a leaf below it
    Hash hash;

    Node(Hash key, Hash payload) {
      this.key = key;
      this.hash = Trie.leafHash(key, payload);
    }
  }

  private final boolean forgets;
  private @Nullable Node top;
  private Map<Hash, Hash> entries = new TreeMap<>();

  SloppyTrie(boolean forgets) {
    this.forgets = forgets;
  }

  /** The root after the document became this one. */
  Hash become(Json.Obj document) {
    Map<Hash, Hash> next = new TreeMap<>();
    collect(Pointer.ROOT, document, next);
    Map<Hash, Hash> before = entries;
    entries = next;
    if (before.keySet().equals(next.keySet())) {
      next.forEach((key, payload) -> {
        if (!payload.equals(before.get(key)) && top != null) {
          replace(top, key, payload);
        }
      });
    } else {
      top = null; // where leaves come and go all is built anew
      next.forEach((key, payload) -> top = plus(top, new Node(key, payload)));
    }
    return top == null ? Hash.OF_NOTHING : top.hash;
  }

  private static void collect(Pointer at, Json.Obj object, Map<Hash, Hash> entries) {
    object
        .members()
        .forEach((name, value) -> {
          Pointer path = at.child(name);
          if (value instanceof Json.Obj inner && !inner.isEmpty()) {
            entries.put(path.key(), OBJECT);
            collect(path, inner, entries);
          } else {
            entries.put(path.key(), Hash.sha256(value.canonicalBytes()));
          }
        });
  }

  private void replace(Node node, Hash key, Hash payload) {
    Node below = key.bit(Math.min(node.bit, 255)) == 0 ? node.left : node.right;
    if (node.left == null || node.right == null || below == null) {
      node.hash = Trie.leafHash(key, payload);
      return;
    }
    replace(below, key, payload);
    if (!(forgets && below.left == null)) {
      node.hash = Trie.innerHash(node.bit, node.left.hash, node.right.hash);
    }
  }

  private static Node plus(@Nullable Node node, Node leaf) {
    if (node == null) {
      return leaf;
    }
    int difference = node.key.firstDifference(leaf.key);
    if (difference < node.bit) {
      return inner(difference, node, leaf);
    }
    return leaf.key.bit(node.bit) == 0
        ? inner(node.bit, plus(node.left, leaf), node.right)
        : inner(node.bit, node.left, plus(node.right, leaf));
  }

  /** The node that decides a bit over two, whichever of them has it set. */
  private static Node inner(int bit, @Nullable Node one, @Nullable Node other) {
    if (one == null || other == null) {
      throw new IllegalStateException("an inner node has two below it");
    }
    boolean ordered = one.key.bit(bit) == 0;
    Node inner = new Node(one.key, OBJECT);
    inner.bit = bit;
    inner.left = ordered ? one : other;
    inner.right = ordered ? other : one;
    inner.hash = Trie.innerHash(bit, inner.left.hash, inner.right.hash);
    return inner;
  }
}
