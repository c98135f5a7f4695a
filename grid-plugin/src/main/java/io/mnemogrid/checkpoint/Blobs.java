package io.mnemogrid.checkpoint;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.SpaceName;
import java.util.Optional;

/**
 * The bytes behind every content address that a checkpoint leads to. Headers and manifests are
 * stored. Documents are not, because the log has them: they are rebuilt when somebody asks. What is
 * handed out always has the address that was asked for.
 *
 * <p>A document costs a replay from the nearest snapshot and O(leaves). Calls block; safe for all
 * threads.
 */
public final class Blobs {
  private final BlobStore store;
  private final Prover.Documents documents;

  /** The blobs of a store, whose documents come from {@code documents}. */
  public Blobs(BlobStore store, Prover.Documents documents) {
    this.store = store;
    this.documents = documents;
  }

  /** The header or the manifest of that address. */
  public Optional<byte[]> find(ContentAddress address) {
    return store.find(address);
  }

  /**
   * The document of that address, as the log of a space has it. Empty when no checkpoint names it
   * as a document of this space.
   *
   * @throws BrokenHistory when the log no longer leads to the document that was checkpointed
   */
  public Optional<byte[]> document(ContentAddress address, SpaceName space) {
    return store.document(address, space).map(place -> rebuilt(address, place));
  }

  private byte[] rebuilt(ContentAddress address, DocumentPlace place) {
    byte[] bytes =
        documents
            .at(place.space(), place.version())
            .filter(snapshot -> snapshot.version() == place.version())
            .map(Snapshot::state)
            .map(state -> state.document().canonicalBytes())
            .orElseThrow(() -> broken(address, place, "is not in the log"));
    if (!ContentAddress.of(bytes).equals(address)) {
      throw broken(address, place, "has another document");
    }
    return bytes;
  }

  private static BrokenHistory broken(ContentAddress address, DocumentPlace place, String why) {
    return new BrokenHistory(
        place.space(), place.version(), why + ", a checkpoint names its document " + address);
  }
}
