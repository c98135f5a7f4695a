package io.mnemogrid.job;

import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import io.mnemogrid.audit.Mismatch;
import io.mnemogrid.audit.SpaceAuditor;
import io.mnemogrid.checkpoint.AuditStatus;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One worker of the full audit: audits a space at a time, and reports how far it has come. */
final class AuditWorker {
  private static final Logger LOG = LoggerFactory.getLogger(AuditWorker.class);
  private static final Duration TELL_EVERY = Duration.ofMillis(500);

  private final String audit;
  private final String member;
  private final SpaceAuditor auditor;
  private final Consumer<SpaceAudit> told;

  AuditWorker(String audit, String member, SpaceAuditor auditor, Consumer<SpaceAudit> told) {
    this.audit = audit;
    this.member = member;
    this.auditor = auditor;
    this.told = told;
  }

  static AuditWorker open(HazelcastInstance instance) {
    var found = FullAudit.found(instance);
    String name = instance.getCluster().getLocalMember().getAttribute("name");
    return new AuditWorker(
        FullAudit.newest(found),
        name == null ? "" : name,
        AuditParts.of(instance).auditors().get(),
        space -> found.set(FullAudit.key(space), space));
  }

  void close() {
    auditor.close();
  }

  /** Audits one space, and reports what it found. */
  SpaceAudit audit(String space) {
    SpaceAudit result = find(space);
    told.accept(result);
    return result;
  }

  /**
   * The result of one space. If it cannot be found out, the result is UNKNOWN, and the other spaces
   * are audited all the same.
   */
  private SpaceAudit find(String space) {
    Reported progress = new Reported(space);
    Optional<Mismatch> mismatch;
    try {
      mismatch = auditor.audit(SpaceName.of(space), progress);
    } catch (RuntimeException e) {
      if (isInterrupted(e)) {
        throw e; // the job ends here and begins again, and somebody else audits the space
      }
      LOG.warn("the full audit cannot tell about space {}", space, e);
      return progress.so(AuditStatus.UNKNOWN, "space " + space, String.valueOf(e.getMessage()));
    }
    if (mismatch.isEmpty()) {
      return progress.so(AuditStatus.VERIFIED, null, null);
    }
    LOG.error("AUDIT: mismatch at {}: {}", mismatch.get().where(), mismatch.get().what());
    return progress.so(AuditStatus.MISMATCH, mismatch.get().where(), mismatch.get().what());
  }

  private static boolean isInterrupted(Throwable thrown) {
    for (Throwable at = thrown; at != null; at = at.getCause()) {
      if (at instanceof InterruptedException) {
        return true;
      }
    }
    return Thread.currentThread().isInterrupted();
  }

  /** Counts, and reports now and then. */
  private final class Reported implements SpaceAuditor.Progress {
    private final String space;
    private long last = System.nanoTime();
    private long done;
    private long total;

    Reported(String space) {
      this.space = space;
    }

    @Override
    public void at(long nowDone, long nowTotal) {
      done = nowDone;
      total = nowTotal;
      if (System.nanoTime() - last >= TELL_EVERY.toNanos()) {
        last = System.nanoTime();
        try {
          told.accept(so(AuditStatus.RUNNING, null, null));
        } catch (HazelcastException e) { // a member has left; the next report tells it
          LOG.debug("how far space {} is was not told", space, e);
        }
      }
    }

    SpaceAudit so(AuditStatus status, @Nullable String where, @Nullable String what) {
      return new SpaceAudit(audit, space, member, done, total, status, where, what);
    }
  }
}
