package io.mnemogrid.log;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The append-only log of every space, to read: the truth that all else is derived from. Calls block
 * on I/O and throw {@link LogUnavailable} when the store cannot be reached; safe for all threads.
 */
public interface LogReader {
  /** Where many updates are read, at most this many are read at once. */
  int PAGE = 1000;

  /**
   * A page ends when its records have this many bytes of text together, or after one larger record.
   */
  int PAGE_BYTES = 4 << 20;

  /**
   * A look-up of ids answers with records of this many bytes at most, or with one larger record.
   */
  long FOUND_BYTES = 16L << 20;

  /** Where many leaf hashes are read, at most this many are read at once: half a megabyte. */
  int HASH_PAGE = 10_000;

  /** The time on the store's clock. Times are judged by this clock alone. */
  Instant now();

  /** The heads of all spaces, by name. */
  List<LogHead> heads();

  /**
   * The heads that changed since a call that answered with {@code mark}; with 0, all heads. A log
   * that cannot tell what changed answers with all. O(changed).
   */
  default HeadChanges headsSince(long mark) {
    return new HeadChanges(heads(), 0, true);
  }

  /** A mark of this moment for {@link #headsSince}; 0 in a log that cannot tell what changed. */
  default long mark() {
    return headsSince(0).mark();
  }

  /** The heads of those of the spaces that were created, in no order. O(spaces asked for). */
  default List<LogHead> heads(Collection<SpaceName> spaces) {
    return spaces.stream().flatMap(space -> head(space).stream()).toList();
  }

  /** The first {@code limit} heads by name whose space comes after a text. O(limit) in a store. */
  default List<LogHead> headsAfter(String name, int limit) {
    return heads().stream()
        .filter(head -> head.space().text().compareTo(name) > 0)
        .limit(limit)
        .toList();
  }

  /** How many spaces were created. O(spaces), in a store by the entries of an index. */
  default long spaces() {
    return heads().size();
  }

  /** The head of a space, empty when it was never created. */
  Optional<LogHead> head(SpaceName space);

  /**
   * The updates of versions {@code (since, since + limit]}, oldest first, up to {@link
   * #PAGE_BYTES}. If there is any, at least one is answered, so only an empty page is the end of
   * the log.
   *
   * @throws BrokenHistory naming a version of the page that cannot be read, or that is missing
   *     though the head row is not before it
   */
  List<Update> read(SpaceName space, long since, int limit);

  /** Updates that this process has in memory. */
  @FunctionalInterface
  interface InMemory {
    /** The update of that version; null when it is not in memory. */
    @Nullable Update at(SpaceName space, long version);
  }

  /**
   * As the other {@code read}. A record whose bytes are those of an update in memory is not parsed:
   * that update is answered. One of them a page is parsed all the same, to find an update that says
   * something else than its record.
   */
  default List<Update> read(SpaceName space, long since, int limit, InMemory known) {
    return read(space, since, limit);
  }

  /**
   * The leaf hashes of versions {@code (since, since + limit]}, oldest first, as far as there are.
   *
   * @throws BrokenHistory as {@link #read}
   */
  List<Hash> leafHashes(SpaceName space, long since, int limit);

  /**
   * Calls {@code visitor} with the leaf hashes of those versions {@code (since, to]} that are in
   * the log, oldest first. One page of them is held at a time, so a log may have any length.
   */
  default void forEachLeafHash(SpaceName space, long since, long to, Consumer<Hash> visitor) {
    long at = since;
    while (at < to) {
      List<Hash> page = leafHashes(space, at, (int) Math.min(HASH_PAGE, to - at));
      if (page.isEmpty()) {
        return;
      }
      page.forEach(visitor);
      at += page.size();
    }
  }

  /**
   * The updates with the given ids that are in the log, looked up in the order of the ids. When the
   * found ones come to {@link #FOUND_BYTES}, the ids that follow are left for another call; at
   * least one update is answered if there is one.
   */
  Found find(SpaceName space, Collection<UpdateId> ids);

  /** The last version committed at or before {@code time}, 0 when none was. */
  long versionAt(SpaceName space, Instant time);

  /**
   * The newest stored snapshot with a version up to {@code atMost} that can be read. A snapshot
   * that cannot be read is passed over, with a line in the adapter's own log.
   */
  Optional<Snapshot> snapshot(SpaceName space, long atMost);

  /**
   * Calls {@code visitor} with the updates of those versions {@code (since, to]} that are in the
   * log, oldest first, a page at a time. An adapter may read ahead of the visitor.
   */
  default void forEachPage(SpaceName space, long since, long to, Consumer<List<Update>> visitor) {
    long at = since;
    while (at < to) {
      List<Update> page = read(space, at, (int) Math.min(PAGE, to - at));
      if (page.isEmpty()) {
        return;
      }
      visitor.accept(page);
      at += page.size();
    }
  }

  /**
   * A space at version {@code atMost}, or at the log's head when that is lower; empty when it was
   * never created. It is the nearest snapshot plus a {@link Replay}. When the next record does not
   * follow a snapshot, the snapshot before it is taken, and in the end version 0.
   *
   * @throws BrokenHistory when the records do not follow each other or do not lead to the head row
   */
  default Optional<Snapshot> replay(SpaceName space, long atMost) {
    Optional<LogHead> head = head(space);
    if (head.isEmpty()) {
      return Optional.empty();
    }
    Optional<Snapshot> from = snapshot(space, atMost);
    while (true) {
      Snapshot start = from.orElseGet(() -> Snapshot.ofNew(space));
      try {
        Replay replay = new Replay(start);
        forEachPage(space, replay.version(), atMost, page -> page.forEach(replay::add));
        return Optional.of(replay.reaching(head.get(), atMost));
      } catch (BrokenHistory e) {
        if (start.version() == 0 || e.version() > start.version() + 1) {
          throw e; // no older snapshot leads past a record that is wrong
        }
        from = snapshot(space, start.version() - 1);
      }
    }
  }

  /**
   * A version, wherever it was had from, with all that follows it up to the log's head; empty when
   * it is none of this log's. O(versions that follow).
   */
  default Optional<Snapshot> onwards(Snapshot from) {
    LogHead end = head(from.space()).orElse(null);
    if (end == null || end.version() < from.version()) {
      return Optional.empty();
    }
    if (end.version() == from.version()) {
      return end.isSame(from.head()) ? Optional.of(from) : Optional.empty();
    }
    try {
      Replay replay = new Replay(from);
      forEachPage(from.space(), from.version(), end.version(), page -> page.forEach(replay::add));
      return Optional.of(replay.reaching(end, end.version()));
    } catch (BrokenHistory e) {
      return Optional.empty(); // whose fault that is shows a replay from the log alone
    }
  }
}
