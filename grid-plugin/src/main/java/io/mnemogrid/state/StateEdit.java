package io.mnemogrid.state;

import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.pcollections.TreePMap;

/**
 * One update being applied to a {@link State}: which leaves it writes and removes, and the tags and
 * tombstones that they have afterwards. Used by one thread, once.
 */
final class StateEdit {
  private final State before;
  private final Changes changes;
  private final Instant timestamp;
  private final Author author;
  private final long version;
  private final NavigableMap<String, Instant> replaced = new TreeMap<>();

  StateEdit(State before, Changes changes, Instant timestamp, Author author, long version) {
    this.before = before;
    this.changes = changes;
    this.timestamp = timestamp;
    this.author = author;
    this.version = version;
  }

  State apply() {
    if (changes.count() == 1 && changes.modified().size() == 1) {
      return modifyOne(changes.modified().getFirst());
    }
    List<Cell.Leaf> old = new ArrayList<>();
    changes.deleted().forEach(change -> old.add(standing(change.path(), change.oldValue())));
    changes.modified().forEach(change -> old.add(standing(change.path(), change.oldValue())));
    old.forEach(leaf -> replaced.put(leaf.path().toString(), leaf.tag().time()));

    Builder builder = new Builder(before);
    TreePMap<Pointer, Tag> tombstones = before.tombstoneMap();
    List<Pointer> gone = new ArrayList<>(changes.deleted().size());
    for (Changes.Deleted change : changes.deleted()) {
      builder.remove(change.path());
      tombstones = tombstones.plus(change.path(), tag(change.path()));
      gone.add(change.path());
    }
    TreePMap<Long, List<Pointer>> removedWith =
        gone.isEmpty() ? before.removed() : before.removed().plus(version, List.copyOf(gone));
    for (Changes.Added change : changes.added()) {
      Tag removed = before.tombstoneMap().get(change.path());
      builder.add(Cell.Leaf.of(change.path(), change.value(), tag(change.path(), removed)));
      tombstones = tombstones.minus(change.path());
    }
    for (Changes.Modified change : changes.modified()) {
      Cell.Leaf leaf = standing(change.path(), change.oldValue());
      builder.replace(leaf, Cell.Leaf.of(leaf.path(), change.newValue(), tag(change.path())));
    }
    State after = builder.build();
    return new State(
        after.trie(), after.top(), tombstones, removedWith, after.leaves(), after.sizeBytes());
  }

  /**
   * The short way for what most updates do: another value at one leaf, nothing above or below it.
   */
  private State modifyOne(Changes.Modified change) {
    Cell.Leaf old = standing(change.path(), change.oldValue());
    Tag tag = new Tag(later(timestamp, old.tag().time()), author, version);
    Cell.Leaf leaf = Cell.Leaf.of(old.path(), change.newValue(), tag);
    return new State(
        before.trie().with(leaf),
        before.top(),
        before.tombstoneMap(),
        before.removed(),
        before.leaves(),
        before.sizeBytes() + leaf.sizeBytes() - old.sizeBytes());
  }

  private Cell.Leaf standing(Pointer path, Json value) {
    Cell.Leaf leaf = before.leaf(path);
    if (leaf == null || !leaf.value().equals(value)) {
      throw new IllegalStateException(
          "version " + version + " changes " + path + " from a value that does not stand there");
    }
    return leaf;
  }

  private Tag tag(Pointer path) {
    Instant time = timestamp;
    if (!replaced.isEmpty()) {
      String text = path.toString();
      time = later(time, replaced.get(text));
      for (Pointer above : path.ancestors()) {
        time = later(time, replaced.get(above.toString()));
      }
      // '0' is the character after '/', so this is all that begins with the path and a slash
      for (Instant below : replaced.subMap(text + '/', text + '0').values()) {
        time = later(time, below);
      }
    }
    return new Tag(time, author, version);
  }

  /**
   * The tag of a leaf that is added where {@code removed} was its tombstone. It keeps a late time
   * of that tombstone: else a delete and an add would lose what a modify keeps.
   */
  private Tag tag(Pointer path, @Nullable Tag removed) {
    Tag tag = tag(path);
    return removed == null ? tag : new Tag(later(tag.time(), removed.time()), author, version);
  }

  private static Instant later(Instant time, @Nullable Instant other) {
    return other != null && other.isAfter(time) ? other : time;
  }

  /** Changes to cells; objects are collected and written once at the end. */
  private static final class Builder {
    private final Map<Pointer, Cell.Branch> branches = new HashMap<>();
    private Trie<Cell> trie;
    private Cell.Branch top;
    private final TreePMap<Pointer, Tag> tombstones;
    private final TreePMap<Long, List<Pointer>> removed;
    private int leaves;
    private long sizeBytes;

    Builder(State from) {
      trie = from.trie();
      top = from.top();
      tombstones = from.tombstoneMap();
      removed = from.removed();
      leaves = from.leaves();
      sizeBytes = from.sizeBytes();
    }

    void replace(Cell.Leaf old, Cell.Leaf leaf) {
      trie = trie.with(leaf);
      sizeBytes += leaf.sizeBytes() - old.sizeBytes();
    }

    void add(Cell.Leaf leaf) {
      if (branch(leaf.path()) != null || trie.get(leaf.path().key()) != null) {
        throw new IllegalStateException("adds " + leaf.path() + ", where something stands");
      }
      trie = trie.with(leaf);
      leaves++;
      sizeBytes += leaf.sizeBytes();
      Pointer place = leaf.path();
      while (!place.equals(Pointer.ROOT)) {
        Pointer above = place.parent();
        Cell.Branch branch = branch(above);
        if (branch != null) {
          Cell.Branch grown =
              new Cell.Branch(branch.path(), branch.members().plus(place.lastSegment(), place));
          put(grown);
          return;
        }
        if (trie.get(above.key()) != null) {
          throw new IllegalStateException("adds " + leaf.path() + " below a leaf");
        }
        put(new Cell.Branch(above, TreePMap.singleton(place.lastSegment(), place)));
        place = above;
      }
    }

    void remove(Pointer path) {
      if (!(trie.get(path.key()) instanceof Cell.Leaf leaf)) {
        throw new IllegalStateException("removes " + path + " twice");
      }
      trie = trie.without(path.key());
      leaves--;
      sizeBytes -= leaf.sizeBytes();
      Pointer place = path;
      while (!place.equals(Pointer.ROOT)) {
        Cell.Branch branch = branch(place.parent());
        if (branch == null) {
          throw new IllegalStateException("no object holds " + place);
        }
        TreePMap<String, Pointer> rest = branch.members().minus(place.lastSegment());
        if (!rest.isEmpty() || branch.path().equals(Pointer.ROOT)) {
          put(new Cell.Branch(branch.path(), rest));
          return;
        }
        branches.remove(branch.path());
        trie = trie.without(branch.key());
        place = branch.path();
      }
    }

    private Cell.@Nullable Branch branch(Pointer path) {
      if (path.equals(Pointer.ROOT)) {
        return top;
      }
      Cell.Branch changed = branches.get(path);
      if (changed != null) {
        return changed;
      }
      return trie.get(path.key()) instanceof Cell.Branch branch ? branch : null;
    }

    private void put(Cell.Branch branch) {
      if (branch.path().equals(Pointer.ROOT)) {
        top = branch;
      } else {
        branches.put(branch.path(), branch);
      }
    }

    State build() {
      for (Cell.Branch branch : branches.values()) {
        trie = trie.with(branch);
      }
      return new State(trie, top, tombstones, removed, leaves, sizeBytes);
    }
  }
}
