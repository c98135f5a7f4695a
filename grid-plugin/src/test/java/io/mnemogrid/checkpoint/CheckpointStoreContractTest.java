package io.mnemogrid.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.checkpoint.StoredCheckpoint.Status;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What the ports of every store keep together. */
public abstract class CheckpointStoreContractTest {
  private static final SpaceName A = new SpaceName("a");
  private static final SpaceName B = new SpaceName("b");
  private static final Address AUTHOR = new Address("0x" + "ab".repeat(20));
  private static final SignedTransaction TRANSACTION = transaction("0xhash", 1, 1);
  private static final long EPOCH = 3;

  private static SignedTransaction transaction(String hash, long first, long last) {
    Cost most = new Cost(100_000, BigInteger.TWO.pow(80));
    return new SignedTransaction("chain 31337", 7, "raw " + hash, hash, first, last, most);
  }

  private static final Held HELD = new Held(A, 4, Held.Rule.GROWS, "another log");

  /** The ports of one store. */
  public record Ports(
      AuditedHeads audited, CheckpointStore checkpoints, BlobStore blobs, SettingStore settings) {}

  private AuditedHeads audited;
  private CheckpointStore store;
  private BlobStore blobs;
  private SettingStore settings;

  /** The ports of a store, empty, under a lease that can be taken with {@link #takeLease}. */
  protected abstract Ports open() throws Exception;

  /** Gives the lease that epoch. */
  protected abstract void takeLease(long epoch) throws Exception;

  /** Puts bytes among the blobs that no checkpoint names, as older members did with documents. */
  protected abstract void addBlob(byte[] bytes);

  @BeforeEach
  void openUnderALease() throws Exception {
    Ports opened = open();
    audited = opened.audited();
    store = opened.checkpoints();
    blobs = opened.blobs();
    settings = opened.settings();
    takeLease(EPOCH);
  }

  private static Manifest.Entry entry(SpaceName space, long version) {
    Head head =
        new Head(
            space, version, Hash.sha256(space + " state " + version), Hash.sha256("log" + version));
    return new Manifest.Entry(head, new ContentAddress(Hash.sha256("s" + version)), version);
  }

  private Checkpoint checkpoint(Manifest.Entry... entries) {
    Checkpoint before = store.latest().map(StoredCheckpoint::checkpoint).orElse(null);
    return before == null
        ? checkpoint(1, Hash.ZERO, entries)
        : checkpoint(before.number() + 1, before.hash(), entries);
  }

  private static Checkpoint checkpoint(long number, Hash previous, Manifest.Entry... entries) {
    Manifest manifest =
        new Manifest(
            number, AUTHOR, previous, List.of(entries), Instant.parse("2026-02-05T19:00:00Z"));
    return new Checkpoint(
        new Header(number, previous, Hash.sha256("forest" + number), manifest.digest()), manifest);
  }

  private Checkpoint inserted(Manifest.Entry... entries) {
    Checkpoint checkpoint = checkpoint(entries);
    assertThat(store.insert(checkpoint, EPOCH)).isTrue();
    return checkpoint;
  }

  private StoredCheckpoint latest() {
    return store.latest().orElseThrow();
  }

  @Test
  void isEmptyAtFirst() {
    assertThat(store.latest()).isEmpty();
    assertThat(store.find(1)).isEmpty();
    assertThat(store.list(Long.MAX_VALUE, 10)).isEmpty();
    assertThat(store.unfinished(10)).isEmpty();
    assertThat(store.anchoredHeads()).isEmpty();
    assertThat(store.covering(A, 1)).isEmpty();
    assertThat(store.finalizedVersion(A)).isZero();
    assertThat(audited.newest()).isEmpty();
    assertThat(audited.newest(A)).isEmpty();
  }

