package io.mnemogrid.bench;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.mnemogrid.CommitResult;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridListener;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.grid.GridNames;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.process.Puppet;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * A {@link Puppet} that embeds a member with the store. Each answer begins with a word that says
 * what follows.
 *
 * <p>Arguments: name, own port, addresses of members divided by commas, the SQLite file.
 */
public final class BenchMember {
  /** The space that all these members commit to. */
  private static final SpaceName SPACE = SpaceName.of("bench");

  private static final Author AUTHOR = new Author("bench");

  /** A version, and when it was acknowledged or seen here, on the host's monotonic clock. */
  private record Seen(long version, long nanos) {}

  private final Mnemogrid grid;
  private final Space space;
  private final Queue<Seen> advances = new ConcurrentLinkedQueue<>();
  private final Queue<Seen> acknowledged = new ConcurrentLinkedQueue<>();
  private final List<Thread> streams = new ArrayList<>();
  private volatile boolean streaming;
  private volatile boolean watching;

  private BenchMember(Mnemogrid grid) {
    this.grid = grid;
    grid.createSpace(SPACE, "{}");
    this.space = grid.space(SPACE).orElseThrow();
    grid.listen(
        new GridListener() {
          @Override
          public void advanced(Snapshot head) {
            if (watching) {
              advances.add(new Seen(head.version(), System.nanoTime()));
            }
          }
        });
  }

  /** A puppet. */
  public static void main(String[] arguments) {
    Puppet.run(puppet -> live(puppet, arguments));
  }

  private static void live(Puppet puppet, String[] arguments) throws IOException {
    GridConfig config =
        GridConfig.onOneHost(Path.of(arguments[3]))
            .withName(arguments[0])
            .withCluster("bench-" + arguments[2].hashCode())
            .withPort(Integer.parseInt(arguments[1]))
            .withMembers(Arrays.asList(arguments[2].split(",", -1)));
    try (Mnemogrid grid = Mnemogrid.start(config)) {
      puppet.serve("up", new BenchMember(grid)::obey);
    }
  }

  private String obey(String line) throws Exception {
    String[] order = line.split(" ", -1);
    return switch (order[0]) {
      case "fill" -> fill(whole(order[1]));
      case "shows" -> shows(whole(order[1]));
      case "write" -> write(whole(order[1]), Duration.ofMillis(whole(order[2])));
      case "stream" -> stream(whole(order[1]), whole(order[2]));
      case "stop" -> stop();
      case "gap" -> "gap " + gap(Long.parseLong(order[1]), System.nanoTime());
      case "save" -> save(Path.of(order[1]), Path.of(order[2]));
      case "members" -> members();
      default -> throw new IllegalArgumentException("cannot " + line);
    };
  }

  private static int whole(String text) {
    return Integer.parseInt(text);
  }

  /** Makes a document of {@code leaves} leaves, unless one stands there. */
  private String fill(int leaves) {
    if (space.head().state().leaves() < leaves) {
      commit(space.delta(AUTHOR, delta -> delta.set("", MnemogridPeer.document(leaves))));
    }
    return "filled " + space.head().version();
  }

  /** Waits until the document has {@code leaves} leaves here. */
  private String shows(int leaves) {
    while (space.head().state().leaves() < leaves) {
      LockSupport.parkNanos(Duration.ofMillis(5).toNanos());
    }
    return "shows " + space.head().version();
  }

  private String write(int writers, Duration time) throws Exception {
    int leaves = space.head().state().leaves();
    Load.Result result =
        Load.run(
            writers,
            time,
            (writer, n) -> commit(delta(writer, (int) ((writer * 7919L + n * 31) % leaves), n)));
    return "wrote %d %d %d %d"
        .formatted(result.writes(), result.time().toNanos(), result.p50Nanos(), result.p99Nanos());
  }

  private Delta delta(int writer, int field, long value) {
    return space.delta(
        new Author("writer-" + writer),
        delta -> delta.set(MnemogridPeer.path(field), Json.of(value)));
  }

  /** Commits a delta, and sends it again until its outcome is known. */
  private long commit(Delta delta) {
    while (true) {
      switch (space.commit(delta).join()) {
        case CommitResult.Committed committed -> {
          return committed.version();
        }
        case CommitResult.Unchanged same ->
            throw new IllegalStateException("an edit takes a version, got " + same);
        case CommitResult.Refused refused ->
            throw new IllegalStateException("not committed: " + refused);
        case CommitResult.NotApplied _, CommitResult.Damaged _, CommitResult.Unknown _ ->
            LockSupport.parkNanos(Duration.ofMillis(1).toNanos());
      }
    }
  }

  /**
   * Starts writers that each begin {@code perSecond} commits a second, however long a commit takes,
   * until {@link #stop}.
   */
  private String stream(int writers, int perSecond) {
    acknowledged.clear();
    advances.clear();
    streaming = true;
    watching = true;
    for (int w = 0; w < writers; w++) {
      int writer = w;
      streams.add(Thread.ofVirtual().start(() -> keepCommitting(writer, perSecond)));
    }
    return "streaming";
  }

  private void keepCommitting(int writer, int perSecond) {
    long every = Duration.ofSeconds(1).toNanos() / perSecond;
    long next = System.nanoTime() + every * writer / 4;
    for (int n = 0; streaming; n++) {
      acknowledged.add(new Seen(commit(delta(writer, writer, n)), System.nanoTime()));
      next = Math.max(next + every, System.nanoTime() - every);
      LockSupport.parkNanos(next - System.nanoTime());
    }
  }

  private String stop() throws InterruptedException {
    streaming = false;
    for (Thread stream : streams) {
      stream.join();
    }
    streams.clear();
    return "stopped " + acknowledged.size();
  }

  /**
   * The longest time without an acknowledgement that ended after {@code since} or has not ended at
   * {@code now}; then the number of acknowledgements after {@code since}.
   */
  private String gap(long since, long now) {
    long longest = 0;
    long last = since;
    int after = 0;
    for (Seen ack :
        acknowledged.stream().sorted((a, b) -> Long.compare(a.nanos, b.nanos)).toList()) {
      if (ack.nanos >= since) {
        longest = Math.max(longest, ack.nanos - last);
        after++;
      }
      last = ack.nanos;
    }
    return Math.max(longest, now - last) + " " + after;
  }

  private String save(Path acks, Path sights) throws IOException {
    watching = false;
    save(acknowledged, acks);
    save(advances, sights);
    return "saved";
  }

  private static void save(Queue<Seen> all, Path file) throws IOException {
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file)))) {
      for (Seen seen : all) {
        out.writeLong(seen.version);
        out.writeLong(seen.nanos);
      }
    }
  }

  /**
   * The number of members, whether each partition has its backup, and whether this member commits.
   */
  private String members() {
    HazelcastInstance instance = Hazelcast.getAllHazelcastInstances().iterator().next();
    var partitions = instance.getPartitionService();
    var owner = partitions.getPartition(GridNames.COMMITTER_KEY).getOwner();
    return "members %d %s %s"
        .formatted(
            grid.members().size(),
            partitions.isClusterSafe(),
            owner != null && owner.localMember());
  }
}
