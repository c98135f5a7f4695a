package io.mnemogrid.drill;

import io.mnemogrid.check.Checker;
import io.mnemogrid.check.Claim;
import io.mnemogrid.check.LogLines;
import io.mnemogrid.check.Motion;
import io.mnemogrid.check.Verdict;
import io.mnemogrid.check.Vitals;
import io.mnemogrid.client.Answered;
import io.mnemogrid.client.History;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.client.Request;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.log.Update;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.StoreRows;
import io.mnemogrid.traffic.Journal;
import io.mnemogrid.traffic.Writer;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The drill of promises 1 and 2. One member has eight writers over HTTP, gets {@code kill -9} in
 * the middle of their stream and restarts on the same data. Then everything that was ever answered
 * is compared with the log. All rounds use one store, so the answers of an early round are still
 * checked after the last.
 *
 * <p>A kill shows that nothing lives in the process alone. The page cache survives it, so a kill
 * says nothing about a power cut.
 */
public final class KillRestart {
  private static final int WRITERS = 8;
  private static final int LEAST_ANSWERS = 500;
  private static final int MOST_MORE = 700;
  private static final Duration TOO_LONG = Duration.ofSeconds(120);

  /**
   * How long the audit and a final checkpoint may take after a restart; a checkpoint is due each
   * second.
   */
  private static final Duration FINAL = Duration.ofSeconds(30);

  private static final List<SpaceName> SPACES =
      List.of(SpaceName.of("alpha"), SpaceName.of("beta"), SpaceName.of("gamma"));

  /**
   * What a round saw.
   *
   * @param answers how many commits were acknowledged before the kill
   * @param refused how many commits were refused before the kill
   * @param unanswered how many requests got no answer
   * @param found how many of the unanswered ones stood in the log after the restart
   * @param restart the time from the start of the process until it was healthy
   * @param records how many records all logs had afterwards
   * @param check the time from the end of the restart until everything was compared
   * @param moved how long it then took until all was audited and final
   */
  record Round(
      int number,
      long answers,
      long refused,
      int unanswered,
      int found,
      Duration restart,
      int records,
      Duration check,
      Duration moved,
      List<String> flaws) {
    static final String HEADER =
        "round  answers  refused  unanswered  of these there  restart s  records  check s  final s "
            + " flaws";

    @Override
    public String toString() {
      return "%5d  %7d  %7d  %10d  %14d  %9.2f  %7d  %7.2f  %7.2f  %5d"
          .formatted(
              number,
              answers,
              refused,
              unanswered,
              found,
              restart.toMillis() / 1000.0,
              records,
              check.toMillis() / 1000.0,
              moved.toMillis() / 1000.0,
              flaws.size());
    }
  }

  private final Path jar;
  private final Path folder;
  private final long seed;
  private final PrintStream out;
  private final List<Integer> ports = Ports.free(2);
  private final Random random;
  private final List<Claim> claims = new ArrayList<>();
  private final Map<Long, String> checkpoints = new HashMap<>();
  private MemberProcess member;
  private MemberApi api;

  private KillRestart(Path jar, Path folder, long seed, PrintStream out) {
    this.jar = jar;
    this.folder = folder;
    this.seed = seed;
    this.random = new Random(seed);
    this.out = out;
    this.member = start();
    this.api = member.awaitHealthy(ports.get(0));
  }

  /** Plays the rounds and prints each; the data stays in {@code folder} afterwards. */
  static List<Round> play(Path jar, Path folder, int rounds, long seed, PrintStream out) {
    out.printf("%d rounds, seed %d, %d writers, data in %s%n", rounds, seed, WRITERS, folder);
    KillRestart drill = new KillRestart(jar, folder, seed, out);
    try {
      SPACES.forEach(drill.api::create);
      out.println(Round.HEADER);
      List<Round> played = new ArrayList<>();
      for (int i = 1; i <= rounds; i++) {
        Round round = drill.round(i);
        out.println(round);
        round.flaws().forEach(flaw -> out.println("       " + flaw));
        played.add(round);
      }
      Motion.table(List.of(LogLines.in("member", folder.resolve("member.log"))))
          .forEach(out::println);
      return played;
    } catch (RuntimeException e) {
      throw new IllegalStateException(e.getMessage() + drill.member.tail(), e);
    } finally {
      drill.member.close();
    }
  }

  private MemberProcess start() {
    return Launch.member(jar)
        .notary()
        .checkpointEvery(1)
        .data(folder.resolve("data"))
        .ports(ports.get(0), ports.get(1))
        .start(folder.resolve("member.log"));
  }

  private Round round(int number) {
    Journal journal = new Journal();
    writeUntilKilled(number, journal);
    long began = System.nanoTime();
    member = start();
    api = member.awaitHealthy(ports.get(0));
    final Duration restart = Duration.ofNanos(System.nanoTime() - began);

    List<String> flaws = new ArrayList<>(journal.surprises());
    began = System.nanoTime();
    claims.addAll(journal.claims());
    check(flaws);
    final int found = settle(journal.open(), flaws);
    int records = check(flaws);
    Duration check = Duration.ofNanos(System.nanoTime() - began);
    Verdict verdict = new Verdict();
    Duration moved;
    try (StoreRows rows = StoreRows.ofSqlite(folder.resolve("data/mnemogrid.db"))) {
      moved = Vitals.awaitFinal(rows, FINAL, verdict);
    }
    flaws.addAll(verdict.sentences());
    return new Round(
        number,
        journal.answers(),
        journal.refusals(),
        journal.open().size(),
        found,
        restart,
        records,
        check,
        moved,
        flaws);
  }

