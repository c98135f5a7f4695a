package io.mnemogrid.command.load;

import io.mnemogrid.bench.ChatMemoryBench;
import io.mnemogrid.bench.CommitsBench;
import io.mnemogrid.bench.CostsBench;
import io.mnemogrid.bench.EventsBench;
import io.mnemogrid.bench.GapsBench;
import io.mnemogrid.bench.HttpBench;
import io.mnemogrid.bench.LostWritesBench;
import io.mnemogrid.bench.MemoryBench;
import io.mnemogrid.bench.ProofsBench;
import io.mnemogrid.bench.ReplayBench;
import io.mnemogrid.bench.SpacesBench;
import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import io.mnemogrid.command.Launcher;
import io.mnemogrid.command.Processes;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Unmatched;

/** {@code bench}: runs the benchmark that the next word names (docs/benchmarks.md). */
@Command(
    name = "bench",
    subcommands = {
      BenchCommand.Commits.class,
      BenchCommand.Replay.class,
      BenchCommand.Gaps.class,
      BenchCommand.Memory.class,
      BenchCommand.Micro.class,
      BenchCommand.Proofs.class,
      BenchCommand.Costs.class,
      BenchCommand.Events.class,
      BenchCommand.Http.class,
      BenchCommand.Spaces.class,
      BenchCommand.LostWrites.class,
      BenchCommand.ChatMemory.class,
      StartBench.class
    })
public final class BenchCommand {
  /** More would not fit into one answer of the graph. */
  private static final int MOST_WRITES = 40;

  /** Each add reads all messages, so the work grows with the square. */
  private static final int MOST_MESSAGES = 20_000;

  private static void add(List<String> options, String name, @Nullable Object value) {
    if (value != null) {
      options.addAll(List.of(name, value.toString()));
    }
  }

  private static String[] words(List<String> options) {
    return options.toArray(String[]::new);
  }

  /** {@code bench commits}. */
  @Command(
      name = "commits",
      description = "what commits and reads cost beside Redis and PostgreSQL, in one run")
  public static final class Commits implements Action {
    @Option(
        names = "--only",
        paramLabel = "PART,…",
        description =
            "some parts: hot, spread, one, signed, members, root, read, visible, http, trail")
    private @Nullable String only;

    @Option(names = "--seconds", paramLabel = "N", description = "the length of a round (3)")
    private @Nullable Integer seconds;

    @Option(names = "--rounds", paramLabel = "N", description = "how many are counted (3)")
    private @Nullable Integer rounds;

    @Override
    public int run(PrintStream out, PrintStream err) throws Exception {
      if (!Processes.isOnPath("redis-server")) {
        throw new CommandFailure(
            ExitCode.NOT_STARTED,
            "the benchmark needs Redis beside it: apt-get install redis-server");
      }
      List<String> options = new ArrayList<>();
      options.add(Installation.here().member().toString());
      add(options, "--only", only);
      add(options, "--seconds", seconds);
      add(options, "--rounds", rounds);
      CommitsBench.main(words(options));
      return ExitCode.OK.code();
    }
  }

  /** {@code bench replay}. */
  @Command(
      name = "replay",
      description = "updates replayed a second, and the time from opening a store to its head")
  public static final class Replay implements Action {
    @Option(names = "--updates", paramLabel = "N", description = "how many are replayed (300000)")
    private @Nullable Integer updates;

    @Option(names = "--cold-updates", paramLabel = "N", description = "of a cold start (1000000)")
    private @Nullable Integer coldUpdates;

    @Option(names = "--rounds", paramLabel = "N", description = "how many are counted (5)")
    private @Nullable Integer rounds;

    @Override
    public int run(PrintStream out, PrintStream err) throws Exception {
      List<String> options = new ArrayList<>();
      add(options, "--updates", updates);
      add(options, "--cold-updates", coldUpdates);
      add(options, "--rounds", rounds);
      ReplayBench.main(words(options));
      return ExitCode.OK.code();
    }
  }

  /** {@code bench gaps}. */
  @Command(
      name = "gaps",
      description =
          "the longest time without an acknowledged commit after kill -9 of the member that"
              + " commits, or while it is stopped")
  public static final class Gaps implements Action {
    @Option(names = "--kills", paramLabel = "N", description = "how many kills (default 100)")
    private @Nullable Integer kills;

    @Option(names = "--stops", paramLabel = "N", description = "or how many stops instead")
    private @Nullable Integer stops;

    @Override
    public int run(PrintStream out, PrintStream err) throws Exception {
      if (kills != null && stops != null) {
        throw new CommandFailure(ExitCode.USAGE, "--kills and --stops do not go together");
      }
      List<String> options = new ArrayList<>();
      add(options, "--kills", kills);
      add(options, "--stops", stops);
      GapsBench.main(words(options));
      return ExitCode.OK.code();
    }
  }

