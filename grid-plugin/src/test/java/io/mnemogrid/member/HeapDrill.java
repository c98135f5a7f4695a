package io.mnemogrid.member;

import static org.awaitility.Awaitility.await;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.checkpoint.AuditStatus;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.merge.Quotas;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A process of little heap in which a document of 100 MB is deleted by one short delta, after which
 * a second space is written to; or in which a log of 250 MB is audited whole, of a document of 3.5
 * MB. Ends with 0 when all of it was committed, or verified.
 */
final class HeapDrill {
  private static final Author BOT = new Author("bot-a");
  private static final int LEAVES = 400;
  private static final int AT_ONCE = 8;
  private static final int LARGE_VERSIONS = 35; // a record has what it replaces, too

  private HeapDrill() {}

  /** The folder, and {@code delete} or {@code audit}. */
  public static void main(String[] arguments) throws Exception {
    int port = TestGrid.freePort();
    GridConfig config =
        TestGrid.member(Path.of(arguments[0]), port)
            .withQuotas(Quotas.DEFAULT); // no limit to memory: this is about living through it
    try (Mnemogrid grid = Mnemogrid.start(config)) {
      if (arguments[1].equals("audit")) {
        audit(grid);
      } else {
        delete(grid);
      }
    }
    System.out.println("whole");
  }

  private static void audit(Mnemogrid grid) throws InterruptedException {
    Space space = space(grid, "long");
    for (int version = 1; version <= LARGE_VERSIONS; version++) {
      String value = version + "x".repeat(250_000);
      committed(
          space
              .commit(
                  space.delta(
                      BOT,
                      delta -> {
                        for (int i = 0; i < 14; i++) {
                          delta.set("/facts/k" + i, Json.of(value));
                        }
                        return delta;
                      }))
              .join());
    }
    grid.audits().start();
    await()
        .atMost(Duration.ofMinutes(5))
        .until(() -> grid.audits().latest().status() != AuditStatus.RUNNING);
    if (grid.audits().latest().status() != AuditStatus.VERIFIED) {
      throw new IllegalStateException("not verified: " + grid.audits().latest());
    }
  }

  private static void delete(Mnemogrid grid) {
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
