package io.mnemogrid.bench;

import com.sun.management.OperatingSystemMXBean;
import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Keys;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Trail;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.policy.ApiKey;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.Role;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.trail.TrailEntry;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntToLongFunction;
import java.util.stream.IntStream;

/**
 * {@code ./mnemogrid bench costs}: what guarding costs a request on the thread that handles it,
 * each beside something well known. Both take short turns; the table has the medians of the rounds,
 * in time of the clock. What other threads do for it later, as writing the trail, is in {@link
 * TrailRows}.
 */
public final class CostsBench {
  private static final String RATE_COST = "io.mnemogrid.api.limits.RateCost";
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final int MOST_WARM_UP = 30;
  private static final int KEYS = 100;
  private static final int CALLS = 20_000;

  /** Fewer, because their entries wait for the store, which has room for 8 MiB. */
  private static final int ENTRIES = 5_000;

  /** As in {@code bench commits --only hot}. */
  private static final int WRITERS = 512;

  private static final Duration HOT = Duration.ofMillis(300);

  private static final String PROSE =
      "It was late when we came home, so I asked her to call the office: they had closed. ";

  private final int rounds;
  private final int warmUp;
  private final PrintStream out;

  private CostsBench(int rounds, PrintStream out) {
    this.rounds = rounds;
    this.warmUp = Math.min(MOST_WARM_UP, rounds);
    this.out = out;
  }

