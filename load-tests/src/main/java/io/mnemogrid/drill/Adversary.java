package io.mnemogrid.drill;

import io.mnemogrid.command.ExitCode;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.traffic.Bystander;
import io.mnemogrid.traffic.Bystander.Look;
import io.mnemogrid.traffic.Bystander.Seen;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * {@code ./mnemogrid greed-test}: clients that all ask one member with a small heap for as much as
 * they may ({@link Greed}), and one honest caller beside them ({@link Bystander}). The member must
 * survive it, give a reason for each refusal, commit the honest deltas, and tell that it is alive.
 *
 * <p>The clients take turns between playing all kinds of requests at once and one kind all
 * together. Exit code 0 when everything held, 7 when not.
 */
public final class Adversary {
  /** Within this time liveness is to be answered. */
  static final Duration MOST_LIVENESS = Duration.ofSeconds(1);

  /** Within this time an honest delta is to be known to stand in the log. */
  static final Duration MOST_DELTA = Duration.ofSeconds(10);

  private static final Duration LAST_DELTA = Duration.ofSeconds(70);
  private static final Pattern PAUSE = Pattern.compile("Safepoint .* Total: *([0-9]+) ns");

  /**
   * How long some things took.
   *
   * @param count how many there were
   * @param p95 that of 95 in a hundred was at most this
   */
  public record Times(int count, Duration median, Duration p95, Duration longest) {
    static Times of(List<Duration> all) {
      List<Duration> sorted = all.stream().sorted().toList();
      return sorted.isEmpty()
          ? new Times(0, Duration.ZERO, Duration.ZERO, Duration.ZERO)
          : new Times(
              sorted.size(),
              sorted.get(sorted.size() / 2),
              sorted.get(sorted.size() * 95 / 100),
              sorted.getLast());
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT,
          "%,7d  median %,6d ms  p95 %,6d ms  longest %,6d ms",
          count,
          median.toMillis(),
          p95.toMillis(),
          longest.toMillis());
    }
  }

  /**
   * What was seen.
   *
   * @param answers how many answers there were, by kind of request, then by status and code
   * @param times what the honest caller measured
   * @param pauses in which the member's JVM stood still
   * @param flaws what is wrong on any machine, in sentences
   * @param late what took too long, in sentences; on a busy machine that may be the machine's doing
   */
  public record Report(
      Map<String, Map<String, Long>> answers,
      Map<Look, Times> times,
      Times pauses,
      List<String> flaws,
      List<String> late) {
    /** All of it, for people. */
    void print(PrintStream out) {
      answers.forEach((kind, counts) -> out.printf("  %-18s %s%n", kind, counts));
      times.forEach(
          (look, took) -> out.printf("  %-18s %s%n", look.name().toLowerCase(Locale.ROOT), took));
      out.printf("  %-18s %s%n", "pauses of the JVM", pauses);
      flaws.forEach(flaw -> out.println("flaw: " + flaw));
      late.forEach(one -> out.println("late: " + one));
    }
  }

  private Adversary() {}

  /**
   * Plays the drill in a folder, in which the member's data and logs stay.
   *
   * <p>Arguments: the member's jar, a folder, seconds, clients, the member's heap.
   */
  public static int run(List<String> arguments) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Report report =
        play(
            Path.of(arguments.get(0)),
            Path.of(arguments.get(1)).toAbsolutePath(),
            Duration.ofSeconds(Long.parseLong(arguments.get(2))),
            Integer.parseInt(arguments.get(3)),
            arguments.get(4));
    report.print(out);
    boolean held = report.flaws.isEmpty() && report.late.isEmpty();
    return (held ? ExitCode.OK : ExitCode.DOES_NOT_HOLD).code();
  }

  static Report play(Path jar, Path folder, Duration time, int clients, String heap) {
    List<Integer> ports = Ports.free(2);
    Path log = folder.resolve("member.log");
    Path pauses = folder.resolve("pauses.log");
    try (MemberProcess member =
        Launch.member(jar)
            .flags("-Xmx" + heap, "-Xlog:gc,safepoint:file=" + pauses + "::filecount=0")
            .notary()
            .checkpointEvery(5)
            .data(folder.resolve("data"))
            .ports(ports.get(0), ports.get(1))
            .start(log)) {
      member.awaitHealthy(ports.get(0));
      Greed greed = new Greed(ports.get(0), member::isAlive);
      greed.prepare();
      try (Bystander honest = Bystander.start(ports.get(0), folder.resolve("honest.log"))) {
        greed.play(clients, time);
        awaitDelta(member, honest);
        return report(member, honest.seen(), greed, log, pauses);
      }
    }
  }

  /** The last delta may have been under way the whole time, and nobody has measured it yet. */
  private static void awaitDelta(MemberProcess member, Bystander honest) {
    long before = deltas(honest);
    long began = System.nanoTime();
    while (member.isAlive()
        && deltas(honest) == before
        && System.nanoTime() - began < LAST_DELTA.toNanos()) {
      MemberProcess.pause(50);
    }
  }

  private static long deltas(Bystander honest) {
    return honest.seen().stream().filter(seen -> seen.look() == Look.DELTA).count();
  }

  private static Report report(
      MemberProcess member, List<Seen> seen, Greed greed, Path log, Path pauses) {
    List<String> flaws = new ArrayList<>(greed.flaws());
    if (!member.isAlive()) {
      flaws.add("the member ended" + member.tail());
    }
    if (read(log).contains("OutOfMemoryError")) {
      flaws.add("there was an OutOfMemoryError, says " + log);
    }
    Map<Look, Times> times = new EnumMap<>(Look.class);
    List<String> late = new ArrayList<>();
    for (Look look : Look.values()) {
      List<Seen> ofLook = seen.stream().filter(one -> one.look() == look).toList();
      Times took = Times.of(ofLook.stream().map(Seen::took).toList());
      times.put(look, took);
      Duration most =
          switch (look) {
            case LIVENESS, FRESH_LIVENESS -> MOST_LIVENESS;
            case DELTA -> MOST_DELTA;
            case LATE_SLEEP -> null;
          };
      if (most == null) {
        continue;
      }
      if (took.count() == 0) {
        flaws.add("nothing was answered: " + look);
      }
      ofLook.stream()
          .filter(one -> one.status() != 200 && one.status() != 201)
          .findFirst()
          .ifPresent(one -> flaws.add("was not answered well: " + one));
      if (took.longest().compareTo(most) >= 0) {
        late.add(look + " took " + took.longest().toMillis() + " ms, at most " + most.toMillis());
      }
    }
    List<Duration> stops =
        PAUSE
            .matcher(read(pauses))
            .results()
            .map(found -> Duration.ofNanos(Long.parseLong(found.group(1))))
            .toList();
    return new Report(greed.answers(), times, Times.of(stops), flaws, late);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
