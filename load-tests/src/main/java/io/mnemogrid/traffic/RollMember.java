package io.mnemogrid.traffic;

import io.mnemogrid.CommitResult;
import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridConfig.AnchorConfig;
import io.mnemogrid.GridConfig.StoreConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.check.RollEvent;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.Puppet;
import io.mnemogrid.process.PuppetProcess;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A {@link Puppet} that embeds a member and writes through it: a bot without a store, or a member
 * with one that is closed by {@link Mnemogrid#close} and started again while its process stays.
 * Each outcome becomes a line of its journal ({@link RollEvent}).
 *
 * <p>Orders: {@code create SPACES}, {@code write SPACES} begins, {@code churn SPACES} so that keys
 * come and go, {@code pause} returns when no commit is under way, {@code close}, {@code start},
 * {@code members}, {@code owner KEY}, {@code flush}.
 *
 * <p>Arguments: name, host, port, addresses of members divided by commas, writers, journal, store
 * ({@code none}, a file or a JDBC URL of PostgreSQL), folder of the notary.
 */
public final class RollMember {
  private static final int THINK_MILLIS = 15;
  private static final Duration CHECKPOINTS = Duration.ofSeconds(2);

  /** A writer that churns keeps the keys of this many of its newest deltas, and deletes others. */
  private static final int LIVING = 20;

  /**
   * A writer sends fewer deltas than this before it is paused. When it goes on, the numbers in its
   * ids begin at the next multiple of this.
   */
  private static final long MOST_AT_ONCE = 1_000_000_000L;

  /** Part of each id, so that no two processes make the same id. */
  private static final long STARTED = System.nanoTime();

  private final GridConfig config;
  private final int writers;
  private final PrintStream journal;
  private final List<Thread> threads = new ArrayList<>();
  private List<SpaceName> names = List.of();
  private Mnemogrid grid;
  private volatile boolean paused;
  private boolean churning;
  private long begun; // how often it began to write

  private RollMember(GridConfig config, int writers, PrintStream journal) {
    this.config = config;
    this.writers = writers;
    this.journal = journal;
    this.grid = Mnemogrid.start(config);
  }

  /**
   * Starts one in a process and returns when it is a member.
   *
   * @param folder takes its log, {@code NAME.log}, and has the notary's folder
   * @param store {@code none}, a file or a JDBC URL of PostgreSQL
   */
  public static PuppetProcess start(
      Path folder, String name, int port, String members, int writers, Path journal, String store) {
    PuppetProcess puppet =
        Launch.main(
                RollMember.class,
                List.of(
                    name,
                    "127.0.0.1",
                    Integer.toString(port),
                    members,
                    Integer.toString(writers),
                    journal.toString(),
                    store,
                    folder.resolve("data/notary").toString()))
            .heap("512m")
            .startingFast()
            .startPuppet(name, folder.resolve(name + ".log"));
    puppet.awaitUp();
    return puppet;
  }

  /** A puppet. */
  public static void main(String[] arguments) {
    Puppet.run(puppet -> live(puppet, arguments));
  }

  private static void live(Puppet puppet, String[] arguments)
      throws IOException, InterruptedException {
    GridConfig config =
        GridConfig.lite()
            .withName(arguments[0])
            .withHost(arguments[1])
            .withPort(Integer.parseInt(arguments[2]))
            .withMembers(List.of(arguments[3].split(",", -1)));
    if (!arguments[6].equals("none")) {
      config =
          config
              .withStore(
                  arguments[6].startsWith("jdbc:")
                      ? new StoreConfig.Postgres(arguments[6], "postgres", null)
                      : new StoreConfig.Sqlite(Path.of(arguments[6])))
              .withAnchor(new AnchorConfig.Notary(Path.of(arguments[7])))
              .withCheckpoints(CHECKPOINTS, 1000);
    }
    try (PrintStream journal =
        new PrintStream(Path.of(arguments[5]).toFile(), StandardCharsets.UTF_8)) {
      RollMember member = new RollMember(config, Integer.parseInt(arguments[4]), journal);
      puppet.serve("up", order -> member.obey(order.split(" ", -1)));
      member.pause();
      member.grid.close();
    }
  }

  private String obey(String[] order) throws InterruptedException {
    switch (order[0]) {
      case "create" -> spaces(order).forEach(name -> grid.createSpace(name, "{}"));
      case "write" -> write(spaces(order));
      case "churn" -> {
        churning = true;
        write(spaces(order));
      }
      case "pause" -> pause();
      case "close" -> {
        pause();
        long began = System.nanoTime();
        grid.close();
        return String.valueOf(System.nanoTime() - began);
      }
      case "start" -> {
        grid = Mnemogrid.start(config);
        write(names);
      }
      case "members" -> {
        return String.valueOf(grid.members().size());
      }
      case "owner" -> {
        return Owners.of(order[1]);
      }
      case "flush" -> {
        synchronized (journal) {
          journal.flush();
        }
      }
      default -> throw new IllegalArgumentException("cannot " + String.join(" ", order));
    }
    return order[0];
  }

  /** The names of spaces behind the first word of an order. */
  private static List<SpaceName> spaces(String[] order) {
    return Arrays.stream(order).skip(1).map(SpaceName::of).toList();
  }

  private void pause() throws InterruptedException {
    paused = true;
    for (Thread thread : threads) {
      thread.join();
    }
    threads.clear();
  }

  private void write(List<SpaceName> to) {
    names = to;
    paused = false;
    begun++;
    List<Space> spaces = names.stream().map(name -> grid.space(name).orElseThrow()).toList();
    for (int i = 0; i < writers; i++) {
      Space space = spaces.get(i % spaces.size());
      String author = config.network().name() + "-" + i;
      threads.add(
          Thread.ofPlatform().name(author).start(() -> write(space, author, begun * MOST_AT_ONCE)));
    }
  }

  private void write(Space space, String author, long first) {
    try {
      for (long n = first; !paused; n++) {
        long number = n;
        commit(
            space,
            space.delta(new Author(author), delta -> change(delta, author, number, churning)));
        TimeUnit.MILLISECONDS.sleep(THINK_MILLIS);
      }
    } catch (RuntimeException e) {
      note(
          new RollEvent(
              RollEvent.Kind.REFUSED,
              space.name().text(),
              System.nanoTime(),
              0,
              0,
              author + " failed: " + e));
      e.printStackTrace();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /**
   * What a writer sends: one of forty keys, or, where it churns, eight keys that nobody has used
   * before and the end of eight that it made earlier.
   */
  static DeltaBuilder change(DeltaBuilder delta, String author, long number, boolean churns) {
    String id = author + "-" + STARTED + "-" + number;
    delta.id(id).type("drill");
    if (!churns) {
      return delta.set("/own/" + author + "/k" + number % 40, Json.of(id));
    }
    for (int i = 0; i < 8; i++) {
      delta.set("/tasks/" + author + "/t" + number + "-" + i, Json.of(id));
      if (number >= LIVING) {
        delta.delete("/tasks/" + author + "/t" + (number - LIVING) + "-" + i);
      }
    }
    return delta;
  }

  /** Sends a delta until it is committed or refused, and notes each answer. */
  private void commit(Space space, Delta delta) throws InterruptedException {
    long began = System.nanoTime();
    while (true) {
      CommitResult result = space.commit(delta).join();
      long now = System.nanoTime();
      String name = space.name().text();
      switch (result) {
        case CommitResult.Committed committed -> {
          note(
              new RollEvent(
                  RollEvent.Kind.ACKNOWLEDGED,
                  name,
                  now,
                  now - began,
                  committed.version(),
                  delta.id().text()));
          return;
        }
        case CommitResult.Refused refused -> {
          note(
              new RollEvent(
                  RollEvent.Kind.REFUSED,
                  name,
                  now,
                  now - began,
                  0,
                  String.valueOf(refused.refusal())));
          return;
        }
        case CommitResult.Unchanged same ->
            throw new IllegalStateException("an edit takes a version, got " + same);
        case CommitResult.Damaged damaged -> {
          note(
              new RollEvent(
                  RollEvent.Kind.REFUSED, name, now, now - began, 0, String.valueOf(damaged)));
          return;
        }
        case CommitResult.NotApplied none ->
            note(new RollEvent(RollEvent.Kind.NOT_APPLIED, name, now, now - began, 0, none.why()));
        case CommitResult.Unknown unknown ->
            note(new RollEvent(RollEvent.Kind.UNKNOWN, name, now, now - began, 0, unknown.why()));
      }
      TimeUnit.MILLISECONDS.sleep(THINK_MILLIS);
    }
  }

  private void note(RollEvent event) {
    synchronized (journal) {
      journal.println(event.line());
    }
  }
}
