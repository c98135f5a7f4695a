package io.mnemogrid.bench;

import io.mnemogrid.bench.Row.Goal;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * What the root of every version costs. The engine cannot run without roots, so its work is done
 * here on one thread, twice: deltas are resolved against a space of 10,000 leaves, made into
 * chained records, added to the log tree and appended to SQLite, 512 in a transaction. The first
 * time each record holds the root of its version. The second time it holds a constant instead, and
 * nothing of the state is hashed. Neither contains what callers, map, topic and audit cost, so the
 * difference is greater than a client would notice.
 */
final class RootRows {
  private static final int GROUP = 512;
  private static final SpaceName SPACE = SpaceName.of("bench");

  private RootRows() {}

  static List<Row> root(Run run) throws Exception {
    try (SqliteStore with = SqliteStore.open(run.empty("root").resolve("with.db"));
        SqliteStore without = SqliteStore.open(run.empty("root").resolve("without.db"))) {
      Map<String, Run.Contender> contenders = new LinkedHashMap<>();
      contenders.put("with", new Engine(with.log(), true)::work);
      contenders.put("without", new Engine(without.log(), false)::work);
      Map<String, Load.Result> results = run.interleave(contenders);
      double rooted = Objects.requireNonNull(results.get("with")).perSecond();
      double bare = Objects.requireNonNull(results.get("without")).perSecond();
      return List.of(
          new Row(
              "root for every version, with ÷ without",
              Row.perSecond(rooted),
              "one thread without roots " + Row.perSecond(bare),
              rooted / bare,
              Goal.atLeast(0.85)));
    }
  }

  /** Records and the store they are appended to. */
  private static final class Engine {
    private final UpdateLog log;
    private final Records records;

    Engine(UpdateLog log, boolean rooted) {
      this.log = log;
      this.records = new Records(SPACE, rooted);
      log.create(SPACE, "{}");
      commit(List.of(records.delta("", MnemogridPeer.document(PeerRows.LEAVES))));
    }

    /**
     * Prepares deltas, which is not timed, and commits them, which is, until the commits took
     * {@code time}.
     */
    Load.Result work(Duration time) {
      long took = 0;
      long writes = 0;
      List<Long> groups = new ArrayList<>();
      while (took < time.toNanos()) {
        List<Delta> deltas =
            Stream.generate(() -> records.someDelta(PeerRows.LEAVES)).limit(GROUP).toList();
        long before = System.nanoTime();
        commit(deltas);
        long group = System.nanoTime() - before;
        groups.add(group);
        took += group;
        writes += GROUP;
      }
      List<Long> sorted = groups.stream().sorted().toList();
      return new Load.Result(
          writes,
          Duration.ofNanos(took),
          sorted.get(sorted.size() / 2),
          sorted.get((int) (sorted.size() * 0.99)));
    }

    private void commit(List<Delta> deltas) {
      LogHead before = records.head();
      Instant now = log.now();
      List<Update> updates = deltas.stream().map(delta -> records.append(delta, now)).toList();
      List<UpdateLog.Appended> appended = log.append(List.of(new UpdateLog.Batch(before, updates)));
      if (!(appended.getFirst() instanceof UpdateLog.Appended.Committed)) {
        throw new IllegalStateException("not appended: " + appended);
      }
    }
  }
}
