package io.mnemogrid.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.checkpoint.Checkpointer.Step;
import io.mnemogrid.checkpoint.StoredCheckpoint.Status;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Trie;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One leader after the other over a store and a chain in memory. */
class CheckpointerTest {
  private static final SpaceName A = SpaceName.of("a");
  private static final SpaceName B = SpaceName.of("b");
  private static final Checkpointer.Policy POLICY =
      new Checkpointer.Policy(Duration.ofSeconds(30), 10);
  private static final int FINAL_AFTER = 3;

  private final MemoryChain chain = new MemoryChain(false);
  private Instant now = Instant.parse("2026-02-05T19:00:00Z");
  private final MemoryCheckpointStore store = new MemoryCheckpointStore(() -> now);
  private Checkpointer leader = leader();
  private long epoch = 1;

  private Checkpointer leader() {
    return new Checkpointer(store, chain.open(FINAL_AFTER), POLICY);
  }

  @BeforeEach
  void lead() {
    store.setEpoch(epoch);
  }

  static VerifiedHead verified(
      SpaceName space, long version, Instant committed, @Nullable String problem) {
    Head head =
        new Head(
            space, version, Hash.sha256(space + "state" + version), Hash.sha256("log" + version));
    return new VerifiedHead(
        head,
        Hash.sha256("leaf" + version),
        new ContentAddress(Hash.sha256("blob" + version)),
        1,
        committed,
        committed,
        problem);
  }

  private void publish(SpaceName space, long version) {
    store.publish(verified(space, version, now, null));
  }

  private Step step() {
    return leader.step(epoch, now, false);
  }

  private Step demand() {
    return leader.step(epoch, now, true);
  }

  private StoredCheckpoint latest() {
    return store.latest().orElseThrow();
  }

  /** Prepares a checkpoint of what is ready and brings it to its end. */
  private StoredCheckpoint finish() {
    assertThat(demand()).isInstanceOf(Step.Progress.class);
    for (int i = 0; i < 20; i++) {
      if (step() instanceof Step.Finalized done) {
        return done.checkpoint();
      }
      chain.mine();
    }
    throw new AssertionError("never final: " + latest());
  }

  @Test
  void bringsAHeaderFromPreparedToFinal() {
    publish(A, 1);
    assertThat(demand()).isEqualTo(new Step.Progress("prepared checkpoint 1"));
    assertThat(latest().status()).isEqualTo(Status.PENDING);
    assertThat(step()).isEqualTo(new Step.Progress("sent checkpoint 1"));
    assertThat(latest().status()).isEqualTo(Status.SENT);
    assertThat(step()).isEqualTo(new Step.Waiting(1));
    for (int depth = 1; depth < FINAL_AFTER; depth++) {
      chain.mine();
      assertThat(step()).isEqualTo(new Step.Waiting(1));
      assertThat(latest().status()).isEqualTo(Status.CONFIRMED);
    }
    chain.mine();
    assertThat(step()).isInstanceOf(Step.Finalized.class);
    assertThat(latest().status()).isEqualTo(Status.FINALIZED);
    assertThat(step()).isEqualTo(new Step.Idle());
  }

  @Test
  void isDueByTimeByVersionsOrOnDemand() {
    publish(A, 1);
    finish();
    publish(A, 2);
    assertThat(step()).isEqualTo(new Step.Idle());
    now = now.plus(POLICY.every());
    assertThat(step()).isEqualTo(new Step.Progress("prepared checkpoint 2"));
    finishAll();
    publish(A, 11);
    publish(B, 1);
    assertThat(step()).as("nine and one versions").isInstanceOf(Step.Progress.class);
    finishAll();
    assertThat(demand()).as("nothing is new").isEqualTo(new Step.Idle());
    publish(B, 2);
    assertThat(demand()).isInstanceOf(Step.Progress.class);
  }

  private void finishAll() {
    for (int i = 0; i < 30 && !store.unfinished(1).isEmpty(); i++) {
      step();
      chain.mine();
    }
    assertThat(store.unfinished(1)).isEmpty();
  }

