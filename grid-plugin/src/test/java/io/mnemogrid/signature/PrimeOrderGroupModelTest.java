package io.mnemogrid.signature;

import static java.math.BigInteger.ONE;
import static java.math.BigInteger.TWO;
import static java.math.BigInteger.ZERO;
import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.junit.jupiter.api.Test;

/**
 * Halving against the library's multiplication by the order, which refuses the neutral point. The
 * sums of points are made here, slowly. {@code -Dmnemogrid.points=10000} plays more.
 */
class PrimeOrderGroupModelTest {
  private static final int COUNT = Integer.getInteger("mnemogrid.points", 500);
  private static final BigInteger P = TWO.pow(255).subtract(BigInteger.valueOf(19));
  private static final BigInteger D =
      BigInteger.valueOf(-121665).multiply(BigInteger.valueOf(121666).modInverse(P)).mod(P);
  private static final Point NEUTRAL = new Point(ZERO, ONE);

  /** A point of order 8. */
  private static final Point EIGHTH =
      Point.decode(
          HexFormat.of()
              .parseHex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"));

  /** A point of -x² + y² = 1 + Dx²y². */
  private record Point(BigInteger x, BigInteger y) {
    static Point decode(byte[] encoding) {
      byte[] bytes = new byte[32];
      for (int i = 0; i < 32; i++) {
        bytes[i] = encoding[31 - i];
      }
      boolean isOdd = bytes[0] < 0;
      bytes[0] &= 0x7f;
      BigInteger y = new BigInteger(bytes);
      BigInteger square = y.multiply(y);
      square = square.subtract(ONE).multiply(D.multiply(square).add(ONE).modInverse(P)).mod(P);
      BigInteger x = square.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
      if (!x.multiply(x).mod(P).equals(square)) {
        x = x.multiply(TWO.modPow(P.shiftRight(2), P)).mod(P);
      }
      assertThat(x.multiply(x).mod(P)).isEqualTo(square);
      return new Point(x.testBit(0) == isOdd ? x : P.subtract(x), y);
    }

    Point plus(Point other) {
      BigInteger a = x.multiply(other.y);
      BigInteger b = other.x.multiply(y);
      BigInteger c = y.multiply(other.y);
      BigInteger d = x.multiply(other.x);
      BigInteger e = D.multiply(a).mod(P).multiply(b).mod(P);
      BigInteger above = ONE.add(e);
      BigInteger below = ONE.subtract(e);
      BigInteger inverse = above.multiply(below).modInverse(P);
      return new Point(
          a.add(b).multiply(below).mod(P).multiply(inverse).mod(P),
          c.add(d).multiply(above).mod(P).multiply(inverse).mod(P));
    }

    byte[] encode() {
      byte[] bytes = new byte[32];
      BigInteger left = x.testBit(0) ? y.setBit(255) : y;
      for (int i = 0; i < 32; i++, left = left.shiftRight(8)) {
        bytes[i] = left.byteValue();
      }
      return bytes;
    }
  }

  private static List<Point> smallPoints() {
    List<Point> points = new ArrayList<>(List.of(NEUTRAL));
    while (points.size() < 8) {
      points.add(points.getLast().plus(EIGHTH));
    }
    return points;
  }

  @Test
  void hasTheNeutralPointOfThoseOfLowOrder() {
    List<Point> points = smallPoints();
    Set<Point> found = new HashSet<>(points);
    assertThat(found).hasSize(8);
    assertThat(points.getLast().plus(EIGHTH)).isEqualTo(NEUTRAL);
    for (Point point : points) {
      assertThat(PrimeOrderGroup.contains(point.encode()))
          .as("%s", point)
          .isEqualTo(point.equals(NEUTRAL));
    }
  }

  @Test
  void hasNoPointWithAPartOfLowOrder() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<Point> small = smallPoints();
    byte[] bytes = new byte[32];
    for (int i = 0; i < COUNT; i++) {
      random.nextBytes(bytes);
      byte[] encoding = new byte[32];
      Ed25519.generatePublicKey(bytes, 0, encoding, 0);
      Point point = Point.decode(encoding);
      assertThat(point.encode()).isEqualTo(encoding);
      for (int j = 0; j < 8; j++) {
        byte[] sum = point.plus(small.get(j)).encode();
        assertThat(
                List.of(
                    PrimeOrderGroup.contains(sum),
                    Ed25519.validatePublicKeyFull(sum, 0),
                    Ed25519.validatePublicKeyPartial(sum, 0)))
            .as("seed %d, %s", seed, HexFormat.of().formatHex(sum))
            .containsExactly(j == 0, j == 0, true);
      }
    }
  }

  @Test
  void agreesOnAnyBytes() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    byte[] bytes = new byte[32];
    int contained = 0;
    int none = 0;
    for (int i = 0; i < 8 * COUNT; i++) {
      random.nextBytes(bytes);
      boolean is = PrimeOrderGroup.contains(bytes);
      assertThat(is)
          .as("seed %d, %s", seed, HexFormat.of().formatHex(bytes))
          .isEqualTo(Ed25519.validatePublicKeyFull(bytes, 0));
      contained += is ? 1 : 0;
      none += Ed25519.validatePublicKeyPartial(bytes, 0) ? 0 : 1;
    }
    assertThat(contained).as("about a sixteenth").isBetween(COUNT / 4, COUNT);
    assertThat(none).as("about a half").isBetween(3 * COUNT, 5 * COUNT);
  }

  /** That a y is no number below p is for {@link Ed25519#verify} to refuse, which it does. */
  @Test
  void readsOtherSpellingsOfAPoint() {
    for (int i = 0; i < 19; i++) {
      byte[] spelled = new Point(ZERO, BigInteger.valueOf(i)).encode();
      byte[] other = new Point(ZERO, P.add(BigInteger.valueOf(i))).encode();
      assertThat(PrimeOrderGroup.contains(other))
          .as("%d", i)
          .isEqualTo(PrimeOrderGroup.contains(spelled));
      assertThat(Ed25519.validatePublicKeyPartial(other, 0)).as("%d", i).isFalse();
    }
  }
}
