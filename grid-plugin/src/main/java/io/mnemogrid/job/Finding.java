package io.mnemogrid.job;

import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.state.Hash;
import java.io.Serializable;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the audit found at one version of a space.
 *
 * @param document canonical JSON of the document when a new snapshot blob is due, else null
 * @param snapshotVersion version of the newest blob before this finding, 0 when there is none
 * @param snapshotAddress its content address, empty when there is none
 * @param problem what does not agree, or null
 */
record Finding(
    Head head,
    Hash leafHash,
    Instant committed,
    @Nullable String document,
    long snapshotVersion,
    String snapshotAddress,
    @Nullable String problem)
    implements Serializable {}
