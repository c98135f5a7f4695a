package io.mnemogrid.drill;

import io.mnemogrid.check.Growth;
import io.mnemogrid.check.Growth.Line;
import io.mnemogrid.check.Growth.Series;
import io.mnemogrid.check.RollEvent;
import io.mnemogrid.client.Answered;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.process.PuppetProcess;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.traffic.RollMember;
import io.mnemogrid.traffic.RollWriter;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * {@code ./mnemogrid soak}: one member under a bot and HTTP clients that create, change and delete
 * without an end. What the member holds is sampled, and must stop growing ({@link Growth}). Exit
 * code 0 when every series keeps to its line, 7 when not.
 */
public final class Soak {
  private static final List<SpaceName> SPACES = List.of(SpaceName.of("tasks"));
  private static final int BOT_WRITERS = 8;
  private static final int HTTP_WRITERS = 4;
  private static final int SAMPLES_A_MINUTE = 20;
  private static final double MIB = 1 << 20;

  /**
   * Versions of each space before the first sample. A member keeps tombstones, recent updates and
   * the like for about as many versions; before that they still grow.
   */
  private static final long WARM = 12_000;

  /**
   * Growth of the heap that is permitted for each commit. It is half of the smallest object, so not
   * even one object may be kept for each commit.
   */
  private static final double HEAP_BYTES_A_COMMIT = 8;

  private static final int LOOKS = 4;

  /** Objects, then bytes, of all classes together. */
  private static final Pattern TOTAL = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");

  private static final Pattern FILLER = Pattern.compile(": +\\d+ +(\\d+) +\\S*FillerElement;");

  private final Path folder;
  private final MemberProcess member;
  private final List<Double> seconds = new ArrayList<>();
  private final List<Long> commits = new ArrayList<>();
  private final List<List<Double>> samples = new ArrayList<>();

  private Soak(Path folder, MemberProcess member) {
    this.folder = folder;
    this.member = member;
  }

  /** The series in the order in which they are sampled, each with its line. */
  private static final List<Series> SERIES =
      List.of(
          series("heap after a collection", "MiB", new Line.ByCommit(HEAP_BYTES_A_COMMIT, 3)),
          series("threads", "", new Line.Level(4)),
          series("descriptors", "", new Line.Level(8)),
          series("write-ahead log", "MiB", new Line.Level(4)),
          series("store", "MiB", new Line.Steady()),
          series("blobs", "MiB", new Line.Level(2)),
          series("resident memory", "MiB", new Line.Shown()),
          series("checkpoints", "", new Line.Shown()));

  private static Series series(String name, String unit, Line line) {
    return new Series(name, unit, line, List.of());
  }

