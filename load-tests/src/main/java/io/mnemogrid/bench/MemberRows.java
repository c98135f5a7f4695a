package io.mnemogrid.bench;

import io.mnemogrid.bench.Row.Goal;
import io.mnemogrid.process.MemberProcess;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;

/** What members in several processes do together. */
final class MemberRows {
  private static final int THREE = 3;
  private static final int WRITERS = 63;
  private static final int PER_SECOND = 1000;
  private static final int STREAMS = 4;

  private MemberRows() {}

  /**
   * The same writers on one member, and spread over three. Three processes share the cores while
   * their code is compiled, so they warm up three times as long.
   */
  static List<Row> members(Run run) throws Exception {
    try (Members one = Members.start(run.empty("one-member"), 1, PeerRows.LEAVES);
        Members three = Members.start(run.empty("three-members"), THREE, PeerRows.LEAVES)) {
      write(three, run.warmUp().multipliedBy(THREE - 1));
      Map<String, Run.Contender> contenders = new LinkedHashMap<>();
      contenders.put("one member", time -> write(one, time));
      contenders.put("three members", time -> write(three, time));
      Map<String, Load.Result> results = run.interleave(contenders);
      double single = Objects.requireNonNull(results.get("one member")).perSecond();
      double together = Objects.requireNonNull(results.get("three members")).perSecond();
      return List.of(
          new Row(
              "three members in three processes, 63 writers",
              Row.perSecond(together),
              "one member, 63 writers " + Row.perSecond(single),
              together / single,
              Goal.atLeast(0.5)));
    }
  }

  private static Load.Result write(Members members, Duration time) {
    int each = WRITERS / members.all().size();
    String order = "write " + each + " " + time.toMillis();
    Map<Members.Member, CompletableFuture<String>> sent = new LinkedHashMap<>();
    members.all().forEach(member -> sent.put(member, member.send(order)));
    long writes = 0;
    long took = 0;
    long p50 = 0;
    long p99 = 0;
    for (Map.Entry<Members.Member, CompletableFuture<String>> one : sent.entrySet()) {
      String[] words = one.getKey().words(one.getValue());
      writes += Long.parseLong(words[1]);
      took = Math.max(took, Long.parseLong(words[2]));
      p50 = Math.max(p50, Long.parseLong(words[3]));
      p99 = Math.max(p99, Long.parseLong(words[4]));
    }
    return new Load.Result(writes, Duration.ofNanos(took), p50, p99);
  }

  /**
   * The time from the acknowledgement at the member that was asked until both others show that
   * version. The three members commit 1,000 times a second together. The processes share the host's
   * monotonic clock.
   */
  static List<Row> visible(Run run) throws Exception {
    Path folder = run.empty("visible");
    List<Double> p50s = new ArrayList<>();
    List<Double> p99s = new ArrayList<>();
    double commits = 0;
    try (Members members = Members.start(folder, THREE, PeerRows.LEAVES)) {
      for (int round = 0; round <= run.rounds(); round++) {
        Duration time = round == 0 ? run.warmUp().multipliedBy(THREE) : run.time();
        double[] delays = delays(members, folder, time);
        double p50 = delays[delays.length / 2];
        double p99 = delays[(int) (delays.length * 0.99)];
        double rate = delays.length / (time.toNanos() / 1e9);
        run.out()
            .printf(
                "  %-10s %-26s %12s   p50 %10s   p99 %10s%n",
                round == 0 ? "warm-up" : "round " + round,
                "visible on both others",
                Row.perSecond(rate),
                Row.time(p50),
                Row.time(p99));
        if (round > 0) {
          p50s.add(p50);
          p99s.add(p99);
          commits += delays.length;
        }
      }
    }
    double p99 = p99s.stream().sorted().toList().get(p99s.size() / 2);
    double p50 = p50s.stream().sorted().toList().get(p50s.size() / 2);
    return List.of(
        new Row(
            "acknowledged → visible elsewhere, p99",
            Row.time(p99),
            "p50 %s, %s commits".formatted(Row.time(p50), Row.number(commits)),
            p99 / 1e6,
            Goal.atMost(10, "ms")));
  }

  private static double[] delays(Members members, Path folder, Duration time) throws IOException {
    int each = PER_SECOND / THREE / STREAMS;
    members.all().forEach(member -> member.ask("stream " + STREAMS + " " + each));
    MemberProcess.pause(time.toMillis());
    members.all().forEach(member -> member.ask("stop"));
    MemberProcess.pause(1000); // longer than a lost announcement costs
    List<NavigableMap<Long, Long>> acks = new ArrayList<>();
    List<NavigableMap<Long, Long>> sights = new ArrayList<>();
    for (int i = 0; i < THREE; i++) {
      Path ack = folder.resolve("acks-" + i);
      Path sight = folder.resolve("sights-" + i);
      members.all().get(i).ask("save " + ack + " " + sight);
      acks.add(read(ack));
      NavigableMap<Long, Long> seen = read(sight);
      long earliest = Long.MAX_VALUE;
      for (Map.Entry<Long, Long> entry : seen.descendingMap().entrySet()) {
        earliest = Math.min(earliest, entry.getValue());
        entry.setValue(earliest); // whoever shows a version shows those before it
      }
      sights.add(seen);
    }
    List<Double> delays = new ArrayList<>();
    for (int i = 0; i < THREE; i++) {
      for (Map.Entry<Long, Long> ack : acks.get(i).entrySet()) {
        long last = Long.MIN_VALUE;
        for (int other = 0; other < THREE; other++) {
          if (other != i) {
            last = Math.max(last, firstSight(sights.get(other), ack.getKey()));
          }
        }
        delays.add((double) Math.max(0, last - ack.getValue()));
      }
    }
    double[] sorted = delays.stream().mapToDouble(Double::doubleValue).toArray();
    Arrays.sort(sorted);
    return sorted;
  }

  /** When a version or a later one was first shown. */
  private static long firstSight(NavigableMap<Long, Long> sights, long version) {
    Map.Entry<Long, Long> sight = sights.ceilingEntry(version);
    if (sight == null) {
      throw new IllegalStateException("version " + version + " was never shown");
    }
    return sight.getValue();
  }

  private static NavigableMap<Long, Long> read(Path file) throws IOException {
    NavigableMap<Long, Long> seen = new TreeMap<>();
    try (DataInputStream in =
        new DataInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      while (true) {
        seen.merge(in.readLong(), in.readLong(), Math::min);
      }
    } catch (EOFException e) {
      return seen;
    }
  }
}
