package io.mnemogrid.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.checkpoint.CheckpointEvent.How;
import io.mnemogrid.checkpoint.Checkpointer.Pace;
import io.mnemogrid.checkpoint.StoredCheckpoint.Status;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.proof.Frontier;
import io.mnemogrid.proof.LogFold;
import io.mnemogrid.proof.LogTree;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Trie;
import java.lang.reflect.Proxy;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** One leader after the other over a store and a chain in memory. */
class CheckpointerTest {
  private static final SpaceName A = SpaceName.of("a");
  private static final SpaceName B = SpaceName.of("b");
  private static final Checkpointer.Policy POLICY =
      Checkpointer.Policy.of(Duration.ofSeconds(30), 10);
  private static final int FINAL_AFTER = 3;

  private final MemoryChain chain = new MemoryChain(false);
  private Instant now = Instant.parse("2026-02-05T19:00:00Z");
  private final MemoryCheckpointStore store = new MemoryCheckpointStore(() -> now);
  private Duration readingTook = Duration.ZERO;
  private final LeafLog log = new LeafLog(() -> now.plus(readingTook));
  private final List<StepEvent> events = new ArrayList<>();
  private boolean leads = true;
  private Checkpointer leader = leader(POLICY);
  private long epoch = 1;

  private Checkpointer leader(Checkpointer.Policy policy) {
    return new Checkpointer(
        store, store, log, chain.open(FINAL_AFTER), policy, () -> leads, events::add);
  }

  private <T extends StepEvent> List<T> events(Class<T> type) {
    return events.stream().filter(type::isInstance).map(type::cast).toList();
  }

  @BeforeEach
  void lead() {
    store.setEpoch(epoch);
  }

  private static AuditedHead verified(
      SpaceName space, long version, Instant committed, @Nullable String problem) {
    return LeafLog.verified(space, version, committed, problem);
  }

  private void publish(SpaceName space, long version) {
    store.publish(verified(space, version, now, null));
  }

  /** What a step came to: when the next is to be taken, and what it told, the last at the end. */
  private record Stepped(Pace pace, List<StepEvent> told) {
    @Nullable StepEvent last() {
      return told.isEmpty() ? null : told.getLast();
    }
  }

  private Stepped step() {
    return stepped(() -> leader.step(epoch, now, false));
  }

  private Stepped demand() {
    return stepped(() -> leader.step(epoch, now, true));
  }

  private Stepped prepare(boolean demanded) {
    return stepped(() -> leader.prepare(epoch, now, demanded));
  }

  private Stepped stepped(Supplier<Pace> step) {
    int before = events.size();
    Pace pace = step.get();
    return new Stepped(pace, List.copyOf(events.subList(before, events.size())));
  }

  private static void assertIdle(Stepped step) {
    assertThat(step.pace()).isEqualTo(Pace.IDLE);
  }

  private static void assertDeposed(Stepped step) {
    assertThat(step.pace()).isEqualTo(Pace.DEPOSED);
  }

  private static void assertPrepared(Stepped step, long number) {
    assertThat(step.pace()).isEqualTo(Pace.AT_ONCE);
    assertThat(step.last()).isEqualTo(new StepEvent.Prepared(number));
  }

  private static void assertWaits(Stepped step, long number) {
    assertThat(step.pace()).isEqualTo(Pace.SOON);
    assertThat(step.last()).isEqualTo(new StepEvent.Waiting(number));
  }

  private static void assertSent(Stepped step, How how, String text) {
    assertThat(step.pace()).isEqualTo(Pace.AT_ONCE);
    assertThat(step.last())
        .isInstanceOfSatisfying(
            CheckpointEvent.Sent.class,
            sent -> {
              assertThat(sent.how()).isEqualTo(how);
              assertThat(sent.text()).isEqualTo(text);
            });
  }

  private static StepEvent.Blocked assertBlocked(Stepped step) {
    assertThat(step.pace()).isEqualTo(Pace.LATER);
    assertThat(step.last()).isInstanceOf(StepEvent.Blocked.class);
    return (StepEvent.Blocked) Objects.requireNonNull(step.last());
  }

  private static StepEvent.Stopped assertStopped(Stepped step) {
    assertThat(step.pace()).isEqualTo(Pace.STOPPED);
    assertThat(step.last()).isInstanceOf(StepEvent.Stopped.class);
    return (StepEvent.Stopped) Objects.requireNonNull(step.last());
  }

