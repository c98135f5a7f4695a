package io.mnemogrid.bench;

import io.mnemogrid.CommitResult;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Puppet;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A {@link Puppet} that embeds a member of {@link ManySpaces}. Its answers are numbers, divided by
 * blanks; times are nanoseconds.
 *
 * <p>Arguments: name, own port, addresses of members divided by commas, the folder of the data, the
 * number of spaces, the number of active ones, and the anchor: {@code none}, {@code notary} or the
 * URL of a dev chain.
 */
public final class SpacesMember {
  private static final Author AUTHOR = new Author("bench");
  private static final int WRITERS = 64;
  private static final int WARM_UP_READS = 20_000;
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  /** A checkpoint is made when it is demanded, and at the start of a store that has none. */
  private static final Duration CHECKPOINT_EVERY = Duration.ofDays(1);

  private final Mnemogrid grid;
  private final ManySpaces spaces;
  private final List<Space> active = new ArrayList<>(); // as far as they were committed to
  private final AtomicLong written = new AtomicLong(ManySpaces.LEAVES);

  private SpacesMember(Mnemogrid grid, ManySpaces spaces) {
    this.grid = grid;
    this.spaces = spaces;
  }

  /** A puppet; its greeting is the time that the member took to start in its JVM. */
  public static void main(String[] arguments) {
    Puppet.run(puppet -> live(puppet, arguments));
  }

  private static void live(Puppet puppet, String[] arguments) throws IOException {
    Path data = Path.of(arguments[3]);
    ManySpaces spaces = new ManySpaces(whole(arguments[4]), whole(arguments[5]));
    GridConfig config =
        GridConfig.onOneHost(ManySpaces.file(data))
            .withName(arguments[0])
            .withCluster("bench-" + arguments[2].hashCode())
            .withPort(whole(arguments[1]))
            .withMembers(Arrays.asList(arguments[2].split(",", -1)))
            .withAnchor(anchor(arguments[6], data))
            .withCheckpoints(CHECKPOINT_EVERY, Long.MAX_VALUE);
    config = config.withQuotas(config.quotas().withMaxSpaces(spaces.count()));
    long began = System.nanoTime();
    try (Mnemogrid grid = Mnemogrid.start(config)) {
      while (!grid.health().isReady()) {
        MemberProcess.pause(10);
      }
      puppet.serve(String.valueOf(System.nanoTime() - began), new SpacesMember(grid, spaces)::obey);
    }
  }

  private static GridConfig.AnchorConfig anchor(String name, Path data) {
    return switch (name) {
      case "none" -> new GridConfig.AnchorConfig.None();
      case "notary" -> new GridConfig.AnchorConfig.Notary(data.resolve("notary"));
      default -> new GridConfig.AnchorConfig.Evm(URI.create(name), null, null, 1);
    };
  }

  private static int whole(String text) {
    return Integer.parseInt(text);
  }

  private String obey(String line) throws Exception {
    String[] order = line.split(" ", -1);
    return switch (order[0]) {
      case "joined" -> String.valueOf(grid.members().size());
      case "write" -> write(whole(order[1]), Duration.ofMillis(whole(order[2])));
      case "read" -> read();
      case "change" -> change(whole(order[1]));
      case "checkpoint" -> checkpoint();
      case "final" -> awaitFinal(whole(order[1]));
      default -> throw new IllegalArgumentException("cannot " + line);
    };
  }

  /** 64 writers, each of which waits for its answers, on so many of the active spaces. */
  private String write(int count, Duration time) throws Exception {
    List<Space> some = some(count);
    Load.Result result =
        Load.run(
            WRITERS,
            time,
            (writer, n) -> check(commit(some.get((int) ((writer + n * WRITERS) % count))).join()));
    return "%d %d %d %d"
        .formatted(result.writes(), result.time().toNanos(), result.p50Nanos(), result.p99Nanos());
  }

  /** Commits once to so many of the active spaces, 64 at a time. */
  private String change(int count) {
    List<Space> some = some(count);
    for (int from = 0; from < count; from += WRITERS) {
      some.subList(from, Math.min(count, from + WRITERS)).stream()
          .map(this::commit)
          .toList()
          .forEach(sent -> check(sent.join()));
    }
    return String.valueOf(count);
  }

  private List<Space> some(int count) {
    while (active.size() < count) {
      active.add(grid.space(spaces.activeNames().get(active.size())).orElseThrow());
    }
    return active.subList(0, count);
  }

  /** Sets one leaf to a number that it never had. */
  private CompletableFuture<CommitResult> commit(Space space) {
    long value = written.incrementAndGet();
    String path = ManySpaces.path(value).toString();
    return space.commit(space.delta(AUTHOR, delta -> delta.set(path, Json.of(value))));
  }

  private static void check(CommitResult result) {
    if (!(result instanceof CommitResult.Committed)) {
      throw new IllegalStateException("not committed: " + result);
    }
  }

  /**
   * Reads a path of each of the other spaces twice, and one of an active space after it: p50 and
   * p99 of the first reads, of the second ones, and of those of the active spaces.
   */
  private String read() {
    List<SpaceName> others = spaces.otherNames();
    List<SpaceName> known = spaces.activeNames();
    Pointer path = ManySpaces.path(0);
    for (int i = 0; i < WARM_UP_READS; i++) {
      timed(known.get(i % known.size()), path);
    }
    long[] first = new long[others.size()];
    long[] second = new long[others.size()];
    long[] beside = new long[others.size()];
    for (int i = 0; i < others.size(); i++) {
      first[i] = timed(others.get(i), path);
      second[i] = timed(others.get(i), path);
      beside[i] = timed(known.get(i), path);
    }
    return quantiles(first) + " " + quantiles(second) + " " + quantiles(beside);
  }

  /** How long it takes to find a space by its name and to read a path of it. */
  private long timed(SpaceName space, Pointer path) {
    long began = System.nanoTime();
    Json value = grid.space(space).orElseThrow().read(path);
    long took = System.nanoTime() - began;
    Objects.requireNonNull(value, space::text);
    return took;
  }

  private static String quantiles(long[] times) {
    Arrays.sort(times);
    return times[times.length / 2] + " " + times[(int) (times.length * 0.99)];
  }

  /**
   * Demands a checkpoint: the time until its header is stored, its number, and how many spaces it
   * names.
   */
  private String checkpoint() {
    long number = grid.checkpoints().latest().map(StoredCheckpoint::number).orElse(0L) + 1;
    long began = System.nanoTime();
    grid.checkpoints().request();
    while (grid.checkpoints().find(number).isEmpty()) {
      awaitMore(began, 2, "checkpoint " + number + " is not prepared");
    }
    long took = System.nanoTime() - began;
    StoredCheckpoint made = grid.checkpoints().find(number).orElseThrow();
    return "%d %d %d".formatted(took, number, made.checkpoint().manifest().spaces().size());
  }

  /** Waits until the checkpoint of that number is final; answers how many spaces it names. */
  private String awaitFinal(long number) {
    long began = System.nanoTime();
    while (true) {
      StoredCheckpoint found = grid.checkpoints().find(number).orElse(null);
      if (found != null && found.status() == StoredCheckpoint.Status.FINALIZED) {
        return String.valueOf(found.checkpoint().manifest().spaces().size());
      }
      awaitMore(began, 200, "checkpoint " + number + " is not final");
    }
  }

  private static void awaitMore(long began, long millis, String what) {
    if (System.nanoTime() - began > PATIENCE.toNanos()) {
      throw new IllegalStateException(what + " after " + PATIENCE);
    }
    MemberProcess.pause(millis);
  }
}
