package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A space is written to while another one is changed as much as may be. */
class NeighbourIT {
  private static final Author BOT = new Author("bot-a");
  private static final int LEAVES = 320_000;
  private static final int ROUNDS = 3;
  private static final long MOST_MILLIS = 250;

  /** The neighbour is watched during one of so many changes that fill the space. */
  private static final int WATCHED = 4;

  private static final Duration QUIET = Duration.ofSeconds(1);

  @TempDir private Path folder;

  @Test
  void oneLargeChangeDelaysNoOtherSpaceForLong() throws IOException {
    int port = TestGrid.freePort();
    GridConfig config =
        TestGrid.member(folder, port)
            .withCommitTimeout(Duration.ofMinutes(2)); // this is not about how fast the machine is
    try (Mnemogrid grid = Mnemogrid.start(config)) {
      Space large = space(grid, "large");
      Space victim = space(grid, "victim");
      slowest(victim, CompletableFuture.runAsync(() -> {})); // warm
      Delays fills = new Delays("filled");
      Delays deletes = new Delays("deleted");
      Delays recoveries = new Delays("recovered");
      for (int part = 0; part * Delta.MAX_LEAVES < LEAVES; part++) {
        Json leaves = object(Delta.MAX_LEAVES);
        String path = "/facts/part-" + part;
        Runnable fill =
            () -> committed(large.commit(large.delta(BOT, delta -> delta.set(path, leaves))));
        if (part % WATCHED == 0) {
          fills.add(victim, fill);
        } else {
          fill.run();
        }
      }
      long version = large.head().version();
      for (int round = 0;
          round < ROUNDS && !(deletes.areShort() && recoveries.areShort());
          round++) {
        deletes.add(
            victim,
            () -> committed(large.commit(large.delta(BOT, delta -> delta.delete("/facts")))));
        assertThat(large.head().state().leaves()).isZero();
        UpdateId id = new UpdateId("back-" + round);
        recoveries.add(victim, () -> committed(large.rollback(version, BOT, id)));
        assertThat(large.head().state().leaves()).isEqualTo(LEAVES);
      }
      fills.check();
      deletes.check();
      recoveries.check();
    }
  }

  /**
   * What a change delays the neighbour by: the slowest of its commits while the change goes on,
   * less the slowest of the same time right before, in which the machine alone made them slow. One
   * committer serves both spaces, so a change that were resolved among the others would delay the
   * neighbour by all of its time, in each round. The best round counts, since whatever else the
   * machine does only adds to the others; after a good one no other is played.
   */
  private static final class Delays {
    private final String what;
    private final List<Long> delays = new ArrayList<>();

    Delays(String what) {
      this.what = what;
    }

    void add(Space victim, Runnable change) {
      long quiet = slowest(victim, quiet()) / 1_000_000;
      long began = System.nanoTime();
      long slowest = slowest(victim, CompletableFuture.runAsync(change)) / 1_000_000;
      long took = (System.nanoTime() - began) / 1_000_000;
      System.out.printf(
          "%s in %d ms: slowest commit of the neighbour %d ms, before %d ms%n",
          what, took, slowest, quiet);
      delays.add(Math.max(0, slowest - quiet));
    }

    /** Whether a round was good. */
    boolean areShort() {
      return delays.stream().anyMatch(delay -> delay <= MOST_MILLIS);
    }

    void check() {
      assertThat(areShort()).as(what + ": " + delays).isTrue();
    }

    private static CompletableFuture<Void> quiet() {
      return new CompletableFuture<Void>()
          .completeOnTimeout(null, QUIET.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  /** The slowest of the commits to a space while something else goes on, and of 50 at least. */
  private static long slowest(Space space, CompletableFuture<Void> meanwhile) {
    long slowest = 0;
    for (int i = 0; i < 50 || !meanwhile.isDone(); i++) {
      int value = i;
      long began = System.nanoTime();
      committed(space.commit(space.delta(BOT, delta -> delta.set("/n", Json.of(value)))));
      slowest = Math.max(slowest, System.nanoTime() - began);
    }
    meanwhile.join();
    return slowest;
  }

  private static Json object(int leaves) {
    Map<String, Json> members = new TreeMap<>();
    for (int i = 0; i < leaves; i++) {
      members.put("m" + i, Json.of(i));
    }
    return Json.object(members);
  }

  private static Space space(Mnemogrid grid, String name) {
    grid.createSpace(SpaceName.of(name), "{}");
    return grid.space(SpaceName.of(name)).orElseThrow();
  }

  private static void committed(CompletableFuture<CommitResult> commit) {
    assertThat(commit.join()).isInstanceOf(Committed.class);
  }
}
