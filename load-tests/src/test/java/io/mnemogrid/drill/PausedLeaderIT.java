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
  private static final Duration NEWS = Duration.ofMillis(700);

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

  /** It waits for the store's write lock, to write a header, when it is stopped. */
  private void aHeaderIsFenced() throws SQLException {
    for (int tries = 1; tries <= 20; tries++) {
      int leader = awaitLeader();
      try (Connection store = connect();
          Statement lock = store.createStatement()) {
        lock.execute("BEGIN IMMEDIATE");
        if (stopsWhileItWrites(leader, "insert")) {
          final long printed = printed(leader);
          lock.execute("ROLLBACK");
          wakesUpFenced(leader, printed, "a header");
          return;
        }
      }
      MemberProcess.pause(NEWS.toMillis()); // there was nothing new to checkpoint
    }
    throw new AssertionError("no header was about to be written" + members().tails());
  }

  /** The same with what it signed and is about to send. */
  private void aSignatureIsFenced() throws SQLException {
    for (int tries = 1; tries <= 20; tries++) { // again when it was held up until the lock was gone
      int leader = awaitLeader();
      ChainGate.Held held = gates.get(leader).hold("eth_feeHistory");
      held.awaitCaught();
      try (Connection store = connect();
          Statement lock = store.createStatement()) {
        lock.execute("BEGIN IMMEDIATE");
        held.release();
        held.answer();
        if (stopsWhileItWrites(leader, "sign")) {
          final long printed = printed(leader);
          lock.execute("ROLLBACK");
          wakesUpFenced(leader, printed, "what it signed");
          return;
        }
      }
    }
    throw new AssertionError("nothing was about to be signed" + members().tails());
  }

  private Connection connect() throws SQLException {
    return DriverManager.getConnection(
        "jdbc:sqlite:" + Objects.requireNonNull(settings).store() + "?busy_timeout=5000");
  }

  /** Pauses it once its checkpointer waits in this method of the store; false when it does not. */
  private boolean stopsWhileItWrites(int leader, String method) {
    String wanted = "JdbcCheckpointStore." + method + "(";
    for (int i = 0; i < 4; i++) {
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
    int leader = awaitLeader();
    ChainGate.Held held = gates.get(leader).hold("eth_sendRawTransaction");
    held.awaitCaught();
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
