package io.mnemogrid.drill;

import io.mnemogrid.check.Contract;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.client.Answered;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.process.AnvilProcess;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Members;
import io.mnemogrid.process.Ports;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.traffic.SteadyWriter;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.IntPredicate;

/**
 * Checkpoints in a row while the leader is killed or paused. Three members share one store; the
 * chain is real; commits never stop; a checkpoint is due as soon as anything is new. After every
 * {@link Plan#killsEvery} checkpoints the leader is killed with {@code kill -9}, and started again
 * once another member leads. Now and then it is stopped with {@code kill -STOP} for longer than the
 * lease; after that it must not write. At the end {@link Recomputation} makes all checkpoints from
 * the exported logs again, and they are compared with the chain's own record.
 */
public final class CheckpointDrill {
  /** Checkpoints go on within this time after the leader died. */
  static final Duration GOAL = Duration.ofSeconds(15);

  private static final int MEMBERS = 3;
  private static final int WRITERS = 3;
  private static final int PAUSE_EVERY_KILLS = 4;
  private static final Duration WRITER_PAUSE = Duration.ofMillis(60);
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int MOST_TRIES = 20;
  private static final List<SpaceName> SPACES =
      List.of(
          SpaceName.of("alpha"),
          SpaceName.of("beta"),
          SpaceName.of("gamma"),
          SpaceName.of("delta"),
          SpaceName.of("epsilon"));

  /**
   * The programs and the folder that a run needs.
   *
   * @param jar the packaged member
   * @param anvil the dev chain's binary
   * @param verifier the folder of the TypeScript verifier, built
   * @param folder for all data
   */
  record Parts(Path jar, Path anvil, Path verifier, Path folder) {}

  /** How much is played. */
  record Plan(int checkpoints, int killsEvery, long seed) {
    Plan {
      if (checkpoints < 1 || killsEvery < 2) {
        throw new IllegalArgumentException(
            "at least 1 checkpoint and kills every 2 or more, got %d and %d"
                .formatted(checkpoints, killsEvery));
      }
    }
  }

  /**
   * How the grid got over a leader that was killed or paused.
   *
   * @param at the newest checkpoint that was final when the leader was lost
   * @param newest how far the newest checkpoint had come when the leader was lost
   * @param led how long it took until another member led
   * @param resumed how long it took until the next checkpoint was final
   */
  record Takeover(
      String what, long at, String newest, Duration led, Duration resumed, boolean killed) {
    static final String HEADER =
        "  final at  what                    newest then   led after s  resumed after s";

    @Override
    public String toString() {
      return "%10d  %-22s  %-11s  %12.1f  %15.1f"
          .formatted(at, what, newest, led.toMillis() / 1000.0, resumed.toMillis() / 1000.0);
    }
  }

  /** What a drill saw. */
  record Outcome(
      long checkpoints,
      List<Takeover> takeovers,
      List<Duration> latencies,
      Recomputation recomputation,
      List<String> flaws) {
    List<Duration> gaps() {
      return takeovers.stream().filter(Takeover::killed).map(Takeover::resumed).toList();
    }
  }

  private final Parts parts;
  private final Plan plan;
  private final PrintStream out;
  private final Random random;
  private final AnvilProcess chain;
  private final Members members;
  private final List<Takeover> takeovers = new ArrayList<>();
  private final List<String> flaws = new ArrayList<>();
  private final AtomicLong committed = new AtomicLong();
  private final AtomicBoolean over = new AtomicBoolean();
  private long began = System.nanoTime();

  private CheckpointDrill(
      Parts parts, Plan plan, PrintStream out, AnvilProcess chain, Members members) {
    this.parts = parts;
    this.plan = plan;
    this.out = out;
    this.random = new Random(plan.seed());
    this.chain = chain;
    this.members = members;
  }

  /** Plays it and prints how it goes; the data stands in the folder afterwards. */
  static Outcome play(Parts parts, Plan plan, PrintStream out) {
    out.printf(
        "%d checkpoints, kill -9 of the leader every %d, seed %d, %d members, %d spaces, data in %s%n",
        plan.checkpoints(), plan.killsEvery(), plan.seed(), MEMBERS, SPACES.size(), parts.folder());
    Path log = parts.folder().resolve("anvil.log");
    try (AnvilProcess chain = AnvilProcess.start(parts.anvil(), Ports.free(1).getFirst(), log)) {
      Members.Settings settings =
          new Members.Settings(
              Launch.member(parts.jar()).checkpointEvery(0), parts.folder(), _ -> chain.endpoint());
      try (Members members = Members.start(settings, MEMBERS)) {
        CheckpointDrill drill = new CheckpointDrill(parts, plan, out, chain, members);
        drill.checkpointOn();
        members.close(); // the checkpoints are read from the store when nobody writes any more
        return drill.outcome(settings.store());
      }
    }
  }

  // What happens.

