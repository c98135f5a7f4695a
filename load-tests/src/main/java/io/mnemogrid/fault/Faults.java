package io.mnemogrid.fault;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.check.Claim;
import io.mnemogrid.check.Freshness.Window;
import io.mnemogrid.check.Motion;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.client.Request;
import io.mnemogrid.grid.GridNames;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.process.ChainUnderTest;
import io.mnemogrid.process.Fleet;
import io.mnemogrid.process.Fleet.Seat;
import io.mnemogrid.process.Isolation;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.PostgresUnderTest;
import io.mnemogrid.process.SqliteUnderTest;
import io.mnemogrid.process.StoreUnderTest;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.traffic.BotProcess;
import io.mnemogrid.traffic.Journal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Does to a grid what a {@link Fault} says, and undoes it. One thread. */
public final class Faults {
  private static final int MOST_HOURS = 12;
  private static final int PIECE = 1 << 20;
  private static final int SMALLEST_PIECE = 4096;

  /**
   * What happened.
   *
   * @param undoneNanos when it was undone, {@code wholeNanos} when the grid was whole again
   * @param touched names of the members that it was done to
   * @param closes how long members that were asked to end took
   */
  public record Played(
      Fault fault,
      long beganNanos,
      long undoneNanos,
      long wholeNanos,
      Set<String> touched,
      List<Motion.Close> closes) {
    public Played {
      touched = Set.copyOf(touched);
      closes = List.copyOf(closes);
    }

    /** From its begin until the grid was whole again. */
    public Duration length() {
      return Duration.ofNanos(wholeNanos - beganNanos);
    }
  }

  private final Fleet fleet;
  private final List<BotProcess> bots;
  private final StoreUnderTest store;
  private final Path data;
  private final SpaceName space;
  private final Journal journal;
  private final @Nullable ChainUnderTest chain;
  private final List<Window> excused = new ArrayList<>();
  private final Set<String> touched = new HashSet<>();
  private final List<Motion.Close> closes = new ArrayList<>();
  private int probes;

  public Faults(
      Fleet fleet,
      List<BotProcess> bots,
      StoreUnderTest store,
      @Nullable ChainUnderTest chain,
      Path data,
      SpaceName space,
      Journal journal) {
    this.fleet = fleet;
    this.bots = bots;
    this.store = store;
    this.chain = chain;
    this.data = data;
    this.space = space;
    this.journal = journal;
  }

  /** The library that gives a process another clock, or null where it is not installed. */
  public static @Nullable Path clockLibrary() {
    try (Stream<Path> folders = Files.list(Path.of("/usr/lib"))) {
      return folders
          .map(folder -> folder.resolve("faketime/libfaketime.so.1"))
          .filter(Files::exists)
          .findFirst()
          .orElse(null);
    } catch (IOException e) {
      return null;
    }
  }

  /** Times in which news could not reach somebody, in the order of their begin. */
  public List<Window> excused() {
    return List.copyOf(excused);
  }

  /** Plays one and returns when the grid is whole again. */
  public Played play(Fault fault) {
    touched.clear();
    closes.clear();
    long began = System.nanoTime();
    doing(fault).run();
    long undone = System.nanoTime();
    fleet.awaitWhole(bots.size());
    return new Played(fault, began, undone, System.nanoTime(), touched, closes);
  }

  /** What a fault does, and undoes: a kind that is not played does not compile. */
  private Runnable doing(Fault fault) {
    Duration lasts = fault.lasts();
    return switch (fault.kind()) {
      case KILL_OWNER -> () -> kill(fleet.seat(owner(), fault.victim()), lasts);
      case KILL_LEADER -> () -> kill(fleet.seat(fleet.leader(), fault.victim()), lasts);
      case KILL_ANY -> () -> kill(fleet.seat(fault.victim()), lasts);
      case STOP -> () -> stop(fleet.seat(fault.victim()), lasts);
      case ROLL -> () -> roll(fault);
      case RESTART -> () -> restart(fault);
      case SPLIT -> () -> split(fleet.seat(fault.victim()), lasts);
      case STORE_GONE -> () -> withoutStore(() -> store.gone(lasts, fault.variant()));
      case STORE_SLOW -> () -> withoutStore(() -> store.slow(lasts));
      case DISK_FULL -> () -> fill(lasts);
      case CLOCK -> () -> clock(fleet.seat(fault.victim()), fault);
      case CHAIN_GONE ->
          () -> {
            if (chain != null) {
              chain.gone(lasts, fault.variant());
            }
          };
      case TOPIC -> () -> deafen(fleet.seat(fault.victim()), lasts);
    };
  }

  private String owner() {
    String key = store instanceof SqliteUnderTest ? GridNames.COMMITTER_KEY : space.text();
    return bots.getFirst().ask("owner " + key);
  }

  private void kill(Seat victim, Duration lasts) {
    touched.add(victim.name());
    victim.process().kill();
    MemberProcess.pause(lasts.toMillis());
    fleet.startHealthy(victim, Map.of());
  }

  private void stop(Seat victim, Duration lasts) {
    touched.add(victim.name());
    long began = System.nanoTime();
    Isolation.signal("STOP", victim.process().pid());
    MemberProcess.pause(lasts.toMillis());
    Isolation.signal("CONT", victim.process().pid());
    excuse(victim.name(), began);
    // whoever asked the stopped member for the log heard nothing either
    bots.forEach(bot -> excuse(bot.name(), began));
  }

