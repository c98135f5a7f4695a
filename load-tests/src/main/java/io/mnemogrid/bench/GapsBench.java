package io.mnemogrid.bench;

import io.mnemogrid.bench.Row.Goal;
import io.mnemogrid.process.MemberProcess;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.NoSuchElementException;

/**
 * {@code ./mnemogrid bench gaps}: three members in three processes on one store. Writers are at two
 * of them; the third commits for all and gets {@code kill -9}. The gap of a kill is the longest
 * time without an acknowledged commit that a survivor saw from the kill on. Then the killed member
 * is started again and the next owner is killed.
 *
 * <p>With {@code --stops} the member is stopped (SIGSTOP) for a while instead, and goes on
 * afterwards. A member that is stopped inside a transaction holds the lock of the SQLite file, so
 * nobody commits until it wakes up.
 */
public final class GapsBench {
  private static final int MEMBERS = 3;
  private static final int LEAVES = 1000;
  private static final int STREAMS = 4;
  private static final int PER_SECOND = 100; // of each stream
  private static final Duration BEFORE = Duration.ofSeconds(1);
  private static final Duration AFTER = Duration.ofSeconds(2);
  private static final Duration TOO_LONG = Duration.ofSeconds(30);

  /** How long a member is stopped. A longer stop makes the grid take it for dead. */
  private static final Duration STOPPED = Duration.ofSeconds(5);

  private GapsBench() {}

  /**
   * Kills {@code --kills N} times (default 100), or stops {@code --stops N} times. Its data is in a
   * temporary folder.
   */
  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    List<String> options = Arrays.asList(arguments);
    boolean stops = options.contains("--stops");
    int at = options.indexOf(stops ? "--stops" : "--kills");
    int times = at < 0 ? 100 : Integer.parseInt(arguments[at + 1]);
    Path folder = Files.createTempDirectory("mnemogrid-gaps");
    try {
      List<Double> gaps = measure(folder, times, stops, out);
      out.println();
      if (stops) {
        distribution(gaps).forEach(out::println);
      } else {
        out.println(Row.HEADER);
        out.println(row(gaps));
      }
    } finally {
      CommitsBench.delete(folder);
    }
    System.exit(0); // what watches the members may linger
  }

  /** The 99th percentile of gaps in nanoseconds. */
  static Row row(List<Double> gaps) {
    List<Double> sorted = gaps.stream().sorted().toList();
    double p99 = sorted.get(Math.min(sorted.size() - 1, (int) Math.ceil(sorted.size() * 0.99) - 1));
    return new Row(
        "write gap after kill -9 of the owner, p99",
        Row.time(p99),
        "p50 %s, longest %s, %d kills"
            .formatted(
                Row.time(sorted.get(sorted.size() / 2)), Row.time(sorted.getLast()), gaps.size()),
        p99 / 1e9,
        Goal.atMost(1, "s"));
  }

  /** How gaps in nanoseconds are spread, and how many lasted as long as the stop. */
  static List<String> distribution(List<Double> gaps) {
    List<Double> sorted = gaps.stream().sorted().toList();
    List<String> lines = new ArrayList<>();
    lines.add(
        "write gap while the member that commits is stopped for %d s, %d stops"
            .formatted(STOPPED.toSeconds(), gaps.size()));
    for (int percent : List.of(10, 50, 75, 90, 95, 99, 100)) {
      int index = Math.max(0, (int) Math.ceil(sorted.size() * percent / 100.0) - 1);
      lines.add("  %3d %% at most %s".formatted(percent, Row.time(sorted.get(index))));
    }
    lines.add(
        "  %d of %d lasted as long as the stop: nobody could write"
            .formatted(
                sorted.stream().filter(gap -> gap >= STOPPED.toNanos() * 0.95).count(),
                sorted.size()));
    return lines;
  }

  /** Kills or stops that many times and returns the gap of each in nanoseconds. */
  static List<Double> measure(Path folder, int kills, boolean stops, PrintStream out)
      throws Exception {
    List<Double> gaps = new ArrayList<>();
    try (Members members = Members.start(folder, MEMBERS, LEAVES)) {
      for (int kill = 1; kill <= kills; kill++) {
        Members.Member owner =
            members.all().stream()
                .filter(Members.Member::commitsHere)
                .findFirst()
                .orElseThrow(() -> new NoSuchElementException("nobody commits"));
        List<Members.Member> survivors =
            members.all().stream().filter(member -> member != owner).toList();
        survivors.forEach(member -> member.ask("stream " + STREAMS + " " + PER_SECOND));
        MemberProcess.pause(BEFORE.toMillis());
        long killed = System.nanoTime();
        if (stops) {
          owner.signal("STOP");
          MemberProcess.pause(STOPPED.toMillis());
          owner.signal("CONT");
        } else {
          owner.kill();
        }
        MemberProcess.pause(AFTER.toMillis());
        double gap = gap(survivors, killed);
        survivors.forEach(member -> member.ask("stop"));
        gaps.add(gap);
        out.printf("%s %3d, of %s: %s%n", stops ? "stop" : "kill", kill, owner, Row.time(gap));
        if (!stops) {
          owner.restart();
        }
        members.awaitJoined();
      }
    }
    return gaps;
  }

  /**
   * The longest gap at any survivor. Waits until each survivor was acknowledged something again.
   */
  private static double gap(List<Members.Member> survivors, long killed) {
    double longest = 0;
    for (Members.Member member : survivors) {
      String[] words = member.ask("gap " + killed);
      while (words[2].equals("0")) {
        if (System.nanoTime() - killed > TOO_LONG.toNanos()) {
          throw new IllegalStateException(member + " commits nothing after the kill");
        }
        MemberProcess.pause(100);
        words = member.ask("gap " + killed);
      }
      longest = Math.max(longest, Double.parseDouble(words[1]));
    }
    return longest;
  }
}
