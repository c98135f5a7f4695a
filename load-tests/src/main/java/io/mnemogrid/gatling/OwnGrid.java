package io.mnemogrid.gatling;

import io.mnemogrid.client.Answered;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Members that a load starts for itself, each in a process, on one SQLite file. */
final class OwnGrid implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final Path folder;
  private final List<Integer> ports;
  private final List<MemberProcess> members = new ArrayList<>();

  private OwnGrid(Path folder, int count) {
    this.folder = folder;
    this.ports = Ports.free(2 * count);
  }

  /** Starts members; returns when each sees all others. */
  static OwnGrid start(Path jar, Path folder, int count) {
    OwnGrid grid = new OwnGrid(folder, count);
    try {
      for (int i = 0; i < count; i++) {
        grid.members.add(grid.member(jar, i, count));
      }
      for (int i = 0; i < count; i++) {
        grid.awaitAll(grid.members.get(i).awaitHealthy(grid.ports.get(i)), count);
      }
      return grid;
    } catch (RuntimeException e) {
      grid.close();
      throw e;
    }
  }

  private MemberProcess member(Path jar, int index, int count) {
    String addresses =
        ports.subList(count, 2 * count).stream()
            .map(port -> "127.0.0.1:" + port)
            .collect(Collectors.joining(","));
    Launch launch = Launch.member(jar);
    return (count == 1 ? launch.flags("-Xmx1g") : launch.heap("512m"))
        .notary()
        .checkpointEvery(5)
        .named("m" + index)
        .with("MNEMOGRID_CLUSTER", "load-" + ports.get(count))
        .data(folder.resolve("data"))
        .ports(ports.get(index), ports.get(count + index))
        .members(addresses)
        .start(folder.resolve("m" + index + ".log"));
  }

  private void awaitAll(MemberApi api, int count) {
    long began = System.nanoTime();
    while (true) {
      MemberApi.Reply told = api.tryGet("/v1/members");
      if (told != null
          && told.status() == 200
          && Answered.parse(told.body()).objects("items").size() == count) {
        return;
      }
      if (System.nanoTime() - began > PATIENCE.toNanos()) {
        throw new IllegalStateException("the members do not find each other: " + folder);
      }
      MemberProcess.pause(100);
    }
  }

  /** Where they answer. */
  List<String> urls() {
    return ports.subList(0, ports.size() / 2).stream()
        .map(port -> "http://127.0.0.1:" + port)
        .toList();
  }

  /** The file that all share. */
  Path store() {
    return folder.resolve("data/mnemogrid.db");
  }

  /** {@code kill -9}. */
  void kill(int index) {
    members.get(index).kill();
  }

  /** Members that have ended, but for those that were killed. */
  boolean isAlive(int index) {
    return members.get(index).isAlive();
  }

  /** The end of what a member printed, for a message. */
  String tail(int index) {
    return members.get(index).tail();
  }

  @Override
  public void close() {
    members.parallelStream().forEach(MemberProcess::close);
  }
}
