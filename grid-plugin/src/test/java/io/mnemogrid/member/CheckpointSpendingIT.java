package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.CheckpointStatus;
import io.mnemogrid.CommitResult;
import io.mnemogrid.Finality;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridConfig.AnchorConfig;
import io.mnemogrid.GridConfig.Spending;
import io.mnemogrid.GridHealth;
import io.mnemogrid.GridListener;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.chain.Anvil;
import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.checkpoint.StoredCheckpoint.Status;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member on a real chain whose checkpoints cost more than they may. */
class CheckpointSpendingIT {
  private static final SpaceName SPACE = new SpaceName("daryl");
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  @TempDir Path folder;

  private GridConfig config(Anvil anvil, long gas) {
    int port = TestGrid.freePort();
    return GridConfig.onOneHost(folder.resolve("store.db"))
        .withCluster("spending-" + port)
        .withPort(port)
        .withMembers(List.of("127.0.0.1:" + port))
        .withAnchor(new AnchorConfig.Evm(anvil.endpoint(), null, null, 1))
        .withCheckpoints(Duration.ofSeconds(1), 1)
        .withSpending(
            new Spending(
                Spending.DEFAULT.maxFeePerGasWei(),
                new Cost(gas, Cost.UNLIMITED.wei()),
                Duration.ofSeconds(30),
                Set.of()));
  }

  private static void commit(Mnemogrid member, int value) {
    Space space = member.space(SPACE).orElseThrow();
    assertThat(
            space
                .commit(
                    space.delta(new Author("me"), delta -> delta.set("/n", Json.of((long) value))))
                .join())
        .isInstanceOf(CommitResult.Committed.class);
  }

  private static Finality finality(Mnemogrid member, long version) {
    return member.space(SPACE).orElseThrow().finality(version);
  }

  private static GridHealth.Part anchor(Mnemogrid member) {
    return member.health().parts().stream()
        .filter(part -> part.name().equals("anchor"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void waitsAndSaysSoWhenTheBudgetIsSpentAlsoAfterARestart() throws Exception {
    try (Anvil anvil = Anvil.start()) {
      List<CheckpointEvent> events = new CopyOnWriteArrayList<>();
      try (Mnemogrid member = Mnemogrid.start(config(anvil, 150_000))) {
        member.listen(
            new GridListener() {
              @Override
              public void checkpointed(CheckpointEvent event) {
                events.add(event);
              }
            });
        member.createSpace(SPACE, "{}");
        commit(member, 1);
        await().atMost(PATIENCE).until(() -> finality(member, 1).isFinal());
        await() // a listener hears of it a moment later
            .atMost(PATIENCE)
            .untilAsserted(() ->
                assertThat(events)
                    .hasAtLeastOneElementOfType(CheckpointEvent.Sent.class)
                    .hasAtLeastOneElementOfType(CheckpointEvent.Paid.class)
                    .hasAtLeastOneElementOfType(CheckpointEvent.Finalized.class));
        commit(member, 2);
        awaitBlocked(member);
        commit(member, 3); // commits and reads go on
      }
      try (Mnemogrid member = Mnemogrid.start(config(anvil, 150_000))) {
        awaitBlocked(member);
        assertThat(finality(member, 1).isFinal()).isTrue();
      }
      // more may be spent: both headers go in one transaction
      try (Mnemogrid member = Mnemogrid.start(config(anvil, 1_000_000))) {
        await().atMost(PATIENCE).until(() -> finality(member, 3).isFinal());
        CheckpointStatus status = member.checkpoints().status();
        assertThat(status.waiting()).isZero();
        assertThat(status.sinceFinal()).isNotNull();
        assertThat(member.checkpoints().held()).isEmpty();
      }
    }
  }

  private static void awaitBlocked(Mnemogrid member) {
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> {
          assertThat(anchor(member).status()).isEqualTo(GridHealth.Status.DEGRADED);
          assertThat(anchor(member).detail()).contains("budget").contains("24 hours");
          CheckpointStatus status = member.checkpoints().status();
          assertThat(status.asLeader().orElseThrow().blocked()).isEqualTo("budget");
          assertThat(status.asLeader().orElseThrow().budgetLeft().gas()).isBetween(1L, 150_000L);
          assertThat(status.waiting()).isPositive();
          assertThat(finality(member, 2).status()).isEqualTo(Status.PENDING);
          assertThat(Objects.requireNonNull(status.sinceFinal())).isPositive();
        });
  }
}
