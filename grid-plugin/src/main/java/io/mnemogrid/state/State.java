package io.mnemogrid.state;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * The document of a space at one version: leaves with their tags, the tombstones of removed leaves,
 * and the state root. Immutable; versions share what they have in common.
 *
 * <p>The trie of cells is the map of paths and the commitment at once. An object's cell knows the
 * places of its members, so a subtree is found by walking down; changing a value touches one trie
 * path and no object. A write costs O(changes · log leaves), a read O(log leaves).
 */
public final class State {
  /** Greatest size of one leaf in canonical bytes. */
  public static final int MAX_LEAF_BYTES = 256 << 10;

  /**
   * A state holds the tombstones of this many newest versions of its space. A leaf that is written
   * where one of them stands takes its time into account. So the number is part of what a history
   * means: with another number, a replay of the same log gives other tags. Older tombstones are
   * read from the store where they count ({@link OldTombstones}), so a state does not grow with all
   * that was ever removed.
   */
  public static final long REMEMBERED_VERSIONS = 10_000;

  /** What a leaf takes in memory besides its path and its value, roughly. */
  public static final int LEAF_BYTES = 400;

  /** The document {@code {}}. */
  public static final State EMPTY =
      new State(
          Trie.empty(),
          new Cell.Branch(Pointer.ROOT, TreePMap.empty()),
          TreePMap.empty(),
          TreePMap.empty(),
          0,
          0);

  private final Trie<Cell> trie;
  private final Cell.Branch top;
  private final TreePMap<Pointer, Tag> tombstones;

  /** The paths that each version removed, to find the oldest tombstones. A path may stand again. */
  private final TreePMap<Long, List<Pointer>> removed;

  private final int leaves;
  private final long sizeBytes;

  State(
      Trie<Cell> trie,
      Cell.Branch top,
      TreePMap<Pointer, Tag> tombstones,
      TreePMap<Long, List<Pointer>> removed,
      int leaves,
      long sizeBytes) {
    this.trie = trie;
    this.top = top;
    this.tombstones = tombstones;
    this.removed = removed;
    this.leaves = leaves;
    this.sizeBytes = sizeBytes;
  }

  /** The state root (FORMATS §3). The first call hashes what the last change copied. */
  public Hash root() {
    return trie.root();
  }

  /** Number of leaves. */
  public int leaves() {
    return leaves;
  }

  /** Bytes of the paths and the values of all leaves, each as canonical JSON. */
  public long sizeBytes() {
    return sizeBytes;
  }

  /** About how much memory it takes: {@link #sizeBytes} and {@link #LEAF_BYTES} for each leaf. */
  public long footprintBytes() {
    return sizeBytes + (long) leaves * LEAF_BYTES;
  }

  /** The trie of leaves and non-empty objects, for proofs. */
  public Trie<Cell> trie() {
    return trie;
  }

  /**
   * The tombstones, by path: the tag of the update that removed the leaf there. Only those of the
   * newest {@link #REMEMBERED_VERSIONS} versions, and only where no leaf was written since.
   */
  public Map<Pointer, Tag> tombstones() {
    return tombstones;
  }

  /** The object at the root. */
  Cell.Branch top() {
    return top;
  }

  /** The {@link #tombstones()} as the map that an edit changes into the next one. */
  TreePMap<Pointer, Tag> tombstoneMap() {
    return tombstones;
  }

  /** The paths that each version removed. A path may stand again. */
  TreePMap<Long, List<Pointer>> removed() {
    return removed;
  }

  /** The tombstones of versions after {@code version}. O(what was removed since). */
  public NavigableMap<Pointer, Tag> tombstonesSince(long version) {
    TreeMap<Pointer, Tag> since = new TreeMap<>();
    removed
        .tailMap(version, false)
        .forEach((at, paths) -> {
          for (Pointer path : paths) {
            Tag tag = tombstones.get(path);
            if (tag != null && tag.version() == at) {
              since.put(path, tag);
            }
          }
        });
    return since;
  }

  /**
   * Calls {@code visitor} with the tombstones at, above and below a path. O(those below · log
   * tombstones + depth · log tombstones).
   */
  public void forEachTombstoneAround(Pointer path, BiConsumer<Pointer, Tag> visitor) {
    forEachAround(tombstones, path, visitor);
  }

