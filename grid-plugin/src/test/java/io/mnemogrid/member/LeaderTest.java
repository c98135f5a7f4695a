package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.CheckpointStatus;
import io.mnemogrid.GridHealth;
import io.mnemogrid.chain.LocalNotary;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.checkpoint.Checkpointer;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.Lease;
import io.mnemogrid.checkpoint.LeaseRow;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The threads of two members that may lead, over one store and one notary. */
class LeaderTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Duration TIME_TO_LIVE = Duration.ofMillis(500);
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  @TempDir Path folder;
  private SqliteStore store;
  private final Scribe scribe = new Scribe(SPACE);
  private final List<CheckpointEvent> heard = new CopyOnWriteArrayList<>();

  @BeforeEach
  void open() {
    store = SqliteStore.open(folder.resolve("mnemogrid.db"));
    store.log().create(SPACE, "{}");
  }

  @AfterEach
  void close() {
    store.close();
  }

  private LocalNotary notary() {
    return LocalNotary.open(folder.resolve("notary"));
  }

  private Leader leader(
      String name, Lease lease, Leader.AnchorSource anchors, Consumer<CheckpointEvent> events) {
    Leader leader =
        new Leader(
            name,
            TIME_TO_LIVE,
            lease,
            store.audited(),
            store.checkpoints(),
            store.blobs(),
            store.log(),
            anchors,
            Checkpointer.Policy.of(Duration.ofMillis(100), 1),
            events);
    leader.start();
    return leader;
  }

  private void publish() {
    store.log().append(List.of(scribe.batch("u" + scribe.head().version(), 3)));
    Snapshot at = scribe.snapshot();
    store
        .audited()
        .publish(
            new AuditedHead(
                new Head(SPACE, at.version(), at.head().root(), at.logRoot()),
                at.head().leafHash(),
                ContentAddress.of(at.state().document().canonicalBytes()),
                at.version(),
                at.head().committed(),
                store.log().now(),
                null));
  }

  private void awaitHolder(String name) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(store.lease().read().holder()).isEqualTo(name));
  }

  private void awaitFinal(long version) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(
            () -> assertThat(store.checkpoints().finalizedVersion(SPACE)).isEqualTo(version));
  }

  private static void awaitHealth(Leader leader, GridHealth.Status status, String detail) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          GridHealth.Part health = leader.health();
          assertThat(health.status()).isEqualTo(status);
          assertThat(health.detail()).contains(detail);
        });
  }

  @Test
  void anErrorInAStepMakesAnotherMemberLead() {
    try (Leader one =
        leader(
            "one",
            store.lease(),
            () -> {
              throw new NoClassDefFoundError("org/web3j/Something");
            },
            heard::add)) {
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> assertThat(one.health().status()).isEqualTo(GridHealth.Status.DOWN));
      assertThat(one.health().detail()).contains("org/web3j/Something");
      await() // it is told after the state has changed
          .atMost(PATIENCE)
          .untilAsserted(() ->
              assertThat(heard)
                  .containsExactly(new CheckpointEvent.Failed("gave-up", "org/web3j/Something")));
      try (Leader two = leader("two", store.lease(), this::notary, _ -> {})) {
        awaitHolder("two");
        publish();
        awaitFinal(3);
        awaitHealth(two, GridHealth.Status.UP, "");
        await().atMost(PATIENCE).until(() -> one.leading().isEmpty());
      }
    }
  }

  @Test
  void anExceptionAtTheLeaseEndsNoThread() {
    Breakable lease = new Breakable(store.lease());
    try (Leader one = leader("one", lease, this::notary, _ -> {})) {
      awaitHolder("one");
      publish();
      awaitFinal(3);
      lease.broken = true;
      try (Leader two = leader("two", store.lease(), this::notary, _ -> {})) {
        awaitHolder("two");
        publish();
        awaitFinal(6);
        awaitHealth(one, GridHealth.Status.DEGRADED, "a column is gone");
        lease.broken = false;
      }
      awaitHolder("one");
      publish();
      awaitFinal(9);
    }
  }

  /** What is told with each step, such as that a checkpoint waits, is for the leader alone. */
  @Test
  void listenersHearEachHappeningOnceAndThatItStopped() {
    try (Leader one = leader("one", store.lease(), this::notary, heard::add)) {
      publish();
      awaitFinal(3);
      await().atMost(PATIENCE).until(() -> heard.getLast() instanceof CheckpointEvent.Finalized);
    }
    assertThat(heard)
        .extracting(event -> event.getClass().getSimpleName())
        .containsExactly("HeldUp", "Sent", "Paid", "Finalized");

    store.close();
    store = SqliteStore.open(folder.resolve("another.db"));
    store.log().create(SPACE, "{}");
    heard.clear();
    try (Leader one = leader("one", store.lease(), this::notary, heard::add)) {
      await().atMost(PATIENCE).until(() -> !heard.isEmpty());
      assertThat(heard) // again with each look, which follows at once when somebody wakes it
          .allSatisfy(event ->
              assertThat(event)
                  .isInstanceOfSatisfying(
                      CheckpointEvent.Failed.class,
                      failed -> {
                        assertThat(failed.kind()).isEqualTo("chain-ahead");
                        assertThat(failed.reason()).contains("this store only 0");
                      }));
      await()
          .atMost(PATIENCE)
          .untilAsserted(() -> {
            assertThat(one.health().status()).isEqualTo(GridHealth.Status.DOWN);
            assertThat(one.leading().map(CheckpointStatus.Leading::blocked))
                .contains("chain-ahead");
          });
    }
  }

  @Test
  void aListenersErrorIsNotTheCheckpointers() {
    try (Leader one =
        leader(
            "one",
            store.lease(),
            this::notary,
            _ -> {
              throw new NoClassDefFoundError("a bot's own");
            })) {
      publish();
      awaitFinal(3);
      publish();
      awaitFinal(6);
      awaitHealth(one, GridHealth.Status.UP, "");
      assertThat(store.checkpoints().list(Long.MAX_VALUE, 10))
          .extracting(StoredCheckpoint::status)
          .containsOnly(StoredCheckpoint.Status.FINALIZED);
    }
  }

  /** A lease whose rows cannot be understood for a while. */
  private static final class Breakable implements Lease {
    private final Lease lease;
    volatile boolean broken;

    Breakable(Lease lease) {
      this.lease = lease;
    }

    @Override
    public LeaseRow read() {
      if (broken) {
        throw new IllegalArgumentException("a column is gone");
      }
      return lease.read();
    }

    @Override
    public boolean replace(LeaseRow expected, LeaseRow next) {
      if (broken) {
        throw new IllegalArgumentException("a column is gone");
      }
      return lease.replace(expected, next);
    }
  }
}
