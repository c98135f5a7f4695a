package io.mnemogrid.bench;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One line of the table.
 *
 * @param what what was measured
 * @param figure the measured figure with its unit
 * @param beside the name and the figure of what it is compared with
 * @param value the number that the goal judges, mostly a ratio
 * @param goal null where none is set
 */
record Row(String what, String figure, String beside, double value, @Nullable Goal goal) {
  /** A bound for a value, at least or at most, and the value's unit. */
  record Goal(boolean least, double bound, String unit) {
    static Goal atLeast(double bound) {
      return new Goal(true, bound, "×");
    }

    static Goal atMost(double bound, String unit) {
      return new Goal(false, bound, unit);
    }

    boolean isMetBy(double value) {
      return least ? value >= bound : value <= bound;
    }
  }

  static final String HEADER =
      "%-44s %16s  %-34s %10s  %-10s %s"
          .formatted("what", "mnemogrid", "beside", "value", "goal", "");

  /** The line of a figure without a goal. */
  static Row of(String what, String figure, String beside, double value) {
    return new Row(what, figure, beside, value, null);
  }

  @Override
  public String toString() {
    String shown = "";
    String wanted = "";
    String judged = "";
    if (goal != null) {
      shown = number(value) + " " + goal.unit();
      wanted = (goal.least() ? "≥ " : "≤ ") + number(goal.bound()) + " " + goal.unit();
      judged = goal.isMetBy(value) ? "met" : "missed";
    } else if (!beside.isEmpty()) {
      shown = number(value) + " ×";
    }
    return "%-44s %16s  %-34s %10s  %-10s %s"
        .formatted(what, figure, beside, shown, wanted, judged)
        .stripTrailing();
  }

  /** A number with three digits; more of them would say nothing. */
  static String number(double value) {
    double size = Math.abs(value);
    if (size >= 100) {
      return String.format(Locale.ROOT, "%,.0f", value);
    }
    return String.format(Locale.ROOT, size >= 10 ? "%.1f" : "%.2f", value);
  }

  /** A rate with its unit. */
  static String perSecond(double value) {
    return number(value) + "/s";
  }

  /** Nanoseconds, as people read them. */
  static String time(long nanos) {
    return time((double) nanos);
  }

  /** Nanoseconds, as people read them. */
  static String time(double nanos) {
    if (nanos < 1e3) {
      return number(nanos) + " ns";
    }
    return nanos < 1e6 ? number(nanos / 1e3) + " µs" : number(nanos / 1e6) + " ms";
  }
}
