package io.mnemogrid.gatling;

import io.gatling.app.Gatling;
import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.check.Checker;
import io.mnemogrid.check.Claim;
import io.mnemogrid.check.Evidence;
import io.mnemogrid.check.Flaw;
import io.mnemogrid.check.Freshness;
import io.mnemogrid.check.Verdict;
import io.mnemogrid.client.History;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.client.Request;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.gatling.Counts.What;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.traffic.BotJournal;
import io.mnemogrid.traffic.Journal;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.net.http.HttpClient;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * {@code ./mnemogrid load}: has Gatling play a fleet of bots in a JVM of its own, does to the grid
 * meanwhile what the load demands, and holds all that the bots were answered against the log.
 *
 * <p>A run fails when an assertion of the simulation fails, when an acknowledged write is not in
 * the log exactly once, when an outcome stays unknown, when a read fails twice, and when requests
 * take many times as long as what they are compared with ({@link Judge}).
 */
public final class LoadRun {
  private static final int MOST_SPACES = 8;
  private static final int BOTS_A_KEY = 40;
  private static final int SLOW_CLIENTS = 100;
  private static final int LARGE_PARTS = 12;
  private static final int LARGE_PART_BYTES = 250_000; // a leaf has at most 256 KiB
  private static final int ASSERTIONS_FAILED = 2; // Gatling's exit code

  /**
   * Gatling looks into strings, and asks Maven Central for newer versions of itself, which nothing
   * but a proxy that is not there prevents. Its own requests go through no proxy.
   */
  private static final String[] ALONE = {
    "--add-opens=java.base/java.lang=ALL-UNNAMED",
    "-Dhttps.proxyHost=127.0.0.1",
    "-Dhttps.proxyPort=9"
  };

  /** How old what a member shows may be. */
  private static final Duration FRESH = Duration.ofSeconds(10);

  private static final Duration BEGIN = Duration.ofSeconds(90);
  private static final Duration END = Duration.ofMinutes(4);
  private static final Duration SAME = Duration.ofSeconds(60);

  /**
   * What somebody wants to be played.
   *
   * @param time how long the bots play
   * @param folder takes the report, the notes of the bots and, for members of the run's own, their
   *     data and logs
   * @param target the members, or how the run starts its own
   * @param issuers a file of certificates, whose holders may vouch for the members at https; null
   *     for those that Java trusts
   */
  public record Wish(
      Load load,
      int users,
      Duration time,
      long seed,
      Path folder,
      Target target,
      @Nullable Path issuers) {}

  /** Where the bots play. */
  public sealed interface Target {
    /**
     * Members that run already.
     *
     * @param urls without a slash at the end
     * @param keyFile a file with a key a line; null for none
     * @param key a key that counts where there is no file
     */
    record Running(List<String> urls, @Nullable Path keyFile, Optional<String> key)
        implements Target {
      public Running {
        urls = List.copyOf(urls);
      }

      /** Hides the key. */
      @Override
      public String toString() {
        return "members at " + urls;
      }
    }

    /**
     * Members that the run starts and ends.
     *
     * @param kills whether the first of them is killed ({@code kill -9}) half way
     */
    record Own(Path jar, int members, boolean kills) implements Target {}
  }

  /**
   * What came of it.
   *
   * @param page the first page of Gatling's report
   * @param verdict what does not hold between the answers and the log
   * @param flaws what is wrong on any machine, in sentences
   * @param late what took too long, in sentences; on a busy machine that may be the machine's doing
   */
  public record Report(
      Path page,
      Figures figures,
      Counts counts,
      Verdict verdict,
      List<String> flaws,
      List<String> late) {
    /** All of it, for people. */
    public void print(PrintStream out) {
      out.printf(
          Locale.ROOT,
          "%-34s %10s %8s %8s %8s %8s%n",
          "milliseconds",
          "requests",
          "failed",
          "p50",
          "p99",
          "longest");
      figures
          .rows()
          .forEach(row ->
              out.printf(
                  Locale.ROOT,
                  "%-34s %,10d %,8d %,8d %,8d %,8d%n",
                  row.name(),
                  row.count(),
                  row.failed(),
                  row.p50(),
                  row.p99(),
                  row.longest()));
      out.printf(
          Locale.ROOT,
          "%,d reads, %,d of them 304; %,d asked again, %,d of these failed again%n",
          counts.count(What.READS),
          counts.count(What.NOT_MODIFIED),
          counts.count(What.READS_ASKED_AGAIN),
          counts.count(What.READS_FAILED_AGAIN));
      out.printf(
          Locale.ROOT,
          "%,d writes, %,d of them sent more than once, %,d of these were in the log already;"
              + " %,d answers 429%n",
          counts.count(What.WRITES),
          counts.count(What.WRITES_SENT_AGAIN),
          counts.count(What.DUPLICATES),
          counts.count(What.LIMITED));
      verdict.sentences().forEach(sentence -> out.println("flaw: " + sentence));
      flaws.forEach(flaw -> out.println("flaw: " + flaw));
      late.forEach(one -> out.println("late: " + one));
      out.println(
          verdict.isClean()
              ? "every acknowledged write is in the log once, and every outcome is known"
              : "the log and the answers differ: " + verdict.summary());
      out.println("report: " + page);
    }

    /** How a command that played it ends. */
    public ExitCode exit() {
      return verdict.isClean() && flaws.isEmpty() && late.isEmpty()
          ? ExitCode.OK
          : ExitCode.DOES_NOT_HOLD;
    }
  }

