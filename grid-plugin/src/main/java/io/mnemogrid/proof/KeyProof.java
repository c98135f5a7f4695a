package io.mnemogrid.proof;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Trie;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Proof of what a trie holds at one key, or that it holds nothing there (FORMATS §3): the steps
 * from the root down, and the leaf node that the key leads to. The leaf is null only in an empty
 * trie. The proof shows no other entry's value. About log₂ n steps.
 */
public record KeyProof(List<Trie.Step> steps, @Nullable LeafNode leaf) {
  /** The two hashes a leaf node commits to. */
  public record LeafNode(Hash key, Hash payloadHash) {}

  /** What a proof shows when it holds. */
  public sealed interface Verdict {
    /** The key stands in the trie with this payload hash. */
    record In(Hash payloadHash) implements Verdict {}

    /** The key does not stand in the trie. */
    record Out() implements Verdict {}

    /** The proof shows nothing; {@code why} is the first step that fails. */
    record Fails(String why) implements Verdict {}
  }

  public KeyProof {
    steps = List.copyOf(steps);
  }

  /** The proof for {@code key} in {@code trie}. */
  public static <E extends Trie.Entry> KeyProof of(Trie<E> trie, Hash key) {
    Trie.Path<E> path = trie.path(key);
    E end = path.end();
    return new KeyProof(
        path.steps(), end == null ? null : new LeafNode(end.key(), end.payloadHash()));
  }

  /** What this shows of {@code key} in the trie with root {@code root}. */
  public Verdict verify(Hash root, Hash key) {
    LeafNode end = leaf;
    if (end == null) {
      return steps.isEmpty() && root.equals(Hash.OF_NOTHING)
          ? new Verdict.Out()
          : new Verdict.Fails("only an empty trie has no leaf");
    }
    Hash node = Trie.leafHash(end.key(), end.payloadHash());
    int below = 256;
    for (Trie.Step step : steps.reversed()) {
      if (step.bit() < 0 || step.bit() >= below) {
        return new Verdict.Fails("bits do not grow from the root down");
      }
      below = step.bit();
      if (end.key().bit(below) != key.bit(below)) {
        return new Verdict.Fails("the leaf's key leaves the wanted key's way at bit " + below);
      }
      node =
          key.bit(below) == 0
              ? Trie.innerHash(below, node, step.sibling())
              : Trie.innerHash(below, step.sibling(), node);
    }
    if (!node.equals(root)) {
      return new Verdict.Fails("the steps lead to another root");
    }
    return end.key().equals(key) ? new Verdict.In(end.payloadHash()) : new Verdict.Out();
  }
}