  private static void assertFinalized(Stepped step) {
    assertThat(step.pace()).isEqualTo(Pace.AT_ONCE);
    assertThat(step.last()).isInstanceOf(CheckpointEvent.Finalized.class);
  }

  private StoredCheckpoint latest() {
    return store.latest().orElseThrow();
  }

  /** Prepares a checkpoint of what is ready and brings it to its end. */
  private StoredCheckpoint finish() {
    assertPrepared(demand(), latest().number());
    for (int i = 0; i < 20; i++) {
      if (step().last() instanceof CheckpointEvent.Finalized done) {
        return done.checkpoint();
      }
      chain.mine();
    }
    throw new AssertionError("never final: " + latest());
  }

  @Test
  void bringsAHeaderFromPreparedToFinal() {
    publish(A, 1);
    assertPrepared(demand(), 1);
    assertThat(latest().status()).isEqualTo(Status.PENDING);
    assertSent(step(), How.NEW, "sent checkpoint 1");
    assertThat(latest().status()).isEqualTo(Status.SENT);
    assertWaits(step(), 1);
    for (int depth = 1; depth < FINAL_AFTER; depth++) {
      chain.mine();
      assertWaits(step(), 1);
      assertThat(latest().status()).isEqualTo(Status.CONFIRMED);
    }
    chain.mine();
    assertFinalized(step());
    assertThat(latest().status()).isEqualTo(Status.FINALIZED);
    assertIdle(step());
  }

  @Test
  void isDueByTimeByVersionsOrOnDemand() {
    publish(A, 1);
    finish();
    publish(A, 2);
    assertIdle(step());
    now = now.plus(POLICY.every());
    assertPrepared(step(), 2);
    finishAll();
    publish(A, 11);
    publish(B, 1);
    now = now.plus(POLICY.leastInterval()).minusMillis(1);
    assertThat(step().pace()).as("however many versions, not so soon").isEqualTo(Pace.IDLE);
    now = now.plusMillis(1);
    assertPrepared(step(), 3); // nine and one versions
    finishAll();
    assertThat(demand().pace()).as("nothing is new").isEqualTo(Pace.IDLE);
    publish(B, 2);
    assertPrepared(demand(), 4);
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
    assertIdle(demand());
    now = now.plusMillis(1);
    assertPrepared(demand(), 1);
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
    assertDeposed(demand());
    assertThat(store.latest()).isEmpty();

    store.setEpoch(epoch);
    demand();
    store.setEpoch(epoch + 1);
    StoredCheckpoint before = latest();
    assertDeposed(step());
    assertThat(latest()).isEqualTo(before);
    chain.mine();
    assertThat(chain.open(1).latest()).as("nothing was sent").isZero();

    epoch++;
    step();
    chain.mine();
    store.setEpoch(epoch + 1);
    before = latest();
    assertDeposed(step());
    assertThat(latest()).isEqualTo(before);
  }

  @Test
  void sendsTheSameTransactionAgainWhenItWasLost() {
    publish(A, 1);
    demand();
    step();
    StoredCheckpoint sent = latest();
    chain.losePool();
    assertSent(step(), How.AGAIN, "sent checkpoint 1 again");
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
    assertSent(step(), How.REPLACEMENT, "sent checkpoint 1 with a higher fee");
    SignedTransaction second = Objects.requireNonNull(latest().transaction());
    assertThat(second.hash()).isNotEqualTo(first.hash());
    assertThat(second.nonce()).isEqualTo(first.nonce());
    chain.mine();
    assertThat(chain.open(1).latest()).isEqualTo(1);
  }

  /** As when a member starts beside a leader: what that one sends it stored before. */
  @Test
  void agreesWithALeaderThatGoesOnMeanwhile() {
    publish(A, 1);
    finish();
    publish(A, 2);
    Anchor open = chain.open(1);
    Anchor meanwhile =
        (Anchor)
            Proxy.newProxyInstance(
                Anchor.class.getClassLoader(),
                new Class<?>[] {Anchor.class},
                (_, method, arguments) -> {
                  if (method.getName().equals("latest")) {
                    finish();
                  }
                  return method.invoke(open, arguments);
                });
    assertThat(Checkpointer.disagreement(meanwhile, store)).isEmpty();
    assertThat(latest().number()).isEqualTo(2);
  }

