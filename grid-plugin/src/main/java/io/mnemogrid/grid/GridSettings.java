package io.mnemogrid.grid;

import io.mnemogrid.state.Hash;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * How a member takes part in the grid.
 *
 * @param secret of the grid, 32 hex digits
 * @param lite whether it holds no partitions
 * @param oneCommitter whether one member at a time commits for all spaces (a store in one file)
 */
public record GridSettings(
    String cluster,
    String name,
    String host,
    int port,
    List<String> members,
    String secret,
    boolean lite,
    boolean oneCommitter) {
  /** How many ports from {@link #port} on are tried. */
  public static final int PORTS = 10;

  /**
   * The version of what members say to each other. Members of two versions do not join: raise it
   * when a class that members send to each other gets another name, or other fields.
   */
  public static final int WIRE_VERSION = 8;

  private static final int WIRE_DIGITS = 32; // 128 bits

  public GridSettings {
    members = List.copyOf(members);
  }

  /**
   * The cluster name that members send to each other. It is computed from version, name and secret,
   * and the secret cannot be computed from it. A member that sends another name is not let in, and
   * does not get to know this one.
   */
  String wireName() {
    return wireName(WIRE_VERSION);
  }

  /** The cluster name that members of another wire version send. */
  String wireName(int version) {
    String all = "mnemogrid-grid-%d\n%s\n%s".formatted(version, cluster, secret);
    String digest = Hash.sha256(all.getBytes(StandardCharsets.UTF_8)).toString();
    return cluster + "-" + digest.substring("0x".length(), "0x".length() + WIRE_DIGITS);
  }

  @Override
  public String toString() {
    return "GridSettings[%s, %s, %s:%d]".formatted(cluster, name, host, port); // never the secret
  }
}
