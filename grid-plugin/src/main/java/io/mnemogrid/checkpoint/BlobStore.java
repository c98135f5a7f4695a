package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import java.util.Optional;

/**
 * Bytes by their address: the headers and manifests of checkpoints, which are written with their
 * checkpoint, and where the documents come from that manifests name. Calls block; safe for all
 * threads.
 */
public interface BlobStore {
  /** The bytes of the header or the manifest with that address. */
  Optional<byte[]> find(ContentAddress address);

  /** Where the document comes from that some manifest names by that address. */
  Optional<DocumentPlace> document(ContentAddress address);

  /**
   * Drops a few of the blobs that are of no checkpoint, looking at a bounded number of them in the
   * order of their digests.
   *
   * @param after the digest to go on behind, {@link Hash#ZERO} to begin
   * @return the last digest that was looked at, empty when there is none behind {@code after}
   */
  Optional<Hash> dropUnnamed(Hash after);
}