  @Test
  void keepsACheckpointFromPendingToFinal() {
    Checkpoint checkpoint = inserted(entry(A, 4));
    StoredCheckpoint pending = latest();
    assertThat(pending.checkpoint()).isEqualTo(checkpoint);
    assertThat(pending.status()).isEqualTo(Status.PENDING);
    assertThat(pending.transaction()).isNull();
    assertThat(pending.finalized()).isNull();

    assertThat(store.sign(TRANSACTION, EPOCH)).isTrue();
    assertThat(latest().status()).isEqualTo(Status.SENT);
    assertThat(latest().transaction()).isEqualTo(TRANSACTION);

    assertThat(store.advance(1, Status.CONFIRMED, EPOCH)).isTrue();
    assertThat(store.advance(1, Status.FINALIZED, EPOCH)).isTrue();
    StoredCheckpoint finalOne = latest();
    assertThat(finalOne.status()).isEqualTo(Status.FINALIZED);
    assertThat(finalOne.finalized()).isNotNull();
    assertThat(finalOne.prepared()).isEqualTo(pending.prepared());
    assertThat(store.advance(1, Status.FINALIZED, EPOCH)).isTrue();
    assertThat(latest()).isEqualTo(finalOne);
    assertThat(store.unfinished(10)).isEmpty();
  }

  @Test
  void advancesSeveralTogetherOrNone() {
    inserted(entry(A, 4));
    inserted(entry(A, 5));
    inserted(entry(A, 6));
    assertThat(store.advance(1, 2, Status.FINALIZED, EPOCH)).isTrue();
    assertThat(store.unfinished(10)).extracting(StoredHeader::number).containsExactly(3L);
    assertThat(store.advance(2, 3, Status.CONFIRMED, EPOCH + 1)).as("another epoch").isFalse();
    assertThat(store.unfinished(10)).extracting(StoredHeader::number).containsExactly(3L);
  }

  @Test
  void sendsAFinalOneAgainWhenItsChainIsGone() {
    inserted(entry(A, 4));
    store.advance(1, Status.FINALIZED, EPOCH);
    SignedTransaction anew = transaction("0xelse", 1, 1);
    assertThat(store.sign(anew, EPOCH)).isTrue();
    assertThat(latest().status()).isEqualTo(Status.SENT);
    assertThat(latest().transaction()).isEqualTo(anew);
    assertThat(latest().finalized()).isNull();
    assertThat(store.finalizedVersion(A)).isZero();
  }

