package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.check.Contract;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.client.Answered;
import io.mnemogrid.process.AnvilProcess;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Members;
import io.mnemogrid.process.Ports;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.traffic.SteadyWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalInt;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A leader is stopped with SIGSTOP just before it writes, for longer than its lease. Another leads
 * and writes meanwhile. When it wakes up it goes on where it was, knowing nothing: what it writes
 * then must not stand, neither in the store nor on the chain.
 */
@NullMarked
class PausedLeaderIT {
  private static final SpaceName ALPHA = SpaceName.of("alpha");
  private static final Duration PATIENCE = Duration.ofSeconds(90);
  private static final int TRIES = 30;

  /** A leader waits five seconds for an answer of its chain. */
  private static final Duration NEWS = Duration.ofSeconds(4);

  /** A leader waits five seconds for the store's lock, and as long without a renewal it leads. */
  private static final Duration LOCKED = Duration.ofSeconds(4);

  /** What a leader logs when the store refused to write under its epoch. */
  private static final String FENCED = "this member no longer leads";

  private final Path folder = Drills.folder("paused-leader");
  private final AtomicBoolean over = new AtomicBoolean();
  private final List<ChainGate> gates = new ArrayList<>();
  private @Nullable AnvilProcess chain;
  private @Nullable Members members;
  private Members.@Nullable Settings settings;
  private @Nullable Thread writer;

  @BeforeEach
  void start() {
    AnvilProcess anvil =
        AnvilProcess.start(Drills.anvil(), Ports.free(1).getFirst(), folder.resolve("anvil.log"));
    chain = anvil;
    for (int i = 0; i < 2; i++) {
      gates.add(ChainGate.open(anvil.endpoint()));
    }
    settings =
        new Members.Settings(
            Launch.member(Drills.member()).checkpointEvery(0),
            folder,
            index -> gates.get(index).endpoint());
    Members started = Members.start(settings, 2);
    members = started;
    started.api(0).create(ALPHA);
    writer =
        Thread.ofPlatform()
            .name("commits")
            .start(
                new SteadyWriter(
                    "a",
                    1,
                    started,
                    List.of(ALPHA),
                    Duration.ofMillis(50),
                    new AtomicLong(),
                    over::get));
    awaitFinal(2);
  }

  @AfterEach
  void stop() {
    over.set(true);
    if (members != null) {
      members.close();
    }
    gates.forEach(ChainGate::close);
    if (chain != null) {
      chain.close();
    }
  }

  @Test
  void whatItWritesAfterItWokeUpStandsNowhere() throws Exception {
    aHeaderIsFenced();
    aSignatureIsFenced();
    aTransactionIsTooLate();

    over.set(true);
    Objects.requireNonNull(writer).join();
    Members running = members();
    await()
        .atMost(PATIENCE)
        .until(() -> {
          Answered head = running.ask("/v1/spaces/" + ALPHA);
          return head.whole("finalized_version") == head.whole("version");
        });
    running.close();
    List<StoredCheckpoint> stored = Members.checkpoints(Objects.requireNonNull(settings).store());
    Contract contract = Contract.of(Objects.requireNonNull(chain), stored);
    assertThat(contract.differences(stored)).isEmpty();
    System.out.printf(
        "contract %s: %d checkpoints, one event each, the store's headers%n",
        contract.address(), stored.size());
  }

  private Members members() {
    return Objects.requireNonNull(members);
  }

  /**
   * It waits for the store's write lock, to write a header, when it is stopped. A header is what it
   * writes next if it reads the chain before a step, has nothing on the chain that it could make
   * final, and finds news that it does not have in a header yet.
   */
  private void aHeaderIsFenced() throws SQLException {
    List<String> tried = new ArrayList<>();
    while (tried.size() < TRIES) {
      Caught caught = catchLeader("eth_call");
      Answered newest = members().ask("/v1/checkpoints/latest");
      String status = newest.text("status");
      boolean nothingToFinish = List.of("pending", "finalized").contains(status);
      if (!nothingToFinish || !hasNewsSoon(newest)) {
        caught.held.release();
        tried.add(nothingToFinish ? "no news" : "the newest is " + status);
      } else if (isFenced(caught, "insert", "a header")) {
        return;
      } else {
        tried.add("it wrote something else");
      }
    }
    throw new AssertionError("no header was about to be written: " + tried + members().tails());
  }

