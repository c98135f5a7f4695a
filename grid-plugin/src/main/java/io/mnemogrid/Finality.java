package io.mnemogrid;

import io.mnemogrid.checkpoint.StoredCheckpoint;
import org.jspecify.annotations.Nullable;

/**
 * How far a version of a space has come towards the chain.
 *
 * @param status of the first final checkpoint that covers the version, else of the first that does,
 *     else {@link StoredCheckpoint.Status#PENDING}
 * @param checkpoint its number, 0 while none covers the version
 * @param transaction hash of the transaction that was sent for it, if any
 */
public record Finality(
    StoredCheckpoint.Status status, long checkpoint, @Nullable String transaction) {
  /** Whether the chain holds it for good. */
  public boolean isFinal() {
    return status == StoredCheckpoint.Status.FINALIZED;
  }
}
