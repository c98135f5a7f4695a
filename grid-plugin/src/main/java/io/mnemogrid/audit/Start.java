package io.mnemogrid.audit;

import io.mnemogrid.log.Snapshot;
import java.io.Serializable;

/**
 * What the audit of a space goes on from after a start: a version that it verified before, or
 * version 0. Travels as the snapshot's text.
 *
 * @param snapshotVersion version whose document's address was taken last, 0 when none was
 * @param snapshotAddress that content address, empty when none was
 */
public record Start(String snapshot, long snapshotVersion, String snapshotAddress)
    implements Serializable {
  /** From this snapshot. */
  public static Start of(Snapshot snapshot, long snapshotVersion, String snapshotAddress) {
    return new Start(snapshot.toText(), snapshotVersion, snapshotAddress);
  }
}
