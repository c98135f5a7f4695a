package io.mnemogrid;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What the code of a bot sees and sets in one {@link Space#turn}. Used by one thread. */
public final class Turn {
  private final Summary seen;
  private final State state;
  private final DeltaBuilder delta;

  /**
   * A turn of an author.
   *
   * @param state the document at the version that is seen
   */
  Turn(Summary seen, State state, Author author) {
    this.seen = seen;
    this.state = state;
    this.delta = new DeltaBuilder(author, seen.version()).type("turn");
  }

  /** The version that it sees, which becomes the base of what it sets. */
  public long version() {
    return seen.version();
  }

  /** The summary at that version, null where there is none. */
  public @Nullable Json summary() {
    return seen.summary();
  }

  /** The policies at that version, null where there are none. */
  public @Nullable Json policies() {
    return seen.policies();
  }

  /** A sentence with the size, where the summary has more than 2,000 characters. */
  public Optional<String> warning() {
    return seen.warning();
  }

  /**
   * What stands at a path, pointer or dotted, at that version, or null. No I/O.
   *
   * @throws IllegalArgumentException when the path is malformed
   */
  public @Nullable Json get(String path) {
    return state.value(Pointer.parsePath(path));
  }

  /**
   * Sets a path, pointer or dotted, when the turn ends.
   *
   * @throws JsonException when the path is malformed
   */
  public Turn set(String path, Json value) {
    delta.set(path, value);
    return this;
  }

  /**
   * Removes what stands at and below a path, pointer or dotted, when the turn ends.
   *
   * @throws JsonException when the path is malformed
   */
  public Turn delete(String path) {
    delta.delete(path);
    return this;
  }

  /** The delta, for what a turn rarely needs: type, id, strict, reads, secrets. */
  public DeltaBuilder delta() {
    return delta;
  }
}
