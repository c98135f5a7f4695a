package io.mnemogrid.trail;

import io.mnemogrid.state.Hash;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where the trail of a grid is kept: one chain, whichever members write. Calls block on I/O and
 * throw what the store throws. Safe for all threads.
 */
public interface TrailStore {
  /** Where it ends now. */
  TrailHead head();

  /**
   * Appends a batch behind whatever is the last sheet then; durable when it returns. Writers at the
   * same time wait for each other.
   *
   * @param maybeThere whether an earlier attempt may have succeeded; then the batch is looked for
   *     among the newest thousand sheets, and what is there is not written again
   * @return the head behind it
   */
  TrailHead append(TrailBatch batch, boolean maybeThere);

  /** The hash of a sheet; empty when there is none of that number. */
  Optional<Hash> hash(long sheet);

  /**
   * The sheets that have entries after number {@code since}, in order, without those that are
   * forgotten: at least one when there is any, and then as many as have {@code mostBytes} of bodies
   * together.
   */
  List<TrailSheet> read(long since, long mostBytes);

  /**
   * The number of the last entry before the sheets that have an entry of that time or later: to
   * read on from there. That of the last entry where there is no such sheet.
   */
  long before(Instant time);

  /**
   * The last sheet of the unbroken row of oldest sheets whose entries are all before a time; 0 when
   * there is none whose entries are not forgotten yet.
   */
  long oldSheets(Instant before);

  /** Forgets the entries of all sheets up to a number. Their hashes stay. */
  void forget(long upTo);
}
