package io.mnemogrid.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** A rate is divided by what is asked, whole and never twice. */
class RateShareTest {
  private static double[] divided(double... asked) {
    double all = Arrays.stream(asked).map(one -> Math.clamp(one, 0, 1)).sum();
    return Arrays.stream(asked)
        .map(own -> RateShare.of(own, all - Math.clamp(own, 0, 1), asked.length))
        .toArray();
  }

  @Test
  void isWholeWhateverIsAsked() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    for (int round = 0; round < 100_000; round++) {
      double[] asked =
          random
              .doubles(1 + random.nextInt(7))
              .map(one -> random.nextInt(4) == 0 ? 0 : one * (random.nextInt(3) + 0.01))
              .toArray();
      double[] shares = divided(asked);
      String what = "seed " + seed + ": " + Arrays.toString(asked) + Arrays.toString(shares);
      assertThat(Arrays.stream(shares).sum()).as(what).isCloseTo(1, within(1e-9));
      double all = Arrays.stream(asked).map(one -> Math.min(one, 1)).sum();
      for (int i = 0; i < asked.length; i++) {
        assertThat(shares[i]).as(what).isBetween(RateShare.EQUAL / asked.length - 1e-9, 1.0 + 1e-9);
        if (all <= 1 - RateShare.EQUAL) {
          assertThat(shares[i]).as(what).isGreaterThanOrEqualTo(asked[i] - 1e-9);
        }
      }
    }
  }

  @Test
  void isEqualWhereNobodyAsks() {
    assertThat(divided(0, 0, 0, 0)).containsOnly(0.25);
    assertThat(divided(0)).containsExactly(1);
    assertThat(divided(5)).containsExactly(1);
  }

  @Test
  void goesToWhoIsAsked() {
    assertThat(divided(1, 0, 0)).containsExactly(new double[] {0.98, 0.01, 0.01}, within(1e-9));
    assertThat(divided(0.6, 0.2, 0)[0]).isCloseTo(0.01 + 0.97 * 0.75, within(1e-9));
  }

  /** A caller that asks one member a thousand times as often as it may. */
  @Test
  void oneMemberCountsAsTheWholeRateAtMost() {
    assertThat(divided(1000, 0.2)).isEqualTo(divided(1, 0.2));
    assertThat(divided(1000, 0.2)[1]).isGreaterThan(0.17);
  }
}
