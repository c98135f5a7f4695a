package io.mnemogrid.bench;

import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.process.Ports;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.replica.Snapshotter;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * {@code ./mnemogrid bench replay [--updates N] [--cold-updates N] [--rounds N]}: how fast a log is
 * replayed, and how soon a member that starts has a replica. Both read a SQLite store on disk whose
 * pages are in the page cache.
 */
public final class ReplayBench {
  private static final SpaceName SPACE = SpaceName.of("long");
  private static final int LEAVES = 10_000;
  private static final int COLD_LEAVES = 100_000;
  private static final double GOAL_PER_SECOND = 150_000;
  private static final double COLD_GOAL_SECONDS = 2;
  private static final double AUDIT_GOAL_PER_SECOND = 100_000;
  private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

  private ReplayBench() {}

  /** Runs it. */
  public static void main(String[] args) throws Exception {
    if (args.length == 2 && args[0].equals("start")) {
      start(Path.of(args[1]));
      return;
    }
    int rounds = option(args, "--rounds", 5);
    int updates = option(args, "--updates", 300_000);
    int coldUpdates = option(args, "--cold-updates", 1_000_000);
    Path folder = Files.createTempDirectory("mnemogrid-bench-replay");
    try {
      replay(folder.resolve("replay.db"), updates, rounds);
      coldStart(folder.resolve("cold.db"), coldUpdates, rounds);
      catchUp(folder.resolve("cold.db"), coldUpdates);
    } finally {
      delete(folder);
    }
  }

  private static int option(String[] args, String name, int otherwise) {
    int at = Arrays.asList(args).indexOf(name);
    return at < 0 ? otherwise : Integer.parseInt(args[at + 1]);
  }

  private static void replay(Path file, int updates, int rounds) {
    try (SqliteStore store = SqliteStore.open(file)) {
      UpdateLog log = store.log();
      LongLog.write(log, SPACE, LEAVES, updates, null);
      LogHead head = log.head(SPACE).orElseThrow();
      List<Double> rates = new ArrayList<>();
      for (int round = -2; round < rounds; round++) { // the first two warm up and are not counted
        long before = System.nanoTime();
        Snapshot at = log.replay(SPACE, Long.MAX_VALUE).orElseThrow();
        double seconds = (System.nanoTime() - before) / 1e9;
        check(head, at);
        if (round >= 0) {
          rates.add(updates / seconds);
        }
      }
      OUT.printf(
          "replay of %d updates over %d leaves, each parsed, chained and leaf-hashed, the root"
              + " compared every 1,000 and at the end, median of %d rounds, %d cores%n",
          updates, LEAVES, rounds, Runtime.getRuntime().availableProcessors());
      double median = median(rates);
      OUT.printf(
          "  %-18s %9.0f/s   goal %.0f/s: %.2f × (%.0f to %.0f)%n",
          "replay",
          median,
          GOAL_PER_SECOND,
          median / GOAL_PER_SECOND,
          rates.getFirst(),
          rates.getLast());
    }
  }

  private static void check(LogHead head, Snapshot at) {
    if (!at.head().equals(head)) {
      throw new IllegalStateException("the log is at " + head + ", the replay at " + at.head());
    }
  }

  private static void coldStart(Path file, int updates, int rounds) throws Exception {
    try (SqliteStore store = SqliteStore.open(file);
        Snapshotter snapshots = new Snapshotter(store.log())) {
      LongLog.write(store.log(), SPACE, COLD_LEAVES, updates, snapshots);
    }
    List<Double> seconds = new ArrayList<>();
    String told = "";
    for (int round = 0; round < rounds; round++) {
      told = startInFreshProcess(file);
      seconds.add(Double.parseDouble(told.substring(0, told.indexOf(' '))));
    }
    double median = median(seconds);
    OUT.printf(
        "%ncold start of a space of %d leaves with %d updates behind it, in a new process, median"
            + " of %d%n",
        COLD_LEAVES, updates, rounds);
    OUT.printf(
        "  %-18s %9.2f s   goal %.1f s: %.2f × (%.2f to %.2f; last:%s)%n",
        "open to head",
        median,
        COLD_GOAL_SECONDS,
        median / COLD_GOAL_SECONDS,
        seconds.getFirst(),
        seconds.getLast(),
        told.substring(told.indexOf(' ')));
  }

  /** Does what a member does before it answers reads: opens its store and loads the replica. */
  private static void start(Path file) {
    long before = System.nanoTime();
    try (SqliteStore store = SqliteStore.open(file);
        Replicas replicas = new Replicas(store.log())) {
      long opened = System.nanoTime();
      Snapshot at = replicas.load(SPACE).orElseThrow();
      long loaded = System.nanoTime();
      check(store.log().head(SPACE).orElseThrow(), at);
      long stored = store.log().snapshot(SPACE, Long.MAX_VALUE).map(Snapshot::version).orElse(0L);
      OUT.printf(
          "%.3f store opened %.3f s, newest snapshot %d updates behind the head%n",
          (loaded - before) / 1e9, (opened - before) / 1e9, at.version() - stored);
    }
  }

  /**
   * Measures a member that has audited nothing yet, until it has audited the last version. Nobody
   * writes.
   */
  private static void catchUp(Path file, int updates) throws IOException, InterruptedException {
    GridConfig config =
        GridConfig.onOneHost(file)
            .withCluster("bench-replay")
            .withPort(Ports.free(1).getFirst())
            .withAnchor(new GridConfig.AnchorConfig.None());
    try (Mnemogrid grid = Mnemogrid.start(config)) {
      long began = System.nanoTime();
      Space space = grid.space(SPACE).orElseThrow();
      while (space.auditedVersion() < updates) {
        TimeUnit.MILLISECONDS.sleep(20);
      }
      double rate = updates / ((System.nanoTime() - began) / 1e9);
      OUT.printf(
          "%naudit of a space of %d leaves from version 1, nobody writes, until its head is"
              + " recomputed and published%n",
          COLD_LEAVES);
      OUT.printf(
          "  %-18s %9.0f/s   goal %.0f/s: %.2f ×%n",
          "catching up", rate, AUDIT_GOAL_PER_SECOND, rate / AUDIT_GOAL_PER_SECOND);
    }
  }

  private static String startInFreshProcess(Path file) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("-"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-cp",
            System.getProperty("java.class.path"),
            ReplayBench.class.getName(),
            "start",
            file.toString()));
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String told = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IllegalStateException("the start failed: " + told);
    }
    return told.strip();
  }

  /** Sorts the values and returns the middle one. */
  private static double median(List<Double> values) {
    values.sort(Comparator.naturalOrder());
    return values.get(values.size() / 2);
  }

  private static void delete(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
