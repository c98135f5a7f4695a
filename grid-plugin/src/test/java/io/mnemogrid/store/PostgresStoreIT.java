package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.LogUnavailable.Outcome;
import io.mnemogrid.log.LogUnavailable.Trouble;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.CuttingProxy.Cut;
import io.mnemogrid.store.PostgresDialect.SynchronousCommit;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What PostgreSQL adds to the contracts: connections that die, members that wait for each other.
 */
class PostgresStoreIT {
  private static final SpaceName DARYL = new SpaceName("daryl");
  private static final Appended COMMITTED = new Appended.Committed();
  private static final String COMMIT = "COMMIT\0";

  private final String database = Postgres.newDatabase();

  private PostgresStore open() {
    return Postgres.open(database);
  }

  private static ConditionFactory await() {
    return Awaitility.await().atMost(Duration.ofSeconds(60));
  }

  private PostgresStore openThrough(CuttingProxy proxy) {
    String url = Postgres.url(database, proxy.port()) + "?prepareThreshold=0";
    return PostgresStore.open(url, "postgres", null);
  }

  private static String setting(PostgresStore store, String name) {
    return store
        .connections()
        .write(session -> session.first("SHOW " + name, row -> row.getString(1)).orElseThrow());
  }

  private static String settings(Store store) {
    return store.safeguards().toString();
  }

  @Test
  void syncsBeforeItAnswersWhateverTheUrlSays() {
    String url = Postgres.url(database) + "?options=-c%20synchronous_commit=off";
    try (PostgresStore store = PostgresStore.open(url, "postgres", null)) {
      assertThat(setting(store, "synchronous_commit")).isEqualTo("on");
      assertThat(settings(store))
          .contains("✓ PostgreSQL 18.", "✓ fsync=on", "✓ full_page_writes=on")
          .contains("✓ synchronous_commit=on", "✗ synchronous_standby_names='': ");
    }
    try (PostgresStore twin = PostgresStore.open(url, "postgres", null, SynchronousCommit.OFF)) {
      assertThat(settings(twin)).contains("✗ synchronous_commit=off: ");
    }
    Postgres.administer("ALTER DATABASE " + database + " SET synchronous_commit = remote_apply");
    try (PostgresStore stronger = open()) {
      assertThat(setting(stronger, "synchronous_commit")).isEqualTo("remote_apply");
    }
  }

  @Test
  void migratesOnceWhenManyOpenANewDatabase() throws Exception {
    List<Callable<PostgresStore>> openers = Collections.nCopies(4, this::open);
    try (ExecutorService threads = Executors.newFixedThreadPool(openers.size())) {
      for (Future<PostgresStore> opener : threads.invokeAll(openers)) {
        try (PostgresStore store = opener.get()) {
          store.log().create(DARYL, "{}");
        }
      }
    }
  }

  /** A log of many rows takes a migration minutes, in which the server says nothing. */
  @Test
  void aMigrationMayTakeLongerThanAnyOtherStatement() throws Exception {
    Flyway.configure()
        .dataSource(Postgres.url(database), "postgres", "")
        .locations("classpath:db/migration/postgresql")
        .target("5")
        .load()
        .migrate();
    try (Connection holder = DriverManager.getConnection(Postgres.url(database), "postgres", null);
        Statement statement = holder.createStatement();
        ExecutorService thread = Executors.newSingleThreadExecutor()) {
      holder.setAutoCommit(false);
      statement.execute("LOCK TABLE checkpoint IN ROW EXCLUSIVE MODE"); // the next one waits for it
      Future<PostgresStore> opened = thread.submit(this::open);
      Duration silence = PostgresDialect.SILENCE.plusSeconds(1);
      await().until(() -> opened.isDone() || lockWaits(database, silence) == 1);
      assertThat(opened).as("it waits").isNotDone();
      holder.commit();
      try (PostgresStore store = opened.get()) {
        assertThat(store.log().create(DARYL, "{}")).isTrue();
      }
    }
  }

