package io.mnemogrid.drill;

import io.mnemogrid.check.Wins;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.grid.GridNames;
import io.mnemogrid.log.Update;
import io.mnemogrid.process.Fleet;
import io.mnemogrid.process.Fleet.Seat;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.process.PostgresUnderTest;
import io.mnemogrid.process.PuppetProcess;
import io.mnemogrid.process.SqliteUnderTest;
import io.mnemogrid.process.StoreUnderTest;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.StoreRows;
import io.mnemogrid.traffic.Race;
import io.mnemogrid.traffic.Racer;
import io.mnemogrid.traffic.RollMember;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * {@code ./mnemogrid race-test}: many clients at three members, each a process, want to write onto
 * the head that they saw ({@code If-Match}), while the member that commits is killed again and
 * again. Then the log is read from the store: exactly one client was told that it made each
 * version, and that is the one whose delta stands there, on the head that it named.
 */
public final class RaceDrill implements AutoCloseable {
  private static final int MEMBERS = 3;

  /** A grid in which nobody makes a version for so long has stopped. */
  private static final Duration STANDSTILL = Duration.ofMinutes(3);

  /** How long the member that was killed stays away. */
  private static final int AWAY_MILLIS = 500;

  /**
   * What is played with.
   *
   * @param isPostgres whether the store is PostgreSQL, else SQLite
   * @param isShort whether members do better to start fast than to run fast
   * @param most ends a race that is longer; what was made until then is judged
   */
  record Plan(Path jar, Path folder, boolean isPostgres, boolean isShort, Duration most) {}

  /**
   * How a race ended.
   *
   * @param lines for people
   * @param flaws what is wrong, in sentences
   */
  record Outcome(List<String> lines, List<String> flaws) {
    Outcome {
      lines = List.copyOf(lines);
      flaws = List.copyOf(flaws);
    }

    Outcome with(String flaw) {
      List<String> more = new ArrayList<>(flaws);
      more.add(flaw);
      return new Outcome(lines, more);
    }
  }

  private final Plan plan;
  private final PrintStream out;
  private final long began = System.nanoTime();
  private final StoreUnderTest store;
  private final Fleet fleet;
  private final PuppetProcess bot; // knows who commits
  private boolean isEarly; // the time was over before the last round