  private void excuse(@Nullable String member, long began) {
    excused.add(new Window(member, began, System.nanoTime()));
  }

  private void roll(Fault fault) {
    Seat extra = fleet.extra();
    fleet.startHealthy(extra, Map.of());
    for (int i = 0; i < (fault.variant() % 2 == 0 ? 1 : fleet.seats().size()); i++) {
      Seat seat = fleet.seat(fault.victim() + i);
      touched.add(seat.name());
      close(seat);
      MemberProcess.pause(fault.lasts().toMillis());
      fleet.startHealthy(seat, Map.of());
    }
    close(extra);
  }

  /** Asks a member to end and notes how long that took. */
  private void close(Seat seat) {
    closes.add(new Motion.Close(seat.name(), seat.process().end()));
  }

  private void restart(Fault fault) {
    for (int i = 0; i < fleet.seats().size(); i++) {
      Seat seat = fleet.seat(fault.victim() + i);
      touched.add(seat.name());
      close(seat);
      MemberProcess.pause(fault.lasts().toMillis());
      fleet.startHealthy(seat, Map.of());
      fleet.awaitWhole(bots.size());
    }
  }

  private void split(Seat victim, Duration lasts) {
    touched.add(victim.name());
    List<String> others = new ArrayList<>();
    fleet.seats().stream().filter(seat -> seat != victim).forEach(seat -> others.add(seat.host()));
    bots.forEach(bot -> others.add(bot.host()));
    long began = System.nanoTime();
    Isolation.split(List.of(victim.host()), others);
    MemberProcess.pause(lasts.toMillis());
    Isolation.heal();
    bots.forEach(bot -> excuse(bot.name(), began));
  }

  private void withoutStore(Runnable fault) {
    long began = System.nanoTime();
    fault.run();
    if (store instanceof PostgresUnderTest) {
      excuse(null, began); // a reader of SQLite waits for no writer
    }
  }

  /** Fills the disk of the store, keeps it full, and lets go. */
  private void fill(Duration lasts) {
    Path filler = data.resolve("filler");
    long end = System.nanoTime() + lasts.toNanos();
    try (FileChannel file =
        FileChannel.open(filler, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
      while (System.nanoTime() < end) {
        for (int piece = PIECE; piece >= SMALLEST_PIECE; ) {
          try {
            file.write(ByteBuffer.allocate(piece));
          } catch (IOException e) {
            piece /= 4; // full, as far as pieces of this size go
          }
        }
        MemberProcess.pause(50);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      try {
        Files.delete(filler);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  // ------------------------------------------------------------------ clocks

  private void clock(Seat victim, Fault fault) {
    touched.add(victim.name());
    int hours = 1 + fault.variant() / 2 % MOST_HOURS;
    boolean fast = fault.variant() % 2 == 0;
    close(victim);
    fleet.startHealthy(
        victim,
        Map.of(
            "LD_PRELOAD",
            String.valueOf(clockLibrary()),
            "FAKETIME",
            (fast ? "+" : "-") + hours + "h",
            "FAKETIME_DONT_FAKE_MONOTONIC",
            "1",
            // else it takes waits on the monotonic clock for waits on the false one: they end at
            // once, and the JVM does nothing but wake up
            "FAKETIME_FORCE_MONOTONIC_FIX",
            "0"));
    // It harms only as the one that commits: the others go until it is.
    for (int i = 0; i < fleet.seats().size() && !owner().equals(victim.name()); i++) {
      Seat owner = fleet.seat(owner(), fault.victim() + 1);
      touched.add(owner.name());
      close(owner);
      fleet.startHealthy(owner, Map.of());
    }
    long began = System.nanoTime();
    do {
      for (Seat seat : fleet.seats()) {
        probe(seat.api(), Duration.ofMinutes(10));
        probe(seat.api(), Duration.ofHours(hours).minusMinutes(10));
      }
      MemberProcess.pause(500);
    } while (System.nanoTime() - began < fault.lasts().toNanos());
    close(victim);
    fleet.startHealthy(victim, Map.of());
  }

  /** A time that is yet to come must be refused, whatever a member's clock says. */
  private void probe(MemberApi api, Duration ahead) {
    Delta delta =
        new DeltaBuilder(new Author("prophet"), 0, Instant.now().plus(ahead))
            .id("prophet-" + probes++)
            .set("/own/prophet", Json.of(probes))
            .build();
    Request request = Request.of(space, delta);
    MemberApi.Reply reply = api.commit(space, request.body(), MemberApi.PATIENCE);
    if (reply == null || reply.status() == 202 || reply.status() == 503) {
      return;
    }
    if (reply.code().equals("future-timestamp")) {
      journal.note(new Claim.Refused(request, reply.code()));
    } else {
      journal.surprise(
          "%s took a delta of a time %s ahead: %s".formatted(api.name(), ahead, reply));
    }
  }

  // ------------------------------------------------------------------ news

  private void deafen(Seat victim, Duration lasts) {
    touched.add(victim.name());
    String ended = bots.getFirst().ask("deafen %s %d".formatted(victim.host(), victim.gridPort()));
    if (ended.equals("0")) {
      throw new IllegalStateException("no listener of " + victim.name() + " was to be ended");
    }
    MemberProcess.pause(lasts.toMillis());
    close(victim); // a listener comes back only with its member
    fleet.startHealthy(victim, Map.of());
  }
}
