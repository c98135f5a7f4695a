package io.mnemogrid.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import io.mnemogrid.CommitResult;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.OwnTime;
import io.mnemogrid.Space;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Three members with a store and one without, in this process; one of them dies. */
class GridIT {
  private static final SpaceName SPACE = SpaceName.of("daryl");

  /** Those that waited for each other took 5 s and more. */
  private static final Duration CLOSE = Duration.ofSeconds(4);

  private static final Duration PATIENCE = Duration.ofSeconds(90);

  /** How far the audit and the newest final checkpoint may lie behind after members went. */
  private static final Duration BEHIND = Duration.ofSeconds(30);

  @TempDir Path folder;

  private GridConfig config(int port, String name) {
    return GridConfig.onOneHost(file())
        .withCluster("grid-" + port)
        .withName(name)
        .withPort(port)
        .withCommitTimeout(PATIENCE)
        .withAnchor(new GridConfig.AnchorConfig.Notary(folder.resolve("notary")))
        .withCheckpoints(Duration.ofSeconds(1), 1000)
        .withMembers(
            IntStream.range(port, port + 4).mapToObj(each -> "127.0.0.1:" + each).toList());
  }

  private Path file() {
    return folder.resolve("mnemogrid.db");
  }

  private GridConfig bot(int port) {
    GridConfig config = config(port, "bot");
    return GridConfig.lite()
        .withSecret(folder.resolve("grid.secret"))
        .withCluster(config.network().cluster())
        .withName("bot")
        .withPort(port)
        .withCommitTimeout(PATIENCE)
        .withMembers(config.network().members());
  }

  private static List<HazelcastInstance> instances(int port) {
    return Hazelcast.getAllHazelcastInstances().stream()
        .filter(instance -> instance.getConfig().getClusterName().startsWith("grid-" + port + "-"))
        .toList();
  }

  private static String nameOf(HazelcastInstance instance) {
    return String.valueOf(instance.getCluster().getLocalMember().getAttribute("name"));
  }

  /** The member that commits for all: it owns the partition that decides. */
  private static HazelcastInstance committer(int port) {
    return await() // while a partition moves, the members may not agree who has it
        .atMost(PATIENCE)
        .until(
            () ->
                instances(port).stream()
                    .filter(instance ->
                        instance
                            .getPartitionService()
                            .getPartition(GridNames.COMMITTER_KEY)
                            .getOwner()
                            .localMember())
                    .findFirst(),
            Optional::isPresent)
        .orElseThrow();
  }

  private List<Update> log() {
    try (SqliteStore store = SqliteStore.open(file())) {
      return store.log().read(SPACE, 0, Integer.MAX_VALUE);
    }
  }

  private Snapshot replay() {
    try (SqliteStore store = SqliteStore.open(file())) {
      Snapshot at = Snapshot.ofNew(SPACE);
      for (Update update : store.log().read(SPACE, 0, Integer.MAX_VALUE)) {
        at = at.plus(update);
      }
      return at;
    }
  }

