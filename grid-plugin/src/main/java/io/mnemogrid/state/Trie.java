package io.mnemogrid.state;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A persistent compact binary trie over 256-bit keys that is a map and its own commitment (FORMATS
 * §3): a node exists only where keys differ, so the root depends on the entries alone and never on
 * the order of writes.
 *
 * <p>A write copies the nodes from the root to its key, about log₂ n of them, and shares all
 * others. Hashes are computed on the first call of {@link #root()} and kept, so a version costs one
 * hash a copied node. Immutable: a race on a node's hash computes the same value twice.
 */
public final class Trie<E extends Trie.Entry> {
  private static final byte LEAF = 0x00;
  private static final byte INNER = 0x01;

  /** What stands at a key. */
  public interface Entry {
    /** Where it stands. */
    Hash key();

    /** SHA-256 of what stands there. */
    Hash payloadHash();
  }

  /** One step of a path from the root down: the bit that was decided, the hash not taken. */
  public record Step(int bit, Hash sibling) {}

  /**
   * The way that a key leads: its steps from the root down, and the entry at its end. The entry may
   * have another key; it is null only in an empty trie.
   */
  public record Path<E extends Entry>(List<Step> steps, @Nullable E end) {}

  private abstract static sealed class Node<E extends Entry> {
    @Nullable Hash hash;

    final Hash hash() {
      Hash known = hash;
      if (known == null) {
        known = compute();
        hash = known;
      }
      return known;
    }

    abstract Hash compute();
  }

  private static final class Leaf<E extends Entry> extends Node<E> {
    final E entry;

    Leaf(E entry) {
      this.entry = entry;
    }

    @Override
    Hash compute() {
      return Hash.ofPair(LEAF, entry.key(), entry.payloadHash());
    }
  }

  private static final class Inner<E extends Entry> extends Node<E> {
    final int bit;
    final Node<E> left;
    final Node<E> right;

    Inner(int bit, Node<E> left, Node<E> right) {
      this.bit = bit;
      this.left = left;
      this.right = right;
    }

    Node<E> towards(Hash key) {
      return key.bit(bit) == 0 ? left : right;
    }

    Inner<E> with(Hash key, Node<E> child) {
      return key.bit(bit) == 0 ? new Inner<>(bit, child, right) : new Inner<>(bit, left, child);
    }

    @Override
    Hash compute() {
      // Leaf and inner prefixes differ, so a node can never pass as a leaf.
      return Hash.ofPair(INNER, (byte) bit, left.hash(), right.hash());
    }
  }

  private static final Trie<?> EMPTY = new Trie<>(null);
  private final @Nullable Node<E> top;

  private Trie(@Nullable Node<E> top) {
    this.top = top;
  }

  /** The trie without entries. */
  @SuppressWarnings("unchecked") // it holds no entry, so it fits every type of entry
  public static <E extends Entry> Trie<E> empty() {
    return (Trie<E>) EMPTY;
  }

  /**
   * The trie of all these entries, made at once. O(entries · log entries).
   *
   * @throws IllegalStateException when two have one key
   */
  public static <E extends Entry> Trie<E> of(Collection<? extends E> entries) {
    List<E> sorted = new ArrayList<>(entries);
    sorted.sort(Comparator.comparing(Entry::key));
    return sorted.isEmpty() ? empty() : new Trie<>(build(sorted, 0, sorted.size()));
  }

  private static <E extends Entry> Node<E> build(List<E> sorted, int from, int to) {
    Hash first = sorted.get(from).key();
    if (to - from == 1) {
      return new Leaf<>(sorted.get(from));
    }
    int bit = first.firstDifference(sorted.get(to - 1).key());
    if (bit == 256) {
      throw new IllegalStateException("two entries have the key " + first);
    }
    int middle = from + 1;
    int last = to - 1; // the first whose bit is 1 lies in [middle, last]
    while (middle < last) {
      int probe = middle + last >>> 1;
      if (sorted.get(probe).key().bit(bit) == 0) {
        middle = probe + 1;
      } else {
        last = probe;
      }
    }
    return new Inner<>(bit, build(sorted, from, middle), build(sorted, middle, to));
  }

  /** The root hash; SHA-256 of nothing when empty. */
  public Hash root() {
    return top == null ? Hash.OF_NOTHING : top.hash();
  }

  /** The entry at {@code key}, or null. Allocates nothing. */
  public @Nullable E get(Hash key) {
    Node<E> node = top;
    while (node instanceof Inner<E> inner) {
      node = inner.towards(key);
    }
    return node instanceof Leaf<E> leaf && leaf.entry.key().equals(key) ? leaf.entry : null;
  }

  /** The trie with {@code entry} in place of what stood at its key. */
  public Trie<E> with(E entry) {
    if (top == null) {
      return new Trie<>(new Leaf<>(entry));
    }
    Node<E> closest = top;
    while (closest instanceof Inner<E> inner) {
      closest = inner.towards(entry.key());
    }
    int difference = ((Leaf<E>) closest).entry.key().firstDifference(entry.key());
    return new Trie<>(put(top, entry, difference));
  }

  private static <E extends Entry> Node<E> put(Node<E> node, E entry, int difference) {
    if (node instanceof Inner<E> inner && inner.bit < difference) {
      Node<E> child = inner.towards(entry.key());
      Node<E> changed = put(child, entry, difference);
      Inner<E> copy = inner.with(entry.key(), changed);
      if (changed.hash != null && changed.hash.equals(child.hash)) {
        copy.hash = inner.hash; // the entry changed, what it commits to did not
      }
      return copy;
    }
    Leaf<E> leaf = new Leaf<>(entry);
    if (difference == 256) {
      Leaf<E> old = (Leaf<E>) node;
      if (old.entry.payloadHash().equals(entry.payloadHash())) {
        leaf.hash = old.hash;
      }
      return leaf;
    }
    return entry.key().bit(difference) == 0
        ? new Inner<>(difference, leaf, node)
        : new Inner<>(difference, node, leaf);
  }

  /** The trie without an entry at {@code key}. */
  public Trie<E> without(Hash key) {
    if (top == null || get(key) == null) {
      return this;
    }
    return new Trie<>(remove(top, key));
  }

  private static <E extends Entry> @Nullable Node<E> remove(Node<E> node, Hash key) {
    if (!(node instanceof Inner<E> inner)) {
      return null;
    }
    Node<E> rest = remove(inner.towards(key), key);
    if (rest == null) {
      return key.bit(inner.bit) == 0 ? inner.right : inner.left;
    }
    return inner.with(key, rest);
  }

  /** The way that {@code key} leads: a key proof (FORMATS §3). */
  public Path<E> path(Hash key) {
    List<Step> steps = new ArrayList<>();
    Node<E> node = top;
    while (node instanceof Inner<E> inner) {
      Node<E> sibling = key.bit(inner.bit) == 0 ? inner.right : inner.left;
      steps.add(new Step(inner.bit, sibling.hash()));
      node = inner.towards(key);
    }
    return new Path<>(List.copyOf(steps), node instanceof Leaf<E> leaf ? leaf.entry : null);
  }

  /**
   * Calls {@code visitor} with what stands here and what stands in {@code other} at every key where
   * their payloads differ; null where nothing stands. It skips what both share: O(differences · log
   * entries).
   */
  public void forEachDifference(
      Trie<E> other, BiConsumer<@Nullable ? super E, @Nullable ? super E> visitor) {
    compare(top, other.top, visitor);
  }

  private static <E extends Entry> void compare(
      @Nullable Node<E> mine,
      @Nullable Node<E> theirs,
      BiConsumer<@Nullable ? super E, @Nullable ? super E> visitor) {
    if (mine == null) {
      visit(theirs, entry -> visitor.accept(null, entry));
    } else if (theirs == null) {
      visit(mine, entry -> visitor.accept(entry, null));
    } else if (mine != theirs && !mine.hash().equals(theirs.hash())) {
      int bit = Math.min(bit(mine), bit(theirs));
      if (bit < 256) {
        compare(side(mine, bit, 0), side(theirs, bit, 0), visitor);
        compare(side(mine, bit, 1), side(theirs, bit, 1), visitor);
        return;
      }
      E here = ((Leaf<E>) mine).entry;
      E there = ((Leaf<E>) theirs).entry;
      if (here.key().equals(there.key())) {
        visitor.accept(here, there);
      } else {
        visitor.accept(here, null);
        visitor.accept(null, there);
      }
    }
  }

  /** The bit that a node decides; one more than the last for a leaf. */
  private static int bit(Node<?> node) {
    return node instanceof Inner<?> inner ? inner.bit : 256;
  }

  /**
   * The part of a node whose keys have {@code value} at {@code bit}; the node decides no bit
   * before.
   */
  private static <E extends Entry> @Nullable Node<E> side(Node<E> node, int bit, int value) {
    if (node instanceof Inner<E> inner && inner.bit == bit) {
      return value == 0 ? inner.left : inner.right;
    }
    Node<E> any = node;
    while (any instanceof Inner<E> inner) {
      any = inner.left;
    }
    return ((Leaf<E>) any).entry.key().bit(bit) == value ? node : null;
  }

  /** Calls {@code visitor} with every entry, in the order of the keys. */
  public void forEach(Consumer<? super E> visitor) {
    visit(top, visitor);
  }

  private static <E extends Entry> void visit(@Nullable Node<E> node, Consumer<? super E> visitor) {
    switch (node) {
      case null -> {}
      case Leaf<E> leaf -> visitor.accept(leaf.entry);
      case Inner<E> inner -> {
        visit(inner.left, visitor);
        visit(inner.right, visitor);
      }
    }
  }

  /** The hash of a leaf node. */
  public static Hash leafHash(Hash key, Hash payloadHash) {
    return Hash.ofPair(LEAF, key, payloadHash);
  }

  /** The hash of an inner node that decides {@code bit}. */
  public static Hash innerHash(int bit, Hash left, Hash right) {
    return Hash.ofPair(INNER, (byte) bit, left, right);
  }
}
