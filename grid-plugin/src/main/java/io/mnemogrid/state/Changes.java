package io.mnemogrid.state;

import java.util.List;

/**
 * The leaves that one update really changed (FORMATS §4). A leaf stands in exactly one list, and
 * each list is sorted by path. Applied to a version, the changes give the next version; undone
 * there, they give the first one back.
 */
public record Changes(List<Added> added, List<Deleted> deleted, List<Modified> modified) {
  /** No change at all. */
  public static final Changes NONE = new Changes(List.of(), List.of(), List.of());

  /** A leaf where none stood. */
  public record Added(Pointer path, Json value) {}

  /** A leaf that is gone. */
  public record Deleted(Pointer path, Json oldValue) {}

  /** A leaf with another value. */
  public record Modified(Pointer path, Json newValue, Json oldValue) {}

  public Changes {
    added = List.copyOf(added);
    deleted = List.copyOf(deleted);
    modified = List.copyOf(modified);
  }

  /** Number of leaves changed. */
  public int count() {
    return added.size() + deleted.size() + modified.size();
  }

  /** Whether a leaf at, above or below that place changed. O(changes). */
  public boolean touch(Pointer place) {
    return added.stream().anyMatch(change -> change.path().overlaps(place))
        || modified.stream().anyMatch(change -> change.path().overlaps(place))
        || deleted.stream().anyMatch(change -> change.path().overlaps(place));
  }
}
