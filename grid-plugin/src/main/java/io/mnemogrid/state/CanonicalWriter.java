package io.mnemogrid.state;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Iterator;

/** Writes RFC 8785 (JCS): no white space, sorted members, ECMAScript's numbers and escapes. */
final class CanonicalWriter {
  private static final double EXACT_INTEGERS = 1L << 53;
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private CanonicalWriter() {}

  static void write(Json value, StringBuilder out) {
    switch (value) {
      case Json.Null _ -> out.append("null");
      case Json.Bool bool -> out.append(bool.value());
      case Json.Num number -> write(number.value(), out);
      case Json.Str string -> write(string.value(), out);
      case Json.Arr array -> {
        out.append('[');
        Iterator<Json> items = array.items().iterator();
        while (items.hasNext()) {
          write(items.next(), out);
          if (items.hasNext()) {
            out.append(',');
          }
        }
        out.append(']');
      }
      case Json.Obj object -> Members.copyOf(object.members()).write(out);
    }
  }

  static void write(String text, StringBuilder out) {
    out.append('"');
    int plainFrom = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c >= ' ' && c != '"' && c != '\\') {
        continue;
      }
      out.append(text, plainFrom, i);
      plainFrom = i + 1;
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\t' -> out.append("\\t");
        case '\n' -> out.append("\\n");
        case '\f' -> out.append("\\f");
        case '\r' -> out.append("\\r");
        default -> out.append("\\u00").append(HEX[c >> 4]).append(HEX[c & 15]);
      }
    }
    out.append(text, plainFrom, text.length()).append('"');
  }

  /** ECMA-262 Number::toString: the fewest digits that read back as the same double. */
  static void write(double value, StringBuilder out) {
    if (value == Math.rint(value) && Math.abs(value) < EXACT_INTEGERS) {
      out.append((long) value);
      return;
    }
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
