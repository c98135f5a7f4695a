package io.mnemogrid.check;

import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.StoreRows;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * How far the audit and the checkpoints are at one moment, read from the rows of the store. No
 * member is asked, so the figures are right even when members are wrong about themselves.
 *
 * @param unaudited how many updates of all spaces the audit has not recomputed
 * @param auditAge how long the oldest of them has been in the log
 * @param checkpoint number of the newest final checkpoint, 0 before the first
 * @param checkpointAge how long ago it was composed; before the first, how old the oldest update is
 * @param problems what the audit found wrong
 */
public record Vitals(
    long unaudited,
    Duration auditAge,
    long checkpoint,
    Duration checkpointAge,
    List<String> problems) {
  public Vitals {
    problems = List.copyOf(problems);
  }

  /**
   * Reads the vitals. On SQLite each call goes over all of the log that came since the last call
   * with the same {@code rows}.
   */
  public static Vitals read(StoreRows rows) {
    Map<SpaceName, Long> audited = new HashMap<>();
    List<AuditedHead> verified = rows.verified();
    verified.stream()
        .filter(AuditedHead::ready)
        .forEach(head -> audited.merge(head.head().space(), head.head().version(), Math::max));
    Instant now = Instant.now();
    Instant oldest = now;
    Instant first = now;
    long unaudited = 0;
    for (StoreRows.SpaceRow space : rows.spaces()) {
      long until = audited.getOrDefault(space.head().space(), 0L);
      unaudited += Math.max(0, space.head().version() - until);
      for (StoreRows.LogRow row : rows.log(space.id(), until, until + 1)) {
        oldest = oldest.isBefore(row.committed()) ? oldest : row.committed();
      }
      for (StoreRows.LogRow row : rows.log(space.id(), 0, 1)) {
        first = first.isBefore(row.committed()) ? first : row.committed();
      }
    }
    StoreRows.FinalRow newest = rows.newestFinal().orElse(new StoreRows.FinalRow(0, first));
    return new Vitals(
        unaudited,
        Duration.between(oldest, now),
        newest.number(),
        Duration.between(newest.prepared(), now),
        verified.stream()
            .filter(head -> !head.ready())
            .map(head -> head.head().space() + ": " + head.problem())
            .toList());
  }

  /**
   * Whether the audit has recomputed each update and a final checkpoint holds each space's head.
   */
  static boolean isAllFinal(StoreRows rows) {
    Map<SpaceName, Long> anchored = new HashMap<>();
    long newest = rows.newestFinal().map(StoreRows.FinalRow::number).orElse(0L);
    rows.entries().stream()
        .filter(row -> row.number() <= newest)
        .forEach(row ->
            anchored.merge(row.entry().head().space(), row.entry().head().version(), Math::max));
    return read(rows).unaudited() == 0
        && rows.spaces().stream()
            .allMatch(
                space -> anchored.getOrDefault(space.head().space(), 0L) == space.head().version());
  }

  /**
   * Waits until all is audited and final; nobody may commit meanwhile. After {@code atMost} it adds
   * to the verdict what is missing. Returns how long it waited.
   */
  public static Duration awaitFinal(StoreRows rows, Duration atMost, Verdict verdict) {
    long since = System.nanoTime();
    while (!isAllFinal(rows)) {
      if (System.nanoTime() - since > atMost.toNanos()) {
        Vitals end = read(rows);
        verdict.add(
            end.unaudited() > 0 ? Flaw.AUDIT : Flaw.CHECKPOINTS,
            "%d s after the last commit, %d updates are not audited, and checkpoint %d is final"
                .formatted(atMost.toSeconds(), end.unaudited(), end.checkpoint()));
        break;
      }
      MemberProcess.pause(200);
    }
    return Duration.ofNanos(System.nanoTime() - since);
  }
}
