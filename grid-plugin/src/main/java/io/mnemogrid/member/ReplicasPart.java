package io.mnemogrid.member;

import io.mnemogrid.GridHealth;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.replica.Replicas;
import java.util.List;
import java.util.Locale;
import java.util.StringJoiner;

/**
 * The replicas of the spaces that are used here. A space whose log is damaged keeps the one that it
 * has and gets none where it has none; the others are served.
 */
record ReplicasPart(Replicas replicas) {
  private static final int MOST_DAMAGED_TOLD = 10;

  Lifecycle.Part part() {
    return new Lifecycle.Part("the replicas")
        .starts(replicas::start)
        .closes(replicas::close)
        .tells(() -> List.of(health()));
  }

  private GridHealth.Part health() {
    List<BrokenHistory> damaged = replicas.damaged().all();
    if (damaged.isEmpty()) {
      return new GridHealth.Part(
          "spaces",
          GridHealth.Status.UP,
          String.format(
              Locale.ROOT,
              "%,d have a replica here, %,d were loaded, %,d were evicted",
              replicas.count(),
              replicas.loaded(),
              replicas.evicted()));
    }
    StringJoiner all = new StringJoiner("; ", "log damaged: ", "");
    damaged.stream().limit(MOST_DAMAGED_TOLD).forEach(at -> all.add(at.getMessage()));
    if (damaged.size() > MOST_DAMAGED_TOLD) {
      all.add((damaged.size() - MOST_DAMAGED_TOLD) + " more spaces");
    }
    return new GridHealth.Part(
        "spaces",
        GridHealth.Status.DEGRADED,
        all + "; the other spaces are served; run ./mnemogrid fsck");
  }
}
