package io.mnemogrid.gatling;

import io.gatling.charts.component.Component;
import io.gatling.charts.component.ComponentLibrary;
import io.gatling.charts.report.GroupContainer;
import io.gatling.charts.stats.CountsVsTimePlot;
import io.gatling.charts.stats.IntVsTimePlot;
import io.gatling.charts.stats.PercentVsTimePlot;
import io.gatling.charts.stats.Percentiles;
import io.gatling.charts.stats.PercentilesVsTimePlot;
import io.gatling.charts.stats.Ranges;
import io.gatling.charts.stats.UserSeries;
import io.mnemogrid.gatling.SvgChart.Line;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import scala.collection.immutable.Seq;
import scala.jdk.javaapi.CollectionConverters;

/**
 * The charts of Gatling's report, as pictures in the page. Gatling's own charts are drawn by
 * Highcharts, which is not free software; its report asks a {@link java.util.ServiceLoader} for
 * whoever draws them, and finds this. The pages, the tables and the figures are Gatling's.
 */
public final class SvgCharts implements ComponentLibrary {
  private static final String STYLE = "background:#fff;color:#222;padding:8px;height:auto";
  private static final String OK = "#3a9a5b";
  private static final String FAILED = "#c43b3b";
  private static final List<String> COLORS =
      List.of("#2f6fb3", "#d98a1f", "#6a4ca3", "#2b9a95", "#a8577e", "#7a7a2a");

  /** A picture that stands in the page as it is. */
  private static final class Drawn extends Component {
    private final String html;

    private Drawn(String html) {
      this.html = html;
    }

    @Override
    public String html() {
      return html;
    }

    @Override
    public String js() {
      return "";
    }

    @Override
    public Seq<String> jsFiles() {
      return CollectionConverters.asScala(List.<String>of()).toSeq();
    }
  }

  /** A picture in a box, to which the page's menu leads by its name. */
  private static Component chart(String name, String title, String unit, List<Line> lines) {
    return boxed(name, "geant", SvgChart.draw(title, unit, lines));
  }

  private static Component boxed(String name, String shape, String html) {
    return new Drawn(
        "<div id=\"%s\" class=\"schema %s\" style=\"%s\">%s</div>"
            .formatted(SvgChart.escaped(name), shape, STYLE, html));
  }

  private static <T> Line line(
      String name, String color, Seq<T> plots, ToDoubleFunction<T> x, ToDoubleFunction<T> y) {
    List<SvgChart.Point> points = new ArrayList<>();
    for (T plot : CollectionConverters.asJava(plots)) {
      points.add(new SvgChart.Point(x.applyAsDouble(plot), y.applyAsDouble(plot)));
    }
    return new Line(name, color, points);
  }

  private static double seconds(int millis) {
    return millis / 1000.0;
  }

  private static Component users(
      String name, String title, UserSeries all, Seq<UserSeries> series) {
    List<Line> lines = new ArrayList<>();
    lines.add(users(all, "#333333"));
    for (UserSeries one : CollectionConverters.asJava(series)) {
      lines.add(users(one, COLORS.get((lines.size() - 1) % COLORS.size())));
    }
    return chart(name, title, "users", lines);
  }

  private static Line users(UserSeries series, String color) {
    return line(
        series.name(), color, series.data(), plot -> seconds(plot.time()), IntVsTimePlot::value);
  }

  @Override
  public Component getUserStartRateComponent(
      String container, long start, UserSeries all, Seq<UserSeries> series) {
    return users(container, "Users that begin, a second", all, series);
  }

  @Override
  public Component getMaxConcurrentUsersComponent(
      String container, long start, UserSeries all, Seq<UserSeries> series) {
    return users(container, "Users at the same time", all, series);
  }

  @Override
  public Component getRangesComponent(
      String container, String title, String events, Ranges ranges, boolean large) {
    return boxed(
        container,
        "ranges",
        "<p>%s</p><p>below %d ms: %,d · up to %d ms: %,d · longer: %,d · failed: %,d</p>"
            .formatted(
                SvgChart.escaped(title),
                ranges.lowerBound(),
                ranges.lowCount(),
                ranges.higherBound(),
                ranges.middleCount(),
                ranges.highCount(),
                ranges.koCount()));
  }

  @Override
  public Component getRequestCountPolarComponent(GroupContainer group) {
    return new Drawn(""); // the table has these counts
  }

  @Override
  public Component getDistributionComponent(
      String container,
      String title,
      String events,
      Seq<PercentVsTimePlot> ok,
      Seq<PercentVsTimePlot> failed) {
    return chart(
        container,
        title + " (% of requests by milliseconds)",
        "%",
        List.of(
            line("OK", OK, ok, PercentVsTimePlot::time, PercentVsTimePlot::value),
            line("failed", FAILED, failed, PercentVsTimePlot::time, PercentVsTimePlot::value)));
  }

  @Override
  public Component getPercentilesOverTimeComponent(
      String container, String title, String axis, long start, Seq<PercentilesVsTimePlot> plots) {
    List<PercentilesVsTimePlot> there =
        CollectionConverters.asJava(plots).stream()
            .filter(plot -> plot.percentiles().isDefined())
            .toList();
    return chart(
        container,
        title,
        "ms",
        List.of(
            percentile("longest", "#bbbbbb", there, Percentiles::percentile100),
            percentile("99 %", FAILED, there, Percentiles::percentile99),
            percentile("95 %", COLORS.get(1), there, Percentiles::percentile95),
            percentile("50 %", COLORS.get(0), there, Percentiles::percentile50)));
  }

  private static Line percentile(
      String name,
      String color,
      List<PercentilesVsTimePlot> plots,
      ToDoubleFunction<Percentiles> value) {
    return new Line(
        name,
        color,
        plots.stream()
            .map(plot ->
                new SvgChart.Point(
                    seconds(plot.time()), value.applyAsDouble(plot.percentiles().get())))
            .toList());
  }

  private static Component counts(String name, String title, Seq<CountsVsTimePlot> plots) {
    return chart(
        name,
        title,
        "a second",
        List.of(
            line("OK", OK, plots, plot -> seconds(plot.time()), CountsVsTimePlot::oks),
            line("failed", FAILED, plots, plot -> seconds(plot.time()), CountsVsTimePlot::kos)));
  }

  @Override
  public Component getRequestsComponent(String container, long start, Seq<CountsVsTimePlot> plots) {
    return counts(container, "Requests", plots);
  }

  @Override
  public Component getResponsesComponent(
      String container, long start, Seq<CountsVsTimePlot> plots) {
    return counts(container, "Answers", plots);
  }

  @Override
  public Component getResponseTimeScatterComponent(
      String container, Seq<IntVsTimePlot> ok, Seq<IntVsTimePlot> failed) {
    return chart(
        container,
        "95 % of the answers (ms) by requests a second",
        "ms",
        List.of(
            line("OK", OK, ok, IntVsTimePlot::time, IntVsTimePlot::value),
            line("failed", FAILED, failed, IntVsTimePlot::time, IntVsTimePlot::value)));
  }
}
