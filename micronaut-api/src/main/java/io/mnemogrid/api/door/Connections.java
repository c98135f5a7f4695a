package io.mnemogrid.api.door;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.BeanProvider;
import io.micronaut.context.event.BeanCreatedEvent;
import io.micronaut.context.event.BeanCreatedEventListener;
import io.micronaut.http.netty.channel.ChannelPipelineCustomizer;
import io.micronaut.http.server.netty.NettyServerCustomizer;
import io.micronaut.http.server.netty.configuration.NettyHttpServerConfiguration;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import io.netty.channel.Channel;
import io.netty.channel.ChannelPipeline;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What all connections may hold together: how many are open, how many unfinished requests each
 * address has, and how many bytes of unfinished bodies there are. It puts a {@link Connection} into
 * the pipeline of each. Used by all event loops at once.
 */
@Singleton
public final class Connections implements BeanCreatedEventListener<NettyServerCustomizer.Registry> {
  private final Values settings;
  private final BeanProvider<NettyHttpServerConfiguration> server;
  private final BeanProvider<MeterRegistry> metrics;
  private final BeanProvider<TurnedAway> turnedAway;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicLong receiving = new AtomicLong();
  private final ConcurrentHashMap<InetAddress, Integer> unfinished = new ConcurrentHashMap<>();

  // Providers: this bean is made before those that other listeners still have to see.
  Connections(
      Values settings,
      BeanProvider<NettyHttpServerConfiguration> server,
      BeanProvider<MeterRegistry> metrics,
      BeanProvider<TurnedAway> turnedAway) {
    this.settings = settings;
    this.server = server;
    this.metrics = metrics;
    this.turnedAway = turnedAway;
  }

  @Override
  public NettyServerCustomizer.Registry onCreated(
      BeanCreatedEvent<NettyServerCustomizer.Registry> event) {
    Gauge.builder("mnemogrid.http.connections", open, AtomicInteger::get)
        .description("open connections of the HTTP server")
        .register(metrics.get());
    Gauge.builder("mnemogrid.http.receiving.bytes", receiving, AtomicLong::get)
        .description("bytes of request bodies that have not wholly arrived")
        .register(metrics.get());
    event.getBean().register(new OfServer());
    return event.getBean();
  }

  private final class OfServer implements NettyServerCustomizer {
    @Override
    public NettyServerCustomizer specializeForChannel(Channel channel, ChannelRole role) {
      return role == ChannelRole.CONNECTION ? new OfConnection(channel) : this;
    }
  }

  private final class OfConnection implements NettyServerCustomizer {
    private final Channel channel;

    private OfConnection(Channel channel) {
      this.channel = channel;
    }

    @Override
    public void onStreamPipelineBuilt() {
      ChannelPipeline pipeline = channel.pipeline();
      String codec = ChannelPipelineCustomizer.HANDLER_HTTP_SERVER_CODEC;
      Connection connection = new Connection(Connections.this, settings, server.get());
      pipeline.addBefore(codec, "mnemogrid-arrivals", connection.arrivals());
      pipeline.addAfter(codec, "mnemogrid-connection", connection);
    }
  }

  /** Counts what a connection refuses, by the code of its answer. */
  void turnedAway(String code) {
    turnedAway.get().count(code);
  }

  /** Counts an opened connection; false when it is one too many. Each is {@link #closed} once. */
  boolean opened() {
    return open.incrementAndGet() <= settings.value(Settings.HTTP_MAX_CONNECTIONS);
  }

  void closed() {
    open.decrementAndGet();
  }

  /** Counts one more unfinished request of that address, unless it has as many as it may. */
  boolean begin(InetAddress address) {
    boolean[] counted = new boolean[1];
    unfinished.compute(
        address,
        (_, count) -> {
          int now = count == null ? 0 : count;
          counted[0] = now < settings.value(Settings.HTTP_MAX_UNFINISHED);
          return counted[0] ? Integer.valueOf(now + 1) : count;
        });
    return counted[0];
  }

  /** Ends what {@link #begin} counted. */
  void end(InetAddress address) {
    unfinished.computeIfPresent(address, (_, count) -> count == 1 ? null : count - 1);
  }

  /** Counts further bytes of an unfinished body, unless there are as many as there may be. */
  boolean receive(long bytes) {
    if (receiving.addAndGet(bytes) <= settings.value(Settings.HTTP_MAX_RECEIVING_BYTES)) {
      return true;
    }
    receiving.addAndGet(-bytes);
    return false;
  }

  /** Ends what {@link #receive} counted. */
  void received(long bytes) {
    receiving.addAndGet(-bytes);
  }
}
