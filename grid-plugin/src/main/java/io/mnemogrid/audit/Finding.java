package io.mnemogrid.audit;

import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.state.Hash;
import java.io.Serializable;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What the audit found at one version of a space.
 *
 * @param snapshotVersion a version up to that of the head
 * @param snapshotAddress content address of the document at that version
 * @param problem what does not agree, or null
 */
public record Finding(
    Head head,
    Hash leafHash,
    Instant committed,
    long snapshotVersion,
    String snapshotAddress,
    @Nullable String problem)
    implements Serializable {}
