package io.mnemogrid.gatling;

import io.mnemogrid.gatling.Counts.What;
import io.mnemogrid.gatling.Figures.Row;
import java.util.ArrayList;
import java.util.List;

/**
 * Compares the figures of a run with each other: what a fleet waits with what liveness waits beside
 * it, a later part of a run with an earlier one. Machines differ and are busy; what is compared had
 * the same machine. Below a floor nothing is late, since a busy machine holds up anything for so
 * long.
 */
final class Judge {
  /** Milliseconds that 99 of a hundred requests may always take. */
  static final long FLOOR_MILLIS = 250;

  /** How many times as long as liveness 99 of a hundred requests may take. */
  static final long TIMES_LIVENESS = 10;

  /** How many times as long as before. */
  static final long TIMES_BEFORE = 5;

  /** Milliseconds within which 99 of a hundred events may always come. */
  private static final long MOST_MILLIS_OF_EVENTS = 2_000;

  private static final List<String> KINDS =
      List.of("read", "read if changed", "write", "write, minimal");

  private Judge() {}

  /** What took too long, in sentences; a busy machine may be the reason. */
  static List<String> late(Load load, Figures figures) {
    List<String> late = new ArrayList<>();
    int last = load.phases().size() - 1;
    for (String kind : KINDS) {
      figures
          .row(load.name(kind, last))
          .ifPresent(row -> {
            if (last == 0) {
              figures
                  .row("liveness")
                  .ifPresent(beside -> compare(row, TIMES_LIVENESS, beside, late));
            } else {
              figures
                  .row(load.name(kind, 0))
                  .ifPresent(before -> compare(row, TIMES_BEFORE, before, late));
            }
          });
    }
    return late;
  }

  /**
   * Milliseconds within which 99 of a hundred events come. A stream that breaks is opened again a
   * second later, and liveness says what the machine adds.
   */
  static long latestEvent(Figures figures) {
    return Math.max(
        MOST_MILLIS_OF_EVENTS,
        figures.row("liveness").map(row -> TIMES_LIVENESS * row.p99()).orElse(0L));
  }

  private static void compare(Row row, long times, Row beside, List<String> late) {
    long most = Math.max(FLOOR_MILLIS, times * beside.p99());
    if (row.p99() > most) {
      late.add(
          "99 %% of '%s' took up to %,d ms, more than %,d ms: '%s' took up to %,d ms"
              .formatted(row.name(), row.p99(), most, beside.name(), beside.p99()));
    }
  }

  /** What is missing in a run, or went wrong in it on any machine, in sentences. */
  static List<String> flaws(Plan plan, Figures figures, Counts counts) {
    List<String> flaws = new ArrayList<>();
    for (int phase = 0; phase < plan.load().phases().size(); phase++) {
      for (String kind : List.of("read", "read if changed", "write", "liveness")) {
        String name = plan.load().name(kind, phase);
        if (figures.row(name).isEmpty()) {
          flaws.add("nothing was played of '" + name + "': play longer, or with more users");
        }
      }
    }
    if (counts.count(What.NOT_MODIFIED) == 0) {
      flaws.add("no read was answered with 304, though bots sent their tags");
    }
    if (counts.count(What.READS_FAILED_AGAIN) > 0) {
      flaws.add(
          counts.count(What.READS_FAILED_AGAIN)
              + " reads failed, were asked again "
              + (plan.urls().size() > 1 ? "at another member" : "of the same member")
              + ", and failed again");
    }
    if (plan.kills()
        && counts.count(What.READS_ASKED_AGAIN) + counts.count(What.WRITES_SENT_AGAIN) == 0) {
      flaws.add("nobody noticed that a member was killed, so the run shows nothing");
    }
    return flaws;
  }
}
