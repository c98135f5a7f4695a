package io.mnemogrid.store;

/**
 * Something that an answer's durability rests on.
 *
 * @param what what was found, one line without secrets
 * @param wayOut what to do where it does not hold
 */
public record Safeguard(boolean holds, String what, String wayOut) {
  /** The safeguard in one line, for {@code doctor}. */
  @Override
  public String toString() {
    return holds ? "✓ " + what : "✗ " + what + ": " + wayOut;
  }
}
