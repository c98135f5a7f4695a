package io.mnemogrid.drill;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.check.Checker;
import io.mnemogrid.check.Claim;
import io.mnemogrid.check.Evidence;
import io.mnemogrid.check.Flaw;
import io.mnemogrid.check.Freshness;
import io.mnemogrid.check.LogLines;
import io.mnemogrid.check.Motion;
import io.mnemogrid.check.Verdict;
import io.mnemogrid.check.Vitals;
import io.mnemogrid.client.Answered;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.client.Request;
import io.mnemogrid.fault.DiskFull;
import io.mnemogrid.fault.Fault;
import io.mnemogrid.fault.Faults;
import io.mnemogrid.fault.Place;
import io.mnemogrid.fault.Planned;
import io.mnemogrid.fault.Played;
import io.mnemogrid.fault.Stage;
import io.mnemogrid.log.Update;
import io.mnemogrid.process.ChainUnderTest;
import io.mnemogrid.process.Fleet;
import io.mnemogrid.process.Fleet.Seat;
import io.mnemogrid.process.Isolation;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.process.PostgresUnderTest;
import io.mnemogrid.process.SqliteUnderTest;
import io.mnemogrid.process.StoreUnderTest;
import io.mnemogrid.process.Timeline;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.StoreRows;
import io.mnemogrid.traffic.BotJournal;
import io.mnemogrid.traffic.BotProcess;
import io.mnemogrid.traffic.Follower;
import io.mnemogrid.traffic.Journal;
import io.mnemogrid.traffic.Reader;
import io.mnemogrid.traffic.Writer;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * A grid with faults: members as processes on one store, agents that commit over HTTP and through
 * embedded members, and faults by a schedule that follows from a seed. Afterwards {@link Checker}
 * compares the log with everything that anybody was answered or shown.
 */
final class Chaos implements AutoCloseable {
  /** Two cores carry one bot of three threads and five writers beside three members. */
  private static final int BOTS = 1;

  private static final int FIRST_BOT_ADDRESS = 101;
  private static final int WRITERS = 5;
  private static final int FOLLOWERS = 3;
  private static final List<SpaceName> BUSY =
      List.of(SpaceName.of("alpha"), SpaceName.of("beta"), SpaceName.of("gamma"));

  /**
   * What a member of a grid with many spaces holds. A document of the busy spaces takes a quarter
   * of it in the end, and a commit is refused when its document alone takes more than all.
   */
  private static final long FEW_BYTES = 1 << 20;

  /** With so many spaces every member holds all of them. */
  static final int FEW_SPACES = BUSY.size();

  /**
   * A replica compares itself with the log every 500 ms. The bound is longer, since two cores are
   * busy.
   */
  private static final Duration FRESH = Duration.ofSeconds(5);

  private static final Duration SETTLED = Duration.ofSeconds(60);
  private static final Duration ENDED = Duration.ofSeconds(150);

  /** How long the audit and a final checkpoint may take after the last commit. */
  private static final Duration FINAL = Duration.ofSeconds(60);

  private static final int CHECKPOINT_SECONDS = 2;
  private static final int LEAST_MIB = 512;
  private static final int COMMITS_PER_MIB = 250;

  /**
   * What one run plays.
   *
   * @param spaces how many; with more than {@link #FEW_SPACES} members hold only some of them, and
   *     there are followers that come and go
   */
  record Plan(
      Path jar,
      Path folder,
      Place place,
      int members,
      int spaces,
      long seed,
      long commits,
      List<Planned> schedule) {
    Plan {
      schedule = List.copyOf(schedule);
    }

    private boolean evicts() {
      return spaces > FEW_SPACES;
    }

    private List<SpaceName> names() {
      List<SpaceName> names = new ArrayList<>(BUSY);
      for (int i = FEW_SPACES; i < spaces; i++) {
        names.add(SpaceName.of("far-" + i));
      }
      return List.copyOf(names);
    }
  }

  /**
   * How it ended.
   *
   * @param idle which part of what the run is for did not happen, so that it proves nothing of
   *     that; empty when all did
   */
  record Outcome(Verdict verdict, long acknowledged, List<String> table, String idle) {
    Outcome {
      table = List.copyOf(table);
    }
  }

  private final Plan plan;
  private final List<SpaceName> spaces;
  private final PrintStream out;
  private final long began = System.nanoTime();
  private final Path data;
  private final Journal journal = new Journal();
  private final Turnover turnover = new Turnover();
  private final Follower.Tally followed = new Follower.Tally();
  private final AtomicBoolean over = new AtomicBoolean();
  private final List<BotProcess> bots = new ArrayList<>();
  private final List<Thread> threads = new ArrayList<>();
  private final List<Played> played = new ArrayList<>();
  private final List<Vitals> vitals = new ArrayList<>(); // one a fault
  private final StoreUnderTest store;
  private final @Nullable ChainUnderTest chain;
  private final Fleet fleet;