  private final Wish wish;
  private final PrintStream out;

  /** Keys that no bot has: what a stream sends counts against the rate of its key. */
  private List<String> ofFollowers = List.of();

  private LoadRun(Wish wish, PrintStream out) {
    this.wish = wish;
    this.out = out;
  }

  /** Plays it; returns when all has ended. */
  public static Report play(Wish wish, PrintStream out) throws IOException {
    return new LoadRun(wish, out).play();
  }

  private Report play() throws IOException {
    return switch (wish.target) {
      case Target.Running running ->
          running.keyFile == null && running.key.isPresent()
              ? playWith(List.of(running.key.get()), running.urls, null)
              : play(running.urls, running.keyFile, null);
      case Target.Own own -> {
        try (OwnGrid grid = OwnGrid.start(own.jar, wish.folder, own.members)) {
          if (wish.load == Load.events) {
            ofFollowers = Keys.make(grid.store(), EventFollowers.keys(wish.users));
          }
          yield playWith(Keys.make(grid.store(), keysFor(wish)), grid.urls(), grid);
        }
      }
    };
  }

  /** Plays with keys that are in no file yet. */
  private Report playWith(List<String> keys, List<String> urls, @Nullable OwnGrid grid)
      throws IOException {
    Path file = Keys.write(wish.folder.resolve("keys"), keys);
    try {
      return play(urls, file, grid);
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static int keysFor(Wish wish) {
    int bots = wish.load == Load.spike ? (1 + SpikeSimulation.TIMES) * wish.users : wish.users;
    return 1 + bots / BOTS_A_KEY;
  }

  private Report play(List<String> urls, @Nullable Path keys, @Nullable OwnGrid grid)
      throws IOException {
    boolean kills = wish.target instanceof Target.Own own && own.kills;
    Plan plan =
        new Plan(
            wish.load,
            urls,
            keys,
            wish.users,
            wish.time,
            "load-" + Long.toString(System.currentTimeMillis(), Character.MAX_RADIX),
            Math.clamp(wish.users / 10, 2, MOST_SPACES),
            wish.folder,
            kills,
            wish.seed);
    List<String> texts = keys == null ? List.of() : Keys.read(keys);
    String key = texts.isEmpty() ? "" : texts.getFirst();
    HttpClient http = wish.issuers == null ? MemberApi.client() : Trust.client(wish.issuers);
    List<MemberApi> members = new ArrayList<>();
    for (String url : urls) {
      members.add(new MemberApi("m" + members.size(), url, key, http));
    }
    prepare(plan, members);
    EventFollowers.Told told = null;
    int ended;
    if (plan.load() == Load.events) {
      try (EventFollowers followers = follow(plan, texts)) {
        ended = playGatling(plan, key, grid);
        told = told(plan, followers, members.getLast());
      }
    } else {
      ended = playGatling(plan, key, grid);
    }
    if (!Files.exists(plan.counts())) {
      throw new IllegalStateException(
          "Gatling ended with " + ended + "; its log is " + wish.folder.resolve("gatling.log"));
    }
    Path report = report();
    Figures figures = Figures.of(report);
    Counts counts = Counts.read(plan.counts());
    List<String> flaws = new ArrayList<>();
    if (ended == ASSERTIONS_FAILED) {
      flaws.addAll(failedAssertions());
    } else if (ended != 0) {
      flaws.add("Gatling ended with " + ended + ": " + wish.folder.resolve("gatling.log"));
    }
    flaws.addAll(Judge.flaws(plan, figures, counts));
    List<String> late = new ArrayList<>(Judge.late(plan.load(), figures));
    if (told != null) {
      told.print(out);
      flaws.addAll(told.flaws(kills));
      late.addAll(told.late(Judge.latestEvent(figures)));
    }
    if (grid != null) {
      for (int i = kills ? 1 : 0; i < urls.size(); i++) {
        if (!grid.isAlive(i)) {
          flaws.add("m" + i + " ended" + grid.tail(i));
        }
      }
    }
    return new Report(
        report.resolve("index.html"),
        figures,
        counts,
        check(plan, kills ? members.subList(1, members.size()) : members),
        flaws,
        late);
  }

  private EventFollowers follow(Plan plan, List<String> keysOfBots) {
    EventFollowers followers =
        EventFollowers.start(
            wish.issuers == null ? MemberApi.client() : Trust.client(wish.issuers),
            plan.urls(),
            ofFollowers.isEmpty() ? keysOfBots : ofFollowers,
            teams(plan),
            plan.run(),
            EventFollowers.count(plan.users()));
    followers.awaitBegun();
    return followers;
  }

  private static List<SpaceName> teams(Plan plan) {
    return IntStream.range(0, plan.teams()).mapToObj(i -> SpaceName.of(plan.space(i))).toList();
  }

  /** What followers were told, once they had time to be told of all. */
  private static EventFollowers.Told told(Plan plan, EventFollowers followers, MemberApi member) {
    Map<SpaceName, Long> heads = new LinkedHashMap<>();
    for (SpaceName space : teams(plan)) {
      heads.put(space, member.get("/v1/spaces/" + space).version());
    }
    followers.awaitHeads(heads);
    return followers.told(heads);
  }

  // before

  /** Makes the spaces, each with what bots find in it. */
  private static void prepare(Plan plan, List<MemberApi> members) {
    MemberApi first = members.getFirst();
    for (int i = 0; i < plan.spaces(); i++) {
      SpaceName space = SpaceName.of(plan.space(i));
      first.create(space);
      commit(first, space, "", document(i));
      if (plan.load() == Load.slow && i == 0) {
        commit(first, space, "/large", large());
      }
      for (MemberApi member : members) { // a bot finds its space wherever it asks
        awaitAt(member, space, 1);
      }
    }
  }

  private static void awaitAt(MemberApi member, SpaceName space, long version) {
    long began = System.nanoTime();
    while (true) {
      MemberApi.Reply head = member.tryGet("/v1/spaces/" + space);
      if (head != null && head.status() == 200 && head.isTagged() && head.version() >= version) {
        return;
      }
      if (System.nanoTime() - began > SAME.toNanos()) {
        throw new IllegalStateException(
            member.name() + " does not show " + space + " at version " + version);
      }
      MemberProcess.pause(50);
    }
  }

  private static void commit(MemberApi member, SpaceName space, String path, Json value) {
    Request request =
        Request.of(
            space,
            new DeltaBuilder(new Author("bot-first"), 0, Instant.now()).set(path, value).build());
    MemberApi.Reply reply = member.commit(space, request.body(), MemberApi.PATIENCE);
    if (reply == null) {
      throw new IllegalStateException("no answer from " + member.name());
    }
    reply.want(200, 201);
  }

  /** What stands in a space before the bots begin: some values that change, many that do not. */
  static Json document(int space) {
    Map<String, Json> shared = new LinkedHashMap<>();
    for (int i = 0; i < FleetBot.SHARED; i++) {
      shared.put("k" + i, Json.of("nobody has written this yet"));
    }
    Map<String, Json> facts = new LinkedHashMap<>();
    for (int i = 0; i < FleetBot.FACTS; i++) {
      facts.put(
          "f" + i,
          Json.object(
              Map.of(
                  "about", Json.of("customer " + (1000 * space + i)),
                  "says", Json.of("prefers mornings, pays by invoice, wants no calls"),
                  "confidence", Json.of(i % 10))));
    }
    return Json.object(Map.of("shared", Json.object(shared), "facts", Json.object(facts)));
  }

  /** What is asked for by clients that read nothing: 3 MB, which no buffer of a socket holds. */
  private static Json large() {
    Map<String, Json> parts = new LinkedHashMap<>();
    for (int i = 0; i < LARGE_PARTS; i++) {
      parts.put("part" + i, Json.of("large ".repeat(LARGE_PART_BYTES / 6)));
    }
    return Json.object(parts);
  }

  // while it plays

  private int playGatling(Plan plan, String key, @Nullable OwnGrid grid) throws IOException {
    List<String> flags = new ArrayList<>(plan.flags());
    if (wish.issuers != null) {
      flags.addAll(Trust.flags(wish.issuers, wish.folder.resolve("issuers.p12")));
    }
    long seconds = plan.time().toSeconds();
    out.printf(
        "%s: %d bots for %d s at %s%n",
        plan.load(), plan.users(), seconds, String.join(", ", plan.urls()));
    try (MemberProcess gatling =
        Launch.main(
                Gatling.class,
                List.of(
                    "-s",
                    plan.load().simulation().getName(),
                    "-rf",
                    wish.folder.resolve("report").toString(),
                    "-rd",
                    plan.users() + " bots, " + plan.urls().size() + " members"))
            .heap("1g")
            .flags(ALONE)
            .flags("-Djava.util.prefs.userRoot=" + wish.folder)
            .flags(flags.toArray(String[]::new))
            .start(wish.folder.resolve("gatling.log"))) {
      Phases phases = new Phases(began(plan, gatling), plan.time(), plan.load().phases().size());
      switch (plan.load()) {
        case slow -> besideSlowClients(plan, phases, key);
        case fleet, events, spike, soak -> {
          if (plan.kills() && grid != null) {
            awaitTime(phases.beganNanos() + plan.time().toNanos() / 2);
            grid.kill(0);
            out.println("m0 was killed");
          }
        }
      }
      return gatling.exit(plan.time().plus(END));
    }
  }

  private void besideSlowClients(Plan plan, Phases phases, String key) {
    awaitTime(phases.begin(1));
    try (SlowClients slow =
        SlowClients.start(
            plan.urls().getFirst(),
            key,
            "/v1/spaces/" + plan.space(0) + "/state?path=/large",
            SLOW_CLIENTS)) {
      awaitTime(phases.beganNanos() + phases.time().toNanos());
      out.printf("%d slow clients made %d connections%n", SLOW_CLIENTS, slow.connections());
    }
  }

  private static long began(Plan plan, MemberProcess gatling) throws IOException {
    long since = System.nanoTime();
    while (!Files.exists(plan.began()) || Files.size(plan.began()) == 0) {
      if (!gatling.isAlive() || System.nanoTime() - since > BEGIN.toNanos()) {
        throw new IllegalStateException("Gatling does not begin" + gatling.tail());
      }
      MemberProcess.pause(50);
    }
    return Long.parseLong(Files.readString(plan.began(), StandardCharsets.US_ASCII));
  }

  private static void awaitTime(long nanos) {
    long left = nanos - System.nanoTime();
    if (left > 0) {
      MemberProcess.pause(TimeUnit.NANOSECONDS.toMillis(left));
    }
  }

  // afterwards

  /** The folder that Gatling wrote its report to. */
  private Path report() throws IOException {
    try (Stream<Path> reports = Files.list(wish.folder.resolve("report"))) {
      return reports
          .filter(folder -> Files.exists(folder.resolve("index.html")))
          .max(Comparator.naturalOrder())
          .orElseThrow(() ->
              new IllegalStateException(
                  "Gatling wrote no report: " + wish.folder.resolve("gatling.log")));
    }
  }

  /** The assertions that failed, as Gatling says them. */
  private List<String> failedAssertions() throws IOException {
    List<String> failed =
        Files.readAllLines(wish.folder.resolve("gatling.log"), StandardCharsets.UTF_8).stream()
            .filter(line -> line.contains(": false"))
            .map(String::strip)
            .toList();
    return failed.isEmpty() ? List.of("an assertion of the simulation failed") : failed;
  }

  /** Holds what the bots wrote down against the log and against what each member shows. */
  private static Verdict check(Plan plan, List<MemberApi> members) {
    Journal journal = new Journal();
    BotJournal.copy(plan.journal(), "a member", journal);
    Verdict verdict = new Verdict();
    journal.surprises().forEach(surprise -> verdict.add(Flaw.ANSWERS, surprise));
    List<Claim> claims = journal.claims();
    for (int i = 0; i < plan.spaces(); i++) {
      SpaceName space = SpaceName.of(plan.space(i));
      History log = members.getFirst().history(space);
      List<Evidence.Replica> replicas = new ArrayList<>();
      for (MemberApi member : members) {
        awaitAt(member, space, log.records().size());
        History shown = member == members.getFirst() ? log : member.history(space);
        replicas.add(
            new Evidence.Replica(
                member.name(),
                shown.documentVersion(),
                shown.root(),
                shown.logRoot(),
                "",
                shown.document()));
      }
      verdict.addAll(
          Checker.check(
              new Evidence(
                  space,
                  log.records(),
                  claims,
                  replicas,
                  journal.acks(space),
                  journal.reads(space),
                  new Freshness(FRESH, List.of()))));
    }
    return verdict;
  }

  /** Removes what a run that held leaves beside its report: the store and the logs of members. */
  public static void tidy(Path folder) {
    Path data = folder.resolve("data");
    if (!Files.exists(data)) {
      return;
    }
    try (Stream<Path> files = Files.walk(data)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
