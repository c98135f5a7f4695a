package io.mnemogrid.store;

import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Prints how many updates a second each store appends, by size of the transaction. */
final class AppendRate {
  private AppendRate() {}

  public static void main(String[] args) throws Exception {
    Path folder = Files.createTempDirectory("append-rate");
    try (SqliteStore sqlite = SqliteStore.open(folder.resolve("store.db"));
        PostgresStore postgres = Postgres.open(Postgres.newDatabase())) {
      for (int round = 0; round < 2; round++) {
        for (int[] shape : new int[][] {{1, 1}, {1, 64}, {1, 512}, {64, 1}, {64, 8}}) {
          measure(sqlite, round, shape[0], shape[1]);
          measure(postgres, round, shape[0], shape[1]);
        }
      }
    }
  }

  private static void measure(Store store, int round, int spaces, int updates) {
    List<Scribe> scribes = new ArrayList<>();
    for (int i = 0; i < spaces; i++) {
      SpaceName space = new SpaceName("r" + round + "-" + spaces + "-" + updates + "-" + i);
      store.log().create(space, "{}");
      scribes.add(new Scribe(space));
    }
    int transactions = Math.max(20, 6_000 / (spaces * updates));
    List<List<Batch>> prepared = new ArrayList<>();
    for (int i = 0; i < transactions; i++) {
      prepared.add(scribes.stream().map(scribe -> scribe.batch("u", updates)).toList());
    }
    long begun = System.nanoTime();
    prepared.forEach(batches -> store.log().append(batches));
    double seconds = (System.nanoTime() - begun) / 1e9;
    System.out.printf(
        Locale.ROOT,
        "%-13s %2d spaces x %3d updates: %8.0f updates/s, %6.2f ms a transaction%n",
        store.getClass().getSimpleName(),
        spaces,
        updates,
        transactions * spaces * updates / seconds,
        1000 * seconds / transactions);
  }
}
