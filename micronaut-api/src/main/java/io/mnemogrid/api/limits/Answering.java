package io.mnemogrid.api.limits;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.context.event.ApplicationEventListener;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.context.event.HttpRequestTerminatedEvent;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.micronaut.http.server.netty.configuration.NettyHttpServerConfiguration;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.Attributes;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.util.concurrent.ScheduledFuture;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What answers take of the memory, from before they are made until they were sent.
 *
 * <p>An answer is <em>made</em> in a turn of {@link Work}, which takes what making it takes and
 * ends when it is made, so that no reader delays it, and by a thread of {@link Labour}. It is
 * <em>unsent</em>, and counted apart in an eighth of the heap, until its last byte was handed to
 * the network or its connection ended. What a reader does not take within the write-idle timeout
 * ends its connection. A replay of an old version, of which nobody knows beforehand how large it
 * is, has all of {@link Work}, one replay at a time.
 *
 * <p>They are always taken in the order replay, unsent, work, so nobody waits in a circle. Safe for
 * all threads; what takes waits, so only threads that may block call it.
 */
@Singleton
public final class Answering implements ApplicationEventListener<HttpRequestTerminatedEvent> {
  /** Answers of up to this many bytes are not counted: the network's own buffers take them. */
  public static final int SMALL_BYTES = 64 << 10;

  private static final int SHARE_OF_HEAP = 8;
  private static final String UNSENT = "mnemogrid.unsent";

  private final Work work;
  private final Work unsent;
  private final Work replays = new Work(1);
  private final Labour labour;
  private final Duration patience;

