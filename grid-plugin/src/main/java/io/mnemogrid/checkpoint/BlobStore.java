package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import java.util.Optional;

/**
 * Bytes by their content address: the headers and manifests, which are written with their
 * checkpoint. Of the documents that manifests name, it knows the space and version. Calls block;
 * safe for all threads.
 */
public interface BlobStore {
  /** The bytes of the header or the manifest with that address. */
  Optional<byte[]> find(ContentAddress address);

  /** The space and version of the document that some manifest names by that address. */
  Optional<DocumentPlace> document(ContentAddress address);

  /**
   * Drops a few of the blobs that are of no checkpoint, looking at a bounded number of them in the
   * order of their digests.
   *
   * @param after only greater digests are looked at; {@link Hash#ZERO} to begin
   * @return the last digest that was looked at, empty when there is none behind {@code after}
   */
  Optional<Hash> dropUnnamed(Hash after);
}
