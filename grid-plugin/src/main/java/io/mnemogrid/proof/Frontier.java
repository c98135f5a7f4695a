package io.mnemogrid.proof;

import io.mnemogrid.state.Hash;
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
    int kept = roots.size() - Long.numberOfTrailingZeros(~size);
    Hash carry = leaf;
    for (int i = roots.size() - 1; i >= kept; i--) {
      carry = LogTree.innerHash(roots.get(i), carry);
    }
    Hash[] grown = new Hash[kept + 1];
    for (int i = 0; i < kept; i++) {
      grown[i] = roots.get(i);
    }
    grown[kept] = carry;
    return new Frontier(size + 1, List.of(grown));
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
