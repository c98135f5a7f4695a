package io.mnemogrid.chain;

import io.mnemogrid.checkpoint.AnchorUnavailable;
import java.net.URI;
import java.util.regex.Pattern;

/**
 * The chain of a developer's machine: anvil on loopback. Its first account's key is printed in
 * every manual, so money that is sent to it is lost; that is why it is handed out for such a chain
 * only.
 */
public final class DevChain {
  /** The chain id of anvil. */
  public static final long CHAIN_ID = 31337;

  private static final String WELL_KNOWN_KEY =
      "0xac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80";
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[(::1|(0{1,4}:){7}0{0,3}1)]");

  private DevChain() {}

  /**
   * The well-known key.
   *
   * @throws IllegalArgumentException when the endpoint is not on loopback or its chain id is not
   *     31337
   * @throws AnchorUnavailable when the endpoint does not answer
   */
  public static ChainKey key(URI endpoint) {
    String host = endpoint.getHost();
    if (host == null || !LOOPBACK.matcher(host).matches()) {
      throw new IllegalArgumentException(
          "the well-known key is for a dev chain on loopback, got " + host + "; give a chain key");
    }
    try (EvmNode node = new EvmNode(endpoint)) {
      long chainId = node.chainId();
      if (chainId != CHAIN_ID) {
        throw new IllegalArgumentException(
            "the well-known key is for chain "
                + CHAIN_ID
                + ", and "
                + node.name()
                + " is chain "
                + chainId
                + "; give a chain key");
      }
    }
    return ChainKey.parse(WELL_KNOWN_KEY);
  }
}
