package io.mnemogrid.merge;

import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Timestamps;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** A space as it grows by random deltas, every version kept; used by one test. */
final class Rollbacks {
  static final Instant LATER = Instant.parse("2026-02-05T20:00:00Z");

  final List<Update> log = new ArrayList<>();
  final List<Snapshot> versions = new ArrayList<>();
  final RandomDeltas deltas;

  Rollbacks(long seed, int steps) {
    deltas = new RandomDeltas(seed);
    versions.add(Snapshot.ofNew(new SpaceName("rolled")));
    for (int step = 0; step < steps; step++) {
      next();
    }
  }

  Snapshot head() {
    return versions.getLast();
  }

  /** One more random delta, unless it is refused. */
  void next() {
    Snapshot head = head();
    append(deltas.next(SlowSpace.copyOf(head.state(), head.version())));
  }

  static Delta.Rollback delta(String id, long to) {
    return Delta.parseRollback(
        Json.EMPTY_OBJECT
            .with("to", Json.of(to))
            .with("author", Json.of("bot-r"))
            .with("update_id", Json.of(id))
            .with("timestamp", Json.of(Timestamps.format(LATER))));
  }

  /** Rolls back as a committing member does: reads the target, resolves against the head. */
  Resolution.Accepted rollBack(String id, int to) {
    State target = versions.get(to).state();
    Delta delta = delta(id, to).withTarget(target).against(head().version(), LATER);
    return (Resolution.Accepted) append(delta);
  }

  private Resolution append(Delta delta) {
    Snapshot head = head();
    Resolution resolution = Resolver.resolve(head.state(), head.version(), delta);
    if (resolution instanceof Resolution.Accepted accepted) {
      Update update =
          Update.of(
              new Update.Fields(
                  head.space(),
                  head.version() + 1,
                  delta.id(),
                  delta.author(),
                  delta.type(),
                  delta.base(),
                  delta.timestamp(),
                  delta.timestamp(),
                  delta.requestHash(),
                  head.head().leafHash(),
                  accepted.next().root(),
                  accepted.changes(),
                  accepted.superseded(),
                  accepted.overrode()));
      log.add(update);
      versions.add(head.with(update, accepted.next()));
    }
    return resolution;
  }
}
