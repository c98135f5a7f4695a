package io.mnemogrid.merge;

import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.OldTombstones;
import io.mnemogrid.state.Overrode;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Superseded;
import io.mnemogrid.state.Tag;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a delta means against a head: a pure function, no clock, no randomness, no I/O.
 *
 * <p>A <em>rival</em> of a change is a leaf that it would change, or a tombstone where it would
 * write. One with a version up to the delta's base was seen. A change without unseen rivals
 * applies. A change with unseen rivals applies if its (timestamp, author) is greater than or equal
 * to that of each of them; at equality the later in the log wins, and that is this one. Otherwise
 * the whole change is superseded by the greatest of them. So an author who saw the current value
 * always wins over it, whatever the clocks say. In a list of deltas that are committed as one, each
 * delta has seen what those before it wrote.
 *
 * <p>All changes are judged against the head, not against each other: their paths do not overlap.
 * Cost is O(leaves changed · log leaves).
 */
public final class Resolver {
  /** Why a document cannot be another value. */
  static final String ROOT_IS_AN_OBJECT = "the root of a document is an object";

  private static final Comparator<Rival> BY_STRENGTH =
      Comparator.comparing((Rival rival) -> rival.tag().time())
          .thenComparing(rival -> rival.tag().author())
          .thenComparing(rival -> rival.tag().version());

  private final State head;
  private final long version;
  private final long began;
  private final Delta delta;
  private final OldTombstones old;
  private final List<Superseded> superseded = new ArrayList<>();
  private final TreeMap<Pointer, Overrode> overrode = new TreeMap<>();
  private final NavigableMap<Pointer, Json> removed = new TreeMap<>();
  private final NavigableMap<Pointer, Json> added = new TreeMap<>();
  private final NavigableMap<Pointer, Changes.Modified> modified = new TreeMap<>();
  private final Map<Pointer, Integer> membersDeleted = new HashMap<>();

  /** A write to one path that a change would undo; {@code value} is null for a tombstone. */
  private record Rival(Pointer path, @Nullable Json value, Tag tag) {}

  private Resolver(State head, long version, long began, Delta delta, OldTombstones old) {
    this.old = old;
    this.head = head;
    this.version = version;
    this.began = began;
    this.delta = delta;
  }

  /** What {@code delta} means against the document {@code head} at {@code version}. */
  public static Resolution resolve(State head, long version, Delta delta) {
    return resolve(head, version, version, delta);
  }

  /**
   * As {@link #resolve(State, long, Delta)}, for a delta of a list.
   *
   * @param began the version at which the list began; later versions are the list's own and count
   *     as seen
   */
  public static Resolution resolve(State head, long version, long began, Delta delta) {
    return resolve(head, version, began, delta, OldTombstones.NONE);
  }

  /**
   * As {@link #resolve(State, long, long, Delta)}, for a delta whose base may be older than the
   * tombstones that the head holds.
   *
   * @param old what {@link Recall} of the delta found. If the base is older than {@code version}
   *     less {@link State#REMEMBERED_VERSIONS}, no tombstone up to there is missing
   */
  public static Resolution resolve(
      State head, long version, long began, Delta delta, OldTombstones old) {
    return new Resolver(head, version, began, delta, old).resolve();
  }

  private Resolution resolve() {
    return switch (delta) {
      case Delta.Edit edit -> merge(edit);
      case Delta.Rollback rollback -> rollBack(rollback);
      case Delta.Patch patch -> patch(patch);
    };
  }

  /**
   * A patch has seen the head that it is judged against, so it loses nothing and beats nothing. It
   * takes no version where it changes nothing.
   */
  private Resolution patch(Delta.Patch patch) {
    Patching.Outcome outcome = Patching.play(head, patch.body());
    Refusal refusal = outcome.refusal() == null ? malformed(outcome.changes()) : outcome.refusal();
    if (refusal == null && patch.body() instanceof PatchBody.Merge) {
      refusal = mergedReserved(outcome.changes());
    }
    if (refusal != null) {
      return new Resolution.Refused(refusal);
    }
    for (Change change : outcome.changes()) {
      switch (change) {
        case Change.Put put -> put(put, writes(put));
        case Change.Delete delete -> delete(delete);
      }
    }
    leaveEmptyObjects();
    Changes changes = changes();
    return changes.count() == 0 ? new Resolution.Unchanged() : accept(changes, false);
  }

