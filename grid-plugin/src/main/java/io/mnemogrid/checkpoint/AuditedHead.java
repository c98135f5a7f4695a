package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the audit found at one version of a space: the roots that it recomputed itself, and the
 * document from which this version can be completed.
 *
 * @param leafHash leaf hash of the version's record; the audit goes on from there
 * @param snapshot address of the document of {@code snapshotVersion}
 * @param problem what did not agree, or null: then the head is ready to be checkpointed
 */
public record AuditedHead(
    Head head,
    Hash leafHash,
    ContentAddress snapshot,
    long snapshotVersion,
    Instant committed,
    Instant checked,
    @Nullable String problem) {
  /** Whether all that was recomputed agrees with the log. */
  public boolean ready() {
    return problem == null;
  }
}
