package io.mnemogrid.job;

import io.mnemogrid.audit.Finding;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit's sink: publishes what was found, ready for a checkpoint or not, and puts into the
 * distributed map what it misses.
 */
final class HeadPublisher {
  private static final Logger LOG = LoggerFactory.getLogger(HeadPublisher.class);
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  private final AuditParts parts;

  HeadPublisher(AuditParts parts) {
    this.parts = parts;
  }

  /**
   * Publishes one finding; false when the store is away. Then it must be tried again, because the
   * audit must not skip a head.
   */
  boolean publish(Finding finding) {
    try {
      publishOnce(finding);
      return true;
    } catch (LogUnavailable e) {
      LOG.warn("the audit waits for the store: {}", e.getMessage());
      LockSupport.parkNanos(PATIENCE.toNanos());
      return false;
    }
  }

  private void publishOnce(Finding finding) {
    SpaceName space = finding.head().space();
    Instant now = parts.log().now();
    parts
        .audited()
        .publish(
            new AuditedHead(
                finding.head(),
                finding.leafHash(),
                ContentAddress.parse(finding.snapshotAddress()),
                finding.snapshotVersion(),
                finding.committed(),
                now,
                finding.problem()));
    String problem = finding.problem();
    if (problem != null) {
      LOG.error(
          "AUDIT: space {} does not agree with itself: {}. It is no longer checkpointed; its head of"
              + " the last checkpoint stays",
          space,
          problem);
      parts.progress().problem(space, problem);
      return;
    }
    parts.progress().published(space);
    parts.heads().ensure(space);
  }
}