  /** Does what {@link #forEachTombstoneAround} does for any tombstones. */
  public static void forEachAround(
      NavigableMap<Pointer, Tag> tombstones, Pointer path, BiConsumer<Pointer, Tag> visitor) {
    if (tombstones.isEmpty()) {
      return;
    }
    for (Pointer above : path.ancestors()) {
      visitAt(tombstones, above, visitor);
    }
    visitAt(tombstones, path, visitor);
    Pointer at = tombstones.ceilingKey(path.beforeAllBelow());
    while (at != null && path.isAbove(at)) {
      visitAt(tombstones, at, visitor);
      at = tombstones.higherKey(at);
    }
  }

  private static void visitAt(
      Map<Pointer, Tag> tombstones, Pointer path, BiConsumer<Pointer, Tag> visitor) {
    Tag tag = tombstones.get(path);
    if (tag != null) {
      visitor.accept(path, tag);
    }
  }

  /** The cell at exactly this path, or null. */
  public @Nullable Cell cell(Pointer path) {
    return path.equals(Pointer.ROOT) ? top : trie.get(path.key());
  }

  /** The leaf at exactly this path, or null. */
  public Cell.@Nullable Leaf leaf(Pointer path) {
    return trie.get(path.key()) instanceof Cell.Leaf leaf ? leaf : null;
  }

  /**
   * The value at a path, following RFC 6901 also into arrays, or null where nothing stands. An
   * object is assembled: O(its leaves).
   */
  public @Nullable Json value(Pointer path) {
    Cell cell = cell(path);
    if (cell != null) {
      return value(cell);
    }
    Cell.Leaf above = leafAbove(path);
    return above == null ? null : walk(above.value(), path, above.path().depth());
  }

  private static @Nullable Json walk(Json from, Pointer path, int depth) {
    Json at = from;
    List<String> segments = path.segments();
    for (String segment : segments.subList(depth, segments.size())) {
      at = at.member(segment);
      if (at == null) {
        return null;
      }
    }
    return at;
  }

  private Json value(Cell cell) {
    return switch (cell) {
      case Cell.Leaf leaf -> leaf.value();
      case Cell.Branch branch -> {
        Map<String, Json> members = new TreeMap<>();
        branch.members().forEach((name, place) -> members.put(name, value(standing(place))));
        yield new Json.Obj(members);
      }
    };
  }

  /**
   * Length of the canonical JSON of what stands at a path, 0 where nothing does. If it is more than
   * {@code enough}, the answer is any number above that. O(leaves below, up to enough bytes).
   */
  public long sizeBytes(Pointer path, long enough) {
    Cell cell = cell(path);
    if (cell != null) {
      return sizeBytes(cell, enough);
    }
    Json value = value(path);
    return value == null ? 0 : value.sizeBytes();
  }

  private long sizeBytes(Cell cell, long enough) {
    return switch (cell) {
      case Cell.Leaf leaf -> leaf.value().sizeBytes();
      case Cell.Branch branch -> {
        long bytes = 2 + Math.max(0, branch.members().size() - 1);
        for (Map.Entry<String, Pointer> member : branch.members().entrySet()) {
          if (bytes > enough) {
            break;
          }
          bytes += Json.sizeBytes(member.getKey()) + 1;
          bytes += sizeBytes(standing(member.getValue()), enough - bytes);
        }
        yield bytes;
      }
    };
  }

  /**
   * Whether what stands at a path has at most so many bytes as canonical JSON, judged by what each
   * leaf has counted of its path and value, so of a part of a leaf by the whole leaf. It says no of
   * some that have, and yes of none that has not. Looks into no value: O(leaves below, up to
   * bytes).
   */
  public boolean isAtMost(Pointer path, int bytes) {
    Cell cell = cell(path);
    if (cell == null) {
      Cell.Leaf above = leafAbove(path);
      return above == null || above.sizeBytes() <= bytes;
    }
    return counted(cell, bytes) <= bytes;
  }

