package io.mnemogrid.api.events;

import io.micronaut.buffer.netty.NettyReadBufferFactory;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.body.ByteBody;
import io.micronaut.http.body.ByteBodyFactory;
import io.micronaut.http.body.stream.BodySizeLimits;
import io.micronaut.http.body.stream.BufferConsumer;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.mnemogrid.Follower;
import io.mnemogrid.api.limits.Spent;
import io.mnemogrid.api.limits.Streams;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.Followed;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.state.SpaceName;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.ChannelOutboundBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client that follows a space. It has no queue and no thread: a {@link Follower} knows its
 * place, and as long as the connection has room it is asked for what comes next. The bytes that
 * wait in the connection are at most {@link #MOST_BYTES}, or one larger event. A client that is
 * slower than the space is behind, and gets what it missed from memory or from the log when it has
 * room.
 *
 * <p>Used by the event loop of its connection alone, but for what is said otherwise. While a page
 * of the log is read for it, another thread has its follower.
 */
final class EventStream {
  /** Most bytes that wait for a client. */
  static final int MOST_BYTES = 64 << 10;

  /** A comment is sent when nothing else was for so long. */
  static final Duration BEAT = Duration.ofSeconds(15);

  /** A damaged log is not read again for so long. */
  private static final Duration DAMAGED = Duration.ofSeconds(5);

  /** A store that does not answer is not asked again for so long. */
  private static final Duration AWAY = Duration.ofSeconds(1);

  /** What the system may hold for a connection, so that a stalled client is noticed. */
  private static final int MOST_SYSTEM_BYTES = 128 << 10;

  /** So many times what there is room for, and then others of the loop have their turn. */
  private static final int AT_ONCE = 8;

  private static final int FIRST_PAGE = 16;
  private static final Logger LOG = LoggerFactory.getLogger(EventStream.class);

  private final EventStreams all;
  private final HttpRequest<?> request;
  private final Channel channel;
  private final SpaceName name;
  private final Follower follower;
  private final EventFilter filter;
  private final Spent spent;
  private final Streams.Place counted;
  private final ByteBodyFactory.StreamingBody body;
  private final ChannelFutureListener gone = _ -> end();
  private final HeadTag began;

  private EventStreams.@Nullable Audience audience; // once it has begun
  private @Nullable Followed first; // what was read before it began
  private boolean isPumping;
  private boolean isWriting;
  private boolean isReading;
  private boolean isEnded;
  private int page = FIRST_PAGE;
  private long notBefore = System.nanoTime();
  private long heldAt = -1; // the version at which the client was told of damage
  private long toldFinal;
  private boolean isPlaceTold = true; // false: the client's place is behind the follower's
  private long sentAt = System.nanoTime();
  private long given; // bytes handed to the connection since the last look
  private long waitedBefore; // bytes that waited at the last look
  private long movedAt = System.nanoTime();

  /** A stream that begins when its answer does; {@link #body} is that. */
  EventStream(
      EventStreams all,
      NettyHttpRequest<?> request,
      SpaceName name,
      Follower follower,
      Followed first,
      HeadTag began,
      EventFilter filter,
      Streams.Place counted) {
    this.all = all;
    this.request = request;
    this.name = name;
    this.channel = request.getChannelHandlerContext().channel();
    this.follower = follower;
    this.first = first;
    this.began = began;
    this.filter = filter;
    this.spent = Spent.of(request);
    this.counted = counted;
    this.body =
        request.byteBodyFactory().createStreamingBody(BodySizeLimits.UNLIMITED, new Demand());
    channel.closeFuture().addListener(gone);
  }

  /** What the server tells of the answer; by the thread that makes it, or the event loop. */
  private final class Demand implements BufferConsumer.Upstream {
    @Override
    public void start() {
      onLoop(EventStream.this::begin);
    }

    @Override
    public void onBytesConsumed(long bytes) {
      onLoop(EventStream.this::taken);
    }

    @Override
    public void allowDiscard() {
      onLoop(EventStream.this::end);
    }
  }

  private void onLoop(Runnable task) {
    if (channel.eventLoop().inEventLoop()) {
      task.run();
    } else {
      channel.eventLoop().execute(task);
    }
  }

  /** The body of the answer. */
  ByteBody body() {
    return body.rootBody();
  }

  HttpRequest<?> request() {
    return request;
  }

  private void begin() {
    Followed next = first;
    if (isEnded || next == null) {
      return;
    }
    first = null;
    channel.config().setOption(ChannelOption.SO_SNDBUF, MOST_SYSTEM_BYTES);
    EventStreams.Audience space = all.join(this, channel.eventLoop(), name, follower);
    audience = space;
    write(List.of(Frames.begin(began)));
    take(next);
    pump();
  }

  private long room() {
    return channel.isWritable() ? Math.min(MOST_BYTES, channel.bytesBeforeUnwritable()) : 0;
  }

  /** Sends what there is and what there is room for. */
  void pump() {
    EventStreams.Audience space = audience;
    if (isPumping || space == null) {
      return;
    }
    isPumping = true;
    try {
      for (int i = 0; !isEnded && !isReading && room() > 0; i++) {
        if (i == AT_ONCE) {
          channel.eventLoop().execute(this::pump);
          break;
        }
        Followed next = follower.poll(room());
        if (next instanceof Followed.InTheLog) {
          read();
          break;
        }
        take(next);
        if (next instanceof Followed.Nothing) {
          break;
        }
      }
      long known = space.finalVersion();
      if (!isEnded && known > toldFinal && !isReading && room() > 0) {
        if (known <= follower.at().version()) {
          toldFinal = known;
          write(List.of(Frames.checkpoint(space.name(), known)));
        }
      }
    } finally {
      isPumping = false;
    }
  }

  /** What the follower met. */
  private void take(Followed next) {
    switch (next) {
      case Followed.Updates updates -> write(frames(updates.updates()));
      case Followed.Nothing _, Followed.InTheLog _ -> {}
      case Followed.OtherHistory other -> {
        write(List.of(Frames.reset(other.here())));
        complete();
      }
    }
  }

  private List<byte[]> frames(List<Update> updates) {
    List<byte[]> frames = new ArrayList<>(updates.size());
    for (Update update : updates) {
      boolean isWanted = filter.wants(update);
      isPlaceTold = isWanted;
      if (isWanted) {
        frames.add(all.frames().of(update, filter.values()));
      }
    }
    return frames;
  }

  private void write(List<byte[]> frames) {
    int size = 0;
    for (byte[] frame : frames) {
      size += frame.length;
    }
    if (size == 0 || isEnded) {
      return;
    }
    ByteBuf buffer = channel.alloc().ioBuffer(size);
    frames.forEach(buffer::writeBytes);
    sentAt = System.nanoTime();
    given += size;
    spent.bytes(size);
    isWriting = true;
    try {
      body.sharedBuffer().add(NettyReadBufferFactory.of(channel.alloc()).adapt(buffer));
    } finally {
      isWriting = false;
    }
  }

  /** The connection took bytes. While they are handed to it, it takes no others. */
  private void taken() {
    if (!isWriting) {
      pump();
    }
  }

  // What is not in memory.

  private void read() {
    if (System.nanoTime() - notBefore < 0) {
      return; // the next look asks again
    }
    isReading = true;
    int most = page;
    all.read(() -> {
      Followed next = null;
      BrokenHistory damage = null;
      try {
        spent.work(Spent.PAGE);
        next = all.page(() -> follower.read(most, MOST_BYTES));
      } catch (BrokenHistory e) {
        damage = e;
      } catch (LogUnavailable e) {
        LOG.debug("a stream waits for the log: {}", e.getMessage());
      } catch (RuntimeException | Error e) { // else the stream would wait for ever
        LOG.warn("a stream could not read the log; it will read again", e);
      }
      Followed got = next;
      BrokenHistory met = damage;
      channel.eventLoop().execute(() -> arrived(got, met));
    });
  }

  private void arrived(@Nullable Followed next, @Nullable BrokenHistory damage) {
    isReading = false;
    if (isEnded) {
      follower.close();
      return;
    }
    if (next != null) {
      if (next instanceof Followed.Updates updates) {
        fit(updates.updates());
      }
      take(next);
      pump();
      return;
    }
    notBefore = System.nanoTime() + (damage == null ? AWAY : DAMAGED).toNanos();
    if (damage != null && heldAt != damage.version()) {
      heldAt = damage.version();
      write(List.of(Frames.held(damage.space(), damage.version(), damage.what())));
    }
  }

  /** The next page has about as many records as there is room for. */
  private void fit(List<Update> updates) {
    long bytes = 1;
    for (Update update : updates) {
      bytes += update.sizeBytes();
    }
    page = Math.clamp((long) MOST_BYTES * updates.size() / bytes, 1, Follower.MOST);
  }

  // From time to time.

  /** Looks after a stream that may have nothing to do, or nobody who reads it. */
  void look() {
    if (isEnded) {
      return;
    }
    if (!all.isStillLetIn(request)) {
      write(List.of(Frames.KEY_ENDED));
      complete();
      return;
    }
    long now = System.nanoTime();
    if (isStalled(now)) {
      all.stalled();
      breakOff();
      return;
    }
    if (now - sentAt >= BEAT.toNanos() && room() > 0 && !isReading) {
      write(List.of(isPlaceTold ? Frames.BEAT : Frames.place(follower.at())));
      isPlaceTold = true;
      pump(); // also what nobody rang for, such as a space that is gone
    } else if (now - notBefore < EventStreams.LOOK.toNanos() * 2) {
      pump(); // the log may be read again
    }
  }

  /** Whether nothing of what waits has gone out for long. */
  private boolean isStalled(long now) {
    ChannelOutboundBuffer outbound = channel.unsafe().outboundBuffer();
    long waits = outbound == null ? 0 : outbound.totalPendingWriteBytes();
    long part = outbound == null ? 0 : outbound.currentProgress();
    long left = waits - part;
    if (waits == 0 || left < waitedBefore + given) {
      movedAt = now;
    }
    waitedBefore = left;
    given = 0;
    return now - movedAt >= all.patience().toNanos();
  }

  // The end.

  /** Ends the answer; the connection may carry others. */
  private void complete() {
    if (!isEnded) {
      end();
      body.sharedBuffer().complete();
    }
  }

  /** Closes the connection; its end gives back all that the stream has. */
  void breakOff() {
    channel.close();
  }

  /** Says why and ends the answer. */
  void close(byte[] why) {
    write(List.of(why));
    complete();
  }

  private void end() {
    if (isEnded) {
      return;
    }
    isEnded = true;
    channel.closeFuture().removeListener(gone);
    EventStreams.Audience space = audience;
    if (space != null) {
      space.leave(this);
    }
    if (!isReading) {
      follower.close();
    }
    counted.close();
  }
}
