package io.mnemogrid.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One run of a benchmark: how long its rounds are, how many, and where its data is.
 *
 * @param member the packaged member, for what goes over HTTP
 * @param out where each round is printed as it ends
 */
record Run(Path folder, Path member, Duration time, int rounds, PrintStream out) {
  private static final int WARM_UP = 4;

  /** Something that can be measured for a while. */
  interface Contender {
    /** Works for {@code time} and returns what it did. */
    Load.Result work(Duration time) throws Exception;
  }

  /**
   * Measures all contenders in turn, round after round, and returns for each the round with the
   * median rate. A first round that is four times as long warms up and does not count.
   */
  Map<String, Load.Result> interleave(Map<String, Contender> contenders) throws Exception {
    Map<String, List<Load.Result>> results = new LinkedHashMap<>();
    for (int round = 0; round <= rounds; round++) {
      for (Map.Entry<String, Contender> one : contenders.entrySet()) {
        Load.Result result = one.getValue().work(round == 0 ? warmUp() : time);
        out.printf(
            "  %-10s %-26s %12s   p50 %10s   p99 %10s%n",
            round == 0 ? "warm-up" : "round " + round,
            one.getKey(),
            Row.perSecond(result.perSecond()),
            Row.time(result.p50Nanos()),
            Row.time(result.p99Nanos()));
        if (round > 0) {
          results.computeIfAbsent(one.getKey(), _ -> new ArrayList<>()).add(result);
        }
      }
    }
    Map<String, Load.Result> medians = new LinkedHashMap<>();
    results.forEach((name, all) -> medians.put(name, median(all)));
    return medians;
  }

  /** How long a contender works before it is measured. */
  Duration warmUp() {
    return time.multipliedBy(WARM_UP);
  }

  private static Load.Result median(List<Load.Result> all) {
    List<Load.Result> sorted =
        all.stream().sorted(Comparator.comparingDouble(Load.Result::perSecond)).toList();
    return sorted.get(sorted.size() / 2);
  }

  /**
   * Appends 4 KiB to a file and syncs it, again and again. No durable write is faster than this.
   */
  Load.Result sync(Duration time) throws Exception {
    try (FileChannel file =
        FileChannel.open(
            folder.resolve("sync"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      return Load.run(
          1,
          time,
          (_, _) -> {
            file.write(ByteBuffer.allocate(4096));
            file.force(false);
          });
    }
  }

  /** An empty folder of that name. */
  Path empty(String name) throws IOException {
    return Files.createDirectories(folder.resolve(name));
  }
}
