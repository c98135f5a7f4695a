package io.mnemogrid;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.CommitResult.Committed;
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
import java.util.concurrent.atomic.AtomicBoolean;
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
      long worst = 0;
      AtomicBoolean filled = new AtomicBoolean();
      worst =
          Math.max(
              worst,
              slowest(
                  victim,
                  CompletableFuture.runAsync(() -> {
                    for (int i = 0; i * Delta.MAX_LEAVES < LEAVES; i++) {
                      Json part = object(Delta.MAX_LEAVES);
                      String path = "/facts/part-" + i;
                      committed(large.commit(large.delta(BOT, delta -> delta.set(path, part))));
                    }
                    filled.set(true);
                  })));
      assertThat(filled).isTrue();
      System.out.println("fill: slowest of the victim " + worst / 1_000_000 + " ms");
      long version = large.head().version();
      long began = System.nanoTime();
      long delete =
          slowest(
              victim,
              CompletableFuture.runAsync(() ->
                  committed(large.commit(large.delta(BOT, delta -> delta.delete("/facts"))))));
      System.out.printf(
          "delete of %,d leaves took %d ms: slowest of the victim %d ms%n",
          LEAVES, (System.nanoTime() - began) / 1_000_000, delete / 1_000_000);
      began = System.nanoTime();
      long back =
          slowest(
              victim,
              CompletableFuture.runAsync(
                  () -> committed(large.rollback(version, BOT, new UpdateId("back")))));
      System.out.printf(
          "rollback took %d ms: slowest of the victim %d ms%n",
          (System.nanoTime() - began) / 1_000_000, back / 1_000_000);
      assertThat(large.head().state().leaves()).isEqualTo(LEAVES);
      assertThat(Math.max(worst, Math.max(delete, back)) / 1_000_000)
          .as("milliseconds; 250 on a machine that does nothing else")
          .isLessThan(1000);
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
