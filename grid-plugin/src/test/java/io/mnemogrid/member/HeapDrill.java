package io.mnemogrid.member;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.FreePorts;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.merge.Quotas;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;

/**
 * A process of little heap in which a document of 100 MB is deleted by one short delta and
 * recovered by another, while a second space is written to. Ends with 0 when all of it was
 * committed.
 */
final class HeapDrill {
  private static final Author BOT = new Author("bot-a");
  private static final int LEAVES = 400;
  private static final int AT_ONCE = 8;

  private HeapDrill() {}

  public static void main(String[] arguments) throws Exception {
    int port = FreePorts.next();
    GridConfig config =
        GridConfig.onOneHost(Path.of(arguments[0]).resolve("mnemogrid.db"))
            .withCluster("heap-" + port)
            .withPort(port)
            .withMembers(java.util.List.of("127.0.0.1:" + port))
            .withQuotas(Quotas.DEFAULT); // no limit to memory: this is about living through it
    try (Mnemogrid grid = Mnemogrid.start(config)) {
      Space space = space(grid, "large");
      Space other = space(grid, "other");
      String value = "x".repeat(250_000);
      for (int from = 0; from < LEAVES; from += AT_ONCE) {
        int first = from;
        committed(
            space
                .commit(
                    space.delta(
                        BOT,
                        delta -> {
                          for (int i = first; i < first + AT_ONCE; i++) {
                            delta.set("/facts/k" + i, Json.of(value + i));
                          }
                          return delta;
                        }))
                .join());
      }
      long filled = space.head().version();
      System.out.println("filled, version " + filled);
      Committed deleted =
          committed(space.commit(space.delta(BOT, delta -> delta.delete("facts"))).join());
      System.out.println("deleted, versions " + deleted.firstVersion() + "-" + deleted.version());
      committed(other.commit(other.delta(BOT, delta -> delta.set("/a", Json.of(1)))).join());
      if (deleted.firstVersion() != filled + 1 || deleted.version() < filled + 14) {
        throw new IllegalStateException("it took other versions than it should");
      }
    }
    System.out.println("whole");
  }

  private static Space space(Mnemogrid grid, String name) {
    grid.createSpace(SpaceName.of(name), "{}");
    return grid.space(SpaceName.of(name)).orElseThrow();
  }

  private static Committed committed(CommitResult result) {
    if (result instanceof Committed committed) {
      return committed;
    }
    throw new IllegalStateException("not committed: " + result);
  }
}
