package io.mnemogrid.drill;

import io.mnemogrid.check.LogLines;
import io.mnemogrid.check.Motion;
import io.mnemogrid.check.RollEvent;
import io.mnemogrid.check.RollReport;
import io.mnemogrid.check.RollReport.Turn;
import io.mnemogrid.check.Verdict;
import io.mnemogrid.check.Vitals;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.grid.GridNames;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.process.PostgresUnderTest;
import io.mnemogrid.process.PuppetProcess;
import io.mnemogrid.process.SqliteUnderTest;
import io.mnemogrid.process.StoreUnderTest;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.StoreRows;
import io.mnemogrid.traffic.RollMember;
import io.mnemogrid.traffic.RollWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * {@code ./mnemogrid roll-test}: three members under sixteen writers. Each member in turn is asked
 * to end and started again, over and over. A bot stays all the time and so becomes the oldest
 * member of the grid. No commit may be refused because of a restart. The time without
 * acknowledgements is compared with that after kill -9 in the same run. The audit and the
 * checkpoints must go on. Exit code 0 when all of it holds, 7 when not.
 */
public final class RollDrill {
  private static final List<SpaceName> SPACES =
      List.of(
          SpaceName.of("alpha"),
          SpaceName.of("beta"),
          SpaceName.of("gamma"),
          SpaceName.of("delta"));

  private static final int WRITERS = 16;
  private static final int OF_THE_BOT = 4;
  private static final Duration FINAL = Duration.ofSeconds(60);

  private static final Map<String, String> DEFAULTS =
      Map.of(
          "--rounds", "5", "--minutes", "0", "--kills", "3", "--close", "both", "--store", "both");

  /**
   * What one run plays.
   *
   * @param embedded whether members are closed through the embedded API; if not, by SIGTERM
   * @param rounds how often all members are restarted at least
   * @param least how long the restarts go on at least
   */
  record Plan(
      Path jar,
      Path folder,
      boolean embedded,
      boolean postgres,
      int rounds,
      Duration least,
      int kills) {
    String title() {
      return "%s, %s"
          .formatted(
              embedded ? "closed through the embedded API" : "closed by SIGTERM",
              postgres ? "PostgreSQL" : "SQLite");
    }
  }

  /** How it ended. */
  record Outcome(Verdict verdict, List<String> table) {
    Outcome {
      table = List.copyOf(table);
    }
  }

  private final Plan plan;
  private final PrintStream out;
  private final long began = System.nanoTime();
  private final StoreUnderTest store;
  private final RolledGrid grid;
  private final List<Turn> turns = new ArrayList<>();
  private final List<Vitals> vitals = Collections.synchronizedList(new ArrayList<>());
  private final Queue<RollEvent> events = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean over = new AtomicBoolean();
  private final List<Thread> threads = new ArrayList<>();
  private volatile @Nullable RuntimeException failure; // of the sampling