  /**
   * Plays the drill; its pictures and figures stay in the folder afterwards.
   *
   * <p>Arguments: the member's jar, a folder, minutes.
   */
  public static int run(List<String> arguments) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    List<String> flaws =
        play(
            Path.of(arguments.get(0)),
            Path.of(arguments.get(1)).toAbsolutePath(),
            Duration.ofMinutes(Integer.parseInt(arguments.get(2))),
            out);
    flaws.forEach(flaw -> out.println("  " + flaw));
    out.println(flaws.isEmpty() ? "nothing grew beyond its line" : "this grows without an end");
    return (flaws.isEmpty() ? ExitCode.OK : ExitCode.DOES_NOT_HOLD).code();
  }

  static List<String> play(Path jar, Path folder, Duration time, PrintStream out)
      throws IOException {
    Path data = Files.createDirectories(folder.resolve("data"));
    List<Integer> ports = Ports.free(3);
    AtomicBoolean over = new AtomicBoolean();
    Queue<RollEvent> events = new ConcurrentLinkedQueue<>();
    try (MemberProcess member =
        Launch.member(jar)
            .heap("512m")
            .notary()
            .checkpointEvery(5)
            .data(data)
            .ports(ports.get(0), ports.get(1))
            .start(folder.resolve("member.log"))) {
      MemberApi api = member.awaitHealthy(ports.get(0));
      SPACES.forEach(api::create);
      String grid = "127.0.0.1:" + ports.get(1);
      try (PuppetProcess bot =
          RollMember.start(
              folder,
              "bot",
              ports.get(2),
              grid,
              BOT_WRITERS,
              folder.resolve("bot.journal"),
              "none")) {
        bot.ask("churn tasks");
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < HTTP_WRITERS; i++) {
          threads.add(
              Thread.ofPlatform()
                  .daemon()
                  .start(
                      new RollWriter(
                          "http" + i,
                          SPACES.getFirst(),
                          List.of(api),
                          0,
                          events::add,
                          over::get,
                          true)));
        }
        Soak soak = new Soak(folder, member);
        soak.sample(api, time, out);
        over.set(true);
        bot.ask("pause");
        for (Thread thread : threads) {
          thread.join();
        }
        return soak.judge(out);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new IllegalStateException("stopped while waiting", e);
      }
    }
  }

  private static long versions(MemberApi api) {
    return SPACES.stream()
        .mapToLong(space ->
            Answered.parse(api.get("/v1/spaces/" + space).want(200).body()).whole("version"))
        .sum();
  }

  private void sample(MemberApi api, Duration time, PrintStream out) {
    long began = System.nanoTime();
    while (versions(api) < WARM * SPACES.size()) {
      MemberProcess.pause(500);
    }
    out.printf(
        "warm after %.1f s and %d commits%n", (System.nanoTime() - began) / 1e9, versions(api));
    SERIES.forEach(_ -> samples.add(new ArrayList<>()));
    began = System.nanoTime();
    long every = Duration.ofMinutes(1).toMillis() / SAMPLES_A_MINUTE;
    while (System.nanoTime() - began < time.toNanos()) {
      List<Double> now =
          List.of(
              heap(),
              status("Threads"),
              descriptors(),
              size("mnemogrid.db-wal"),
              size("mnemogrid.db"),
              blobs(),
              status("VmRSS") / 1024,
              checkpoints());
      seconds.add((System.nanoTime() - began) / 1e9);
      commits.add(versions(api));
      for (int i = 0; i < now.size(); i++) {
        samples.get(i).add(now.get(i));
      }
      MemberProcess.pause(every);
    }
  }

  private List<String> judge(PrintStream out) throws IOException {
    List<Series> all = new ArrayList<>();
    for (int i = 0; i < SERIES.size(); i++) {
      Series one = SERIES.get(i);
      all.add(new Series(one.name(), one.unit(), one.line(), samples.get(i)));
    }
    Files.writeString(folder.resolve("soak.svg"), Growth.svg(all, seconds));
    Files.writeString(folder.resolve("soak.csv"), Growth.csv(all, seconds, commits));
    out.printf(
        "%d samples in %.0f s, %d commits%n",
        seconds.size(), seconds.getLast(), commits.getLast() - commits.getFirst());
    out.println("%-24s %10s %10s %10s".formatted("median of third", "first", "middle", "last"));
    all.forEach(one -> out.println(Growth.row(one)));
    out.println(
        Growth.kept(named(all, "store"), named(all, "blobs"), named(all, "checkpoints"), commits));
    return Stream.concat(
            Growth.judgeWork(commits).stream(),
            all.stream().flatMap(one -> Growth.judge(one, commits).stream()))
        .toList();
  }

  private static Series named(List<Series> all, String name) {
    return all.stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }

  // What is sampled.

  /**
   * MiB of objects that live after a full collection. A histogram of classes is counted in the
   * pause of the collection itself, so nothing of what is allocated before somebody can look at the
   * heap is in it. Commits that are under way are, so this is the least of several looks.
   */
  private double heap() {
    double least = Double.MAX_VALUE;
    for (int i = 0; i < LOOKS; i++) {
      least = Math.min(least, liveNow());
    }
    return least;
  }

  private double liveNow() {
    String histogram = jcmd("GC.class_histogram");
    Matcher total = TOTAL.matcher(histogram);
    if (!total.find()) {
      throw new IllegalStateException("jcmd GC.class_histogram says no total: " + histogram);
    }
    long fillers =
        FILLER.matcher(histogram).results().mapToLong(row -> Long.parseLong(row.group(1))).sum();
    return (Long.parseLong(total.group(1)) - fillers) / MIB;
  }

  private String jcmd(String command) {
    try {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                  Long.toString(member.pid()),
                  command)
              .redirectErrorStream(true)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException("jcmd " + command + ": " + said);
      }
      return said;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while asking", e);
    }
  }

  /** A number that the kernel has for the member's process. */
  private double status(String name) {
    try {
      return Files.readAllLines(Path.of("/proc/" + member.pid() + "/status")).stream()
          .filter(line -> line.startsWith(name + ":"))
          .mapToDouble(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")))
          .findFirst()
          .orElseThrow();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private double descriptors() {
    try (Stream<Path> open = Files.list(Path.of("/proc/" + member.pid() + "/fd"))) {
      return open.count();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private double size(String name) {
    try {
      Path file = folder.resolve("data").resolve(name);
      return Files.exists(file) ? Files.size(file) / MIB : 0;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private double blobs() {
    return ask("SELECT coalesce(sum(length(bytes)), 0) FROM blob") / MIB;
  }

  private double checkpoints() {
    return ask("SELECT count(*) FROM checkpoint");
  }

  /** A number that the member's store has. */
  private double ask(String sql) {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("data/mnemogrid.db"));
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(sql)) {
      row.next();
      return row.getLong(1);
    } catch (SQLException e) {
      throw new IllegalStateException("the store does not answer " + sql, e);
    }
  }
}
