package io.mnemogrid.log;

/**
 * The versions that one request made in one transaction, because one record does not hold what it
 * removes or recovers. Each of their records names it; the last has the author's id.
 *
 * @param first of them
 * @param last of them, at which all of the request stands
 */
public record Span(long first, long last) {
  public Span {
    if (first < 1 || last <= first) {
      throw new IllegalArgumentException("versions " + first + " to " + last);
    }
  }
}
