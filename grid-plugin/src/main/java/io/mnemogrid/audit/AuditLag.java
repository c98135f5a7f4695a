package io.mnemogrid.audit;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.time.Instant;

/**
 * How far the hash-and-replay job is behind the log of one space.
 *
 * @param audited the version up to which the audit has recomputed it
 * @param updates how many are in the log beyond that
 * @param age how long the oldest of them has been waiting, by the store's clock
 */
public record AuditLag(SpaceName space, long audited, long updates, Duration age) {
  /**
   * If the oldest update waits for longer than this, the job does not keep up or does not run.
   * Under load the job itself lets updates wait for less.
   */
  public static final Duration BOUND = Duration.ofSeconds(30);

  /** Whether the audit does not keep up with this space. */
  public boolean isTooFar() {
    return age.compareTo(BOUND) > 0;
  }

  /** The lag of a space whose head is beyond what was audited; reads one record. */
  static AuditLag of(LogReader log, LogHead head, long audited, Instant now) {
    Duration since = Duration.between(oldest(log, head, audited), now);
    Duration age = since.isNegative() ? Duration.ZERO : since;
    return new AuditLag(head.space(), audited, head.version() - audited, age);
  }

  /** When the first version after those audited was committed; where it is damaged, the head. */
  private static Instant oldest(LogReader log, LogHead head, long audited) {
    try {
      return log.read(head.space(), audited, 1).stream()
          .findFirst()
          .map(update -> update.fields().committed())
          .orElse(head.committed());
    } catch (BrokenHistory e) {
      return head.committed();
    }
  }
}
