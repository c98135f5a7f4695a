package io.mnemogrid.client;

import java.math.BigInteger;
import java.util.Optional;

/**
 * A point of edwards25519 in extended coordinates (RFC 8032 §5.1.4), for what the JDK does not
 * check of a key. Not constant-time.
 */
record EdwardsPoint(BigInteger x, BigInteger y, BigInteger z, BigInteger t) {
  /** Bytes of an encoded point. */
  static final int BYTES = 32;

  private static final BigInteger ONE = BigInteger.ONE;
  private static final BigInteger TWO = BigInteger.TWO;
  private static final int SIGN_BIT = 255;

  /** The prime of the field. */
  private static final BigInteger P = TWO.pow(SIGN_BIT).subtract(BigInteger.valueOf(19));

  /** The order of the group that the base point makes, a prime. */
  private static final BigInteger ORDER =
      TWO.pow(252).add(new BigInteger("27742317777372353535851937790883648493"));

  private static final BigInteger D =
      BigInteger.valueOf(-121665).multiply(BigInteger.valueOf(121666).modInverse(P)).mod(P);
  private static final BigInteger ROOT_OF_MINUS_ONE = TWO.modPow(P.shiftRight(2), P);

  private static final EdwardsPoint NEUTRAL =
      new EdwardsPoint(BigInteger.ZERO, ONE, ONE, BigInteger.ZERO);
  private static final EdwardsPoint BASE =
      at(BigInteger.valueOf(4).multiply(BigInteger.valueOf(5).modInverse(P)).mod(P), false)
          .orElseThrow();

  /** The point of its one spelling; empty where the bytes are none. */
  static Optional<EdwardsPoint> decode(byte[] bytes) {
    BigInteger number = number(bytes);
    return at(number.clearBit(SIGN_BIT), number.testBit(SIGN_BIT));
  }

  /** The number that bytes say, the lowest first. */
  static BigInteger number(byte[] bytes) {
    byte[] reversed = new byte[bytes.length];
    for (int i = 0; i < bytes.length; i++) {
      reversed[i] = bytes[bytes.length - 1 - i];
    }
    return new BigInteger(1, reversed);
  }

  private static Optional<EdwardsPoint> at(BigInteger y, boolean isOdd) {
    if (y.compareTo(P) >= 0) {
      return Optional.empty();
    }
    BigInteger yy = y.multiply(y);
    BigInteger xx = yy.subtract(ONE).multiply(D.multiply(yy).add(ONE).modInverse(P)).mod(P);
    BigInteger x = xx.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
    if (!x.multiply(x).mod(P).equals(xx)) {
      x = x.multiply(ROOT_OF_MINUS_ONE).mod(P);
    }
    if (!x.multiply(x).mod(P).equals(xx) || x.signum() == 0 && isOdd) {
      return Optional.empty();
    }
    BigInteger signed = x.testBit(0) == isOdd ? x : P.subtract(x);
    return Optional.of(new EdwardsPoint(signed, y, ONE, signed.multiply(y).mod(P)));
  }

  /** Its one spelling. */
  byte[] encode() {
    BigInteger scale = z.modInverse(P);
    BigInteger number = y.multiply(scale).mod(P);
    if (x.multiply(scale).mod(P).testBit(0)) {
      number = number.setBit(SIGN_BIT);
    }
    byte[] bytes = new byte[BYTES];
    for (int i = 0; i < BYTES; i++) {
      bytes[i] = number.shiftRight(Byte.SIZE * i).byteValue();
    }
    return bytes;
  }

  /** The base point, so many times. */
  static EdwardsPoint base(BigInteger scalar) {
    return BASE.times(scalar);
  }

  /** Whether its order is the prime: it is not neutral, and has no part of low order. */
  boolean hasPrimeOrder() {
    return !isNeutral() && times(ORDER).isNeutral();
  }

  private boolean isNeutral() {
    return x.signum() == 0 && y.equals(z);
  }

  private EdwardsPoint times(BigInteger scalar) {
    EdwardsPoint result = NEUTRAL;
    for (int bit = scalar.bitLength() - 1; bit >= 0; bit--) {
      result = result.plus(result);
      if (scalar.testBit(bit)) {
        result = result.plus(this);
      }
    }
    return result;
  }

  private EdwardsPoint plus(EdwardsPoint other) {
    BigInteger a = y.subtract(x).multiply(other.y.subtract(other.x)).mod(P);
    BigInteger b = y.add(x).multiply(other.y.add(other.x)).mod(P);
    BigInteger c = t.multiply(TWO).multiply(D).mod(P).multiply(other.t).mod(P);
    BigInteger d = z.multiply(TWO).multiply(other.z).mod(P);
    BigInteger e = b.subtract(a);
    BigInteger f = d.subtract(c);
    BigInteger g = d.add(c);
    BigInteger h = b.add(a);
    return new EdwardsPoint(
        e.multiply(f).mod(P), g.multiply(h).mod(P), f.multiply(g).mod(P), e.multiply(h).mod(P));
  }
}
