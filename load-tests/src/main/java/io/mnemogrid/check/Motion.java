package io.mnemogrid.check;

import java.time.Duration;
import java.util.List;

/**
 * Judges whether what should move did move: the audit, the checkpoints, members that were asked to
 * end; and whether bots' logs were quiet. A run that loses nothing while its audit is dead is no
 * success. Pure.
 */
public final class Motion {
  /**
   * How far the audit may be behind: the greatest age of the oldest update that it has not seen.
   */
  static final Duration AUDIT = Duration.ofSeconds(30);

  /** How old the newest final checkpoint may be where one is due every few seconds. */
  static final Duration CHECKPOINT = Duration.ofSeconds(30);

  /** How long a member that is asked to end may take, at the median of a run's closes. */
  static final Duration CLOSE = Duration.ofSeconds(2);

  /** How long any close of a run may take: others use the machine now and then. */
  static final Duration SLOWEST_CLOSE = Duration.ofSeconds(3);

  /** How many entries of WARN or ERROR a bot may log in a minute, averaged over a run. */
  static final int ENTRIES_A_MINUTE = 10;

  /**
   * What the store showed at a moment.
   *
   * @param excused time in which a fault kept things from moving
   * @param before number of the newest final checkpoint at the moment before this one
   * @param most the greatest such number of all moments before
   */
  public record Moment(String when, Vitals vitals, Duration excused, long before, long most) {
    /** The first moment of a run. */
    public Moment(String when, Vitals vitals, Duration excused) {
      this(when, vitals, excused, 0, 0);
    }

    /**
     * Whether a chain that came back empty is getting all headers again, oldest first: there are
     * fewer than there were, and other ones than a moment ago. Their age says nothing then.
     */
    boolean isRefilling() {
      long now = vitals.checkpoint();
      return 0 < now && now < most && now != before;
    }
  }

  /** How long a member took to end after it was asked to. */
  public record Close(String member, Duration took) {}

  private Motion() {}

  /** Adds to the verdict what stood still at a moment. */
  public static void judge(Moment moment, Verdict verdict) {
    Vitals vitals = moment.vitals();
    vitals
        .problems()
        .forEach(problem -> verdict.add(Flaw.AUDIT, moment.when() + ": it says " + problem));
    if (vitals.auditAge().compareTo(AUDIT.plus(moment.excused())) > 0) {
      verdict.add(
          Flaw.AUDIT,
          "%s: it is %.1f s and %d updates behind, %d s are permitted"
              .formatted(
                  moment.when(),
                  seconds(vitals.auditAge()),
                  vitals.unaudited(),
                  AUDIT.plus(moment.excused()).toSeconds()));
    }
    if (!moment.isRefilling()
        && vitals.checkpointAge().compareTo(CHECKPOINT.plus(moment.excused())) > 0) {
      verdict.add(
          Flaw.CHECKPOINTS,
          "%s: the newest final one, number %d, is of %.1f s before, %d s are permitted"
              .formatted(
                  moment.when(),
                  vitals.checkpoint(),
                  seconds(vitals.checkpointAge()),
                  CHECKPOINT.plus(moment.excused()).toSeconds()));
    }
  }

  /** Adds closes that took too long to the verdict: each by itself, and all by their median. */
  public static void judge(List<Close> closes, Verdict verdict) {
    for (Close close : closes) {
      if (close.took().compareTo(SLOWEST_CLOSE) > 0) {
        verdict.add(
            Flaw.CLOSES,
            "%s took %.2f s to end, %d s are permitted"
                .formatted(close.member(), seconds(close.took()), SLOWEST_CLOSE.toSeconds()));
      }
    }
    if (!closes.isEmpty() && median(closes).compareTo(CLOSE) > 0) {
      verdict.add(
          Flaw.CLOSES,
          "the median of %d closes is %.2f s, %d s are permitted"
              .formatted(closes.size(), seconds(median(closes)), CLOSE.toSeconds()));
    }
  }

  /** The closes of a run, as a table's line. */
  public static String line(List<Close> closes) {
    return closes.isEmpty()
        ? "no member was asked to end"
        : "%d closes: median %.2f s, slowest %.2f s"
            .formatted(closes.size(), seconds(median(closes)), seconds(sorted(closes).getLast()));
  }

  /** Of an even number of closes the quicker one of the two in the middle. */
  private static Duration median(List<Close> closes) {
    return sorted(closes).get((closes.size() - 1) / 2);
  }

  private static List<Duration> sorted(List<Close> closes) {
    return closes.stream().map(Close::took).sorted().toList();
  }

  /** Adds a bot's log to the verdict if it was not quiet. {@code run} is the length of the run. */
  public static void judge(LogLines bot, Duration run, Verdict verdict) {
    long entries = bot.warnings() + bot.errors();
    double minutes = Math.max(1, seconds(run) / 60);
    if (entries > ENTRIES_A_MINUTE * minutes) {
      verdict.add(
          Flaw.LOGS,
          "%s logged %d warnings and %d errors in %.1f minutes, %d a minute are permitted"
              .formatted(bot.process(), bot.warnings(), bot.errors(), minutes, ENTRIES_A_MINUTE));
    }
  }

  /** What each process logged, as a table's lines. */
  public static List<String> table(List<LogLines> logs) {
    return logs.stream()
        .map(log ->
            "%-12s %6d warnings %6d errors %8d lines of these"
                .formatted(log.process(), log.warnings(), log.errors(), log.lines()))
        .toList();
  }

  public static double seconds(Duration time) {
    return time.toMillis() / 1000.0;
  }
}
