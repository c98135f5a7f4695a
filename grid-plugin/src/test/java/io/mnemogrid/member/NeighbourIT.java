package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.io.IOException;
import java.net.ServerSocket;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A space is written to while another one is changed as much as may be. */
class NeighbourIT {
  private static final Author BOT = new Author("bot-a");
  private static final int LEAVES = 320_000;

  @TempDir private Path folder;

  @Test
  void oneLargeChangeDelaysNoOtherSpaceForLong() throws IOException {
    int port;
    try (ServerSocket socket = new ServerSocket(0)) {
      port = socket.getLocalPort();
    }
    GridConfig config =
        GridConfig.onOneHost(folder.resolve("mnemogrid.db"))
            .withCluster("neighbour-" + port)
            .withPort(port)
            .withMembers(List.of("127.0.0.1:" + port));
    try (Mnemogrid grid = Mnemogrid.start(config)) {
      Space large = space(grid, "large");
      Space victim = space(grid, "victim");
      slowest(victim, CompletableFuture.runAsync(() -> {})); // warm
      checkNeighbour(
          "filled",
          victim,
          () -> {
            for (int i = 0; i * Delta.MAX_LEAVES < LEAVES; i++) {
              Json part = object(Delta.MAX_LEAVES);
              String path = "/facts/part-" + i;
              committed(large.commit(large.delta(BOT, delta -> delta.set(path, part))));
            }
          });
      long version = large.head().version();
      checkNeighbour(
          "deleted",
          victim,
          () -> committed(large.commit(large.delta(BOT, delta -> delta.delete("/facts")))));
      assertThat(large.head().state().leaves()).isZero();
      checkNeighbour(
          "recovered", victim, () -> committed(large.rollback(version, BOT, new UpdateId("back"))));
      assertThat(large.head().state().leaves()).isEqualTo(LEAVES);
    }
  }

  /**
   * One committer serves both spaces, so a change that were resolved among the others would hold up
   * the neighbour for all of its time. Where nothing else runs it waits for 250 ms at most; other
   * work on the machine makes both slow.
   */
  private static void checkNeighbour(String what, Space victim, Runnable change) {
    long began = System.nanoTime();
    long slowest = slowest(victim, CompletableFuture.runAsync(change)) / 1_000_000;
    long took = (System.nanoTime() - began) / 1_000_000;
    System.out.printf(
        "%,d leaves %s in %d ms: slowest commit of the neighbour %d ms%n",
        LEAVES, what, took, slowest);
    assertThat(slowest).as(what + " in " + took + " ms").isLessThan(Math.max(250, took / 4));
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
