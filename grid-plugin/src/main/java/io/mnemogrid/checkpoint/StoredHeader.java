package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import java.io.Serializable;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What a {@link StoredCheckpoint} says without its manifest, which names thousands of spaces where
 * there are as many: what a leader looks at in each step.
 *
 * @param hash of the header
 * @param status how far it has come
 * @param prepared when it was written, by the store's clock
 * @param finalized when it was found final, or null before that
 */
public record StoredHeader(
    long number,
    Hash hash,
    StoredCheckpoint.Status status,
    Instant prepared,
    @Nullable Instant finalized)
    implements Serializable {
  /** Of a checkpoint that is at hand. */
  public static StoredHeader of(StoredCheckpoint stored) {
    return new StoredHeader(
        stored.number(),
        stored.checkpoint().hash(),
        stored.status(),
        stored.prepared(),
        stored.finalized());
  }
}
