package io.mnemogrid.log;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * The append-only log of every space, to read: the truth that all else is derived from. Calls block
 * on I/O and throw {@link LogUnavailable} when the store cannot be reached; safe for all threads.
 */
public interface LogReader {
  /** Updates that are read at once where many are. */
  int PAGE = 1000;

  /** A page of records ends at so many bytes of their text, or after one record. */
  int PAGE_BYTES = 4 << 20;

  /** A look-up of ids answers at most so many bytes of records, or one record. */
  long FOUND_BYTES = 16L << 20;

  /** Leaf hashes that are read at once where many are: half a megabyte. */
  int HASH_PAGE = 10_000;

  /** The store's clock, the only one that anything is judged by. */
  Instant now();

  /** The heads of all spaces, by name. */
  List<LogHead> heads();

  /** The head of a space, empty when it was never created. */
  Optional<LogHead> head(SpaceName space);

  /** The policy a space was created with, as given; empty when it was never created. */
  Optional<String> policy(SpaceName space);

  /**
   * The first updates of versions {@code (since, since + limit]}, oldest first: as many as there
   * are and {@link #PAGE_BYTES} hold, and one in any case. Only an empty page is the log's end.
   *
   * @throws BrokenHistory naming a version of the page that cannot be read, or that is missing
   *     though the head row is not before it
   */
  List<Update> read(SpaceName space, long since, int limit);

  /**
   * The leaf hashes of versions {@code (since, since + limit]}, oldest first, as far as there are.
   *
   * @throws BrokenHistory as {@link #read}
   */
  List<Hash> leafHashes(SpaceName space, long since, int limit);

  /**
   * Calls {@code visitor} with the leaf hashes of versions {@code (since, to]}, oldest first, as
   * far as there are. A page of them is held at a time, so that a log may have any length.
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
   * Those of the given ids that stand in the log, in the order of the ids: as many as have {@link
   * #FOUND_BYTES} together, and one in any case. A caller that wants the others asks again for what
   * is left.
   */
  Found find(SpaceName space, Collection<UpdateId> ids);

  /** The last version committed at or before {@code time}, 0 when none was. */
  long versionAt(SpaceName space, Instant time);

  /**
   * The newest stored snapshot with a version up to {@code atMost} that can be read; one that
   * cannot is passed over, and the adapter's log says so.
   */
  Optional<Snapshot> snapshot(SpaceName space, long atMost);

  /**
   * Calls {@code visitor} with the updates of versions {@code (since, to]}, oldest first, as far as
   * there are, a page at a time. An adapter may read ahead of the visitor.
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
   * never created. Nearest snapshot plus {@link Replay}; a snapshot that the next record does not
   * follow is passed over for the one before it, and for version 0 in the end.
   *
   * @throws BrokenHistory when what is read does not follow, or does not lead to the head row
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
}
