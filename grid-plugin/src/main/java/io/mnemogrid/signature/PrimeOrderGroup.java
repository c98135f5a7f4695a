package io.mnemogrid.signature;

import static org.bouncycastle.math.ec.rfc7748.X25519Field.add;
import static org.bouncycastle.math.ec.rfc7748.X25519Field.carry;
import static org.bouncycastle.math.ec.rfc7748.X25519Field.create;
import static org.bouncycastle.math.ec.rfc7748.X25519Field.decode255;
import static org.bouncycastle.math.ec.rfc7748.X25519Field.isZeroVar;
import static org.bouncycastle.math.ec.rfc7748.X25519Field.mul;
import static org.bouncycastle.math.ec.rfc7748.X25519Field.negate;
import static org.bouncycastle.math.ec.rfc7748.X25519Field.normalize;
import static org.bouncycastle.math.ec.rfc7748.X25519Field.sqrtRatioVar;
import static org.bouncycastle.math.ec.rfc7748.X25519Field.sub;

/**
 * The points of Ed25519 that have no part of low order: the group of prime order. To ask whether
 * the order times a point is neutral takes some 250 doublings; this asks whether the point can be
 * halved three times, which takes four powers (T. Pornin, "Point-Halving and Subgroup Membership in
 * Twisted Edwards Curves", eprint 2022/1164).
 *
 * <p>With u = (1 + y) / (1 - y) the curve is v² = u(u² + Au + 1), A = 486662 (RFC 7748 §4.1). It
 * has 8 times a prime of points, and those of order 1, 2, 4 and 8 are a cycle. So the group is what
 * is 8 times a point. Which half is taken does not matter: two halves differ by (0, 0), which is 4
 * times a point. Below, i² = -1 and k² = A + 2. Of these numbers -1, k and k + 2 are squares; i, 2,
 * A² - 4 and A - 2 are none.
 *
 * <ol>
 *   <li>A point (u, v) has a half iff u = s². Then v = st with t² = u² + Au + 1.
 *   <li>A half has a first coordinate x with x + 1/x = m, m = 2(u + t), where t is the root of the
 *       two for which m + A = r²: (2u + 2t + A)(2u - 2t + A) = A² - 4. Then x - 1/x = 2rs, or 1/x
 *       has that. The half has a half iff x is a square, hence iff m + 2 is, for (x + 1)² = x(m +
 *       2), hence iff t + ks = c², for t + ks = (m + 2)(rs/(m + 2) + k/2r)². With the other root it
 *       is minus such a value.
 *   <li>With x = s'², the half is (x, s't'), and it is 4 times a point iff t' + ks' is a square.
 *       Doubling says s = (x² - 1) / 2s't', so t' + ks' = s'(r + k). With d = (u - 1) / c, b = (c +
 *       d) / 2 and f = (c - d) / 2 we have m = 4b² + 2 and s' = b + fr/k. So s'(r + k) = h + cr
 *       with h² - (cr)² = 4b², and this is a square iff 2(h + 2b) is, for their product is (h + 2b
 *       + cr)². It is 2w/k with w = f(m + A) + bk(2 + k). For w one may take w' = f(m + A) + bk(2 -
 *       k), since ww' is the square of kr(s + 1).
 *   <li>If the root t that was taken is the other one, all this holds for -if as b, ib as f and (A²
 *       - 4)/(m + A) as m + A. Put in, w is w' times -ik(k + 2)/(m + A), which is a square, since
 *       neither i nor m + A is one. So w' decides, whichever root was taken.
 * </ol>
 *
 * <p>The time depends on the point, so nothing secret may come here.
 */
final class PrimeOrderGroup {
  private static final int A = 486662;
  private static final int[] ONE = number(1);

  /** The root of A + 2 for which k + 2 is a square. */
  private static final int[] K = create();

  /** k(2 - k). */
  private static final int[] K_2_MINUS_K;

  static {
    isSquare(number(A + 2), K);
    if (!isSquare(sum(K, number(2)))) {
      negate(K, K);
    }
    K_2_MINUS_K = product(K, difference(number(2), K));
  }

  private PrimeOrderGroup() {}

  /**
   * Whether a point is in the group; the neutral point is. Some 30 µs.
   *
   * @param encoding 32 bytes (RFC 8032 §5.1.2), and maybe more behind them. Whether they are the
   *     one spelling of their point is not looked at; where no point has their y, the answer is no
   */
  static boolean contains(byte[] encoding) {
    int[] y = create();
    decode255(encoding, y);
    int[] below = difference(ONE, y);
    if (isZero(below)) {
      return true;
    }
    int[] s = create();
    if (!sqrtRatioVar(sum(ONE, y), below, s)) {
      return false;
    }
    int[] u = product(s, s);
    int[] t = create();
    if (!isSquare(sum(product(u, sum(u, number(A))), ONE), t)) {
      return false; // not on the curve
    }
    int[] square = sum(t, product(K, s));
    int[] c = create();
    if (!isSquare(square, c)) {
      return false;
    }
    int[] half = sum(u, t);
    int[] m = sum(half, half);
    int[] less = difference(u, ONE);
    int[] f = difference(square, less); // times 2c, as b
    int[] b = sum(square, less);
    int[] w = sum(product(f, sum(m, number(A))), product(b, K_2_MINUS_K));
    int[] cw = product(c, w);
    return isSquare(cw) && !isZero(cw); // zero where c is: a point of order 4
  }

  private static boolean isSquare(int[] value) {
    return isSquare(value, create());
  }

  /** Zero is one, too. */
  private static boolean isSquare(int[] value, int[] root) {
    return sqrtRatioVar(value, ONE, root);
  }

  private static boolean isZero(int[] value) {
    int[] copy = value.clone();
    normalize(copy);
    return isZeroVar(copy);
  }

  private static int[] number(int value) {
    int[] number = create();
    number[0] = value;
    return number;
  }

  private static int[] product(int[] one, int[] other) {
    int[] product = create();
    mul(one, other, product);
    return product;
  }

  // A product wants limbs that are carried.

  private static int[] sum(int[] one, int[] other) {
    int[] sum = create();
    add(one, other, sum);
    carry(sum);
    return sum;
  }

  private static int[] difference(int[] one, int[] other) {
    int[] difference = create();
    sub(one, other, difference);
    carry(difference);
    return difference;
  }
}
