package io.mnemogrid.bench;

import io.mnemogrid.bench.Row.Goal;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Durable commits of a member in this process, beside Redis and PostgreSQL. */
final class PeerRows {
  /** Leaves of the one hot document. Each of many documents has a tenth of them. */
  static final int LEAVES = 10_000;

  private static final String SYNC = "one sync of the disk";

  private PeerRows() {}

  static List<Row> hot(Run run) throws Exception {
    String what = "512 writers, one hot space";
    AuditTime audit = new AuditTime();
    Map<String, Load.Result> results = beside(run, "hot", 512, 1, LEAVES, audit);
    return List.of(
        row(what, results, MnemogridPeer.NAME, RedisPeer.NAME, Goal.atLeast(0.85)),
        row(what, results, MnemogridPeer.NAME, PostgresPeer.NAME, Goal.atLeast(100)),
        audit.row("the audit meanwhile, of this JVM's time"));
  }

  static List<Row> spread(Run run) throws Exception {
    String what = "64 writers on 64 spaces";
    Map<String, Load.Result> results = beside(run, "spread", 64, 64, LEAVES / 10, new AuditTime());
    return List.of(
        row(what, results, MnemogridPeer.NAME, RedisPeer.NAME, Goal.atLeast(0.8)),
        row(what, results, MnemogridPeer.NAME, PostgresPeer.NAME, Goal.atLeast(30)));
  }

  static List<Row> one(Run run) throws Exception {
    Map<String, Load.Result> results = beside(run, "one", 1, 1, LEAVES, new AuditTime());
    double p50 = result(results, MnemogridPeer.NAME).p50Nanos();
    double sync = result(results, SYNC).p50Nanos();
    return List.of(
        new Row(
            "one writer, p50",
            Row.time(p50),
            SYNC + " " + Row.time(sync),
            p50 / sync,
            Goal.atMost(3, "×")),
        row("one writer", results, MnemogridPeer.NAME, RedisPeer.NAME, null),
        row("one writer", results, MnemogridPeer.NAME, PostgresPeer.NAME, null));
  }

  private static Map<String, Load.Result> beside(
      Run run, String part, int writers, int documents, int leaves, AuditTime audit)
      throws Exception {
    Path folder = run.empty(part);
    try (Peer mine = new MnemogridPeer(folder.resolve("mnemogrid"), documents, leaves);
        Peer redis = new RedisPeer(folder.resolve("redis"), writers, documents, leaves);
        Peer postgres = new PostgresPeer(folder.resolve("postgres"), writers, documents)) {
      Map<String, Run.Contender> peers = new LinkedHashMap<>();
      peers.put(
          mine.name(), time -> audit.during(() -> write(mine, writers, documents, leaves, time)));
      for (Peer peer : List.of(redis, postgres)) {
        peers.put(peer.name(), time -> write(peer, writers, documents, leaves, time));
      }
      if (writers == 1) {
        peers.put(SYNC, run::sync);
      }
      return run.interleave(peers);
    }
  }

  /** Runs writers that each write fields of their own, spread over the documents. */
  static Load.Result write(Peer peer, int writers, int documents, int leaves, Duration time)
      throws Exception {
    return Load.run(
        writers,
        time,
        (writer, n) ->
            peer.write(writer, writer % documents, (int) ((writer * 7919L + n * 31) % leaves), n));
  }

  static Row row(
      String what,
      Map<String, Load.Result> results,
      String ours,
      String peer,
      @Nullable Goal goal) {
    double mine = result(results, ours).perSecond();
    double other = result(results, peer).perSecond();
    return new Row(
        what, Row.perSecond(mine), peer + " " + Row.perSecond(other), mine / other, goal);
  }

  private static Load.Result result(Map<String, Load.Result> results, String name) {
    return Objects.requireNonNull(results.get(name));
  }
}
