package io.mnemogrid.log;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Composition;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Patch;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;

/** The past of one space's document, as its log has it. The calls block on the log. */
public final class History {
  /**
   * One page of a place's history reads about this many records at most, then says where to go on.
   * A version at most this far behind the head is computed back from the head; for an older one the
   * nearest snapshot is read.
   */
  static final int MAX_SCANNED = 20_000;

  private final LogReader log;
  private final LongFunction<Optional<Update>> known;
  private final Snapshot head;
  private final LongFunction<Optional<Snapshot>> at;

  /**
   * The past of the space as seen from a head.
   *
   * @param known the update of a version, where the log need not be read for it
   * @param head the newest version known here
   * @param at reads any version from the log; slow: the nearest snapshot plus a replay
   */
  public History(
      LogReader log,
      LongFunction<Optional<Update>> known,
      Snapshot head,
      LongFunction<Optional<Snapshot>> at) {
    this.log = log;
    this.known = known;
    this.head = head;
    this.at = at;
  }

  /**
   * The patch that makes version {@code from} version {@code to}; both are in the log. O(changes
   * between the two), and O(changes since the newer one) to come to it from the head.
   */
  public Patch diff(long from, long to) {
    if (from == to) {
      return new Patch(List.of());
    }
    long older = Math.min(from, to);
    long newer = Math.max(from, to);
    State after = state(newer);
    Composition between = compose(older, newer);
    State before = undo(after, between.backward(), older);
    return from < to
        ? Patch.of(before, after, between.forward())
        : Patch.of(after, before, between.backward());
  }

  private State state(long version) {
    if (version == head.version()) {
      return head.state();
    }
    if (head.version() - version <= MAX_SCANNED) {
      return undo(head.state(), compose(version, head.version()).backward(), version);
    }
    return at.apply(version)
        .orElseThrow(() -> new BrokenHistory(head.space(), version, "is missing"))
        .state();
  }

  /** The document of an earlier version; its tags are not that version's. */
  private State undo(State state, Changes backward, long version) {
    return state.apply(
        backward, head.head().committed(), new Author("nobody"), Math.max(1, version));
  }

  private Composition compose(long since, long to) {
    Composition composition = new Composition();
    long at = since;
    while (at < to) {
      List<Update> page = log.read(head.space(), at, (int) Math.min(LogReader.PAGE, to - at));
      if (page.isEmpty()) {
        throw new BrokenHistory(head.space(), at + 1, "is missing");
      }
      page.forEach(update -> composition.then(update.fields().changes()));
      at = page.getLast().version();
    }
    return composition;
  }

  /**
   * The updates after version {@code since} that changed a place, until {@code limit} or {@link
   * LogReader#PAGE_BYTES} of them are found, or {@link #MAX_SCANNED} records were read. O(records
   * read).
   */
  public HistoryPage of(Pointer place, long since, int limit) {
    List<Update> found = new ArrayList<>();
    long bytes = 0;
    long scanned = since;
    while (scanned - since < MAX_SCANNED) {
      List<Update> page = log.read(head.space(), scanned, LogReader.PAGE);
      if (page.isEmpty()) {
        return new HistoryPage(found, 0);
      }
      for (Update update : page) {
        if (update.fields().changes().touch(place)) {
          bytes += update.sizeBytes();
          boolean full = found.size() == limit || bytes > LogReader.PAGE_BYTES;
          if (full && !found.isEmpty()) {
            return new HistoryPage(found, scanned);
          }
          found.add(update);
        }
        scanned = update.version();
      }
    }
    return new HistoryPage(found, scanned);
  }

  /** What an author found at a leaf, and with which version that author changed it. */
  private record Found(@Nullable Json value, long version) {}

  /**
   * What goes back when all is undone that an author wrote after version {@code since} and that
   * still stands: each leaf that this author changed last becomes what it was before. A leaf at
   * which others have written since stays, and so does what would stand above or below one. O(what
   * was committed since).
   */
  public Undo undo(Author author, long since) {
    Map<Pointer, Found> before = new TreeMap<>();
    List<Undo.Reader> readers = new ArrayList<>();
    long[] readersInAll = new long[1];
    long[] first = new long[1];
    long at = since;
    while (at < head.version()) {
      int most = (int) Math.min(LogReader.PAGE, head.version() - at);
      List<Update> page = log.read(head.space(), at, most);
      if (page.isEmpty()) {
        throw new BrokenHistory(head.space(), at + 1, "is missing");
      }
      for (Update update : page) {
        Changes changes = update.fields().changes();
        if (update.fields().author().equals(author)) {
          first[0] = first[0] == 0 ? update.version() : first[0];
          note(before, changes, update.version());
        } else {
          changes.added().forEach(change -> before.remove(change.path()));
          changes.modified().forEach(change -> before.remove(change.path()));
          changes.deleted().forEach(change -> before.remove(change.path()));
          if (first[0] > 0 && update.fields().base() >= first[0]) {
            readersInAll[0]++;
            if (readers.size() < Undo.MOST_READERS) {
              readers.add(
                  new Undo.Reader(
                      update.version(),
                      update.fields().author(),
                      update.id(),
                      update.fields().base()));
            }
          }
        }
      }
      at = page.getLast().version();
    }
    return undo(before, readers, readersInAll[0]);
  }