  /** Runs the benchmark. The arguments are the packaged member's jar and the number of rounds. */
  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    measure(Path.of(arguments[0]), Integer.parseInt(arguments[1]), out);
    System.exit(0); // threads of the member may linger
  }

  /** Measures so many rounds and prints the table. */
  static List<Row> measure(Path member, int rounds, PrintStream out) throws Exception {
    Path folder = Files.createTempDirectory("mnemogrid-costs");
    try {
      CostsBench bench = new CostsBench(rounds, out);
      List<Row> rows = new ArrayList<>(bench.rate(member, folder.resolve("rate")));
      rows.addAll(bench.others(folder.resolve("member")));
      rows.add(bench.searched(folder.resolve("hot")));
      out.println();
      out.println(Row.HEADER);
      rows.forEach(out::println);
      return rows;
    } finally {
      CommitsBench.delete(folder);
    }
  }

  /** In a process with the member's libraries, for the server's classes are not among ours. */
  private List<Row> rate(Path member, Path folder) throws IOException {
    Path printed = Files.createDirectories(folder).resolve("rounds.log");
    List<String> program =
        List.of("-cp", member.toString(), RATE_COST, folder.toString(), "" + (warmUp + rounds));
    try (MemberProcess process = new Launch(List.of(), Map.of(), program).start(printed)) {
      int code = process.exit(PATIENCE);
      if (code != 0) {
        throw new IllegalStateException("it ended with " + code + process.tail());
      }
    }
    List<String[]> all =
        Files.readAllLines(printed, StandardCharsets.UTF_8).stream()
            .filter(line -> line.startsWith("round "))
            .map(line -> line.split(" ", -1))
            .skip(warmUp)
            .toList();
    if (all.size() != rounds) {
      throw new IllegalStateException(all.size() + " rounds of " + rounds + ": " + printed);
    }
    double[] ours = all.stream().mapToDouble(words -> Double.parseDouble(words[1])).toArray();
    double[] theirs = all.stream().mapToDouble(words -> Double.parseDouble(words[2])).toArray();
    double own = median("rate of a request", ours);
    return List.of(
        new Row("rate of a request", Row.time(own), "", own / 1e3, Row.Goal.atMost(1, "µs")),
        beside("rate of a request", own, "a token of one bucket", theirs));
  }

  private List<Row> others(Path folder) throws IOException {
    Files.createDirectories(folder);
    int port = Ports.free(1).getFirst();
    try (Mnemogrid grid =
        Mnemogrid.start(
            GridConfig.onOneHost(folder.resolve("mnemogrid.db"))
                .withCluster("costs-" + port)
                .withPort(port)
                .withTrail(new GridConfig.Trail(GridConfig.Trail.Recorded.CHANGES, 90))
                .withMembers(List.of("127.0.0.1:" + port)))) {
      List<Row> rows = new ArrayList<>();
      rows.add(trail(grid.trail().orElseThrow()));
      rows.add(keys(grid.keys().orElseThrow()));
      rows.add(secrets());
      return rows;
    }
  }

  /** An entry as a commit has it; the writer of the trail gets all of a round before the next. */
  private Row trail(Trail trail) {
    String id = "3f2c1b8e-0000-4000-8000-000000000000";
    byte[] bytes = entry(trail, id).members().canonicalBytes();
    double[][] took =
        interleaved(
            ENTRIES,
            count -> {
              for (int i = 0; i < count; i++) {
                trail.record(entry(trail, id));
              }
              return trail.counts().waiting();
            },
            count -> hashed(bytes, count),
            () -> {
              while (trail.counts().waiting() > 0) {
                MemberProcess.pause(10);
              }
            });
    if (trail.counts().lost() > 0) {
      throw new IllegalStateException(trail.counts().lost() + " entries were lost");
    }
    String what = "entry of the trail noted";
    return beside(what, median(what, took[0]), "SHA-256 of " + bytes.length + " bytes", took[1]);
  }

  private static TrailEntry entry(Trail trail, String id) {
    return new TrailEntry.Draft()
        .with(TrailEntry.AUTHOR, "writer-17")
        .with(TrailEntry.KEY, "K7dPq2Zx")
        .with(TrailEntry.UPDATE_ID, id)
        .with(TrailEntry.VERSION, 123_456)
        .with(TrailEntry.ADDRESS, "192.0.2.17")
        .with(TrailEntry.MEMBER, trail.member())
        .with(TrailEntry.OUTCOME, "applied")
        .with(TrailEntry.REQUEST_ID, "0123456789abcdef")
        .with(TrailEntry.ROUTE, "POST /v1/spaces/{space}/updates")
        .with(TrailEntry.SPACE, "team-red")
        .with(TrailEntry.STATUS, 201)
        .at(trail.now());
  }

  private Row keys(Keys keys) {
    Grant grant = new Grant(Role.WRITER, List.of(Glob.ALL), List.of(Glob.ALL));
    List<String> texts = new ArrayList<>();
    ConcurrentHashMap<String, ApiKey> plain = new ConcurrentHashMap<>();
    for (int i = 0; i < KEYS; i++) {
      ApiKey.Issued issued = keys.create("bench-" + i, grant, null);
      texts.add(issued.text().whole());
      plain.put(issued.text().whole(), issued.key());
    }
    double[][] took =
        interleaved(
            CALLS,
            count -> {
              long found = 0;
              for (int i = 0; i < count; i++) {
                found += keys.authenticate(texts.get(i % KEYS)).isPresent() ? 1 : 0;
              }
              return found == count ? found : 0;
            },
            count -> {
              long found = 0;
              for (int i = 0; i < count; i++) {
                found += plain.get(texts.get(i % KEYS)) == null ? 0 : 1;
              }
              return found;
            },
            () -> {});
    String what = "key looked up, of " + KEYS;
    return beside(what, median(what, took[0]), "ConcurrentHashMap.get", took[1]);
  }

  private Row secrets() {
    String value = PROSE.repeat(1024 / PROSE.length() + 1).substring(0, 1024);
    Delta delta =
        new DeltaBuilder(new Author("bench"), 0, Instant.now())
            .set("/notes/today", Json.of(value))
            .build();
    byte[] bytes = delta.request().canonicalBytes();
    double[][] took =
        interleaved(
            CALLS,
            count -> {
              long clean = 0;
              for (int i = 0; i < count; i++) {
                clean += delta.secret() == null ? 1 : 0;
              }
              return clean;
            },
            count -> hashed(bytes, count),
            () -> {});
    String what = "delta of 1 KiB searched for secrets";
    return beside(what, median(what, took[0]), "SHA-256 of the same bytes", took[1]);
  }

  /**
   * What the search takes of a commit: its time for a delta of {@code bench commits --only hot},
   * beside the processor time that this whole process takes for such a commit, the search and the
   * writers in it. Both in turn, the ratio of each round; of the ratios the median.
   */
  private Row searched(Path folder) throws Exception {
    OperatingSystemMXBean process =
        ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);
    double[] searches = new double[rounds];
    double[] commits = new double[rounds];
    double[] percent = new double[rounds];
    try (MnemogridPeer peer = new MnemogridPeer(folder, 1, PeerRows.LEAVES)) {
      List<Delta> deltas =
          IntStream.range(0, WRITERS).mapToObj(i -> peer.delta(i, 0, i * 31, i)).toList();
      for (int round = -warmUp; round < rounds; round++) {
        long before = process.getProcessCpuTime();
        Load.Result did = PeerRows.write(peer, WRITERS, 1, PeerRows.LEAVES, HOT);
        double commit = (process.getProcessCpuTime() - before) / (double) did.writes();
        double search =
            timed(
                CALLS,
                count -> {
                  long clean = 0;
                  for (int i = 0; i < count; i++) {
                    clean += deltas.get(i % WRITERS).secret() == null ? 1 : 0;
                  }
                  return clean;
                });
        if (round >= 0) {
          searches[round] = search;
          commits[round] = commit;
          percent[round] = 100 * search / commit;
        }
      }
    }
    String what = "hot commit's delta searched";
    double search = median(what, searches);
    double commit = median("processor time of a hot commit", commits);
    Arrays.sort(percent);
    return new Row(
        what,
        Row.time(search),
        "processor of the commit " + Row.time(commit),
        percent[rounds / 2],
        Row.Goal.atMost(5, "%"));
  }

  private static long hashed(byte[] bytes, int count) {
    long different = 0;
    for (int i = 0; i < count; i++) {
      different += Hash.sha256(bytes).equals(Hash.ZERO) ? 0 : 1;
    }
    return different;
  }

  /**
   * Nanoseconds of one call of ours and of one of theirs, by round.
   *
   * @param ours does so many calls; its answer must not be 0, so that nothing is left out
   * @param after what follows a turn of ours and does not count
   */
  private double[][] interleaved(
      int calls, IntToLongFunction ours, IntToLongFunction theirs, Runnable after) {
    double[][] took = new double[2][rounds];
    for (int round = -warmUp; round < rounds; round++) {
      double own = timed(calls, ours);
      after.run();
      double other = timed(calls, theirs);
      if (round >= 0) {
        took[0][round] = own;
        took[1][round] = other;
      }
    }
    return took;
  }

  private static double timed(int calls, IntToLongFunction work) {
    long began = System.nanoTime();
    long done = work.applyAsLong(calls);
    long nanos = System.nanoTime() - began;
    if (done == 0) {
      throw new IllegalStateException("nothing was done");
    }
    return nanos / (double) calls;
  }

  private Row beside(String what, double own, String peer, double[] theirs) {
    double other = median(peer, theirs);
    return Row.of(what, Row.time(own), peer + " " + Row.time(other), own / other);
  }

  /** The median, which it prints with where half of the rounds are. */
  private double median(String what, double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    double median = sorted[sorted.length / 2];
    out.printf(
        Locale.ROOT,
        "  %-36s median of %d rounds %s, half of them between %s and %s%n",
        what,
        sorted.length,
        Row.time(median),
        Row.time(sorted[sorted.length / 4]),
        Row.time(sorted[sorted.length - 1 - sorted.length / 4]));
    return median;
  }
}
