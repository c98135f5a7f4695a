package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.CommitResult;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.CuttingProxy.Cut;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Members of one grid that commit to one PostgreSQL, each for the partitions it owns. */
class PostgresGridIT {
  private static final Pointer COUNT = Pointer.parsePath("facts.count");

  /** So many that either member owns some of them. */
  private static final List<SpaceName> SPACES =
      IntStream.range(0, 8).mapToObj(each -> SpaceName.of("space-" + each)).toList();

  private static final int EACH = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(90);

  private final String database = Postgres.newDatabase();

  private static GridConfig member(int gridPort, String url) {
    return GridConfig.lite()
        .withStore(new GridConfig.StoreConfig.Postgres(url, "postgres", null))
        .withSecret("00112233445566778899aabbccddeeff")
        .withCluster("test-" + gridPort)
        .withPort(gridPort)
        .withMembers(List.of("127.0.0.1:" + gridPort))
        .withCommitTimeout(Duration.ofSeconds(30));
  }

  @Test
  void replicasAgreeThoughConnectionsDieAtCommit() throws Exception {
    int port = TestGrid.freePort();
    try (CuttingProxy proxy = new CuttingProxy(Postgres.port());
        Mnemogrid first = Mnemogrid.start(member(port, Postgres.url(database)));
        Mnemogrid second =
            Mnemogrid.start(
                member(port, Postgres.url(database, proxy.port()) + "?prepareThreshold=0"))) {
      await()
          .atMost(PATIENCE)
          .until(() -> first.members().size() == 2 && second.members().size() == 2);
      SPACES.forEach(space -> first.createSpace(space, "{}"));
      List<Callable<Integer>> bots = new ArrayList<>();
      List<Integer> counted = new ArrayList<>();
      AtomicInteger turn = new AtomicInteger();
      for (Mnemogrid member : List.of(first, second)) {
        for (SpaceName space : SPACES) {
          String name = "bot-" + bots.size();
          bots.add(() -> count(member.space(space).orElseThrow(), name, proxy));
        }
      }
      try (ExecutorService threads = Executors.newFixedThreadPool(bots.size());
          ScheduledExecutorService fate = Executors.newSingleThreadScheduledExecutor()) {
        fate.scheduleWithFixedDelay(
            () -> proxy.cut("COMMIT\0", Cut.values()[turn.getAndIncrement() % 3]),
            0,
            50,
            TimeUnit.MILLISECONDS);
        for (Future<Integer> bot : threads.invokeAll(bots)) {
          counted.add(bot.get());
        }
        fate.shutdownNow();
      }
      assertThat(proxy.cuts()).isGreaterThan(1);
      for (int i = 0; i < SPACES.size(); i++) {
        SpaceName space = SPACES.get(i);
        long all = counted.get(i) + counted.get(i + SPACES.size());
        Space here = first.space(space).orElseThrow();
        Space there = second.space(space).orElseThrow();
        await()
            .atMost(PATIENCE)
            .untilAsserted(() -> {
              assertThat(here.read(COUNT)).isEqualTo(Json.of(all));
              assertThat(there.head().toText()).isEqualTo(here.head().toText());
            });
        try (PostgresStore store = Postgres.open(database)) {
          assertThat(store.log().replay(space, Long.MAX_VALUE).orElseThrow().toText())
              .isEqualTo(here.head().toText());
        }
      }
    }
  }

  /** Counts so often, and on until a connection died at least twice. */
  private static int count(Space space, String name, CuttingProxy proxy) {
    long until = System.nanoTime() + PATIENCE.toNanos();
    int committed = 0;
    while (committed < EACH || (proxy.cuts() <= 1 && System.nanoTime() < until)) {
      CommitResult result = space.compute(COUNT, new Author(name), PostgresGridIT::next);
      assertThat(result).isInstanceOf(CommitResult.Committed.class);
      committed++;
    }
    return committed;
  }

  private static Json next(@Nullable Json value) {
    return Json.of(value == null ? 1 : (long) ((Json.Num) value).value() + 1);
  }
}
