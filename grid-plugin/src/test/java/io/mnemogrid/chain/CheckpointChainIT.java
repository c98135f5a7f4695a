package io.mnemogrid.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.Anchor;
import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.checkpoint.CheckpointEvent.How;
import io.mnemogrid.checkpoint.Checkpointer;
import io.mnemogrid.checkpoint.Checkpointer.Pace;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.LeaseRow;
import io.mnemogrid.checkpoint.OutboxEntry;
import io.mnemogrid.checkpoint.SignedTransaction;
import io.mnemogrid.checkpoint.StepEvent;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.checkpoint.StoredCheckpoint.Status;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.proof.LogTree;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The checkpointer over a real store, against a real chain that reorganises, makes no blocks, asks
 * for more than anybody pays, dies, and is reached through an endpoint that fails, stalls and lies.
 */
class CheckpointChainIT {
  private static final SpaceName SPACE = new SpaceName("daryl");
  private static final int FINAL_AFTER = 3;
  private static final Checkpointer.Policy POLICY =
      Checkpointer.Policy.of(Duration.ofHours(1), 1_000_000).withReread(Duration.ZERO);
  private static final String GWEI_100 = "0x174876e800";
  private static final FeePolicy CAPPED =
      FeePolicy.DEFAULT.withMaxFeePerGas(BigInteger.valueOf(50_000_000_000L));

  @TempDir Path folder;
  private final List<AutoCloseable> opened = new ArrayList<>();
  private final List<StepEvent> events = new CopyOnWriteArrayList<>();
  private final Scribe scribe = new Scribe(SPACE);
  private SqliteStore store;
  private Duration ahead = Duration.ZERO;

  @BeforeEach
  void openStore() {
    store = SqliteStore.open(folder.resolve("store.db"));
    store.log().create(SPACE, "{}");
    takeLease();
  }

  @AfterEach
  void close() throws Exception {
    for (AutoCloseable each : opened.reversed()) {
      each.close();
    }
    store.close();
  }

  private <T extends AutoCloseable> T closing(T resource) {
    opened.add(resource);
    return resource;
  }

  private long takeLease() {
    while (true) {
      LeaseRow row = store.lease().read();
      LeaseRow next = new LeaseRow("leader", row.epoch() + 1, row.counter() + 1);
      if (store.lease().replace(row, next)) {
        return next.epoch();
      }
    }
  }

  /** One more version, and what an honest audit finds. */
  private void write() {
    int version = (int) scribe.head().version() + 1;
    assertThat(store.log().append(List.of(scribe.batch("u" + version + "-", 1))))
        .containsExactly(new Appended.Committed());
    List<Hash> leaves = store.log().leafHashes(SPACE, 0, version);
    store
        .audited()
        .publish(
            new AuditedHead(
                new Head(SPACE, version, scribe.head().root(), LogTree.root(leaves)),
                leaves.getLast(),
                new ContentAddress(Hash.sha256("document")),
                1,
                scribe.head().committed(),
                scribe.head().committed(),
                null));
  }

  private static Address deploy(Anvil anvil) {
    return EvmAnchor.deploy(anvil.endpoint(), DevChain.key(anvil.endpoint()), FeePolicy.DEFAULT);
  }

  private EvmAnchor connect(URI endpoint, Address contract, FeePolicy fees) {
    return closing(
        EvmAnchor.connect(endpoint, DevChain.key(endpoint), contract, FINAL_AFTER, fees));
  }

  private Checkpointer leader(Anchor anchor, Checkpointer.Policy policy) {
    return new Checkpointer(
        store.audited(), store.checkpoints(), store.log(), anchor, policy, () -> true, events::add);
  }

  private Instant now() {
    return store.log().now().plus(ahead);
  }

  /** What the step told last; null when it told nothing. */
  private @Nullable StepEvent step(Checkpointer leader) {
    return told(() -> leader.step(store.lease().read().epoch(), now(), true));
  }

  private @Nullable StepEvent prepare(Checkpointer leader) {
    return told(() -> leader.prepare(store.lease().read().epoch(), now(), true));
  }

  private @Nullable StepEvent told(Supplier<Pace> step) {
    int before = events.size();
    Pace pace = step.get();
    StepEvent last = events.size() == before ? null : events.getLast();
    assertThat(pace).as("%s", last).isNotEqualTo(Pace.DEPOSED).isNotEqualTo(Pace.STOPPED);
    return last;
  }