  Answering(Work work, Labour labour, NettyHttpServerConfiguration server, MeterRegistry metrics) {
    this.work = work;
    this.labour = labour;
    this.unsent = new Work(Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
    Gauge.builder("mnemogrid.http.unsent.bytes", unsent, Work::taken)
        .description("bytes of large answers that are being made or were not sent yet")
        .register(metrics);
    this.patience = server.getWriteIdleTimeout();
  }

  /** The turns in which one answer is made, until it is closed. */
  public final class Making implements AutoCloseable {
    private final HttpRequest<?> request;
    private final List<Work.Turn> turns = new ArrayList<>();
    private final long deadline = System.nanoTime() + Work.PATIENCE.toNanos();
    private long reserved;
    private Work.@Nullable Turn unused; // what was reserved, until an answer is made of it

    private Making(HttpRequest<?> request) {
      this.request = request;
    }

    private Making reserve(long bytes) {
      if (bytes > 0) {
        Work.Turn turn = unsent.take(bytes, left());
        hold(request, turn);
        unused = turn;
        reserved += bytes;
      }
      return this;
    }

    private Making take(Work from, long bytes) {
      turns.add(from.take(bytes, left()));
      return this;
    }

    private Duration left() {
      return Duration.ofNanos(deadline - System.nanoTime());
    }

    /** Does a part of the work by a thread of {@link Labour}. */
    public <T extends @Nullable Object> T run(Supplier<T> part) {
      return labour.run(part);
    }

    /** Makes the answer by a thread of {@link Labour}; it counts as {@link #made}. */
    public byte[] make(Supplier<byte[]> answer) {
      return made(run(answer));
    }

    /**
     * Returns the answer, which from now on is counted with its real size. It does not wait where
     * that is more than was reserved: others would wait for what it holds meanwhile.
     */
    public byte[] made(byte[] answer) {
      unused = null;
      if (answer.length <= SMALL_BYTES) {
        forget(request);
      } else if (answer.length <= reserved) {
        held(request).keep(answer.length);
      } else {
        hold(request, unsent.seize(answer.length - reserved));
      }
      return answer;
    }

    /** Gives back the turns, and what was reserved for an answer that was not made. */
    @Override
    public void close() {
      turns.reversed().forEach(Work.Turn::close);
      if (unused != null) {
        unused.close();
      }
    }
  }

  /** A turn to make a page of records, or one record. */
  public Making page(HttpRequest<?> request) {
    Spent.of(request).work(Spent.PAGE);
    return begun(new Making(request), Answers.MAX_ANSWER_BYTES, Work.PAGE_BYTES);
  }

  /** A turn to write an answer whose size is known. */
  public Making document(HttpRequest<?> request, long bytes) {
    return begun(new Making(request), bytes, bytes * Work.PER_BODY_BYTE);
  }

  /** To read an old version, whatever comes of it. */
  public Making replay(HttpRequest<?> request) {
    Spent.of(request).work(Spent.REPLAY);
    return begun(new Making(request).take(replays, 1), Answers.MAX_ANSWER_BYTES, Long.MAX_VALUE);
  }

  private Making begun(Making making, long answer, long toMake) {
    try {
      return making.reserve(answer).take(work, toMake);
    } catch (RuntimeException e) {
      making.close();
      throw e;
    }
  }

  /** Waits until an answer that is already made may be sent, and returns it. */
  public byte[] ready(HttpRequest<?> request, byte[] answer) {
    if (answer.length > SMALL_BYTES) {
      hold(request, unsent.take(answer.length));
    }
    return answer;
  }

  /** Counts an answer that nothing was reserved for, as those of commits, without waiting. */
  void count(HttpRequest<?> request, @Nullable Object answer) {
    if (answer instanceof byte[] bytes
        && bytes.length > SMALL_BYTES
        && request.getAttribute(UNSENT).isEmpty()) {
      hold(request, unsent.seize(bytes.length));
    }
  }

  /**
   * Counts a part of a stream as unsent. The stream closes the turn when its reader has taken the
   * part.
   */
  public Work.Turn part(long bytes) {
    return unsent.take(bytes);
  }

  /** Bytes that may still be unsent before others wait; below 0 where answers of commits are. */
  public long free() {
    return unsent.free();
  }

  /** How many wait until what others have not sent yet was sent. */
  public int waiting() {
    return unsent.waiting();
  }

  /** Makes a part of a stream, in a turn of its own. */
  public <T> T work(long bytes, Supplier<T> part) {
    try (Work.Turn _ = work.take(bytes)) {
      return labour.run(part);
    }
  }

  /** Closes something once the answer was sent, or its connection has ended. */
  public void whenSent(HttpRequest<?> request, Runnable end) {
    held(request).ends.add(end);
  }

  /** Gives back what was reserved for an answer that is not counted: most are small. */
  private static void forget(HttpRequest<?> request) {
    request.removeAttribute(UNSENT, Held.class).ifPresent(Held::sent);
  }

  private void hold(HttpRequest<?> request, Work.Turn turn) {
    held(request).turns.add(turn);
  }

  /** What one request holds until its answer was sent; used by one thread after the other. */
  private static final class Held {
    final List<Work.Turn> turns = new ArrayList<>();
    final List<Runnable> ends = new ArrayList<>();

    void keep(long bytes) {
      turns.forEach(turn -> turn.keep(bytes));
    }

    /** The request may be held by the server for longer, and must not hold what was sent. */
    void sent() {
      turns.forEach(Work.Turn::close);
      turns.clear();
      ends.forEach(Runnable::run);
      ends.clear();
    }
  }

  private static Held held(HttpRequest<?> request) {
    Held known = Attributes.find(request, UNSENT, Held.class);
    if (known != null) {
      return known;
    }
    Held held = new Held();
    request.setAttribute(UNSENT, held);
    return held;
  }

  /**
   * The server has handed the whole answer to the connection, or given it up because the connection
   * has ended. An empty write ends when all writes before it have, or the connection has.
   */
  @Override
  public void onApplicationEvent(HttpRequestTerminatedEvent event) {
    HttpRequest<?> request = event.getSource();
    Held held = Attributes.find(request, UNSENT, Held.class);
    if (held == null) {
      return;
    }
    if (!(request instanceof NettyHttpRequest<?> netty)) {
      held.sent();
      return;
    }
    ChannelHandlerContext connection = netty.getChannelHandlerContext();
    ScheduledFuture<?> late =
        patience.isNegative()
            ? null
            : connection
                .executor()
                .schedule(
                    () -> connection.channel().close(), patience.toMillis(), TimeUnit.MILLISECONDS);
    connection
        .writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(_ -> {
          if (late != null) {
            late.cancel(false);
          }
          held.sent();
        });
  }
}
