package io.mnemogrid.memory;

import java.util.Locale;

/**
 * A hybrid time (Kulkarni et al., "Logical Physical Clocks", 2014): milliseconds since 1970 and a
 * counter for what happens within one of them. The order of the texts is the order of the stamps.
 *
 * @param text 12 hex digits, a hyphen and 4 hex digits
 */
public record Stamp(String text) implements Comparable<Stamp> {
  private static final int LENGTH = 17;
  private static final int MILLIS_DIGITS = 12;
  private static final int COUNTER_BITS = 16;
  private static final long MAX_MILLIS = (1L << 48) - 1;

  public Stamp {
    if (!isOne(text)) {
      throw new IllegalArgumentException("a stamp is like 019ac3f5e2a1-0000");
    }
  }

  /**
   * The stamp of a time.
   *
   * @param millis since 1970, below 2^48
   * @param counter below 2^16
   */
  public static Stamp of(long millis, int counter) {
    if (millis < 0 || millis > MAX_MILLIS || counter < 0 || counter >> COUNTER_BITS != 0) {
      throw new IllegalArgumentException("no stamp has " + millis + " ms and " + counter);
    }
    return new Stamp(String.format(Locale.ROOT, "%012x-%04x", millis, counter));
  }

  static boolean isOne(String text) {
    if (text.length() != LENGTH || text.charAt(MILLIS_DIGITS) != '-') {
      return false;
    }
    for (int i = 0; i < LENGTH; i++) {
      char c = text.charAt(i);
      if (i != MILLIS_DIGITS && (c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  /** Milliseconds since 1970. */
  public long millis() {
    return Long.parseLong(text, 0, MILLIS_DIGITS, 16);
  }

  /**
   * The least stamp after this one.
   *
   * @throws IllegalArgumentException after the last of all, in the year 10889
   */
  public Stamp next() {
    int counter = Integer.parseInt(text, MILLIS_DIGITS + 1, LENGTH, 16) + 1;
    return counter >> COUNTER_BITS == 0 ? of(millis(), counter) : of(millis() + 1, 0);
  }

  @Override
  public int compareTo(Stamp other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }
}
