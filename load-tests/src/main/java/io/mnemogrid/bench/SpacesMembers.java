package io.mnemogrid.bench;

import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.process.PuppetProcess;
import io.mnemogrid.store.SqliteStore;
import io.mnemogrid.store.Store;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Members in processes of their own, on one SQLite file with {@link ManySpaces}. */
final class SpacesMembers implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final double QUIET_PERCENT = 2;

  /**
   * What a member takes.
   *
   * @param startSeconds from the start of its process until it can take commits
   * @param ownSeconds the part of it after its JVM was up
   * @param heapMib in use after a full collection
   * @param residentMib what the system has in memory for it
   * @param idlePercent of a core, while nobody commits
   */
  record Cost(
      double startSeconds,
      double ownSeconds,
      double heapMib,
      double residentMib,
      double idlePercent) {}

  private final Path data;
  private final List<PuppetProcess> all = new ArrayList<>();
  private final List<double[]> starts = new ArrayList<>(); // of the process, of the member in it

  private SpacesMembers(Path data) {
    this.data = data;
  }

  /**
   * Starts so many members, one after the other, each when the one before it is ready.
   *
   * @param anchor as {@link SpacesMember} is given it
   */
  static SpacesMembers start(Path data, ManySpaces spaces, String anchor, int count) {
    SpacesMembers members = new SpacesMembers(data);
    List<Integer> ports = Ports.free(count);
    String addresses = String.join(",", ports.stream().map(port -> "127.0.0.1:" + port).toList());
    try {
      for (int i = 0; i < count; i++) {
        List<String> arguments =
            List.of(
                "m" + i,
                ports.get(i).toString(),
                addresses,
                data.toString(),
                String.valueOf(spaces.count()),
                String.valueOf(spaces.active()),
                anchor);
        members.begin("m" + i, arguments);
      }
      members.awaitJoined();
      return members;
    } catch (RuntimeException e) {
      members.close();
      throw e;
    }
  }

  private void begin(String name, List<String> arguments) {
    long began = System.nanoTime();
    PuppetProcess puppet =
        Launch.main(SpacesMember.class, arguments)
            .startPuppet(name, data.resolveSibling(data.getFileName() + "-" + name + ".log"));
    all.add(puppet);
    double own = Long.parseLong(puppet.awaitUp()) / 1e9;
    starts.add(new double[] {(System.nanoTime() - began) / 1e9, own});
  }

  private void awaitJoined() {
    long began = System.nanoTime();
    while (!all.stream().allMatch(one -> one.ask("joined").equals(String.valueOf(all.size())))) {
      if (System.nanoTime() - began > PATIENCE.toNanos()) {
        throw new IllegalStateException("the members do not find each other: " + data);
      }
      MemberProcess.pause(100);
    }
  }

  /** Opens the store of these members, to look at it. */
  Store store() {
    return SqliteStore.open(ManySpaces.file(data));
  }

  /** Gives the first member an order and returns the numbers of its answer. */
  long[] ask(String order) {
    String answer = all.getFirst().ask(order);
    return Arrays.stream(answer.split(" ", -1)).mapToLong(Long::parseLong).toArray();
  }

  /**
   * What each of them costs. Their idle time is measured over the same stretch, which begins when
   * they are quiet: when they took no more than 2 % of a core each for a quarter of that time.
   *
   * @param settle they are waited for no longer than this; then they are measured as they are
   */
  List<Cost> costs(Duration idle, Duration settle) throws IOException, InterruptedException {
    long began = System.nanoTime();
    double[] heap = new double[all.size()];
    double[] resident = new double[all.size()];
    for (int i = 0; i < heap.length; i++) {
      heap[i] = Footprint.heapMib(all.get(i).pid());
      resident[i] = Footprint.residentMib(all.get(i).pid());
    }
    double most;
    do {
      most = Arrays.stream(percent(idle.dividedBy(4))).max().orElseThrow();
    } while (most > QUIET_PERCENT && System.nanoTime() - began < settle.toNanos());
    double[] percent = percent(idle);
    List<Cost> costs = new ArrayList<>();
    for (int i = 0; i < heap.length; i++) {
      costs.add(new Cost(starts.get(i)[0], starts.get(i)[1], heap[i], resident[i], percent[i]));
    }
    return costs;
  }

  /** What each of them takes of a core for so long, in percent. */
  private double[] percent(Duration time) {
    long began = System.nanoTime();
    long[] before = used();
    MemberProcess.pause(time.toMillis());
    long[] after = used();
    double nanos = System.nanoTime() - began;
    double[] percent = new double[before.length];
    for (int i = 0; i < percent.length; i++) {
      percent[i] = 100 * (after[i] - before[i]) / nanos;
    }
    return percent;
  }

  private long[] used() {
    return all.stream().mapToLong(one -> Footprint.processorTime(one.pid()).toNanos()).toArray();
  }

  @Override
  public void close() {
    all.forEach(PuppetProcess::close);
  }
}
