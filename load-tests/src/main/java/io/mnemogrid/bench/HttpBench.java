package io.mnemogrid.bench;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.bench.Row.Goal;
import io.mnemogrid.command.Installation;
import io.mnemogrid.process.Launch;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import java.io.PrintStream;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * {@code ./mnemogrid bench http}: what reads and commits over HTTP cost beside routes of the same
 * server that do nothing ({@code EmptyController}), and beside the server as it was earlier. Each
 * server is a process of its own, with a store, on loopback; so is each program that makes load.
 *
 * <p>All take short turns and begin each round with another one. Each round gives one ratio. The
 * table has the medians, and the lines above it say between which bounds they are. A turn of
 * commits is followed by a pause, until the audit has seen them.
 */
public final class HttpBench {
  /** What {@code --only} chooses from. */
  public static final List<String> PARTS =
      List.of("read", "unchanged", "key", "error", "commits", "before", "bytes", "p99", "events");

  private static final int CONNECTIONS = 64;
  private static final int LEAVES = PeerRows.LEAVES;
  private static final int CLIENTS = 1000;

  /** Until the code of the servers is compiled; a trial of one round warms up for one turn. */
  private static final Duration WARM_UP = Duration.ofSeconds(8);

  /** The longest pause after commits. */
  private static final Duration SETTLES = Duration.ofSeconds(5);

  private static final double MICROS_PER_MILLI = 1e3;
  private static final double BYTES_AT = 200; // commits a second, for the size of their answers
  private static final int FOLLOWED_MILLIS = 100;

  private static final String STATE = HttpPeer.SPACE + "/state";
  private static final String UPDATES = HttpPeer.SPACE + "/updates";
  private static final String FOLLOWED = "/v1/spaces/followed";
  private static final List<String> MINIMAL = List.of("Prefer", "return=minimal");

  private static final String EMPTY_GET = "empty GET";
  private static final String READ = "read of a path";
  private static final String UNCHANGED = "read that is unchanged (304)";
  private static final String NOTHING = "read of nothing (404)";
  private static final String KEYED = "read with a key";
  private static final String KEYED_EMPTY = "empty GET with a key";
  private static final String EMPTY_POST = "empty POST";
  private static final String COMMITS = CONNECTIONS + " writers, one hot space";
  private static final String WHOLE = CONNECTIONS + " writers, whole answers";

  private final Wish wish;
  private final Path folder;
  private final PrintStream out;
  private final PrintStream err;
  private final List<Row> rows = new ArrayList<>();
  private final List<String> missing = new ArrayList<>();

  /** What a second of each contender did, by round. */
  private final Map<String, double[]> rates = new LinkedHashMap<>();

  private HttpBench(Wish wish, Path folder, PrintStream out, PrintStream err) {
    this.wish = wish;
    this.folder = folder;
    this.out = out;
    this.err = err;
  }

  /**
   * What is to be measured.
   *
   * @param member the packaged member's jar
   * @param checkout whose history has the earlier server; only the part {@code before} needs it
   * @param parts some of {@link #PARTS}
   * @param seconds the length of a turn, from 1 on
   * @param rounds how many count, from 1 on
   */
  public record Wish(
      Path member, Installation checkout, Set<String> parts, int seconds, int rounds) {
    /**
     * @throws IllegalArgumentException for a part that is none
     */
    public Wish {
      parts = Set.copyOf(parts);
      if (!PARTS.containsAll(parts)) {
        throw new IllegalArgumentException(
            "--only knows " + String.join(", ", PARTS) + "; got " + String.join(",", parts));
      }
    }

    private boolean has(String... some) {
      return Set.of(some).stream().anyMatch(parts::contains);
    }

    private Duration time() {
      return Duration.ofSeconds(seconds);
    }
  }

  /** One of those that take turns. */
  private interface Turn {
    Wrk.Result take(Duration time) throws Exception;
  }

  /**
   * The programs that are missing and how they are installed, in a sentence; empty where all are
   * there.
   */
  public static String missing() {
    return Tool.missing();
  }

  /** Measures and prints. */
  public static void measure(Wish wish, PrintStream out, PrintStream err) throws Exception {
    run(wish, out, err);
  }

