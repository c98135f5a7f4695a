package io.mnemogrid.gatling;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The figures of a report, as its first page has them. */
record Figures(List<Row> rows) {
  /**
   * One kind of request.
   *
   * @param count how many there were
   * @param failed how many of them failed
   * @param p50 half of them took at most so many milliseconds; {@code p99} and {@code longest}
   *     likewise
   */
  record Row(String name, long count, long failed, long p50, long p99, long longest) {}

  Figures {
    rows = List.copyOf(rows);
  }

  private static final Pattern ROW = Pattern.compile("(?s)<tr id=\"req_.*?</tr>");
  private static final Pattern NAME = Pattern.compile("class=\"ellipsed-name\">([^<]*)<");
  private static final Pattern CELL =
      Pattern.compile("class=\"value [a-z]+ col-([0-9]+)\">([^<]*)<");

  /** The columns of the table that are read. */
  private static final int TOTAL = 2;

  private static final int FAILED = 4;
  private static final int P50 = 8;
  private static final int P99 = 11;
  private static final int LONGEST = 12;

  /** The figures of the report in a folder. */
  static Figures of(Path report) {
    try {
      return parse(Files.readString(report.resolve("index.html"), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The figures in the table of the report's first page: Gatling writes them nowhere else. */
  static Figures parse(String page) {
    List<Row> rows = ROW.matcher(page).results().map(row -> parsed(row.group())).toList();
    if (rows.isEmpty()) {
      throw new IllegalStateException("Gatling's report has no figures");
    }
    return new Figures(rows);
  }

  private static Row parsed(String html) {
    Matcher name = NAME.matcher(html);
    Map<Integer, Long> cells = new HashMap<>();
    CELL.matcher(html)
        .results()
        .forEach(cell -> cells.put(Integer.valueOf(cell.group(1)), number(cell.group(2))));
    if (!name.find() || !cells.keySet().containsAll(List.of(TOTAL, FAILED, P50, P99, LONGEST))) {
      throw new IllegalStateException("a row of Gatling's report has another shape: " + html);
    }
    return new Row(
        name.group(1),
        cells.getOrDefault(TOTAL, 0L),
        cells.getOrDefault(FAILED, 0L),
        cells.getOrDefault(P50, 0L),
        cells.getOrDefault(P99, 0L),
        cells.getOrDefault(LONGEST, 0L));
  }

  /** A whole number; what has none, as the times of no request, counts as 0. */
  private static long number(String text) {
    return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
  }

  Optional<Row> row(String name) {
    return rows.stream().filter(row -> row.name().equals(name)).findFirst();
  }
}
