package io.mnemogrid.gatling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.gatling.Counts.What;
import io.mnemogrid.gatling.Figures.Row;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The figures of a report, and what is made of them. */
@NullMarked
class FiguresTest {
  private static final String PAGE =
      row("ROOT", "All Requests", "1001", "3", "4", "41", "121")
          + row("req_read-1", "read", "1000", "2", "3", "40", "120")
          + row("req_write-2", "write, again", "1", "1", "-", "-", "-");

  /** A row as the report has it. */
  private static String row(
      String id, String name, String total, String failed, String p50, String p99, String most) {
    return """
    <tr id="%s" data-parent="ROOT"> <td class="total col-1"> <a href="%s.html">
    <span id="stats-table-x" class="ellipsed-name">%s</span></a>
    <span class="value" style="display:none;">0</span> </td>
    <td class="value total col-2">%s</td> <td class="value ok col-3">998</td>
    <td class="value ko col-4">%s</td> <td class="value ko col-5">0.2</td>
    <td class="value total col-8">%s</td> <td class="value total col-11">%s</td>
    <td class="value total col-12">%s</td></tr>
    """
        .formatted(id, id, name, total, failed, p50, p99, most);
  }

  @Test
  void areThoseThatGatlingWrote() {
    assertThat(Figures.parse(PAGE).rows())
        .containsExactly(
            new Row("read", 1000, 2, 3, 40, 120), new Row("write, again", 1, 1, 0, 0, 0));
    assertThatThrownBy(() -> Figures.parse("<html></html>")).hasMessageContaining("no figures");
    assertThatThrownBy(() -> Figures.parse(PAGE.replace("col-11", "col-21")))
        .hasMessageContaining("another shape");
  }

  private static Figures figures(Object... namesAndTimes) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < namesAndTimes.length; i += 2) {
      rows.add(new Row((String) namesAndTimes[i], 10, 0, 1, (Integer) namesAndTimes[i + 1], 900));
    }
    return new Figures(rows);
  }

  @Test
  void aFleetIsHeldAgainstLivenessOfItsRun() {
    assertThat(Judge.late(Load.fleet, figures("read", 250, "write", 250, "liveness", 1))).isEmpty();
    assertThat(Judge.late(Load.fleet, figures("read", 900, "write", 251, "liveness", 90)))
        .isEmpty();
    assertThat(Judge.late(Load.fleet, figures("read", 251, "write", 901, "liveness", 25)))
        .hasSize(2)
        .last()
        .isEqualTo(
            "99 % of 'write' took up to 901 ms, more than 250 ms: 'liveness' took up to 25 ms");
  }

  @Test
  void theLastPartOfARunIsHeldAgainstItsFirst() {
    assertThat(
            Judge.late(
                Load.spike, figures("read, before", 100, "read, spike", 4000, "read, after", 500)))
        .isEmpty();
    assertThat(Judge.late(Load.spike, figures("read, before", 100, "read, after", 501)))
        .singleElement()
        .asString()
        .contains("501 ms", "'read, before' took up to 100 ms");
    assertThat(
            Judge.late(
                Load.slow,
                figures("write, minimal, before", 10, "write, minimal, beside slow clients", 251)))
        .hasSize(1);
  }

  private static Plan plan(List<String> urls, boolean kills) {
    return new Plan(
        Load.fleet, urls, null, 1, Duration.ofSeconds(9), "load-x", 1, Path.of(""), kills, 1);
  }

  private static Counts counts(What... what) {
    Counts counts = new Counts();
    for (What one : what) {
      counts.add(one);
    }
    return counts;
  }

  @Test
  void whatNobodyPlayedAndWhatFailedTwiceAreFlaws() {
    Figures all = figures("read", 1, "read if changed", 1, "write", 1, "liveness", 1);
    Plan one = plan(List.of("http://a:1"), false);
    Plan killed = plan(List.of("http://a:1", "http://b:1"), true);
    assertThat(Judge.flaws(one, all, counts(What.NOT_MODIFIED))).isEmpty();
    assertThat(Judge.flaws(one, figures("read", 1), counts(What.NOT_MODIFIED))).hasSize(3);
    assertThat(Judge.flaws(one, all, counts())).singleElement().asString().contains("304");
    assertThat(Judge.flaws(killed, all, counts(What.NOT_MODIFIED, What.READS_FAILED_AGAIN)))
        .hasSize(2)
        .anyMatch(flaw -> flaw.contains("at another member"))
        .anyMatch(flaw -> flaw.contains("nobody noticed"));
    assertThat(Judge.flaws(killed, all, counts(What.NOT_MODIFIED, What.READS_ASKED_AGAIN)))
        .isEmpty();
  }

  @Test
  void countsArriveInTheOtherProcess(@TempDir Path folder) throws IOException {
    counts(What.READS, What.READS, What.LIMITED).write(folder.resolve("counts"));
    Counts read = Counts.read(folder.resolve("counts"));
    assertThat(List.of(read.count(What.READS), read.count(What.LIMITED), read.count(What.WRITES)))
        .containsExactly(2L, 1L, 0L);
  }

  @Test
  void chartsHoldTheirLinesAndNoMarkupOfOthers() {
    String svg =
        SvgChart.draw(
            "<script>",
            "ms",
            List.of(
                new SvgChart.Line(
                    "a & b",
                    "red",
                    List.of(new SvgChart.Point(0, 0), new SvgChart.Point(10, 200)))));
    assertThat(svg)
        .contains("points=\"60.0,210.0 880.0,40.0\"", "&lt;script&gt;", "a &amp; b", "200 ms")
        .doesNotContain("<script>");
  }
}
