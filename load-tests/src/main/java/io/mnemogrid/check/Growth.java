package io.mnemogrid.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Judges series that were sampled while a member worked: what the member holds must stop growing.
 * Pure.
 *
 * <p>A run is cut into thirds of equal time. The first third is left out, since pools, caches and
 * rings fill in it. The medians of the other two are compared; a single sample says nothing about a
 * file that is cut back from time to time, or about a heap between two collections. A series that
 * grows with the work done is a line, and if it starts at 0 its two medians are as 5 to 3; the
 * factor {@link #RATIO} finds that. A line above a large base stays below that factor, so {@link
 * Line.ByCommit} bounds the growth of one commit instead.
 */
public final class Growth {
  /** The last third's median may be this many times the middle third's. */
  static final double RATIO = 1.3;

  private static final int LEAST_SAMPLES = 9;

  /** In the last third of a run there are at least this part of the middle third's commits. */
  private static final int LEAST_SHARE = 10;

  private static final double MIB = 1 << 20;

  /** How a series is judged. */
  public sealed interface Line {
    /**
     * The last third's median is at most {@link #RATIO} times the middle third's, plus {@code
     * slack} for what the measurement itself moves by.
     */
    record Level(double slack) implements Line {}

    /**
     * For a series in MiB: from the middle third's median to the last third's it grows by at most
     * {@code mostBytes} a commit, plus {@code slack} MiB.
     */
    record ByCommit(double mostBytes, double slack) implements Line {}

    /**
     * For a series in MiB that may grow with each commit: a commit of the last third adds at most
     * {@link #RATIO} times what a commit of the middle third adds.
     */
    record Steady() implements Line {}

    /** The series is shown and not judged. */
    record Shown() implements Line {}
  }

  /** One thing that was sampled. */
  public record Series(String name, String unit, Line line, List<Double> values) {
    public Series {
      values = List.copyOf(values);
    }
  }

  private Growth() {}

  /**
   * In what way a series goes beyond its line, in a sentence; empty when it keeps to it.
   *
   * @param commits how many commits had been made by each sample
   */
  public static Optional<String> judge(Series series, List<Long> commits) {
    int size = series.values().size();
    if (size < LEAST_SAMPLES || commits.size() != size) {
      throw new IllegalArgumentException(
          "%s has %d samples and %d counts of commits, at least %d of each are needed"
              .formatted(series.name(), size, commits.size(), LEAST_SAMPLES));
    }
    int one = size / 3;
    int two = 2 * size / 3;
    double middle = median(series.values().subList(one, two));
    double last = median(series.values().subList(two, size));
    return switch (series.line()) {
      case Line.Shown _ -> Optional.empty();
      case Line.Level level ->
          last > middle * RATIO + level.slack()
              ? Optional.of(
                  "%s grew from %.1f to %.1f %s between the medians of the middle and the last third"
                      .formatted(series.name(), middle, last, series.unit()))
              : Optional.empty();
      case Line.ByCommit by -> {
        double between =
            median(commits.subList(two, size).stream().map(Long::doubleValue).toList())
                - median(commits.subList(one, two).stream().map(Long::doubleValue).toList());
        yield (last - middle - by.slack()) * MIB > by.mostBytes() * between
            ? Optional.of(
                "%s grew from %.1f to %.1f MiB over %.0f commits, %.0f bytes a commit, %.0f are permitted"
                    .formatted(
                        series.name(),
                        middle,
                        last,
                        between,
                        (last - middle) * MIB / between,
                        by.mostBytes()))
            : Optional.empty();
      }
      case Line.Steady _ -> {
        double before = byCommit(series.values(), commits, one, two);
        double after = byCommit(series.values(), commits, two, size - 1);
        yield after > before * RATIO
            ? Optional.of(
                "%s grew by %.0f bytes a commit in the last third, by %.0f in the middle one"
                    .formatted(series.name(), after * MIB, before * MIB))
            : Optional.empty();
      }
    };
  }

