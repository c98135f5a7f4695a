package io.mnemogrid.proof;

import io.mnemogrid.state.Hash;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.function.Consumer;

/**
 * A proof over a log tree, made in one pass over its leaf hashes: every hash of the proof is the
 * root of a subtree, the subtrees do not overlap, and each is folded while its leaves go by.
 * O(size) time, O(log² size) memory. One thread uses it, once.
 */
public final class ProofFold implements Consumer<Hash> {
  /** The leaves {@code [begin, end)} of the log. */
  private static final class Subtree {
    final long begin;
    final long end;
    final LogFold fold = new LogFold(Frontier.EMPTY);

    Subtree(long begin, long end) {
      this.begin = begin;
      this.end = end;
    }
  }

  private final long size;
  private final List<Subtree> path; // in the order of the proof
  private final List<Subtree> byPlace;
  private long at;
  private int current;

  private ProofFold(long size, List<Subtree> fromTheRoot) {
    this.size = size;
    this.path = fromTheRoot.reversed();
    this.byPlace = new ArrayList<>(path);
    byPlace.sort(Comparator.comparingLong(subtree -> subtree.begin));
  }

  /** The proof that leaf {@code index} is in the tree over {@code size} leaves. */
  public static ProofFold inclusion(long size, long index) {
    if (index < 0 || index >= size) {
      throw new IllegalArgumentException("leaf " + index + " of " + size);
    }
    List<Subtree> fromTheRoot = new ArrayList<>();
    long begin = 0;
    long end = size;
    while (end - begin > 1) {
      long split = split(begin, end);
      if (index < split) {
        fromTheRoot.add(new Subtree(split, end));
        end = split;
      } else {
        fromTheRoot.add(new Subtree(begin, split));
        begin = split;
      }
    }
    return new ProofFold(size, fromTheRoot);
  }

  /**
   * The proof that the tree over {@code size} leaves extends the one over the first {@code from}.
   */
  public static ProofFold consistency(long from, long size) {
    if (from < 1 || from > size) {
      throw new IllegalArgumentException("consistency from " + from + " of " + size);
    }
    List<Subtree> fromTheRoot = new ArrayList<>();
    long begin = 0;
    long end = size;
    while (end != from) {
      long split = split(begin, end);
      if (from <= split) {
        fromTheRoot.add(new Subtree(split, end));
        end = split;
      } else {
        fromTheRoot.add(new Subtree(begin, split));
        begin = split;
      }
    }
    if (begin > 0) {
      fromTheRoot.add(new Subtree(begin, end)); // else the verifier has that root already
    }
    return new ProofFold(size, fromTheRoot);
  }

  /**
   * Where the left subtree of {@code [begin, end)} ends: it has the greatest power of two of leaves
   * that leaves one to the right.
   */
  private static long split(long begin, long end) {
    return begin + Long.highestOneBit(end - begin - 1);
  }

  /** The next leaf hash, from the first on. */
  @Override
  public void accept(Hash leaf) {
    while (current < byPlace.size() && byPlace.get(current).end <= at) {
      current++;
    }
    if (current < byPlace.size() && byPlace.get(current).begin <= at) {
      byPlace.get(current).fold.accept(leaf);
    }
    at++;
  }

  /**
   * The proof, once all leaf hashes went by.
   *
   * @throws IllegalStateException when there were fewer or more
   */
  public List<Hash> path() {
    if (at != size) {
      throw new IllegalStateException("a proof over " + size + " leaves was given " + at);
    }
    return path.stream().map(subtree -> subtree.fold.frontier().root()).toList();
  }
}