  private RollDrill(Plan plan, PrintStream out) {
    this.plan = plan;
    this.out = out;
    Path data = plan.folder().resolve("data");
    try {
      Files.createDirectories(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    store =
        plan.postgres()
            ? new PostgresUnderTest(plan.folder().resolve("postgres"))
            : new SqliteUnderTest(data);
    grid =
        plan.embedded()
            ? new RolledGrid.Embedded(
                plan.folder(),
                store
                    .environment()
                    .getOrDefault("MNEMOGRID_STORE", data.resolve("mnemogrid.db").toString()),
                (WRITERS - OF_THE_BOT) / RolledGrid.MEMBERS)
            : new RolledGrid.Servers(
                Launch.member(plan.jar())
                    .with(store.environment())
                    .data(data)
                    .checkpointEvery(2)
                    .notary(),
                plan.folder());
  }

  /** Plays a plan. Its data stands in its folder afterwards. */
  static Outcome play(Plan plan, PrintStream out) {
    RollDrill drill = new RollDrill(plan, out);
    try {
      return drill.play();
    } finally {
      drill.over.set(true);
      drill.grid.close();
      drill.store.close();
    }
  }

  private void say(String format, Object... values) {
    out.printf("%7.1f s  %s%n", (System.nanoTime() - began) / 1e9, format.formatted(values));
  }

  private Outcome play() {
    grid.awaitWhole(0);
    String spaces = String.join(" ", SPACES.stream().map(SpaceName::text).toList());
    Path journal = plan.folder().resolve("bot.journal");
    try (PuppetProcess bot =
        RollMember.start(
            plan.folder(),
            "bot",
            Ports.free(1).getFirst(),
            grid.addresses(),
            OF_THE_BOT,
            journal,
            "none")) {
      bot.ask("create " + spaces);
      bot.ask("write " + spaces);
      grid.write(spaces);
      if (grid instanceof RolledGrid.Servers servers) {
        writeOverHttp(servers.apis());
      }
      grid.awaitWhole(1);
      say("%s: three members, a bot and %d writers are up", plan.title(), WRITERS);
      threads.add(Thread.ofPlatform().daemon().name("vitals").start(this::sample));
      for (int i = 0; i < plan.kills(); i++) {
        kill(i, bot);
      }
      long rolling = System.nanoTime();
      for (int round = 1;
          round <= plan.rounds() || System.nanoTime() - rolling < plan.least().toNanos();
          round++) {
        restartAll(round);
      }
      over.set(true);
      events.addAll(grid.stop());
      bot.ask("pause");
      bot.ask("flush");
      join();
    }
    events.addAll(RollEvent.read(journal));
    return judge(Duration.ofNanos(System.nanoTime() - began));
  }

  private void writeOverHttp(List<MemberApi> servers) {
    for (int i = 0; i < WRITERS - OF_THE_BOT; i++) {
      SpaceName space = SPACES.get(i % SPACES.size());
      RollWriter writer =
          new RollWriter(
              "http" + i, space, servers, i % servers.size(), events::add, over::get, false);
      threads.add(Thread.ofPlatform().daemon().name("http" + i).start(writer));
    }
  }

  private void join() {
    try {
      for (Thread thread : threads) {
        thread.join();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while waiting", e);
    }
  }

  private void sample() {
    try (StoreRows rows = store.rows()) {
      while (!over.get()) {
        vitals.add(Vitals.read(rows));
        MemberProcess.pause(1000);
      }
    } catch (RuntimeException e) {
      failure = e;
    }
  }

  /** Kills the member that commits: for all spaces of a file, for the first of a database. */
  private void kill(int number, PuppetProcess bot) {
    String owner =
        bot.ask("owner " + (plan.postgres() ? SPACES.getFirst().text() : GridNames.COMMITTER_KEY));
    int member = owner.matches("m[0-2]") ? owner.charAt(1) - '0' : number % RolledGrid.MEMBERS;
    long since = System.nanoTime();
    grid.kill(member);
    MemberProcess.pause(500);
    grid.start(member);
    grid.awaitWhole(1);
    turns.add(new Turn(0, "m" + member, since, System.nanoTime(), Duration.ZERO));
    say("m%d was killed with -9 and is there again", member);
    MemberProcess.pause(500);
  }

  private void restartAll(int round) {
    for (int member = 0; member < RolledGrid.MEMBERS; member++) {
      long since = System.nanoTime();
      Duration close = grid.end(member);
      grid.start(member);
      grid.awaitWhole(1);
      turns.add(new Turn(round, "m" + member, since, System.nanoTime(), close));
      MemberProcess.pause(500);
    }
    Vitals last = newest();
    say(
        "round %d; audit %.1f s and %d updates behind, checkpoint %d of %.1f s before",
        round,
        Motion.seconds(last.auditAge()),
        last.unaudited(),
        last.checkpoint(),
        Motion.seconds(last.checkpointAge()));
  }

  /** The newest sample. Throws when the thread that samples has failed. */
  private Vitals newest() {
    RuntimeException why = failure;
    if (why != null) {
      throw new IllegalStateException("the store could not be read", why);
    }
    return vitals.getLast();
  }

  // What is left.

  private Outcome judge(Duration run) {
    Verdict verdict = new Verdict();
    List<RollEvent> all = List.copyOf(events);
    List<String> spaces = SPACES.stream().map(SpaceName::text).toList();
    List<String> lines = new ArrayList<>(RollReport.of(spaces, turns, all, verdict));
    try (StoreRows rows = store.rows()) {
      Vitals.awaitFinal(rows, FINAL, verdict);
      Map<String, List<String>> logs = new HashMap<>();
      for (StoreRows.SpaceRow space : rows.spaces()) {
        logs.put(space.head().space().text(), ids(rows, space.id()));
      }
      RollReport.checkLog(all, logs, verdict);
    }
    Duration audit = Duration.ZERO;
    Duration checkpoint = Duration.ZERO;
    for (Vitals one : vitals) {
      audit = audit.compareTo(one.auditAge()) < 0 ? one.auditAge() : audit;
      checkpoint = checkpoint.compareTo(one.checkpointAge()) < 0 ? one.checkpointAge() : checkpoint;
    }
    Vitals last = newest();
    Motion.judge(
        new Motion.Moment(
            "at its worst",
            new Vitals(last.unaudited(), audit, last.checkpoint(), checkpoint, last.problems()),
            Duration.ZERO),
        verdict);
    List<LogLines> logs = new ArrayList<>();
    for (String process : List.of("m0", "m1", "m2", "bot")) {
      logs.add(LogLines.in(process, plan.folder().resolve(process + ".log")));
    }
    Motion.judge(logs.getLast(), run, verdict);

    lines.add("");
    lines.add(
        "%d acknowledged; audit at most %.1f s behind; the newest of %d final checkpoints at most"
                .formatted(
                    all.stream().filter(one -> one.kind() == RollEvent.Kind.ACKNOWLEDGED).count(),
                    Motion.seconds(audit),
                    last.checkpoint())
            + " %.1f s old".formatted(Motion.seconds(checkpoint)));
    lines.addAll(Motion.table(logs));
    lines.add(
        plan.title()
            + (verdict.isClean() ? ": nobody noticed" : ": no success: " + verdict.summary()));
    return new Outcome(verdict, lines);
  }

  private static List<String> ids(StoreRows rows, long space) {
    List<String> ids = new ArrayList<>();
    List<StoreRows.LogRow> page;
    do {
      page = rows.log(space, ids.size(), Long.MAX_VALUE);
      page.forEach(row -> ids.add(row.updateId()));
    } while (!page.isEmpty());
    return ids;
  }

  // The command.

  /**
   * Plays what the options say.
   *
   * @param named the options' values by their names; defaults stand in for the others
   */
  public static int run(Map<String, String> named) throws IOException {
    Map<String, String> options = new HashMap<>(DEFAULTS);
    options.putAll(named);
    String close = options.getOrDefault("--close", "");
    String store = options.getOrDefault("--store", "");
    if (number(options, "--rounds") < 1 || number(options, "--kills") < 1) {
      throw new CommandFailure(ExitCode.USAGE, "--rounds and --kills are 1 or more");
    }
    boolean clean = true;
    for (String one : List.of("sqlite", "postgres")) {
      for (String way : List.of("sigterm", "embedded")) {
        if ((store.equals("both") || store.equals(one))
            && (close.equals("both") || close.equals(way))) {
          clean &= playOne(options, one, way);
        }
      }
    }
    return (clean ? ExitCode.OK : ExitCode.DOES_NOT_HOLD).code();
  }

  private static boolean playOne(Map<String, String> options, String store, String way)
      throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    Path folder = Path.of(options.getOrDefault("--folder", "")).resolve(store + "-" + way);
    Outcome outcome =
        play(
            new Plan(
                Path.of(options.getOrDefault("--jar", "")),
                Files.createDirectories(folder).toAbsolutePath(),
                way.equals("embedded"),
                store.equals("postgres"),
                number(options, "--rounds"),
                Duration.ofMinutes(number(options, "--minutes")),
                number(options, "--kills")),
            out);
    outcome.table().forEach(out::println);
    outcome.verdict().sentences().forEach(flaw -> out.println("  " + flaw));
    out.println();
    return outcome.verdict().isClean();
  }

  private static int number(Map<String, String> options, String name) {
    String value = options.getOrDefault(name, "");
    return value.matches("[0-9]{1,6}") ? Integer.parseInt(value) : -1;
  }
}