  /** The same with what it signed and is about to send. */
  private void aSignatureIsFenced() throws SQLException {
    for (int tries = 1; tries <= TRIES; tries++) {
      if (isFenced(catchLeader("eth_feeHistory"), "sign", "what it signed")) {
        return;
      }
    }
    throw new AssertionError("nothing was about to be signed" + members().tails());
  }

  /** A leader whose request to the chain is held. */
  private record Caught(int leader, ChainGate.Held held) {}

  /** Holds the next request for that method, of whoever leads by then. */
  private Caught catchLeader(String method) {
    for (int tries = 1; tries <= TRIES; tries++) {
      int leader = awaitLeader();
      ChainGate gate = gates.get(leader);
      ChainGate.Held held = gate.hold(method);
      if (held.isCaught(Duration.ofSeconds(20)) || !gate.letGo(held)) {
        return new Caught(leader, held);
      } // else it may lead no more
    }
    throw new AssertionError("no leader asks for " + method + members().tails());
  }

  /**
   * Whether the audit finds something new within the time for which a leader waits for its chain.
   */
  private boolean hasNewsSoon(Answered checkpoint) {
    long has = checkpoint.object("spaces").object(ALPHA.text()).whole("version");
    long until = System.nanoTime() + NEWS.toNanos();
    while (System.nanoTime() < until) {
      if (members().ask("/v1/spaces/" + ALPHA).whole("audited_version") > has) {
        return true;
      }
      MemberProcess.pause(50);
    }
    return false;
  }

  /**
   * Takes the store's write lock, lets the leader go on, stops it once it waits in this method of
   * the store, and wakes it up when another leads. False when it did not come to that method.
   */
  private boolean isFenced(Caught caught, String method, String what) throws SQLException {
    int leader = caught.leader;
    try (Connection store = connect();
        Statement lock = store.createStatement()) {
      lock.execute("BEGIN IMMEDIATE");
      caught.held.release();
      caught.held.answer();
      if (!stopsWhileItWrites(leader, method)) {
        return false;
      }
      final long printed = printed(leader);
      lock.execute("ROLLBACK");
      wakesUpFenced(leader, printed, what);
      return true;
    } finally {
      caught.held.release();
    }
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:sqlite:" + Objects.requireNonNull(settings).store() + "?busy_timeout=5000");
  }

  /** Pauses it once its checkpointer waits in this method of the store; false when it does not. */
  private boolean stopsWhileItWrites(int leader, String method) {
    String wanted = "JdbcCheckpointStore." + method + "(";
    long until = System.nanoTime() + LOCKED.toNanos();
    while (System.nanoTime() < until) {
      boolean writes =
          members()
              .threads(leader)
              .filter(thread -> thread.startsWith("\"mnemogrid-checkpointer\""))
              .anyMatch(thread -> thread.contains(wanted));
      if (writes) {
        members().pause(leader);
        return true;
      }
    }
    return false;
  }

  private void wakesUpFenced(int leader, long printed, String what) {
    awaitOtherThan(leader);
    members().wake(leader);
    await().atMost(PATIENCE).until(() -> saidSince(leader, printed).contains(FENCED));
    members().awaitHealthy();
    System.out.printf("%s woke up to write %s: fenced%n", Members.name(leader), what);
  }

  /** Its transaction is on the way when it is stopped and reaches the chain after the other's. */
  private void aTransactionIsTooLate() {
    Caught caught = catchLeader("eth_sendRawTransaction");
    int leader = caught.leader;
    ChainGate.Held held = caught.held;
    members().pause(leader);
    long before = members().finalCheckpoint();
    awaitOtherThan(leader);
    awaitFinal(before + 1);
    held.release();
    String answer = held.answer();
    members().wake(leader);
    members().awaitHealthy();
    assertThat(answer).contains("\"error\"");
    System.out.printf(
        "a transaction of %s came too late, the chain said %s%n", Members.name(leader), answer);
  }

  private void awaitOtherThan(int leader) {
    await()
        .atMost(PATIENCE)
        .until(() -> members().leader().stream().anyMatch(other -> other != leader));
  }

  private int awaitLeader() {
    return await()
        .atMost(PATIENCE)
        .until(() -> members().leader(), OptionalInt::isPresent)
        .orElseThrow();
  }

  private void awaitFinal(long number) {
    await().atMost(PATIENCE).until(() -> members().finalCheckpoint() >= number);
  }

  private long printed(int member) {
    try {
      return Files.size(members().log(member));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String saidSince(int member, long printed) {
    try {
      byte[] log = Files.readAllBytes(members().log(member));
      int from = (int) printed;
      return new String(log, from, log.length - from, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
