package io.mnemogrid.log;

import io.mnemogrid.state.UpdateId;
import java.io.Serializable;
import java.util.List;
import java.util.Map;

/**
 * What a look-up of ids found, up to the size that one answer may have.
 *
 * @param updates those that stand in the log, by their ids
 * @param left ids that were not looked up, in the order in which they were asked for
 */
public record Found(Map<UpdateId, Update> updates, List<UpdateId> left) implements Serializable {
  /** Nothing, and nothing is left. */
  public static final Found NONE = new Found(Map.of(), List.of());

  public Found {
    updates = Map.copyOf(updates);
    left = List.copyOf(left);
  }

  /** These updates, and nothing is left. */
  public static Found all(Map<UpdateId, Update> updates) {
    return new Found(updates, List.of());
  }
}
