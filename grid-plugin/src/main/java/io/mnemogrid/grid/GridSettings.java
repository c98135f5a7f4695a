package io.mnemogrid.grid;

import java.util.List;

/**
 * How a member takes part in the grid.
 *
 * @param lite whether it holds no partitions
 * @param oneCommitter whether one member at a time commits for all spaces (a store in one file)
 */
public record GridSettings(
    String cluster,
    String name,
    String host,
    int port,
    List<String> members,
    boolean lite,
    boolean oneCommitter) {
  /** How many ports from {@link #port} on are tried. */
  public static final int PORTS = 10;

  public GridSettings {
    members = List.copyOf(members);
  }
}
