package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.replica.SlowPolls;
import io.mnemogrid.state.SpaceName;
import java.sql.Connection;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.postgresql.PGConnection;

/** Two stores on one database, as two processes have them: one appends, the other listens. */
class PostgresNotificationsIT {
  private static final SpaceName A = SpaceName.of("a");
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final String database = Postgres.newDatabase();
  private final PostgresStore here = Postgres.open(database);
  private final PostgresStore there = Postgres.open(database);
  private final Scribe scribe = ChangesContractTest.append(there, A, 1);
  private final Replicas slow = SlowPolls.of(here.log());

  @AfterEach
  void close() {
    slow.close();
    here.close();
    there.close();
  }

  private static void listen(Store store, Runnable news) {
    store.listen(() -> "self", "self"::equals, news);
  }

  private void follow(Replicas replicas) {
    replicas.start();
    replicas.load(A);
  }

  private void append(int updates) {
    ChangesContractTest.append(there, scribe, updates);
  }

  private void awaitAllOf(Replicas replicas) {
    await()
        .atMost(PATIENCE)
        .pollInterval(Duration.ofMillis(5))
        .until(() -> version(replicas) == scribe.head().version());
  }

  private static long version(Replicas replicas) {
    Snapshot head = replicas.get(A);
    return Objects.requireNonNull(head).version();
  }

  private int listeners() {
    return Integer.parseInt(Postgres.ask("SELECT count(*)" + listening()));
  }

  private String listening() {
    return " FROM pg_stat_activity WHERE datname = '%s' AND query = '%s'"
        .formatted(database, Notifications.LISTEN);
  }

  @Test
  void anAppendOfAnotherProcessIsSeenLongBeforeTheNextPoll() {
    follow(slow);
    listen(here, slow::told);
    for (int i = 0; i < 10; i++) {
      append(1);
      awaitAllOf(slow);
    }
  }

  @Test
  void manyAppendsAreLittleNewsAndTheLastIsSeen() {
    AtomicInteger heard = new AtomicInteger();
    follow(slow);
    listen(
        here,
        () -> {
          heard.incrementAndGet();
          slow.told();
        });
    long begun = System.nanoTime();
    for (int i = 0; i < 300; i++) {
      append(1);
    }
    awaitAllOf(slow);
    long pauses = (System.nanoTime() - begun) / Notifications.PAUSE.toNanos();
    assertThat(heard.get()).isBetween(1, (int) pauses + 3);
  }

  @Test
  void whatKnownProcessesAppendIsNoNews() throws Exception {
    String quiet = Postgres.newDatabase();
    AtomicInteger heard = new AtomicInteger();
    try (PostgresStore own = Postgres.open(quiet);
        PostgresStore mate = Postgres.open(quiet);
        PostgresStore stranger = Postgres.open(quiet);
        Connection all = DriverManager.getConnection(Postgres.url(quiet), "postgres", null)) {
      own.listen(() -> "own", List.of("own", "mate")::contains, heard::incrementAndGet);
      mate.listen(() -> "mate", _ -> true, () -> {});
      await().atMost(PATIENCE).until(() -> heard.get() == 1); // for what was missed before
      all.createStatement().execute(Notifications.LISTEN);
      ChangesContractTest.append(own, A, 1);
      awaitName(all, "own");
      ChangesContractTest.append(mate, SpaceName.of("b"), 1);
      awaitName(all, "mate");
      stranger.log().create(SpaceName.of("c"), "{}");
      await().atMost(PATIENCE).until(() -> heard.get() > 1);
      assertThat(heard).hasValue(2);
    }
  }

  /** Awaits that all who listen were told of an append by the process of that name. */
  private static void awaitName(Connection listener, String name) throws Exception {
    PGConnection connection = listener.unwrap(PGConnection.class);
    await()
        .atMost(PATIENCE)
        .until(() ->
            Arrays.stream(connection.getNotifications(100))
                .anyMatch(told -> told.getParameter().equals(name)));
  }

  @Test
  void pollsGoOnWhileNobodyListensAndAfterwardsItListensAgain() {
    follow(slow);
    listen(here, slow::told);
    try (Replicas polling = new Replicas(here.log())) {
      follow(polling);
      append(1);
      awaitAllOf(slow);
      awaitAllOf(polling);
      Postgres.administer("ALTER DATABASE " + database + " ALLOW_CONNECTIONS false");
      Postgres.administer(
          "DO $$ BEGIN PERFORM pg_terminate_backend(pid)" + listening() + "; END $$");
      await().atMost(PATIENCE).until(() -> listeners() == 0);
      long before = version(slow);
      append(1);
      awaitAllOf(polling);
      assertThat(version(slow)).as("nobody tells").isEqualTo(before);

      Postgres.administer("ALTER DATABASE " + database + " ALLOW_CONNECTIONS true");
      awaitAllOf(slow); // what was missed
      append(1);
      awaitAllOf(slow);
    }
  }

  @Test
  void aMemberListensUntilItCloses() {
    int port = TestGrid.freePort();
    GridConfig config =
        GridConfig.lite()
            .withStore(
                new GridConfig.StoreConfig.Postgres(Postgres.url(database), "postgres", null))
            .withSecret("00112233445566778899aabbccddeeff")
            .withCluster("test-" + port)
            .withPort(port)
            .withMembers(List.of("127.0.0.1:" + port));
    try (Mnemogrid member = Mnemogrid.start(config)) {
      await().atMost(PATIENCE).until(() -> listeners() == 1);
      assertThat(member.space(A)).isPresent();
    }
    await().atMost(PATIENCE).until(() -> listeners() == 0);
  }

  @Test
  void aStoreThatListensClosesAtOnce() {
    AtomicInteger heard = new AtomicInteger();
    listen(here, heard::incrementAndGet);
    await().atMost(PATIENCE).until(() -> heard.get() > 0);
    long begun = System.nanoTime();
    here.close();
    assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(1));
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .doesNotContain("mnemogrid-listen");
  }
}
