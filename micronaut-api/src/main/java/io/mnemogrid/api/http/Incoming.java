package io.mnemogrid.api.http;

import io.netty.channel.Channel;
import io.netty.util.AttributeKey;

/**
 * How the bodies of a connection come along. The connection counts what comes; whoever keeps memory
 * for a body asks, and may give it up. Only the connection's event loop uses it.
 */
public final class Incoming {
  private static final AttributeKey<Incoming> OF_CHANNEL =
      AttributeKey.valueOf("mnemogrid.incoming");

  /**
   * An event for the connection: the body that it receives is waited for no longer.
   *
   * @param problem the answer
   */
  public record GivenUp(Problem problem) {}

  private long bytes;

  private Incoming() {}

  /** That of a connection. */
  public static Incoming of(Channel channel) {
    Incoming known = channel.attr(OF_CHANNEL).get();
    if (known != null) {
      return known;
    }
    Incoming made = new Incoming();
    channel.attr(OF_CHANNEL).set(made);
    return made;
  }

  /** Counts bytes of a body that have come. */
  public void came(long count) {
    bytes += count;
  }

  /** Bytes of bodies that have come on the connection, all requests together. */
  public long bytes() {
    return bytes;
  }
}
