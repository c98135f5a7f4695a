package io.mnemogrid.member;

import static org.awaitility.Awaitility.await;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.checkpoint.AuditStatus;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.merge.Quotas;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A process of little heap in which a document of 100 MB is deleted by one short delta, and then
 * recovered by a rollback, after each of which another space is written to; or in which a log of
 * 250 MB is audited whole, of a document of 3.5 MB. Ends with 0 when all of it was committed, or
 * verified.
 */
final class HeapDrill {
  private static final Author BOT = new Author("bot-a");
  private static final int LEAVES = 400;
  private static final int AT_ONCE = 8;
  private static final int LARGE_VERSIONS = 35; // a record has what it replaces, too

  private HeapDrill() {}

  /** The folder, and {@code rollback} or {@code audit}. */
  public static void main(String[] arguments) throws Exception {
    int port = TestGrid.freePort();
    GridConfig config =
        TestGrid.member(Path.of(arguments[0]), port)
            .withQuotas(Quotas.DEFAULT) // no limit to memory: this is about living through it
            .withCommitTimeout(Duration.ofMinutes(2)); // nor about how fast the machine is
    try (Mnemogrid grid = Mnemogrid.start(config)) {
      switch (arguments[1]) {
        case "audit" -> audit(grid);
        case "rollback" -> rollBack(grid, fill(grid));
        default -> throw new IllegalArgumentException(arguments[1]);
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

  /** Fills a space with 100 MB; returns the head that has them. */
  private static LogHead fill(Mnemogrid grid) {
    Space space = space(grid, "large");
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
    LogHead filled = space.head().head();
    System.out.println("filled, version " + filled.version());
    return filled;
  }

  /** Deletes all of them by one delta; returns the last version that this takes. */
  private static long delete(Mnemogrid grid, LogHead filled) {
    Space space = space(grid, "large");
    return afterwards(
        grid,
        filled.version(),
        space.commit(space.delta(BOT, delta -> delta.delete("facts"))).join());
  }

  private static void rollBack(Mnemogrid grid, LogHead filled) {
    long deleted = delete(grid, filled);
    Space space = space(grid, "large");
    afterwards(grid, deleted, space.rollback(filled.version(), BOT, new UpdateId("back")).join());
    if (!space.head().state().root().equals(filled.root())) {
      throw new IllegalStateException("it is not what it was at version " + filled.version());
    }
  }

  /** What one record does not hold took as many versions as it should, and others go on. */
  private static long afterwards(Mnemogrid grid, long before, CommitResult result) {
    Committed done = committed(result);
    System.out.println("done, versions " + done.firstVersion() + "-" + done.version());
    Space other = space(grid, "other");
    committed(other.commit(other.delta(BOT, delta -> delta.set("/a", Json.of(before)))).join());
    if (done.firstVersion() != before + 1 || done.version() < before + 14) {
      throw new IllegalStateException("it took other versions than it should");
    }
    return done.version();
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