  /**
   * All that came since counts as seen, so nothing can be lost or beaten. O(leaves that differ).
   */
  private Resolution rollBack(Delta.Rollback rollback) {
    if (rollback.to() > version) {
      return new Resolution.Refused(new Refusal.VersionAhead(rollback.to(), version));
    }
    State target = rollback.target();
    if (target == null) {
      throw new IllegalStateException(
          "version " + rollback.to() + " was not there yet when it was read; send it again");
    }
    return accept(withoutReserved(head.changesTo(target)), true);
  }

  /** A rollback leaves what is reserved as it stands. */
  private static Changes withoutReserved(Changes changes) {
    boolean touches =
        changes.added().stream().anyMatch(change -> Reserved.covers(change.path()))
            || changes.deleted().stream().anyMatch(change -> Reserved.covers(change.path()))
            || changes.modified().stream().anyMatch(change -> Reserved.covers(change.path()));
    return !touches
        ? changes
        : new Changes(
            changes.added().stream().filter(change -> !Reserved.covers(change.path())).toList(),
            changes.deleted().stream().filter(change -> !Reserved.covers(change.path())).toList(),
            changes.modified().stream().filter(change -> !Reserved.covers(change.path())).toList());
  }

  /**
   * The refusal of a merge patch that would change what is reserved, or null. A merge patch names
   * the root alone.
   */
  private @Nullable Refusal mergedReserved(List<Change> changes) {
    for (Change change : changes) {
      Json value = change instanceof Change.Put put ? put.value() : null;
      if (Reserved.covers(change.path()) && !Objects.equals(value, head.value(change.path()))) {
        return Refusal.Policy.ofReserved(change.path());
      }
    }
    return null;
  }

  /**
   * The refusal of a set of the root that has another reserved part than what stands, or null. The
   * one that stands may be sent along, as who read it has it.
   */
  private @Nullable Refusal setsReserved(Change.Put put) {
    Json reserved = put.path().equals(Pointer.ROOT) ? put.value().member(Reserved.NAME) : null;
    return reserved == null || reserved.equals(head.value(Reserved.PLACE))
        ? null
        : Refusal.Policy.ofReserved(put.path());
  }

  /** The versions that the changes take: one, or where a record does not hold them, several. */
  private Resolution accept(Changes changes, boolean recovers) {
    List<Overrode> beaten = List.copyOf(overrode.values());
    List<Parts.Part> parts = Parts.of(changes, superseded, beaten, recovers);
    if (parts.isEmpty()) {
      return new Resolution.Refused(
          new Refusal.TooLarge(
              Parts.sizeBytes(changes, superseded, beaten), Resolution.MAX_RECORD_BYTES));
    }
    List<Resolution.Accepted> before = new ArrayList<>();
    State at = head;
    for (Parts.Part part : parts.subList(0, parts.size() - 1)) {
      at = apply(at, part.changes(), before.size());
      before.add(new Resolution.Accepted(at, part.changes(), part.superseded(), part.overrode()));
    }
    Parts.Part last = parts.getLast();
    return new Resolution.Accepted(
        apply(at, last.changes(), before.size()),
        last.changes(),
        last.superseded(),
        last.overrode(),
        before);
  }

  private State apply(State at, Changes changes, int taken) {
    return at.apply(changes, delta.timestamp(), delta.author(), version + 1 + taken);
  }

