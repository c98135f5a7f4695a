package io.mnemogrid.commit;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import java.util.List;

/**
 * How a replica follows its log: in order, one update a version, and the log is asked at every gap
 * and every doubt. Pure functions; whoever holds the replica does what they say.
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

    /** Drop the replica and load it anew: the log holds another history. Said loudly. */
    record Reload(String why) implements Step {}
  }

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
        at = at.plus(update);
      } catch (BrokenHistory e) {
        return new Step.Replay(mine.version()); // an announcement proves nothing: the log decides
      }
    }
    return at == mine ? new Step.Nothing() : new Step.Advance(at);
  }

  /** What the log's head means to a replica. */
  public static Step head(Snapshot mine, LogHead log) {
    if (log.version() > mine.version()) {
      return new Step.Replay(mine.version());
    }
    if (log.version() < mine.version()) {
      return new Step.Reload(
          "the replica is at version " + mine.version() + ", the log at " + log.version());
    }
    return log.isSame(mine.head())
        ? new Step.Nothing()
        : new Step.Reload("another history at version " + log.version());
  }

  /** What updates read from the log after the replica's version mean to it. */
  public static Step replayed(Snapshot mine, List<Update> updates) {
    Snapshot at = mine;
    try {
      for (Update update : updates) {
        at = at.plus(update);
      }
    } catch (BrokenHistory e) {
      return new Step.Reload(String.valueOf(e.getMessage()));
    }
    return at == mine ? new Step.Nothing() : new Step.Advance(at);
  }
}
