package io.mnemogrid.checkpoint;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.proof.Frontier;
import io.mnemogrid.proof.LogFold;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The rules that a head must fulfil before it goes into a checkpoint, judged against the log itself
 * and the checkpoint before. A head that breaks a rule holds up its own space only.
 *
 * <p>A judgement reads the leaf hashes since the checkpoint before. The first judgement of a space
 * after a start also reads those since the nearest snapshot. A frontier is kept for each space,
 * O(log version), and a page of hashes is read at a time. One thread uses it.
 */
final class HeadRules {
  private final LogReader log;
  private final Map<SpaceName, Frontier> frontiers = new HashMap<>();

  HeadRules(LogReader log) {
    this.log = log;
  }

  /** The first rule that is broken, empty when the head may go into a checkpoint. */
  Optional<Held> broken(AuditedHead found, @Nullable Head before, Instant now) {
    try {
      return judged(found, before, now);
    } catch (BrokenHistory e) { // a damaged log holds up its own space, not all of them
      return held(found.head(), Held.Rule.RECOMPUTED, String.valueOf(e.getMessage()));
    }
  }

  private Optional<Held> judged(AuditedHead found, @Nullable Head before, Instant now) {
    Head head = found.head();
    if (found.problem() != null) {
      return held(head, Held.Rule.RECOMPUTED, found.problem());
    }
    if (found.committed().isAfter(now)) {
      Instant since = log.now(); // it may have been committed after the clock was read
      if (found.committed().isAfter(since)) {
        return held(
            head,
            Held.Rule.NOT_FUTURE,
            "committed at %s, now it is %s".formatted(found.committed(), since));
      }
    }
    if (before != null && head.version() <= before.version()) {
      return held(
          head,
          Held.Rule.GROWS,
          "version %d after version %d in the checkpoint before"
              .formatted(head.version(), before.version()));
    }
    long since = before == null ? 0 : before.version();
    Frontier from = before == null ? Frontier.EMPTY : frontierOf(before);
    Growth growth = new Growth(from);
    if (from.size() == since) {
      log.forEachLeafHash(head.space(), since, head.version(), growth);
    }
    Frontier grown = growth.tree.frontier();
    if (grown.size() != head.version()) {
      return held(
          head,
          Held.Rule.NO_GAP,
          "the log has %d of the versions %d to %d"
              .formatted(Math.max(0, grown.size() - since), since + 1, head.version()));
    }
    if (!found.leafHash().equals(growth.last)) {
      return held(
          head,
          Held.Rule.RECOMPUTED,
          "the log has record %s at this version, the audit read %s"
              .formatted(growth.last, found.leafHash()));
    }
    if (!grown.root().equals(head.logRoot())) {
      return otherLog(head, grown);
    }
    // A tree that was grown from a root extends the tree with that root (RFC 6962 §2.1.2).
    if (before != null && !from.root().equals(before.logRoot())) {
      return held(
          head,
          Held.Rule.GROWS,
          "log root %s at version %d, the checkpoint before says %s"
              .formatted(from.root(), before.version(), before.logRoot()));
    }
    frontiers.put(head.space(), grown);
    return Optional.empty();
  }

  /** A tree that grows, and the leaf that it got last. */
  private static final class Growth implements Consumer<Hash> {
    final LogFold tree;
    @Nullable Hash last;

    Growth(Frontier from) {
      this.tree = new LogFold(from);
    }

    @Override
    public void accept(Hash leaf) {
      tree.accept(leaf);
      last = leaf;
    }
  }

  /**
   * The frontier of the log at the head of the checkpoint before. It grows from the one in memory,
   * else from that of the nearest snapshot, else from version 1. A root determines its frontier, so
   * a frontier with the root of the checkpoint is right wherever it came from. One with another
   * root is computed again from version 1.
   */
  private Frontier frontierOf(Head before) {
    Frontier known = frontiers.get(before.space());
    Frontier start = known != null && known.size() <= before.version() ? known : snapshot(before);
    Frontier reached = folded(before, start);
    return start.size() == 0 || reached.root().equals(before.logRoot())
        ? reached
        : folded(before, Frontier.EMPTY);
  }

  private Frontier snapshot(Head before) {
    return log.snapshot(before.space(), before.version())
        .map(Snapshot::frontier)
        .orElse(Frontier.EMPTY);
  }

  private Frontier folded(Head to, Frontier from) {
    LogFold fold = new LogFold(from);
    log.forEachLeafHash(to.space(), from.size(), to.version(), fold);
    return fold.frontier();
  }

  private static Optional<Held> otherLog(Head head, Frontier log) {
    return held(
        head,
        Held.Rule.RECOMPUTED,
        "the log has root %s, the audit found %s".formatted(log.root(), head.logRoot()));
  }

  private static Optional<Held> held(Head head, Held.Rule rule, String detail) {
    return Optional.of(new Held(head.space(), head.version(), rule, detail));
  }
}