  private Resolution merge(Delta.Edit edit) {
    Refusal refusal = malformed(edit.changes());
    if (refusal == null && edit.base() > version) {
      refusal = new Refusal.VersionAhead(edit.base(), version);
    }
    if (refusal == null && edit.strict()) {
      refusal = strictConflict(edit);
    }
    if (refusal != null) {
      return new Resolution.Refused(refusal);
    }
    edit.changes().forEach(this::judge);
    leaveEmptyObjects();
    superseded.sort(Comparator.comparing(Superseded::path).thenComparing(Superseded::byVersion));
    return accept(changes(), false);
  }

  private @Nullable Refusal malformed(List<Change> changes) {
    Refusal overlap = overlap(changes);
    if (overlap != null) {
      return overlap;
    }
    for (Change change : changes) {
      Cell.Leaf above = head.leafAbove(change.path());
      if (above != null && above.value() instanceof Json.Arr) {
        return new Refusal.PathThroughArray(change.path(), above.path());
      }
      Refusal bad = change instanceof Change.Put put ? badValue(put) : null;
      if (bad == null && change instanceof Change.Put put) {
        bad = setsReserved(put);
      }
      if (bad != null) {
        return bad;
      }
    }
    return null;
  }

  private static @Nullable Refusal overlap(List<Change> changes) {
    if (changes.size() == 1) {
      return null;
    }
    Set<Pointer> paths = new HashSet<>();
    for (Change change : changes) {
      if (!paths.add(change.path())) {
        return new Refusal.OverlappingPaths(change.path(), change.path());
      }
    }
    for (Pointer path : paths) {
      for (Pointer above : path.ancestors()) {
        if (paths.contains(above)) {
          return new Refusal.OverlappingPaths(above, path);
        }
      }
    }
    return null;
  }

  private static @Nullable Refusal badValue(Change.Put put) {
    if (put.path().equals(Pointer.ROOT) && !(put.value() instanceof Json.Obj)) {
      return new Refusal.BadValue(put.path(), ROOT_IS_AN_OBJECT);
    }
    if (put.path().depth() + put.value().nesting() > Pointer.MAX_DEPTH) {
      return new Refusal.BadValue(
          put.path(), "path segments plus nesting are over " + Pointer.MAX_DEPTH);
    }
    try {
      for (Map.Entry<Pointer, Json> leaf : writes(put).entrySet()) {
        if (mayBeTooLarge(leaf.getValue()) && leaf.getValue().sizeBytes() > State.MAX_LEAF_BYTES) {
          return new Refusal.BadValue(
              leaf.getKey(), "a leaf has at most 256 KiB of canonical JSON");
        }
      }
      return null;
    } catch (IllegalArgumentException e) {
      return new Refusal.BadValue(put.path(), "below it, " + e.getMessage());
    }
  }

  private static boolean mayBeTooLarge(Json leaf) {
    return switch (leaf) {
      case Json.Str string -> string.value().length() > State.MAX_LEAF_BYTES / 6;
      case Json.Arr _, Json.Obj _ -> true;
      case Json.Null _, Json.Bool _, Json.Num _ -> false;
    };
  }

  private @Nullable Refusal strictConflict(Delta.Edit edit) {
    Set<Pointer> conflicts = new LinkedHashSet<>();
    for (Change change : edit.changes()) {
      Json old = change.oldValue();
      if (old != null && !stands(change.path(), old)) {
        conflicts.add(change.path());
      }
      for (Rival rival : unseen(rivals(change))) {
        conflicts.add(rival.path());
      }
    }
    for (Pointer read : edit.reads()) {
      for (Rival rival : unseen(changedAround(read))) {
        conflicts.add(rival.path());
      }
    }
    if (conflicts.isEmpty() && old.isCut() && edit.base() < old.upTo()) {
      edit.reads().stream().limit(1).forEach(conflicts::add);
    }
    return conflicts.isEmpty()
        ? null
        : new Refusal.StrictConflict(
            conflicts.stream().limit(Refusal.StrictConflict.MAX_TOLD).map(this::standing).toList(),
            version);
  }

