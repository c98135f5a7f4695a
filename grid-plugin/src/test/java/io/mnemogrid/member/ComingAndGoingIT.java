package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.partition.Partition;
import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.CommitResult.NotApplied;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridHealth;
import io.mnemogrid.MemberInfo;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.commit.Routing;
import io.mnemogrid.grid.GridNames;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Members that come slowly, come not at all, or break. Real members on one real SQLite file; the
 * log of one of them is slow, lies, or fails.
 */
class ComingAndGoingIT {
  private static final Author BOT = new Author("bot-a");
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final List<SpaceName> SPACES =
      IntStream.range(0, 12).mapToObj(each -> SpaceName.of("space-" + each)).toList();

  @TempDir Path folder;
  private int port;

  @BeforeEach
  void choosePort() {
    port = TestGrid.freePort();
  }

  private GridConfig config(String name) {
    return TestGrid.member(folder, port)
        .withName(name)
        .withCommitTimeout(Duration.ofSeconds(5))
        .withAnchor(new GridConfig.AnchorConfig.None());
  }

  private static CommitResult commit(Mnemogrid member, SpaceName name) {
    Space space = member.space(name).orElseThrow();
    return space
        .commit(space.delta(BOT, delta -> delta.set("/n", Json.of(System.nanoTime() % 10_000))))
        .join();
  }

  private static void assertCommits(Mnemogrid member) {
    for (SpaceName space : SPACES) {
      assertThat(commit(member, space)).isInstanceOf(Committed.class);
    }
  }

  private List<HazelcastInstance> instances() {
    return Hazelcast.getAllHazelcastInstances().stream()
        .filter(each -> each.getConfig().getClusterName().startsWith("test-" + port))
        .toList();
  }

  private static String name(HazelcastInstance instance) {
    return String.valueOf(instance.getCluster().getLocalMember().getAttribute("name"));
  }

  private HazelcastInstance instance(String name) {
    return instances().stream().filter(each -> name.equals(name(each))).findFirst().orElseThrow();
  }

  /** The names of the members that own partitions, as a member sees it. */
  private List<String> owners(String seenBy) {
    return instance(seenBy).getPartitionService().getPartitions().stream()
        .map(Partition::getOwner)
        .filter(Objects::nonNull)
        .map(owner -> String.valueOf(owner.getAttribute("name")))
        .distinct()
        .sorted()
        .toList();
  }

  private static List<String> withStore(Mnemogrid seenBy) {
    return seenBy.members().stream()
        .filter(MemberInfo::store)
        .map(MemberInfo::name)
        .sorted()
        .toList();
  }

