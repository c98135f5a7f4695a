package io.mnemogrid.grid;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;

/** Which addresses the world does not reach: loopback, and those of private networks. */
public final class PrivateNetwork {
  private PrivateNetwork() {}

  /**
   * Whether all addresses of a host are loopback, link-local, RFC 1918, shared (RFC 6598, which
   * WireGuard networks use) or unique local (RFC 4193). A name that has no address counts as
   * private, because nothing can be bound to it. Looks the name up.
   */
  public static boolean contains(String host) {
    try {
      for (InetAddress address : InetAddress.getAllByName(host)) {
        if (!contains(address)) {
          return false;
        }
      }
      return true;
    } catch (UnknownHostException e) {
      return true;
    }
  }

  private static boolean contains(InetAddress address) {
    byte[] bytes = address.getAddress();
    boolean other =
        address instanceof Inet4Address
            ? bytes[0] == 100 && (bytes[1] & 0xc0) == 64
            : (bytes[0] & 0xfe) == 0xfc;
    return other
        || address.isLoopbackAddress()
        || address.isSiteLocalAddress()
        || address.isLinkLocalAddress();
  }
}
