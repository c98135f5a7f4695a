package io.mnemogrid.check;

import io.mnemogrid.check.RollEvent.Kind;
import io.mnemogrid.process.Timeline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** Judges a rolling restart by what its writers were answered. Pure. */
public final class RollReport {
  /** How long a space may be without an acknowledgement, at the median of the rounds. */
  static final Duration GAP = Duration.ofSeconds(1);

  /** No gap may be longer than this many times the longest gap after kill -9. */
  static final int KILL_GAPS = 2;

  /**
   * One member that was closed or killed, and came back.
   *
   * @param round from 1; 0 for a kill
   * @param fromNanos just before it was asked to end, or killed
   * @param toNanos when the grid was whole again
   * @param close how long it took to end; zero for a kill
   */
  public record Turn(int round, String member, long fromNanos, long toNanos, Duration close) {
    boolean isKill() {
      return round == 0;
    }

    private boolean covers(RollEvent event) {
      return fromNanos <= event.atNanos() && event.atNanos() <= toNanos;
    }
  }

  private record Row(
      Duration gap, Duration waited, Duration close, long notApplied, long refused, long unknown) {}

  private final List<Turn> turns;
  private final List<RollEvent> events;
  private final Map<String, Timeline> acknowledged = new HashMap<>();

  private RollReport(Collection<String> spaces, List<Turn> turns, List<RollEvent> events) {
    this.turns = turns;
    this.events = events;
    spaces.forEach(space -> acknowledged.put(space, new Timeline()));
    for (RollEvent event : events) {
      if (event.kind() == Kind.ACKNOWLEDGED) {
        acknowledged.computeIfAbsent(event.space(), _ -> new Timeline()).add(event.atNanos());
      }
    }
  }

  /**
   * Adds all that is wrong to a verdict and returns the lines of the table.
   *
   * @param spaces all spaces that are written to; one that acknowledged nothing has one long gap
   */
  public static List<String> of(
      Collection<String> spaces, List<Turn> turns, List<RollEvent> events, Verdict verdict) {
    return new RollReport(spaces, turns, events).report(verdict);
  }

  /** Checks that each acknowledged id stands in the log once, at the version of its answer. */
  public static void checkLog(
      List<RollEvent> events, Map<String, ? extends Collection<String>> ids, Verdict verdict) {
    Map<String, List<String>> logs = new HashMap<>();
    ids.forEach((space, all) -> {
      logs.put(space, List.copyOf(all));
      Set<String> once = new HashSet<>();
      all.stream()
          .filter(id -> !once.add(id))
          .forEach(id -> verdict.add(Flaw.TWICE, id + " stands twice in " + space));
    });
    for (RollEvent event : events) {
      List<String> log = logs.getOrDefault(event.space(), List.of());
      if (event.kind() == Kind.ACKNOWLEDGED
          && (event.version() > log.size()
              || !log.get((int) event.version() - 1).equals(event.text()))) {
        verdict.add(
            Flaw.LOST,
            "%s was acknowledged as version %d of %s and does not stand there"
                .formatted(event.text(), event.version(), event.space()));
      }
    }
  }

  private List<String> report(Verdict verdict) {
    List<Duration> kills =
        turns.stream().filter(Turn::isKill).map(turn -> row(List.of(turn)).gap()).sorted().toList();
    Map<Integer, List<Turn>> rounds = new TreeMap<>();
    turns.stream()
        .filter(turn -> !turn.isKill())
        .forEach(turn -> rounds.computeIfAbsent(turn.round(), _ -> new ArrayList<>()).add(turn));
    List<String> lines = new ArrayList<>();
    lines.add(
        "%-14s %7s %14s %7s %12s %8s %8s"
            .formatted(
                "", "gap s", "longest wait s", "close s", "not applied", "refused", "unknown"));
    turns.stream()
        .filter(Turn::isKill)
        .forEach(turn -> lines.add(line("kill -9 of " + turn.member(), row(List.of(turn)))));
    List<Duration> gaps = new ArrayList<>();
    rounds.forEach((round, of) -> {
      Row row = row(of);
      gaps.add(row.gap());
      lines.add(line("round " + round, row));
    });
    judgeGaps(gaps.stream().sorted().toList(), kills, verdict);
    List<Motion.Close> closes =
        turns.stream()
            .filter(turn -> !turn.isKill())
            .map(turn -> new Motion.Close(turn.member(), turn.close()))
            .toList();
    Motion.judge(closes, verdict);
    lines.add(Motion.line(closes));
    judgeAnswers(verdict);
    return lines;
  }