  /** Steps, and mines a block whenever the chain is waited for. */
  private StoredCheckpoint finish(Checkpointer leader, Anvil anvil, long number) {
    for (int i = 0; i < 200; i++) {
      switch (step(leader)) {
        case CheckpointEvent.Finalized done when done.checkpoint().number() == number -> {
          return done.checkpoint();
        }
        case StepEvent.Waiting _ -> anvil.rpc("evm_mine");
        case null, default -> {}
      }
    }
    throw new AssertionError("never final: " + store.checkpoints().latest());
  }

  private StoredCheckpoint latest() {
    return store.checkpoints().latest().orElseThrow();
  }

  private SignedTransaction transaction() {
    return Objects.requireNonNull(latest().transaction());
  }

  private <T extends StepEvent> T expect(Checkpointer leader, Class<T> wanted) {
    for (int i = 0; i < 10; i++) {
      StepEvent told = step(leader);
      if (wanted.isInstance(told)) {
        return wanted.cast(told);
      }
    }
    throw new AssertionError("no " + wanted.getSimpleName() + " in ten steps");
  }

  /** Steps until a block has taken the newest: the node mines after it answered. */
  private void confirm(Checkpointer leader) {
    await()
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(5))
        .untilAsserted(() -> {
          step(leader);
          assertThat(latest().status()).isEqualTo(Status.CONFIRMED);
        });
  }

  private List<How> sent() {
    return events.stream()
        .filter(CheckpointEvent.Sent.class::isInstance)
        .map(event -> ((CheckpointEvent.Sent) event).how())
        .toList();
  }

  private void assertChainEqualsStore(Anchor anchor, long count) {
    assertThat(anchor.latest()).isEqualTo(count);
    for (long number = 1; number <= count; number++) {
      assertThat(anchor.find(number).orElseThrow().hash())
          .isEqualTo(store.checkpoints().find(number).orElseThrow().checkpoint().hash());
    }
  }

  @Test
  void replacesWhatNoBlockTakesAndEitherOfTheTwoCounts() {
    Anvil anvil = closing(Anvil.start());
    EvmAnchor anchor = connect(anvil.endpoint(), deploy(anvil), FeePolicy.DEFAULT);
    Checkpointer leader = leader(anchor, POLICY);
    anvil.rpc("evm_setAutomine", false);
    for (boolean replacementLands : new boolean[] {true, false}) {
      write();
      expect(leader, CheckpointEvent.Sent.class);
      SignedTransaction first = transaction();
      assertThat(step(leader)).isEqualTo(new StepEvent.Waiting(latest().number()));
      assertThat(latest().status()).isEqualTo(Status.SENT);
      ahead = POLICY.replaceAfter();
      assertThat(expect(leader, CheckpointEvent.Sent.class).text()).contains("higher fee");
      ahead = Duration.ZERO;
      SignedTransaction second = transaction();
      assertThat(second.nonce()).isEqualTo(first.nonce());
      assertThat(anchor.inclusion(first)).isNotInstanceOf(Anchor.Inclusion.Included.class);
      if (!replacementLands) {
        anvil.rpc("anvil_dropTransaction", second.hash());
        anvil.rpc("eth_sendRawTransaction", first.raw());
      }
      finish(leader, anvil, latest().number());

      List<OutboxEntry> both = store.checkpoints().outbox(latest().number(), 10);
      assertThat(both).extracting(OutboxEntry::transaction).containsExactly(second, first);
      Cost landed = Objects.requireNonNull(both.get(replacementLands ? 0 : 1).cost());
      assertThat(landed.gas()).isPositive();
      assertThat(landed.isWithin(both.get(replacementLands ? 0 : 1).transaction().most())).isTrue();
      assertThat(both.get(replacementLands ? 1 : 0).cost()).isEqualTo(Cost.NONE);
    }
    assertChainEqualsStore(anchor, 2);
  }

  @Test
  void waitsWhileBlocksAskForMoreThanTheCapAndGoesOnAfterwards() {
    Anvil anvil = closing(Anvil.start());
    EvmAnchor anchor = connect(anvil.endpoint(), deploy(anvil), CAPPED);
    Checkpointer leader = leader(anchor, POLICY);
    anvil.rpc("anvil_setNextBlockBaseFeePerGas", GWEI_100);
    anvil.rpc("evm_mine");
    write();
    StepEvent.Blocked blocked = expect(leader, StepEvent.Blocked.class);
    assertThat(blocked.reason()).isEqualTo("fee-cap");
    assertThat(blocked.detail()).contains("50000000000 wei");
    assertThat(latest().transaction()).isNull();

    anvil.rpc("anvil_setNextBlockBaseFeePerGas", "0x1");
    anvil.rpc("evm_mine");
    finish(leader, anvil, 1);

    // The same with one that was sent before the spike, which throws it out of the pool.
    anvil.rpc("evm_setAutomine", false);
    write();
    expect(leader, CheckpointEvent.Sent.class);
    anvil.rpc("anvil_setNextBlockBaseFeePerGas", GWEI_100);
    anvil.rpc("evm_mine");
    assertThat(expect(leader, StepEvent.Blocked.class).reason()).isEqualTo("fee-cap");
    anvil.rpc("anvil_setNextBlockBaseFeePerGas", "0x1");
    anvil.rpc("evm_mine");
    finish(leader, anvil, 2);
    assertChainEqualsStore(anchor, 2);
  }

  @Test
  void redoesWhatAReorgTookAwayBeforeAndAfterItWasFinal() {
    Anvil anvil = closing(Anvil.start());
    EvmAnchor anchor = connect(anvil.endpoint(), deploy(anvil), FeePolicy.DEFAULT);
    Checkpointer leader = leader(anchor, POLICY);
    anvil.rpc("anvil_mine", "0x5");
    write();
    expect(leader, CheckpointEvent.Sent.class);
    confirm(leader);
    Hash hash = latest().checkpoint().hash();

    anvil.rpc("anvil_reorg", 2, List.of());
    assertThat(anchor.latest()).isZero();
    step(leader);
    assertThat(latest().status()).isEqualTo(Status.SENT);
    assertThat(finish(leader, anvil, 1).checkpoint().hash()).isEqualTo(hash);
    assertThat(store.checkpoints().finalizedVersion(SPACE)).isEqualTo(1);

    anvil.rpc("anvil_reorg", FINAL_AFTER + 2, List.of());
    assertThat(anchor.latest()).isZero();
    step(leader);
    assertThat(store.checkpoints().finalizedVersion(SPACE)).isZero();
    assertThat(finish(leader, anvil, 1).checkpoint().hash()).isEqualTo(hash);
    assertThat(events.stream().filter(CheckpointEvent.Undone.class::isInstance)).hasSize(2);
    assertThat(store.checkpoints().outbox(1, 10)).as("always the same transaction").hasSize(1);
    assertChainEqualsStore(anchor, 1);
  }

  @Test
  void aChainRestartedFromAnOlderStateGetsWhatItLacks() throws Exception {
    Path state = folder.resolve("state.json");
    Path copy = folder.resolve("copy.json");
    Anvil first = Anvil.start("--state", state.toString());
    int port = first.endpoint().getPort();
    URI endpoint = first.endpoint();
    Address contract = deploy(first);
    EvmAnchor anchor = connect(endpoint, contract, FeePolicy.DEFAULT);
    Checkpointer leader = leader(anchor, POLICY);
    write();
    finish(leader, first, 1);
    first.close();
    Files.copy(state, copy);

    try (Anvil second = Anvil.start(port, "--state", state.toString())) {
      write();
      finish(leader, second, 2);
      second.kill();
    }
    assertThatThrownBy(() -> step(leader)).isInstanceOf(AnchorUnavailable.class);
    write();
    assertThat(prepare(leader))
        .as("headers are prepared while it is away")
        .isEqualTo(new StepEvent.Prepared(3));
    Files.copy(copy, state, StandardCopyOption.REPLACE_EXISTING);

    try (Anvil third = Anvil.start(port, "--state", state.toString())) {
      finish(leader, third, 3);
      assertChainEqualsStore(anchor, 3);
    }
    assertThat(events).contains(new CheckpointEvent.Undone(1, 1));
  }

  @Test
  void writesOnceThoughTheEndpointFailsStallsAndLosesAnswers() throws Exception {
    Anvil anvil = closing(Anvil.start());
    AnvilProxy proxy = closing(new AnvilProxy(anvil.endpoint()));
    EvmAnchor anchor = connect(proxy.endpoint(), deploy(anvil), FeePolicy.DEFAULT);
    Checkpointer leader = leader(anchor, POLICY);
    write();
    expect(leader, StepEvent.Prepared.class);

    proxy.behave((call, chain) -> null);
    assertThatThrownBy(() -> step(leader))
        .isInstanceOf(AnchorUnavailable.class)
        .hasMessageContaining("500");
    assertThat(latest().status()).isEqualTo(Status.PENDING);

    // It arrives, and the answer does not.
    proxy.behave((call, chain) -> {
      String answer = chain.ask(call);
      return call.contains("eth_sendRawTransaction") ? null : answer;
    });
    step(leader);
    assertThat(latest().status()).isEqualTo(Status.SENT);
    proxy.behave(AnvilProxy.HONEST);
    finish(leader, anvil, 1);
    assertThat(store.checkpoints().outbox(1, 10)).hasSize(1);

    // Nothing is answered for longer than a call waits, once it was received.
    proxy.behave((call, chain) -> {
      String answer = chain.ask(call);
      return call.contains("eth_sendRawTransaction") ? proxy.stall() : answer;
    });
    write();
    expect(leader, StepEvent.Prepared.class);
    step(leader);
    proxy.behave(AnvilProxy.HONEST);
    finish(leader, anvil, 2);
    assertThat(store.checkpoints().outbox(2, 10)).hasSize(1);

    // Every thirteenth call fails, and a step makes up to a dozen.
    AtomicInteger calls = new AtomicInteger();
    proxy.behave((call, chain) -> calls.incrementAndGet() % 13 == 0 ? null : chain.ask(call));
    write();
    for (int i = 0; i < 300 && finals() < 3; i++) {
      try {
        if (step(leader) instanceof StepEvent.Waiting) {
          anvil.rpc("evm_mine");
        }
      } catch (AnchorUnavailable e) {
        // the next step finds what became of it
      }
    }
    proxy.behave(AnvilProxy.HONEST);
    assertChainEqualsStore(anchor, 3);
    assertThat(anvil.rpc("eth_getTransactionCount", anchor.author().text(), "latest").asText())
        .as("the deployment and three checkpoints: %s", sent())
        .isEqualTo("0x4");
  }

  /** A receipt of a transaction that waits in the pool, in a block that stands. */
  @Test
  void believesNoReceiptThatTheContractDoesNotBearOut() throws Exception {
    Anvil anvil = closing(Anvil.start());
    AnvilProxy proxy = closing(new AnvilProxy(anvil.endpoint()));
    EvmAnchor anchor = connect(proxy.endpoint(), deploy(anvil), FeePolicy.DEFAULT);
    Checkpointer leader = leader(anchor, POLICY);
    anvil.rpc("evm_setAutomine", false);
    write();
    expect(leader, CheckpointEvent.Sent.class);
    String block = anvil.rpc("eth_getBlockByNumber", "latest", false).path("hash").asText();
    String number = anvil.rpc("eth_blockNumber").asText();
    String hash = transaction().hash();
    proxy.behave((call, chain) ->
        call.contains("eth_getTransactionReceipt")
            ? """
            {"jsonrpc":"2.0","id":%s,"result":{"transactionHash":"%s","blockHash":"%s",
             "blockNumber":"%s","status":"0x1","gasUsed":"0x5208","cumulativeGasUsed":"0x5208",
             "effectiveGasPrice":"0x1","transactionIndex":"0x0","logs":[]}}
            """
                .formatted(call.replaceAll("(?s).*\"id\":([0-9]+).*", "$1"), hash, block, number)
            : chain.ask(call));
    assertThat(anchor.inclusion(transaction())).isInstanceOf(Anchor.Inclusion.Included.class);
    for (int i = 0; i < 20; i++) {
      assertThat(step(leader)).isEqualTo(new StepEvent.Waiting(1));
    }
    assertThat(latest().status()).isEqualTo(Status.SENT);
    proxy.behave(AnvilProxy.HONEST);
    finish(leader, anvil, 1);

    // And one that hides every receipt only costs the blocks since it was first seen to stand.
    proxy.behave((call, chain) ->
        call.contains("eth_getTransactionReceipt")
            ? "{\"jsonrpc\":\"2.0\",\"id\":0,\"result\":null}"
            : chain.ask(call));
    write();
    finish(leader, anvil, 2);
    proxy.behave(AnvilProxy.HONEST);
    assertChainEqualsStore(anchor, 2);
  }

  @Test
  void headersOfADayAwayGoInOneTransactionThatCostsLess() {
    Anvil anvil = closing(Anvil.start());
    EvmAnchor anchor = connect(anvil.endpoint(), deploy(anvil), FeePolicy.DEFAULT);
    Checkpointer leader = leader(anchor, POLICY);
    write();
    finish(leader, anvil, 1);
    write();
    finish(leader, anvil, 2);
    long single = gasOf(2);
    for (int number = 3; number <= 12; number++) {
      write();
      assertThat(prepare(leader)).isEqualTo(new StepEvent.Prepared(number));
    }
    finish(leader, anvil, 12);
    assertThat(gasOf(12)).isLessThan(10 * single * 4 / 5);
    assertThat(gasOf(3)).isEqualTo(gasOf(12));
    assertThat(sent()).containsExactly(How.NEW, How.NEW, How.NEW);
    assertChainEqualsStore(anchor, 12);
  }

  private long gasOf(long number) {
    return Objects.requireNonNull(store.checkpoints().outbox(number, 1).getFirst().cost()).gas();
  }

  @Test
  void aSpentBudgetStopsItThroughARestartUntilADayIsOver() {
    Anvil anvil = closing(Anvil.start());
    EvmAnchor anchor = connect(anvil.endpoint(), deploy(anvil), FeePolicy.DEFAULT);
    Checkpointer.Policy frugal = POLICY.withBudget(new Cost(150_000, Cost.UNLIMITED.wei()));
    Checkpointer leader = leader(anchor, frugal);
    write();
    finish(leader, anvil, 1);
    long gas = gasOf(1);
    write();
    assertThat(expect(leader, StepEvent.Blocked.class).reason()).isEqualTo("budget");

    store.close();
    store = SqliteStore.open(folder.resolve("store.db"));
    Checkpointer restarted = leader(anchor, frugal);
    assertThat(restarted.budgetLeft(now()).gas()).isEqualTo(150_000 - gas);
    assertThat(expect(restarted, StepEvent.Blocked.class).detail()).contains("24 hours");
    assertThat(anchor.latest()).isEqualTo(1);

    ahead = Duration.ofHours(25);
    finish(restarted, anvil, 2);
    assertChainEqualsStore(anchor, 2);
  }

  /** Each takes the lease from the other in the middle and goes on as if it still led. */
  @Test
  void twoLeadersAtOnceMakeOneSequence() throws Exception {
    int wanted = 12;
    Anvil anvil = closing(Anvil.start());
    Address contract = deploy(anvil);
    List<Checkpointer> leaders =
        List.of(
            leader(connect(anvil.endpoint(), contract, FeePolicy.DEFAULT), POLICY),
            leader(connect(anvil.endpoint(), contract, FeePolicy.DEFAULT), POLICY));
    AtomicInteger deposed = new AtomicInteger();
    AtomicInteger working = new AtomicInteger(leaders.size());
    try (ExecutorService threads = Executors.newFixedThreadPool(2)) {
      List<Future<Boolean>> running = new ArrayList<>();
      for (Checkpointer leader : leaders) {
        Random random = new Random(leaders.indexOf(leader));
        running.add(
            threads.submit(() -> {
              try {
                long epoch = takeLease();
                // And on until both have had a turn: one may begin when the other is at its end.
                while (finals() < wanted || deposed.get() == 0 && working.get() == 2) {
                  switch (leader.step(epoch, now(), true)) {
                    case DEPOSED -> {
                      deposed.incrementAndGet();
                      epoch = takeLease();
                    }
                    case SOON -> anvil.rpc("evm_mine");
                    case STOPPED -> throw new AssertionError(events);
                    case IDLE, AT_ONCE, LATER -> {}
                  }
                  if (random.nextInt(10) == 0) {
                    epoch = takeLease();
                  }
                  synchronized (this) {
                    if (finals() >= scribe.head().version()) {
                      write();
                    }
                  }
                }
                return true;
              } finally {
                working.decrementAndGet();
              }
            }));
      }
      for (Future<Boolean> one : running) {
        assertThat(one.get()).isTrue();
      }
      assertThat(deposed.get()).as("times that one was deposed by the other").isPositive();
    }
    EvmAnchor anchor = connect(anvil.endpoint(), contract, FeePolicy.DEFAULT);
    Checkpointer last = leader(anchor, POLICY);
    takeLease();
    if (finals() < latest().number()) {
      finish(last, anvil, latest().number());
    }
    assertChainEqualsStore(anchor, latest().number());
    List<StoredCheckpoint> all = store.checkpoints().list(Long.MAX_VALUE, 1000).reversed();
    Hash previous = Hash.ZERO;
    for (int i = 0; i < all.size(); i++) {
      assertThat(all.get(i).number()).isEqualTo(i + 1);
      assertThat(all.get(i).checkpoint().header().previous()).isEqualTo(previous);
      previous = all.get(i).checkpoint().hash();
    }
  }

  private long finals() {
    return store.checkpoints().latestFinal().map(StoredCheckpoint::number).orElse(0L);
  }
}