  @Test
  void aSpaceWithAProblemKeepsItsHead() {
    publish(A, 1);
    publish(B, 1);
    finish();
    store.publish(verified(A, 2, now, "root 0x1, its record says 0x2"));
    publish(B, 2);
    StoredCheckpoint second = finish();
    assertThat(second.checkpoint().manifest().spaces())
        .extracting(entry -> entry.head().space())
        .containsExactly(B);
    assertForestRoot(second, 1, 2);
  }

  @Test
  void aHeadFromTheFutureWaits() {
    store.publish(verified(A, 1, now.plusMillis(1), null));
    assertThat(demand()).isEqualTo(new Step.Idle());
    now = now.plusMillis(1);
    assertThat(demand()).isInstanceOf(Step.Progress.class);
  }

  private void assertForestRoot(StoredCheckpoint checkpoint, long... versions) {
    Trie<Head> forest = Trie.empty();
    List<SpaceName> spaces = List.of(A, B);
    for (int i = versions.length - 1; i >= 0; i--) {
      forest = forest.with(verified(spaces.get(i), versions[i], now, null).head());
    }
    assertThat(checkpoint.checkpoint().header().forestRoot()).isEqualTo(forest.root());
  }

  @Test
  void headersFollowFromManifestsAlone() {
    TreeMap<SpaceName, Head> heads = new TreeMap<>();
    Hash previous = Hash.ZERO;
    for (int number = 1; number <= Manifest.FULL_EVERY + 1; number++) {
      now = now.plusSeconds(1);
      publish(number % 3 == 0 ? B : A, number);
      StoredCheckpoint stored = finish();
      Manifest manifest = stored.checkpoint().manifest();
      manifest.spaces().forEach(entry -> heads.put(entry.head().space(), entry.head()));
      assertThat(manifest.spaces()).hasSize(number == Manifest.FULL_EVERY ? heads.size() : 1);
      Trie<Head> forest = Trie.empty();
      for (Head head : heads.descendingMap().values()) {
        forest = forest.with(head);
      }
      Header header =
          new Header(
              number,
              previous,
              forest.root(),
              Hash.sha256(manifest.toText().getBytes(StandardCharsets.UTF_8)));
      assertThat(stored.checkpoint().header()).isEqualTo(header);
      previous = header.hash();
      assertThat(chain.open(1).find(number).orElseThrow().hash()).isEqualTo(previous);
    }
  }

  @Test
  void aDeposedLeaderWritesNothing() {
    publish(A, 1);
    store.setEpoch(epoch + 1);
    assertThat(demand()).isEqualTo(new Step.Deposed());
    assertThat(store.latest()).isEmpty();

    store.setEpoch(epoch);
    demand();
    store.setEpoch(epoch + 1);
    StoredCheckpoint before = latest();
    assertThat(step()).isEqualTo(new Step.Deposed());
    assertThat(latest()).isEqualTo(before);
    chain.mine();
    assertThat(chain.open(1).latest()).as("nothing was sent").isZero();

    epoch++;
    step();
    chain.mine();
    store.setEpoch(epoch + 1);
    before = latest();
    assertThat(step()).isEqualTo(new Step.Deposed());
    assertThat(latest()).isEqualTo(before);
  }

  @Test
  void sendsTheSameTransactionAgainWhenItWasLost() {
    publish(A, 1);
    demand();
    step();
    StoredCheckpoint sent = latest();
    chain.losePool();
    assertThat(step()).isEqualTo(new Step.Progress("sent checkpoint 1 again"));
    assertThat(latest()).isEqualTo(sent);
    chain.mine();
    assertThat(chain.open(1).latest()).isEqualTo(1);
  }