  private static void judgeGaps(List<Duration> gaps, List<Duration> kills, Verdict verdict) {
    Duration median = gaps.get((gaps.size() - 1) / 2);
    if (median.compareTo(GAP) > 0) {
      verdict.add(
          Flaw.GAPS,
          "the median of %d rounds is %.2f s, %d s are permitted"
              .formatted(gaps.size(), Motion.seconds(median), GAP.toSeconds()));
    }
    Duration most = kills.getLast().multipliedBy(KILL_GAPS);
    if (gaps.getLast().compareTo(most) > 0) {
      verdict.add(
          Flaw.GAPS,
          "the longest of all rounds is %.2f s, more than %d times that after kill -9, %.2f s"
              .formatted(
                  Motion.seconds(gaps.getLast()), KILL_GAPS, Motion.seconds(kills.getLast())));
    }
  }

  /**
   * Adds refusals and requests that were not applied to the verdict: no restart and no kill is a
   * reason for these while other members commit.
   */
  private void judgeAnswers(Verdict verdict) {
    Map<String, Long> said = new TreeMap<>();
    for (RollEvent event : events) {
      if (event.kind() == Kind.REFUSED || event.kind() == Kind.NOT_APPLIED) {
        said.merge(
            "%s in %s%s: %s"
                .formatted(
                    event.kind() == Kind.REFUSED ? "refused" : "not applied",
                    event.space(),
                    turns.stream()
                        .filter(turn -> turn.covers(event))
                        .map(turn ->
                            (turn.isKill() ? ", at a kill of " : ", at a restart of ")
                                + turn.member())
                        .findFirst()
                        .orElse(""),
                    event.text()),
            1L,
            Long::sum);
      }
    }
    said.forEach((sentence, times) ->
        verdict.add(Flaw.ANSWERS, times, "%d times %s".formatted(times, sentence)));
  }

  private Row row(List<Turn> of) {
    Duration gap = Duration.ZERO;
    Duration close = Duration.ZERO;
    for (Turn turn : of) {
      for (Timeline space : acknowledged.values()) {
        Duration one = space.longestGap(turn.fromNanos(), turn.toNanos());
        gap = gap.compareTo(one) < 0 ? one : gap;
      }
      close = close.compareTo(turn.close()) < 0 ? turn.close() : close;
    }
    List<RollEvent> within =
        events.stream().filter(event -> of.stream().anyMatch(turn -> turn.covers(event))).toList();
    return new Row(
        gap,
        Duration.ofNanos(within.stream().mapToLong(RollEvent::waitedNanos).max().orElse(0)),
        close,
        count(within, Kind.NOT_APPLIED),
        count(within, Kind.REFUSED),
        count(within, Kind.UNKNOWN));
  }

  private static long count(List<RollEvent> events, Kind kind) {
    return events.stream().filter(event -> event.kind() == kind).count();
  }

  private static String line(String what, Row row) {
    return "%-14s %7.2f %14.2f %7.2f %12d %8d %8d"
        .formatted(
            what,
            Motion.seconds(row.gap()),
            Motion.seconds(row.waited()),
            Motion.seconds(row.close()),
            row.notApplied(),
            row.refused(),
            row.unknown());
  }
}
