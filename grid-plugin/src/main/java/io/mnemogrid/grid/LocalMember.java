package io.mnemogrid.grid;

import com.hazelcast.core.HazelcastInstance;
import io.mnemogrid.replica.CommitLoop;
import io.mnemogrid.replica.Replicas;
import java.io.Serializable;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The parts of this process that entry processors, tasks and jobs find in the instance that runs
 * them.
 *
 * @param commits null for a lite member
 * @param answering answers what other members ask
 * @param news takes messages of the doorbell that the grid itself does not know
 */
public record LocalMember(
    Replicas replicas,
    @Nullable CommitLoop commits,
    Answering answering,
    Consumer<Serializable> news) {

  /** The parts of the process that {@code instance} runs in, null while it is starting. */
  static @Nullable LocalMember find(HazelcastInstance instance) {
    return (LocalMember) instance.getUserContext().get(GridNames.LOCAL);
  }

  /** This process's replicas, null while it is starting. */
  static @Nullable Replicas replicas(@Nullable HazelcastInstance instance) {
    LocalMember local = instance == null ? null : find(instance);
    return local == null ? null : local.replicas;
  }
}
