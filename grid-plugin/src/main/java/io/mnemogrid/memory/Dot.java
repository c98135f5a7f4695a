package io.mnemogrid.memory;

import org.jspecify.annotations.Nullable;

/**
 * One note of one writer: what a memory is born with and a tag was set by.
 *
 * @param seq its number, 1 to {@link #MAX_SEQ}
 */
public record Dot(WriterId writer, long seq) {
  /** The greatest whole number that a double holds beside its neighbours, 2^53 − 1. */
  public static final long MAX_SEQ = (1L << 53) - 1;

  private static final int MOST_DIGITS = 16;

  public Dot {
    if (seq < 1 || seq > MAX_SEQ) {
      throw new IllegalArgumentException("a number is 1 to 2^53 - 1, got " + seq);
    }
  }

  /** The dot that a text spells, {@code <writer>.<seq>}, or null when it spells none. */
  public static @Nullable Dot parse(String text) {
    return parse(text, text.length());
  }

  /** The dot that the first {@code to} characters of a text spell, or null. */
  static @Nullable Dot parse(String text, int to) {
    if (to <= WriterId.LENGTH
        || text.charAt(WriterId.LENGTH) != '.'
        || !WriterId.isSpelled(text, 0, WriterId.LENGTH)) {
      return null;
    }
    long seq = number(text, WriterId.LENGTH + 1, to);
    return seq < 1 || seq > MAX_SEQ
        ? null
        : new Dot(new WriterId(text.substring(0, WriterId.LENGTH)), seq);
  }

  /** The number without a leading zero that a part of a text spells, or −1. */
  static long number(String text, int from, int to) {
    if (from >= to || to - from > MOST_DIGITS || text.charAt(from) == '0') {
      return -1;
    }
    long number = 0;
    for (int i = from; i < to; i++) {
      int digit = text.charAt(i) - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      number = number * 10 + digit;
    }
    return number;
  }

  /** {@code <writer>.<seq>}. */
  @Override
  public String toString() {
    return writer.text() + "." + seq;
  }
}
