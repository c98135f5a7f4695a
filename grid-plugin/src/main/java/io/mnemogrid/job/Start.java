package io.mnemogrid.job;

import io.mnemogrid.log.Snapshot;
import java.io.Serializable;

/**
 * What the audit of a space goes on from after a start: a version that it verified before, or
 * version 0. Travels as the snapshot's text.
 *
 * @param snapshotVersion version of the newest document blob, 0 when there is none
 * @param snapshotAddress content address of that blob, empty when there is none
 */
record Start(String snapshot, long snapshotVersion, String snapshotAddress)
    implements Serializable {
  static Start of(Snapshot snapshot, long snapshotVersion, String snapshotAddress) {
    return new Start(snapshot.toText(), snapshotVersion, snapshotAddress);
  }
}