  /**
   * In what way the work itself came to an end, in a sentence; empty when it went on. Where nothing
   * is committed nothing grows, so a run without commits in its last third shows nothing.
   *
   * @param commits how many commits had been made by each sample
   */
  public static Optional<String> judgeWork(List<Long> commits) {
    int size = commits.size();
    int one = size / 3;
    int two = 2 * size / 3;
    long middle = commits.get(two) - commits.get(one);
    long last = commits.get(size - 1) - commits.get(two);
    return last * LEAST_SHARE < middle || last == 0
        ? Optional.of(
            "%d commits in the last third, %d in the middle one: the writers came to a standstill"
                .formatted(last, middle))
        : Optional.empty();
  }

  private static double byCommit(List<Double> values, List<Long> commits, int from, int to) {
    return (values.get(to) - values.get(from)) / Math.max(1, commits.get(to) - commits.get(from));
  }

  private static double median(List<Double> values) {
    double[] sorted = values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    int half = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
  }

  /** The series as pictures, one below the other; over seconds since the first sample. */
  public static String svg(List<Series> all, List<Double> seconds) {
    int width = 720;
    int height = 110;
    StringBuilder svg =
        new StringBuilder(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">%n"
                .formatted(width, height * all.size() + 20));
    for (int i = 0; i < all.size(); i++) {
      Series series = all.get(i);
      double most = Math.max(1e-9, series.values().stream().mapToDouble(v -> v).max().orElse(1));
      double end = Math.max(1e-9, seconds.getLast());
      List<String> points = new ArrayList<>();
      for (int j = 0; j < series.values().size(); j++) {
        points.add(
            "%.1f,%.1f"
                .formatted(
                    10 + (width - 20) * seconds.get(j) / end,
                    height * (i + 1) - 10 - (height - 40) * series.values().get(j) / most));
      }
      svg.append(
          "<text x=\"10\" y=\"%d\">%s, at most %.1f %s</text>%n<polyline fill=\"none\" stroke=\"#1f6f8b\" points=\"%s\"/>%n"
              .formatted(
                  height * i + 16, series.name(), most, series.unit(), String.join(" ", points)));
    }
    return svg.append("</svg>\n").toString();
  }

  /** The samples as lines of comma-separated values. */
  public static String csv(List<Series> all, List<Double> seconds, List<Long> commits) {
    StringBuilder csv = new StringBuilder("seconds,commits");
    all.forEach(one -> csv.append(',').append(one.name().replace(',', ' ')));
    for (int i = 0; i < seconds.size(); i++) {
      csv.append("\n%.1f,%d".formatted(seconds.get(i), commits.get(i)));
      for (Series one : all) {
        csv.append(",%.2f".formatted(one.values().get(i)));
      }
    }
    return csv.append('\n').toString();
  }

  /**
   * How much the store grew for each commit, and its blobs for each commit and each checkpoint,
   * from the first sample to the last: a sentence.
   *
   * @param store in MiB, as are {@code blobs}
   * @param checkpoints how many had been made by each sample
   */
  public static String kept(Series store, Series blobs, Series checkpoints, List<Long> commits) {
    double made = grown(checkpoints);
    double committed = Math.max(1, commits.getLast() - commits.getFirst());
    return "the store grew by %.0f bytes a commit; its blobs by %.1f bytes a commit, %.0f a checkpoint (%.0f checkpoints)"
        .formatted(
            grown(store) * MIB / committed,
            grown(blobs) * MIB / committed,
            grown(blobs) * MIB / Math.max(1, made),
            made);
  }

  private static double grown(Series series) {
    return series.values().getLast() - series.values().getFirst();
  }

  /** A line of a table: the series in thirds. */
  public static String row(Series series) {
    int size = series.values().size();
    double[] thirds =
        Arrays.stream(new int[][] {{0, size / 3}, {size / 3, 2 * size / 3}, {2 * size / 3, size}})
            .mapToDouble(third -> median(series.values().subList(third[0], third[1])))
            .toArray();
    return "%-24s %10.1f %10.1f %10.1f  %s"
        .formatted(series.name(), thirds[0], thirds[1], thirds[2], series.unit());
  }
}
