package io.mnemogrid.api.settings;

import io.micronaut.context.BeanProvider;
import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import io.micronaut.http.server.netty.NettyServerCustomizer;
import io.micronaut.http.server.netty.configuration.NettyHttpServerConfiguration;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.tls.Tls;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import jakarta.inject.Singleton;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/**
 * The addresses that HTTP was really bound to, whichever setting named them. A listener beyond
 * loopback needs keys and TLS. Without both it is closed before it accepts its first connection,
 * unless the operator has said that the network may see and do what it likes.
 */
@Singleton
public final class Bound implements BeanCreatedEventListener<NettyServerCustomizer.Registry> {
  private final boolean anywhere;
  private final Tls tls;
  private final BeanProvider<Mnemogrid> grid;
  private final BeanProvider<NettyHttpServerConfiguration> server;
  private final List<Channel> listeners = new CopyOnWriteArrayList<>();

  // Providers: this bean is made before those that other listeners still have to see.
  Bound(
      Values settings,
      Tls tls,
      BeanProvider<Mnemogrid> grid,
      BeanProvider<NettyHttpServerConfiguration> server) {
    this.anywhere = settings.value(Settings.INSECURE_HTTP);
    this.tls = tls;
    this.grid = grid;
    this.server = server;
  }

  @Override
  public NettyServerCustomizer.Registry onCreated(
      BeanCreatedEvent<NettyServerCustomizer.Registry> event) {
    event.getBean().register(new OfListener());
    return event.getBean();
  }

  private final class OfListener implements NettyServerCustomizer {
    @Override
    public NettyServerCustomizer specializeForChannel(Channel channel, ChannelRole role) {
      if (role == ChannelRole.LISTENER) {
        listeners.add(channel);
        channel.pipeline().addLast(new Closing());
      }
      return this;
    }
  }

  /**
   * A listener accepts connections after the news that it is active. This handler gets the news
   * first.
   */
  private final class Closing extends ChannelInboundHandlerAdapter {
    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      if (isRefused(ctx.channel().localAddress())) {
        ctx.close();
      } else {
        ctx.fireChannelActive();
      }
    }
  }

  private boolean isRefused(SocketAddress local) {
    return !anywhere
        && local instanceof InetSocketAddress inet
        && !inet.getAddress().isLoopbackAddress()
        && !(hasKeys() && hasTls());
  }

  /** A grid that once had keys has them for ever. */
  private boolean hasKeys() {
    return !grid.get().keys().orElseThrow().known().isEmpty();
  }

  /** Whether there is no listener but the one that our settings of TLS are for. */
  private boolean hasTls() {
    return tls.isOn() && listeners.size() == 1 && server.get().getListeners() == null;
  }

  /** Ends a start whose port is open to others, in one sentence. */
  public void check() {
    for (Channel listener : listeners) {
      SocketAddress local = listener.localAddress();
      if (isRefused(local) && local instanceof InetSocketAddress inet) {
        throw new IllegalStateException(
            "HTTP was bound to "
                + inet.getAddress().getHostAddress()
                + ":"
                + inet.getPort()
                + ", which others reach, and "
                + missing()
                + ". Bind it to 127.0.0.1 and reach it through an SSH tunnel (ssh -L"
                + " 8080:127.0.0.1:8080 HOST); or, in a private network all of whose hosts may do"
                + " everything, set MNEMOGRID_INSECURE_HTTP=yes");
      }
    }
  }

  private String missing() {
    if (!hasKeys()) {
      return "there are no keys, so whoever reaches it may write as anyone: make one with"
          + " ./mnemogrid keys create"
          + (hasTls() ? "" : ", and set MNEMOGRID_HTTP_TLS_CERTIFICATE and MNEMOGRID_HTTP_TLS_KEY");
    }
    return tls.isOn()
        ? "it is not the one listener that TLS is for"
        : "keys would travel in clear: set MNEMOGRID_HTTP_TLS_CERTIFICATE and"
            + " MNEMOGRID_HTTP_TLS_KEY";
  }
}
