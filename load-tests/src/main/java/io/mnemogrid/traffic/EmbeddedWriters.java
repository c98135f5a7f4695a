package io.mnemogrid.traffic;

import io.mnemogrid.CommitResult;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
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
 * A process that embeds a member with the store and writes as bots in it do. It obeys lines on
 * stdin: {@code open SPACE}, {@code write SECONDS SEED FILE} (each acknowledged commit becomes a
 * line of the file), {@code heads}; it answers each with lines, the last being {@code done …}, and
 * ends when stdin does.
 *
 * <p>Arguments: name, own port, addresses of members divided by commas, the SQLite file.
 */
public final class EmbeddedWriters {
  private static final int THREADS = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private final Mnemogrid grid;
  private final String name;
  private final PrintStream out;
  private final List<Space> spaces = new ArrayList<>();

  private EmbeddedWriters(Mnemogrid grid, String name, PrintStream out) {
    this.grid = grid;
    this.name = name;
    this.out = out;
  }

  /** Runs until stdin ends. */
  public static void main(String[] arguments) throws IOException, InterruptedException {
    PrintStream protocol = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err); // whoever prints by accident must not speak the protocol
    GridConfig config =
        GridConfig.onOneHost(Path.of(arguments[3]))
            .withName(arguments[0])
            .withPort(Integer.parseInt(arguments[1]))
            .withMembers(Arrays.asList(arguments[2].split(",", -1)));
    try (Mnemogrid grid = Mnemogrid.start(config)) {
      new EmbeddedWriters(grid, arguments[0], protocol).serve();
    }
    System.exit(0); // the grid's own threads may linger
  }

  private void serve() throws IOException, InterruptedException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    out.println("done up");
    String line;
    while ((line = in.readLine()) != null) {
      String[] order = line.split(" ", -1);
      switch (order[0]) {
        case "open" -> open(SpaceName.of(order[1]));
        case "write" ->
            write(Integer.parseInt(order[1]), Long.parseLong(order[2]), Path.of(order[3]));
        case "heads" -> heads();
        default -> throw new IllegalArgumentException("cannot " + line);
      }
    }
  }

  private void open(SpaceName space) {
    grid.createSpace(space, "{}");
    spaces.add(grid.space(space).orElseThrow());
    out.println("done open");
  }

  private void heads() {
    for (Space space : spaces) {
      LogHead head = space.head().head();
      out.println(
          "head %s %d %s %s".formatted(space.name(), head.version(), head.root(), head.leafHash()));
    }
    out.println("done heads " + grid.members().size());
  }

  private void write(int seconds, long seed, Path file) throws IOException, InterruptedException {
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
      out.println("done write " + String.join("; ", failures));
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
