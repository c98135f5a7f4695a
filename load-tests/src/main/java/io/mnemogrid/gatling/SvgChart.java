package io.mnemogrid.gatling;

import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** A picture of lines over one axis, as SVG without any script. */
final class SvgChart {
  private static final int WIDTH = 900;
  private static final int HEIGHT = 240;
  private static final int LEFT = 60;
  private static final int TOP = 40;
  private static final int BOTTOM = 210;
  private static final int TICKS = 4;

  /** A point of a line. */
  record Point(double x, double y) {}

  /**
   * A line.
   *
   * @param color as CSS writes it
   * @param points from left to right
   */
  record Line(String name, String color, List<Point> points) {
    Line {
      points = List.copyOf(points);
    }
  }

  private SvgChart() {}

  /** Draws lines; the axes begin at 0 and end at the largest value. */
  static String draw(String title, String unit, List<Line> lines) {
    double right = largest(lines, true);
    double top = largest(lines, false);
    StringBuilder svg =
        new StringBuilder(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"100%%\""
                    .formatted(WIDTH, HEIGHT)
                + " font-family=\"sans-serif\" font-size=\"12\" fill=\"#222\">");
    svg.append(
        "<text x=\"%d\" y=\"16\" font-size=\"14\">%s</text>".formatted(LEFT, escaped(title)));
    for (int i = 0; i <= TICKS; i++) {
      double y = BOTTOM - (BOTTOM - TOP) * (double) i / TICKS;
      double x = LEFT + (WIDTH - LEFT - 20) * (double) i / TICKS;
      svg.append(
          rooted(
              "<line x1=\"%d\" y1=\"%.1f\" x2=\"%d\" y2=\"%.1f\" stroke=\"#ddd\"/>",
              LEFT, y, WIDTH - 20, y));
      svg.append(
          rooted(
              "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%s</text>",
              LEFT - 6, y + 4, number(top * i / TICKS) + (i == TICKS ? " " + escaped(unit) : "")));
      svg.append(
          rooted(
              "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%s</text>",
              x, BOTTOM + 16, number(right * i / TICKS)));
    }
    int legend = WIDTH - 20;
    for (Line line : lines) {
      svg.append(
          "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"1.5\" points=\"%s\"/>"
              .formatted(
                  line.color(),
                  line.points().stream()
                      .map(point -> place(point, right, top))
                      .collect(Collectors.joining(" "))));
    }
    for (Line line : lines.reversed()) {
      svg.append(
          "<text x=\"%d\" y=\"30\" text-anchor=\"end\" fill=\"%s\">%s</text>"
              .formatted(legend, line.color(), escaped(line.name())));
      legend -= 20 + 7 * line.name().length();
    }
    return svg.append("</svg>").toString();
  }

  private static double largest(List<Line> lines, boolean x) {
    return Math.max(
        1,
        lines.stream()
            .flatMap(line -> line.points().stream())
            .mapToDouble(point -> x ? point.x() : point.y())
            .max()
            .orElse(1));
  }

  private static String place(Point point, double right, double top) {
    return rooted(
        "%.1f,%.1f",
        LEFT + (WIDTH - LEFT - 20) * point.x() / right, BOTTOM - (BOTTOM - TOP) * point.y() / top);
  }

  private static String number(double value) {
    return value >= 10 || value == Math.rint(value)
        ? rooted("%,.0f", value)
        : rooted("%.1f", value);
  }

  private static String rooted(String format, Object... values) {
    return String.format(Locale.ROOT, format, values);
  }

  /** Text as it may stand in a page. */
  static String escaped(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