  /** Whether a value stands at a path; at the root, it may lack what is reserved. */
  private boolean stands(Pointer path, Json value) {
    Json standing = head.value(path);
    return value.equals(standing)
        || path.equals(Pointer.ROOT)
            && standing instanceof Json.Obj document
            && value.equals(Reserved.without(document));
  }

  private Refusal.StrictConflict.Standing standing(Pointer path) {
    Cell.Leaf leaf = head.leaf(path);
    Tag tag = leaf == null ? tombstone(path) : leaf.tag();
    int most = Refusal.StrictConflict.MAX_VALUE_BYTES;
    boolean large = head.sizeBytes(path, most) > most;
    return new Refusal.StrictConflict.Standing(path, large ? null : head.value(path), tag, large);
  }

  private List<Rival> changedAround(Pointer read) {
    List<Rival> around = new ArrayList<>();
    head.forEachLeaf(read, leaf -> around.add(rival(leaf)));
    Cell.Leaf above = head.leafAbove(read);
    if (above != null) {
      around.add(rival(above));
    }
    head.forEachTombstoneAround(read, (path, tag) -> around.add(new Rival(path, null, tag)));
    State.forEachAround(
        old.byPath(),
        read,
        (path, tag) -> {
          if (tag.equals(tombstone(path))) {
            around.add(new Rival(path, null, tag));
          }
        });
    return around;
  }

  /** The tombstone at a path, of the head or of the old ones; null where there is none. */
  private @Nullable Tag tombstone(Pointer path) {
    Tag tag = head.tombstones().get(path);
    return tag != null || old.byPath().isEmpty() || head.leaf(path) != null
        ? tag
        : old.byPath().get(path);
  }

  private static Rival rival(Cell.Leaf leaf) {
    return new Rival(leaf.path(), leaf.value(), leaf.tag());
  }

  /** The rivals without those that the author has seen. */
  private List<Rival> unseen(List<Rival> rivals) {
    rivals.removeIf(
        rival -> rival.tag().version() <= delta.base() || rival.tag().version() > began);
    return rivals;
  }

  private List<Rival> rivals(Change change) {
    return switch (change) {
      case Change.Put put -> rivals(put, writes(put));
      case Change.Delete delete -> {
        List<Rival> rivals = new ArrayList<>();
        forEachLeaf(delete.path(), leaf -> rivals.add(rival(leaf)));
        yield rivals;
      }
    };
  }

  private List<Rival> rivals(Change.Put put, Map<Pointer, Json> writes) {
    List<Rival> rivals = new ArrayList<>();
    int[] same = new int[1];
    forEachLeaf(
        put.path(),
        leaf -> {
          if (leaf.value().equals(writes.get(leaf.path()))) {
            same[0]++;
          } else {
            rivals.add(rival(leaf));
          }
        });
    if (rivals.isEmpty() && same[0] == writes.size()) {
      return rivals; // it stands already: nothing to win or lose
    }
    Cell.Leaf above = head.leafAbove(put.path());
    if (above != null && !(above.value() instanceof Json.Obj)) {
      rivals.add(rival(above));
    }
    if (!head.tombstones().isEmpty() || !old.byPath().isEmpty()) {
      addTombstone(put.path(), rivals);
      for (Pointer path : writes.keySet()) {
        if (!path.equals(put.path())) {
          addTombstone(path, rivals);
        }
      }
    }
    return rivals;
  }

  private void addTombstone(Pointer path, List<Rival> rivals) {
    Tag tag = tombstone(path);
    if (tag != null) {
      rivals.add(new Rival(path, null, tag));
    }
  }

  /**
   * The leaves that a change writes, in a map that must not be changed. Throws where a path below
   * it is over a limit.
   */
  private static Map<Pointer, Json> writes(Change.Put put) {
    Map<Pointer, Json> known = put.leaves();
    boolean touchesReserved =
        put.path().equals(Pointer.ROOT) && put.value().member(Reserved.NAME) != null;
    if (known != null && !touchesReserved) {
      return known;
    }
    Map<Pointer, Json> writes = new HashMap<>();
    State.forEachLeafOf(put.path(), put.value(), writes::put);
    if (touchesReserved) {
      writes.keySet().removeIf(Reserved::covers);
    }
    return writes;
  }

