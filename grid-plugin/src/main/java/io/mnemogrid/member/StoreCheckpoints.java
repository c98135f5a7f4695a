package io.mnemogrid.member;

import io.mnemogrid.CheckpointStatus;
import io.mnemogrid.CheckpointStatus.Leading;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.AuditedHeads;
import io.mnemogrid.checkpoint.BlobStore;
import io.mnemogrid.checkpoint.Blobs;
import io.mnemogrid.checkpoint.CheckpointStore;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Held;
import io.mnemogrid.checkpoint.Lease;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.checkpoint.StoredHeader;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.Store;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/** Checkpoints from this member's own store. */
final class StoreCheckpoints implements GridCheckpoints {
  private final CheckpointStore store;
  private final AuditedHeads audited;
  private final BlobStore places;
  private final Blobs blobs;
  private final Lease lease;
  private final StoreClock clock;
  private final Supplier<Optional<Leading>> leading;
  private final Runnable demand;

  /**
   * The checkpoints of {@code store}.
   *
   * @param leading what this member knows because it leads
   * @param demand lets the leader know that a checkpoint is wanted
   */
  StoreCheckpoints(
      Store store, StoreClock clock, Supplier<Optional<Leading>> leading, Runnable demand) {
    this.store = store.checkpoints();
    this.audited = store.audited();
    this.places = store.blobs();
    this.blobs = new Blobs(store.blobs(), store.log()::replay);
    this.lease = store.lease();
    this.clock = clock;
    this.leading = leading;
    this.demand = demand;
  }

  @Override
  public Optional<StoredCheckpoint> latest() {
    return store.latest();
  }

  @Override
  public Optional<StoredCheckpoint> find(long number) {
    return store.find(number);
  }

  @Override
  public List<StoredCheckpoint> list(long before, int limit) {
    return store.list(before, limit);
  }

  @Override
  public Optional<byte[]> blob(ContentAddress address) {
    return blobs.find(address);
  }

  @Override
  public Optional<SpaceName> documentSpace(ContentAddress address, Grant grant) {
    return GrantedDocuments.space(places, address, grant);
  }

  @Override
  public Optional<byte[]> document(ContentAddress address, SpaceName space) {
    return blobs.document(address, space);
  }

  @Override
  public List<Held> held() {
    return store.held();
  }

  @Override
  public CheckpointStatus status() {
    return statusAt(clock.now(), leading.get().orElse(null));
  }

  @Override
  public void request() {
    demand.run();
  }

  @Override
  public Optional<StoredCheckpoint> covering(SpaceName space, long version) {
    return store.covering(space, version);
  }

  @Override
  public long finalizedVersion(SpaceName space) {
    return store.finalizedVersion(space);
  }

  @Override
  public long auditedVersion(SpaceName space) {
    return audited
        .newest(space)
        .filter(AuditedHead::ready)
        .map(at -> at.head().version())
        .orElse(0L);
  }

  @Override
  public Optional<StoredHeader> newestFinal() {
    return store.newestFinalHeader();
  }

  @Override
  public List<StoredHeader> unfinished(int limit) {
    return store.unfinished(limit);
  }

  @Override
  public String leader() {
    return lease.read().holder();
  }
}