  @Test
  void stopsWhenTheChainIsAhead() {
    publish(A, 1);
    finish();
    publish(A, 2);
    finish();
    store.forgetAfter(1);
    assertThat(assertStopped(step()).code()).isEqualTo("chain-ahead");
    assertThat(Checkpointer.disagreement(chain.open(1), store)).isPresent();
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
    assertThat(assertStopped(demand()).code()).isEqualTo("chain-differs");
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
      now = now.plus(POLICY.reread());
      step();
      assertThat(store.find(1).orElseThrow().status()).isNotEqualTo(Status.FINALIZED);
      assertThat(events(CheckpointEvent.Undone.class).getLast())
          .isEqualTo(new CheckpointEvent.Undone(0, 4));
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

  /** Each step reads the chain and writes the store: hundreds of headers take dozens of them. */
  @Test
  void whatOneTransactionWroteBecomesFinalInOneStep() {
    int headers = 2 * MemoryChain.BATCH_LIMIT;
    for (int version = 1; version <= headers; version++) {
      publish(A, version);
      finish();
    }
    chain.wipe();
    now = now.plus(POLICY.reread());
    int steps = 0;
    while (store.latestFinal().map(StoredCheckpoint::number).orElse(0L) < headers || steps == 0) {
      step();
      chain.mine();
      assertThat(++steps).isLessThan(100);
    }
    assertThat(steps).as("two batches").isLessThanOrEqualTo(2 * (FINAL_AFTER + 4));
    assertThat(events(CheckpointEvent.Finalized.class))
        .extracting(event -> event.checkpoint().number())
        .endsWith(LongStream.rangeClosed(1, headers).boxed().toArray(Long[]::new));
  }

  /** As when another grid's copy of the store had signed it. */
  @Test
  void becomesFinalThoughAnotherTransactionBroughtIt() {
    publish(A, 1);
    demand();
    step();
    chain.mine();
    store.forgetTransactions();
    assertWaits(step(), 1);
    assertWaits(step(), 1);
    chain.mine();
    leader = leader(POLICY); // a restart only begins to count anew
    assertWaits(step(), 1);
    chain.mine();
    assertWaits(step(), 1);
    chain.mine();
    assertThat(chain.depth(1)).isGreaterThanOrEqualTo(FINAL_AFTER);
    assertFinalized(step());
  }

  @Test
  void countsAnewWhenThatBlockIsUndone() {
    publish(A, 1);
    demand();
    step();
    SignedTransaction brought = Objects.requireNonNull(latest().transaction());
    chain.mine();
    store.forgetTransactions();
    step();
    chain.reorg(1);
    chain.mine();
    chain.open(1).send(brought);
    chain.mine();
    assertThat(chain.depth(1)).isEqualTo(1);
    assertWaits(step(), 1);
    chain.mine();
    assertWaits(step(), 1);
    chain.mine();
    assertFinalized(step());
  }

  private void assertOnlyBGoesOn(Held.Rule rule) {
    publish(B, 2);
    StoredCheckpoint second = finish();
    assertThat(second.checkpoint().manifest().spaces())
        .extracting(entry -> entry.head().space())
        .containsExactly(B);
    assertForestRoot(second, 3, 2);
    assertThat(store.held())
        .singleElement()
        .extracting(Held::space, Held::rule)
        .containsExactly(A, rule);
    assertThat(events(CheckpointEvent.HeldUp.class).getLast().spaces()).isEqualTo(store.held());
  }

  private void startWithBoth() {
    publish(A, 3);
    publish(B, 1);
    finish();
  }

  @Test
  void holdsUpWhatTheAuditDidNotRecompute() {
    startWithBoth();
    store.publish(verified(A, 4, now, "the document has root 0x1, its record says 0x2"));
    assertOnlyBGoesOn(Held.Rule.RECOMPUTED);
  }

  @Test
  void holdsUpWhatTheLogNoLongerSays() {
    startWithBoth();
    publish(A, 5);
    log.rewrite(A, 5);
    assertOnlyBGoesOn(Held.Rule.RECOMPUTED);
  }

  @Test
  void holdsUpALogRootThatTheLogDoesNotGive() {
    startWithBoth();
    AuditedHead honest = verified(A, 5, now, null);
    store.publish(
        new AuditedHead(
            new Head(A, 5, honest.head().stateRoot(), Hash.sha256("another log root")),
            honest.leafHash(),
            honest.snapshot(),
            honest.snapshotVersion(),
            honest.committed(),
            honest.checked(),
            null));
    assertOnlyBGoesOn(Held.Rule.RECOMPUTED);
  }

  /** The log was rewritten below the checkpoint before, and the audit agrees with the new one. */
  @Test
  void holdsUpALogThatDoesNotExtendTheOneBefore() {
    startWithBoth();
    log.rewrite(A, 2);
    List<Hash> rewritten = log.leafHashes(A, 0, 5);
    AuditedHead honest = verified(A, 5, now, null);
    store.publish(
        new AuditedHead(
            new Head(A, 5, honest.head().stateRoot(), LogTree.root(rewritten)),
            rewritten.getLast(),
            honest.snapshot(),
            honest.snapshotVersion(),
            honest.committed(),
            honest.checked(),
            null));
    leader = leader(POLICY); // one that remembers nothing of the log before
    assertOnlyBGoesOn(Held.Rule.GROWS);
  }

  /** A frontier that leads to the checkpoint's root is right, wherever it came from. */
  @Test
  void aNewLeaderReadsTheLogFromTheNearestSnapshotOn() {
    publish(A, 900);
    finish();
    log.snapshot(A, frontier(A, 800));
    long before = log.hashesRead();
    leader = leader(POLICY);
    publish(A, 905);
    finish();
    assertThat(log.hashesRead() - before).isEqualTo(105);
    publish(A, 907);
    finish();
    assertThat(log.hashesRead() - before).as("it remembers").isEqualTo(107);
  }

  @Test
  void aLongLogIsReadAPageAtATime() {
    publish(A, 2L * LogReader.HASH_PAGE + 5);
    finish();
    publish(A, 4L * LogReader.HASH_PAGE);
    leader = leader(POLICY);
    finish();
    assertThat(store.held()).isEmpty();
    assertThat(log.mostAtOnce()).isEqualTo(LogReader.HASH_PAGE);
  }

  @Test
  void aFalseSnapshotCostsALongerWayAndNoMore() {
    publish(A, 900);
    finish();
    log.snapshot(A, frontier(B, 800));
    leader = leader(POLICY);
    publish(A, 905);
    assertThat(finish().checkpoint().manifest().spaces()).hasSize(1);
    assertThat(store.held()).isEmpty();
  }

  /** A handle of the anchor is opened anew after each hiccup of a chain. */
  @Test
  void whatTheRulesHaveReadSurvivesAnotherHandleOfTheAnchor() {
    publish(A, 900);
    finish();
    long before = log.hashesRead();
    leader = leader.at(chain.open(FINAL_AFTER));
    publish(A, 902);
    finish();
    assertThat(log.hashesRead() - before).isEqualTo(2);
  }

  private Frontier frontier(SpaceName space, long version) {
    LogFold fold = new LogFold(Frontier.EMPTY);
    new LeafLog().forEachLeafHash(space, 0, version, fold);
    return fold.frontier();
  }

  @Test
  void holdsUpAVersionThatShrank() {
    startWithBoth();
    store.forgetVerified(A);
    publish(A, 2);
    assertOnlyBGoesOn(Held.Rule.GROWS);
  }

  @Test
  void holdsUpASpaceWhoseLogIsDamaged() {
    startWithBoth();
    publish(A, 5);
    log.damage(A, 4);
    assertOnlyBGoesOn(Held.Rule.RECOMPUTED);
  }

  @Test
  void holdsUpAGapInTheLog() {
    startWithBoth();
    publish(A, 5);
    log.end(A, 4);
    assertOnlyBGoesOn(Held.Rule.NO_GAP);
  }

  @Test
  void whatIsHeldUpMakesNothingDue() {
    startWithBoth();
    store.publish(verified(A, 3 + POLICY.versions(), now, "it does not agree"));
    now = now.plus(POLICY.leastInterval());
    assertThat(step().pace()).as("due, and nothing to say").isEqualTo(Pace.IDLE);
    assertThat(store.held()).hasSize(1);
    publish(B, 2);
    now = now.plusSeconds(6);
    assertThat(step().pace()).as("one version of the other").isEqualTo(Pace.IDLE);
    now = now.plus(POLICY.every());
    assertPrepared(step(), 2);
  }

  @Test
  void holdsUpNothingThatWasCommittedWhileTheHeadsWereRead() {
    startWithBoth();
    readingTook = Duration.ofMillis(1);
    store.publish(verified(A, 4, now.plusMillis(1), null));
    assertThat(finish().checkpoint().manifest().time())
        .as("not before what it lists")
        .isEqualTo(now.plusMillis(1));
    assertThat(store.held()).isEmpty();
    assertThat(events(CheckpointEvent.HeldUp.class)).allMatch(event -> event.spaces().isEmpty());
  }

  @Test
  void isNotOlderThanTheCheckpointOfALeaderWithAFasterClock() {
    startWithBoth();
    Instant before = store.latest().orElseThrow().checkpoint().manifest().time();
    now = before.minusSeconds(5);
    store.publish(verified(A, 4, now, null));
    assertPrepared(demand(), 2);
    assertThat(store.latest().orElseThrow().checkpoint().manifest().time()).isEqualTo(before);
  }

  @Test
  void holdsUpTheFuture() {
    startWithBoth();
    store.publish(verified(A, 4, now.plusMillis(1), null));
    assertOnlyBGoesOn(Held.Rule.NOT_FUTURE);
    now = now.plusMillis(1);
    finish();
    assertThat(store.held()).isEmpty();
  }

  @Test
  void growsBySpaceAndByManyVersionsOverManyCheckpoints() {
    for (int version = 1; version <= 70; version += 1 + version % 5) {
      publish(A, version);
      finish();
      if (version % 4 == 0) {
        leader = leader(POLICY);
      }
    }
    assertThat(store.held()).isEmpty();
  }

  @Test
  void sendsNoHeaderOfAnAuthorThatIsNotTrusted() {
    Address stranger = new Address("0x" + "cd".repeat(20));
    leader = leader(POLICY.withTrusted(Set.of(stranger)));
    publish(A, 1);
    assertThat(assertStopped(demand()).code()).isEqualTo("untrusted-author");
    assertThat(store.latest()).isEmpty();

    Checkpoint foreign = AnchorContractTest.checkpoint(1, Hash.ZERO, "x", stranger);
    store.insert(foreign, epoch);
    leader = leader(POLICY);
    assertThat(assertStopped(step()).why()).contains(stranger.text());
    chain.mine();
    assertThat(chain.open(1).latest()).isZero();

    leader = leader(POLICY.withTrusted(Set.of(stranger, chain.open(1).author())));
    assertSent(step(), How.NEW, "sent checkpoint 1");
  }

  @Test
  void replacesWhatIsStuckAndEitherMayLand() {
    for (boolean replacementLands : new boolean[] {true, false}) {
      publish(A, replacementLands ? 1 : 2);
      demand();
      step();
      long number = latest().number();
      SignedTransaction first = Objects.requireNonNull(latest().transaction());
      now = now.plus(POLICY.replaceAfter()).minusMillis(1);
      assertWaits(step(), number);
      now = now.plusMillis(1);
      assertSent(step(), How.REPLACEMENT, "sent checkpoint " + number + " with a higher fee");
      SignedTransaction second = Objects.requireNonNull(latest().transaction());
      assertThat(second.nonce()).isEqualTo(first.nonce());
      assertThat(second.most().wei()).isGreaterThan(first.most().wei());
      assertThat(store.outbox(number, 10))
          .extracting(OutboxEntry::transaction)
          .containsExactly(second, first);
      assertThat(chain.waiting()).isEqualTo(1);
      if (!replacementLands) {
        chain.losePool();
        chain.open(1).send(first); // a node that had not seen the second
      }
      finishAll();
      assertThat(chain.open(1).latest()).isEqualTo(number);
      assertThat(store.outbox(number, 10))
          .extracting(OutboxEntry::cost)
          .as("one of them cost something")
          .containsOnlyOnce(Cost.NONE);
    }
    assertThat(events(CheckpointEvent.Conflict.class)).isEmpty();
  }

  @Test
  void sendsWhatWasPreparedWhileTheChainWasAwayInOneTransaction() {
    publish(A, 1);
    finish();
    for (int version = 2; version <= 4; version++) {
      publish(A, version);
      now = now.plus(POLICY.every());
      assertPrepared(prepare(false), version);
      assertIdle(prepare(false));
    }
    assertSent(step(), How.NEW, "sent checkpoint 2 to 4");
    assertThat(chain.waiting()).isEqualTo(1);
    chain.mine();
    assertThat(chain.open(1).latest()).isEqualTo(4);
    finishAll();
    assertThat(events(CheckpointEvent.Paid.class).getLast().cost().gas())
        .isEqualTo(3 * MemoryChain.GAS);
  }

  @Test
  void preparesNothingBeforeItReadTheChainAndNoMoreThanTheBacklog() {
    publish(A, 1);
    assertIdle(prepare(true));
    finish();
    store.setEpoch(++epoch);
    publish(A, 2);
    assertIdle(prepare(true));
    step();
    for (int version = 3; version < 100; version++) {
      publish(A, version);
      leader.prepare(epoch, now, true);
    }
    assertThat(store.unfinished(1000)).hasSize(POLICY.backlog());
  }

  @Test
  void waitsWhenTheBudgetOfADayIsSpentAlsoAfterARestart() {
    // one transaction may cost 100 gas at twice the base fee of 10, and costs half of it
    Checkpointer.Policy frugal =
        POLICY.withBudget(new Cost(Long.MAX_VALUE, BigInteger.valueOf(3_500)));
    leader = leader(frugal);
    publish(A, 1);
    finish();
    publish(A, 2);
    finish();
    publish(A, 3);
    demand();
    StepEvent.Blocked blocked = assertBlocked(step());
    assertThat(blocked.reason()).isEqualTo("budget");
    assertThat(blocked.detail()).contains("1500 wei").contains("2000 wei");
    leader = leader(frugal);
    assertThat(leader.budgetLeft(now).wei()).isEqualTo(1_500);
    assertBlocked(step());
    assertThat(chain.spent()).isEqualTo(2_000);

    now = now.plus(Duration.ofHours(24)).plusMillis(1);
    assertSent(step(), How.NEW, "sent checkpoint 3");
  }

  @Test
  void aBudgetOfGasLimitsReplacementsAndBatchesToo() {
    leader = leader(POLICY.withBudget(new Cost(150, Cost.UNLIMITED.wei())));
    publish(A, 1);
    demand();
    publish(A, 2);
    demand();
    Stepped first = step(); // two would be 200 gas
    assertSent(first, How.NEW, "sent checkpoint 1");
    assertThat(first.told()).as("one goes alone, so none is blocked").hasSize(1);
    now = now.plus(POLICY.replaceAfter());
    // the two share a nonce, so they take the gas of one
    assertSent(step(), How.REPLACEMENT, "sent checkpoint 1 with a higher fee");
    chain.mine();
    for (int i = 0; i < 10; i++) {
      step();
      chain.mine();
    }
    assertBlocked(step());
    assertThat(chain.open(1).latest()).isEqualTo(1);
  }

  @Test
  void waitsWhileTheFeeIsAboveTheCap() {
    chain.setCap(50);
    chain.setBaseFee(51);
    publish(A, 1);
    demand();
    assertThat(assertBlocked(step()).reason()).isEqualTo("fee-cap");
    assertThat(latest().transaction()).isNull();
    chain.setBaseFee(20);
    assertSent(step(), How.NEW, "sent checkpoint 1");
    now = now.plus(POLICY.replaceAfter());
    chain.setBaseFee(45);
    // 40 and a fifth
    assertSent(step(), How.REPLACEMENT, "sent checkpoint 1 with a higher fee");
    now = now.plus(POLICY.replaceAfter());
    assertBlocked(step()); // beyond 50
    chain.mine();
    assertThat(chain.open(1).latest()).as("what waits may land all the same").isEqualTo(1);
  }

  @Test
  void aReorgUndoesWhatWasFinalAndItIsSentAgain() {
    publish(A, 1);
    StoredCheckpoint done = finish();
    SignedTransaction transaction = Objects.requireNonNull(done.transaction());
    chain.reorg(FINAL_AFTER + 1);
    now = now.plus(POLICY.reread());
    step();
    assertThat(events(CheckpointEvent.Undone.class))
        .containsExactly(new CheckpointEvent.Undone(0, 1));
    assertThat(store.finalizedVersion(A)).isZero();
    finishAll();
    assertThat(latest().checkpoint()).isEqualTo(done.checkpoint());
    assertThat(latest().transaction()).isEqualTo(transaction);
    assertThat(events(CheckpointEvent.Sent.class))
        .extracting(CheckpointEvent.Sent::how)
        .containsExactly(CheckpointEvent.How.NEW, CheckpointEvent.How.AGAIN);
  }

  @Test
  void asksTheChainOnlyNowAndThenWhenNothingIsToBeDone() {
    publish(A, 1);
    finish();
    step();
    chain.wipe();
    assertThat(step().pace()).as("not read yet").isEqualTo(Pace.IDLE);
    now = now.plus(POLICY.reread());
    assertSent(step(), How.AGAIN, "sent checkpoint 1 again");
  }

  /** A step has its effects one after the other, and the store may be gone before the last. */
  @Test
  void hasToldWhatItDidWhenItFailsAfterwards() {
    publish(A, 1);
    demand();
    step();
    for (int depth = 0; depth < FINAL_AFTER; depth++) {
      chain.mine();
    }
    events.clear();
    leader = leaderOver("advance");
    assertThatThrownBy(this::step).isInstanceOf(LogUnavailable.class);
    assertThat(events).singleElement().isInstanceOf(CheckpointEvent.Paid.class);

    leader = leader(POLICY);
    finishAll();
    chain.reorg(FINAL_AFTER + 1);
    leader = leaderOver("unfinished");
    assertThatThrownBy(this::step).isInstanceOf(LogUnavailable.class);
    assertThat(events.getLast()).isEqualTo(new CheckpointEvent.Undone(0, 1));
  }

  /** One whose store is away when it is asked for this. */
  private Checkpointer leaderOver(String fails) {
    CheckpointStore failing =
        (CheckpointStore)
            Proxy.newProxyInstance(
                CheckpointStore.class.getClassLoader(),
                new Class<?>[] {CheckpointStore.class},
                (_, method, arguments) -> {
                  if (method.getName().equals(fails)) {
                    throw new LogUnavailable(
                        LogUnavailable.Outcome.NOT_APPLIED,
                        LogUnavailable.Trouble.AWAY,
                        "the store is away",
                        null);
                  }
                  return method.invoke(store, arguments);
                });
    return new Checkpointer(
        store, failing, log, chain.open(FINAL_AFTER), POLICY, () -> leads, events::add);
  }

  @Test
  void tellsTheTimeFromSubmittedToFinal() {
    publish(A, 1);
    demand();
    now = now.plusSeconds(5);
    step();
    now = now.plusSeconds(7);
    finishAll();
    assertThat(events(CheckpointEvent.Finalized.class))
        .singleElement()
        .extracting(CheckpointEvent.Finalized::latency)
        .isEqualTo(Duration.ofSeconds(7));
  }

  /** Between the write that is fenced and the send, a process may have been stopped for long. */
  @Test
  void sendsNothingOnceTheLeaseIsNoLongerHeld() {
    publish(A, 1);
    demand();
    leads = false;
    assertDeposed(step());
    assertDeposed(step()); // nor is sent what it signed before
    assertThat(chain.waiting()).isZero();
    leads = true;
    assertSent(step(), How.AGAIN, "sent checkpoint 1 again");
  }

  @Test
  void countsAConflictWhenAnotherTransactionTookTheNonce() {
    publish(A, 1);
    demand();
    step();
    chain.losePool();
    Anchor other = chain.open(1);
    other.send(
        AnchorContractTest.signed(
            other, AnchorContractTest.checkpoint(7, Hash.ZERO, "x", other.author())));
    chain.mine();
    Stepped retried = step();
    assertThat(retried.pace()).isEqualTo(Pace.LATER);
    assertThat(retried.last()).isInstanceOf(StepEvent.Retried.class);
    assertThat(events(CheckpointEvent.Conflict.class)).hasSize(1);
    finishAll();
    assertThat(chain.open(1).latest()).isEqualTo(1);
    assertThat(events(CheckpointEvent.Conflict.class)).hasSize(1);
  }
}