  private long counted(Cell cell, long enough) {
    if (cell instanceof Cell.Leaf leaf) {
      return leaf.sizeBytes();
    }
    long bytes = 2;
    for (Pointer place : ((Cell.Branch) cell).members().values()) {
      if (bytes > enough) {
        break;
      }
      bytes += 2 + counted(standing(place), enough - bytes);
    }
    return bytes;
  }

  /**
   * How much work it is to change all that stands at a path: a leaf and each further KiB count one.
   * If it is more than {@code enough}, the answer is any number above that. O(leaves below, up to
   * enough).
   */
  public long weigh(Pointer path, long enough) {
    Cell cell = cell(path);
    return cell == null ? 0 : weigh(cell, enough);
  }

  private long weigh(Cell cell, long enough) {
    return switch (cell) {
      case Cell.Leaf leaf -> 1 + (leaf.sizeBytes() >> 10);
      case Cell.Branch branch -> {
        long weight = 1;
        for (Pointer place : branch.members().values()) {
          if (weight > enough) {
            break;
          }
          weight += weigh(standing(place), enough - weight);
        }
        yield weight;
      }
    };
  }

  /** The whole document. */
  public Json.Obj document() {
    return (Json.Obj) value(top);
  }

  private Cell standing(Pointer place) {
    Cell cell = trie.get(place.key());
    if (cell == null) {
      throw new IllegalStateException("an object names " + place + ", where nothing stands");
    }
    return cell;
  }

  /** The leaf strictly above a path, or null. O(1) where something stands at the path itself. */
  public Cell.@Nullable Leaf leafAbove(Pointer path) {
    if (trie.get(path.key()) != null) {
      return null; // all above it are objects
    }
    Cell at = top;
    for (String segment : path.segments()) {
      switch (at) {
        case Cell.Leaf leaf -> {
          return leaf;
        }
        case Cell.Branch branch -> {
          Pointer place = branch.members().get(segment);
          if (place == null) {
            return null;
          }
          at = standing(place);
        }
      }
    }
    return null;
  }

  /** Calls {@code visitor} with each leaf at or below a path, in the order of the paths. */
  public void forEachLeaf(Pointer path, Consumer<Cell.Leaf> visitor) {
    Cell cell = cell(path);
    if (cell != null) {
      visit(cell, visitor);
    }
  }

  private void visit(Cell cell, Consumer<Cell.Leaf> visitor) {
    switch (cell) {
      case Cell.Leaf leaf -> visitor.accept(leaf);
      case Cell.Branch branch ->
          branch.members().values().forEach(place -> visit(standing(place), visitor));
    }
  }

  /** How many leaves {@code value} is made of: 1 unless it is an object that is not empty. */
  public static int countLeavesOf(Json value) {
    if (!(value instanceof Json.Obj object) || object.isEmpty()) {
      return 1;
    }
    int count = 0;
    for (Json member : object.members().values()) {
      count += countLeavesOf(member);
    }
    return count;
  }

  /**
   * Calls {@code visitor} with the leaves that {@code value} at {@code path} is made of: the value
   * itself, or those of a non-empty object's members.
   */
  public static void forEachLeafOf(Pointer path, Json value, BiConsumer<Pointer, Json> visitor) {
    if (value instanceof Json.Obj object && !object.isEmpty()) {
      object.members().forEach((name, member) -> forEachLeafOf(path.child(name), member, visitor));
    } else if (!path.equals(Pointer.ROOT)) {
      visitor.accept(path, value);
    }
  }

  /**
   * The next version: this one with {@code changes}, whose leaves get the tag of the update. A
   * leaf's time is the latest of {@code timestamp}, the times of what the update replaced or
   * removed at, above or below its path, and the time of the tombstone at its path, if that is of
   * one of the {@link #REMEMBERED_VERSIONS} before this one.
   *
   * @throws IllegalStateException when the changes do not fit this version
   */
  public State apply(Changes changes, Instant timestamp, Author author, long version) {
    return new StateEdit(this, changes, timestamp, author, version)
        .apply()
        .forgettingTo(version - REMEMBERED_VERSIONS);
  }

