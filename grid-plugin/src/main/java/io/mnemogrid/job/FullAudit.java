package io.mnemogrid.job;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.jet.Job;
import com.hazelcast.jet.config.JobConfig;
import com.hazelcast.jet.config.ProcessingGuarantee;
import com.hazelcast.jet.core.JobStatus;
import com.hazelcast.jet.pipeline.BatchSource;
import com.hazelcast.jet.pipeline.Pipeline;
import com.hazelcast.jet.pipeline.ServiceFactories;
import com.hazelcast.jet.pipeline.ServiceFactory;
import com.hazelcast.jet.pipeline.Sinks;
import com.hazelcast.jet.pipeline.SourceBuilder;
import com.hazelcast.map.IMap;
import io.mnemogrid.grid.GridNames;
import io.mnemogrid.log.LogHead;
import java.io.Serializable;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * The batch job that recomputes every space from its first record, spread over all members: list
 * the spaces → audit each, one at a time a member → keep what was found. One is under way at most.
 *
 * <p>What was found stands in a distributed map under the audit's id. When a member dies, Jet
 * begins again with the members that are left, and the spaces that were finished are left out.
 */
public final class FullAudit {
  /** The job's name in Jet. */
  public static final String NAME = "mnemogrid-full-audit";

  /** How the newest audit stands. */
  public enum State {
    /** None was ever asked for. */
    NONE,
    /** Spaces are being recomputed. */
    RUNNING,
    /** All that the store says holds. */
    HONEST,
    /** Something the store says does not hold. */
    LIE,
    /** It ended, and not all could be found out. */
    UNKNOWN
  }

  /**
   * The newest audit.
   *
   * @param id empty when there is none
   * @param total number of spaces there were when it began
   * @param spaces what was found of them so far, by name
   */
  public record Report(State state, String id, int total, List<SpaceAudit> spaces) {
    public Report {
      spaces = List.copyOf(spaces);
    }
  }

  private record Run(String id, int spaces) implements Serializable {}

  private FullAudit() {}

  /** Begins one unless one is under way; returns the id of the one that is then. */
  public static String start(HazelcastInstance instance) {
    IMap<String, Serializable> found = found(instance);
    Run before = (Run) found.get(NAME);
    if (before != null && isRunning(instance)) {
      return before.id();
    }
    int spaces = AuditParts.of(instance).log().heads().size();
    Run run = new Run(UUID.randomUUID().toString(), spaces);
    boolean won =
        before == null ? found.putIfAbsent(NAME, run) == null : found.replace(NAME, before, run);
    if (won) {
      instance
          .getJet()
          .newJobIfAbsent(
              pipeline(),
              new JobConfig().setName(NAME).setProcessingGuarantee(ProcessingGuarantee.NONE));
    }
    return won ? run.id() : ((Run) java.util.Objects.requireNonNull(found.get(NAME))).id();
  }

  /** How the newest one stands. */
  public static Report report(HazelcastInstance instance) {
    boolean running = isRunning(instance); // first: what ends meanwhile stands in the map
    IMap<String, Serializable> found = found(instance);
    Run run = (Run) found.get(NAME);
    if (run == null) {
      return new Report(State.NONE, "", 0, List.of());
    }
    List<SpaceAudit> spaces =
        found.values().stream()
            .filter(SpaceAudit.class::isInstance)
            .map(SpaceAudit.class::cast)
            .filter(space -> space.audit().equals(run.id()))
            .sorted(Comparator.comparing(SpaceAudit::space))
            .toList();
    return new Report(state(running, run.spaces(), spaces), run.id(), run.spaces(), spaces);
  }

  /** How an audit stands of which so much was found. */
  static State state(boolean running, int total, List<SpaceAudit> spaces) {
    if (running) {
      return State.RUNNING;
    }
    if (spaces.stream().anyMatch(space -> space.state() == SpaceAudit.State.LIE)) {
      return State.LIE;
    }
    boolean whole =
        spaces.size() >= total
            && spaces.stream().allMatch(space -> space.state() == SpaceAudit.State.HONEST);
    return whole ? State.HONEST : State.UNKNOWN;
  }

  private static boolean isRunning(HazelcastInstance instance) {
    Job job = instance.getJet().getJob(NAME);
    if (job == null) {
      return false;
    }
    JobStatus status = job.getStatus();
    return !status.isTerminal();
  }

  static IMap<String, Serializable> found(HazelcastInstance instance) {
    return instance.getMap(GridNames.AUDITS);
  }

  // the steps

  static Pipeline pipeline() {
    Pipeline pipeline = Pipeline.create();
    pipeline
        .readFrom(spaces())
        .rebalance()
        .mapUsingService(auditors(), AuditWorker::audit)
        .setLocalParallelism(1)
        .setName("audit the space")
        .writeTo(
            Sinks.<SpaceAudit, String, SpaceAudit>map(
                GridNames.AUDITS, FullAudit::key, space -> space))
        .setName("keep what was found");
    return pipeline;
  }

  private static BatchSource<String> spaces() {
    return SourceBuilder.batch("list the spaces", context -> context.hazelcastInstance())
        .<String>fillBufferFn((instance, buffer) -> {
          Run run = (Run) found(instance).get(NAME);
          unfinished(
                  run == null ? "" : run.id(),
                  AuditParts.of(instance).log().heads(),
                  found(instance))
              .forEach(buffer::add);
          buffer.close();
        })
        .build();
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

  private static ServiceFactory<?, AuditWorker> auditors() {
    return ServiceFactories.nonSharedService(
            context -> AuditWorker.open(context.hazelcastInstance()), AuditWorker::close)
        .toNonCooperative();
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
