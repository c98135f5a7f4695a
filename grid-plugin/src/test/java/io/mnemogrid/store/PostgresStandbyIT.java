package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridHealth;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.HeadChanges;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A failover to a standby: what is lost without a synchronous one, and that nothing is with it. */
class PostgresStandbyIT {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Author BOT = new Author("bot-a");
  private static final Duration SOON = Duration.ofSeconds(120);

  @TempDir Path folder;

  private static GridConfig member(String url) throws IOException {
    int port = TestGrid.freePort();
    return GridConfig.lite()
        .withStore(new GridConfig.StoreConfig.Postgres(url, "postgres", null))
        .withSecret("00112233445566778899aabbccddeeff")
        .withCluster("test-" + port)
        .withPort(port)
        .withMembers(List.of("127.0.0.1:" + port));
  }

  private static Committed commit(Space space, int number) {
    Delta delta = space.delta(BOT, changes -> changes.set("/n", Json.of(number)));
    CommitResult result = space.commit(delta).join();
    assertThat(result).isInstanceOf(Committed.class);
    return (Committed) result;
  }

  @Test
  void aStandbyThatLaggedStartsAnotherHistoryAndNobodyHidesIt() throws Exception {
    try (PostgresPair servers = new PostgresPair(folder)) {
      servers.createDatabase("grid");
      try (Mnemogrid grid = Mnemogrid.start(member(servers.url("grid")))) {
        grid.createSpace(SPACE, "{}");
        Space space = grid.space(SPACE).orElseThrow();
        for (int i = 1; i <= 5; i++) {
          commit(space, i);
        }
        servers.letStandbyLag();
        Snapshot kept = space.head();
        for (int i = 6; i <= 8; i++) {
          commit(space, i);
        }
        Hash lost = commit(space, 9).update().leafHash();
        assertThat(space.head().version()).isEqualTo(9);
        servers.failOver();

        await()
            .atMost(SOON)
            .untilAsserted(() -> assertThat(space.head().toText()).isEqualTo(kept.toText()));
        await()
            .atMost(SOON)
            .untilAsserted(() ->
                assertThat(grid.health().parts())
                    .filteredOn(part -> part.name().equals("store"))
                    .singleElement()
                    .satisfies(part -> {
                      assertThat(part.status()).isEqualTo(GridHealth.Status.DEGRADED);
                      assertThat(part.detail()).contains("another history");
                    }));
        for (int i = 6; i <= 10; i++) {
          assertThat(commit(space, 100 + i).version()).isEqualTo(i);
        }
        assertThat(space.updates(0, 100)).extracting(Update::version).hasSize(10);

        Json.Obj request = space.delta(BOT, changes -> changes.set("/x", Json.TRUE)).request();
        Delta onLost =
            Delta.parse(
                request.with("base", Json.of(9)).with("base_hash", Json.of(lost.toString())));
        assertThat(space.commit(onLost).join())
            .isInstanceOfSatisfying(
                CommitResult.Refused.class,
                refused ->
                    assertThat(refused.refusal())
                        .isEqualTo(
                            new Refusal.OtherHistory(
                                9, lost, space.updates(8, 1).getFirst().leafHash())));
        assertThat(space.at(10).orElseThrow().toText()).isEqualTo(space.head().toText());
      }
    }
  }

  /** The standby gives the numbers of the lost transactions to others. */
  @Test
  void whoPollsIsToldAllAfterAStandbyThatLaggedTookOver() throws Exception {
    SpaceName other = SpaceName.of("other");
    try (PostgresPair servers = new PostgresPair(folder)) {
      servers.createDatabase("grid");
      try (PostgresStore store = PostgresStore.open(servers.url("grid"), "postgres", null)) {
        Scribe scribe = ChangesContractTest.append(store, SPACE, 3);
        Scribe others = ChangesContractTest.append(store, other, 1);
        servers.letStandbyLag();
        LogHead kept = scribe.head();
        ChangesContractTest.append(store, scribe, 2);
        HeadChanges before = store.log().headsSince(0);
        assertThat(store.log().headsSince(before.mark()).heads()).isEmpty();
        servers.failOver();
        Connections connections = store.connections();
        await()
            .atMost(SOON)
            .ignoreExceptions()
            .until(() -> store.log().head(SPACE).orElseThrow().equals(kept));
        for (int i = 0; i < 200; i++) { // more transactions than were lost
          connections.write(
              session -> session.update("UPDATE lease SET counter = counter WHERE id = 1"));
        }
        ChangesContractTest.append(store, others, 1);
        HeadChanges after = store.log().headsSince(before.mark());
        assertThat(after.isAll()).isTrue();
        assertThat(after.heads()).containsExactlyInAnyOrder(kept, others.head());
        assertThat(store.log().headsSince(after.mark()).isAll()).isFalse();
      }
    }
  }

  @Test
  void withASynchronousStandbyNothingAcknowledgedIsLost() throws Exception {
    try (PostgresPair servers = new PostgresPair(folder)) {
      servers.createDatabase("grid");
      servers.waitForStandby();
      try (Mnemogrid grid = Mnemogrid.start(member(servers.url("grid")))) {
        grid.createSpace(SPACE, "{}");
        Space space = grid.space(SPACE).orElseThrow();
        List<Update> acknowledged = new ArrayList<>();
        for (int i = 1; i <= 50; i++) {
          acknowledged.add(commit(space, i).update());
        }
        servers.failOver();
        await()
            .atMost(SOON)
            .ignoreExceptions()
            .untilAsserted(() -> assertThat(space.updates(0, 100)).isEqualTo(acknowledged));
        assertThat(commit(space, 51).version()).isEqualTo(51);
        assertThat(grid.health().parts())
            .filteredOn(part -> part.name().equals("store"))
            .noneMatch(part -> part.detail().contains("another history"));
      }
    }
  }
}
