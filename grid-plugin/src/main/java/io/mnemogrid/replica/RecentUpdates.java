package io.mnemogrid.replica;

import io.mnemogrid.log.Update;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * The last updates of each space that passed through this process, so that telling an author what
 * it missed seldom reads the log. What is not here is not missing: the log has it.
 */
public final class RecentUpdates {
  private static final int KEPT = 512;
  private final Map<SpaceName, AtomicReferenceArray<Update>> rings = new ConcurrentHashMap<>();

  /** Keeps updates of one space. */
  public void add(List<Update> updates) {
    for (Update update : updates) {
      rings
          .computeIfAbsent(update.space(), _ -> new AtomicReferenceArray<>(KEPT))
          .set(slot(update.version()), update);
    }
  }

  /** Forgets a space: its log holds another history. */
  void forget(SpaceName space) {
    rings.remove(space);
  }

  /** The updates of versions {@code [from, to)}, as far as all are here; empty otherwise. */
  public List<Update> range(SpaceName space, long from, long to) {
    AtomicReferenceArray<Update> ring = rings.get(space);
    List<Update> updates = new ArrayList<>();
    for (long version = from; ring != null && version < to; version++) {
      Update update = ring.get(slot(version));
      if (update == null || update.version() != version) {
        return List.of();
      }
      updates.add(update);
    }
    return updates;
  }

  private static int slot(long version) {
    return (int) (version % KEPT);
  }
}
