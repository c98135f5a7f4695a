package io.mnemogrid.log;

import io.mnemogrid.proof.Frontier;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Tag;
import io.mnemogrid.state.Timestamps;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A space at one version, whole: document with tags and tombstones, log-tree frontier, last leaf
 * hash. It is what a replica publishes, what the distributed map holds, and what is stored to start
 * from. Immutable; versions share what they have in common.
 */
public record Snapshot(LogHead head, State state, Frontier frontier) {
  public Snapshot {
    if (frontier.size() != head.version()) {
      throw new IllegalArgumentException(
          "a log of " + frontier.size() + " records at version " + head.version());
    }
  }

  /** The space that was created and never written. */
  public static Snapshot ofNew(SpaceName space) {
    return new Snapshot(LogHead.ofNew(space), State.EMPTY, Frontier.EMPTY);
  }

  /** The space. */
  public SpaceName space() {
    return head.space();
  }

  /** The version. */
  public long version() {
    return head.version();
  }

  /** The root of its history so far (FORMATS §5). */
  public Hash logRoot() {
    return frontier.root();
  }

  /**
   * The version that {@code update} makes of this one. O(changes · log leaves).
   *
   * @throws BrokenHistory when the update does not follow this version, its changes do not fit, or
   *     the root that results is not the record's
   */
  public Snapshot plus(Update update) {
    if (!update.space().equals(space())
        || update.version() != version() + 1
        || !update.previous().equals(head.leafHash())) {
      throw new BrokenHistory(space(), version() + 1, "record " + update + " does not follow");
    }
    Update.Fields fields = update.fields();
    State next;
    try {
      next = state.apply(fields.changes(), fields.timestamp(), fields.author(), fields.version());
    } catch (IllegalStateException e) {
      throw new BrokenHistory(space(), update.version(), String.valueOf(e.getMessage()));
    }
    return with(update, next);
  }

  /**
   * As {@link #plus(Update)}, where {@code next} is known to be the state after the update.
   *
   * @throws BrokenHistory when its root is not the record's
   */
  public Snapshot with(Update update, State next) {
    if (!next.root().equals(update.root())) {
      throw new BrokenHistory(
          space(), update.version(), "root " + next.root() + ", its record says " + update.root());
    }
    LogHead after =
        new LogHead(
            space(),
            update.version(),
            update.root(),
            update.leafHash(),
            update.fields().committed());
    return new Snapshot(after, next, frontier.plus(update.leafHash()));
  }

  /** The canonical JSON that {@link #parse} reads. O(leaves). */
  public String toText() {
    List<Json> leaves = new ArrayList<>();
    state.forEachLeaf(Pointer.ROOT, leaf -> leaves.add(row(leaf.path(), leaf.tag(), leaf.value())));
    List<Json> tombstones = new ArrayList<>();
    new TreeMap<>(state.tombstones()).forEach((path, tag) -> tombstones.add(row(path, tag)));
    TreeMap<String, Json> members = new TreeMap<>();
    members.put("committed", Json.of(Timestamps.format(head.committed())));
    members.put("frontier", Json.ofStrings(frontier.roots().stream().map(Hash::toString).toList()));
    members.put("leaf_hash", Json.of(head.leafHash().toString()));
    members.put("leaves", new Json.Arr(leaves));
    members.put("root", Json.of(head.root().toString()));
    members.put("space", Json.of(space().text()));
    members.put("tombstones", new Json.Arr(tombstones));
    members.put("version", Json.of(version()));
    return new Json.Obj(members).canonical();
  }

  private static Json row(Pointer path, Tag tag, Json... value) {
    List<Json> cells = new ArrayList<>();
    cells.add(Json.of(path.toString()));
    cells.add(Json.of(Timestamps.format(tag.time())));
    cells.add(Json.of(tag.author().name()));
    cells.add(Json.of(tag.version()));
    cells.addAll(List.of(value));
    return new Json.Arr(cells);
  }

  /**
   * Reads what {@link #toText} wrote and recomputes its root. O(leaves · log leaves).
   *
   * @throws BrokenHistory when the root is not the one it names
   * @throws JsonException when the text is malformed
   */
  public static Snapshot parse(String text) {
    if (!(Json.parseCanonical(text) instanceof Json.Obj object)) {
      throw new JsonException("", "a snapshot is an object");
    }
    List<Cell.Leaf> leaves = new ArrayList<>();
    for (Json row : array(object, "leaves")) {
      List<Json> cells = cells(row, 5);
      leaves.add(State.leafOf(path(cells), cells.get(4), tag(cells)));
    }
    Map<Pointer, Tag> tombstones = new HashMap<>();
    for (Json row : array(object, "tombstones")) {
      List<Json> cells = cells(row, 4);
      tombstones.put(path(cells), tag(cells));
    }
    long version = number(member(object, "version"));
    LogHead head =
        new LogHead(
            new SpaceName(string(member(object, "space"))),
            version,
            Hash.parse(string(member(object, "root"))),
            Hash.parse(string(member(object, "leaf_hash"))),
            Timestamps.parse(string(member(object, "committed"))));
    State state;
    try {
      state = State.of(leaves, tombstones);
    } catch (IllegalStateException e) {
      throw new BrokenHistory(head.space(), version, String.valueOf(e.getMessage()));
    }
    if (!state.root().equals(head.root())) {
      throw new BrokenHistory(head.space(), version, "the snapshot has root " + state.root());
    }
    List<Hash> roots =
        array(object, "frontier").stream().map(root -> Hash.parse(string(root))).toList();
    return new Snapshot(head, state, new Frontier(version, roots));
  }

  private static Pointer path(List<Json> cells) {
    return Pointer.parse(string(cells.get(0)));
  }

  private static Tag tag(List<Json> cells) {
    return new Tag(
        Timestamps.parse(string(cells.get(1))),
        new Author(string(cells.get(2))),
        number(cells.get(3)));
  }

  private static Json member(Json.Obj object, String name) {
    Json value = object.get(name);
    if (value == null) {
      throw new JsonException("/" + name, "a snapshot has it");
    }
    return value;
  }

  private static List<Json> array(Json.Obj object, String name) {
    return member(object, name) instanceof Json.Arr array
        ? array.items()
        : refuse("/" + name, "an array");
  }

  private static List<Json> cells(Json row, int count) {
    return row instanceof Json.Arr array && array.items().size() == count
        ? array.items()
        : refuse("", "a row of " + count);
  }

  private static String string(Json value) {
    return value instanceof Json.Str string ? string.value() : refuse("", "a string");
  }

  private static long number(Json value) {
    return value instanceof Json.Num number ? (long) number.value() : refuse("", "a number");
  }

  private static <T> T refuse(String pointer, String wanted) {
    throw new JsonException(pointer, "a snapshot has " + wanted + " there");
  }
}
