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
    try (Peer mine =
            new HttpPeer(run.member(), folder.resolve("member"), CLIENTS, PeerRows.LEAVES);
        Peer redis = new RedisPeer(folder.resolve("redis"), CLIENTS, 1, PeerRows.LEAVES);
        Peer postgres = new PostgresPeer(folder.resolve("postgres"), CLIENTS, 1)) {
      List<Peer> peers = List.of(mine, redis, postgres);
      for (int clients : List.of(CLIENTS, 1)) {
        String what =
            "HTTP: " + (clients == 1 ? "one writer" : clients + " writers, one hot space");
        var results =
            interleave(
                run,
                peers,
                (peer, time) -> PeerRows.write(peer, clients, 1, PeerRows.LEAVES, time));
        rows.add(PeerRows.row(what, results, HttpPeer.NAME, RedisPeer.NAME, null));
        rows.add(PeerRows.row(what, results, HttpPeer.NAME, PostgresPeer.NAME, null));
      }
      var results = interleave(run, peers, HttpRows::read);
      String what = "HTTP: " + CLIENTS + " readers of a path";
      rows.add(PeerRows.row(what, results, HttpPeer.NAME, RedisPeer.NAME, null));
      rows.add(PeerRows.row(what, results, HttpPeer.NAME, PostgresPeer.NAME, null));
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

  private static Load.Result read(Peer peer, Duration time) throws Exception {
    return Load.run(
        CLIENTS,
        time,
        (reader, n) -> peer.read(reader, 0, (int) ((reader * 7919L + n * 31) % PeerRows.LEAVES)));
  }
}
