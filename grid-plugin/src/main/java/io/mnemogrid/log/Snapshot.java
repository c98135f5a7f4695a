package io.mnemogrid.log;

import io.mnemogrid.proof.Frontier;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Tag;
import io.mnemogrid.state.Timestamps;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * A space at one version, whole: document with tags and tombstones, log-tree frontier, last leaf
 * hash. It is what a replica publishes, what the distributed map holds, and what is stored to start
 * from. Immutable; versions share what they have in common.
 */
public record Snapshot(LogHead head, State state, Frontier frontier) {
  /**
   * The format of {@link #toText}, written there as the member {@code format}. The number grows
   * when the same log gives other tags or tombstones than before. A snapshot of another format is
   * not used; what it held is replayed from the log.
   */
  public static final int FORMAT = 2;

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
    return plusUncompared(update).compared();
  }

  /**
   * As {@link #plus(Update)}, but without comparing the root, which costs more than all the rest.
   * The caller compares it by {@link #hasItsRoot}, of this version or of a later one.
   *
   * @throws BrokenHistory when the update does not follow this version or its changes do not fit
   */
  public Snapshot plusUncompared(Update update) {
    if (update.version() != version() + 1
        || !update.previous().equals(head.leafHash())
        || !update.space().equals(space())) {
      throw new BrokenHistory(space(), version() + 1, "record " + update + " does not follow");
    }
    Update.Fields fields = update.fields();
    State next;
    try {
      next = state.apply(fields.changes(), fields.timestamp(), fields.author(), fields.version());
    } catch (IllegalStateException | IllegalArgumentException e) {
      throw new BrokenHistory(space(), update.version(), String.valueOf(e.getMessage()));
    }
    return new Snapshot(LogHead.after(update), next, frontier.plus(update.leafHash()));
  }

  /** Whether the document has the root that the head names. The first call hashes. */
  public boolean hasItsRoot() {
    return state.root().equals(head.root());
  }

  /**
   * This version, if {@link #hasItsRoot}.
   *
   * @throws BrokenHistory when it has another root
   */
  public Snapshot compared() {
    if (!hasItsRoot()) {
      throw new BrokenHistory(
          space(), version(), "root " + state.root() + ", its record says " + head.root());
    }
    return this;
  }

  /**
   * As {@link #plus(Update)}, where {@code next} is known to be the state after the update.
   *
   * @throws BrokenHistory when its root is not the record's
   */
  public Snapshot with(Update update, State next) {
    return new Snapshot(LogHead.after(update), next, frontier.plus(update.leafHash())).compared();
  }

  /** The canonical JSON that {@link #parse} reads. O(leaves). */
  public String toText() {
    List<Json> leaves = new ArrayList<>();
    state.forEachLeaf(Pointer.ROOT, leaf -> leaves.add(row(leaf.path(), leaf.tag(), leaf.value())));
    List<Json> tombstones = new ArrayList<>();
    new TreeMap<>(state.tombstones()).forEach((path, tag) -> tombstones.add(row(path, tag)));
    TreeMap<String, Json> members = new TreeMap<>();
    members.put("committed", Json.of(Timestamps.format(head.committed())));
    members.put("format", Json.of(FORMAT));
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
   * @throws JsonException when the text is malformed, or of another {@link #FORMAT}
   */
  public static Snapshot parse(String text) {
    return SnapshotReader.read(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Parses a snapshot from UTF-8 as {@link #parse(String)} does. Nobody may change the array
   * meanwhile.
   */
  public static Snapshot parse(byte[] utf8) {
    return SnapshotReader.read(utf8);
  }
}
