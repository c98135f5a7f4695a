package io.mnemogrid;

import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Held;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.state.SpaceName;
import java.util.List;
import java.util.Optional;

/** The checkpoints of the grid, as its store holds them. Calls block; safe for all threads. */
public interface Checkpoints {
  /** The newest checkpoint. */
  Optional<StoredCheckpoint> latest();

  /** The checkpoint of that number. */
  Optional<StoredCheckpoint> find(long number);

  /** The checkpoints with numbers below {@code before}, newest first. */
  List<StoredCheckpoint> list(long before, int limit);

  /** The bytes of a header or manifest. */
  Optional<byte[]> blob(ContentAddress address);

  /**
   * A space that is granted and of which a checkpoint names the document of that address. Several
   * spaces may have the same document; which others have it makes no difference to the answer.
   * Empty for headers, manifests and all that is nowhere.
   */
  Optional<SpaceName> documentSpace(ContentAddress address, Grant grant);

  /**
   * The document of that address, rebuilt from the log of a space: a replay from the nearest
   * snapshot, and O(leaves). Empty when no checkpoint names it as a document of this space.
   */
  Optional<byte[]> document(ContentAddress address, SpaceName space);

  /** The spaces that are held up, and why. */
  List<Held> held();

  /** The status of checkpoints now, as the store and this member know it. */
  CheckpointStatus status();

  /** Asks the leader for a checkpoint of all that is ready, whatever its policy says. */
  void request();
}
