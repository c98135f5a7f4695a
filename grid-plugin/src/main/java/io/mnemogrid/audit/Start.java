package io.mnemogrid.audit;

import io.mnemogrid.log.Snapshot;
import java.io.Serializable;

/**
 * The version from which the audit of a space goes on after a start: one that it published before,
 * or version 0. It travels as the snapshot's text.
 *
 * @param snapshotVersion the version whose document had its address computed last, 0 for none
 * @param snapshotAddress that content address, empty for none
 */
public record Start(String snapshot, long snapshotVersion, String snapshotAddress)
    implements Serializable {
  /** Begins at this snapshot. */
  public static Start of(Snapshot snapshot, long snapshotVersion, String snapshotAddress) {
    return new Start(snapshot.toText(), snapshotVersion, snapshotAddress);
  }
}
