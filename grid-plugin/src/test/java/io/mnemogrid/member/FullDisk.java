package io.mnemogrid.member;

import static org.awaitility.Awaitility.await;

import io.mnemogrid.CommitResult;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridHealth;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.OwnTime;
import io.mnemogrid.Space;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** A member whose disk runs full and gets room again; says what it saw, a line each. */
final class FullDisk {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static int next;

  private FullDisk() {}

  public static void main(String[] args) throws Exception {
    Path folder = Path.of(args[0]);
    Path other = folder.resolve("other");
    Files.write(other, new byte[2 << 20]);
    int acknowledged = 0;
    try (Mnemogrid grid =
        Mnemogrid.start(
            GridConfig.onOneHost(folder.resolve("mnemogrid.db"))
                .withCluster("full-disk")
                .withCommitTimeout(Duration.ofSeconds(60)))) {
      grid.createSpace(SPACE, "{}");
      Space space = grid.space(SPACE).orElseThrow();
      AtomicReference<CommitResult> result = new AtomicReference<>();
      Duration took;
      do {
        took = OwnTime.of(() -> result.set(commit(space)));
      } while (result.get() instanceof CommitResult.Committed && ++acknowledged < 1000);
      CommitResult told = Objects.requireNonNull(result.get());
      System.out.println(
          "full: %s after %d ms: %s"
              .formatted(told.getClass().getSimpleName(), took.toMillis(), told));
      say("full", grid);
      Files.delete(other);
      await().atMost(Duration.ofSeconds(90)).until(() -> grid.health().isReady());
      await()
          .atMost(Duration.ofSeconds(90))
          .until(() -> commit(space) instanceof CommitResult.Committed);
      acknowledged++;
      say("again", grid);
    }
    try (Mnemogrid grid =
        Mnemogrid.start(
            GridConfig.onOneHost(folder.resolve("mnemogrid.db")).withCluster("full-disk"))) {
      System.out.println(
          "kept: %d of %d"
              .formatted(grid.space(SPACE).orElseThrow().head().version(), acknowledged));
    }
    System.exit(0);
  }

  private static void say(String when, Mnemogrid grid) {
    GridHealth health = grid.health();
    health.parts().stream()
        .filter(part -> part.name().equals("store"))
        .forEach(part ->
            System.out.println(
                "%s: ready=%s %s %s"
                    .formatted(when, health.isReady(), part.status(), part.detail())));
  }

  private static CommitResult commit(Space space) {
    String key = "/k" + next++;
    Delta delta =
        space.delta(new Author("bot"), made -> made.set(key, Json.of("x".repeat(180_000))));
    return space.commit(delta).join();
  }
}