  /** Measures and prints; the rows are those of the table. */
  static List<Row> run(Wish wish, PrintStream out, PrintStream err) throws Exception {
    Path folder = Files.createTempDirectory("mnemogrid-http");
    HttpBench bench = new HttpBench(wish, folder, out, err);
    try {
      out.printf(
          Locale.ROOT,
          "turns of %d s, %d interleaved rounds, %d connections, %d cores, load average %.2f%n",
          wish.seconds(),
          wish.rounds(),
          CONNECTIONS,
          Runtime.getRuntime().availableProcessors(),
          ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
      bench.all();
      out.println();
      out.println(Row.HEADER);
      bench.rows.forEach(out::println);
      bench.missing.forEach(out::println);
      return bench.rows;
    } finally {
      CommitsBench.delete(folder);
    }
  }

  private void all() throws Exception {
    Path earlier = wish.has("before") ? earlier() : null;
    Launch launch = EmptyRoutes.launch(wish.member(), folder.resolve("peer"));
    String streams = String.valueOf(CLIENTS + 10);
    Map<String, String> settings =
        Map.of(
            "MNEMOGRID_CHECKPOINT_EVERY", "3600",
            "MNEMOGRID_HTTP_MAX_STREAMS", streams,
            "MNEMOGRID_HTTP_MAX_STREAMS_OF_ONE", streams);
    try (HttpPeer open =
        HttpPeer.with("open", settings, launch, folder.resolve("open"), 1, LEAVES)) {
      if (wish.has("read", "unchanged", "error", "key")) {
        reads(open, launch);
      }
      if (wish.has("commits") || earlier != null) {
        commits(open, earlier);
      }
      if (wish.has("bytes")) {
        bytes(open);
      }
      if (wish.has("p99", "events")) {
        late(open);
      }
    }
  }

  private @Nullable Path earlier() throws Exception {
    try {
      return EarlierServer.jar(wish.checkout(), err);
    } catch (EarlierServer.Missing e) {
      missing.add("not measured: " + COMMITS + ", " + EarlierServer.NAME + ": " + e.getMessage());
      return null;
    }
  }

  // As much as there is.

  private void reads(HttpPeer open, Launch launch) throws Exception {
    try (HttpPeer keyed = wish.has("key") ? keyed(launch) : null) {
      Wrk wrk = new Wrk(folder.resolve("wrk"), open.port(), CONNECTIONS);
      Map<String, Turn> turns = new LinkedHashMap<>();
      turns.put(EMPTY_GET, reading(open, wrk, EmptyRoutes.ROUTE, "group", List.of(), 200));
      if (wish.has("read")) {
        turns.put(READ, reading(open, wrk, STATE, "group", List.of(), 200));
      }
      if (wish.has("unchanged")) {
        List<String> tag = List.of("If-None-Match", open.tag());
        turns.put(UNCHANGED, reading(open, wrk, STATE, "group", tag, 304));
      }
      if (wish.has("error")) {
        turns.put(NOTHING, reading(open, wrk, STATE, "absent", List.of(), 404));
      }
      if (keyed != null) {
        Wrk other = new Wrk(folder.resolve("wrk-keyed"), keyed.port(), CONNECTIONS);
        Path data = folder.resolve("keyed/data");
        // the empty route names no right, so it is left to operators
        List<String> reader = List.of(HttpPeer.KEY, keyed.makeKey(data, "reader"));
        List<String> operator = List.of(HttpPeer.KEY, keyed.makeKey(data, "operator"));
        turns.put(KEYED, reading(keyed, other, STATE, "group", reader, 200));
        turns.put(KEYED_EMPTY, reading(keyed, other, EmptyRoutes.ROUTE, "group", operator, 200));
      }
      interleave(turns);
    }
    row(READ, EMPTY_GET, Goal.atLeast(0.8));
    row(UNCHANGED, EMPTY_GET, Goal.atLeast(0.9));
    row(KEYED, EMPTY_GET, Goal.atLeast(0.75));
    row(KEYED, KEYED_EMPTY, null);
    row(NOTHING, EMPTY_GET, Goal.atLeast(0.3));
  }

  /** A member that asks for keys, and whose rates count and are never used up. */
  private HttpPeer keyed(Launch launch) throws Exception {
    Map<String, String> settings =
        Map.of(
            "MNEMOGRID_CHECKPOINT_EVERY", "3600",
            "MNEMOGRID_RATE_READER", HttpPeer.MOST_RATES,
            "MNEMOGRID_RATE_OPERATOR", HttpPeer.MOST_RATES);
    return HttpPeer.with("keyed", settings, launch, folder.resolve("keyed"), 1, LEAVES);
  }

  /** Reads, whose status is looked at once before and counted then. */
  private static Turn reading(
      HttpPeer peer, Wrk wrk, String route, String group, List<String> headers, int wanted)
      throws Exception {
    int status = peer.status(route + "?path=/" + group + "-1/field-1", headers);
    if (status != wanted) {
      throw new IllegalStateException(route + " answers " + status + " instead of " + wanted);
    }
    return time -> {
      Wrk.Result result = wrk.read(time, route, group, LEAVES, headers);
      if (result.refused() != (wanted < 400 ? 0 : result.requests())) {
        throw new IllegalStateException(route + ": " + result + " where each should be " + wanted);
      }
      return result;
    };
  }

  private void commits(HttpPeer open, @Nullable Path earlier) throws Exception {
    try (HttpPeer before = earlier == null ? null : before(earlier)) {
      Wrk wrk = new Wrk(folder.resolve("wrk"), open.port(), CONNECTIONS);
      Map<String, Turn> turns = new LinkedHashMap<>();
      if (wish.has("commits")) {
        turns.put(
            EMPTY_POST, time -> wrk.commit(time, EmptyRoutes.ROUTE, open.head(), LEAVES, MINIMAL));
      }
      turns.put(COMMITS, committing(open, wrk, MINIMAL));
      if (before != null) {
        Wrk other = new Wrk(folder.resolve("wrk-before"), before.port(), CONNECTIONS);
        turns.put(WHOLE, committing(open, wrk, List.of()));
        turns.put(EarlierServer.NAME, committing(before, other, MINIMAL)); // which it passes over
      }
      interleave(turns);
    }
    row(COMMITS, EMPTY_POST, Goal.atLeast(0.5));
    row(COMMITS, EarlierServer.NAME, Goal.atLeast(4));
    row(WHOLE, EarlierServer.NAME, null);
  }

  private HttpPeer before(Path jar) throws Exception {
    return HttpPeer.with(
        EarlierServer.NAME,
        Map.of("MNEMOGRID_CHECKPOINT_EVERY", "3600"),
        jar,
        folder.resolve("before"),
        1,
        LEAVES);
  }

  /** Commits, each of which must have made a version. */
  private static Turn committing(HttpPeer peer, Wrk wrk, List<String> headers) {
    return time -> {
      long from = peer.head();
      Wrk.Result result = wrk.commit(time, UPDATES, from, LEAVES, headers);
      long made = peer.head() - from;
      if (result.refused() > 0 || made < result.requests()) {
        throw new IllegalStateException(made + " versions of " + result);
      }
      peer.settle(SETTLES);
      return result;
    };
  }

  /**
   * Lets all take turns, after a warm-up each, and keeps the rates. A single round is a trial:
   * there only the one that does the most is warmed up, which is the second, and the first two take
   * the last turns.
   */
  private void interleave(Map<String, Turn> turns) throws Exception {
    List<String> names = List.copyOf(turns.keySet());
    for (String name : wish.rounds() > 1 ? names : names.subList(1, 2)) {
      take("warm-up", name, turns, warmUp());
    }
    for (String name : names) {
      rates.put(name, new double[wish.rounds()]);
    }
    for (int round = 0; round < wish.rounds(); round++) {
      for (int i = 0; i < names.size(); i++) {
        String name = names.get((i + round + 2) % names.size());
        double rate = take("round " + (round + 1), name, turns, wish.time());
        Objects.requireNonNull(rates.get(name))[round] = rate;
      }
    }
  }

  /** One turn, which it prints; what it did in a second. */
  private double take(String when, String name, Map<String, Turn> turns, Duration time)
      throws Exception {
    Wrk.Result result = Objects.requireNonNull(turns.get(name)).take(time);
    out.printf(
        Locale.ROOT,
        "  %-10s %-30s %12s   %,d bytes an answer%n",
        when,
        name,
        Row.perSecond(result.perSecond()),
        result.bytes() / Math.max(1, result.requests()));
    return result.perSecond();
  }

  private Duration warmUp() {
    return wish.rounds() > 1 ? WARM_UP : wish.time();
  }

  /** A row, if both were measured. */
  private void row(String what, String beside, @Nullable Goal goal) {
    double[] ours = rates.get(what);
    double[] theirs = rates.get(beside);
    if (ours == null || theirs == null) {
      return;
    }
    Spread ratio = Spread.ofRatios(ours, theirs);
    out.println(ratio.line(what + " ÷ " + beside));
    rows.add(
        new Row(
            what,
            Row.perSecond(Spread.of(ours).median()),
            beside + " " + Row.perSecond(Spread.of(theirs).median()),
            ratio.median(),
            goal));
  }

  // Answers.

  private void bytes(HttpPeer open) throws Exception {
    Paced.Sizes sizes =
        Paced.commit(folder.resolve("paced"), open, wish.time(), BYTES_AT, LEAVES).sizes();
    rows.add(
        new Row(
            "answer to a commit, return=minimal, p50",
            sizes.body() + " bytes",
            "with headers " + sizes.whole() + " bytes",
            sizes.body(),
            Goal.atMost(400, "bytes")));
  }

  // Half of what there is.

  private void late(HttpPeer open) throws Exception {
    Wrk wrk = new Wrk(folder.resolve("wrk"), open.port(), CONNECTIONS);
    double reads = half(READ, reading(open, wrk, STATE, "group", List.of(), 200));
    double commits = half(COMMITS, committing(open, wrk, MINIMAL));
    if (wish.has("p99")) {
      late(open, reads, commits, "at half load", 10);
    }
    if (wish.has("events")) {
      open.makeSpace(FOLLOWED);
      open.commit(FOLLOWED, followed(0));
      AtomicBoolean isOver = new AtomicBoolean();
      try (EventClients clients = new EventClients(open.port(), FOLLOWED, CLIENTS);
          ExecutorService thread = Executors.newSingleThreadExecutor()) {
        Future<Long> writer = thread.submit(() -> write(open, isOver));
        try {
          late(open, reads, commits, "%,d follow".formatted(CLIENTS), 20);
        } finally {
          isOver.set(true);
        }
        clients.awaitVersion(writer.get(), 30);
        EventClients.Told told = clients.told(2, new long[] {});
        if (told.ended() > 0 || told.gaps() > 0) {
          throw new IllegalStateException("the clients of events did not follow: " + told);
        }
      }
    }
  }

  /** Half of what was measured, which is made up for where that part was not chosen. */
  private double half(String name, Turn turn) throws Exception {
    double[] measured = rates.get(name);
    if (measured != null) {
      return Spread.of(measured).median() / 2;
    }
    turn.take(warmUp());
    return turn.take(wish.time()).perSecond() / 2;
  }

  private void late(HttpPeer open, double reads, double commits, String when, double goal)
      throws Exception {
    H2load h2load = new H2load(folder.resolve("h2load"), open.port());
    List<Paced.Result> read = new ArrayList<>();
    List<Paced.Result> committed = new ArrayList<>();
    for (int round = 0; round < (wish.rounds() + 1) / 2; round++) {
      read.add(h2load.read(wish.time(), reads, STATE, LEAVES));
      committed.add(
          Paced.commit(folder.resolve("paced"), open, wish.time(), commits, LEAVES).times());
      open.settle(SETTLES);
    }
    late("read, p99, " + when, reads, read, goal);
    late("commit, p99, " + when, commits, committed, goal);
  }

  private void late(String what, double rate, List<Paced.Result> rounds, double goal) {
    Spread p99 = spread(rounds.stream().mapToDouble(Paced.Result::p99Micros).toArray());
    Spread p50 = spread(rounds.stream().mapToDouble(Paced.Result::p50Micros).toArray());
    out.println(p99.line(what, "rounds", millis -> Row.number(millis) + " ms"));
    long missed = rounds.stream().filter(each -> !each.isHeld()).count();
    if (missed > 0) {
      out.printf("  %s: the rate was not held in %d of %d rounds%n", what, missed, rounds.size());
    }
    rows.add(
        new Row(
            what,
            Row.number(p99.median()) + " ms",
            "at " + Row.perSecond(rate) + ", p50 " + Row.number(p50.median()) + " ms",
            p99.median(),
            Goal.atMost(goal, "ms")));
  }

  private static Spread spread(double[] micros) {
    double[] millis = micros.clone();
    for (int i = 0; i < millis.length; i++) {
      millis[i] /= MICROS_PER_MILLI;
    }
    return Spread.of(millis);
  }

  /** Commits to the followed space, ten times a second, until it is over; its last version. */
  private static long write(HttpPeer open, AtomicBoolean isOver) throws Exception {
    long version = 1;
    while (!isOver.get()) {
      open.commit(FOLLOWED, followed(version));
      version++;
      TimeUnit.MILLISECONDS.sleep(FOLLOWED_MILLIS);
    }
    return version;
  }

  private static DeltaBuilder followed(long version) {
    return new DeltaBuilder(new Author("bench"), version, Instant.now())
        .set("/count", Json.of(version));
  }
}
