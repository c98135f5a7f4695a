package io.mnemogrid.bench;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.DoubleFunction;

/**
 * The median of what was measured round by round, and how far it may be by chance.
 *
 * @param count how many rounds there were
 * @param least the median is not below it, with 95 in 100; for fewer than six rounds all are above
 * @param most likewise from above
 * @param lower a quarter of the rounds is below it
 * @param upper a quarter of the rounds is above it
 */
record Spread(int count, double median, double least, double most, double lower, double upper) {
  /** Of these values, one for each round. */
  static Spread of(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int count = sorted.length;
    int outside = outside(count);
    return new Spread(
        count,
        sorted[count / 2],
        sorted[outside],
        sorted[count - 1 - outside],
        sorted[count / 4],
        sorted[count - 1 - count / 4]);
  }

  /** Of what ours is divided by theirs, round by round. */
  static Spread ofRatios(double[] ours, double[] theirs) {
    double[] ratios = new double[ours.length];
    for (int i = 0; i < ratios.length; i++) {
      ratios[i] = ours[i] / theirs[i];
    }
    return of(ratios);
  }

  /**
   * How many of so many sorted values lie below where the median is with 95 in 100, by the normal
   * form of the binomial law; 0 for few values.
   */
  private static int outside(int count) {
    return Math.max(0, (int) Math.floor((count - 1.96 * Math.sqrt(count)) / 2));
  }

  /**
   * All of it in a line.
   *
   * @param kind what the rounds gave: "ratios", say
   * @param form how a value is written
   */
  String line(String what, String kind, DoubleFunction<String> form) {
    return String.format(
        Locale.ROOT,
        "  %-44s median of %d %s %s, %s between %s and %s; half of the rounds between %s and %s",
        what,
        count,
        kind,
        form.apply(median),
        outside(count) == 0 ? "all of them" : "95 % sure",
        form.apply(least),
        form.apply(most),
        form.apply(lower),
        form.apply(upper));
  }

  /** {@link #line} of ratios. */
  String line(String what) {
    return line(what, "ratios", ratio -> String.format(Locale.ROOT, "%.3f", ratio));
  }
}
