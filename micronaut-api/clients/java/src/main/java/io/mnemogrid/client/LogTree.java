package io.mnemogrid.client;

import java.util.ArrayList;
import java.util.List;

/** The tree of RFC 6962 §2.1 over a space's history. */
final class LogTree {
  private static final byte[] LEAF = {0};
  private static final byte[] INNER = {1};

  private LogTree() {}

  /** The leaf of a record, from its canonical text in UTF-8. */
  static Hash leaf(byte[] record) {
    return Hash.sha256(LEAF, record);
  }

  private static Hash node(Hash left, Hash right) {
    return Hash.sha256(INNER, left.bytes(), right.bytes());
  }

  /** The root of a history, from its definition. */
  static Hash root(List<Hash> leaves) {
    if (leaves.isEmpty()) {
      return Hash.sha256();
    }
    if (leaves.size() == 1) {
      return leaves.get(0);
    }
    int split = Integer.highestOneBit(leaves.size() - 1);
    return node(root(leaves.subList(0, split)), root(leaves.subList(split, leaves.size())));
  }

  /**
   * Shows that {@code leaf} stands at {@code index} of the tree of that size and root (RFC 9162
   * §2.1.3.2).
   *
   * @throws Fails when that is not shown
   */
  static void checkIncluded(Hash leaf, long index, long size, List<Hash> path, Hash root)
      throws Fails {
    if (index < 0 || index >= size) {
      throw new Fails("the leaf index is not below the size");
    }
    long fn = index;
    long sn = size - 1;
    Hash r = leaf;
    for (Hash p : path) {
      if (sn == 0) {
        throw new Fails("the inclusion path is too long");
      }
      if ((fn & 1) == 1 || fn == sn) {
        r = node(p, r);
        while ((fn & 1) == 0 && fn != 0) {
          fn >>= 1;
          sn >>= 1;
        }
      } else {
        r = node(r, p);
      }
      fn >>= 1;
      sn >>= 1;
    }
    if (sn != 0) {
      throw new Fails("the inclusion path is too short");
    }
    if (!r.equals(root)) {
      throw new Fails("the inclusion path leads to another root");
    }
  }

  /**
   * Shows that the tree at {@code to} extends the tree at {@code from} (RFC 9162 §2.1.4.2). Nothing
   * is shown from size 0; the same size takes an empty path and equal roots.
   *
   * @throws Fails when that is not shown
   */
  static void checkConsistent(long from, Hash fromRoot, long to, Hash toRoot, List<Hash> path)
      throws Fails {
    if (from < 1) {
      throw new Fails("a proof begins at size 1 or later");
    }
    if (from > to) {
      throw new Fails("a history does not shrink");
    }
    if (from == to) {
      if (!path.isEmpty()) {
        throw new Fails("the same size takes an empty path");
      }
      if (!fromRoot.equals(toRoot)) {
        throw new Fails("two roots of one size");
      }
      return;
    }
    if (path.isEmpty()) {
      throw new Fails("the consistency path is empty");
    }
    List<Hash> nodes = new ArrayList<>(path);
    if (Long.bitCount(from) == 1) {
      nodes.add(0, fromRoot);
    }
    long fn = from - 1;
    long sn = to - 1;
    while ((fn & 1) == 1) {
      fn >>= 1;
      sn >>= 1;
    }
    Hash fr = nodes.get(0);
    Hash sr = fr;
    for (Hash c : nodes.subList(1, nodes.size())) {
      if (sn == 0) {
        throw new Fails("the consistency path is too long");
      }
      if ((fn & 1) == 1 || fn == sn) {
        fr = node(c, fr);
        sr = node(c, sr);
        while ((fn & 1) == 0 && fn != 0) {
          fn >>= 1;
          sn >>= 1;
        }
      } else {
        sr = node(sr, c);
      }
      fn >>= 1;
      sn >>= 1;
    }
    if (sn != 0) {
      throw new Fails("the consistency path is too short");
    }
    if (!fr.equals(fromRoot)) {
      throw new Fails("the consistency path leads to another older root");
    }
    if (!sr.equals(toRoot)) {
      throw new Fails("the consistency path leads to another newer root");
    }
  }
}
