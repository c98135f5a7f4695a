package io.mnemogrid.grid;

import com.hazelcast.core.HazelcastInstance;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.replica.CommitLoop;
import io.mnemogrid.replica.Replicas;
import java.io.Serializable;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * What entry processors, tasks and jobs find of this process in the instance that runs them.
 *
 * @param log null for a lite member
 * @param commits null for a lite member
 * @param calls answers requests that the grid itself does not know
 * @param news takes messages of the doorbell that the grid itself does not know
 */
public record LocalMember(
    Replicas replicas,
    @Nullable UpdateLog log,
    @Nullable CommitLoop commits,
    UnaryOperator<Serializable> calls,
    Consumer<Serializable> news) {

  /** The parts of the process that {@code instance} runs in; fails while it is starting. */
  public static LocalMember of(HazelcastInstance instance) {
    return Objects.requireNonNull(find(instance), "this member is starting");
  }

  /** The parts of the process that {@code instance} runs in, null while it is starting. */
  static @Nullable LocalMember find(HazelcastInstance instance) {
    return (LocalMember) instance.getUserContext().get(GridNames.LOCAL);
  }

  /** This process's replicas, null while it is starting. */
  static @Nullable Replicas replicas(@Nullable HazelcastInstance instance) {
    LocalMember local = instance == null ? null : find(instance);
    return local == null ? null : local.replicas;
  }

  /** The log of a member that has a store. */
  public UpdateLog requireLog() {
    return Objects.requireNonNull(log, "a lite member has no log");
  }
}
