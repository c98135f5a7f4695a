package io.mnemogrid.job;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.jet.core.DAG;
import com.hazelcast.jet.core.Edge;
import com.hazelcast.jet.core.Vertex;

/**
 * The hash-and-replay job, one for the grid: log → records checked, document rebuilt, roots
 * recomputed, a space at a time → heads ready for a checkpoint, and the map completed.
 *
 * <p>It keeps nothing in Jet. It goes on from what it published, which is in the store. So the
 * death of any member, or of all, costs reading a few records again.
 */
public final class AuditJob {
  private final LightJob job;

  /** Does nothing before the first {@link #keep}. */
  public AuditJob(HazelcastInstance instance) {
    job = new LightJob("audit", instance, AuditJob::dag);
  }

  /**
   * Keeps the job running: called every few seconds by one thread at a member with a store.
   *
   * @param oldest whether this is the oldest of the members with a store: that one runs the job, on
   *     all of them
   */
  public void keep(boolean oldest) {
    if (!oldest) {
      job.cancel();
      return;
    }
    if (job.isRunning()) {
      job.cancelIfMembersJoined();
    } else {
      job.submit();
    }
  }

  /** Ends the job, if it is this member that runs it; another one begins it again. */
  public void close() {
    job.cancel();
  }

  static DAG dag() {
    DAG dag = new DAG();
    Vertex read = Step.READ_LOG.in(dag, 1);
    Vertex recompute = Step.RECOMPUTE.in(dag, Vertex.LOCAL_PARALLELISM_USE_DEFAULT);
    Vertex publish = Step.PUBLISH.in(dag, 1);
    return dag.edge(
            Edge.between(read, recompute)
                .distributed()
                .partitioned(BySpace.INSTANCE, BySpace.INSTANCE))
        .edge(Edge.between(recompute, publish));
  }
}