  /** What every instance finds in the map is the log's head. */
  private void awaitMapIsTheLog(int port) {
    String wanted = replay().toText();
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          for (HazelcastInstance instance : instances(port)) {
            Snapshot entry = instance.<String, Snapshot>getMap(GridNames.HEADS).get(SPACE.text());
            assertThat(entry == null ? "" : entry.toText()).as(nameOf(instance)).isEqualTo(wanted);
          }
        });
  }

  /** What follows the log goes on with whoever is left: the audit, and the checkpoints. */
  private static void awaitAuditAndCheckpoint(Mnemogrid left, long version) {
    await()
        .atMost(BEHIND)
        .untilAsserted(() -> {
          assertThat(left.audits().lag().updates()).isZero();
          assertThat(left.space(SPACE).orElseThrow().finality(version).isFinal()).isTrue();
        });
  }

  private static void awaitVersion(Space space, long version) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(space.head().version()).isEqualTo(version));
  }

  @Test
  void mapAndReplicasAreTheLogThoughMembersDie() throws IOException {
    int port = TestGrid.freePort();
    try (Mnemogrid a = Mnemogrid.start(config(port, "a"));
        Mnemogrid b = Mnemogrid.start(config(port, "b"));
        Mnemogrid c = Mnemogrid.start(config(port, "c"));
        Mnemogrid bot = Mnemogrid.start(bot(port))) {
      a.createSpace(SPACE, "{}");
      Map<String, Space> spaces = new HashMap<>();
      Map.of("a", a, "b", b, "c", c, "bot", bot)
          .forEach((name, member) -> spaces.put(name, member.space(SPACE).orElseThrow()));
      spaces.values().forEach(space -> commit(space, 25));
      spaces.values().forEach(space -> awaitVersion(space, 100));
      awaitMapIsTheLog(port);

      HazelcastInstance dies = committer(port);
      spaces.remove(nameOf(dies));
      Thread killer = Thread.ofPlatform().start(() -> dies.getLifecycleService().terminate());
      spaces.values().parallelStream().forEach(space -> commit(space, 30));
      killer.join();
      spaces.values().forEach(space -> awaitVersion(space, 190));
      String wanted = replay().toText();
      assertThat(spaces.values())
          .allSatisfy(space -> assertThat(space.head().toText()).isEqualTo(wanted));
      awaitMapIsTheLog(port);
      Mnemogrid left = spaces.containsKey("a") ? a : b;
      awaitAuditAndCheckpoint(left, 190);
      assertThat(log())
          .extracting(Update::version)
          .containsExactlyElementsOf(LongStream.rangeClosed(1, 190).boxed().toList());
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
  }

  /** Each commit is answered as committed, and in a few seconds also while the owner dies. */
  private static void commit(Space space, int count) {
    for (int i = 0; i < count; i++) {
      int n = i;
      Delta delta =
          space.delta(
              new Author("bot-a"), edit -> edit.set("/facts/k" + n, Json.of(System.nanoTime())));
      assertThat(
              OwnTime.of(() ->
                  assertThat(space.commit(delta).join())
                      .isInstanceOf(CommitResult.Committed.class)))
          .isLessThan(Duration.ofSeconds(8));
    }
  }

  /** Members close politely, the one that commits first, while others commit without a pause. */
  @Test
  void nobodyIsRefusedWhileMembersClose() throws Exception {
    int port = TestGrid.freePort();
    List<Mnemogrid> members = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      members.add(Mnemogrid.start(config(port, name)));
    }
    try (Mnemogrid bot = Mnemogrid.start(bot(port))) {
      members.getFirst().createSpace(SPACE, "{}");
      List<String> told = new CopyOnWriteArrayList<>();
      AtomicBoolean over = new AtomicBoolean();
      AtomicInteger committed = new AtomicInteger();
      List<Thread> writers = new ArrayList<>();
      Mnemogrid stays = members.getLast();
      for (int w = 0; w < 8; w++) {
        Space space = (w % 2 == 0 ? stays : bot).space(SPACE).orElseThrow();
        String path = "/w" + w;
        writers.add(
            Thread.ofVirtual()
                .start(() -> {
                  for (int n = 0; !over.get(); n++) {
                    int count = n;
                    CommitResult result =
                        space
                            .commit(
                                space.delta(new Author("bot-a"), d -> d.set(path, Json.of(count))))
                            .join();
                    if (result instanceof CommitResult.Committed) {
                      committed.incrementAndGet();
                    } else {
                      told.add(result.toString());
                    }
                  }
                }));
      }
      await().atMost(PATIENCE).until(() -> committed.get() > 200);
      HazelcastInstance first = committer(port);
      members.sort((one, other) -> owns(other, first) - owns(one, first));
      for (Mnemogrid closes : members) {
        if (closes != stays) {
          int before = committed.get();
          assertThat(OwnTime.of(closes::close)).isLessThan(Duration.ofSeconds(5));
          await().atMost(PATIENCE).until(() -> committed.get() > before + 100);
        }
      }
      over.set(true);
      for (Thread writer : writers) {
        writer.join();
      }
      assertThat(told).as("answers other than committed, of %d", committed.get()).isEmpty();
      awaitAuditAndCheckpoint(stays, stays.space(SPACE).orElseThrow().head().version());
    } finally {
      members.forEach(Mnemogrid::close);
    }
  }

  private static int owns(Mnemogrid member, HazelcastInstance committer) {
    return member.members().stream()
            .anyMatch(info -> info.local() && info.name().equals(nameOf(committer)))
        ? 1
        : 0;
  }

  @Test
  void anAppendThatNobodyAnnouncesIsSeenByAll() throws IOException {
    int port = TestGrid.freePort();
    try (Mnemogrid a = Mnemogrid.start(config(port, "a"));
        Mnemogrid b = Mnemogrid.start(config(port, "b"));
        Mnemogrid bot = Mnemogrid.start(bot(port));
        SqliteStore elsewhere = SqliteStore.open(file())) {
      a.createSpace(SPACE, "{}");
      List<Space> spaces = new ArrayList<>();
      List.of(a, b, bot).forEach(member -> spaces.add(member.space(SPACE).orElseThrow()));
      commit(spaces.getFirst(), 5);
      spaces.forEach(space -> awaitVersion(space, 5));

      Scribe scribe = new Scribe(replay());
      elsewhere.log().append(List.of(scribe.batch("silent", 700)));
      assertThat(OwnTime.of(() -> spaces.forEach(space -> awaitVersion(space, 705))))
          .isLessThan(Duration.ofSeconds(8));

      // The map has missed them: the next update meets a gap, and a whole snapshot closes it.
      elsewhere.log().append(List.of(scribe.batch("silent", 3)));
      commit(spaces.getLast(), 1);
      spaces.forEach(space -> awaitVersion(space, 709));
      awaitMapIsTheLog(port);
    }
  }

  /** A member that ends asks the oldest one to let go of its jobs: that one may be ending too. */
  @Test
  void membersThatEndTogetherDoNotWaitForEachOther() throws IOException {
    int port = TestGrid.freePort();
    List<Mnemogrid> members = new ArrayList<>();
    for (String name : List.of("a", "b", "c")) {
      members.add(Mnemogrid.start(config(port, name)));
    }
    try (Mnemogrid bot = Mnemogrid.start(bot(port))) {
      members.getFirst().createSpace(SPACE, "{}");
      List<Duration> took = new CopyOnWriteArrayList<>();
      try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
        for (Mnemogrid member : members) {
          threads.execute(() -> took.add(OwnTime.of(member::close)));
        }
      }
      assertThat(took)
          .hasSize(members.size())
          .allSatisfy(each -> assertThat(each).isLessThan(CLOSE));
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(bot.members()).extracting("name").containsOnly("bot"));
    }
  }
}
