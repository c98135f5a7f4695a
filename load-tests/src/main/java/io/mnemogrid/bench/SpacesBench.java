package io.mnemogrid.bench;

import io.mnemogrid.bench.Row.Goal;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.checkpoint.OutboxEntry;
import io.mnemogrid.process.AnvilProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.store.Store;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * {@code ./mnemogrid bench spaces}: what a member costs that has many small spaces, of which few
 * are active, and how fast it is there. Each member is a process of its own, with a heap of 2 GiB.
 *
 * <p>The store is made once, by the log's own code. A member then audits it, and another one makes
 * the first checkpoint of all spaces at a notary. All others start on copies of that store, which
 * are at rest: every head is audited and in a checkpoint.
 */
public final class SpacesBench {
  /** What {@code --only} chooses from. */
  public static final List<String> PARTS =
      List.of("one", "commits", "reads", "members", "checkpoint", "gas");

  /** Writers, and the spaces that the active ones are compared with. */
  private static final int FEW = 64;

  private static final int WARM_UP = 4;
  private static final Path MEMORY = Path.of("/dev/shm");

  /**
   * For each space and what is written beside it; a store that does not fit is made on the disk.
   */
  private static final long ROOM_BYTES = 16 << 10;

  private static final String NOTARY = "notary";
  private static final double NANOS_PER_MILLI = 1e6;

  /**
   * What is to be measured.
   *
   * @param spaces how many there are, at least twice {@code active}
   * @param active how many of them are committed to, from 64 on
   * @param members how many there are beside the one, from 2 to 7
   * @param seconds the length of a turn of commits, from 1 on
   * @param rounds how many count, from 1 to 90: every hundredth checkpoint names all spaces
   * @param idle how long a member is looked at while nobody commits
   * @param settle how long it is waited for before, at most
   * @param parts some of {@link #PARTS}
   * @param anvil the dev chain's program, there or not
   */
  public record Wish(
      int spaces,
      int active,
      int members,
      int seconds,
      int rounds,
      Duration idle,
      Duration settle,
      Set<String> parts,
      Path anvil) {
    /**
     * @throws IllegalArgumentException in a sentence that names the option
     */
    public Wish {
      parts = Set.copyOf(parts);
      demand(PARTS.containsAll(parts), "--only knows " + String.join(", ", PARTS));
      demand(FEW <= active, "--active wants a number from 64 on");
      demand(2L * active <= spaces, "--spaces wants at least twice as many as --active");
      demand(spaces <= 1_000_000, "--spaces wants at most 1000000");
      demand(2 <= members && members <= 7, "--members wants a number from 2 to 7");
      demand(seconds >= 1, "--seconds wants a number from 1 on");
      demand(1 <= rounds && rounds <= 90, "--rounds wants a number from 1 to 90");
    }

    private static void demand(boolean holds, String otherwise) {
      if (!holds) {
        throw new IllegalArgumentException(otherwise);
      }
    }

    /** The first round: one before those that count, but none in a trial of one round. */
    private int first() {
      return rounds == 1 ? 0 : -1;
    }

    private boolean has(String... some) {
      return Set.of(some).stream().anyMatch(parts::contains);
    }
  }

  private final Wish wish;
  private final ManySpaces spaces;
  private final Path folder;
  private final Path workshop; // where stores are made; nothing is timed there
  private final PrintStream out;
  private final List<Row> rows = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();

  private SpacesBench(Wish wish, Path folder, Path workshop, PrintStream out) {
    this.wish = wish;
    this.spaces = new ManySpaces(wish.spaces(), wish.active());
    this.folder = folder;
    this.workshop = workshop;
    this.out = out;
  }

  /** Measures and prints. */
  public static void measure(Wish wish, PrintStream out) throws Exception {
    run(wish, out);
  }

