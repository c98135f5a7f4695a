package io.mnemogrid.traffic;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;

/** Which member holds a partition, as the one member of this process sees it. */
final class Owners {
  private Owners() {}

  /** The grid node of this process. */
  static HazelcastInstance node() {
    return Hazelcast.getAllHazelcastInstances().iterator().next();
  }

  /** The name of the member that holds the key's partition, or {@code nobody}. */
  static String of(String key) {
    Member owner = node().getPartitionService().getPartition(key).getOwner();
    return owner == null ? "nobody" : String.valueOf(owner.getAttribute("name"));
  }
}