  private void writeUntilKilled(int round, Journal journal) {
    AtomicBoolean over = new AtomicBoolean();
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      // The part before the dash is the author. It is the same in all rounds, and so are the leaves
      // that are the author's own. The whole name is new in each round, and so are the ids.
      String name = (char) ('a' + i) + "-" + seed + "-" + round;
      Writer writer = new Writer(name, random.nextLong(), List.of(api), SPACES, journal, over::get);
      writers.add(Thread.ofPlatform().name(name).start(writer));
    }
    long enough = LEAST_ANSWERS + random.nextInt(MOST_MORE);
    long began = System.nanoTime();
    while (journal.answers() < enough && System.nanoTime() - began < TOO_LONG.toNanos()) {
      MemberProcess.pause(1);
    }
    boolean alive = member.isAlive() && writers.stream().allMatch(Thread::isAlive);
    MemberProcess.pause(random.nextInt(20));
    member.kill();
    over.set(true);
    for (Thread writer : writers) {
      try {
        writer.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("stopped while waiting", e);
      }
    }
    if (!alive || journal.answers() < LEAST_ANSWERS) {
      journal.surprise(
          "a writer or the member ended before it was killed, after %d answers"
              .formatted(journal.answers()));
    }
  }

  /**
   * Sends each request without an answer again, after which its outcome is known. Answers how many
   * of them stood in the log already.
   */
  private int settle(List<Request> open, List<String> flaws) {
    claims.removeIf(Claim.Open.class::isInstance);
    int found = 0;
    for (Request request : open) {
      Journal journal = new Journal();
      MemberApi.Reply reply = api.commit(request.space(), request.body(), MemberApi.PATIENCE);
      Claim claim = Writer.claim(request, reply, journal);
      claims.add(claim);
      flaws.addAll(journal.surprises());
      if (claim instanceof Claim.Open) {
        flaws.add("sent again to a healthy member, " + request + " got no certain answer");
      }
      found += reply != null && reply.status() == 200 ? 1 : 0;
    }
    return found;
  }

  /** Compares all spaces with all claims; answers how many records there are. */
  private int check(List<String> flaws) {
    Map<String, History> histories = new HashMap<>();
    for (SpaceName space : SPACES) {
      History history = api.history(space);
      histories.put(space.text(), history);
      flaws.addAll(Checker.check(history, claims));
    }
    checkCheckpoints(histories, flaws);
    return histories.values().stream().mapToInt(history -> history.records().size()).sum();
  }

  /** Checks that checkpoints are dense, never change and name roots that the log recorded. */
  private void checkCheckpoints(Map<String, History> histories, List<String> flaws) {
    List<Answered> told = api.checkpoints();
    for (int i = 0; i < told.size(); i++) {
      Answered checkpoint = told.get(i);
      long number = checkpoint.whole("number");
      if (i > 0 && number != told.get(i - 1).whole("number") - 1) {
        flaws.add("checkpoint " + (number + 1) + " is missing");
      }
      String hash = checkpoint.text("hash");
      if (!checkpoints.computeIfAbsent(number, _ -> hash).equals(hash)) {
        flaws.add("checkpoint " + number + " had another hash before");
      }
      Answered heads = checkpoint.object("spaces");
      for (String space : heads.object().members().keySet()) {
        Answered head = heads.object(space);
        List<String> records = Objects.requireNonNull(histories.get(space)).records();
        int version = (int) head.whole("version");
        if (version > records.size()
            || !Update.parse(records.get(version - 1)).root().equals(head.hash("state_root"))) {
          flaws.add("checkpoint " + number + " has a root of " + space + " that no record has");
        }
      }
    }
  }

  /**
   * Plays the drill. Returns 7 when a promise was broken.
   *
   * <p>Arguments: the member's jar, a folder for its data, the number of rounds, and a seed if a
   * run is to be played again.
   */
  public static int run(List<String> arguments) {
    int rounds = Integer.parseInt(arguments.get(2));
    long seed =
        arguments.size() > 3
            ? Long.parseLong(arguments.get(3))
            : System.nanoTime() % 1_000_000; // printed, so that the choices can be made again
    List<Round> played =
        play(Path.of(arguments.get(0)), Path.of(arguments.get(1)), rounds, seed, System.out);
    long answers = played.stream().mapToLong(Round::answers).sum();
    int flaws = played.stream().mapToInt(round -> round.flaws().size()).sum();
    System.out.printf(
        "%d answered commits over %d kills: %s%n",
        answers, rounds, flaws == 0 ? "each is there once" : flaws + " flaws");
    return (flaws == 0 ? ExitCode.OK : ExitCode.DOES_NOT_HOLD).code();
  }
}
