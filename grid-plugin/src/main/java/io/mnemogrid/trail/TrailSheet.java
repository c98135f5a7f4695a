package io.mnemogrid.trail;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A row of the trail: entries that were written together, and their place in the chain. When the
 * body goes, the rest stays, and the chain can still be recomputed:
 *
 * <pre>
 * hash = SHA-256(hash of the sheet before ‖ number ‖ first ‖ entries ‖ time ‖ digest)
 * </pre>
 *
 * Numbers and the time (milliseconds since 1970) have 8 bytes. The hash before the first sheet is
 * 32 zero bytes.
 *
 * @param number 1, 2, 3, … without a gap
 * @param first the number of its first entry; entries are numbered 1, 2, 3, … over all sheets
 * @param entries how many
 * @param time of the newest entry
 * @param digest of its salt and entries, see {@link TrailBatch}
 * @param body null once the entries are forgotten
 */
public record TrailSheet(
    long number,
    long first,
    long entries,
    Instant time,
    Hash digest,
    Hash hash,
    @Nullable String body) {
  private static final int NUMBERS = 4 * Long.BYTES;

  /** What stands on a sheet, or why it is not what was written. */
  public sealed interface Reading {
    /** All entries, in order. */
    record Whole(List<TrailEntry> entries) implements Reading {}

    /** The entries are forgotten. */
    record Forgotten() implements Reading {}

    /**
     * Something was altered, added or removed.
     *
     * @param entry the number of the first entry that differs; 0 when no single one can be named
     */
    record Altered(long entry, String what) implements Reading {}
  }

  /** The sheet that a batch becomes behind a head. */
  public static TrailSheet after(TrailHead head, TrailBatch batch) {
    long number = head.sheets() + 1;
    long first = head.entries() + 1;
    Hash hash = hash(head.hash(), number, first, batch.entries(), batch.time(), batch.digest());
    return new TrailSheet(
        number, first, batch.entries(), batch.time(), batch.digest(), hash, batch.body());
  }

  /** The head that this sheet makes of the one before it. */
  public TrailHead head(TrailHead before, int acts) {
    return new TrailHead(number, last(), hash, before.acts() + acts, before.forgotten());
  }

  /** The number of its last entry. */
  public long last() {
    return first + entries - 1;
  }

  /** The hash that this sheet has behind one of that hash. */
  public Hash hashAfter(Hash previous) {
    return hash(previous, number, first, entries, time, digest);
  }

  private static Hash hash(
      Hash previous, long number, long first, long entries, Instant time, Hash digest) {
    ByteBuffer all = ByteBuffer.allocate(2 * Hash.BYTES + NUMBERS);
    all.put(previous.toBytes())
        .putLong(number)
        .putLong(first)
        .putLong(entries)
        .putLong(time.toEpochMilli())
        .put(digest.toBytes());
    return Hash.sha256(all.array());
  }

  /** Reads the body and holds it against the digest. O(body). */
  public Reading read() {
    if (body == null) {
      return new Reading.Forgotten();
    }
    String[] lines = body.split("\n", -1);
    Hash at;
    try {
      at = TrailBatch.first(Hash.parse("0x" + lines[0]));
    } catch (IllegalArgumentException e) {
      return new Reading.Altered(0, "its salt cannot be read");
    }
    List<TrailEntry> found = new ArrayList<>();
    for (int i = 1; i < lines.length; i++) {
      String line = lines[i];
      long entry = first + i - 1;
      if (line.length() <= TrailBatch.MARK || line.charAt(TrailBatch.MARK) != ' ') {
        return new Reading.Altered(entry, "its line cannot be read");
      }
      String text = line.substring(TrailBatch.MARK + 1);
      at = TrailBatch.next(at, text);
      if (!line.startsWith(TrailBatch.mark(at))) {
        return new Reading.Altered(
            entry, "it was altered, or an entry before it was removed or added");
      }
      try {
        found.add(TrailEntry.of(Json.parseObject(text)));
      } catch (IllegalArgumentException e) {
        return new Reading.Altered(entry, "it cannot be read: " + e.getMessage());
      }
    }
    if (found.size() != entries) {
      return new Reading.Altered(
          Math.min(first + found.size(), last()),
          "the sheet has " + found.size() + " entries, should have " + entries);
    }
    return at.equals(digest)
        ? new Reading.Whole(found)
        : new Reading.Altered(0, "its entries hash to " + at + ", should be " + digest);
  }
}