  /** The leaves at and below a path that a change there concerns: of the root, all but reserved. */
  private void forEachLeaf(Pointer path, Consumer<Cell.Leaf> visitor) {
    if (!path.equals(Pointer.ROOT)) {
      head.forEachLeaf(path, visitor);
      return;
    }
    head.forEachLeaf(
        path,
        leaf -> {
          if (!Reserved.covers(leaf.path())) {
            visitor.accept(leaf);
          }
        });
  }

  private void judge(Change change) {
    Map<Pointer, Json> writes = change instanceof Change.Put put ? writes(put) : Map.of();
    List<Rival> unseen =
        unseen(change instanceof Change.Put put ? rivals(put, writes) : rivals(change));
    Rival greatest = unseen.isEmpty() ? null : Collections.max(unseen, BY_STRENGTH);
    if (greatest != null && !beats(greatest.tag())) {
      Json value = change instanceof Change.Put put ? put.value() : null;
      superseded.add(
          new Superseded(change.path(), value, greatest.tag().author(), greatest.tag().version()));
      return;
    }
    for (Rival rival : unseen) {
      overrode.put(
          rival.path(),
          new Overrode(rival.path(), rival.value(), rival.tag().author(), rival.tag().version()));
    }
    switch (change) {
      case Change.Put put -> put(put, writes);
      case Change.Delete delete -> delete(delete);
    }
  }

  private boolean beats(Tag rival) {
    int order = delta.timestamp().compareTo(rival.time());
    return order > 0 || order == 0 && delta.author().compareTo(rival.author()) >= 0;
  }

  private void put(Change.Put put, Map<Pointer, Json> all) {
    Map<Pointer, Json> writes = new HashMap<>(all); // less what stands already
    forEachLeaf(
        put.path(),
        leaf -> {
          Json value = writes.remove(leaf.path());
          if (value == null) {
            removed.put(leaf.path(), leaf.value());
          } else if (!value.equals(leaf.value())) {
            modified.put(leaf.path(), new Changes.Modified(leaf.path(), value, leaf.value()));
          }
        });
    if (!writes.isEmpty()) {
      Cell.Leaf above = head.leafAbove(put.path());
      if (above != null) {
        removed.put(above.path(), above.value());
      }
    }
    added.putAll(writes);
  }

  private void delete(Change.Delete delete) {
    if (head.cell(delete.path()) == null) {
      return;
    }
    forEachLeaf(delete.path(), leaf -> removed.put(leaf.path(), leaf.value()));
    if (!delete.path().equals(Pointer.ROOT)) {
      membersDeleted.merge(delete.path().parent(), 1, Integer::sum);
    }
  }

  /** Removing an object's last member leaves {@code {}} there (RFC 6902), except at the root. */
  private void leaveEmptyObjects() {
    membersDeleted.forEach((path, count) -> {
      if (!path.equals(Pointer.ROOT)
          && head.cell(path) instanceof Cell.Branch branch
          && branch.members().size() == count
          && !addsBelow(path)) {
        added.put(path, Json.EMPTY_OBJECT);
      }
    });
  }

  private boolean addsBelow(Pointer path) {
    Pointer next = added.ceilingKey(path.child(""));
    return next != null && path.isAbove(next);
  }

  private Changes changes() {
    List<Changes.Added> adds = new ArrayList<>();
    added.forEach((path, value) -> adds.add(new Changes.Added(path, value)));
    List<Changes.Deleted> deletes = new ArrayList<>();
    removed.forEach((path, value) -> deletes.add(new Changes.Deleted(path, value)));
    return new Changes(adds, deletes, List.copyOf(modified.values()));
  }
}
