package io.mnemogrid.traffic;

import io.mnemogrid.CommitResult;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.process.Puppet;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * A {@link Puppet} that embeds a member with the store and writes as bots in it do.
 *
 * <p>Orders: {@code open SPACE}, {@code write SECONDS SEED FILE} (each acknowledged commit becomes
 * a line of the file), {@code head SPACE} (version, root and leaf hash), {@code members} (how
 * many).
 *
 * <p>Arguments: name, own port, addresses of members divided by commas, the SQLite file.
 */
public final class EmbeddedWriters {
  private static final int THREADS = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Mnemogrid grid;
  private final String name;
  private final List<Space> spaces = new ArrayList<>();

  private EmbeddedWriters(Mnemogrid grid, String name) {
    this.grid = grid;
    this.name = name;
  }

  /** A puppet. */
  public static void main(String[] arguments) {
    Puppet.run(puppet -> live(puppet, arguments));
  }

  private static void live(Puppet puppet, String[] arguments) throws IOException {
    GridConfig config =
        GridConfig.onOneHost(Path.of(arguments[3]))
            .withName(arguments[0])
            .withPort(Integer.parseInt(arguments[1]))
            .withMembers(Arrays.asList(arguments[2].split(",", -1)));
    try (Mnemogrid grid = Mnemogrid.start(config)) {
      puppet.serve("up", new EmbeddedWriters(grid, arguments[0])::obey);
    }
  }

  private String obey(String line) throws IOException, InterruptedException {
    String[] order = line.split(" ", -1);
    return switch (order[0]) {
      case "open" -> open(SpaceName.of(order[1]));
      case "write" ->
          write(Integer.parseInt(order[1]), Long.parseLong(order[2]), Path.of(order[3]));
      case "head" -> head(SpaceName.of(order[1]));
      case "members" -> String.valueOf(grid.members().size());
      default -> throw new IllegalArgumentException("cannot " + line);
    };
  }

  private String open(SpaceName space) {
    grid.createSpace(space, "{}");
    spaces.add(grid.space(space).orElseThrow());
    return "opened";
  }

  private String head(SpaceName space) {
    LogHead head = grid.space(space).orElseThrow().head().head();
    return "%d %s %s".formatted(head.version(), head.root(), head.leafHash());
  }

  /** Writes for this time; returns what failed, divided by semicolons. */
  private String write(int seconds, long seed, Path file) throws IOException, InterruptedException {
    try (PrintStream acknowledged = new PrintStream(file.toFile(), StandardCharsets.UTF_8)) {
      long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
      List<Thread> threads = new ArrayList<>();
      List<String> failures = new ArrayList<>();
      for (int i = 0; i < THREADS; i++) {
        Bot bot = new Bot(name + i, new Random(seed + i), acknowledged, end);
        threads.add(
            Thread.ofPlatform()
                .uncaughtExceptionHandler((_, e) -> {
                  e.printStackTrace();
                  synchronized (failures) {
                    failures.add(String.valueOf(e));
                  }
                })
                .start(bot::run));
      }
      for (Thread thread : threads) {
        thread.join();
      }
      return String.join("; ", failures);
    }
  }

  /** One of the threads that write. */
  private final class Bot {
    private final String bot;
    private final Random random;
    private final PrintStream acknowledged;
    private final long end;
    private long sent;

    private Bot(String bot, Random random, PrintStream acknowledged, long end) {
      this.bot = bot;
      this.random = random;
      this.acknowledged = acknowledged;
      this.end = end;
    }

    void run() {
      while (System.nanoTime() - end < 0) {
        Space space = spaces.get(random.nextInt(spaces.size()));
        int dice = random.nextInt(10);
        if (dice == 0) {
          count(space);
        } else {
          commit(space, delta(space, dice));
        }
      }
    }

    private Delta delta(Space space, int dice) {
      return space.delta(
          new Author(bot),
          delta -> {
            delta.id(bot + "-" + sent++).type("drill");
            String shared = "/shared/k" + random.nextInt(20);
            return switch (dice) {
              case 1, 2 -> delta.set(shared, Json.of(random.nextInt()));
              case 3 -> delta.delete(shared);
              case 4 ->
                  delta.set(
                      "/trees/t" + random.nextInt(3), Json.parse("{\"a\":{\"x\":1},\"b\":[1]}"));
              case 5 -> delta.set("/trees/t" + random.nextInt(3) + "/a/y", Json.of(bot));
              default ->
                  delta.set("/own/" + bot + "/k" + random.nextInt(50), Json.of(random.nextInt()));
            };
          });
    }

    private void commit(Space space, Delta delta) {
      long began = System.nanoTime();
      while (true) {
        switch (space.commit(delta).join()) {
          case CommitResult.Committed committed -> {
            tell(space, delta.requestHash().toString(), committed);
            return;
          }
          case CommitResult.Unchanged same ->
              throw new IllegalStateException("an edit takes a version, got " + same);
          case CommitResult.Refused refused ->
              throw new IllegalStateException(delta.id() + " was refused: " + refused);
          case CommitResult.NotApplied _, CommitResult.Damaged _, CommitResult.Unknown _ -> {
            if (System.nanoTime() - began > PATIENCE.toNanos()) {
              throw new IllegalStateException(delta.id() + " has no outcome");
            }
          }
        }
      }
    }

    private void count(Space space) {
      Pointer path = Pointer.parse("/counters/c" + random.nextInt(2));
      CommitResult result =
          space.compute(
              path,
              new Author(bot),
              value -> Json.of(value instanceof Json.Num number ? (long) number.value() + 1 : 1));
      if (!(result instanceof CommitResult.Committed committed)) {
        throw new IllegalStateException("counting ended with " + result);
      }
      tell(space, committed.update().fields().request().toString(), committed);
    }

    private void tell(Space space, String request, CommitResult.Committed committed) {
      String line =
          "%s %s %s %d %s %s"
              .formatted(
                  space.name(),
                  committed.update().id(),
                  request,
                  committed.version(),
                  committed.update().root(),
                  committed.update().leafHash());
      synchronized (acknowledged) {
        acknowledged.println(line);
      }
    }
  }
}