  @ParameterizedTest
  @EnumSource
  void saysThatNothingWasAppliedWhenTheConnectionDiesBeforeCommit(Cut cut) throws Exception {
    try (CuttingProxy proxy = new CuttingProxy(Postgres.port());
        PostgresStore store = openThrough(proxy)) {
      store.log().create(DARYL, "{}");
      Batch batch = new Scribe(DARYL).batch("a", 3);
      proxy.cut("INSERT INTO update_log", cut);
      LogUnavailable died =
          catchThrowableOfType(LogUnavailable.class, () -> store.log().append(List.of(batch)));
      assertThat(died.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(proxy.hasCut()).isTrue();
      assertThat(store.log().append(List.of(batch))).containsExactly(COMMITTED);
    }
  }

  /**
   * Sent or not, heard or not: the driver cannot tell, so nobody is told; the same ids settle it.
   */
  @ParameterizedTest
  @EnumSource
  void saysThatAConnectionThatDiesAtCommitLeavesItUnknown(Cut cut) throws Exception {
    try (CuttingProxy proxy = new CuttingProxy(Postgres.port());
        PostgresStore store = openThrough(proxy)) {
      UpdateLog log = store.log();
      log.create(DARYL, "{}");
      Scribe scribe = new Scribe(DARYL);
      for (int round = 0; round < 10; round++) {
        Batch batch = scribe.batch("r" + round + "-", 3);
        proxy.cut(COMMIT, cut);
        LogUnavailable died =
            catchThrowableOfType(LogUnavailable.class, () -> log.append(List.of(batch)));
        assertThat(died.outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(proxy.hasCut()).isTrue();

        Appended settled = log.append(List.of(batch)).getFirst();
        switch (cut) {
          case BEFORE -> assertThat(settled).isEqualTo(COMMITTED);
          case AFTER -> assertThat(settled).isIn(COMMITTED, new Appended.Moved(scribe.head()));
          case ANSWER -> assertThat(settled).isEqualTo(new Appended.Moved(scribe.head()));
        }
        assertThat(log.find(DARYL, batch.updates().stream().map(Update::id).toList()).updates())
            .hasSize(3);
      }
      assertThat(log.replay(DARYL, Long.MAX_VALUE).orElseThrow().toText())
          .isEqualTo(scribe.snapshot().toText());
    }
  }

  /** The standby may not have what is durable here, so nobody may be told that it is safe. */
  @Test
  void saysThatAWaitForTheStandbyThatWasCancelledLeavesItUnknown() throws Exception {
    try (PostgresStore store = open();
        ExecutorService thread = Executors.newSingleThreadExecutor()) {
      store.log().create(DARYL, "{}");
      Scribe scribe = new Scribe(DARYL);
      Batch batch = scribe.batch("a", 1);
      Postgres.administer("ALTER SYSTEM SET synchronous_standby_names = 'nobody'");
      try {
        Postgres.administer("SELECT pg_reload_conf()");
        await().until(() -> settings(store).contains("synchronous_standby_names='nobody'"));
        Future<LogUnavailable> append =
            thread.submit(() ->
                catchThrowableOfType(
                    LogUnavailable.class, () -> store.log().append(List.of(batch))));
        await()
            .until(() ->
                !Postgres.ask(
                        "SELECT pg_cancel_backend(pid) FROM pg_stat_activity"
                            + " WHERE wait_event = 'SyncRep' AND datname = '"
                            + database
                            + "'")
                    .isEmpty());
        assertThat(append.get().outcome()).isEqualTo(Outcome.UNKNOWN);
        assertThat(append.get()).hasMessageContaining("synchronous replication");
      } finally {
        Postgres.administer("ALTER SYSTEM RESET synchronous_standby_names");
        Postgres.administer("SELECT pg_reload_conf()");
      }
      await().until(() -> settings(store).contains("synchronous_standby_names=''"));
      assertThat(store.log().append(List.of(batch)))
          .containsExactly(new Appended.Moved(scribe.head()));
    }
  }

  @Test
  void waitsForAnotherMembersTransactionAndThenSeesWhatItDid() throws Exception {
    try (PostgresStore store = open();
        PostgresStore other = open();
        ExecutorService thread = Executors.newSingleThreadExecutor()) {
      store.log().create(DARYL, "{}");
      // neither gives up, however long this test is held up in the middle
      store.connections().write(session -> session.update("SET lock_timeout = 0"));
      Scribe scribe = new Scribe(DARYL);
      Batch batch = scribe.batch("a", 2);
      Batch rival = new Scribe(DARYL).batch("b", 2);
      Future<List<Appended>> waiting =
          other
              .connections()
              .write(session -> {
                session.update("SET idle_in_transaction_session_timeout = 0");
                Dialect dialect = other.connections().dialect();
                long space = dialect.lockHeads(session, List.of(DARYL)).getFirst().id();
                Future<List<Appended>> append =
                    thread.submit(() -> store.log().append(List.of(rival)));
                await().until(() -> lockWaits(database) == 1);
                List<Dialect.LogRow> rows = new ArrayList<>();
                for (Update update : batch.updates()) {
                  rows.add(new Dialect.LogRow(space, update));
                }
                assertThat(dialect.insert(session, rows)).containsEntry(space, 2);
                dialect.moveHeads(session, Map.of(space, scribe.head()));
                return append;
              });
      assertThat(waiting.get()).containsExactly(new Appended.Moved(scribe.head()));
    }
  }

  private static int lockWaits(String database) {
    return lockWaits(database, Duration.ZERO);
  }

  /** How many statements wait for a lock, which began so long ago at least. */
  private static int lockWaits(String database, Duration since) {
    return Integer.parseInt(
        Postgres.ask(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = '"
                + database
                + "' AND clock_timestamp() - query_start >= make_interval(secs => "
                + since.toSeconds()
                + ")"));
  }

  @Test
  void throwsOutAMemberThatStopsInsideItsTransaction() throws Exception {
    CountDownLatch stopped = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    CompletableFuture<LogUnavailable> told = new CompletableFuture<>();
    try (PostgresStore store = open();
        PostgresStore other = open();
        ExecutorService thread = Executors.newSingleThreadExecutor()) {
      store.log().create(DARYL, "{}");
      Batch batch = new Scribe(DARYL).batch("a", 1);
      Future<LogUnavailable> stops =
          thread.submit(() ->
              catchThrowableOfType(
                  LogUnavailable.class,
                  () ->
                      other
                          .connections()
                          .write(session -> {
                            other.connections().dialect().lockHeads(session, List.of(DARYL));
                            // it counts as stopped once the append waits, however late that is
                            String patience =
                                session
                                    .first(
                                        "SHOW idle_in_transaction_session_timeout",
                                        row -> row.getString(1))
                                    .orElseThrow();
                            session.update("SET idle_in_transaction_session_timeout = 0");
                            stopped.countDown();
                            await().until(() -> told.isDone() || lockWaits(database) == 1);
                            session.update(
                                "SET idle_in_transaction_session_timeout = '" + patience + "'");
                            await().until(() -> goOn.getCount() == 0);
                            return 0;
                          })));
      assertThat(stopped.await(60, TimeUnit.SECONDS)).isTrue();
      LogUnavailable locked =
          catchThrowableOfType(LogUnavailable.class, () -> store.log().append(List.of(batch)));
      told.complete(locked);
      assertThat(locked.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(locked).hasMessageContaining("lock timeout");
      await() // until the server has thrown the other one out
          .ignoreExceptionsInstanceOf(LogUnavailable.class)
          .untilAsserted(
              () -> assertThat(store.log().append(List.of(batch))).containsExactly(COMMITTED));
      goOn.countDown();
      assertThat(stops.get().outcome()).isEqualTo(Outcome.UNKNOWN);
      assertThat(other.log().head(DARYL).orElseThrow().version()).isEqualTo(1);
      assertThat(other.log().create(DARYL, "{}")).isFalse();
    }
  }

  /**
   * Each transaction takes its spaces in another order; without ours they would wait in circles.
   */
  @Test
  void neverDeadlocksOverManySpaces() throws Exception {
    int members = 4;
    int perMember = 60;
    List<SpaceName> spaces = new ArrayList<>();
    List<PostgresStore> stores = new ArrayList<>();
    for (int i = 0; i < members; i++) {
      stores.add(open());
    }
    for (int i = 0; i < 6; i++) {
      spaces.add(new SpaceName("space-" + i));
      stores.getFirst().log().create(spaces.get(i), "{}");
    }
    List<Callable<Integer>> writers = new ArrayList<>();
    for (int i = 0; i < members; i++) {
      UpdateLog log = stores.get(i).log();
      String name = "m" + i + "-";
      Random random = new Random(i);
      writers.add(() -> appendToAll(log, spaces, name, perMember, random));
    }
    int committed = 0;
    try (ExecutorService threads = Executors.newFixedThreadPool(members)) {
      for (Future<Integer> writer : threads.invokeAll(writers)) {
        committed += writer.get();
      }
    }
    long versions = 0;
    for (SpaceName space : spaces) {
      Snapshot replayed = Snapshot.ofNew(space);
      for (Update update : stores.getFirst().log().read(space, 0, Integer.MAX_VALUE)) {
        replayed = replayed.plus(update);
      }
      assertThat(stores.getLast().log().head(space)).contains(replayed.head());
      versions += replayed.version();
    }
    assertThat(versions).isEqualTo(committed).isGreaterThan(perMember);
    assertThat(
            Postgres.ask(
                "SELECT deadlocks FROM pg_stat_database WHERE datname = '" + database + "'"))
        .isEqualTo("0");
    stores.forEach(PostgresStore::close);
  }

  private static int appendToAll(
      UpdateLog log, List<SpaceName> spaces, String name, int count, Random random) {
    Map<SpaceName, Snapshot> seen = new HashMap<>();
    int committed = 0;
    for (int i = 0; i < count; i++) {
      List<SpaceName> order = new ArrayList<>(spaces);
      Collections.shuffle(order, random);
      List<Batch> batches = new ArrayList<>();
      List<Scribe> scribes = new ArrayList<>();
      for (SpaceName space : order.subList(0, 4)) {
        Snapshot head = seen.getOrDefault(space, Snapshot.ofNew(space));
        for (Update update : log.read(space, head.version(), Integer.MAX_VALUE)) {
          head = head.plus(update);
        }
        seen.put(space, head);
        Scribe scribe = new Scribe(head);
        scribes.add(scribe);
        batches.add(scribe.batch(name + i + "-", 1));
      }
      try {
        for (Appended outcome : log.append(batches)) {
          committed += outcome.equals(COMMITTED) ? 1 : 0;
        }
      } catch (LogUnavailable e) {
        // it waited in vain for one that this machine held up
        assertThat(e.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      }
    }
    return committed;
  }

  @Test
  void goesOnWithOtherConnectionsWhenTheServerDroppedTheIdleOnes() {
    try (PostgresStore store = open()) {
      store.log().create(DARYL, "{}");
      Scribe scribe = new Scribe(DARYL);
      for (int round = 0; round < 3; round++) {
        assertThat(store.log().append(List.of(scribe.batch("a", 1)))).containsExactly(COMMITTED);
        assertThat(store.log().head(DARYL)).contains(scribe.head());
        Postgres.administer(
            "SELECT pg_terminate_backend(pid, 60000) FROM pg_stat_activity WHERE datname = '"
                + database
                + "'");
      }
      assertThat(store.log().read(DARYL, 0, 10)).hasSize(3);
    }
  }

  @Test
  void tellsTheServersTimeAlsoWhileItDoesNotAnswer() throws Exception {
    CuttingProxy proxy = new CuttingProxy(Postgres.port());
    try (PostgresStore store = openThrough(proxy)) {
      Duration error;
      Instant before;
      Instant now;
      Instant after;
      do { // until all four are of one reading of the clock
        error = store.clockError();
        before = serverTime();
        now = store.log().now();
        after = serverTime();
      } while (!error.equals(store.clockError()));
      error = error.plusMillis(2);
      assertThat(now).isBetween(before.minus(error), after.plus(error));
      proxy.close();
      assertThatThrownBy(() -> store.log().heads()).isInstanceOf(LogUnavailable.class);
      Instant last = store.log().now();
      await()
          .until(
              () -> Duration.between(last, store.log().now()).compareTo(Duration.ofSeconds(2)) > 0);
    }
  }

  @Test
  void refusesASchemaThatIsNewer() throws Exception {
    open().close();
    try (Connection connection =
        DriverManager.getConnection(Postgres.url(database), "postgres", null)) {
      LogCopyTest.newer(connection);
    }
    assertThatThrownBy(this::open)
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("has schema 99")
        .hasMessageContaining("knows schemas up to " + Schema.POSTGRES);
  }

  @Test
  void appendsNoMoreOnceANewerMemberBroughtTheSchemaFurther() throws Exception {
    try (PostgresStore store = open();
        Connection connection =
            DriverManager.getConnection(Postgres.url(database), "postgres", null)) {
      store.log().create(DARYL, "{}");
      Scribe scribe = new Scribe(DARYL);
      assertThat(store.log().append(List.of(scribe.batch("a", 1)))).containsExactly(COMMITTED);
      LogCopyTest.newer(connection);
      LogUnavailable refused =
          catchThrowableOfType(
              LogUnavailable.class, () -> store.log().append(List.of(scribe.batch("b", 1))));
      assertThat(refused.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(refused).hasMessageContaining("start the newer one");
    }
  }

  @Test
  void saysThatAFullDiskOfTheServerAppliedNothing() throws Exception {
    try (PostgresStore store = open();
        Connection connection =
            DriverManager.getConnection(Postgres.url(database), "postgres", null);
        Statement statement = connection.createStatement()) {
      store.log().create(DARYL, "{}");
      // what a server without room says, at the worst moment: COMMIT
      statement.execute(
          """
          CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
          $$ BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '53100'; END $$
          """);
      statement.execute(
          """
          CREATE CONSTRAINT TRIGGER no_room AFTER INSERT ON update_log
          DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION no_room()
          """);
      Batch batch = new Scribe(DARYL).batch("a", 1);
      LogUnavailable full =
          catchThrowableOfType(LogUnavailable.class, () -> store.log().append(List.of(batch)));
      assertThat(full.outcome()).isEqualTo(Outcome.NOT_APPLIED);
      assertThat(full.trouble()).isEqualTo(Trouble.FULL);
      assertThat(full).hasMessageContaining("disk full").hasMessageContaining("COMMIT");
      assertThat(store.log().read(DARYL, 0, 10)).isEmpty();
      statement.execute("DROP TRIGGER no_room ON update_log");
      assertThat(store.log().append(List.of(batch))).containsExactly(COMMITTED);
    }
  }

  private static Instant serverTime() {
    return Instant.ofEpochMilli(
        Long.parseLong(Postgres.ask("SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)")));
  }

  @Test
  void tellsTheTimeWithoutWaitingForReaders() throws Exception {
    try (PostgresStore store = open();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      CountDownLatch entered = new CountDownLatch(8);
      CountDownLatch leave = new CountDownLatch(1);
      for (int i = 0; i < 8; i++) { // as many as may read at a time
        threads.execute(() ->
            store
                .connections()
                .read(_ -> {
                  entered.countDown();
                  await().until(() -> leave.getCount() == 0);
                  return 0;
                }));
      }
      entered.await();
      Instant last = store.log().now();
      await()
          .until(
              () -> Duration.between(last, store.log().now()).compareTo(Duration.ofSeconds(2)) > 0);
      leave.countDown();
    }
  }

  @Test
  void savesSnapshotsBesideTheAppends() throws Exception {
    try (PostgresStore store = open();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      store.log().create(DARYL, "{}");
      Scribe scribe = new Scribe(DARYL);
      store.log().append(List.of(scribe.batch("a", 1)));
      Snapshot snapshot = Snapshot.ofNew(DARYL).plus(store.log().read(DARYL, 0, 1).getFirst());
      CountDownLatch entered = new CountDownLatch(1);
      CountDownLatch leave = new CountDownLatch(1);
      // an append that is under way, for ever as far as the snapshot is concerned
      threads.execute(() ->
          store
              .connections()
              .write(_ -> {
                entered.countDown();
                await().until(() -> leave.getCount() == 0);
                return 0;
              }));
      entered.await();
      store.log().save(snapshot);
      assertThat(store.log().snapshot(DARYL, 1)).isPresent();
      leave.countDown();
    }
  }

  @Test
  void refusesAServerThatTakesNoWrites() {
    open().close();
    Postgres.administer("ALTER DATABASE " + database + " SET default_transaction_read_only = on");
    String url = Postgres.url(database) + "?targetServerType=any";
    assertThatThrownBy(() -> PostgresStore.open(url, "postgres", null))
        .isInstanceOf(LogUnavailable.class)
        .hasMessageContaining("primary");
  }

  @Test
  void namesTheServerThatCannotBeOpenedAndNoPassword() {
    assertThatThrownBy(() ->
            PostgresStore.open(Postgres.url("nowhere") + "?password=hush", "postgres", "hush-hush"))
        .isInstanceOf(LogUnavailable.class)
        .hasMessageContaining("127.0.0.1/nowhere")
        .message()
        .doesNotContain("hush");
  }

  @Test
  void refusesCallsAfterClose() {
    PostgresStore store = open();
    store.close();
    store.close();
    assertThatIllegalStateException().isThrownBy(() -> store.log().heads());
    assertThatIllegalStateException().isThrownBy(() -> store.log().create(DARYL, "{}"));
  }
}
