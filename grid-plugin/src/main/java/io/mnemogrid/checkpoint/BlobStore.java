package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Bytes by their content address: the headers and manifests, which are written with their
 * checkpoint. Of the documents that manifests name, it knows the spaces and versions. Calls block;
 * safe for all threads.
 */
public interface BlobStore {
  /** The bytes of the header or the manifest with that address. */
  Optional<byte[]> find(ContentAddress address);

  /** The version of that space whose document some manifest names by that address. */
  Optional<DocumentPlace> document(ContentAddress address, SpaceName space);

  /**
   * Spaces whose document some manifest names by that address, in the order of their names.
   *
   * @param prefix what their names begin with
   * @param after only greater names; null to begin
   * @param limit how many at most
   */
  List<SpaceName> documentSpaces(
      ContentAddress address, String prefix, @Nullable SpaceName after, int limit);

  /**
   * Drops a few of the blobs that are of no checkpoint, looking at a bounded number of them in the
   * order of their digests.
   *
   * @param after only greater digests are looked at; {@link Hash#ZERO} to begin
   * @return the last digest that was looked at, empty when there is none behind {@code after}
   */
  Optional<Hash> dropUnnamed(Hash after);
}