  private void checkpointOn() {
    SPACES.forEach(members.api(0)::create);
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      SteadyWriter writer =
          new SteadyWriter(
              "bot-" + i, random.nextLong(), members, SPACES, WRITER_PAUSE, committed, over::get);
      Thread thread = Thread.ofPlatform().name("bot-" + i).unstarted(writer);
      thread.setUncaughtExceptionHandler((_, e) -> {
        synchronized (flaws) {
          flaws.add("a writer failed: " + e);
        }
      });
      thread.start();
      writers.add(thread);
    }
    out.println(Takeover.HEADER);
    began = System.nanoTime();
    try {
      killAndPause();
    } finally {
      over.set(true); // else the writers would go on after the members, when a wait fails
    }
    writers.forEach(CheckpointDrill::join);
    await("everything is final", this::everythingIsFinal);
    out.printf(
        "%d checkpoints and %d commits took %.0f s%n",
        members.finalCheckpoint(), committed.get(), seconds(since(began)));
  }

  private void killAndPause() {
    int kills = 0;
    for (long next = plan.killsEvery(); next < plan.checkpoints(); next += plan.killsEvery()) {
      if (kills++ % PAUSE_EVERY_KILLS == 1) {
        awaitFinal(next - plan.killsEvery() / 2);
        pauseLeader();
      }
      awaitFinal(next);
      killLeader();
    }
    awaitFinal(plan.checkpoints());
  }

  private void awaitFinal(long number) {
    long from = members.finalCheckpoint();
    await("checkpoint " + number + " is final", () -> members.finalCheckpoint() >= number, from);
  }

  private void killLeader() {
    int leader = awaitLeader();
    MemberProcess.pause(random.nextInt(400)); // anywhere in the life of a checkpoint
    long at = System.nanoTime();
    members.kill(leader);
    takeovers.add(takeover("kill -9 " + Members.name(leader), leader, at, 1, true));
    members.restart(leader); // healthy before the next one is killed
    out.println(takeovers.getLast());
  }

  /** Stops the leader until another member has led for two checkpoints. */
  private void pauseLeader() {
    for (int tries = 0; tries < MOST_TRIES; tries++) {
      int leader = awaitLeader();
      MemberProcess.pause(random.nextInt(400));
      long at = System.nanoTime();
      members.pause(leader);
      if (members.canWrite()) {
        takeovers.add(takeover("kill -STOP " + Members.name(leader), leader, at, 2, false));
        members.wake(leader);
        out.println(takeovers.getLast());
        return;
      }
      members.wake(leader);
      out.println(
          "            stopped inside its write to the store, where all wait for it: once more");
    }
    flaw("the leader was always stopped inside its write to the store");
  }

  private Takeover takeover(String what, int leader, long at, int checkpoints, boolean killed) {
    Answered newest = members.ask("/v1/checkpoints?limit=1").objects("items").getFirst();
    long before = members.finalCheckpoint();
    if (awaitLeader(other -> other != leader).isEmpty()) {
      throw stuck("no other member leads", what);
    }
    final Duration led = since(at);
    await("checkpoints go on", () -> members.finalCheckpoint() > before);
    final Duration resumed = since(at);
    long wanted = before + checkpoints;
    await("checkpoints go on", () -> members.finalCheckpoint() >= wanted);
    if (killed && resumed.compareTo(GOAL) > 0) {
      out.printf("            the next checkpoint was final after more than %s%n", GOAL);
    }
    return new Takeover(what, before, newest.text("status"), led, resumed, killed);
  }

  private int awaitLeader() {
    members.awaitHealthy();
    return awaitLeader(_ -> true)
        .orElseThrow(() -> stuck("no member of the grid leads", "waiting for a leader"));
  }

  /**
   * Waits at most {@link #PATIENCE} for a leader that passes the test; answers empty afterwards.
   * The wait also ends when checkpoints go on: a leader that no member names is a fault.
   */
  private OptionalInt awaitLeader(IntPredicate wanted) {
    long from = System.nanoTime();
    while (since(from).compareTo(PATIENCE) < 0) {
      OptionalInt leader = members.leader();
      if (leader.isPresent() && wanted.test(leader.getAsInt())) {
        return leader;
      }
      MemberProcess.pause(50);
    }
    return OptionalInt.empty();
  }

  private boolean everythingIsFinal() {
    return SPACES.stream()
        .map(space -> members.ask("/v1/spaces/" + space))
        .allMatch(head -> head.whole("finalized_version") == head.whole("version"));
  }

  private void await(String what, BooleanSupplier condition) {
    await(what, condition, members.finalCheckpoint());
  }

  /**
   * Waits for a condition. It gives up when no new checkpoint became final for {@link #PATIENCE}.
   */
  private void await(String what, BooleanSupplier condition, long from) {
    long newest = from;
    long moved = System.nanoTime();
    while (!condition.getAsBoolean()) {
      MemberProcess.pause(50);
      long now = members.finalCheckpoint();
      if (now > newest) {
        if (now / 100 > newest / 100) {
          out.printf("%10d  after %.0f s%n", now, seconds(since(began)));
        }
        newest = now;
        moved = System.nanoTime();
      } else if (since(moved).compareTo(PATIENCE) > 0) {
        throw stuck("no checkpoint became final", "waiting until " + what);
      }
    }
  }

  private IllegalStateException stuck(String what, String when) {
    return new IllegalStateException(
        "%s for %s, %s%s%s".formatted(what, PATIENCE, when, members.views(), members.tails()));
  }

  private void flaw(String flaw) {
    synchronized (flaws) {
      flaws.add(flaw);
    }
    out.println("            " + flaw);
  }

  // What it is compared with.

  private Outcome outcome(Path file) {
    List<StoredCheckpoint> stored = Members.checkpoints(file);
    Contract contract = Contract.of(chain, stored);
    Recomputation recomputation = Recomputation.prepare(parts, contract, stored, SPACES);
    List<String> differences = contract.differences(stored);
    differences.forEach(this::flaw);
    if (differences.isEmpty()) {
      out.printf(
          "contract %s: numbers 1 to %d, one event each, the store's headers%n",
          contract.address(), stored.size());
    }
    Recomputation.Verdict verdict = recomputation.run();
    out.println(verdict.said());
    if (!verdict.same()) {
      flaws.add(verdict.said());
    }
    List<Duration> latencies =
        stored.stream()
            .filter(checkpoint -> checkpoint.finalized() != null)
            .map(checkpoint -> Duration.between(checkpoint.prepared(), checkpoint.finalized()))
            .toList();
    return new Outcome(stored.size(), takeovers, latencies, recomputation, flaws);
  }

  // Times.

  private static Duration since(long nanos) {
    return Duration.ofNanos(System.nanoTime() - nanos);
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }

  private static void join(Thread thread) {
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while waiting", e);
    }
  }

  /**
   * The quantile of durations: the least of them that is not below the share {@code part} of them.
   */
  static Duration quantile(List<Duration> durations, double part) {
    List<Duration> sorted = durations.stream().sorted().toList();
    return sorted.isEmpty() ? Duration.ZERO : sorted.get((int) Math.ceil(part * sorted.size()) - 1);
  }

  /** Prints how long checkpoints and takeovers took. */
  static void printTimes(Outcome outcome, PrintStream out) {
    printTimes("prepared to final", outcome.latencies(), "", out);
    printTimes(
        "led again after a kill",
        outcome.takeovers().stream().filter(Takeover::killed).map(Takeover::led).toList(),
        "",
        out);
    printTimes(
        "checkpoints resumed after a kill",
        outcome.gaps(),
        " (goal: at most %d s)".formatted(GOAL.toSeconds()),
        out);
  }

  private static void printTimes(String what, List<Duration> times, String more, PrintStream out) {
    if (!times.isEmpty()) {
      out.printf(
          "%-33s %4d times, p50 %6.2f s, p99 %6.2f s, max %6.2f s%s%n",
          what,
          times.size(),
          seconds(quantile(times, 0.5)),
          seconds(quantile(times, 0.99)),
          seconds(quantile(times, 1)),
          more);
    }
  }

  /**
   * Plays the drill. Returns 7 when a checkpoint's number is missing or doubled, or when a
   * checkpoint is not what the logs give.
   *
   * <p>Arguments: the member's jar, the chain's binary, the verifier's folder, a folder for the
   * data, the number of checkpoints, the number of checkpoints between two kills, and a seed if a
   * run is to be played again.
   */
  public static int run(List<String> arguments) {
    Parts parts =
        new Parts(
            Path.of(arguments.get(0)),
            Path.of(arguments.get(1)),
            Path.of(arguments.get(2)),
            Path.of(arguments.get(3)));
    long seed =
        arguments.size() > 6
            ? Long.parseLong(arguments.get(6))
            : System.nanoTime() % 1_000_000; // printed, so that the choices can be made again
    Plan plan =
        new Plan(Integer.parseInt(arguments.get(4)), Integer.parseInt(arguments.get(5)), seed);
    if (!Files.isExecutable(parts.anvil())) {
      throw new IllegalStateException("no dev chain at " + parts.anvil());
    }
    Outcome outcome = play(parts, plan, System.out);
    printTimes(outcome, System.out);
    boolean slow = quantile(outcome.gaps(), 1).compareTo(GOAL) > 0;
    System.out.println(
        outcome.flaws().isEmpty()
            ? "every checkpoint is there once and is what the logs give"
            : outcome.flaws().size() + " flaws");
    outcome.flaws().forEach(flaw -> System.out.println("  " + flaw));
    boolean holds = outcome.flaws().isEmpty() && !slow;
    return (holds ? ExitCode.OK : ExitCode.DOES_NOT_HOLD).code();
  }
}
