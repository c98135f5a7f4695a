package io.mnemogrid.process;

import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;
import java.util.List;

/** An embedded member that does a little of everything and ends, for its {@link StartCache}. */
public final class Rehearsed {
  private static final SpaceName SPACE = SpaceName.of("rehearsal");
  private static final int COMMITS = 100;

  private Rehearsed() {}

  /** The SQLite file, and the port of the grid. */
  public static void main(String[] arguments) {
    int port = Integer.parseInt(arguments[1]);
    try (Mnemogrid grid =
        Mnemogrid.start(
            GridConfig.onOneHost(Path.of(arguments[0]))
                .withCluster("rehearsal-" + port)
                .withPort(port)
                .withMembers(List.of("127.0.0.1:" + port)))) {
      grid.createSpace(SPACE, "{}");
      Space space = grid.space(SPACE).orElseThrow();
      for (int i = 0; i < COMMITS; i++) {
        space.commit(StartCache.delta(i)).join();
      }
    }
  }
}