  @Test
  void keepsHeaderAndManifestAsBlobs() {
    Checkpoint checkpoint = inserted(entry(A, 4));
    assertThat(blobs.find(checkpoint.pointer())).contains(checkpoint.header().toBytes());
    assertThat(blobs.find(new ContentAddress(checkpoint.header().manifestDigest())))
        .contains(checkpoint.manifest().toText().getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void writesNothingUnderAStaleEpoch() throws Exception {
    inserted(entry(A, 4));
    StoredCheckpoint before = latest();
    Checkpoint next = checkpoint(entry(A, 5));
    takeLease(EPOCH + 1);
    for (long stale : new long[] {EPOCH, EPOCH - 1, EPOCH + 2, 0}) {
      assertThat(store.insert(next, stale)).isFalse();
      assertThat(store.sign(TRANSACTION, stale)).isFalse();
      assertThat(store.advance(1, Status.FINALIZED, stale)).isFalse();
      assertThat(store.storeCost(TRANSACTION.hash(), Cost.NONE, stale)).isFalse();
      assertThat(store.undo(0, stale)).isEqualTo(-1);
      assertThat(store.hold(List.of(HELD), stale)).isFalse();
    }
    assertThat(latest()).isEqualTo(before);
    assertThat(blobs.find(next.pointer())).isEmpty();
    assertThat(store.anchoredHeads()).containsExactly(entry(A, 4));
    assertThat(store.outbox(1, 10)).isEmpty();
    assertThat(store.held()).isEmpty();
    assertThat(store.insert(next, EPOCH + 1)).isTrue();
  }

  @Test
  void remembersEveryTransactionOfACheckpoint() {
    inserted(entry(A, 1));
    inserted(entry(A, 2));
    inserted(entry(A, 3));
    SignedTransaction single = transaction("0xsingle", 1, 1);
    SignedTransaction batch = transaction("0xbatch", 1, 2);
    assertThat(store.sign(single, EPOCH)).isTrue();
    assertThat(store.sign(batch, EPOCH)).isTrue();
    assertThat(store.sign(single, EPOCH)).as("once more the same").isTrue();

    assertThat(transactions(1)).containsExactly(batch, single);
    assertThat(transactions(2)).containsExactly(batch);
    assertThat(transactions(3)).isEmpty();
    assertThat(store.outbox(1, 1)).hasSize(1);
    assertThat(store.find(2).orElseThrow().status()).isEqualTo(Status.SENT);
    assertThat(store.find(2).orElseThrow().transaction()).isEqualTo(batch);
    assertThat(store.find(2).orElseThrow().submitted()).isNotNull();
    assertThat(store.find(3).orElseThrow().submitted()).isNull();
    assertThat(store.sign(transaction("0xtoo-far", 3, 4), EPOCH)).isFalse();
    assertThat(transactions(3)).isEmpty();
  }

  private List<SignedTransaction> transactions(long number) {
    return store.outbox(number, 10).stream().map(OutboxEntry::transaction).toList();
  }

  @Test
  void keepsWhatTransactionsTook() {
    inserted(entry(A, 1));
    store.sign(TRANSACTION, EPOCH);
    OutboxEntry entry = store.outbox(1, 1).getFirst();
    assertThat(entry.cost()).isNull();
    Cost cost = new Cost(53_204, BigInteger.TWO.pow(70));
    assertThat(store.storeCost(TRANSACTION.hash(), cost, EPOCH)).isTrue();
    assertThat(store.storeCost("0xunknown", cost, EPOCH)).isFalse();
    assertThat(store.signedSince(entry.signed()))
        .containsExactly(new OutboxEntry(TRANSACTION, entry.signed(), cost));
    assertThat(store.signedSince(entry.signed().plusMillis(1))).isEmpty();
  }

  @Test
  void takesBackWhatNoLongerStands() {
    for (int version = 1; version <= 4; version++) {
      inserted(entry(A, version));
      store.sign(transaction("0x" + version, version, version), EPOCH);
    }
    store.advance(1, Status.FINALIZED, EPOCH);
    store.advance(2, Status.FINALIZED, EPOCH);
    store.advance(3, Status.CONFIRMED, EPOCH);
    assertThat(store.latestFinal()).map(StoredCheckpoint::number).contains(2L);

    assertThat(store.undo(1, EPOCH)).isEqualTo(2);

    assertThat(store.latestFinal()).map(StoredCheckpoint::number).contains(1L);
    assertThat(store.newestFinalHeader()).isEqualTo(store.latestFinal().map(StoredHeader::of));
    assertThat(store.newestHeader()).isEqualTo(store.latest().map(StoredHeader::of));
    assertThat(store.header(2)).isEqualTo(store.find(2).map(StoredHeader::of));
    assertThat(store.header(99)).isEmpty();
    assertThat(store.finalizedVersion(A)).isEqualTo(1);
    assertThat(store.unfinished(10))
        .extracting(StoredHeader::status)
        .containsExactly(Status.SENT, Status.SENT, Status.SENT);
    assertThat(store.undo(1, EPOCH)).isZero();
  }

  @Test
  void keepsTheSpacesThatAreHeldUp() {
    Held other = new Held(B, 7, Held.Rule.NOT_FUTURE, "an hour ahead");
    assertThat(store.hold(List.of(other, HELD), EPOCH)).isTrue();
    assertThat(store.held()).containsExactly(HELD, other);
    assertThat(store.hold(List.of(other), EPOCH)).isTrue();
    assertThat(store.held()).containsExactly(other);
  }

  @Test
  void writesNothingBeforeTheFirstHolder() throws Exception {
    CheckpointStore unled = open().checkpoints();
    takeLease(0);
    assertThat(unled.insert(checkpoint(1, Hash.ZERO, entry(A, 1)), 0)).isFalse();
  }

  @Test
  void numbersCheckpointsWithoutAGap() {
    assertThat(store.insert(checkpoint(2, Hash.ZERO, entry(A, 1)), EPOCH)).isFalse();
    assertThat(store.insert(checkpoint(1, Hash.sha256("x"), entry(A, 1)), EPOCH)).isFalse();
    Checkpoint first = inserted(entry(A, 1));
    assertThat(store.insert(checkpoint(3, first.hash(), entry(A, 2)), EPOCH)).isFalse();
    assertThat(store.insert(checkpoint(2, Hash.ZERO, entry(A, 2)), EPOCH)).isFalse();
    inserted(entry(A, 2));
    assertThat(store.list(Long.MAX_VALUE, 10))
        .extracting(StoredCheckpoint::number)
        .containsExactly(2L, 1L);
    assertThat(store.sign(transaction("0x3", 3, 3), EPOCH)).isFalse();
  }

  @Test
  void neverWritesASecondHeaderForANumber() {
    Checkpoint first = inserted(entry(A, 1));
    assertThat(store.insert(checkpoint(1, Hash.ZERO, entry(A, 2)), EPOCH)).isFalse();
    assertThat(store.insert(first, EPOCH)).isFalse();
    assertThat(latest().checkpoint()).isEqualTo(first);
    assertThat(store.anchoredHeads()).containsExactly(entry(A, 1));
  }

  @Test
  void listsPagesNewestFirstAndUnfinishedOldestFirst() {
    for (int version = 1; version <= 5; version++) {
      inserted(entry(A, version));
    }
    store.advance(1, Status.FINALIZED, EPOCH);
    store.advance(2, Status.CONFIRMED, EPOCH);
    assertThat(store.list(5, 2)).extracting(StoredCheckpoint::number).containsExactly(4L, 3L);
    assertThat(store.list(1, 2)).isEmpty();
    assertThat(store.unfinished(3)).extracting(StoredHeader::number).containsExactly(2L, 3L, 4L);
    assertThat(store.find(3)).isPresent();
  }

  @Test
  void findsWhatCoversAVersion() {
    inserted(entry(A, 4));
    inserted(entry(A, 9), entry(B, 1));
    inserted(entry(B, 2));
    assertThat(covering(A, 1)).isEqualTo(1);
    assertThat(covering(A, 4)).isEqualTo(1);
    assertThat(covering(A, 5)).isEqualTo(2);
    assertThat(store.covering(A, 10)).isEmpty();
    assertThat(covering(B, 1)).isEqualTo(2);
    assertThat(covering(B, 2)).isEqualTo(3);

    store.advance(2, Status.FINALIZED, EPOCH);
    assertThat(covering(A, 1)).as("the first final one").isEqualTo(2);
    store.advance(1, Status.FINALIZED, EPOCH);
    assertThat(covering(A, 1)).isEqualTo(1);
    assertThat(covering(B, 2)).isEqualTo(3);
  }

  private long covering(SpaceName space, long version) {
    return store.covering(space, version).orElseThrow().number();
  }

  @Test
  void tellsTheFinalizedVersion() {
    inserted(entry(A, 4));
    inserted(entry(A, 9), entry(B, 1));
    inserted(entry(B, 2));
    assertThat(store.finalizedVersion(A)).isZero();
    store.advance(1, Status.FINALIZED, EPOCH);
    assertThat(store.finalizedVersion(A)).isEqualTo(4);
    assertThat(store.finalizedVersion(B)).isZero();
    store.advance(2, Status.FINALIZED, EPOCH);
    store.advance(3, Status.FINALIZED, EPOCH);
    assertThat(store.finalizedVersion(A)).isEqualTo(9);
    assertThat(store.finalizedVersion(B)).isEqualTo(2);
  }

  @Test
  void showsTheHeadsOfTheNewestCheckpoint() {
    inserted(entry(A, 4), entry(B, 1));
    inserted(entry(B, 2));
    inserted(entry(A, 4), entry(B, 2)); // one that lists all
    assertThat(store.anchoredHeads()).containsExactly(entry(A, 4), entry(B, 2));
    assertThat(covering(A, 4)).isEqualTo(1);
    Manifest.Entry rebased =
        new Manifest.Entry(entry(A, 4).head(), new ContentAddress(Hash.sha256("new")), 2);
    inserted(rebased);
    assertThat(store.anchoredHeads()).containsExactly(rebased, entry(B, 2));
  }

  @Test
  void keepsTheFirstFindingOfAVersion() {
    AuditedHead ready = verified(A, 3, null);
    audited.publish(ready);
    audited.publish(
        new AuditedHead(
            ready.head(),
            Hash.sha256("another leaf"),
            ready.snapshot(),
            2,
            ready.committed(),
            ready.checked(),
            null));
    assertThat(audited.newest(A)).contains(ready);
    AuditedHead broken = verified(A, 4, "the log says another root");
    audited.publish(broken);
    audited.publish(verified(A, 2, null));
    AuditedHead other = verified(B, 1, null);
    audited.publish(other);
    assertThat(audited.newest(A)).contains(broken);
    assertThat(audited.newest()).containsExactly(broken, other);
  }

  private static AuditedHead verified(SpaceName space, long version, @Nullable String problem) {
    return new AuditedHead(
        entry(space, version).head(),
        Hash.sha256("leaf"),
        new ContentAddress(Hash.sha256("blob")),
        1,
        Instant.parse("2026-02-05T19:00:00.123Z"),
        Instant.parse("2026-02-05T19:00:00.456Z"),
        problem);
  }

  @Test
  void addsAProblemToWhatWasPublishedAsReady() {
    audited.publish(verified(A, 3, null));
    AuditedHead broken = verified(A, 3, "a record cannot be read");
    audited.publish(broken);
    assertThat(audited.newest(A)).contains(broken);
    audited.publish(verified(A, 3, "another problem"));
    audited.publish(verified(A, 3, null));
    assertThat(audited.newest(A)).as("the first problem stays").contains(broken);
  }

  @Test
  void dropsTheBlobsThatNoCheckpointNames() {
    Checkpoint checkpoint = inserted(entry(A, 4));
    List<ContentAddress> unnamed = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      byte[] bytes = ("{\"document\":" + i + "}").getBytes(StandardCharsets.UTF_8);
      addBlob(bytes);
      unnamed.add(ContentAddress.of(bytes));
    }
    assertThat(unnamed).allMatch(address -> blobs.find(address).isPresent());
    Optional<Hash> after = Optional.of(Hash.ZERO);
    for (int i = 0; i < 40 && after.isPresent(); i++) {
      after = blobs.dropUnnamed(after.get());
    }
    assertThat(after).isEmpty();
    assertThat(unnamed).allMatch(address -> blobs.find(address).isEmpty());
    assertThat(blobs.find(checkpoint.pointer())).isPresent();
    assertThat(blobs.find(new ContentAddress(checkpoint.header().manifestDigest()))).isPresent();
    assertThat(latest().checkpoint()).isEqualTo(checkpoint);
  }

  @Test
  void knowsWhereTheDocumentsComeFromThatManifestsName() {
    Manifest.Entry named = entry(A, 3);
    assertThat(blobs.document(named.snapshot(), A)).isEmpty();
    inserted(named);
    assertThat(blobs.document(named.snapshot(), A))
        .contains(new DocumentPlace(A, named.snapshotVersion()));
    assertThat(blobs.document(named.snapshot(), B)).isEmpty();
    assertThat(blobs.find(named.snapshot())).as("the log has it").isEmpty();
  }

  private static Manifest.Entry entry(String space, ContentAddress document, long version) {
    Manifest.Entry any = entry(new SpaceName(space), version);
    return new Manifest.Entry(any.head(), document, version);
  }

  private List<String> having(
      ContentAddress document, String prefix, @Nullable String after, int limit) {
    return blobs
        .documentSpaces(document, prefix, after == null ? null : new SpaceName(after), limit)
        .stream()
        .map(SpaceName::text)
        .toList();
  }

  @Test
  void knowsAllSpacesThatHaveADocumentInTheOrderOfTheirNames() {
    ContentAddress same = new ContentAddress(Hash.sha256("same"));
    ContentAddress other = new ContentAddress(Hash.sha256("other"));
    inserted(entry("ab", same, 3), entry("ab-1", same, 5), entry("b", other, 3));
    inserted(
        entry("a", same, 2),
        entry("ab.1", same, 1),
        entry("ab1", same, 4),
        entry("ab_1", same, 1),
        entry("abz", same, 4));
    inserted(entry("ab", same, 9));
    assertThat(having(same, "", null, 10))
        .containsExactly("a", "ab", "ab-1", "ab.1", "ab1", "ab_1", "abz");
    assertThat(having(same, "ab", null, 2)).containsExactly("ab", "ab-1");
    assertThat(having(same, "ab", "ab-1", 2)).containsExactly("ab.1", "ab1");
    assertThat(having(same, "ab", "abz", 2)).isEmpty();
    assertThat(having(same, "ab-", null, 10)).containsExactly("ab-1");
    assertThat(having(same, "b", null, 10)).isEmpty();
    assertThat(having(other, "", null, 10)).containsExactly("b");
    assertThat(blobs.document(same, new SpaceName("ab")))
        .as("the first version that a checkpoint named")
        .contains(new DocumentPlace(new SpaceName("ab"), 3));
    assertThat(blobs.document(same, new SpaceName("ab-1")))
        .contains(new DocumentPlace(new SpaceName("ab-1"), 5));
  }

  @Test
  void keepsSettings() {
    assertThat(settings.find("contract")).isEmpty();
    settings.put("contract", "0x1");
    settings.put("contract", "0x2");
    assertThat(settings.find("contract")).contains("0x2");
  }
}
