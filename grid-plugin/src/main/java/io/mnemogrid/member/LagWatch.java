package io.mnemogrid.member;

import io.mnemogrid.Audits;
import io.mnemogrid.audit.AuditLag;
import io.mnemogrid.audit.Unaudited;
import io.mnemogrid.checkpoint.AuditedHeads;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Watches how far the audit is behind the log. One thread looks, all may read what it saw. */
final class LagWatch {
  private static final Logger LOG = LoggerFactory.getLogger(LagWatch.class);

  private volatile List<AuditLag> lags = List.of();
  private TreeSet<SpaceName> behind = new TreeSet<>(); // of the thread that looks
  private @Nullable Unaudited unaudited; // of the thread that looks

  /**
   * Looks how far the audit is behind. With {@code loudly} it logs when a space falls too far
   * behind, and when it keeps up again.
   */
  void look(LogReader log, AuditedHeads audited, boolean loudly) {
    Unaudited kept = unaudited;
    if (kept == null) {
      kept = new Unaudited(log, audited);
      unaudited = kept;
    }
    List<AuditLag> now = kept.lags();
    lags = now;
    TreeSet<SpaceName> before = behind;
    behind = new TreeSet<>();
    for (AuditLag lag : now) {
      if (lag.isTooFar()) {
        behind.add(lag.space());
        if (loudly && !before.contains(lag.space())) {
          LOG.warn(
              "the audit of space {} is {} updates behind, the oldest for {} s: what is newer than"
                  + " version {} is not checkpointed yet",
              lag.space(),
              lag.updates(),
              lag.age().toSeconds(),
              lag.audited());
        }
      }
    }
    before.removeAll(behind);
    for (SpaceName space : before) {
      if (loudly && kept.follows(space)) {
        LOG.info("the audit of space {} keeps up again", space);
      }
    }
  }

  /** The space that the audit is farthest behind with, if that is too far. */
  Optional<AuditLag> tooFar() {
    return lags.stream()
        .filter(AuditLag::isTooFar)
        .max((one, other) -> one.age().compareTo(other.age()));
  }

  /** How far it is behind, all spaces together; as last looked at. */
  Audits.Lag lag() {
    List<AuditLag> now = lags;
    return new Audits.Lag(
        now.stream().mapToLong(AuditLag::updates).sum(),
        now.stream().map(AuditLag::age).max(Duration::compareTo).orElse(Duration.ZERO));
  }
}
