package io.mnemogrid.proof;

import io.mnemogrid.state.Hash;
import java.util.function.Consumer;

/**
 * A log tree that grows by one leaf hash at a time and keeps its {@link Frontier} only, so that a
 * log of any length is folded in O(log size) memory. One thread uses it.
 */
public final class LogFold implements Consumer<Hash> {
  private Frontier frontier;

  /** Grows from what is kept of a log. */
  public LogFold(Frontier from) {
    this.frontier = from;
  }

  @Override
  public void accept(Hash leaf) {
    frontier = frontier.plus(leaf);
  }

  /** What is kept of the log so far. */
  public Frontier frontier() {
    return frontier;
  }
}
