package io.mnemogrid;

import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.trail.TrailEntry;
import java.time.Instant;
import java.util.List;

/**
 * The audit trail: who did what over HTTP. What is recorded is kept in this process and written to
 * the store at most half a second later, so the death of the process loses what came within that
 * time and the time of one write. When the store does not take it, it waits here, up to {@value
 * #MOST_WAITING_BYTES} bytes; what comes then is lost, counted, and named as lost in the trail.
 * Safe for all threads.
 */
public interface Trail {
  /** Most bytes of entries that wait for the store. */
  long MOST_WAITING_BYTES = 8L << 20;

  /** Refusals to those without a key that are recorded in one second; more are counted alone. */
  int STRANGERS_A_SECOND = 100;

  /**
   * Refusals to one key for its rate (429) that are recorded in one second; more are counted alone.
   */
  int OVER_RATE_A_SECOND = 5;

  /** What is recorded now. Does not block. */
  GridConfig.Trail.Recorded recorded();

  /**
   * Records an entry. Does not block and throws nothing.
   *
   * @return whether it will be written; one that is not is counted
   */
  boolean record(TrailEntry entry);

  /** The name of this member, for entries. */
  String member();

  /** The store's time, for an entry, as this member carries it on. Does not block. */
  Instant now();

  /**
   * What became of entries since this member started.
   *
   * @param written stand in the store
   * @param lost found no room while the store did not take them
   * @param leftOut refusals beyond {@link #STRANGERS_A_SECOND} and {@link #OVER_RATE_A_SECOND}
   * @param waiting are on their way
   */
  record Counts(long written, long lost, long leftOut, long waiting) {}

  /** What became of entries since this member started. Does not block. */
  Counts counts();

  /** An entry and its number in the trail, from 1. */
  record Numbered(long number, TrailEntry entry) {}

  /** A sheet of the trail is not what was written. */
  final class Altered extends IllegalStateException {
    private static final long serialVersionUID = 1;

    /** Names the sheet. */
    public Altered(String message) {
      super(message);
    }
  }

  /**
   * A part of the trail.
   *
   * @param next the number to go on after; 0 when this is the end
   */
  record Page(List<Numbered> entries, long next) {
    public Page {
      entries = List.copyOf(entries);
    }
  }

  /**
   * The entries after number {@code since}, oldest first, up to {@code limit} of them and about 1
   * MiB. Those that are forgotten are left out. Blocks.
   *
   * @throws Altered when a sheet of entries was altered; {@code fsck} says more
   * @throws LogUnavailable when the store does not answer
   */
  Page read(long since, int limit);

  /**
   * The number after which to read for the entries from a time on. Blocks.
   *
   * @throws LogUnavailable when the store does not answer
   */
  long before(Instant time);
}