  /** {@code bench memory}. */
  @Command(name = "memory", description = "bytes of heap a leaf, at 100,000 and 1,000,000 leaves")
  public static final class Memory implements Action {
    @Override
    public int run(PrintStream out, PrintStream err) {
      MemoryBench.main(new String[0]);
      return ExitCode.OK.code();
    }
  }

  /** {@code bench micro}. */
  @Command(
      name = "micro",
      description = "trie, root, proof, canonical JSON, resolver, policies, merge, by JMH",
      customSynopsis = "mnemogrid bench micro [JMH's options]")
  public static final class Micro implements Action {
    @Unmatched private List<String> options = new ArrayList<>();

    @Override
    public int run(PrintStream out, PrintStream err) throws Exception {
      org.openjdk.jmh.Main.main(words(options));
      return ExitCode.OK.code();
    }
  }

  /** {@code bench costs}. */
  @Command(
      name = "costs",
      description = "what a rate, the trail, a key and the search for secrets cost a request")
  public static final class Costs implements Action {
    @Option(
        names = "--rounds",
        paramLabel = "N",
        description = "how many are counted (${DEFAULT-VALUE})")
    private int rounds = 51;

    @Override
    public int run(PrintStream out, PrintStream err) throws Exception {
      if (rounds < 1) {
        throw new CommandFailure(ExitCode.USAGE, "--rounds wants a number from 1 on");
      }
      CostsBench.main(
          new String[] {Installation.here().member().toString(), String.valueOf(rounds)});
      return ExitCode.OK.code();
    }
  }

  /** {@code bench lost-writes}. */
  @Command(
      name = "lost-writes",
      description =
          "writes that were acknowledged and lost when processes of a memory server of MCP write"
              + " at once: the reference server and ours")
  public static final class LostWrites implements Action {
    @Option(
        names = "--writes",
        paramLabel = "N",
        description = "writes of each process (${DEFAULT-VALUE})")
    private int writes = 20;

    @Override
    public int run(PrintStream out, PrintStream err) throws Exception {
      if (writes < 1 || writes > MOST_WRITES) {
        throw new CommandFailure(ExitCode.USAGE, "--writes wants a number from 1 to 40");
      }
      Path clients = Installation.here().root().resolve("micronaut-api/mcp-clients");
      Launcher.installPackages(clients, "");
      boolean isWhole =
          LostWritesBench.measure(
                  Installation.here().member(), clients, List.of(2, 4, 16), writes, out)
              .stream()
              .allMatch(line -> line.ours().lost() == 0);
      return (isWhole ? ExitCode.OK : ExitCode.DOES_NOT_HOLD).code();
    }
  }

  /** {@code bench chat-memory}. */
  @Command(
      name = "chat-memory",
      description =
          "messages that are lost when threads share a chat: the stores of LangChain4j and Spring"
              + " AI, and ours")
  public static final class ChatMemory implements Action {
    @Option(
        names = "--threads",
        paramLabel = "N",
        description = "threads in one chat (${DEFAULT-VALUE})")
    private int threads = 64;

    @Option(
        names = "--messages",
        paramLabel = "N",
        description = "messages of each thread (${DEFAULT-VALUE})")
    private int messages = 20;

    @Option(
        names = "--processes",
        paramLabel = "N",
        description = "over which the threads of ours are spread once more (${DEFAULT-VALUE})")
    private int processes = 4;

    @Override
    public int run(PrintStream out, PrintStream err) throws Exception {
      if (processes < 1 || threads < processes || threads > 512) {
        throw new CommandFailure(
            ExitCode.USAGE, "--threads wants a number from that of --processes to 512");
      }
      if (messages < 1 || (long) threads * messages > MOST_MESSAGES) {
        throw new CommandFailure(
            ExitCode.USAGE, "--messages wants 1 to " + MOST_MESSAGES / threads + " a thread");
      }
      boolean isWhole =
          ChatMemoryBench.measure(Installation.here().member(), threads, messages, processes, out)
              .stream()
              .filter(ChatMemoryBench.Outcome::isOurs)
              .allMatch(ChatMemoryBench.Outcome::isWhole);
      return (isWhole ? ExitCode.OK : ExitCode.DOES_NOT_HOLD).code();
    }
  }

  /** {@code bench proofs}. */
  @Command(
      name = "proofs",
      description =
          "a root, a proof and a check of it, beside hashing the whole JSON and @ethereumjs/mpt;"
              + " the sizes of bundles")
  public static final class Proofs implements Action {
    @Option(
        names = "--leaves",
        paramLabel = "N,…",
        description = "sizes of the documents, in leaves (default 1000 to 1000000)")
    private @Nullable String leaves;

    @Option(names = "--rounds", paramLabel = "N", description = "how many are counted (51)")
    private @Nullable Integer rounds;

    @Override
    public int run(PrintStream out, PrintStream err) throws Exception {
      List<String> options = new ArrayList<>();
      Path peer = Installation.here().root().resolve("load-tests/proofs-peer");
      Launcher.installPackages(peer, "");
      options.add(peer.toString());
      add(options, "--leaves", leaves);
      add(options, "--rounds", rounds);
      ProofsBench.main(words(options));
      return ExitCode.OK.code();
    }
  }

