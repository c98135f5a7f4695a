package io.mnemogrid.member;

import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.Blobs;
import io.mnemogrid.checkpoint.CheckpointStore;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Held;
import io.mnemogrid.checkpoint.Lease;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.grid.Answering;
import io.mnemogrid.grid.Found;
import io.mnemogrid.grid.StoreRequest;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;
import java.util.ArrayList;

/** What a member without a store asks of the checkpoints of one that has it. */
sealed interface CheckpointRequest<A extends Serializable> extends StoreRequest<A> {

  record Latest() implements CheckpointRequest<Found<StoredCheckpoint>> {
    @Override
    public Found<StoredCheckpoint> answer(Answering parts) {
      return Found.of(store(parts).latest());
    }
  }

  record Find(long number) implements CheckpointRequest<Found<StoredCheckpoint>> {
    @Override
    public Found<StoredCheckpoint> answer(Answering parts) {
      return Found.of(store(parts).find(number));
    }
  }

  record Before(long number, int limit) implements CheckpointRequest<ArrayList<StoredCheckpoint>> {
    @Override
    public ArrayList<StoredCheckpoint> answer(Answering parts) {
      return new ArrayList<>(store(parts).list(number, limit));
    }
  }

  record Blob(ContentAddress address) implements CheckpointRequest<Found<byte[]>> {
    @Override
    public Found<byte[]> answer(Answering parts) {
      return Found.of(parts.part(Blobs.class).find(address));
    }
  }

  record Covering(SpaceName space, long version)
      implements CheckpointRequest<Found<StoredCheckpoint>> {
    @Override
    public Found<StoredCheckpoint> answer(Answering parts) {
      return Found.of(store(parts).covering(space, version));
    }
  }

  record FinalizedVersion(SpaceName space) implements CheckpointRequest<Long> {
    @Override
    public Long answer(Answering parts) {
      return store(parts).finalizedVersion(space);
    }
  }

  record HeldSpaces() implements CheckpointRequest<ArrayList<Held>> {
    @Override
    public ArrayList<Held> answer(Answering parts) {
      return new ArrayList<>(store(parts).held());
    }
  }

  record LatestFinal() implements CheckpointRequest<Found<StoredCheckpoint>> {
    @Override
    public Found<StoredCheckpoint> answer(Answering parts) {
      return Found.of(store(parts).latestFinal());
    }
  }

  record Unfinished(int limit) implements CheckpointRequest<ArrayList<StoredCheckpoint>> {
    @Override
    public ArrayList<StoredCheckpoint> answer(Answering parts) {
      return new ArrayList<>(store(parts).unfinished(limit));
    }
  }

  record AuditedVersion(SpaceName space) implements CheckpointRequest<Long> {
    @Override
    public Long answer(Answering parts) {
      return store(parts)
          .newestVerified(space)
          .filter(AuditedHead::ready)
          .map(at -> at.head().version())
          .orElse(0L);
    }
  }

  record Leader() implements CheckpointRequest<String> {
    @Override
    public String answer(Answering parts) {
      return parts.part(Lease.class).read().holder();
    }
  }

  private static CheckpointStore store(Answering parts) {
    return parts.part(CheckpointStore.class);
  }
}
