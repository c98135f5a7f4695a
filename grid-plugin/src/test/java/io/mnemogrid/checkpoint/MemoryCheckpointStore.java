package io.mnemogrid.checkpoint;

import io.mnemogrid.checkpoint.StoredCheckpoint.Status;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The ports of checkpoints in memory, with the lease's epoch as a field. One thread uses it. */
final class MemoryCheckpointStore
    implements AuditedHeads, CheckpointStore, BlobStore, SettingStore {
  private final Supplier<Instant> clock;
  private final TreeMap<SpaceName, TreeMap<Long, AuditedHead>> verified = new TreeMap<>();
  private final List<StoredCheckpoint> checkpoints = new ArrayList<>();
  private final Map<ContentAddress, byte[]> blobs = new HashMap<>();
  private final Map<String, String> settings = new HashMap<>();
  private final List<OutboxEntry> outbox = new ArrayList<>();
  private final Map<SpaceName, Long> changed = new HashMap<>();
  private long changes;
  private long oldestMark = 1; // older ones are answered with all
  private List<Held> held = List.of();
  private long epoch;

  MemoryCheckpointStore(Supplier<Instant> clock) {
    this.clock = clock;
  }

  void setEpoch(long value) {
    epoch = value;
  }

  private boolean isFenced(long writer) {
    return writer == 0 || writer != epoch;
  }

  /** Goes back to an older copy of itself. */
  void forgetAfter(long number) {
    checkpoints.subList((int) number, checkpoints.size()).clear();
  }

  /** As if the transactions were of another copy of the store. */
  void forgetTransactions() {
    outbox.clear();
  }

  /** As if the audit began anew. */
  void forgetVerified(SpaceName space) {
    verified.remove(space);
    oldestMark = ++changes + 1;
  }

  @Override
  public AuditedChanges newestSince(long mark) {
    boolean isAll = mark < oldestMark;
    List<AuditedHead> heads =
        newest().stream()
            .filter(
                head -> isAll || Objects.requireNonNull(changed.get(head.head().space())) >= mark)
            .toList();
    return new AuditedChanges(heads, changes + 1, isAll);
  }

  @Override
  public void publish(AuditedHead head) {
    changed.put(head.head().space(), ++changes);
    verified
        .computeIfAbsent(head.head().space(), _ -> new TreeMap<>())
        .merge(
            head.head().version(),
            head,
            (stands, found) ->
                stands.ready() && !found.ready() ? withProblem(stands, found.problem()) : stands);
  }

  private static AuditedHead withProblem(AuditedHead ready, @Nullable String problem) {
    return new AuditedHead(
        ready.head(),
        ready.leafHash(),
        ready.snapshot(),
        ready.snapshotVersion(),
        ready.committed(),
        ready.checked(),
        problem);
  }

  @Override
  public List<AuditedHead> newest() {
    return verified.values().stream().map(heads -> heads.lastEntry().getValue()).toList();
  }

  @Override
  public Optional<AuditedHead> newest(SpaceName space) {
    return Optional.ofNullable(verified.get(space)).map(heads -> heads.lastEntry().getValue());
  }

  @Override
  public boolean insert(Checkpoint checkpoint, long writer) {
    Hash previous = latest().map(newest -> newest.checkpoint().hash()).orElse(Hash.ZERO);
    if (isFenced(writer)
        || checkpoint.number() != checkpoints.size() + 1
        || !checkpoint.header().previous().equals(previous)) {
      return false;
    }
    putBlob(checkpoint.header().toBytes());
    putBlob(checkpoint.manifest().toText().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    checkpoints.add(
        new StoredCheckpoint(checkpoint, Status.PENDING, null, clock.get(), null, null));
    return true;
  }

  @Override
  public boolean sign(SignedTransaction transaction, long writer) {
    if (isFenced(writer) || transaction.last() > checkpoints.size()) {
      return false;
    }
    Instant now = clock.get();
    if (outbox.stream().noneMatch(at -> at.transaction().hash().equals(transaction.hash()))) {
      outbox.add(new OutboxEntry(transaction, now, null));
    }
    for (long number = transaction.first(); number <= transaction.last(); number++) {
      StoredCheckpoint at = checkpoints.get((int) number - 1);
      put(at, Status.SENT, transaction, at.submitted() == null ? now : at.submitted(), null);
    }
    return true;
  }

  private void put(
      StoredCheckpoint at,
      Status status,
      @Nullable SignedTransaction transaction,
      @Nullable Instant submitted,
      @Nullable Instant finalized) {
    checkpoints.set(
        (int) at.number() - 1,
        new StoredCheckpoint(
            at.checkpoint(), status, transaction, at.prepared(), submitted, finalized));
  }

  @Override
  public boolean storeCost(String hash, Cost cost, long writer) {
    if (isFenced(writer) || outbox.stream().noneMatch(at -> at.transaction().hash().equals(hash))) {
      return false;
    }
    outbox.replaceAll(at ->
        at.transaction().hash().equals(hash)
            ? new OutboxEntry(at.transaction(), at.signed(), cost)
            : at);
    return true;
  }

  @Override
  public List<OutboxEntry> outbox(long number, int limit) {
    return outbox.reversed().stream()
        .filter(at -> at.transaction().first() <= number && at.transaction().last() >= number)
        .limit(limit)
        .toList();
  }

  @Override
  public List<OutboxEntry> signedSince(Instant time) {
    return outbox.stream().filter(at -> !at.signed().isBefore(time)).toList();
  }

  @Override
  public long undo(long number, long writer) {
    if (isFenced(writer)) {
      return -1;
    }
    long undone = 0;
    for (StoredCheckpoint at : List.copyOf(checkpoints)) {
      if (at.number() > number && at.status().compareTo(Status.CONFIRMED) >= 0) {
        put(
            at,
            Status.SENT,
            at.transaction(),
            at.status() == Status.FINALIZED ? clock.get() : at.submitted(),
            null);
        undone++;
      }
    }
    return undone;
  }

  @Override
  public boolean hold(List<Held> spaces, long writer) {
    if (isFenced(writer)) {
      return false;
    }
    held = spaces.stream().sorted(Comparator.comparing(Held::space)).toList();
    return true;
  }

  @Override
  public List<Held> held() {
    return held;
  }

  @Override
  public boolean advance(long first, long last, Status status, long writer) {
    if (isFenced(writer) || first < 1 || last > checkpoints.size()) {
      return false;
    }
    Instant finalized = status == Status.FINALIZED ? clock.get() : null;
    for (StoredCheckpoint at : List.copyOf(checkpoints.subList((int) first - 1, (int) last))) {
      put(
          at,
          status,
          at.transaction(),
          at.submitted(),
          status == at.status() ? at.finalized() : finalized);
    }
    return true;
  }

  @Override
  public Optional<StoredHeader> newestFinalHeader() {
    return latestFinal().map(StoredHeader::of);
  }

  @Override
  public Optional<StoredHeader> newestHeader() {
    return latest().map(StoredHeader::of);
  }

  @Override
  public Optional<StoredHeader> header(long number) {
    return find(number).map(StoredHeader::of);
  }

  @Override
  public Optional<StoredCheckpoint> latestFinal() {
    return checkpoints.reversed().stream()
        .filter(at -> at.status() == Status.FINALIZED)
        .findFirst();
  }

  @Override
  public Optional<StoredCheckpoint> latest() {
    return checkpoints.isEmpty() ? Optional.empty() : Optional.of(checkpoints.getLast());
  }

  @Override
  public Optional<StoredCheckpoint> find(long number) {
    return number < 1 || number > checkpoints.size()
        ? Optional.empty()
        : Optional.of(checkpoints.get((int) number - 1));
  }

  @Override
  public List<StoredCheckpoint> list(long before, int limit) {
    return checkpoints.reversed().stream()
        .filter(checkpoint -> checkpoint.number() < before)
        .limit(limit)
        .toList();
  }

  @Override
  public List<StoredHeader> unfinished(int limit) {
    return checkpoints.stream()
        .filter(checkpoint -> checkpoint.status() != Status.FINALIZED)
        .limit(limit)
        .map(StoredHeader::of)
        .toList();
  }

  @Override
  public List<Manifest.Entry> anchoredHeads() {
    TreeMap<SpaceName, Manifest.Entry> heads = new TreeMap<>();
    for (StoredCheckpoint checkpoint : checkpoints) {
      checkpoint
          .checkpoint()
          .manifest()
          .spaces()
          .forEach(entry -> heads.put(entry.head().space(), entry));
    }
    return List.copyOf(heads.values());
  }

  @Override
  public Optional<StoredCheckpoint> covering(SpaceName space, long version) {
    List<StoredCheckpoint> covering =
        checkpoints.stream().filter(at -> version(at, space) >= version).toList();
    return covering.stream()
        .filter(at -> at.status() == Status.FINALIZED)
        .findFirst()
        .or(() -> covering.stream().findFirst());
  }

  private static long version(StoredCheckpoint checkpoint, SpaceName space) {
    return checkpoint.checkpoint().manifest().spaces().stream()
        .filter(entry -> entry.head().space().equals(space))
        .mapToLong(entry -> entry.head().version())
        .findFirst()
        .orElse(0);
  }

  @Override
  public long finalizedVersion(SpaceName space) {
    return checkpoints.stream()
        .filter(at -> at.status() == Status.FINALIZED)
        .mapToLong(at -> version(at, space))
        .max()
        .orElse(0);
  }

  void putBlob(byte[] bytes) {
    blobs.put(ContentAddress.of(bytes), bytes.clone());
  }

  @Override
  public Optional<DocumentPlace> document(ContentAddress address, SpaceName space) {
    return documents(address).filter(place -> place.space().equals(space)).findFirst();
  }

  @Override
  public List<SpaceName> documentSpaces(
      ContentAddress address, String prefix, @Nullable SpaceName after, int limit) {
    return documents(address)
        .map(DocumentPlace::space)
        .filter(space -> space.text().startsWith(prefix))
        .filter(space -> after == null || space.compareTo(after) > 0)
        .distinct()
        .sorted()
        .limit(limit)
        .toList();
  }

  private Stream<DocumentPlace> documents(ContentAddress address) {
    return checkpoints.stream()
        .flatMap(at -> at.checkpoint().manifest().spaces().stream())
        .filter(entry -> entry.snapshot().equals(address))
        .map(entry -> new DocumentPlace(entry.head().space(), entry.snapshotVersion()));
  }

  @Override
  public Optional<Hash> dropUnnamed(Hash after) {
    Set<ContentAddress> named = new HashSet<>();
    for (StoredCheckpoint at : checkpoints) {
      named.add(at.checkpoint().pointer());
      named.add(new ContentAddress(at.checkpoint().header().manifestDigest()));
    }
    blobs.keySet().retainAll(named);
    return Optional.empty();
  }

  @Override
  public Optional<byte[]> find(ContentAddress address) {
    return blobs.containsKey(address)
        ? Optional.of(Objects.requireNonNull(blobs.get(address)).clone())
        : Optional.empty();
  }

  @Override
  public Optional<String> find(String name) {
    return Optional.ofNullable(settings.get(name));
  }

  @Override
  public void put(String name, String value) {
    settings.put(name, value);
  }
}
