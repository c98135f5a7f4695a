package io.mnemogrid.bench;

import io.mnemogrid.process.MemberProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What the audit trail costs a commit over HTTP: two members with keys, a policy and rates, of
 * which one records each commit; and beside them one without keys, for what all of it costs.
 *
 * <p>The three take short turns, and begin each round with another one. The processor time of the
 * member's own process counts, since clients and other programs use the same processors. Its turn
 * ends a moment after the last commit, so the writing of the trail, twice a second, is in it. Each
 * round gives one ratio; the table has the median of them, and the lines above it say how far it
 * may be by chance.
 */
final class TrailRows {
  private static final int CLIENTS = 64;

  /** Until the code of three servers is compiled; for short rounds less, which only try it. */
  private static final Duration WARM_UP = Duration.ofSeconds(15);

  /** From the last commit of a turn to its end: by then its entries are written. */
  private static final int SETTLES_MILLIS = 700;

  /** Linux keeps 15 characters: that which writes, and that which names the head. */
  private static final String TRAIL_THREADS = "mnemogrid-trail";

  private static final int NONE = 0;
  private static final int GUARDED = 1;
  private static final int TRAIL = 2;

  private TrailRows() {}

  /** What one member did in each round. */
  private static final class Turns {
    final HttpPeer peer;
    final List<Load.Result> results = new ArrayList<>();
    final List<Duration> used = new ArrayList<>(); // time of processors, without compiling
    final List<Duration> usedByTrail = new ArrayList<>(); // of it by the trail's threads

    Turns(HttpPeer peer) {
      this.peer = peer;
    }

    void take(Duration time) throws Exception {
      Duration before = processorTime();
      Duration beforeTrail = peer.processorTime(TRAIL_THREADS);
      results.add(write(peer, time));
      MemberProcess.pause(SETTLES_MILLIS);
      used.add(processorTime().minus(before));
      usedByTrail.add(peer.processorTime(TRAIL_THREADS).minus(beforeTrail));
    }

    /** Without the compilers of the JVM: what they do differs by chance, and ends. */
    private Duration processorTime() throws IOException {
      return peer.processorTime()
          .minus(peer.processorTime("C1 Compiler"))
          .minus(peer.processorTime("C2 Compiler"));
    }

    /** Nanoseconds of a processor for a commit, by round. */
    double[] processor() {
      return perCommit(used);
    }

    /** Of them those of the threads that write the trail and name its head, by round. */
    double[] processorOfTrail() {
      return perCommit(usedByTrail);
    }

    private double[] perCommit(List<Duration> times) {
      double[] all = new double[results.size()];
      for (int i = 0; i < all.length; i++) {
        all[i] = times.get(i).toNanos() / (double) results.get(i).writes();
      }
      return all;
    }

    /** Commits a second, by round. */
    double[] rates() {
      return results.stream().mapToDouble(Load.Result::perSecond).toArray();
    }
  }

  static List<Row> trail(Run run) throws Exception {
    Path folder = run.empty("trail");
    Path jar = run.member();
    int leaves = PeerRows.LEAVES;
    try (HttpPeer none = HttpPeer.minimal("no keys", jar, folder.resolve("none"), CLIENTS, leaves);
        HttpPeer guarded =
            HttpPeer.guarded(
                "keys, policy, rates", "none", jar, folder.resolve("guarded"), CLIENTS, leaves);
        HttpPeer trail =
            HttpPeer.guarded(
                "the same and a trail", "changes", jar, folder.resolve("trail"), CLIENTS, leaves)) {
      List<Turns> all = List.of(new Turns(none), new Turns(guarded), new Turns(trail));
      boolean isShort = run.time().compareTo(Duration.ofSeconds(1)) < 0;
      for (Turns each : all) {
        Load.Result warmUp = write(each.peer, isShort ? run.warmUp() : WARM_UP);
        MemberProcess.pause(SETTLES_MILLIS);
        run.out().println("  warm-up    " + line(each.peer, warmUp));
      }
      for (int round = 0; round < run.rounds(); round++) {
        for (int i = 0; i < all.size(); i++) {
          Turns next = all.get((round + i) % all.size());
          next.take(run.time());
          Load.Result result = next.results.getLast();
          run.out().printf(Locale.ROOT, "  round %-4d %s%n", round + 1, line(next.peer, result));
        }
      }
      return rows(run, all);
    }
  }

  private static Load.Result write(HttpPeer peer, Duration time) throws Exception {
    return PeerRows.write(peer, CLIENTS, 1, PeerRows.LEAVES, time);
  }

  private static String line(HttpPeer peer, Load.Result result) {
    return String.format(
        Locale.ROOT,
        "%-26s %12s   p50 %10s   p99 %10s",
        peer.name(),
        Row.perSecond(result.perSecond()),
        Row.time(result.p50Nanos()),
        Row.time(result.p99Nanos()));
  }

  private static List<Row> rows(Run run, List<Turns> all) {
    Turns none = all.get(NONE);
    Turns guarded = all.get(GUARDED);
    Turns trail = all.get(TRAIL);
    double processor =
        ratio(run, "processor, trail ÷ no trail", trail.processor(), guarded.processor());
    double rate = ratio(run, "commits/s, trail ÷ no trail", trail.rates(), guarded.rates());
    double whole = ratio(run, "processor, all ÷ no keys", trail.processor(), none.processor());
    double wholeRate = ratio(run, "commits/s, all ÷ no keys", trail.rates(), none.rates());
    double written =
        ratio(run, "trail's threads ÷ all of it", trail.processorOfTrail(), trail.processor());
    String processorOf = "HTTP: processor time of a commit";
    return List.of(
        new Row(
            "HTTP: trail's threads, a commit",
            Row.time(median(trail.processorOfTrail())),
            "all of it " + Row.time(median(trail.processor())),
            written,
            Row.Goal.atMost(0.03, "×")),
        new Row(
            processorOf + ", trail",
            Row.time(median(trail.processor())),
            "no trail " + Row.time(median(guarded.processor())),
            processor,
            Row.Goal.atMost(1.03, "×")),
        Row.of(
            "HTTP: 64 writers, with an audit trail",
            Row.perSecond(median(trail.rates())),
            "no trail " + Row.perSecond(median(guarded.rates())),
            rate),
        Row.of(
            processorOf + ", all",
            Row.time(median(trail.processor())),
            "no keys " + Row.time(median(none.processor())),
            whole),
        Row.of(
            "HTTP: 64 writers, keys to trail",
            Row.perSecond(median(trail.rates())),
            "no keys " + Row.perSecond(median(none.rates())),
            wholeRate));
  }

  /** The median of the ratios of the rounds, which it prints with how far it may be by chance. */
  private static double ratio(Run run, String what, double[] ours, double[] others) {
    Spread spread = Spread.ofRatios(ours, others);
    run.out().println(spread.line(what));
    return spread.median();
  }

  private static double median(double[] values) {
    return Spread.of(values).median();
  }
}
