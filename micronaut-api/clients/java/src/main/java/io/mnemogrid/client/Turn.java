package io.mnemogrid.client;

import java.util.Optional;

/** What the code of a bot sees and sets in one {@link Space#turn}. Not thread-safe. */
public final class Turn {
  private final Space space;
  private final Summary seen;
  private final Delta delta;

  Turn(Space space, Summary seen) {
    this.space = space;
    this.seen = seen;
    this.delta = new Delta().base(seen.version()).type("turn");
  }

  /** The version that it sees, which becomes the base of what it sets. */
  public long version() {
    return seen.version();
  }

  /** The summary at that version, null in JSON where there is none. */
  public Json summary() {
    return seen.summary();
  }

  /** The policies at that version, null in JSON where there are none. */
  public Json policies() {
    return seen.policies();
  }

  /** A sentence with the size, where the summary has more than 2,000 characters. */
  public Optional<String> warning() {
    return seen.warning();
  }

  /**
   * What stands at a path at that version.
   *
   * @throws ProblemException {@code nothing-there} where nothing does
   */
  public Json get(String path) {
    return space.get(path, seen.version());
  }

  /** Sets a path when the turn ends. */
  public Turn set(String path, Object value) {
    delta.set(path, value);
    return this;
  }

  /** Deletes a path when the turn ends. */
  public Turn delete(String path) {
    delta.delete(path);
    return this;
  }

  /** The delta, for what a turn rarely needs: author, type, id, strict. */
  public Delta delta() {
    return delta;
  }

  Summary seen() {
    return seen;
  }
}
