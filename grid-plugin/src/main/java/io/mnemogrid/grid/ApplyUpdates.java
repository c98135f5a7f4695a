package io.mnemogrid.grid;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.map.EntryProcessor;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Merges committed updates into the map's head state of one space, under an optimistic version
 * check: what is older is already there, what follows applies, what lies beyond is a gap. Primary
 * and backup run the same check on their own copy, so neither can drift. Pure: no clock, no
 * randomness, no I/O. Answers the version that stands afterwards, or {@link #OTHER_HISTORY}.
 *
 * <p>Where this process's replica is that very version of that very history, the map takes that
 * object: the map entry and the replica of one process are one.
 */
final class ApplyUpdates implements EntryProcessor<String, Snapshot, Long>, HazelcastInstanceAware {
  /** The entry holds another history; it is to be replaced by a snapshot. */
  static final long OTHER_HISTORY = -1;

  private static final long serialVersionUID = 1;
  private final List<Update> updates;
  private transient @Nullable HazelcastInstance instance;

  /** Oldest first, at least one; what other members committed in between is missing. */
  ApplyUpdates(List<Update> updates) {
    this.updates = List.copyOf(updates);
  }

  @Override
  public void setHazelcastInstance(HazelcastInstance hazelcastInstance) {
    instance = hazelcastInstance;
  }

  @Override
  public Long process(Map.Entry<String, Snapshot> entry) {
    Snapshot mine = entry.getValue();
    if (mine == null) {
      mine = Snapshot.ofNew(new SpaceName(entry.getKey()));
    }
    Snapshot next = merge(mine, updates, LocalMember.replica(instance, mine.space()));
    if (next == null) {
      return OTHER_HISTORY;
    }
    if (next != mine) {
      entry.setValue(next);
    }
    return next.version();
  }

  /**
   * What the updates make of {@code mine}: itself when they are known or leave a gap, null when it
   * holds another history. {@code replica} saves the work where it is the result already.
   */
  static @Nullable Snapshot merge(Snapshot mine, List<Update> updates, @Nullable Snapshot replica) {
    Update last = updates.getLast();
    if (mine.version() >= last.version()) {
      boolean same =
          mine.version() > last.version() || mine.head().leafHash().equals(last.leafHash());
      return same ? mine : null;
    }
    List<Update> following = following(updates, mine.version());
    if (following.isEmpty()) {
      return mine;
    }
    if (!following.getFirst().previous().equals(mine.head().leafHash())) {
      return null;
    }
    last = following.getLast();
    if (replica != null
        && replica.version() == last.version()
        && replica.head().leafHash().equals(last.leafHash())) {
      return replica;
    }
    Snapshot at = mine;
    try {
      for (Update update : following) {
        at = at.plus(update);
      }
    } catch (BrokenHistory e) {
      return null; // dropped, reloaded and counted by whoever asked
    }
    return at;
  }

  /** The updates after {@code version} up to the first gap: another member may have made that. */
  private static List<Update> following(List<Update> updates, long version) {
    List<Update> following = new ArrayList<>();
    for (Update update : updates) {
      if (update.version() == version + following.size() + 1) {
        following.add(update);
      } else if (update.version() > version) {
        break;
      }
    }
    return following;
  }

  @Override
  public EntryProcessor<String, Snapshot, Long> getBackupProcessor() {
    return this;
  }
}
