package io.mnemogrid.bench;

import io.mnemogrid.bench.Row.Goal;
import io.mnemogrid.fire.MemberProcess;
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
 * {@code ./mnemogrid bench gaps}: three members in three processes on one store, writers at two of
 * them, {@code kill -9} of the third, which commits for all. The gap of a kill is the longest time
 * without an acknowledged commit that a survivor saw from the kill on; the killed one is started
 * again and the next owner is killed.
 */
public final class GapsBench {
  private static final int MEMBERS = 3;
  private static final int LEAVES = 1000;
  private static final int STREAMS = 4;
  private static final int PER_SECOND = 100; // of each stream
  private static final Duration BEFORE = Duration.ofSeconds(1);
  private static final Duration AFTER = Duration.ofSeconds(2);
  private static final Duration TOO_LONG = Duration.ofSeconds(30);

  private GapsBench() {}

  /** Kills {@code --kills N} times (default 100), data in a temporary folder. */
  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    int at = Arrays.asList(arguments).indexOf("--kills");
    int kills = at < 0 ? 100 : Integer.parseInt(arguments[at + 1]);
    Path folder = Files.createTempDirectory("mnemogrid-gaps");
    try {
      List<Double> gaps = measure(folder, kills, out);
      out.println();
      out.println(Row.HEADER);
      out.println(row(gaps));
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

  /** Kills so many times and answers the gap of each, in nanoseconds. */
  static List<Double> measure(Path folder, int kills, PrintStream out) throws Exception {
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
        owner.kill();
        MemberProcess.pause(AFTER.toMillis());
        double gap = gap(survivors, killed);
        survivors.forEach(member -> member.ask("stop"));
        gaps.add(gap);
        out.printf("kill %3d, of %s: %s%n", kill, owner, Row.time(gap));
        owner.restart();
        members.awaitJoined();
      }
    }
    return gaps;
  }

  /** The longest gap at any survivor, once each of them was acknowledged something again. */
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
