package io.mnemogrid.merge;

import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A document while a patch is applied to it: the head, and what was put in or taken out of it. What
 * the patch does not touch stays where it is in the head, so a step costs its path and its values,
 * never the document. {@link #changes} then tells in which places the two documents may differ.
 *
 * <p>A {@link Node} is what stands at a place. Objects and arrays are opened when something below
 * them is changed: an opened object holds the members that changed and finds the others in the
 * head. An opened node belongs to one place; what is copied from it is assembled first, and
 * counted.
 */
final class PatchedDocument {
  /**
   * What may be assembled by copies, what may be opened of values, and what may differ in the end,
   * each in canonical bytes: as much as a record holds.
   */
  private static final long MOST_BYTES = Resolution.MAX_RECORD_BYTES;

  /** What stands at a place. */
  sealed interface Node {}

  /** What stands at {@code at} in the head, wherever it is now. */
  private record Standing(Pointer at) implements Node {}

  /** A value of the patch, or one that was copied. */
  private record Value(Json json) implements Node {}

  /** What a member is in an opened object from which it was taken out. */
  private record Gone() implements Node {}

  private static final Node GONE = new Gone();

  /** An opened object. */
  static final class OpenObject implements Node {
    private final @Nullable Pointer base; // where it stands in the head
    private final Map<String, Pointer> standing; // its members there
    private final TreeMap<String, Node> changed = new TreeMap<>();
    private int size;

    private OpenObject(@Nullable Pointer base, Map<String, Pointer> standing) {
      this.base = base;
      this.standing = standing;
      this.size = standing.size();
    }

    @Nullable Node get(String name) {
      Node node = changed.get(name);
      if (node != null) {
        return node instanceof Gone ? null : node;
      }
      Pointer place = standing.get(name);
      return place == null ? null : new Standing(place);
    }

    /** The names of its members, and of those that were taken out. */
    private Set<String> names() {
      Set<String> names = new HashSet<>(standing.keySet());
      names.addAll(changed.keySet());
      return names;
    }

    void put(String name, Node node) {
      if (get(name) == null) {
        size++;
      }
      changed.put(name, node);
    }

    /** Takes a member out, if it is there. */
    void remove(String name) {
      if (get(name) == null) {
        return;
      }
      size--;
      if (standing.containsKey(name)) {
        changed.put(name, GONE);
      } else {
        changed.remove(name);
      }
    }
  }

  /** An opened array. */
  private static final class OpenArray implements Node {
    private final List<Node> items = new ArrayList<>();
  }

  /** Ends a patch that is too much, or makes what no document holds. */
  static final class OverBounds extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Refusal refusal;

    private OverBounds(Refusal refusal) {
      super(refusal.code(), null, false, false); // told as a refusal, nobody reads its stack
      this.refusal = refusal;
    }

    Refusal refusal() {
      return refusal;
    }
  }

  /** How many bytes may still be used for something. */
  private static final class Room {
    private final long mostBytes;
    private long leftBytes;

    Room(long mostBytes) {
      this.mostBytes = mostBytes;
      this.leftBytes = mostBytes;
    }

    void take(long bytes) {
      leftBytes -= bytes;
      if (leftBytes < 0) {
        throw new OverBounds(new Refusal.TooLarge(mostBytes - leftBytes, mostBytes));
      }
    }
  }

  private final State head;
  private final Room copied = new Room(MOST_BYTES);
  private final Room opened = new Room(MOST_BYTES);
  private Node root = new Standing(Pointer.ROOT);

  PatchedDocument(State head) {
    this.head = head;
  }

  /** A value that the patch has. */
  static Node of(Json json) {
    return new Value(json);
  }

  /** What stands at a path (RFC 6901), or null. */
  @Nullable Node find(Pointer path) {
    Node at = root;
    for (String segment : path.segments()) {
      at = child(at, segment);
      if (at == null) {
        return null;
      }
    }
    return at;
  }

  private @Nullable Node child(Node parent, String name) {
    return switch (parent) {
      case Standing standing ->
          switch (cell(standing)) {
            case Cell.Branch branch -> {
              Pointer place = branch.members().get(name);
              yield place == null ? null : new Standing(place);
            }
            case Cell.Leaf leaf -> nodeOf(leaf.value().member(name));
          };
      case Value value -> nodeOf(value.json.member(name));
      case OpenObject object -> object.get(name);
      case OpenArray array -> {
        int index = index(name, array.items.size());
        yield index < 0 ? null : array.items.get(index);
      }
      case Gone _ -> null;
    };
  }

  private static @Nullable Node nodeOf(@Nullable Json value) {
    return value == null ? null : new Value(value);
  }

  private Cell cell(Standing standing) {
    Cell cell = head.cell(standing.at);
    if (cell == null) {
      throw new IllegalStateException("nothing stands at " + standing.at);
    }
    return cell;
  }

  /** The index that a segment spells, below {@code size}; -1 for all else. */
  private static int index(String segment, int size) {
    boolean digits =
        !segment.isEmpty()
            && segment.length() <= 9
            && (segment.length() == 1 || segment.charAt(0) != '0')
            && segment.chars().allMatch(c -> c >= '0' && c <= '9');
    int index = digits ? Integer.parseInt(segment) : -1;
    return index < size ? index : -1;
  }

  /** An object or array whose members or items can be changed; null for a scalar. */
  @Nullable Node open(Node node) {
    return switch (node) {
      case Standing standing ->
          switch (cell(standing)) {
            case Cell.Branch branch -> new OpenObject(standing.at, branch.members());
            case Cell.Leaf leaf -> open(leaf.value());
          };
      case Value value -> open(value.json);
      case OpenObject _, OpenArray _ -> node;
      case Gone _ -> null;
    };
  }

  private @Nullable Node open(Json json) {
    return switch (json) {
      case Json.Obj object -> {
        opened.take(json.sizeBytes());
        OpenObject open = new OpenObject(null, Map.of());
        object.members().forEach((name, member) -> open.put(name, new Value(member)));
        yield open;
      }
      case Json.Arr array -> {
        opened.take(json.sizeBytes());
        OpenArray open = new OpenArray();
        array.items().forEach(item -> open.items.add(new Value(item)));
        yield open;
      }
      case Json.Null _, Json.Bool _, Json.Num _, Json.Str _ -> null;
    };
  }

  /** The root, opened; null where a patch has put a value there that is no object. */
  @Nullable OpenObject openRoot() {
    Node opened = open(root);
    if (opened != null) {
      root = opened;
    }
    return opened instanceof OpenObject object ? object : null;
  }

  /** What is above a path, opened with all that is above it; null where no such thing is. */
  private @Nullable Node openAbove(Pointer path) {
    Node at = open(root);
    if (at == null) {
      return null;
    }
    root = at;
    for (String segment : path.parent().segments()) {
      Node child = child(at, segment);
      Node opened = child == null ? null : open(child);
      if (opened == null) {
        return null;
      }
      if (opened != child) {
        set(at, segment, opened);
      }
      at = opened;
    }
    return at;
  }

  /** Puts a node in place of what stands in an opened object or array. */
  private static void set(Node parent, String name, Node node) {
    if (parent instanceof OpenObject object) {
      object.put(name, node);
    } else if (parent instanceof OpenArray array) {
      array.items.set(index(name, array.items.size()), node);
    }
  }

  /** As {@code add} of RFC 6902 §4.1; why it cannot be done, or null. */
  @Nullable String add(Pointer path, Node node) {
    if (path.equals(Pointer.ROOT)) {
      root = node;
      return null;
    }
    Node above = openAbove(path);
    String name = path.lastSegment();
    if (above instanceof OpenObject object) {
      object.put(name, node);
      return null;
    }
    if (above instanceof OpenArray array) {
      int size = array.items.size();
      int index = name.equals("-") ? size : index(name, size + 1);
      if (index < 0) {
        return "the array has " + size + " items, and this is no index from 0 to there";
      }
      array.items.add(index, node);
      return null;
    }
    return "no object or array stands above it";
  }

  /** As {@code replace} of RFC 6902 §4.3; why it cannot be done, or null. */
  @Nullable String replace(Pointer path, Node node) {
    if (find(path) == null) {
      return "nothing stands there";
    }
    if (path.equals(Pointer.ROOT)) {
      root = node;
    } else {
      Node above = openAbove(path);
      if (above != null) {
        set(above, path.lastSegment(), node);
      }
    }
    return null;
  }

  /** As {@code remove} of RFC 6902 §4.2; why it cannot be done, or null. */
  @Nullable String remove(Pointer path) {
    if (find(path) == null) {
      return "nothing stands there";
    }
    if (path.equals(Pointer.ROOT)) {
      return "a document cannot be removed; replace it with {}";
    }
    Node above = openAbove(path);
    String name = path.lastSegment();
    if (above instanceof OpenObject object) {
      object.remove(name);
    } else if (above instanceof OpenArray array) {
      array.items.remove(index(name, array.items.size()));
    }
    return null;
  }

  /** Whether a node is that value. O(value), however large the node is. */
  boolean is(Node node, Json json) {
    return switch (node) {
      case Standing standing ->
          switch (cell(standing)) {
            case Cell.Leaf leaf -> leaf.value().equals(json);
            case Cell.Branch branch ->
                json instanceof Json.Obj object
                    && object.members().size() == branch.members().size()
                    && object.members().entrySet().stream()
                        .allMatch(
                            member -> isThere(child(node, member.getKey()), member.getValue()));
          };
      case Value value -> value.json.equals(json);
      case OpenObject open ->
          json instanceof Json.Obj object
              && object.members().size() == open.size
              && object.members().entrySet().stream()
                  .allMatch(member -> isThere(open.get(member.getKey()), member.getValue()));
      case OpenArray open -> {
        List<Json> items = json instanceof Json.Arr array ? array.items() : List.of();
        boolean same = json instanceof Json.Arr && items.size() == open.items.size();
        for (int i = 0; same && i < items.size(); i++) {
          same = is(open.items.get(i), items.get(i));
        }
        yield same;
      }
      case Gone _ -> false;
    };
  }

  private boolean isThere(@Nullable Node node, Json json) {
    return node != null && is(node, json);
  }

  /** Whether a node is an object. */
  boolean isObject(Node node) {
    return switch (node) {
      case Standing standing ->
          switch (cell(standing)) {
            case Cell.Branch _ -> true;
            case Cell.Leaf leaf -> leaf.value() instanceof Json.Obj;
          };
      case Value value -> value.json instanceof Json.Obj;
      case OpenObject _ -> true;
      case OpenArray _, Gone _ -> false;
    };
  }

  /** The value of a node, or null where it has more than {@code mostBytes} canonical bytes. */
  @Nullable Json value(Node node, long mostBytes) {
    try {
      return assemble(Pointer.ROOT, node, 0, new Room(mostBytes));
    } catch (OverBounds e) {
      return null;
    }
  }

  /** A node with the same value for another place. */
  Node copy(Pointer from, Node node) {
    return node instanceof Standing || node instanceof Value
        ? node
        : new Value(assemble(from, node, 0, copied));
  }

  private Json assemble(Pointer place, Node node, int depth, Room room) {
    if (depth > Pointer.MAX_DEPTH) {
      throw new OverBounds(
          new Refusal.BadValue(place, "path segments plus nesting are over " + Pointer.MAX_DEPTH));
    }
    return switch (node) {
      case Standing standing -> {
        room.take(head.sizeBytes(standing.at, room.leftBytes));
        Json json = head.value(standing.at);
        if (json == null) {
          throw new IllegalStateException("nothing stands at " + standing.at);
        }
        yield json;
      }
      case Value value -> {
        room.take(value.json.sizeBytes());
        yield value.json;
      }
      case OpenObject object -> {
        room.take(2);
        TreeMap<String, Json> members = new TreeMap<>();
        for (String name : object.names()) {
          Node member = object.get(name);
          if (member != null) {
            room.take(Json.sizeBytes(name) + 2);
            members.put(name, assemble(place, member, depth + 1, room));
          }
        }
        yield new Json.Obj(members);
      }
      case OpenArray array -> {
        room.take(2 + array.items.size());
        List<Json> items = new ArrayList<>();
        for (Node item : array.items) {
          items.add(assemble(place, item, depth + 1, room));
        }
        yield new Json.Arr(items);
      }
      case Gone _ -> throw new IllegalStateException("what is gone has no value");
    };
  }

  /**
   * The changes that make the head this document, at places that do not overlap; more of them than
   * differ. O(what was put in or taken out).
   */
  List<Change> changes() {
    List<Change> changes = new ArrayList<>();
    differ(Pointer.ROOT, root, changes, new Room(MOST_BYTES));
    return changes;
  }

  private void differ(Pointer at, Node node, List<Change> changes, Room room) {
    if (node instanceof Standing standing && standing.at.equals(at)) {
      return;
    }
    if (node instanceof OpenObject object && at.equals(object.base)) {
      object.changed.forEach((name, member) -> {
        Pointer place = below(at, name);
        if (member instanceof Gone) {
          changes.add(new Change.Delete(place, place.toString(), null));
        } else {
          differ(place, member, changes, room);
        }
      });
      return;
    }
    Json value = assemble(at, node, at.depth(), room);
    changes.add(new Change.Put(at, at.toString(), value, null));
  }

  private static Pointer below(Pointer at, String name) {
    try {
      return at.child(name);
    } catch (IllegalArgumentException e) {
      throw new OverBounds(new Refusal.BadValue(at, "below it, " + e.getMessage()));
    }
  }
}
