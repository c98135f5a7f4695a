package io.mnemogrid.state;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A canonical text that is being written, as UTF-8: RFC 8785 (JCS) has no white space, sorted
 * members, ECMAScript's numbers and escapes. Used by one thread at a time. Cost is the size of what
 * is written.
 */
public final class CanonicalText {
  private static final double EXACT_INTEGERS = 1L << 53;
  private static final byte[] HEX = "0123456789abcdef".getBytes(StandardCharsets.US_ASCII);

  /** Most bytes of one character, which is an escape. */
  private static final int LONGEST = 6;

  /** Most characters of a long. */
  private static final int DIGITS = 20;

  private byte[] bytes;
  private int length;

  /** An empty text with room for so many bytes; it gets more when it needs more. */
  public CanonicalText(int capacity) {
    bytes = new byte[Math.max(LONGEST, capacity)];
  }

  /** Makes the text empty again. */
  public void clear() {
    length = 0;
  }

  /** What was written, in an array of its own. */
  public byte[] toBytes() {
    return Arrays.copyOf(bytes, length);
  }

  @Override
  public String toString() {
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  private void room(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(Math.addExact(length, more), grown(bytes.length)));
    }
  }

  /** Twice as much, as far as an array can have it. */
  private static int grown(int from) {
    return from < 1 << 29 ? 2 * from : Integer.MAX_VALUE - 8;
  }

  /** Writes ASCII characters as they are. */
  public CanonicalText ascii(String text) {
    int count = text.length();
    room(count);
    for (int i = 0; i < count; i++) {
      bytes[length + i] = (byte) text.charAt(i);
    }
    length += count;
    return this;
  }

  private void put(char ascii) {
    room(1);
    bytes[length++] = (byte) ascii;
  }

  /** Writes the decimal digits of a number. */
  public CanonicalText number(long number) {
    if (number == Long.MIN_VALUE) {
      return ascii(Long.toString(number));
    }
    room(DIGITS);
    if (number < 0) {
      bytes[length++] = '-';
    }
    long rest = Math.abs(number);
    int from = length;
    do {
      bytes[length++] = (byte) ('0' + rest % 10);
      rest /= 10;
    } while (rest > 0);
    for (int left = from, right = length - 1; left < right; left++, right--) {
      byte digit = bytes[left];
      bytes[left] = bytes[right];
      bytes[right] = digit;
    }
    return this;
  }

  /** Writes {@code 0x} and 64 hex digits, without quotes. */
  public CanonicalText hash(Hash hash) {
    room(Hash.TEXT);
    hash.writeText(bytes, length);
    length += Hash.TEXT;
    return this;
  }

  /** Writes the 32 bytes of a hash, which are no text. */
  public CanonicalText raw(Hash hash) {
    room(Hash.BYTES);
    hash.writeTo(bytes, length);
    length += Hash.BYTES;
    return this;
  }

  /** Writes bytes as they are. */
  public CanonicalText raw(byte[] some) {
    room(some.length);
    System.arraycopy(some, 0, bytes, length, some.length);
    length += some.length;
    return this;
  }

  /** The hash of what was written. */
  public Hash sha256() {
    return Hash.sha256(bytes, 0, length);
  }

  /** Writes a string value with its quotes; it holds no lone surrogates. */
  public CanonicalText string(String text) {
    int count = text.length();
    room(count + 2);
    bytes[length++] = '"';
    int i = 0;
    for (; i < count; i++) {
      char c = text.charAt(i);
      if (c < ' ' || c >= 0x7f || c == '"' || c == '\\') {
        break;
      }
      bytes[length++] = (byte) c;
    }
    while (i < count) {
      int c = text.codePointAt(i);
      room(LONGEST);
      if (c >= ' ' && c < 0x80 && c != '"' && c != '\\') {
        bytes[length++] = (byte) c;
      } else if (c < 0x80) {
        escape(c);
      } else {
        encode(c);
      }
      i += Character.charCount(c);
    }
    put('"');
    return this;
  }

  private void escape(int c) {
    bytes[length++] = '\\';
    switch (c) {
      case '"' -> bytes[length++] = '"';
      case '\\' -> bytes[length++] = '\\';
      case '\b' -> bytes[length++] = 'b';
      case '\t' -> bytes[length++] = 't';
      case '\n' -> bytes[length++] = 'n';
      case '\f' -> bytes[length++] = 'f';
      case '\r' -> bytes[length++] = 'r';
      default -> {
        ascii("u00");
        bytes[length++] = HEX[c >> 4];
        bytes[length++] = HEX[c & 15];
      }
    }
  }

  /** RFC 3629; a lone surrogate becomes a question mark, as in Java's own encoder. */
  private void encode(int c) {
    if (c < 0x800) {
      bytes[length++] = (byte) (0xc0 | c >> 6);
    } else if (c < 0x10000) {
      if (Character.MIN_SURROGATE <= c && c <= Character.MAX_SURROGATE) {
        bytes[length++] = '?';
        return;
      }
      bytes[length++] = (byte) (0xe0 | c >> 12);
      bytes[length++] = (byte) (0x80 | c >> 6 & 0x3f);
    } else {
      bytes[length++] = (byte) (0xf0 | c >> 18);
      bytes[length++] = (byte) (0x80 | c >> 12 & 0x3f);
      bytes[length++] = (byte) (0x80 | c >> 6 & 0x3f);
    }
    bytes[length++] = (byte) (0x80 | c & 0x3f);
  }

  /** Writes a value. */
  public CanonicalText value(Json value) {
    switch (value) {
      case Json.Null _ -> ascii("null");
      case Json.Bool bool -> ascii(bool.value() ? "true" : "false");
      case Json.Num number -> number(number.value());
      case Json.Str string -> string(string.value());
      case Json.Arr array -> {
        put('[');
        String comma = "";
        for (Json item : array.items()) {
          ascii(comma).value(item);
          comma = ",";
        }
        put(']');
      }
      case Json.Obj object -> {
        put('{');
        Members.copyOf(object.members()).write(this);
        put('}');
      }
    }
    return this;
  }

  private void number(double value) {
    if (value == Math.rint(value) && Math.abs(value) < EXACT_INTEGERS) {
      number((long) value);
    } else {
      StringBuilder digits = new StringBuilder();
      write(value, digits);
      ascii(digits.toString());
    }
  }

  /** ECMA-262 Number::toString: the fewest digits that read back as the same double. */
  private static void write(double value, StringBuilder out) {
    if (value < 0) {
      out.append('-');
    }
    BigDecimal shortest = shortest(Math.abs(value));
    String digits = shortest.unscaledValue().toString();
    int count = digits.length();
    int point = count - shortest.scale(); // digits before the decimal point
    if (count <= point && point <= 21) {
      out.append(digits).repeat('0', point - count);
    } else if (0 < point && point <= 21) {
      out.append(digits, 0, point).append('.').append(digits, point, count);
    } else if (-6 < point && point <= 0) {
      out.append("0.").repeat('0', -point).append(digits);
    } else {
      out.append(digits.charAt(0));
      if (count > 1) {
        out.append('.').append(digits, 1, count);
      }
      out.append('e').append(point > 0 ? '+' : '-').append(Math.abs(point - 1));
    }
  }

  private static BigDecimal shortest(double value) {
    BigDecimal shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
    if (shortest.precision() != 2) {
      return shortest;
    }
    // Double.toString never goes below two digits where two are closer to the value; ECMAScript
    // takes one if one reads back (5e-324, not 4.9e-324).
    BigDecimal exact = new BigDecimal(value);
    BigDecimal best = shortest;
    BigInteger floor = shortest.unscaledValue().divide(BigInteger.TEN);
    for (BigInteger digit : new BigInteger[] {floor, floor.add(BigInteger.ONE)}) {
      BigDecimal candidate = new BigDecimal(digit, shortest.scale() - 1);
      if (candidate.doubleValue() == value
          && (best.precision() == 2
              || candidate.subtract(exact).abs().compareTo(best.subtract(exact).abs()) < 0)) {
        best = candidate;
      }
    }
    return best.stripTrailingZeros();
  }
}
