package io.mnemogrid.grid;

import com.hazelcast.core.Hazelcast;
import io.mnemogrid.FreePorts;
import io.mnemogrid.GridConfig;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.NullMarked;

/** What a test that starts a grid on loopback begins with. A grid is known by its member's port. */
@NullMarked
public final class TestGrid {
  private TestGrid() {}

  /** As {@link FreePorts#next}. */
  public static int freePort() {
    return FreePorts.next();
  }

  /** How many spaces the distributed map has, as some member of a grid in this process sees it. */
  public static int spacesInTheMap(int port) {
    return Hazelcast.getAllHazelcastInstances().stream()
        .filter(each -> each.getConfig().getClusterName().startsWith("test-" + port))
        .findFirst()
        .orElseThrow()
        .getMap(GridNames.HEADS)
        .size();
  }

  /** A member with its store, {@code mnemogrid.db}, and its secret in a folder. */
  public static GridConfig member(Path folder, int port) {
    return GridConfig.onOneHost(folder.resolve("mnemogrid.db"))
        .withCluster("test-" + port)
        .withPort(port)
        .withMembers(List.of("127.0.0.1:" + port));
  }

  /** A bot that joins the member of a folder and a port. */
  public static GridConfig bot(Path folder, int port, int ownPort) {
    return GridConfig.lite()
        .withSecret(folder.resolve("grid.secret"))
        .withCluster("test-" + port)
        .withPort(ownPort)
        .withMembers(List.of("127.0.0.1:" + port));
  }
}
