package io.mnemogrid.trail;

import java.time.Instant;

/**
 * An entry as it waits for the store: its text. It is written by whoever made the entry, who has
 * all of it at hand; the thread that writes thousands of them later reads one array for each, and
 * not a tree.
 *
 * @param utf8 the entry as canonical JSON; nobody may change it
 */
@SuppressWarnings("ArrayRecordComponent") // on its way to the store, never compared
public record TrailLine(byte[] utf8, Instant time, boolean isRefusal) {
  private static final int OBJECT_BYTES = 96;

  /** About how many bytes it takes in memory. */
  public long footprintBytes() {
    return OBJECT_BYTES + utf8.length;
  }
}