  private static void note(Map<Pointer, Found> before, Changes changes, long version) {
    changes.added().forEach(change -> before.putIfAbsent(change.path(), new Found(null, version)));
    changes
        .modified()
        .forEach(
            change -> before.putIfAbsent(change.path(), new Found(change.oldValue(), version)));
    changes
        .deleted()
        .forEach(
            change -> before.putIfAbsent(change.path(), new Found(change.oldValue(), version)));
  }

  private Undo undo(Map<Pointer, Found> before, List<Undo.Reader> readers, long readersInAll) {
    State now = head.state();
    TreeMap<Pointer, Undo.Place> places = new TreeMap<>();
    List<Undo.Place> gone = new ArrayList<>();
    before.forEach((path, found) -> {
      Cell.Leaf leaf = now.leaf(path);
      Json stands = leaf == null ? null : leaf.value();
      if (!Objects.equals(stands, found.value)) {
        Undo.Place place = new Undo.Place(path, stands, found.value, found.version);
        if (stands == null) {
          gone.add(place);
        } else {
          places.put(path, place);
        }
      }
    });
    List<Pointer> kept = new ArrayList<>();
    gone.sort(Comparator.comparingLong((Undo.Place place) -> -place.version()));
    for (Undo.Place place : gone) {
      if (isFree(place.path(), places)) {
        places.put(place.path(), place);
      } else {
        kept.add(place.path());
      }
    }
    kept.sort(null);
    Changes changes = changes(places.values());
    State then = undo(now, changes, head.version());
    return new Undo(
        head.head(),
        List.copyOf(places.values()),
        kept,
        readers,
        readersInAll,
        Patch.of(now, then, changes));
  }

  /** Whether nothing stands above or below a path once those places are as they were. */
  private boolean isFree(Pointer path, TreeMap<Pointer, Undo.Place> places) {
    for (Pointer above : path.ancestors()) {
      Undo.Place changed = places.get(above);
      boolean stands =
          changed == null ? head.state().leaf(above) != null : changed.before() != null;
      if (stands) {
        return false;
      }
    }
    boolean[] free = {true};
    head.state()
        .forEachLeaf(
            path,
            leaf -> {
              Undo.Place changed = places.get(leaf.path());
              free[0] &= changed != null && changed.before() == null;
            });
    for (Undo.Place below : below(path, places)) {
      free[0] &= below.before() == null;
    }
    return free[0];
  }

  private static Collection<Undo.Place> below(Pointer path, TreeMap<Pointer, Undo.Place> places) {
    Pointer first;
    Pointer end;
    try {
      first = Pointer.parse(path + "/");
      end = Pointer.parse(path + "/\uffff"); // behind all that begin with the first one
    } catch (IllegalArgumentException e) {
      return List.of(); // it is as long as a path may be
    }
    return places.subMap(first, end).values();
  }

  private static Changes changes(Collection<Undo.Place> places) {
    List<Changes.Added> added = new ArrayList<>();
    List<Changes.Deleted> deleted = new ArrayList<>();
    List<Changes.Modified> modified = new ArrayList<>();
    for (Undo.Place place : places) {
      Json stands = place.stands();
      Json before = place.before();
      if (stands == null && before != null) {
        added.add(new Changes.Added(place.path(), before));
      } else if (stands != null && before == null) {
        deleted.add(new Changes.Deleted(place.path(), stands));
      } else if (stands != null && before != null) {
        modified.add(new Changes.Modified(place.path(), before, stands));
      }
    }
    return new Changes(added, deleted, modified);
  }

  /**
   * The newest leaf at or below a place, by the tags of the head, and the record that wrote it.
   * Reads the leaves below and one record.
   */
  public Optional<Blame> blame(Pointer place) {
    Cell.Leaf newest = newestLeaf(place);
    if (newest == null) {
      return Optional.empty();
    }
    long version = newest.tag().version();
    Update update =
        known
            .apply(version)
            .or(() -> log.read(head.space(), version - 1, 1).stream().findFirst())
            .orElseThrow(() -> new BrokenHistory(head.space(), version, "is missing"));
    return Optional.of(new Blame(newest.path(), update));
  }

  private Cell.@Nullable Leaf newestLeaf(Pointer place) {
    State state = head.state();
    Cell.Leaf[] newest = new Cell.Leaf[1];
    state.forEachLeaf(
        place,
        leaf -> {
          if (newest[0] == null || newest[0].tag().version() < leaf.tag().version()) {
            newest[0] = leaf;
          }
        });
    boolean inArray = newest[0] == null && state.value(place) != null;
    return inArray ? state.leafAbove(place) : newest[0];
  }
}
