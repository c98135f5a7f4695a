package io.mnemogrid.member;

import com.hazelcast.core.HazelcastException;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridConfig.StoreConfig;
import io.mnemogrid.GridHealth;
import io.mnemogrid.grid.GridNode;
import io.mnemogrid.grid.GridSettings;
import io.mnemogrid.grid.PrivateNetwork;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** This member among the others. */
record GridPart(GridNode node) {
  private static final Logger LOG = LoggerFactory.getLogger(GridPart.class);

  /**
   * Joins the grid.
   *
   * @throws IllegalStateException when no port is free, or the members that are there do not let it
   *     in
   */
  static GridNode join(GridConfig config, String secret) {
    if (!PrivateNetwork.contains(config.network().host())) {
      LOG.warn(
          "the grid's port is bound to {}, which strangers may reach: nothing on it is encrypted,"
              + " and whoever reads that network can join; bind it to a private one"
              + " (MNEMOGRID_GRID_HOST, docs/operate.md)",
          config.network().host());
    }
    GridNode node = startNode(config, secret);
    try {
      refuseToBeAlone(config, node);
      return node;
    } catch (RuntimeException | Error e) {
      node.close();
      throw e;
    }
  }

  private static GridNode startNode(GridConfig config, String secret) {
    try {
      return GridNode.start(
          new GridSettings(
              config.network().cluster(),
              config.network().name(),
              config.network().host(),
              config.network().port(),
              config.network().members(),
              secret,
              config.store() == null,
              isForOneCommitter(config.store())));
    } catch (HazelcastException | IllegalStateException e) {
      throw new IllegalStateException(
          "the grid cannot start at %s, ports %d to %d: %s; free one or choose another port"
              .formatted(
                  config.network().host(),
                  config.network().port(),
                  config.network().port() + GridSettings.PORTS - 1,
                  e.getMessage()),
          e);
    }
  }

  /** Whether one member at a time commits for all spaces: a store in one file has one writer. */
  private static boolean isForOneCommitter(@Nullable StoreConfig store) {
    return switch (store) {
      case StoreConfig.Postgres _ -> false;
      case StoreConfig.Sqlite _ -> true;
      case null -> true; // a lite member does not know the store: one is right for each kind
    };
  }

  /**
   * Fails when members are there that refused this one, because of another secret, name or version.
   * If it is not alone all the same, it only warns.
   */
  private static void refuseToBeAlone(GridConfig config, GridNode node) {
    List<String> refusals =
        node.refusals().stream()
            .filter(address -> config.store() == null || !GridSecret.isOwn(config, address))
            .toList();
    if (refusals.isEmpty()) {
      return;
    }
    String told =
        ("%s does not let this member in: its grid has another secret, another name than %s, or"
                + " members of another version of mnemogrid (this one speaks version %d of the"
                + " language of members; stop all members before the first one of a new version"
                + " starts); give the secret of that grid, which stands in %s beside its data"
                + " (./mnemogrid run prints the path): GridConfig.withSecret(Path.of(…)), or %s")
            .formatted(
                String.join(", ", refusals),
                config.network().cluster(),
                GridSettings.WIRE_VERSION,
                GridSecret.FILE,
                GridSecret.VARIABLE);
    if (node.members().size() == 1) {
      throw new IllegalStateException(told);
    }
    LOG.warn("{}", told);
  }

  /** Leaves the grid, because the committer found its own data wrong. */
  static void leaveBroken(GridNode node) {
    LOG.error("this member leaves the grid; end the process and start another");
    try {
      node.leave();
    } catch (RuntimeException e) {
      LOG.warn("it could not leave politely: {}", e.toString());
    }
  }

  Lifecycle.Part part() {
    return new Lifecycle.Part("the grid node").closes(node::close).tells(() -> List.of(health()));
  }

  private GridHealth.Part health() {
    return node.isRunning()
        ? new GridHealth.Part("grid", GridHealth.Status.UP, node.members().size() + " members")
        : new GridHealth.Part("grid", GridHealth.Status.DOWN, "this process left the grid");
  }
}
