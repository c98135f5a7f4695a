package io.mnemogrid.secret;

/** Classes of ASCII characters, as bits, and runs of characters of one class. */
final class Chars {
  static final int DIGIT = 1;
  static final int LETTER = 2;
  static final int ALNUM = 4;
  static final int HEX = 8;

  /** The alphabet of base64url (RFC 4648 §5). */
  static final int URL64 = 16;

  /** The alphabet of base64 (RFC 4648 §4), without the padding. */
  static final int BASE64 = 32;

  /** The alphabet of base32 (RFC 4648 §6), without the padding. */
  static final int BASE32 = 64;

  private static final byte[] CLASSES = new byte[128];

  static {
    for (char c = 0; c < CLASSES.length; c++) {
      boolean digit = c >= '0' && c <= '9';
      boolean upper = c >= 'A' && c <= 'Z';
      boolean letter = upper || c >= 'a' && c <= 'z';
      int bits = digit ? DIGIT | ALNUM | HEX | URL64 | BASE64 : 0;
      bits |= letter ? LETTER | ALNUM | URL64 | BASE64 : 0;
      bits |= c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' ? HEX : 0;
      bits |= c == '-' || c == '_' ? URL64 : 0;
      bits |= c == '+' || c == '/' ? BASE64 : 0;
      bits |= upper || c >= '2' && c <= '7' ? BASE32 : 0;
      CLASSES[c] = (byte) bits;
    }
  }

  private Chars() {}

  static boolean is(char c, int kinds) {
    return c < 128 && (CLASSES[c] & kinds) != 0;
  }

  /** Whether the character at {@code index} is one of these; false outside of the text. */
  static boolean isAt(String text, int index, int kinds) {
    return index >= 0 && index < text.length() && is(text.charAt(index), kinds);
  }

  /** Where the run of such characters that begins at {@code from} ends. */
  static int endOfRun(String text, int from, int kinds) {
    return endOfRun(text, from, kinds, text.length());
  }

  /** As {@link #endOfRun(String, int, int)}, at {@code until} at the latest. */
  static int endOfRun(String text, int from, int kinds, int until) {
    int most = Math.min(until, text.length());
    int end = from;
    while (end < most && is(text.charAt(end), kinds)) {
      end++;
    }
    return end;
  }

  /** Whether exactly {@code length} such characters stand at {@code from}, and no more. */
  static boolean isRun(String text, int from, int kinds, int length) {
    return endOfRun(text, from, kinds, from + length + 1) == from + length;
  }

  /** How many digits stand in {@code [from, to)}. */
  static int digits(String text, int from, int to) {
    int digits = 0;
    for (int i = from; i < to; i++) {
      digits += is(text.charAt(i), DIGIT) ? 1 : 0;
    }
    return digits;
  }
}
