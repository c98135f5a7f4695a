package io.mnemogrid.grid;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.DataSerializable;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.proof.LogTree;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Merges committed updates into the map's head state of one space, under an optimistic version
 * check. Updates that the entry has already are left out, those that follow are applied, and a gap
 * ends the merge. Primary and backup run the same check on their own copy, so neither can drift. No
 * clock, no randomness, no I/O. Returns the version that stands afterwards, or {@link
 * #OTHER_HISTORY}.
 *
 * <p>If this process's replica has these very updates in its history, the entry becomes the
 * replica. Then entry and replica share one value, and the updates, which travel as bytes, are not
 * even parsed.
 */
final class ApplyUpdates
    implements EntryProcessor<String, Snapshot, Long>, HazelcastInstanceAware, DataSerializable {
  /** The entry holds another history; it is to be replaced by a snapshot. */
  static final long OTHER_HISTORY = -1;

  private static final long serialVersionUID = 1;

  private transient @Nullable List<Update> updates; // null until they are needed
  private byte[][] records = {}; // empty where the updates are known
  private long first;
  private Hash previous = Hash.ZERO; // leaf hash of the record before the first
  private long last;
  private Hash leafHash = Hash.ZERO; // of the last
  private transient @Nullable HazelcastInstance instance;

  /** Empty, to be filled by {@code readData}. */
  @SuppressWarnings("unused") // called by Hazelcast
  ApplyUpdates() {}

  /**
   * Merges at least one update, oldest first. Updates that other members committed in between are
   * missing.
   */
  ApplyUpdates(List<Update> updates) {
    this.updates = List.copyOf(updates);
    this.first = updates.getFirst().version();
    this.previous = updates.getFirst().previous();
    this.last = updates.getLast().version();
    this.leafHash = updates.getLast().leafHash();
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
    Snapshot next = past(mine, LocalMember.replicas(instance));
    if (next == null) {
      next = merge(mine, updates());
    }
    if (next == null) {
      return OTHER_HISTORY;
    }
    if (next != mine) {
      entry.setValue(next);
    }
    return next.version();
  }

  /** The replica that continues {@code mine} with these updates, or null. */
  private @Nullable Snapshot past(Snapshot mine, @Nullable Replicas replicas) {
    return replicas != null
            && mine.version() < last
            && mine.head().leafHash().equals(leafHashAt(mine.version()))
        ? replicas.past(mine.space(), last, leafHash)
        : null;
  }

  /** The leaf hash of a version that these updates follow or make, or null. */
  private @Nullable Hash leafHashAt(long version) {
    if (version == first - 1) {
      return previous;
    }
    List<Update> known = updates;
    int count = known == null ? records.length : known.size();
    if (version < first || last - first != count - 1) {
      return null; // the versions between are missing here
    }
    int index = (int) (version - first);
    return known == null ? LogTree.leafHash(records[index]) : known.get(index).leafHash();
  }

  private List<Update> updates() {
    List<Update> known = updates;
    if (known == null) {
      known = Arrays.stream(records).map(Update::parse).toList();
      updates = known;
    }
    return known;
  }

  /**
   * {@code mine} with these updates: itself when they are known or leave a gap, null when it holds
   * another history.
   */
  static @Nullable Snapshot merge(Snapshot mine, List<Update> updates) {
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
    Snapshot at = mine;
    try {
      for (Update update : following) {
        at = at.plusUncompared(update);
      }
    } catch (BrokenHistory e) {
      return null; // dropped, reloaded and counted by whoever asked
    }
    return at.hasItsRoot() ? at : null;
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

  @Override
  public void writeData(ObjectDataOutput out) throws IOException {
    byte[][] bytes = records.length > 0 ? records : bytes(updates());
    out.writeLong(first);
    out.writeLong(last);
    out.writeByteArray(previous.toBytes());
    out.writeByteArray(leafHash.toBytes());
    out.writeInt(bytes.length);
    for (byte[] record : bytes) {
      out.writeByteArray(record);
    }
  }

  private static byte[][] bytes(List<Update> updates) {
    return updates.stream().map(Update::bytes).toArray(byte[][]::new);
  }

  @Override
  public void readData(ObjectDataInput in) throws IOException {
    first = in.readLong();
    last = in.readLong();
    previous = Hash.of(Objects.requireNonNull(in.readByteArray()));
    leafHash = Hash.of(Objects.requireNonNull(in.readByteArray()));
    records = new byte[in.readInt()][];
    for (int i = 0; i < records.length; i++) {
      records[i] = Objects.requireNonNull(in.readByteArray());
    }
  }
}
