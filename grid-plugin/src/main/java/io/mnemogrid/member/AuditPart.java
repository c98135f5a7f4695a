package io.mnemogrid.member;

import com.hazelcast.cluster.Member;
import io.mnemogrid.Audits;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridHealth;
import io.mnemogrid.audit.AuditLag;
import io.mnemogrid.checkpoint.AuditedHeads;
import io.mnemogrid.grid.GridNode;
import io.mnemogrid.grid.HeadMap;
import io.mnemogrid.job.AuditJob;
import io.mnemogrid.job.AuditParts;
import io.mnemogrid.job.AuditProgress;
import io.mnemogrid.job.FullAudit;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.Store;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two audits of a member with a store. The oldest such member keeps their jobs running, on all
 * that have one; one thread looks every two seconds.
 */
final class AuditPart {
  private static final Logger LOG = LoggerFactory.getLogger(AuditPart.class);
  private static final Duration SUPERVISION = Duration.ofSeconds(2);

  private final GridNode node;
  private final LogReader log;
  private final AuditedHeads audited;
  private final GridAudits audits;
  private final Probe probe;
  private final AuditProgress progress = new AuditProgress();
  private final AuditParts parts;
  private final AuditJob following;
  private final FullAudit full;
  private final ScheduledExecutorService supervisor =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("mnemogrid-supervisor").daemon().factory());
  private volatile boolean open = true;

  AuditPart(
      GridConfig config,
      GridNode node,
      Store store,
      LogReader log,
      LogReader.InMemory recent,
      HeadMap heads,
      GridAudits audits,
      Probe probe) {
    this.node = node;
    this.log = log;
    this.audited = store.audited();
    this.audits = audits;
    this.probe = probe;
    this.parts =
        new AuditParts(
            log, recent, audited, heads, progress, () -> GridAudits.auditor(config, store));
    this.following = new AuditJob(node.instance());
    this.full = new FullAudit(node.instance());
  }

  Lifecycle.Part part() {
    return new Lifecycle.Part("the audit")
        .starts(() -> parts.register(node.instance()))
        .opens(this::supervise)
        .drains(this::end)
        .tells(() -> List.of(probe.ask("audit", this::health)));
  }

  private void supervise() {
    supervisor.scheduleWithFixedDelay(
        this::look, 500, SUPERVISION.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      boolean oldest = isOldestWithStore();
      following.keep(oldest);
      full.keep(oldest);
      audits.watch().look(log, audited, oldest);
    } catch (Throwable e) { // the next look may do better
      if (open && node.isRunning()) { // else it left the grid, which health says
        LOG.warn("the audits cannot be supervised now: {}", e.getMessage());
      }
    }
  }

  private boolean isOldestWithStore() {
    return isOldestWithStore(node);
  }

  /** Whether this member is the one that does what one of all members with a store has to do. */
  static boolean isOldestWithStore(GridNode node) {
    return node.members().stream()
        .filter(member -> !member.isLiteMember())
        .findFirst()
        .filter(Member::localMember)
        .isPresent();
  }

  private void end() {
    open = false;
    supervisor.shutdownNow();
    try {
      following.close();
      full.close();
    } catch (RuntimeException e) {
      LOG.debug("the audits end with this member", e);
    }
  }

  private GridHealth.Part health() {
    Map<SpaceName, String> problems = progress.problems();
    audited.problems().forEach(at -> problems.put(at.head().space(), String.valueOf(at.problem())));
    audits
        .mismatches()
        .forEach((space, mismatch) -> problems.putIfAbsent(space, "full audit: " + mismatch));
    Audits.Lag lag = audits.lag();
    boolean runs = progress.isRunning();
    String detail =
        "%s, %d updates behind, the oldest for %.1f s"
            .formatted(
                runs ? "runs here" : "does not run here",
                lag.updates(),
                lag.age().toMillis() / 1e3);
    if (!problems.isEmpty()) {
      StringJoiner all = new StringJoiner("; ");
      problems.forEach((space, problem) -> all.add(space + ": " + problem));
      return new GridHealth.Part("audit", GridHealth.Status.DEGRADED, all + "; " + detail);
    }
    Optional<AuditLag> tooFar = audits.watch().tooFar();
    if (tooFar.isPresent()) {
      detail += "; farthest behind with space " + tooFar.get().space();
    }
    return new GridHealth.Part(
        "audit",
        (runs || !isOldestWithStore()) && tooFar.isEmpty()
            ? GridHealth.Status.UP
            : GridHealth.Status.DEGRADED,
        detail);
  }
}
