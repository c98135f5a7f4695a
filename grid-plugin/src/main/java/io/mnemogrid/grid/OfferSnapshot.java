package io.mnemogrid.grid;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import com.hazelcast.map.EntryProcessor;
import com.hazelcast.nio.ObjectDataInput;
import com.hazelcast.nio.ObjectDataOutput;
import com.hazelcast.nio.serialization.DataSerializable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.replica.Replicas;
import java.io.IOException;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Puts a whole head state into the map if it is newer than the entry, or, with {@code replace}, if
 * the entry has another history. Returns the version that stands afterwards. It costs O(leaves)
 * when it crosses the network, so it is used for gaps, other histories and new entries only.
 */
final class OfferSnapshot
    implements EntryProcessor<String, Snapshot, Long>, HazelcastInstanceAware, DataSerializable {
  private static final long serialVersionUID = 1;

  @SuppressWarnings("serial") // written by writeData
  private @Nullable Snapshot offered;

  private boolean replace;
  private transient @Nullable HazelcastInstance instance;

  /** Empty, to be filled by {@code readData}. */
  @SuppressWarnings("unused") // called by Hazelcast
  OfferSnapshot() {}

  OfferSnapshot(Snapshot offered, boolean replace) {
    this.offered = offered;
    this.replace = replace;
  }

  @Override
  public void setHazelcastInstance(HazelcastInstance hazelcastInstance) {
    instance = hazelcastInstance;
  }

  @Override
  public Long process(Map.Entry<String, Snapshot> entry) {
    Snapshot mine = entry.getValue();
    Snapshot next = shared(Objects.requireNonNull(offered));
    boolean newer =
        mine == null
            || next.version() > mine.version()
            || replace && !mine.head().isSame(next.head());
    if (newer) {
      entry.setValue(next);
      return next.version();
    }
    return mine.version();
  }

  private Snapshot shared(Snapshot next) {
    Replicas replicas = LocalMember.replicas(instance);
    Snapshot replica = replicas == null ? null : replicas.peek(next.space());
    return replica != null && replica.head().isSame(next.head()) ? replica : next;
  }

  @Override
  public EntryProcessor<String, Snapshot, Long> getBackupProcessor() {
    return this;
  }

  @Override
  public void writeData(ObjectDataOutput out) throws IOException {
    out.writeObject(offered);
    out.writeBoolean(replace);
  }

  @Override
  public void readData(ObjectDataInput in) throws IOException {
    offered = in.readObject();
    replace = in.readBoolean();
  }
}
