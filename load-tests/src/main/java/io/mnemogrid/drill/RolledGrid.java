package io.mnemogrid.drill;

import io.mnemogrid.check.RollEvent;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.process.Fleet;
import io.mnemogrid.process.Fleet.Seat;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.process.PuppetProcess;
import io.mnemogrid.traffic.RollMember;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Three members that are restarted in turn, and how one of them is asked to end. */
sealed interface RolledGrid extends AutoCloseable {
  /** How many members there are. */
  int MEMBERS = 3;

  /** The addresses at which a bot looks for the members. */
  String addresses();

  /** Returns when all members see each other and that many bots. */
  void awaitWhole(int bots);

  /** Starts the writers that are a part of the grid; does nothing when it has none. */
  void write(String spaces);

  /** Asks a member to end; returns how long that took. */
  Duration end(int member);

  /** {@code kill -9}. */
  void kill(int member);

  /** Starts a member again; returns when it takes commits. */
  void start(int member);

  /** Stops the writers in it; returns what they were answered. */
  List<RollEvent> stop();

  @Override
  void close();

  /** Members that are servers, ended by SIGTERM. */
  final class Servers implements RolledGrid {
    private final Fleet fleet;

    Servers(Launch launch, Path folder) {
      fleet = new Fleet(launch, folder, MEMBERS);
      fleet.startHealthy(fleet.seat(0), Map.of());
      fleet.seats().stream().skip(1).forEach(seat -> fleet.start(seat, Map.of()));
    }

    List<MemberApi> apis() {
      return fleet.seats().stream().map(Seat::api).toList();
    }

    @Override
    public String addresses() {
      return fleet.addresses();
    }

    @Override
    public void awaitWhole(int bots) {
      fleet.awaitWhole(bots);
    }

    @Override
    public void write(String spaces) {}

    @Override
    public Duration end(int member) {
      return fleet.seat(member).process().end();
    }

    @Override
    public void kill(int member) {
      fleet.seat(member).process().kill();
    }

    @Override
    public void start(int member) {
      fleet.startHealthy(fleet.seat(member), Map.of());
    }

    @Override
    public List<RollEvent> stop() {
      return List.of();
    }

    @Override
    public void close() {
      fleet.close();
    }
  }

  /** Members embedded in processes that live on; a member ends by its {@code close()}. */
  final class Embedded implements RolledGrid {
    private final Path folder;
    private final String store;
    private final int writers;
    private final List<Integer> ports = Ports.free(MEMBERS);
    private final List<PuppetProcess> processes = new ArrayList<>();
    private final List<Path> journals = new ArrayList<>();
    private String spaces = "";

    Embedded(Path folder, String store, int writers) {
      this.folder = folder;
      this.store = store;
      this.writers = writers;
      for (int i = 0; i < MEMBERS; i++) {
        processes.add(process(i));
      }
    }

    private PuppetProcess process(int member) {
      Path journal = folder.resolve("m" + member + "-" + journals.size() + ".journal");
      journals.add(journal);
      return RollMember.start(
          folder, "m" + member, ports.get(member), addresses(), writers, journal, store);
    }

    @Override
    public String addresses() {
      return ports.stream().map(port -> "127.0.0.1:" + port).collect(Collectors.joining(","));
    }

    @Override
    public void awaitWhole(int bots) {
      long began = System.nanoTime();
      while (!processes.stream()
          .allMatch(one -> one.ask("members").equals(String.valueOf(MEMBERS + bots)))) {
        if (System.nanoTime() - began > Duration.ofMinutes(1).toNanos()) {
          throw new IllegalStateException("the members do not see each other: " + folder);
        }
        MemberProcess.pause(50);
      }
    }

    @Override
    public void write(String all) {
      spaces = all;
      processes.forEach(one -> one.ask("write " + all));
    }

    @Override
    public Duration end(int member) {
      return Duration.ofNanos(Long.parseLong(processes.get(member).ask("close")));
    }

    @Override
    public void kill(int member) {
      processes.get(member).kill();
    }

    @Override
    public void start(int member) {
      if (processes.get(member).isAlive()) {
        processes.get(member).ask("start");
      } else {
        processes.set(member, process(member));
        processes.get(member).ask("write " + spaces);
      }
    }

    @Override
    public List<RollEvent> stop() {
      processes.forEach(one -> {
        one.ask("pause");
        one.ask("flush");
      });
      return journals.stream().flatMap(journal -> RollEvent.read(journal).stream()).toList();
    }

    @Override
    public void close() {
      processes.forEach(PuppetProcess::close);
    }
  }
}