  /**
   * The changes that make this document that of {@code target}; tags and tombstones do not matter.
   * O(leaves that differ · log leaves).
   */
  public Changes changesTo(State target) {
    TreeMap<Pointer, Changes.Added> added = new TreeMap<>();
    TreeMap<Pointer, Changes.Deleted> deleted = new TreeMap<>();
    TreeMap<Pointer, Changes.Modified> modified = new TreeMap<>();
    trie.forEachDifference(
        target.trie,
        (here, there) -> {
          Cell.Leaf old = here instanceof Cell.Leaf leaf ? leaf : null;
          Cell.Leaf wanted = there instanceof Cell.Leaf leaf ? leaf : null;
          if (old == null) {
            if (wanted != null) {
              added.put(wanted.path(), new Changes.Added(wanted.path(), wanted.value()));
            }
          } else if (wanted == null) {
            deleted.put(old.path(), new Changes.Deleted(old.path(), old.value()));
          } else {
            modified.put(old.path(), new Changes.Modified(old.path(), wanted.value(), old.value()));
          }
        });
    return new Changes(
        List.copyOf(added.values()), List.copyOf(deleted.values()), List.copyOf(modified.values()));
  }

  /**
   * The state with the given leaves and tombstones: how a snapshot is read back. O(leaves · log
   * leaves), without the versions between.
   *
   * @throws IllegalStateException when two leaves stand at one path, or one below another
   */
  public static State of(List<Cell.Leaf> leaves, Map<Pointer, Tag> tombstones) {
    Map<Pointer, TreeMap<String, Pointer>> objects = new HashMap<>();
    objects.put(Pointer.ROOT, new TreeMap<>());
    List<Cell> cells = new ArrayList<>(leaves.size() + leaves.size() / 4);
    for (Cell.Leaf leaf : leaves) {
      if (leaf.path().equals(Pointer.ROOT)) {
        throw new IllegalStateException("a leaf stands in place of the document");
      }
      cells.add(leaf);
      Pointer place = leaf.path();
      boolean known = false;
      while (!known && !place.equals(Pointer.ROOT)) {
        Pointer above = place.parent();
        TreeMap<String, Pointer> members = objects.get(above);
        known = members != null;
        if (members == null) {
          members = new TreeMap<>();
          objects.put(above, members);
        }
        members.put(place.lastSegment(), place);
        place = above;
      }
    }
    TreeMap<String, Pointer> topmost = Objects.requireNonNull(objects.remove(Pointer.ROOT));
    objects.forEach(
        (path, members) -> cells.add(new Cell.Branch(path, TreePMap.fromSortedMap(members))));
    return new State(
        Trie.of(cells), // refuses a leaf where an object or another leaf stands
        new Cell.Branch(Pointer.ROOT, TreePMap.fromSortedMap(topmost)),
        TreePMap.from(tombstones),
        byVersion(tombstones),
        leaves.size(),
        leaves.stream().mapToLong(Cell.Leaf::sizeBytes).sum());
  }

  private static TreePMap<Long, List<Pointer>> byVersion(Map<Pointer, Tag> tombstones) {
    TreeMap<Long, List<Pointer>> removed = new TreeMap<>();
    tombstones.forEach(
        (path, tag) -> removed.computeIfAbsent(tag.version(), _ -> new ArrayList<>()).add(path));
    return TreePMap.fromSortedMap(removed);
  }

  /**
   * This state without the tombstones of versions up to {@code version}. O(those · log tombstones).
   */
  private State forgettingTo(long version) {
    if (removed.isEmpty() || removed.firstKey() > version) {
      return this;
    }
    TreePMap<Pointer, Tag> left = tombstones;
    TreePMap<Long, List<Pointer>> removedLater = removed;
    while (!removedLater.isEmpty() && removedLater.firstKey() <= version) {
      long oldest = removedLater.firstKey();
      for (Pointer path : removedLater.getOrDefault(oldest, List.of())) {
        Tag tag = left.get(path);
        if (tag != null && tag.version() == oldest) {
          left = left.minus(path);
        }
      }
      removedLater = removedLater.minus(oldest);
    }
    return new State(trie, top, left, removedLater, leaves, sizeBytes);
  }

  /** A leaf as a snapshot holds it; hashes the value. */
  public static Cell.Leaf leafOf(Pointer path, Json value, Tag tag) {
    return Cell.Leaf.of(path, value, tag);
  }
}
