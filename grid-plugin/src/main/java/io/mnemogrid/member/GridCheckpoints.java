package io.mnemogrid.member;

import io.mnemogrid.CheckpointStatus;
import io.mnemogrid.CheckpointStatus.Leading;
import io.mnemogrid.Checkpoints;
import io.mnemogrid.Finality;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.checkpoint.StoredHeader;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The checkpoints as this member sees them, with what its other parts ask about them. */
interface GridCheckpoints extends Checkpoints, FinalityWaits.Source {
  /** A status counts at most this many waiting checkpoints. */
  int MOST_COUNTED = 1000;

  /** The first final checkpoint that covers a version of a space, else the first that covers it. */
  Optional<StoredCheckpoint> covering(SpaceName space, long version);

  /** How far a version of a space has come towards the chain. */
  @Override
  default Finality finality(SpaceName space, long version) {
    Optional<StoredCheckpoint> covering = covering(space, version);
    if (covering.isEmpty()) {
      return new Finality(StoredCheckpoint.Status.PENDING, 0, null);
    }
    StoredCheckpoint checkpoint = covering.get();
    var transaction = checkpoint.transaction();
    return new Finality(
        checkpoint.status(), checkpoint.number(), transaction == null ? null : transaction.hash());
  }

  /** All versions of the space up to this one are final. */
  @Override
  long finalizedVersion(SpaceName space);

  /** The newest version of the space that the audit found to hold, 0 before the first. */
  long auditedVersion(SpaceName space);

  /** The newest that is final. */
  Optional<StoredHeader> newestFinal();

  /** The checkpoints that are not final, oldest first. */
  List<StoredHeader> unfinished(int limit);

  /**
   * Id of the member that leads, empty when none does.
   *
   * @throws LogUnavailable when that cannot be found out
   */
  String leader();

  /** Id of the member that leads, empty when none does or that cannot be found out. */
  default String knownLeader() {
    try {
      return leader();
    } catch (LogUnavailable e) {
      return "";
    }
  }

  /** The status of checkpoints at that time of the store's clock. */
  default CheckpointStatus statusAt(Instant now, @Nullable Leading leading) {
    List<StoredHeader> waiting = unfinished(MOST_COUNTED);
    return new CheckpointStatus(
        newestFinal()
            .map(StoredHeader::finalized)
            .map(then -> Duration.between(then, now))
            .orElse(null),
        waiting.size(),
        waiting.isEmpty() ? Duration.ZERO : Duration.between(waiting.getFirst().prepared(), now),
        leading);
  }
}
