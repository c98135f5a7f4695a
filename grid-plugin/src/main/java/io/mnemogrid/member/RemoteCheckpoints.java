package io.mnemogrid.member;

import io.mnemogrid.CheckpointStatus;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Held;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.checkpoint.StoredHeader;
import io.mnemogrid.grid.StoreMembers;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.state.SpaceName;
import java.util.List;
import java.util.Optional;

/**
 * Checkpoints as a member without a store has them from others.
 *
 * @param demand lets the leader know that a checkpoint is wanted
 */
record RemoteCheckpoints(StoreMembers storeMembers, StoreClock clock, Runnable demand)
    implements GridCheckpoints {
  @Override
  public Optional<StoredCheckpoint> latest() {
    return storeMembers.ask(new CheckpointRequest.Latest()).toOptional();
  }

  @Override
  public Optional<StoredCheckpoint> find(long number) {
    return storeMembers.ask(new CheckpointRequest.Find(number)).toOptional();
  }

  @Override
  public List<StoredCheckpoint> list(long before, int limit) {
    return storeMembers.ask(new CheckpointRequest.Before(before, limit));
  }

  @Override
  public Optional<byte[]> blob(ContentAddress address) {
    return storeMembers.ask(new CheckpointRequest.Blob(address)).toOptional();
  }

  @Override
  public Optional<SpaceName> documentSpace(ContentAddress address, Grant grant) {
    return storeMembers.ask(new CheckpointRequest.DocumentSpace(address, grant)).toOptional();
  }

  @Override
  public Optional<byte[]> document(ContentAddress address, SpaceName space) {
    return storeMembers.ask(new CheckpointRequest.Document(address, space)).toOptional();
  }

  @Override
  public List<Held> held() {
    return storeMembers.ask(new CheckpointRequest.HeldSpaces());
  }

  @Override
  public CheckpointStatus status() {
    return statusAt(clock.now(), null);
  }

  @Override
  public void request() {
    demand.run();
  }

  @Override
  public Optional<StoredCheckpoint> covering(SpaceName space, long version) {
    return storeMembers.ask(new CheckpointRequest.Covering(space, version)).toOptional();
  }

  @Override
  public long finalizedVersion(SpaceName space) {
    return storeMembers.ask(new CheckpointRequest.FinalizedVersion(space));
  }

  @Override
  public long auditedVersion(SpaceName space) {
    return storeMembers.ask(new CheckpointRequest.AuditedVersion(space));
  }

  @Override
  public Optional<StoredHeader> newestFinal() {
    return storeMembers.ask(new CheckpointRequest.NewestFinal()).toOptional();
  }

  @Override
  public List<StoredHeader> unfinished(int limit) {
    return storeMembers.ask(new CheckpointRequest.Unfinished(limit));
  }

  @Override
  public String leader() {
    return storeMembers.ask(new CheckpointRequest.Leader());
  }
}
