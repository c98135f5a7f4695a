package io.mnemogrid.api.http;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.UnknownHostException;
import java.util.Arrays;

/** Whom a connection is counted as. */
public final class RemoteAddress {
  private static final int NETWORK_BYTES_OF_IPV6 = 8; // whoever has one address has all of its /64

  private RemoteAddress() {}

  /** An IPv4 address, or the /64 network of an IPv6 address; loopback for a Unix socket. */
  public static InetAddress who(SocketAddress remote) {
    InetAddress address = remote instanceof InetSocketAddress inet ? inet.getAddress() : null;
    if (address == null) {
      return InetAddress.getLoopbackAddress();
    }
    if (!(address instanceof Inet6Address)) {
      return address;
    }
    byte[] network = address.getAddress();
    Arrays.fill(network, NETWORK_BYTES_OF_IPV6, network.length, (byte) 0);
    try {
      return InetAddress.getByAddress(network);
    } catch (UnknownHostException e) {
      throw new IllegalStateException("16 bytes are an address", e);
    }
  }

  /** Whether the connection comes from this host. */
  public static boolean isLoopback(SocketAddress remote) {
    return !(remote instanceof InetSocketAddress inet)
        || inet.getAddress() != null && inet.getAddress().isLoopbackAddress();
  }
}
