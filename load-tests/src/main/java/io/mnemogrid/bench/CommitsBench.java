package io.mnemogrid.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Durable commits beside Redis and PostgreSQL, in one run, interleaved, medians: {@code ./mnemogrid
 * bench commits [--seconds N] [--rounds N]}. All peers write to the same disk; a missing one is an
 * error.
 */
public final class CommitsBench {
  private static final int LEAVES = 10_000;
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  /** One line of the table. */
  private record Case(String name, int writers, int documents) {}

  private CommitsBench() {}

  /** Runs it. */
  public static void main(String[] args) throws Exception {
    int seconds = option(args, "--seconds", 5);
    int rounds = option(args, "--rounds", 3);
    Path folder = Files.createTempDirectory("mnemogrid-bench");
    try {
      OUT.printf(
          "durable commits, %d s a round, median of %d interleaved rounds, %d cores%n",
          seconds, rounds, Runtime.getRuntime().availableProcessors());
      for (Case line :
          List.of(
              new Case("512 writers, one hot space", 512, 1),
              new Case("64 writers on 64 spaces", 64, 64),
              new Case("one writer", 1, 1))) {
        run(line, folder.resolve("w" + line.writers()), seconds, rounds);
      }
    } finally {
      delete(folder);
    }
  }

  private static int option(String[] args, String name, int otherwise) {
    int at = Arrays.asList(args).indexOf(name);
    return at < 0 ? otherwise : Integer.parseInt(args[at + 1]);
  }

  private static void run(Case line, Path folder, int seconds, int rounds) throws Exception {
    Map<String, List<Load.Result>> results = new LinkedHashMap<>();
    List<Double> syncs = new ArrayList<>();
    try (Peer mine =
            new MnemogridPeer(
                folder.resolve("mnemogrid"),
                line.documents(),
                line.documents() == 1 ? LEAVES : LEAVES / 10);
        Peer redis = new RedisPeer(folder.resolve("redis"), line.writers());
        Peer postgres =
            new PostgresPeer(folder.resolve("postgres"), line.writers(), line.documents())) {
      List<Peer> peers = List.of(mine, redis, postgres);
      for (int round = -1; round < rounds; round++) { // the first warms up and is not counted
        syncs.add(syncMillis(folder));
        for (Peer peer : peers) {
          Load.Result result =
              Load.run(
                  line.writers(),
                  Duration.ofSeconds(seconds),
                  (writer, n) ->
                      peer.write(
                          writer,
                          writer % line.documents(),
                          (int) ((writer * 7919L + n * 31) % (LEAVES / 10)),
                          n));
          if (round >= 0) {
            results.computeIfAbsent(peer.name(), _ -> new ArrayList<>()).add(result);
          }
        }
      }
    }
    print(line, results, syncs.stream().sorted().toList().get(syncs.size() / 2));
  }

  private static void print(Case line, Map<String, List<Load.Result>> results, double sync) {
    OUT.printf("%n%s (one sync of this disk: %.2f ms)%n", line.name(), sync);
    double mine = 0;
    for (Map.Entry<String, List<Load.Result>> entry : results.entrySet()) {
      List<Load.Result> sorted =
          entry.getValue().stream()
              .sorted(Comparator.comparingDouble(Load.Result::perSecond))
              .toList();
      Load.Result median = sorted.get(sorted.size() / 2);
      boolean first = mine == 0;
      mine = first ? median.perSecond() : mine;
      OUT.printf(
          "  %-18s %9.0f/s   p50 %7.2f ms   p99 %8.2f ms   %s%n",
          entry.getKey(),
          median.perSecond(),
          median.p50Nanos() / 1e6,
          median.p99Nanos() / 1e6,
          first
              ? "p50 is %.1f × one sync".formatted(median.p50Nanos() / 1e6 / sync)
              : "mnemogrid is %.2f ×".formatted(mine / median.perSecond()));
    }
  }

  /** The median time of writing and syncing 4 KiB. */
  private static double syncMillis(Path folder) throws IOException {
    Files.createDirectories(folder);
    long[] times = new long[50];
    try (FileChannel file =
        FileChannel.open(
            folder.resolve("sync"), StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      for (int i = 0; i < times.length; i++) {
        long before = System.nanoTime();
        file.write(ByteBuffer.allocate(4096));
        file.force(false);
        times[i] = System.nanoTime() - before;
      }
    }
    Arrays.sort(times);
    return times[times.length / 2] / 1e6;
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
