package io.mnemogrid.merge;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** One change that an author asks for. */
public sealed interface Change {
  /** Where. */
  Pointer path();

  /** The path as the request spelled it. */
  String sent();

  /** What the author says stands there now; judged only under {@code strict}. */
  @Nullable Json oldValue();

  /**
   * Sets the path, whatever stands there.
   *
   * @param leaves the leaves that it writes, by path. The paths are hashed when the change is made,
   *     so this is work of the author's thread and not of the one that commits for all. Null if a
   *     path is over a limit, which the resolver refuses, or if there are more leaves than a delta
   *     may write.
   */
  record Put(
      Pointer path,
      String sent,
      Json value,
      @Nullable Json oldValue,
      @Nullable Map<Pointer, Json> leaves)
      implements Change {
    public Put {
      leaves = leaves == null ? null : Collections.unmodifiableMap(leaves);
    }

    /** A change as its author sends it. O(leaves). */
    public Put(Pointer path, String sent, Json value, @Nullable Json oldValue) {
      this(path, sent, value, oldValue, leavesOf(path, value));
    }

    private static @Nullable Map<Pointer, Json> leavesOf(Pointer path, Json value) {
      if (State.countLeavesOf(value) > Delta.MAX_LEAVES) {
        return null;
      }
      Map<Pointer, Json> leaves = new HashMap<>();
      try {
        State.forEachLeafOf(
            path,
            value,
            (place, leaf) -> {
              place.key();
              leaves.put(place, leaf);
            });
        return leaves;
      } catch (IllegalArgumentException e) {
        return null;
      }
    }
  }

  /** Removes what stands at and below the path. */
  record Delete(Pointer path, String sent, @Nullable Json oldValue) implements Change {}
}