  private Chaos(Plan plan, PrintStream out) {
    this.plan = plan;
    this.spaces = plan.names();
    this.out = out;
    this.data = plan.folder().resolve("data");
    if (plan.schedule().stream().anyMatch(planned -> planned.fault() instanceof DiskFull)) {
      int mib = LEAST_MIB + (int) (plan.commits() / COMMITS_PER_MIB);
      out.printf("a disk of %d MiB (%s)%n", mib, Isolation.mount(data, mib));
    }
    Path anvil = plan.place().anvil();
    store =
        plan.place().postgres()
            ? new PostgresUnderTest(plan.folder().resolve("postgres"))
            : new SqliteUnderTest(data);
    chain =
        anvil == null
            ? null
            : new ChainUnderTest(
                anvil, Ports.free(1).getFirst(), plan.folder().resolve("anvil.log"));
    Launch launch =
        Launch.member(plan.jar())
            .with(store.environment())
            .data(data)
            .checkpointEvery(CHECKPOINT_SECONDS);
    launch = chain == null ? launch.notary() : launch.chain(chain.endpoint());
    if (plan.evicts()) {
      launch = launch.with("MNEMOGRID_MAX_GRID_BYTES", Long.toString(FEW_BYTES));
    }
    fleet = new Fleet(launch, plan.folder(), plan.members());
  }

  /** Plays a plan. Its data stands in its folder afterwards. */
  static Outcome play(Plan plan, PrintStream out) {
    try (Chaos chaos = new Chaos(plan, out)) {
      return chaos.play();
    }
  }

  private Outcome play() {
    start();
    Stage stage =
        new Stage(
            new Stage.Parts(
                plan.place(), fleet, bots, store, chain, data, spaces.getFirst(), journal));
    try (StoreRows rows = store.rows()) {
      for (Planned planned : plan.schedule()) {
        Played one = stage.play(planned);
        played.add(one);
        vitals.add(Vitals.read(rows));
        lookAtSpaces();
        say(
            "%s; whole again %.1f s later, audit %.1f s and %d updates behind, checkpoint %d of"
                + " %.1f s before, %d commits over HTTP so far",
            planned,
            (one.wholeNanos() - one.undoneNanos()) / 1e9,
            Motion.seconds(vitals.getLast().auditAge()),
            vitals.getLast().unaudited(),
            vitals.getLast().checkpoint(),
            Motion.seconds(vitals.getLast().checkpointAge()),
            journal.answers());
        MemberProcess.pause(planned.calm().toMillis());
      }
    }
    awaitCommits();
    lookAtSpaces();
    end();
    say("the members are quiet; checking");
    return check(stage.excused());
  }

  private void say(String format, Object... values) {
    out.printf("%7.1f s  %s%n", (System.nanoTime() - began) / 1e9, format.formatted(values));
  }

  // The grid and its agents.

  private void start() {
    List<Seat> seats = fleet.seats();
    fleet.startHealthy(seats.getFirst(), Map.of());
    seats.stream().skip(1).forEach(seat -> fleet.start(seat, Map.of()));
    fleet.awaitWhole(0);
    MemberApi api = seats.getFirst().api();
    for (SpaceName space : spaces) {
      api.create(space);
      Request first =
          Request.of(
              space,
              new DeltaBuilder(new Author("start"), 0, Instant.now())
                  .id("start")
                  .set(Reader.PATH, Json.TRUE)
                  .build());
      Writer.commitFirst(api, first, journal);
    }
    Random random = new Random(plan.seed());
    List<Integer> ports = Ports.free(BOTS);
    for (int i = 0; i < BOTS; i++) {
      bots.add(
          BotProcess.start(
              "bot" + i,
              Isolation.address(FIRST_BOT_ADDRESS + i),
              ports.get(i),
              fleet.addresses(),
              plan.folder(),
              random.nextLong(),
              plan.evicts() ? FEW_BYTES : 0,
              spaces.stream().map(SpaceName::text).toList()));
    }
    fleet.awaitWhole(BOTS);
    List<MemberApi> apis = new ArrayList<>(seats.stream().map(Seat::api).toList());
    for (int i = 0; i < WRITERS; i++) {
      Collections.rotate(apis, 1);
      String name = (char) ('a' + i) + "-" + plan.seed();
      run(name, new Writer(name, random.nextLong(), List.copyOf(apis), spaces, journal, over::get));
    }
    for (Seat seat : seats) {
      run(
          "reads " + seat.name(),
          new Reader(seat.api(), spaces, journal, seat.answered(), over::get));
    }
    if (plan.evicts()) {
      startFollowers(random);
    }
    say("%d members, %d bots and %d writers are up", seats.size(), BOTS, WRITERS);
  }

