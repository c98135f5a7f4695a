package io.mnemogrid.job;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.jet.Job;
import com.hazelcast.jet.core.DAG;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.UUID;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A job that this member coordinates for all members with a store. Jet's other kind of job is
 * coordinated by the oldest member of the grid, which may be a bot (decision 026). A light job ends
 * when this member leaves, or another one that it runs on, and is submitted again. One thread uses
 * it.
 */
final class LightJob {
  private static final Logger LOG = LoggerFactory.getLogger(LightJob.class);

  /** Members that join together, as after an upgrade, restart the job once. */
  private static final Duration SETTLED = Duration.ofSeconds(10);

  private final String name;
  private final HazelcastInstance instance;
  private final Supplier<DAG> dag;
  private @Nullable Job job;
  private Set<UUID> over = Set.of();
  private Set<UUID> seen = Set.of();
  private long seenSince;

  LightJob(String name, HazelcastInstance instance, Supplier<DAG> dag) {
    this.name = name;
    this.instance = instance;
    this.dag = dag;
  }

  /** Begins it; call only when it does not run. */
  void submit() {
    over = members();
    seen = over;
    job = instance.getJet().newLightJob(dag.get());
    LOG.debug("the {} job runs on {} members", name, over.size());
  }

  /** Whether it was begun and has not ended, as far as this member knows. */
  boolean isRunning() {
    Job begun = job;
    return begun != null && !begun.getFuture().isDone();
  }

  /** Why it ended, or null when it ended well or does not even run. */
  @Nullable Throwable failure() {
    Job begun = job;
    return begun == null || !begun.getFuture().isCompletedExceptionally()
        ? null
        : begun.getFuture().exceptionNow();
  }

  /**
   * Ends the job when members have joined and none has joined for {@link #SETTLED}, so that it is
   * begun again with them.
   */
  void cancelIfMembersJoined() {
    Set<UUID> now = members();
    if (!now.equals(seen)) {
      seen = now;
      seenSince = System.nanoTime();
    }
    boolean joined = !over.containsAll(now);
    if (joined && System.nanoTime() - seenSince >= SETTLED.toNanos()) {
      cancel();
    }
  }

  /** Ends it. */
  void cancel() {
    Job begun = job;
    if (begun != null && !begun.getFuture().isDone()) {
      begun.cancel();
    }
  }

  private Set<UUID> members() {
    return instance.getCluster().getMembers().stream()
        .filter(member -> !member.isLiteMember())
        .map(Member::getUuid)
        .collect(Collectors.toCollection(HashSet::new));
  }
}