  /** Starts the members. */
  RaceDrill(Plan plan, PrintStream out) {
    this.plan = plan;
    this.out = out;
    Path data = plan.folder().resolve("data");
    try {
      Files.createDirectories(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    store =
        plan.isPostgres()
            ? new PostgresUnderTest(plan.folder().resolve("postgres"))
            : new SqliteUnderTest(data);
    fleet =
        new Fleet(
            Launch.member(plan.jar()).with(store.environment()).data(data).notary(),
            plan.folder(),
            MEMBERS);
    if (!plan.isShort()) {
      fleet.compilesWell();
    }
    try {
      fleet.startHealthy(fleet.seat(0), Map.of());
      fleet.seats().stream().skip(1).forEach(seat -> fleet.start(seat, Map.of()));
      bot =
          RollMember.start(
              plan.folder(),
              "bot",
              Ports.free(1).getFirst(),
              fleet.addresses(),
              0,
              plan.folder().resolve("bot.journal"),
              "none");
      fleet.awaitWhole(1);
    } catch (RuntimeException e) {
      fleet.close();
      store.close();
      throw e;
    }
  }

  private void say(String format, Object... values) {
    out.printf(
        Locale.ROOT,
        "%7.1f s  %s%n",
        (System.nanoTime() - began) / 1e9,
        String.format(Locale.ROOT, format, values));
  }

  /**
   * Plays a race.
   *
   * @param rounds how many versions are made
   * @param kills how often the member that commits is killed, at even distances
   * @param isConditional whether clients name the head that they saw
   * @param inStep whether all wait for the answers of all before they go on
   */
  Outcome race(
      SpaceName space, int clients, int rounds, int kills, boolean isConditional, boolean inStep) {
    MemberApi api = fleet.seat(0).api();
    api.create(space);
    Race race =
        new Race(
            space,
            rounds,
            isConditional,
            inStep ? clients : 0,
            fleet.seats().stream().map(Seat::httpPort).toList());
    say("three members are up; %d clients race for %,d versions", clients, rounds);
    long since = System.nanoTime();
    List<Thread> threads = new ArrayList<>();
    for (int i = 0; i < clients; i++) {
      threads.add(Thread.ofVirtual().name("racer-" + i).start(new Racer(race, i)));
    }
    int killed = 0;
    for (int i = 1; i <= kills; i++) {
      if (await(race, (long) rounds * i / (kills + 1), since)) {
        kill(race);
        killed++;
      }
    }
    await(race, rounds, since);
    join(race, threads);
    double seconds = (System.nanoTime() - since) / 1e9;
    Outcome outcome = judge(race, killed, kills, seconds);
    int least = Arrays.stream(race.runners((int) race.newest())).findFirst().orElse(0);
    return inStep && !isEarly && least != clients
        ? outcome.with("a version had " + least + " clients, and not " + clients)
        : outcome;
  }

  /** Returns whether the race came to that version. */
  private boolean await(Race race, long version, long since) {
    while (!race.isOver() && race.newest() < version) {
      if (System.nanoTime() - race.lastWin() > STANDSTILL.toNanos()) {
        race.end();
      }
      if (System.nanoTime() - since > plan.most().toNanos()) {
        isEarly = true;
        race.end();
      }
      MemberProcess.pause(5);
    }
    return race.newest() >= version;
  }

  private void kill(Race race) {
    String key = plan.isPostgres() ? race.space().text() : GridNames.COMMITTER_KEY;
    String owner = bot.ask("owner " + key);
    List<Seat> seats = fleet.seats();
    if (!owner.matches("m[0-2]")) {
      throw new IllegalStateException("nobody says who commits: " + owner);
    }
    int member = owner.charAt(1) - '0';
    long version = race.newest();
    race.isUp(member, false);
    seats.get(member).process().kill();
    long since = System.nanoTime(); // the process has ended
    while (!race.isOver()
        && race.lastWin() - since < 0
        && System.nanoTime() - since < STANDSTILL.toNanos()) {
      MemberProcess.pause(1);
    }
    double gap = (race.lastWin() - since) / 1e9;
    MemberProcess.pause(AWAY_MILLIS);
    fleet.startHealthy(seats.get(member), Map.of());
    fleet.awaitWhole(1);
    race.isUp(member, true);
    say(
        "version %,d: %s, which committed, was killed with -9; the next win came %.2f s later",
        version, seats.get(member).name(), gap);
  }

  private static void join(Race race, List<Thread> threads) {
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      race.end();
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while it played", e);
    }
  }

  private Outcome judge(Race race, int killed, int kills, double seconds) {
    List<String> flaws = new ArrayList<>(race.strange());
    List<Update> log = log(race.space().text());
    flaws.addAll(Wins.flaws(log, race.wins(), race.shown()));
    if (log.size() != race.rounds() && !isEarly) {
      flaws.add("the log has " + log.size() + " versions, and not " + race.rounds());
    }
    if (killed < kills && !isEarly) {
      flaws.add("the member that commits was killed " + killed + " times, and not " + kills);
    }
    if (isEarly && (log.isEmpty() || kills > 0 && killed == 0)) {
      flaws.add("nothing was shown: " + log.size() + " versions and " + killed + " kills in time");
    }
    int[] runners = race.runners(log.size());
    List<String> lines = new ArrayList<>();
    if (isEarly) {
      lines.add("the time was over before the last of " + race.rounds() + " versions");
    }
    lines.add(
        String.format(
            Locale.ROOT,
            "%,d versions in %.1f s, %.0f a second, through %d kills",
            log.size(),
            seconds,
            log.size() / seconds,
            killed));
    lines.add(
        String.format(
            Locale.ROOT,
            "deltas that were to go onto the same head: median %d, one version of a hundred at most"
                + " %d, least %d, in all %,d",
            runners.length == 0 ? 0 : runners[runners.length / 2],
            runners.length == 0 ? 0 : runners[runners.length / 100],
            runners.length == 0 ? 0 : runners[0],
            Arrays.stream(runners).asLongStream().sum()));
    race.answers()
        .forEach((kind, count) -> lines.add(String.format(Locale.ROOT, "%,12d  %s", count, kind)));
    lines.add(
        flaws.isEmpty()
            ? "each version was won once, by the delta that stands in the log"
            : flaws.size() + " flaws");
    return new Outcome(lines, flaws);
  }

  private List<Update> log(String space) {
    List<Update> log = new ArrayList<>();
    try (StoreRows rows = store.rows()) {
      long id =
          rows.spaces().stream()
              .filter(row -> row.head().space().text().equals(space))
              .findFirst()
              .orElseThrow()
              .id();
      List<StoreRows.LogRow> page = rows.log(id, 0, Long.MAX_VALUE);
      while (!page.isEmpty()) {
        page.forEach(row -> log.add(Update.parse(row.record())));
        page = rows.log(id, page.getLast().version(), Long.MAX_VALUE);
      }
    }
    return log;
  }

  @Override
  public void close() {
    bot.close();
    fleet.close();
    store.close();
  }

  /**
   * Plays the drill in a folder, in which data and logs stay. Returns 7 when a promise was broken.
   *
   * @param jar the packaged member
   * @param most ends a race that is longer; what was made until then is judged
   */
  public static int run(
      Path jar,
      Path folder,
      boolean isPostgres,
      int clients,
      int rounds,
      int kills,
      boolean inStep,
      Duration most) {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Plan plan = new Plan(jar, folder.toAbsolutePath(), isPostgres, false, most);
    try (RaceDrill drill = new RaceDrill(plan, out)) {
      Outcome outcome = drill.race(SpaceName.of("race"), clients, rounds, kills, true, inStep);
      outcome.lines().forEach(out::println);
      outcome.flaws().forEach(flaw -> out.println("flaw: " + flaw));
      return (outcome.flaws().isEmpty() ? ExitCode.OK : ExitCode.DOES_NOT_HOLD).code();
    }
  }
}
