package io.mnemogrid.member;

import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.Blobs;
import io.mnemogrid.checkpoint.CheckpointStore;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/** What a member without a store asks of the checkpoints of one that has it. */
sealed interface CheckpointRequest extends Serializable {
  record Latest() implements CheckpointRequest {}

  record Find(long number) implements CheckpointRequest {}

  record Before(long number, int limit) implements CheckpointRequest {}

  record Blob(ContentAddress address) implements CheckpointRequest {}

  record Covering(SpaceName space, long version) implements CheckpointRequest {}

  record FinalizedVersion(SpaceName space) implements CheckpointRequest {}

  record HeldSpaces() implements CheckpointRequest {}

  record LatestFinal() implements CheckpointRequest {}

  record Unfinished(int limit) implements CheckpointRequest {}

  record AuditedVersion(SpaceName space) implements CheckpointRequest {}

  record Leader() implements CheckpointRequest {}

  /** The answer: a list; of none or one where at most one is asked for. */
  default ArrayList<? extends Serializable> answer(
      CheckpointStore store, Blobs blobs, String leader) {
    return switch (this) {
      case Latest _ -> list(store.latest().stream().toList());
      case Find find -> list(store.find(find.number).stream().toList());
      case Before before -> list(store.list(before.number, before.limit));
      case Blob blob -> list(blobs.find(blob.address).stream().toList());
      case Covering covering -> list(covering(store, covering));
      case FinalizedVersion of -> list(List.of(store.finalizedVersion(of.space)));
      case HeldSpaces _ -> list(store.held());
      case LatestFinal _ -> list(store.latestFinal().stream().toList());
      case Unfinished unfinished -> list(store.unfinished(unfinished.limit));
      case AuditedVersion of -> list(List.of(audited(store, of.space)));
      case Leader _ -> list(List.of(leader));
    };
  }

  private static List<StoredCheckpoint> covering(CheckpointStore store, Covering covering) {
    return store.covering(covering.space, covering.version).stream().toList();
  }

  private static long audited(CheckpointStore store, SpaceName space) {
    return store
        .newestVerified(space)
        .filter(AuditedHead::ready)
        .map(at -> at.head().version())
        .orElse(0L);
  }

  private static <T extends Serializable> ArrayList<T> list(List<T> items) {
    return new ArrayList<>(items);
  }
}