  /** {@code bench events}. */
  @Command(
      name = "events",
      description =
          "how soon clients that follow a space are told of a commit, and what they cost its"
              + " writer and its member")
  public static final class Events implements Action {
    @Option(names = "--clients", paramLabel = "N", description = "how many follow (1000)")
    private @Nullable Integer clients;

    @Option(names = "--stalled", paramLabel = "N", description = "how many more never read (200)")
    private @Nullable Integer stalled;

    @Option(names = "--rate", paramLabel = "N", description = "commits a second (100)")
    private @Nullable Integer rate;

    @Option(names = "--seconds", paramLabel = "N", description = "the length of a round (60)")
    private @Nullable Integer seconds;

    @Override
    public int run(PrintStream out, PrintStream err) throws Exception {
      List<String> options = new ArrayList<>();
      options.add(Installation.here().member().toString());
      add(options, "--clients", clients);
      add(options, "--stalled", stalled);
      add(options, "--rate", rate);
      add(options, "--seconds", seconds);
      EventsBench.main(words(options));
      return ExitCode.OK.code();
    }
  }

  /** {@code bench http}. */
  @Command(
      name = "http",
      description =
          "reads and commits over HTTP beside empty routes of the same server and beside an earlier"
              + " server, and how late answers are at half load")
  public static final class Http implements Action {
    @Option(
        names = "--only",
        split = ",",
        paramLabel = "PART",
        description =
            "some parts: read, unchanged, key, error, commits, before, bytes, p99, events")
    private List<String> only = HttpBench.PARTS;

    @Option(
        names = "--seconds",
        paramLabel = "N",
        description = "the length of a turn (${DEFAULT-VALUE})")
    private int seconds = 2;

    @Option(
        names = "--rounds",
        paramLabel = "N",
        description = "how many are counted (${DEFAULT-VALUE})")
    private int rounds = 9;

    @Override
    public int run(PrintStream out, PrintStream err) throws Exception {
      if (seconds < 1 || rounds < 1) {
        throw new CommandFailure(
            ExitCode.USAGE, (seconds < 1 ? "--seconds" : "--rounds") + " wants a number from 1 on");
      }
      if (!HttpBench.PARTS.containsAll(only)) {
        throw new CommandFailure(
            ExitCode.USAGE, "--only knows " + String.join(", ", HttpBench.PARTS));
      }
      String missing = HttpBench.missing();
      if (!missing.isEmpty()) {
        throw new CommandFailure(ExitCode.NOT_STARTED, missing);
      }
      Installation here = Installation.here();
      HttpBench.measure(
          new HttpBench.Wish(here.member(), here, new LinkedHashSet<>(only), seconds, rounds),
          out,
          err);
      return ExitCode.OK.code();
    }
  }

  /** {@code bench spaces}. */
  @Command(
      name = "spaces",
      description =
          "many small spaces, few of them active: what a member costs at rest, beside several"
              + " members; commits, first reads and checkpoints")
  public static final class Spaces implements Action {
    private static final Duration IDLE = Duration.ofSeconds(20);
    private static final Duration SETTLE = Duration.ofMinutes(2);

    @Option(
        names = "--spaces",
        paramLabel = "N",
        description = "how many there are (${DEFAULT-VALUE})")
    private int spaces = 100_000;

    @Option(
        names = "--active",
        paramLabel = "N",
        description = "how many are committed to (${DEFAULT-VALUE})")
    private int active = 1_000;

    @Option(
        names = "--members",
        paramLabel = "N",
        description = "how many are compared with one (${DEFAULT-VALUE})")
    private int members = 3;

    @Option(
        names = "--only",
        split = ",",
        paramLabel = "PART",
        description = "some parts: one, commits, reads, members, checkpoint, gas")
    private List<String> only = SpacesBench.PARTS;

    @Option(
        names = "--seconds",
        paramLabel = "N",
        description = "the length of a turn of commits (${DEFAULT-VALUE})")
    private int seconds = 3;

    @Option(
        names = "--rounds",
        paramLabel = "N",
        description = "how many are counted (${DEFAULT-VALUE})")
    private int rounds = 3;

    @Override
    public int run(PrintStream out, PrintStream err) throws Exception {
      SpacesBench.measure(wish(), out);
      return ExitCode.OK.code();
    }

    private SpacesBench.Wish wish() {
      try {
        return new SpacesBench.Wish(
            spaces,
            active,
            members,
            seconds,
            rounds,
            IDLE,
            SETTLE,
            new LinkedHashSet<>(only),
            Installation.here().anvil());
      } catch (IllegalArgumentException e) {
        throw new CommandFailure(ExitCode.USAGE, String.valueOf(e.getMessage()));
      }
    }
  }
}