  @Test
  void signsAnewWhatIsRefusedForItsFee() {
    publish(A, 1);
    demand();
    step();
    SignedTransaction first = Objects.requireNonNull(latest().transaction());
    chain.losePool();
    chain.setBaseFee(1000);
    assertThat(step()).isInstanceOf(Step.Retried.class);
    SignedTransaction second = Objects.requireNonNull(latest().transaction());
    assertThat(second.hash()).isNotEqualTo(first.hash());
    assertThat(second.nonce()).isEqualTo(first.nonce());
    chain.mine();
    assertThat(chain.open(1).latest()).isEqualTo(1);
  }

  @Test
  void stopsWhenTheChainIsAhead() {
    publish(A, 1);
    finish();
    publish(A, 2);
    finish();
    store.forgetAfter(1);
    assertThat(step())
        .isInstanceOfSatisfying(
            Step.Stopped.class, stopped -> assertThat(stopped.code()).isEqualTo("chain-ahead"));
    assertThat(leader.disagreement()).isPresent();
    assertThat(store.latest().map(StoredCheckpoint::number)).contains(1L);
  }

  @Test
  void stopsWhenTheChainHoldsAnotherHeader() {
    publish(A, 1);
    finish();
    store.forgetAfter(0);
    publish(B, 5);
    Checkpoint other = AnchorContractTest.checkpoint(1, Hash.ZERO, "other", chain.open(1).author());
    store.insert(other, epoch);
    assertThat(demand())
        .isInstanceOfSatisfying(
            Step.Stopped.class, stopped -> assertThat(stopped.code()).isEqualTo("chain-differs"));
  }

  @Test
  void fillsAnEmptyChainWithAllStoredHeadersInOrder() {
    List<Hash> hashes = new ArrayList<>();
    for (int version = 1; version <= 4; version++) {
      publish(A, version);
      hashes.add(finish().checkpoint().hash());
    }
    for (boolean newContract : new boolean[] {false, true}) {
      chain.wipe();
      if (newContract) {
        chain.deployAnew();
      }
      step();
      assertThat(store.find(1).orElseThrow().status()).isNotEqualTo(Status.FINALIZED);
      finishAll();
      for (int i = 0; i < 20; i++) {
        step();
        chain.mine();
      }
      finishAll();
      Anchor anchor = chain.open(1);
      assertThat(anchor.latest()).isEqualTo(4);
      for (int number = 1; number <= 4; number++) {
        assertThat(anchor.find(number).orElseThrow().hash()).isEqualTo(hashes.get(number - 1));
      }
    }
  }

  /** The fees of two transactions for one header differ; the one that is not stored came in. */
  @Test
  void becomesFinalThoughAnotherTransactionBroughtIt() {
    publish(A, 1);
    demand();
    step();
    SignedTransaction unknown = chain.open(1).sign(latest().checkpoint());
    assertThat(store.sign(1, unknown, epoch)).isTrue(); // signed last, never sent
    chain.mine();
    assertThat(step()).isEqualTo(new Step.Waiting(1));
    assertThat(step()).isEqualTo(new Step.Waiting(1));
    chain.mine();
    leader = leader(); // a restart only begins to count anew
    assertThat(step()).isEqualTo(new Step.Waiting(1));
    chain.mine();
    assertThat(step()).isEqualTo(new Step.Waiting(1));
    chain.mine();
    assertThat(chain.depth(1)).isGreaterThanOrEqualTo(FINAL_AFTER);
    assertThat(step()).isInstanceOf(Step.Finalized.class);
  }

  @Test
  void countsAnewWhenThatBlockIsUndone() {
    publish(A, 1);
    demand();
    step();
    SignedTransaction brought = Objects.requireNonNull(latest().transaction());
    store.sign(1, chain.open(1).sign(latest().checkpoint()), epoch);
    chain.mine();
    step();
    chain.reorg(1);
    chain.mine();
    chain.open(1).send(brought);
    chain.mine();
    assertThat(chain.depth(1)).isEqualTo(1);
    assertThat(step()).isEqualTo(new Step.Waiting(1));
    chain.mine();
    assertThat(step()).isEqualTo(new Step.Waiting(1));
    chain.mine();
    assertThat(step()).isInstanceOf(Step.Finalized.class);
  }
}
