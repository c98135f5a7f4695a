package io.mnemogrid;

import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Held;
import io.mnemogrid.checkpoint.StoredCheckpoint;
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

  /** The bytes of a header, manifest or snapshot. */
  Optional<byte[]> blob(ContentAddress address);

  /** The space whose document has that address; empty for headers, manifests and other bytes. */
  Optional<SpaceName> documentSpace(ContentAddress address);

  /** The spaces that are held up, and why. */
  List<Held> held();

  /** The status of checkpoints now, as the store and this member know it. */
  CheckpointStatus status();

  /** Asks the leader for a checkpoint of all that is ready, whatever its policy says. */
  void request();
}