  private void startFollowers(Random random) {
    List<URI> members =
        fleet.seats().stream()
            .map(seat -> URI.create("http://127.0.0.1:" + seat.httpPort()))
            .toList();
    for (int i = 0; i < FOLLOWERS; i++) {
      run(
          "follows " + i,
          new Follower(members, spaces, random.nextLong(), journal, followed, over::get));
    }
  }

  /** A member that is killed takes its counts along, so they are looked at now and then. */
  private void lookAtSpaces() {
    fleet.seats().forEach(seat -> turnover.look(seat.api()));
    bots.forEach(bot -> turnover.look(bot.name(), bot.ask("spaces")));
  }

  private void run(String name, Runnable task) {
    threads.add(Thread.ofPlatform().name(name).daemon().start(task));
  }

  private void awaitCommits() {
    long told = System.nanoTime();
    while (journal.answers() < plan.commits()) {
      MemberProcess.pause(100);
      if (System.nanoTime() - told > Duration.ofSeconds(10).toNanos()) {
        told = System.nanoTime();
        lookAtSpaces();
        say("%d of %d commits", journal.answers(), plan.commits());
      }
    }
  }

  private void end() {
    over.set(true);
    long since = System.nanoTime();
    try {
      for (Thread thread : threads) {
        long left = ENDED.toNanos() - (System.nanoTime() - since);
        if (!thread.join(Duration.ofNanos(Math.max(1, left)))) {
          journal.surprise(thread.getName() + " does not end");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while waiting", e);
    }
    for (BotProcess bot : bots) {
      bot.ask("end");
      BotJournal.copy(bot.journal(), bot.name(), journal);
    }
  }

  // What is left.

  private Outcome check(List<Freshness.Window> excused) {
    Verdict verdict = new Verdict();
    List<Claim> claims = settle();
    journal.surprises().forEach(surprise -> verdict.add(Flaw.ANSWERS, surprise));
    Map<SpaceName, List<Evidence.Replica>> replicas = replicas();
    try (StoreRows rows = store.rows()) {
      for (StoreRows.SpaceRow row : rows.spaces()) {
        SpaceName space = row.head().space();
        verdict.addAll(
            Checker.check(
                new Evidence(
                    space,
                    () -> records(rows, row.id()),
                    claims,
                    replicas.getOrDefault(space, List.of()),
                    journal.acks(space),
                    journal.reads(space),
                    new Freshness(FRESH, excused))));
        if (row.head().committed().isAfter(Instant.now().plusSeconds(1))) {
          verdict.add(
              Flaw.ANSWERS,
              "%s: the last version was committed at %s, which is yet to come"
                  .formatted(space, row.head().committed()));
        }
        if (BUSY.contains(space)) {
          say("%s has %d versions", space, row.head().version());
        }
      }
      checkCheckpoints(rows, verdict);
      say(
          "all is audited and final %.1f s later",
          Motion.seconds(Vitals.awaitFinal(rows, FINAL, verdict)));
    }
    checkMotion(verdict);
    long acknowledged = claims.stream().filter(Claim.Stands.class::isInstance).count();
    return new Outcome(verdict, acknowledged, table(verdict, acknowledged), idle());
  }

  private String idle() {
    if (!plan.evicts()) {
      return "";
    } else if (turnover.evicted() == 0) {
      return "no member had to evict a space";
    }
    return followed.commits() == 0 ? "nobody who followed a space was told a commit" : "";
  }

  /** Sends each request of unknown outcome again, to one member after the other. */
  private List<Claim> settle() {
    List<Claim> claims = new ArrayList<>(journal.claims());
    claims.removeIf(Claim.Open.class::isInstance);
    for (Request request : journal.open()) {
      Claim claim = new Claim.Open(request);
      for (Seat seat : fleet.seats()) {
        if (claim instanceof Claim.Open) {
          MemberApi.Reply reply =
              seat.api().commit(request.space(), request.body(), MemberApi.PATIENCE);
          claim = Writer.claim(request, reply, journal);
        }
      }
      claims.add(claim);
    }
    return claims;
  }

  private static Iterator<String> records(StoreRows rows, long space) {
    return new Iterator<>() {
      private Iterator<StoreRows.LogRow> page = List.<StoreRows.LogRow>of().iterator();
      private long since;

      @Override
      public boolean hasNext() {
        if (!page.hasNext()) {
          page = rows.log(space, since, Long.MAX_VALUE).iterator();
        }
        return page.hasNext();
      }

      @Override
      public String next() {
        StoreRows.LogRow row = page.next();
        since = row.version();
        return new String(row.record(), StandardCharsets.UTF_8);
      }
    };
  }

  /**
   * What each member shows once it is at the log's head, or what it shows in the end if it does not
   * get there by itself.
   */
  private Map<SpaceName, List<Evidence.Replica>> replicas() {
    Map<SpaceName, Long> heads = new HashMap<>();
    try (StoreRows rows = store.rows()) {
      rows.spaces().forEach(row -> heads.put(row.head().space(), row.head().version()));
    }
    Map<SpaceName, List<Evidence.Replica>> replicas = new HashMap<>();
    List<SpaceName> behind = spaces;
    long since = System.nanoTime();
    do {
      for (SpaceName space : behind) {
        List<Evidence.Replica> shown = new ArrayList<>();
        replicas.put(space, shown);
        fleet.seats().forEach(seat -> show(seat.api(), space, shown));
      }
      for (BotProcess bot : bots) {
        show(bot, behind, replicas);
      }
      behind =
          behind.stream()
              .filter(space ->
                  Objects.requireNonNull(replicas.get(space)).stream()
                      .anyMatch(replica -> replica.version() != heads.getOrDefault(space, 0L)))
              .toList();
    } while (System.nanoTime() - since < SETTLED.toNanos() && !behind.isEmpty());
    return replicas;
  }

  private static void show(MemberApi api, SpaceName space, List<Evidence.Replica> shown) {
    String path = "/v1/spaces/" + space;
    Answered head = Answered.parse(api.get(path).want(200).body());
    shown.add(
        new Evidence.Replica(
            api.name(), head.whole("version"), head.hash("root"), head.hash("log_root"), "", null));
    MemberApi.Reply state = api.get(path + "/state?reserved=yes").want(200);
    shown.add(
        new Evidence.Replica(
            api.name(),
            state.version(),
            null,
            null,
            state.leafPrefix(),
            Answered.parse(state.body()).object()));
  }

  private void show(
      BotProcess bot, List<SpaceName> behind, Map<SpaceName, List<Evidence.Replica>> replicas) {
    try {
      Path folder = Files.createDirectories(plan.folder().resolve(bot.name() + ".spaces"));
      bot.ask("show " + folder);
      for (SpaceName space : behind) {
        List<String> lines = Files.readAllLines(folder.resolve(space.text()));
        String[] head = lines.getFirst().split(" ", -1);
        Objects.requireNonNull(replicas.get(space))
            .add(
                new Evidence.Replica(
                    bot.name(),
                    Long.parseLong(head[0]),
                    Hash.parse(head[1]),
                    Hash.parse(head[2]),
                    head[3].substring(2),
                    Answered.parse(lines.get(1)).object()));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Checks the checkpoints in the store: numbers are dense, each header has its hash and names the
   * one before, and the log recorded each root.
   */
  private static void checkCheckpoints(StoreRows rows, Verdict verdict) {
    long number = 0;
    for (StoreRows.CheckpointRow row : rows.checkpoints()) {
      if (row.number() != ++number) {
        verdict.add(Flaw.VERSIONS, "checkpoint " + number + " is missing");
        number = row.number();
      }
      if (!row.hash().equals(row.headerHash())) {
        verdict.add(Flaw.ROOTS, "checkpoint " + number + " has another hash than its header");
      }
    }
    Map<SpaceName, Long> ids = new HashMap<>();
    rows.spaces().forEach(row -> ids.put(row.head().space(), row.id()));
    for (StoreRows.EntryRow entry : rows.entries()) {
      var head = entry.entry().head();
      Optional<StoreRows.LogRow> record =
          Optional.ofNullable(ids.get(head.space()))
              .flatMap(id -> rows.log(id, head.version() - 1, head.version()).stream().findFirst());
      if (record.isEmpty()
          || !Update.parse(record.get().record()).root().equals(head.stateRoot())) {
        verdict.add(
            Flaw.ROOTS,
            "checkpoint %d has a root of %s that no record has"
                .formatted(entry.number(), head.space()));
      }
    }
  }

  // Whether it all moved.

  private void checkMotion(Verdict verdict) {
    long before = 0;
    long most = 0;
    for (int i = 0; i < played.size(); i++) {
      Played one = played.get(i);
      Vitals now = vitals.get(i);
      Motion.judge(
          new Motion.Moment("after " + one.planned(), now, one.length(), before, most), verdict);
      before = now.checkpoint();
      most = Math.max(most, before);
    }
    Motion.judge(closes(), verdict);
    Duration run = Duration.ofNanos(System.nanoTime() - began);
    bots.forEach(bot -> Motion.judge(logOf(bot.name()), run, verdict));
  }

  private List<Motion.Close> closes() {
    return played.stream().flatMap(one -> one.closes().stream()).toList();
  }

  private LogLines logOf(String process) {
    return LogLines.in(process, plan.folder().resolve(process + ".log"));
  }

  // The table.

  private List<String> table(Verdict verdict, long acknowledged) {
    Timeline acks = new Timeline();
    spaces.forEach(space -> journal.acks(space).forEach(ack -> acks.add(ack.atNanos())));
    List<String> lines = new ArrayList<>();
    lines.add(
        "%-12s %5s  %11s  %10s  %13s  %7s  %14s  %17s"
            .formatted(
                "fault",
                "times",
                "write gap s",
                "read gap s",
                "whole after s",
                "close s",
                "audit behind s",
                "last checkpoint s"));
    for (Fault fault : Faults.ALL) {
      List<Integer> of = new ArrayList<>();
      for (int i = 0; i < played.size(); i++) {
        if (played.get(i).planned().fault().equals(fault)) {
          of.add(i);
        }
      }
      if (!of.isEmpty()) {
        lines.add(row(fault, acks, of));
      }
    }
    lines.add("");
    lines.add(
        "%d acknowledged, %d refused, %d reads"
            .formatted(
                acknowledged,
                journal.refusals(),
                spaces.stream().mapToInt(space -> journal.reads(space).size()).sum()));
    if (plan.evicts()) {
      lines.add(
          "%d spaces: at least %d loads and %d evictions; %d streams of events told %d commits"
              .formatted(
                  spaces.size(),
                  turnover.loaded(),
                  turnover.evicted(),
                  followed.streams(),
                  followed.commits()));
    }
    lines.add(Motion.line(closes()));
    for (Flaw flaw : EnumSet.complementOf(EnumSet.of(Flaw.GAPS))) { // shown, not judged
      lines.add("%-30s %d".formatted(flaw.title(), verdict.count(flaw)));
    }
    lines.add("");
    List<LogLines> logs = new ArrayList<>();
    fleet.seats().forEach(seat -> logs.add(logOf(seat.name())));
    logs.add(logOf(fleet.extra().name()));
    bots.forEach(bot -> logs.add(logOf(bot.name())));
    lines.addAll(Motion.table(logs));
    return lines;
  }

  /** The worst of all plays of a fault, which are known by their place in the schedule. */
  private String row(Fault fault, Timeline acks, List<Integer> plays) {
    List<Played> of = plays.stream().map(played::get).toList();
    List<Vitals> after = plays.stream().map(vitals::get).toList();
    return "%-12s %5d  %11.2f  %10.2f  %13.2f  %7.2f  %14.1f  %17.1f"
        .formatted(
            fault.text(),
            of.size(),
            longest(of.stream().map(one -> writeGap(acks, one)).toList()),
            longest(of.stream().map(this::readGap).toList()),
            longest(
                of.stream()
                    .map(one -> Duration.ofNanos(one.wholeNanos() - one.undoneNanos()))
                    .toList()),
            longest(
                of.stream().flatMap(one -> one.closes().stream()).map(Motion.Close::took).toList()),
            longest(after.stream().map(Vitals::auditAge).toList()),
            longest(after.stream().map(Vitals::checkpointAge).toList()));
  }

  private static double longest(List<Duration> gaps) {
    return gaps.stream().mapToLong(Duration::toMillis).max().orElse(0) / 1000.0;
  }

  private static Duration writeGap(Timeline acks, Played one) {
    return acks.longestGap(one.beganNanos(), one.wholeNanos());
  }

  /** The longest time without a read at a member that the fault was not aimed at. */
  private Duration readGap(Played one) {
    return fleet.seats().stream()
        .filter(seat -> !one.touched().contains(seat.name()))
        .map(seat -> seat.answered().longestGap(one.beganNanos(), one.wholeNanos()))
        .max(Duration::compareTo)
        .orElse(Duration.ZERO);
  }

  @Override
  public void close() {
    over.set(true);
    bots.forEach(BotProcess::close);
    fleet.close();
    if (chain != null) {
      chain.close();
    }
    store.close();
  }
}
