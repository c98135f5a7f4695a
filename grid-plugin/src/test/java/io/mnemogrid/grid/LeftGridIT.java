package io.mnemogrid.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.hazelcast.core.Hazelcast;
import io.mnemogrid.CommitResult;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process whose Hazelcast has ended under it, as it does when memory ran out. */
class LeftGridIT {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Duration TIMEOUT = Duration.ofSeconds(2);

  @TempDir Path folder;

  private static void endHazelcast(int port, String name) {
    Hazelcast.getAllHazelcastInstances().stream()
        .filter(each -> each.getConfig().getClusterName().startsWith("left-" + port + "-"))
        .filter(each -> name.equals(each.getCluster().getLocalMember().getAttribute("name")))
        .forEach(each -> each.getLifecycleService().terminate());
  }

  private static CommitResult commit(Space space, String path) throws Exception {
    return space
        .commit(space.delta(new Author("bot"), delta -> delta.set(path, Json.of(1))))
        .get(30, TimeUnit.SECONDS);
  }

  @Test
  void itsCommitsAreStillAnsweredAndItsReadsSayWhy() throws Exception {
    int port = TestGrid.freePort();
    GridConfig server =
        GridConfig.onOneHost(folder.resolve("mnemogrid.db"))
            .withCluster("left-" + port)
            .withName("server")
            .withPort(port)
            .withMembers(List.of("127.0.0.1:" + port));
    GridConfig lite =
        GridConfig.lite()
            .withSecret(folder.resolve("grid.secret"))
            .withCluster("left-" + port)
            .withName("bot")
            .withPort(port + 10)
            .withMembers(server.network().members())
            .withCommitTimeout(TIMEOUT);
    try (Mnemogrid grid = Mnemogrid.start(server);
        Mnemogrid bot = Mnemogrid.start(lite)) {
      grid.createSpace(SPACE, "{}");
      Space space = bot.space(SPACE).orElseThrow();
      assertThat(commit(space, "/a")).isInstanceOf(CommitResult.Committed.class);

      endHazelcast(port, "bot");
      for (String path : List.of("/b", "/c")) {
        assertThat(commit(space, path))
            .isInstanceOfAny(CommitResult.NotApplied.class, CommitResult.Unknown.class);
      }
      assertThatThrownBy(() -> space.updates(0, 10)).isInstanceOf(LogUnavailable.class);
    }
  }
}
