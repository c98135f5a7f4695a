package io.mnemogrid.proof;

import io.mnemogrid.state.Hash;
import java.util.ArrayList;
import java.util.List;

/**
 * The log tree over leaf hashes, which is the Merkle tree of RFC 6962 §2.1, with its inclusion and
 * consistency proofs (§2.1.1, §2.1.2) and their checks (RFC 9162 §2.1.3.2, §2.1.4.2).
 */
public final class LogTree {
  private static final byte LEAF = 0x00;
  private static final byte INNER = 0x01;

  private LogTree() {}

  /** The leaf hash of one record: SHA-256(0x00 ‖ canonical bytes). */
  public static Hash leafHash(byte[] record) {
    return Hash.sha256(LEAF, record);
  }

  static Hash innerHash(Hash left, Hash right) {
    return Hash.ofPair(INNER, left, right);
  }

  /** The root over {@code leaves}. O(leaves). */
  public static Hash root(List<Hash> leaves) {
    if (leaves.isEmpty()) {
      return Hash.OF_NOTHING;
    }
    if (leaves.size() == 1) {
      return leaves.getFirst();
    }
    int split = split(leaves.size());
    return innerHash(root(leaves.subList(0, split)), root(leaves.subList(split, leaves.size())));
  }

  /** The largest power of two below {@code size}, which is at least 2. */
  private static int split(int size) {
    return Integer.highestOneBit(size - 1);
  }

  /** The proof that leaf {@code index} is in the tree over {@code leaves}, as {@link ProofFold}. */
  public static List<Hash> inclusion(List<Hash> leaves, int index) {
    if (index < 0 || index >= leaves.size()) {
      throw new IllegalArgumentException("leaf " + index + " of " + leaves.size());
    }
    List<Hash> path = new ArrayList<>();
    collectInclusion(leaves, index, path);
    return path;
  }

  private static void collectInclusion(List<Hash> leaves, int index, List<Hash> path) {
    if (leaves.size() == 1) {
      return;
    }
    int split = split(leaves.size());
    List<Hash> left = leaves.subList(0, split);
    List<Hash> right = leaves.subList(split, leaves.size());
    if (index < split) {
      collectInclusion(left, index, path);
      path.add(root(right));
    } else {
      collectInclusion(right, index - split, path);
      path.add(root(left));
    }
  }

  /** The proof that the tree over {@code leaves} extends the one over the first {@code from}. */
  public static List<Hash> consistency(List<Hash> leaves, int from) {
    if (from < 1 || from > leaves.size()) {
      throw new IllegalArgumentException("consistency from " + from + " of " + leaves.size());
    }
    List<Hash> path = new ArrayList<>();
    collectConsistency(leaves, from, true, path);
    return path;
  }

  private static void collectConsistency(
      List<Hash> leaves, int from, boolean whole, List<Hash> path) {
    if (from == leaves.size()) {
      if (!whole) {
        path.add(root(leaves));
      }
      return;
    }
    int split = split(leaves.size());
    List<Hash> left = leaves.subList(0, split);
    List<Hash> right = leaves.subList(split, leaves.size());
    if (from <= split) {
      collectConsistency(left, from, whole, path);
      path.add(root(right));
    } else {
      collectConsistency(right, from - split, false, path);
      path.add(root(left));
    }
  }

  /** Whether {@code path} shows that {@code leaf} is leaf {@code index} under {@code root}. */
  public static boolean verifyInclusion(
      Hash root, long size, long index, Hash leaf, List<Hash> path) {
    if (index < 0 || index >= size) {
      return false;
    }
    long node = index;
    long last = size - 1;
    Hash hash = leaf;
    for (Hash sibling : path) {
      if (last == 0) {
        return false;
      }
      if ((node & 1) == 1 || node == last) {
        hash = innerHash(sibling, hash);
        while ((node & 1) == 0 && node != 0) {
          node >>= 1;
          last >>= 1;
        }
      } else {
        hash = innerHash(hash, sibling);
      }
      node >>= 1;
      last >>= 1;
    }
    return last == 0 && hash.equals(root);
  }

  /** Whether {@code path} shows that the log of {@code to} records extends that of {@code from}. */
  public static boolean verifyConsistency(
      long from, Hash fromRoot, long to, Hash toRoot, List<Hash> path) {
    if (from < 1 || from > to) {
      return false;
    }
    if (from == to) {
      return path.isEmpty() && fromRoot.equals(toRoot);
    }
    List<Hash> steps = new ArrayList<>(path);
    if (Long.bitCount(from) == 1) {
      steps.addFirst(fromRoot);
    }
    if (steps.isEmpty()) {
      return false;
    }
    long node = from - 1;
    long last = to - 1;
    while ((node & 1) == 1) {
      node >>= 1;
      last >>= 1;
    }
    Hash first = steps.getFirst();
    Hash second = first;
    for (Hash step : steps.subList(1, steps.size())) {
      if (last == 0) {
        return false;
      }
      if ((node & 1) == 1 || node == last) {
        first = innerHash(step, first);
        second = innerHash(step, second);
        while ((node & 1) == 0 && node != 0) {
          node >>= 1;
          last >>= 1;
        }
      } else {
        second = innerHash(second, step);
      }
      node >>= 1;
      last >>= 1;
    }
    return last == 0 && first.equals(fromRoot) && second.equals(toRoot);
  }
}
