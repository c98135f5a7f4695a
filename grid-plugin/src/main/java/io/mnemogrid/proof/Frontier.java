package io.mnemogrid.proof;

import io.mnemogrid.state.Hash;
import java.util.ArrayList;
import java.util.List;

/**
 * What must be kept of a log tree to append to it and to know its root: the roots of its full
 * subtrees, largest first, one for each bit of the size. Immutable; an append costs O(log size).
 */
public record Frontier(long size, List<Hash> roots) {
  /** The frontier of an empty log. */
  public static final Frontier EMPTY = new Frontier(0, List.of());

  public Frontier {
    roots = List.copyOf(roots);
    if (size < 0 || Long.bitCount(size) != roots.size()) {
      throw new IllegalArgumentException(
          "a log of "
              + size
              + " records has "
              + Long.bitCount(size)
              + " full subtrees, got "
              + roots.size());
    }
  }

  /** The frontier after one more leaf. */
  public Frontier plus(Hash leaf) {
    List<Hash> grown = new ArrayList<>(roots);
    Hash carry = leaf;
    for (long bit = size; (bit & 1) == 1; bit >>= 1) {
      carry = LogTree.innerHash(grown.removeLast(), carry);
    }
    grown.add(carry);
    return new Frontier(size + 1, grown);
  }

  /** The log root. */
  public Hash root() {
    if (roots.isEmpty()) {
      return Hash.OF_NOTHING;
    }
    Hash root = roots.getLast();
    for (Hash left : roots.reversed().subList(1, roots.size())) {
      root = LogTree.innerHash(left, root);
    }
    return root;
  }
}
