package io.mnemogrid.client;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/** Numbers as ECMAScript writes them, which RFC 8785 §3.2.2.3 asks for. */
final class Numbers {
  /** The greatest whole number below which a double holds all: 2^53 − 1. */
  static final long MAX_SAFE = (1L << 53) - 1;

  /** Digits that tell every double from its neighbours. */
  private static final int MAX_DIGITS = 17;

  /** Powers of ten from here on are written with an exponent (ECMA-262, Number::toString). */
  private static final int MAX_PLAIN = 21;

  /** Fractions smaller than 10^-6 are written with an exponent. */
  private static final int MIN_PLAIN = -6;

  private Numbers() {}

  /** The text of a finite double. */
  static String text(double value) {
    if (value == Math.rint(value) && Math.abs(value) <= MAX_SAFE) {
      return Long.toString((long) value);
    }
    BigDecimal shortest = shortest(new BigDecimal(Math.abs(value)), Math.abs(value));
    String digits = shortest.unscaledValue().toString();
    int point = digits.length() - shortest.scale(); // value = 0.digits · 10^point
    return (value < 0 ? "-" : "") + layout(digits, point);
  }

  private static String layout(String digits, int point) {
    int count = digits.length();
    if (count <= point && point <= MAX_PLAIN) {
      return digits + "0".repeat(point - count);
    }
    if (0 < point && point <= MAX_PLAIN) {
      return digits.substring(0, point) + "." + digits.substring(point);
    }
    if (MIN_PLAIN < point && point <= 0) {
      return "0." + "0".repeat(-point) + digits;
    }
    String mantissa = count == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
    int exponent = point - 1;
    return mantissa + "e" + (exponent < 0 ? "-" : "+") + Math.abs(exponent);
  }

  /**
   * The decimal of the fewest digits that reads as {@code value}, of several the nearest. {@code
   * Double.toString} gives that only since Java 19. Both neighbours are tried, for below a power of
   * two doubles lie closer than above it, and the nearest decimal may read as another double.
   */
  private static BigDecimal shortest(BigDecimal exact, double value) {
    for (int digits = 1; digits < MAX_DIGITS; digits++) {
      BigDecimal below = exact.round(new MathContext(digits, RoundingMode.DOWN));
      BigDecimal above = exact.round(new MathContext(digits, RoundingMode.UP));
      boolean belowReads = below.doubleValue() == value;
      boolean aboveReads = above.doubleValue() == value;
      if (belowReads || aboveReads) {
        boolean takesBelow = belowReads && (!aboveReads || isNearer(below, above, exact));
        return (takesBelow ? below : above).stripTrailingZeros();
      }
    }
    return exact.round(new MathContext(MAX_DIGITS, RoundingMode.HALF_EVEN)).stripTrailingZeros();
  }

  /** Whether {@code below} is nearer to {@code exact}; at the same distance, whether it is even. */
  private static boolean isNearer(BigDecimal below, BigDecimal above, BigDecimal exact) {
    int order = exact.subtract(below).compareTo(above.subtract(exact));
    return order != 0 ? order < 0 : !below.unscaledValue().testBit(0);
  }

  /**
   * Whether a literal may be read as the double {@code value}. A number that is not whole may be
   * rounded. A whole number must be the one that the double holds, or the one that its canonical
   * text shows: 2^60 is shown as 1152921504606847000, so that may be sent back (FORMATS §1).
   */
  static boolean isHeldOrShown(String literal, double value) {
    BigDecimal sent = new BigDecimal(literal).stripTrailingZeros();
    if (sent.scale() > 0) {
      return true;
    }
    BigInteger whole = sent.toBigInteger();
    return whole.equals(new BigDecimal(value).toBigInteger())
        || sent.compareTo(new BigDecimal(text(value))) == 0;
  }
}
