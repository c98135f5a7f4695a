package io.mnemogrid.commit;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a replica follows its log: in order, one update for each version. At every gap and every
 * doubt the log is asked. Only the last version of a batch is published, so only its state root is
 * compared. For the versions before it, the hash chain and the changes are checked. Pure functions;
 * the caller holds the replica and does what they say.
 */
public final class ReplicaFeed {
  /** What a replica is to do with news. */
  public sealed interface Step {
    /** It knows that already. */
    record Nothing() implements Step {}

    /** Publish this version. */
    record Advance(Snapshot next) implements Step {}

    /** Read the log after this version. */
    record Replay(long since) implements Step {}

    /**
     * Drop the replica and load the space again, because the log has another history. A warning
     * tells the operator.
     *
     * @param version the version at which the histories differ
     */
    record Reload(long version, String why) implements Step {}
  }

  /**
   * How a replica and the log stood when they were last compared.
   *
   * @param mine the replica's version then
   * @param log the log's version then
   */
  public record Look(long mine, long log) {}

  private ReplicaFeed() {}

  /** What announced updates mean to a replica; they follow each other, oldest first. */
  public static Step announced(Snapshot mine, List<Update> updates) {
    Snapshot at = mine;
    for (Update update : updates) {
      if (update.version() <= at.version()) {
        continue;
      }
      if (update.version() > at.version() + 1) {
        return new Step.Replay(mine.version());
      }
      try {
        at = at.plusUncompared(update);
      } catch (BrokenHistory e) {
        return new Step.Replay(mine.version()); // an announcement proves nothing: the log decides
      }
    }
    if (at == mine) {
      return new Step.Nothing();
    }
    return at.hasItsRoot() ? new Step.Advance(at) : new Step.Replay(mine.version());
  }

  /**
   * What the log's head means to a replica that was compared with it before. Under load the log is
   * always a little ahead of what was announced. So the log is read only if the replica has not
   * moved since the last comparison, or has not reached the version that the log had then.
   *
   * @param before the last comparison; null when a log that is ahead must be read in any case
   */
  public static Step head(Snapshot mine, LogHead log, @Nullable Look before) {
    if (log.version() > mine.version()) {
      boolean onItsWay =
          before != null && mine.version() > before.mine && mine.version() >= before.log;
      return onItsWay ? new Step.Nothing() : new Step.Replay(mine.version());
    }
    if (log.version() < mine.version()) {
      return new Step.Reload(
          log.version(),
          "the replica is at version " + mine.version() + ", the log at " + log.version());
    }
    return log.isSame(mine.head())
        ? new Step.Nothing()
        : new Step.Reload(log.version(), "the head row names another record");
  }

  /** What updates read from the log after the replica's version mean to it. */
  public static Step replayed(Snapshot mine, List<Update> updates) {
    Snapshot at = mine;
    try {
      for (Update update : updates) {
        at = at.plusUncompared(update);
      }
      return at == mine ? new Step.Nothing() : new Step.Advance(at.compared());
    } catch (BrokenHistory e) {
      return new Step.Reload(e.version(), e.what());
    }
  }
}
