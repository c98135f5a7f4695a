package io.mnemogrid.job;

import com.hazelcast.core.HazelcastInstance;
import io.mnemogrid.audit.SpaceAuditor;
import io.mnemogrid.checkpoint.AuditedHeads;
import io.mnemogrid.grid.HeadMap;
import io.mnemogrid.log.LogReader;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * The parts of this process that the audits' steps use; found in the user context of its Hazelcast
 * instance.
 */
public record AuditParts(
    LogReader log,
    LogReader.InMemory recent,
    AuditedHeads audited,
    HeadMap heads,
    AuditProgress progress,
    Supplier<SpaceAuditor> auditors) {
  private static final String KEY = "mnemogrid.audit";

  /** Makes the parts known to jobs that run in {@code instance}. */
  public void register(HazelcastInstance instance) {
    instance.getUserContext().put(KEY, this);
  }

  static AuditParts of(HazelcastInstance instance) {
    return (AuditParts)
        Objects.requireNonNull(
            instance.getUserContext().get(KEY), "this member runs no audit: it is starting");
  }
}
