package io.mnemogrid.job;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.jet.core.DAG;
import com.hazelcast.jet.core.Edge;
import com.hazelcast.jet.core.Vertex;
import com.hazelcast.map.IMap;
import io.mnemogrid.checkpoint.AuditStatus;
import io.mnemogrid.grid.GridNames;
import io.mnemogrid.log.LogHead;
import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The batch job that recomputes every space from its first record, spread over all members: list
 * the spaces → audit each, one at a time a member → keep what was found. At most one is under way.
 *
 * <p>What was found is in a distributed map under the audit's id. When a member dies, the job is
 * begun again with the members that are left, without the spaces that are finished.
 */
public final class FullAudit {
  /** Key of the newest audit in the map. */
  private static final String NAME = "mnemogrid-full-audit";

  /**
   * The job of one audit is begun at most this many times. A member that leaves ends it, and so
   * does a bug of ours, for which it must not begin for ever.
   */
  private static final int MOST_TRIES = 10;

  private static final Logger LOG = LoggerFactory.getLogger(FullAudit.class);

  /**
   * The newest audit.
   *
   * @param id empty when there is none
   * @param total number of spaces there were when it began
   * @param spaces what was found of them so far, by name
   */
  public record Report(AuditStatus status, String id, int total, List<SpaceAudit> spaces) {
    public Report {
      spaces = List.copyOf(spaces);
    }
  }

  private record Run(String id, int spaces, boolean ended) implements Serializable {}

  private final HazelcastInstance instance;
  private final LightJob job;
  private int tries;

  /** Does nothing before the first {@link #keep}. */
  public FullAudit(HazelcastInstance instance) {
    this.instance = instance;
    this.job = new LightJob("full audit", instance, FullAudit::dag);
  }

  /**
   * Runs what was begun, and ends what is through: called every few seconds by one thread at a
   * member with a store.
   *
   * @param oldest whether this is the oldest of the members with a store: that one runs the job, on
   *     all of them
   */
  public void keep(boolean oldest) {
    if (!oldest) {
      close();
      return;
    }
    if (job.isRunning()) {
      return;
    }
    Run run = (Run) found(instance).get(NAME);
    if (run == null || run.ended()) {
      tries = 0;
    } else if (tries == 0 || job.failure() != null && tries < MOST_TRIES) {
      tries++;
      job.submit();
    } else {
      Throwable failure = job.failure();
      if (failure != null) {
        LOG.warn("the full audit {} ended before its time, {} times", run.id(), tries, failure);
      }
      found(instance).replace(NAME, run, new Run(run.id(), run.spaces(), true));
      tries = 0;
    }
  }

  /** Ends the job, if it is this member that runs it; another one goes on with it. */
  public void close() {
    job.cancel();
    tries = 0;
  }

  /** Begins an audit unless one is under way; returns the id of the one that is under way then. */
  public static String start(HazelcastInstance instance) {
    IMap<String, Serializable> found = found(instance);
    Run before = (Run) found.get(NAME);
    if (before != null && !before.ended()) {
      return before.id();
    }
    int spaces = AuditParts.of(instance).log().heads().size();
    Run run = new Run(UUID.randomUUID().toString(), spaces, false);
    boolean won =
        before == null ? found.putIfAbsent(NAME, run) == null : found.replace(NAME, before, run);
    return won ? run.id() : ((Run) java.util.Objects.requireNonNull(found.get(NAME))).id();
  }

  /** How the newest audit stands. */
  public static Report report(HazelcastInstance instance) {
    IMap<String, Serializable> found = found(instance);
    Run run = (Run) found.get(NAME);
    if (run == null) {
      return new Report(AuditStatus.NONE, "", 0, List.of());
    }
    List<SpaceAudit> spaces =
        found.values().stream()
            .filter(SpaceAudit.class::isInstance)
            .map(SpaceAudit.class::cast)
            .filter(space -> space.audit().equals(run.id()))
            .sorted(Comparator.comparing(SpaceAudit::space))
            .toList();
    return new Report(status(!run.ended(), run.spaces(), spaces), run.id(), run.spaces(), spaces);
  }

  /** The status of an audit with these findings. */
  static AuditStatus status(boolean running, int total, List<SpaceAudit> spaces) {
    if (running) {
      return AuditStatus.RUNNING;
    }
    if (spaces.stream().anyMatch(space -> space.status() == AuditStatus.MISMATCH)) {
      return AuditStatus.MISMATCH;
    }
    boolean whole =
        spaces.size() >= total
            && spaces.stream().allMatch(space -> space.status() == AuditStatus.VERIFIED);
    return whole ? AuditStatus.VERIFIED : AuditStatus.UNKNOWN;
  }

  static IMap<String, Serializable> found(HazelcastInstance instance) {
    return instance.getMap(GridNames.AUDITS);
  }

  // the job

  static DAG dag() {
    DAG dag = new DAG();
    Vertex list = Step.LIST_SPACES.in(dag, 1);
    Vertex audit = Step.AUDIT_SPACE.in(dag, 1);
    return dag.edge(Edge.between(list, audit).distributed());
  }

  /** The spaces that the newest audit has not found all of, the longest log first. */
  static List<String> unfinished(HazelcastInstance instance) {
    IMap<String, Serializable> found = found(instance);
    return unfinished(newest(found), AuditParts.of(instance).log().heads(), found);
  }

  /** The spaces of which an audit has not found all, the longest log first. */
  static List<String> unfinished(
      String audit, List<LogHead> heads, Map<String, ? extends Serializable> found) {
    return heads.stream()
        .sorted(Comparator.comparingLong(LogHead::version).reversed())
        .map(head -> head.space().text())
        .filter(space ->
            !(found.get(key(space)) instanceof SpaceAudit before
                && before.audit().equals(audit)
                && before.isFinished()))
        .toList();
  }

  /** The id of the newest audit, empty when there is none. */
  static String newest(IMap<String, Serializable> found) {
    @Nullable Run run = (Run) found.get(NAME);
    return run == null ? "" : run.id();
  }

  static String key(SpaceAudit space) {
    return key(space.space());
  }

  private static String key(String space) {
    return "space " + space; // no space has such a name, so it is never that of the run
  }
}
