package io.mnemogrid.checkpoint;

import io.mnemogrid.log.LogReader;
import io.mnemogrid.proof.Frontier;
import io.mnemogrid.proof.LogTree;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The rules that a head fulfils before it goes into a checkpoint, judged against the log itself and
 * the checkpoint before. A head that breaks one holds up its own space only.
 *
 * <p>Costs a read of the leaf hashes since the checkpoint before; once for each space, after a
 * start, of all of them. One thread uses it.
 */
final class HeadRules {
  private final LogReader log;
  private final Map<SpaceName, Frontier> frontiers = new HashMap<>();

  HeadRules(LogReader log) {
    this.log = log;
  }

  /** The first rule that is broken, empty when the head may go into a checkpoint. */
  Optional<Held> broken(VerifiedHead found, @Nullable Head before, Instant now) {
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
    List<Hash> fresh = log.leafHashes(head.space(), since, head.version());
    if (fresh.size() != head.version() - since) {
      return held(
          head,
          Held.Rule.NO_GAP,
          "the log has %d of the versions %d to %d"
              .formatted(fresh.size(), since + 1, head.version()));
    }
    if (!fresh.getLast().equals(found.leafHash())) {
      return held(
          head,
          Held.Rule.RECOMPUTED,
          "the log has record %s at this version, the audit read %s"
              .formatted(fresh.getLast(), found.leafHash()));
    }
    return before == null ? first(head, fresh) : growth(before, head, fresh);
  }

  private Optional<Held> first(Head head, List<Hash> fresh) {
    Frontier grown = plus(Frontier.EMPTY, fresh);
    if (!grown.root().equals(head.logRoot())) {
      return otherLog(head, grown);
    }
    frontiers.put(head.space(), grown);
    return Optional.empty();
  }

  /** Log root to log root by a consistency proof (RFC 6962 §2.1.2), made from the log. */
  private Optional<Held> growth(Head before, Head head, List<Hash> fresh) {
    Frontier from = frontiers.get(head.space());
    if (from == null || from.size() != before.version()) {
      from = plus(Frontier.EMPTY, log.leafHashes(head.space(), before.version()));
    }
    Frontier grown = plus(from, fresh);
    if (from.size() == before.version()
        && LogTree.verifyConsistency(
            before.version(),
            before.logRoot(),
            head.version(),
            head.logRoot(),
            LogTree.consistency(from, fresh))) {
      frontiers.put(head.space(), grown);
      return Optional.empty();
    }
    if (!grown.root().equals(head.logRoot())) {
      return otherLog(head, grown);
    }
    return held(
        head,
        Held.Rule.GROWS,
        "log root %s at version %d, the checkpoint before says %s"
            .formatted(from.root(), before.version(), before.logRoot()));
  }

  private static Optional<Held> otherLog(Head head, Frontier log) {
    return held(
        head,
        Held.Rule.RECOMPUTED,
        "the log has root %s, the audit found %s".formatted(log.root(), head.logRoot()));
  }

  private static Frontier plus(Frontier from, List<Hash> leaves) {
    Frontier grown = from;
    for (Hash leaf : leaves) {
      grown = grown.plus(leaf);
    }
    return grown;
  }

  private static Optional<Held> held(Head head, Held.Rule rule, String detail) {
    return Optional.of(new Held(head.space(), head.version(), rule, detail));
  }
}