  private static void hold(CountDownLatch until) {
    try {
      until.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** What it reads of the log at its start is held up, for as long as the test wants. */
  @Test
  void whoStartsSlowlyOwnsNothingAndHoldsUpNobody() throws Exception {
    CountDownLatch loading = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (Mnemogrid first = Mnemogrid.start(config("first"));
        Mnemogrid bot = Mnemogrid.start(TestGrid.bot(folder, port, port + 5));
        ExecutorService starter = Executors.newSingleThreadExecutor()) {
      SPACES.forEach(space -> first.createSpace(space, "{}"));
      assertCommits(first);
      Future<EmbeddedMember> starting =
          starter.submit(() ->
              EmbeddedMember.start(
                  config("slow"),
                  store ->
                      OddLog.of(
                          store.log(),
                          (method, _) -> {
                            if (method.equals("keptPolicies")) {
                              loading.countDown();
                              hold(goOn);
                            }
                            return null;
                          })));
      try {
        assertThat(loading.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        await().atMost(SOON).until(() -> first.members().size() == 3);

        List<Long> took = new ArrayList<>();
        for (Mnemogrid member : List.of(first, bot)) {
          for (int i = 0; i < 2; i++) {
            for (SpaceName space : SPACES) {
              long began = System.nanoTime();
              assertThat(commit(member, space)).isInstanceOf(Committed.class);
              took.add(System.nanoTime() - began);
            }
          }
        }
        assertThat(took.stream().sorted().toList().get(took.size() / 2))
            .as(
                "the median of commits; one that waits for a member takes at least %s",
                Routing.PATIENCE)
            .isLessThan(Routing.PATIENCE.toNanos());
        for (Mnemogrid member : List.of(first, bot)) {
          assertThat(withStore(member)).as("is not counted on yet").containsExactly("first");
        }
        assertThat(owners("first")).containsExactly("first");
        assertThat(starting).isNotDone();
      } finally {
        goOn.countDown();
      }
      try (EmbeddedMember slow = starting.get(SOON.toSeconds(), TimeUnit.SECONDS)) {
        assertThat(withStore(slow)).as("promoted").containsExactly("first", "slow");
        await().atMost(SOON).until(() -> owners("first").equals(List.of("first", "slow")));
        for (SpaceName space : SPACES) {
          assertThat(slow.space(space).orElseThrow().head().version()).isGreaterThanOrEqualTo(1);
        }
        await().atMost(SOON).until(() -> slow.health().isReady());
        assertCommits(slow);
        assertCommits(bot);
        assertCommits(first);
      }
      await().atMost(SOON).until(() -> owners("first").equals(List.of("first")));
      assertCommits(bot);
    }
  }

  private static GridHealth.Part part(Mnemogrid member, String name) {
    return member.health().parts().stream()
        .filter(part -> part.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private String owner() {
    return String.valueOf(
        Objects.requireNonNull(
                instance("one")
                    .getPartitionService()
                    .getPartition(GridNames.COMMITTER_KEY)
                    .getOwner())
            .getAttribute("name"));
  }

  /** The log of the member that commits tells the outcome of no batch, which cannot be. */
  @Test
  void whoseCommitterBreaksLeavesTheGridAndTheOthersCommit() {
    Map<String, AtomicBoolean> lies = new HashMap<>();
    Map<String, EmbeddedMember> members = new HashMap<>();
    for (String name : List.of("one", "two")) {
      AtomicBoolean lie = new AtomicBoolean();
      lies.put(name, lie);
      members.put(
          name,
          EmbeddedMember.start(
              config(name),
              store ->
                  OddLog.of(
                      store.log(),
                      (method, _) -> method.equals("append") && lie.get() ? List.of() : null)));
    }
    EmbeddedMember one = Objects.requireNonNull(members.get("one"));
    EmbeddedMember two = Objects.requireNonNull(members.get("two"));
    try (one;
        two) {
      SPACES.forEach(space -> one.createSpace(space, "{}"));
      await().atMost(SOON).until(() -> owners("one").equals(List.of("one", "two")));
      assertCommits(one);
      assertCommits(two);

      String breaks = owner();
      EmbeddedMember broken = breaks.equals("one") ? one : two;
      EmbeddedMember whole = breaks.equals("one") ? two : one;
      Objects.requireNonNull(lies.get(breaks)).set(true);
      assertThat(commit(whole, SPACES.getFirst()))
          .as("what its committer could not settle is settled here")
          .isInstanceOf(Committed.class);

      await().atMost(SOON).until(() -> whole.members().size() == 1);
      await().atMost(SOON).until(() -> !broken.isRunning());
      assertThat(broken.health().isReady()).isFalse();
      assertThat(part(broken, "committer").status()).isEqualTo(GridHealth.Status.DOWN);
      assertThat(part(broken, "committer").detail()).contains("cannot be");
      assertThat(part(broken, "grid").status()).isEqualTo(GridHealth.Status.DOWN);
      assertThat(part(broken, "store").status()).isEqualTo(GridHealth.Status.UP);
      assertThat(commit(broken, SPACES.getFirst()))
          .as("it commits nothing, and reaches nobody who does")
          .isInstanceOf(NotApplied.class);

      assertCommits(whole);
      assertThat(whole.health().isReady()).isTrue();
      for (SpaceName space : SPACES) {
        long version = whole.space(space).orElseThrow().head().version();
        await()
            .atMost(SOON)
            .untilAsserted(() ->
                assertThat(broken.space(space).orElseThrow().head().version())
                    .as("it goes on reading")
                    .isEqualTo(version));
      }
    }
  }

  @Test
  void whoseCommitterBreaksLeadsNoMore() {
    AtomicBoolean lies = new AtomicBoolean();
    GridConfig.AnchorConfig notary = new GridConfig.AnchorConfig.Notary(folder.resolve("notary"));
    try (EmbeddedMember broken =
        EmbeddedMember.start(
            config("broken").withAnchor(notary),
            store ->
                OddLog.of(
                    store.log(),
                    (method, _) -> method.equals("append") && lies.get() ? List.of() : null))) {
      SPACES.forEach(space -> broken.createSpace(space, "{}"));
      await().atMost(SOON).until(() -> part(broken, "leader").detail().equals("broken"));
      lies.set(true);
      assertThat(commit(broken, SPACES.getFirst()))
          .as("nobody else is there to settle it")
          .isInstanceOf(CommitResult.Unknown.class);
      await().atMost(SOON).until(() -> !broken.isRunning());

      try (Mnemogrid next =
          Mnemogrid.start(
              config("next").withAnchor(notary).withCheckpoints(Duration.ofSeconds(1), 1000))) {
        await().atMost(SOON).until(() -> part(next, "leader").detail().equals("next"));
        assertCommits(next);
        Space space = next.space(SPACES.getFirst()).orElseThrow();
        await().atMost(SOON).until(() -> space.finalizedVersion() == space.head().version());
      }
    }
  }

  /**
   * An error, not an exception: at the first question to the log, and when it reads old policies.
   */
  @Test
  void aStartThatEndsWithAnErrorLeavesNothingOpen() {
    for (String asked : List.of("now", "keptPolicies")) {
      AtomicReference<UpdateLog> opened = new AtomicReference<>();
      assertThatThrownBy(() ->
              EmbeddedMember.start(
                  config("fails"),
                  store -> {
                    opened.set(store.log());
                    return OddLog.of(
                        store.log(),
                        (method, _) -> {
                          if (method.equals(asked)) {
                            throw new NoClassDefFoundError("a class that is missing");
                          }
                          return null;
                        });
                  }))
          .as("at %s", asked)
          .isInstanceOf(NoClassDefFoundError.class);
      assertThatThrownBy(() -> Objects.requireNonNull(opened.get()).heads())
          .as("the store, after %s", asked)
          .isInstanceOf(IllegalStateException.class);
      assertThat(instances()).as("members that stayed in the grid, after %s", asked).isEmpty();
      try (Mnemogrid next = Mnemogrid.start(config("next"))) {
        next.createSpace(SPACES.getFirst(), "{}");
        assertThat(commit(next, SPACES.getFirst())).isInstanceOf(Committed.class);
      }
    }
  }
}
