package io.mnemogrid.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** A member over HTTP, beside peers over their own protocols. */
final class HttpRows {
  private static final int CLIENTS = 64;

  private HttpRows() {}

  static List<Row> http(Run run) throws Exception {
    Path folder = run.empty("http");
    List<Row> rows = new ArrayList<>();
    try (HttpPeer mine =
            new HttpPeer(run.member(), folder.resolve("member"), CLIENTS, PeerRows.LEAVES);
        RedisPeer redis = new RedisPeer(folder.resolve("redis"), CLIENTS, 1, PeerRows.LEAVES);
        Peer postgres = new PostgresPeer(folder.resolve("postgres"), CLIENTS, 1)) {
      List<Peer> peers = List.of(mine, redis, postgres);
      String hot = "HTTP: " + CLIENTS + " writers, one hot space";
      var results = interleave(run, peers, (peer, time) -> write(peer, CLIENTS, time));
      rows.add(PeerRows.row(hot, results, HttpPeer.NAME, RedisPeer.NAME, null));
      rows.add(PeerRows.row(hot, results, HttpPeer.NAME, PostgresPeer.NAME, null));
      results = interleave(run, List.of(mine, redis), (peer, time) -> write(peer, 1, time));
      rows.add(PeerRows.row("HTTP: one writer", results, HttpPeer.NAME, RedisPeer.NAME, null));
      Map<String, Run.Contender> readers = new LinkedHashMap<>();
      readers.put(mine.name(), time -> read((_, field) -> mine.read(field), time));
      readers.put(redis.name(), time -> read(redis::read, time));
      results = run.interleave(readers);
      rows.add(
          PeerRows.row(
              "HTTP: " + CLIENTS + " readers of a path",
              results,
              HttpPeer.NAME,
              RedisPeer.NAME,
              null));
    }
    return rows;
  }

  private interface Work {
    Load.Result on(Peer peer, Duration time) throws Exception;
  }

  private static Map<String, Load.Result> interleave(Run run, List<Peer> peers, Work work)
      throws Exception {
    Map<String, Run.Contender> contenders = new LinkedHashMap<>();
    for (Peer peer : peers) {
      contenders.put(peer.name(), time -> work.on(peer, time));
    }
    return run.interleave(contenders);
  }

  private static Load.Result write(Peer peer, int clients, Duration time) throws Exception {
    return PeerRows.write(peer, clients, 1, PeerRows.LEAVES, time);
  }

  private interface Reader {
    void read(int reader, int field) throws Exception;
  }

  private static Load.Result read(Reader peer, Duration time) throws Exception {
    return Load.run(
        CLIENTS,
        time,
        (reader, n) -> peer.read(reader, (int) ((reader * 7919L + n * 31) % PeerRows.LEAVES)));
  }
}
