package io.mnemogrid.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.mnemogrid.CommitResult;
import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Agents at three members who all want to write onto the head that they saw, while the member that
 * commits is killed: exactly one of them makes each version. {@code -Dmnemogrid.race.versions=N}
 * plays longer.
 */
class ConditionRaceIT {
  private static final SpaceName SPACE = SpaceName.of("race");
  private static final int CLIENTS = 64;
  private static final long VERSIONS = Long.getLong("mnemogrid.race.versions", 300);
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** An author whose clock is years behind loses every conflict; a condition leaves none. */
  private static final Instant LONG_AGO = Instant.parse("2020-01-01T00:00:00Z");

  @TempDir Path folder;

  /** Who was told that which update is his, and onto which head he wanted to write. */
  private record Won(LogHead seen, Update update) {}

  private final Queue<Won> won = new ConcurrentLinkedQueue<>();
  private final Queue<String> strange = new ConcurrentLinkedQueue<>();
  private final AtomicLong refused = new AtomicLong();

  private GridConfig config(int port, String name) {
    return GridConfig.onOneHost(folder.resolve("mnemogrid.db"))
        .withCluster("race-" + port)
        .withName(name)
        .withPort(port)
        .withCommitTimeout(PATIENCE)
        .withMembers(
            IntStream.range(port, port + 3).mapToObj(each -> "127.0.0.1:" + each).toList());
  }

  private static HazelcastInstance committer(int port) {
    return await()
        .atMost(PATIENCE)
        .until(
            () ->
                Hazelcast.getAllHazelcastInstances().stream()
                    .filter(
                        each -> each.getConfig().getClusterName().startsWith("race-" + port + "-"))
                    .filter(ConditionRaceIT::commits)
                    .toList(),
            found -> found.size() == 1)
        .getFirst();
  }

  /** A partition has no owner before it is used for the first time. */
  private static boolean commits(HazelcastInstance member) {
    Member owner = member.getPartitionService().getPartition(GridNames.COMMITTER_KEY).getOwner();
    return owner != null && owner.localMember();
  }

  @Test
  void oneSuccessForEachVersionThoughTheMemberThatCommitsIsKilled() throws Exception {
    int port = TestGrid.freePort();
    try (Mnemogrid a = Mnemogrid.start(config(port, "a"));
        Mnemogrid b = Mnemogrid.start(config(port, "b"));
        Mnemogrid c = Mnemogrid.start(config(port, "c"))) {
      a.createSpace(SPACE, "{}");
      HazelcastInstance dies = committer(port);
      String victim = String.valueOf(dies.getCluster().getLocalMember().getAttribute("name"));
      List<Space> spaces = new ArrayList<>();
      Map.of("a", a, "b", b, "c", c)
          .forEach((name, member) -> {
            if (!name.equals(victim)) {
              spaces.add(member.space(SPACE).orElseThrow());
            }
          });
      List<Thread> clients = new ArrayList<>();
      for (int i = 0; i < CLIENTS; i++) {
        int number = i;
        Space space = spaces.get(i % spaces.size());
        clients.add(Thread.ofVirtual().start(() -> race(space, number)));
      }
      await().atMost(PATIENCE).until(() -> won.size() > VERSIONS / 3);
      dies.getLifecycleService().terminate();
      for (Thread client : clients) {
        client.join();
      }
      List<Update> log = new ArrayList<>();
      while (log.addAll(spaces.getFirst().updates(log.size(), 500))) {}
      check(log);
    }
  }

  private void check(List<Update> log) {
    assertThat(strange).isEmpty();
    assertThat(refused).hasPositiveValue();
    assertThat(log.size()).isGreaterThanOrEqualTo((int) VERSIONS);
    Map<Long, Won> byVersion = new ConcurrentHashMap<>();
    for (Won one : won) {
      assertThat(byVersion.put(one.update.version(), one)).as("two made %s", one).isNull();
    }
    assertThat(byVersion).hasSameSizeAs(log);
    for (Update update : log) {
      Won winner = Objects.requireNonNull(byVersion.get(update.version()));
      assertThat(winner.update.text()).isEqualTo(update.text());
      assertThat(winner.seen.version()).isEqualTo(update.version() - 1);
      assertThat(winner.seen.leafHash()).isEqualTo(update.fields().previous());
    }
  }

  private void race(Space space, int number) {
    Author author = new Author("agent-" + number);
    for (int round = 0; space.head().version() < VERSIONS; round++) {
      LogHead seen = space.head().head();
      Condition condition = Condition.is(seen.version(), seen.leafHash());
      UpdateId id = DeltaBuilder.newId();
      String path = "/a" + number;
      Delta delta =
          number % 2 == 0
              ? new DeltaBuilder(author, 0, LONG_AGO)
                  .id(id.text())
                  .set(path, Json.of(round))
                  .build()
              : Delta.Patch.ofMerge(
                  id, author, "race", Json.object(Map.of("a" + number, Json.of(round))));
      settle(space, delta, condition, seen);
    }
  }

  /** Sends it until it is known what became of it. */
  private void settle(Space space, Delta delta, Condition condition, LogHead seen) {
    while (true) {
      switch (space.commit(delta, condition).join()) {
        case CommitResult.Committed committed -> {
          won.add(new Won(seen, committed.update()));
          return;
        }
        case CommitResult.Refused no
            when no.refusal() instanceof Refusal.NotCurrent other
                && !condition.holds(other.version(), other.leafHash()) -> {
          refused.incrementAndGet();
          space.at(other.version());
          return;
        }
        case CommitResult.Unknown _ -> {}
        case CommitResult.NotApplied _ -> {}
        case CommitResult.Refused no -> {
          strange.add(no.toString());
          return;
        }
        case CommitResult.Unchanged same -> {
          strange.add(same.toString());
          return;
        }
        case CommitResult.Damaged damaged -> {
          strange.add(damaged.toString());
          return;
        }
      }
    }
  }
}
