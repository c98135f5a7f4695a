package io.mnemogrid.log;

/**
 * The versions that one request made in one transaction, because what it removes or recovers does
 * not fit into one record. Each of the records names the span; the last one has the author's id.
 *
 * @param first the first of the versions
 * @param last the last of them, which has the whole request
 */
public record Span(long first, long last) {
  public Span {
    if (first < 1 || last <= first) {
      throw new IllegalArgumentException("versions " + first + " to " + last);
    }
  }
}
