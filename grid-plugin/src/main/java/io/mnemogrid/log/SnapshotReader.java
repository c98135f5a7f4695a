package io.mnemogrid.log;

import io.mnemogrid.proof.Frontier;
import io.mnemogrid.state.CanonicalReader;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Tag;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads what {@link Snapshot#toText} wrote while its canonical form is checked. Used once. */
final class SnapshotReader {
  private final CanonicalReader in;
  private final List<Cell.Leaf> leaves = new ArrayList<>();
  private final Map<Pointer, Tag> tombstones = new HashMap<>();
  private final List<Hash> frontier = new ArrayList<>();
  private long format = 1; // texts that name no format are of format 1
  private @Nullable SpaceName space;
  private @Nullable Long version;
  private @Nullable Hash root;
  private @Nullable Hash leafHash;
  private @Nullable Instant committed;
  private int lists;

  private SnapshotReader(CanonicalReader in) {
    this.in = in;
  }

  static Snapshot read(byte[] utf8) {
    CanonicalReader in = new CanonicalReader(utf8);
    SnapshotReader reader = new SnapshotReader(in);
    in.beginObject();
    while (in.nextMember()) {
      reader.member();
    }
    in.end();
    return reader.snapshot();
  }

  private void member() {
    switch (in.name()) {
      case "committed" -> committed = in.time();
      case "format" -> format = in.wholeNumber();
      case "frontier" -> list(() -> frontier.add(in.hash()));
      case "leaf_hash" -> leafHash = in.hash();
      case "leaves" -> list(this::leaf);
      case "root" -> root = in.hash();
      case "space" -> space = in.spaceName();
      case "tombstones" -> list(this::tombstone);
      case "version" -> version = in.wholeNumber();
      default -> in.value();
    }
  }

  private void list(Runnable item) {
    lists++;
    in.beginArray();
    while (in.nextItem()) {
      item.run();
    }
  }

  private void leaf() {
    in.beginArray();
    Pointer path = path();
    Tag tag = tag();
    cell();
    leaves.add(in.leaf(path, tag));
    endOfRow();
  }

  private void tombstone() {
    in.beginArray();
    tombstones.put(path(), tag());
    endOfRow();
  }

  /** A path. It is not looked up among the recent paths, for each path stands here only once. */
  private Pointer path() {
    cell();
    return Pointer.parse(in.string());
  }

  private Tag tag() {
    cell();
    Instant time = in.time();
    cell();
    var author = in.author();
    cell();
    return new Tag(time, author, in.wholeNumber());
  }

  private void cell() {
    if (!in.nextItem()) {
      throw in.refuse("a row of a snapshot is longer");
    }
  }

  private void endOfRow() {
    if (in.nextItem()) {
      throw in.refuse("a row of a snapshot is shorter");
    }
  }

  private Snapshot snapshot() {
    if (format != Snapshot.FORMAT) {
      throw new JsonException(
          "/format", "a snapshot of format %d, not %d".formatted(format, Snapshot.FORMAT));
    }
    if (lists != 3) {
      throw new JsonException("", "a snapshot has leaves, tombstones and a frontier");
    }
    LogHead head =
        new LogHead(
            need(space, "space"),
            need(version, "version"),
            need(root, "root"),
            need(leafHash, "leaf_hash"),
            need(committed, "committed"));
    State state;
    try {
      state = State.of(leaves, tombstones);
    } catch (IllegalStateException e) {
      throw new BrokenHistory(head.space(), head.version(), String.valueOf(e.getMessage()));
    }
    if (!state.root().equals(head.root())) {
      throw new BrokenHistory(
          head.space(), head.version(), "the snapshot has root " + state.root());
    }
    return new Snapshot(head, state, new Frontier(head.version(), frontier));
  }

  private static <T> T need(@Nullable T value, String name) {
    if (value == null) {
      throw new JsonException("/" + name, "a snapshot has it");
    }
    return value;
  }
}