  /** Measures and prints; the rows are those of the table. */
  static List<Row> run(Wish wish, PrintStream out) throws Exception {
    Path folder = Files.createTempDirectory("mnemogrid-spaces");
    Path workshop = workshop(wish.spaces());
    SpacesBench bench = new SpacesBench(wish, folder, workshop, out);
    try {
      out.printf(
          Locale.ROOT,
          "%,d spaces of %d leaves, %,d of them active; turns of %d s, %d interleaved rounds,"
              + " %d cores, load average %.2f%n",
          wish.spaces(),
          ManySpaces.LEAVES,
          wish.active(),
          wish.seconds(),
          wish.rounds(),
          Runtime.getRuntime().availableProcessors(),
          ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
      bench.all();
      out.println();
      out.println(Row.HEADER);
      bench.rows.forEach(out::println);
      bench.missing.forEach(out::println);
      return bench.rows;
    } finally {
      CommitsBench.delete(workshop);
      CommitsBench.delete(folder);
    }
  }

  /** A folder in memory where there is room for the store, else one on the disk. */
  private static Path workshop(int spaces) throws IOException {
    boolean hasRoom =
        Files.isWritable(MEMORY)
            && Files.getFileStore(MEMORY).getUsableSpace() > spaces * ROOM_BYTES;
    return hasRoom
        ? Files.createTempDirectory(MEMORY, "mnemogrid-spaces")
        : Files.createTempDirectory("mnemogrid-spaces");
  }

  private void all() throws Exception {
    Path audited = audited("audited", spaces);
    if (wish.has("one", "commits", "reads", "members", "checkpoint")) {
      Path rest = ManySpaces.copy(audited, folder.resolve("rest"));
      try (SpacesMembers one = SpacesMembers.start(rest, spaces, NOTARY, 1)) {
        one.ask("final 1");
        out.println("  the first checkpoint is final");
      }
      if (wish.has("one", "members")) {
        costs(rest);
      }
      if (wish.has("commits", "reads", "checkpoint")) {
        work(rest);
      }
    }
    if (wish.has("gas")) {
      gas(audited);
    }
  }

  /** Makes a store, whose every head is then audited by a member without an anchor. */
  private Path audited(String name, ManySpaces many) throws Exception {
    Path data = workshop.resolve(name);
    many.make(data, out);
    try (SpacesMembers one = SpacesMembers.start(data, many, "none", 1);
        Store store = one.store()) {
      long began = System.nanoTime();
      ManySpaces.awaitAudited(
          store,
          Duration.ofSeconds(5),
          behind -> many.said(out, "audited", many.count() - behind, began));
    }
    return data;
  }

  // What members cost at rest.

  /** The one member and the several ones start, are measured and end, in turn. */
  private void costs(Path rest) throws Exception {
    Path alone = ManySpaces.copy(rest, folder.resolve("one"));
    Path shared = wish.has("members") ? ManySpaces.copy(rest, folder.resolve("members")) : alone;
    List<SpacesMembers.Cost> ones = new ArrayList<>();
    List<List<SpacesMembers.Cost>> several = new ArrayList<>();
    for (int round = 1; round <= wish.rounds(); round++) {
      out.println("round " + round);
      ones.add(costs(alone, 1).getFirst());
      if (wish.has("members")) {
        several.add(costs(shared, wish.members()));
      }
    }
    CommitsBench.delete(alone);
    oneMember(ones);
    if (wish.has("members")) {
      CommitsBench.delete(shared);
      severalMembers(ones, several);
    }
  }

  private List<SpacesMembers.Cost> costs(Path data, int count) throws Exception {
    try (SpacesMembers members = SpacesMembers.start(data, spaces, NOTARY, count)) {
      List<SpacesMembers.Cost> costs = members.costs(wish.idle(), wish.settle());
      costs.forEach(cost ->
          out.printf(
              "  %-12s start %6s s   heap %6s MiB   resident %6s MiB   idle %6s %% of a core%n",
              "of " + count,
              Row.number(cost.startSeconds()),
              Row.number(cost.heapMib()),
              Row.number(cost.residentMib()),
              Row.number(cost.idlePercent())));
      return costs;
    }
  }

  private static double median(
      List<SpacesMembers.Cost> costs, ToDoubleFunction<SpacesMembers.Cost> figure) {
    return Spread.of(costs.stream().mapToDouble(figure).toArray()).median();
  }

  private void oneMember(List<SpacesMembers.Cost> ones) {
    double start = median(ones, SpacesMembers.Cost::startSeconds);
    double heap = median(ones, SpacesMembers.Cost::heapMib);
    double idle = median(ones, SpacesMembers.Cost::idlePercent);
    rows.add(
        new Row(
            "one member: start to ready",
            Row.number(start) + " s",
            "in its JVM " + Row.number(median(ones, SpacesMembers.Cost::ownSeconds)) + " s of it",
            start,
            Goal.atMost(10, "s")));
    rows.add(
        new Row(
            "one member: heap after a full collection",
            Row.number(heap) + " MiB",
            "resident " + Row.number(median(ones, SpacesMembers.Cost::residentMib)) + " MiB",
            heap,
            Goal.atMost(1024, "MiB")));
    rows.add(
        new Row(
            "one member: idle",
            Row.number(idle) + " %",
            "of a core, over " + Row.number(wish.idle().toMillis() / 1e3) + " s",
            idle,
            Goal.atMost(2, "%")));
  }

  private void severalMembers(
      List<SpacesMembers.Cost> ones, List<List<SpacesMembers.Cost>> several) {
    worst("start to ready", "s", ones, several, SpacesMembers.Cost::startSeconds);
    worst("heap", "MiB", ones, several, SpacesMembers.Cost::heapMib);
    worst("idle", "%", ones, several, SpacesMembers.Cost::idlePercent);
  }

  /** The member of each round with the most of it, beside the one member of that round. */
  private void worst(
      String what,
      String unit,
      List<SpacesMembers.Cost> ones,
      List<List<SpacesMembers.Cost>> several,
      ToDoubleFunction<SpacesMembers.Cost> figure) {
    double[] most =
        several.stream()
            .mapToDouble(costs -> costs.stream().mapToDouble(figure).max().orElseThrow())
            .toArray();
    double[] alone = ones.stream().mapToDouble(figure).toArray();
    ratio(
        "%d members, the worst: %s".formatted(wish.members(), what),
        Row.number(Spread.of(most).median()) + " " + unit,
        "one member " + Row.number(Spread.of(alone).median()) + " " + unit,
        Spread.ofRatios(most, alone),
        Goal.atMost(1.3, "×"));
  }

  private void ratio(String what, String figure, String beside, Spread ratios, Goal goal) {
    out.println(ratios.line(what));
    rows.add(new Row(what, figure, beside, ratios.median(), goal));
  }

  // What a member does.

  private void work(Path rest) throws Exception {
    Path data = ManySpaces.copy(rest, folder.resolve("work"));
    try (SpacesMembers one = SpacesMembers.start(data, spaces, NOTARY, 1);
        Store store = one.store()) {
      if (wish.has("reads")) { // before anything else makes spaces known here
        reads(one.ask("read"));
      }
      if (wish.has("commits")) {
        commits(one, store);
      }
      if (wish.has("checkpoint")) {
        checkpoints(one, store);
      }
    }
    CommitsBench.delete(data);
  }

  private void reads(long[] times) {
    String who = "%,d spaces".formatted(wish.active());
    rows.add(
        new Row(
            "first read of a space that nobody holds, p99",
            Row.time(times[1]),
            "p50 " + Row.time(times[0]) + ", " + who,
            times[1] / NANOS_PER_MILLI,
            Goal.atMost(50, "ms")));
    rows.add(
        new Row(
            "second read of it, p50",
            Row.time(times[2]),
            "of an active space " + Row.time(times[4]),
            (double) times[2] / times[4],
            Goal.atMost(1.3, "×")));
    rows.add(
        Row.of(
            "second read of it, p99",
            Row.time(times[3]),
            "of an active space " + Row.time(times[5]),
            (double) times[3] / times[5]));
  }

  private void commits(SpacesMembers one, Store store) throws Exception {
    double[] few = new double[wish.rounds()];
    double[] many = new double[wish.rounds()];
    for (int round = wish.first(); round < wish.rounds(); round++) {
      boolean fewFirst = round % 2 == 0;
      double first = turn(one, store, round, fewFirst ? FEW : wish.active());
      double second = turn(one, store, round, fewFirst ? wish.active() : FEW);
      if (round >= 0) {
        few[round] = fewFirst ? first : second;
        many[round] = fewFirst ? second : first;
      }
    }
    ratio(
        "64 writers over the active spaces",
        Row.perSecond(Spread.of(many).median()),
        "64 spaces " + Row.perSecond(Spread.of(few).median()),
        Spread.ofRatios(many, few),
        Goal.atLeast(0.7));
  }

  /** Commits a second. What it leaves to the audit is done before the next turn. */
  private double turn(SpacesMembers one, Store store, int round, int count) throws Exception {
    long millis = wish.seconds() * 1000L * (round < 0 ? WARM_UP : 1);
    long[] did = one.ask("write " + count + " " + millis);
    Load.Result result = new Load.Result(did[0], Duration.ofNanos(did[1]), did[2], did[3]);
    out.printf(
        "  %-10s %-26s %12s   p50 %10s   p99 %10s%n",
        round < 0 ? "warm-up" : "round " + (round + 1),
        "%,d spaces".formatted(count),
        Row.perSecond(result.perSecond()),
        Row.time(result.p50Nanos()),
        Row.time(result.p99Nanos()));
    awaitAudited(store);
    return result.perSecond();
  }

  private static void awaitAudited(Store store) throws InterruptedException {
    ManySpaces.awaitAudited(store, Duration.ofMillis(500), _ -> {});
  }

  // Checkpoints.

  /** Whatever was committed before goes into a checkpoint that does not count. */
  private void checkpoints(SpacesMembers one, Store store) throws Exception {
    double[] times = new double[wish.rounds()];
    for (int round = wish.first(); round < wish.rounds(); round++) {
      one.ask("change " + wish.active());
      awaitAudited(store);
      double nanos = checkpoint(one);
      out.printf(
          "  %-10s checkpoint of %,d changed heads prepared after %s%n",
          round < 0 ? "warm-up" : "round " + (round + 1), wish.active(), Row.time(nanos));
      if (round >= 0) {
        times[round] = nanos / NANOS_PER_MILLI;
      }
    }
    double millis = Spread.of(times).median();
    rows.add(
        new Row(
            "checkpoint of the active spaces, prepared",
            Row.number(millis) + " ms",
            "%,d changed heads of %,d".formatted(wish.active(), wish.spaces()),
            millis,
            Goal.atMost(1000, "ms")));
  }

  /** The time from a demand until the header is stored; returns when the checkpoint is final. */
  private double checkpoint(SpacesMembers one) {
    long[] made = one.ask("checkpoint");
    if (made[2] != wish.active()) {
      throw new IllegalStateException(
          "checkpoint %d names %d spaces instead of %d".formatted(made[1], made[2], wish.active()));
    }
    one.ask("final " + made[1]);
    return made[0];
  }

  /** A header of many changed heads among many spaces, and one of one head among few. */
  private void gas(Path audited) throws Exception {
    String what = "gas of a checkpoint of the active spaces";
    if (!Files.isExecutable(wish.anvil())) {
      missing.add(
          "not measured: "
              + what
              + ": there is no dev chain, which (cd contracts && npm ci --ignore-scripts) installs");
      return;
    }
    ManySpaces little = new ManySpaces(FEW, FEW);
    Path few = audited("few", little);
    try (AnvilProcess chain =
        AnvilProcess.start(wish.anvil(), Ports.free(1).getFirst(), folder.resolve("anvil.log"))) {
      String anchor = chain.endpoint().toString();
      long theirs = gas(few, little, anchor, 1);
      long ours = gas(audited, spaces, anchor, wish.active());
      rows.add(
          new Row(
              what,
              "%,d gas".formatted(ours),
              "1 head of %d spaces %,d".formatted(FEW, theirs),
              (double) ours / theirs,
              Goal.atMost(1.01, "×")));
    }
  }

  /** The gas of the second checkpoint, of so many changed heads, in a contract of its own. */
  private long gas(Path data, ManySpaces many, String anchor, int changed) throws Exception {
    try (SpacesMembers one = SpacesMembers.start(data, many, anchor, 1);
        Store store = one.store()) {
      one.ask("final 1");
      one.ask("change " + changed);
      awaitAudited(store);
      long[] made = one.ask("checkpoint");
      one.ask("final " + made[1]);
      return store.checkpoints().outbox(made[1], 1).stream()
          .map(OutboxEntry::cost)
          .mapToLong(SpacesBench::gas)
          .findFirst()
          .orElseThrow();
    }
  }

  private static long gas(@Nullable Cost cost) {
    if (cost == null) {
      throw new IllegalStateException("a final checkpoint has no cost");
    }
    return cost.gas();
  }
}
