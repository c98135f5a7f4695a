package io.mnemogrid.api.limits;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Filter;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.mnemogrid.api.http.Attributes;
import io.mnemogrid.api.http.Gzip;
import io.mnemogrid.api.http.Incoming;
import io.mnemogrid.api.http.Problem;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Large bodies wait for their part of the memory twice. Before one is received, it waits for its
 * bytes: a 24th of the heap is for all bodies that are being received. When it is there, it waits
 * for its turn of {@link Work}, which takes what parsing takes, and has that until its answer is
 * made, for a minute at most. A body that stops, or comes too slowly, while others wait for its
 * place loses it. So whoever stops within a body holds up others who send large bodies for some
 * seconds, and nobody else. Large answers for which nothing was reserved are counted by {@link
 * Answering} from then on.
 */
@ServerFilter(Filter.MATCH_ALL_PATTERN)
public final class Bodies implements Ordered {
  /** A body of up to this many bytes goes on at once; a larger one waits for its turn. */
  public static final long SMALL_BYTES = 64 << 10;

  private static final long MOST_BYTES = 4 << 20;

  /** A byte of gzip stands for at most so many: deflate's longest match takes two bits. */
  private static final long MOST_BYTES_PER_PACKED = 1032;

  private static final String LEASE = "mnemogrid.turn";
  private static final long LONGEST_SECONDS = 60;
  private static final int SHARE_OF_HEAP = 24;

  /** How often it is looked whether a body comes along. */
  private static final long LOOK_SECONDS = 2;

  /** What has to come of a body from look to look, while others wait for its place. */
  private static final long LEAST_BYTES = 64 << 10;

  private final Work receiving = new Work(Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
  private final Work work;
  private final Answering answering;

  Bodies(Work work, Answering answering) {
    this.work = work;
    this.answering = answering;
  }

  /** What one large body has: memory for its bytes, and then for what is made of them. */
  static final class Lease {
    private final Work work;
    private final long toParse;
    private final Work.Turn receiving;
    private final @Nullable Channel channel;
    private final @Nullable ChannelFuture end;
    private final ChannelFutureListener ended = _ -> received();
    private volatile Work.@Nullable Turn parsing;
    private volatile boolean isReceived;

    /** Of a connection that ends within the body no answer is made, so its end gives back. */
    private Lease(HttpRequest<?> request, Work work, long toParse, Work.Turn receiving) {
      this.work = work;
      this.toParse = toParse;
      this.receiving = receiving;
      this.channel =
          request instanceof NettyHttpRequest<?> netty
              ? netty.getChannelHandlerContext().channel()
              : null;
      this.end = channel == null ? null : channel.closeFuture();
      if (end != null) {
        end.addListener(ended);
      }
    }

    /**
     * Waits for the turn in which the body is parsed, which has come wholly. Only for threads that
     * may block, one after the other.
     */
    void parse() {
      if (parsing != null) {
        return;
      }
      Work.Turn turn = work.take(toParse);
      parsing = turn;
      received();
      CompletableFuture.delayedExecutor(LONGEST_SECONDS, TimeUnit.SECONDS).execute(turn::close);
    }

    /** Gives the body up when it stops while others wait for what it holds of {@code all}. */
    private void watch(Work all) {
      if (channel != null) {
        Channel watched = channel;
        watched.eventLoop().execute(() -> look(watched, all, Incoming.of(watched).bytes()));
      }
    }

    private void look(Channel watched, Work all, long before) {
      watched
          .eventLoop()
          .schedule(
              () -> {
                long now = Incoming.of(watched).bytes();
                if (isReceived) {
                  return;
                }
                if (now - before < LEAST_BYTES && all.waiting() > 0) {
                  watched.pipeline().fireUserEventTriggered(new Incoming.GivenUp(stopped()));
                } else {
                  look(watched, all, now);
                }
              },
              LOOK_SECONDS,
              TimeUnit.SECONDS);
    }

    private void received() {
      isReceived = true;
      receiving.close();
      if (end != null) {
        end.removeListener(ended);
      }
    }

    private void close() {
      received();
      Work.Turn turn = parsing;
      if (turn != null) {
        turn.close();
      }
    }
  }

  /** Comes after the filters that refuse a request by its head. */
  @Override
  public int getOrder() {
    return LOWEST_PRECEDENCE;
  }

  @RequestFilter
  CompletableFuture<HttpRequest<?>> take(HttpRequest<?> request) {
    long sent = sentBytes(request);
    long length = Gzip.isPacked(request) ? sent * MOST_BYTES_PER_PACKED : sent;
    if (length <= SMALL_BYTES) {
      return CompletableFuture.completedFuture(request);
    }
    long toParse = Math.min(length, MOST_BYTES) * Work.PER_BODY_BYTE;
    return receiving
        .ask(Math.min(sent, MOST_BYTES))
        .thenApply(turn -> {
          Lease lease = new Lease(request, work, toParse, turn);
          request.setAttribute(LEASE, lease);
          lease.watch(receiving);
          return request;
        });
  }

  private static Problem stopped() {
    return Problem.of(
        HttpStatus.REQUEST_TIMEOUT,
        "request-timeout",
        "less than "
            + (LEAST_BYTES >> 10)
            + " KiB of the body came in "
            + LOOK_SECONDS
            + " s, while others waited for its place in the memory",
        "send it again in one go; bodies of up to "
            + (SMALL_BYTES >> 10)
            + " KiB need no such place, so a slow line wants smaller deltas");
  }

  /** Bytes that are given out to large bodies which are being received. */
  public long receivingBytes() {
    return receiving.taken();
  }

  /** What a large body has, null for a small one. */
  static @Nullable Lease lease(HttpRequest<?> request) {
    return Attributes.find(request, LEASE, Lease.class);
  }

  @ResponseFilter
  void giveBack(HttpRequest<?> request, MutableHttpResponse<?> response) {
    answering.count(request, response.body());
    Lease lease = lease(request);
    if (lease != null) {
      lease.close();
    }
  }

  /** The size of a body as it is sent; if the request does not say it, the greatest one. */
  private static long sentBytes(HttpRequest<?> request) {
    return request.getHeaders().contains("Transfer-Encoding")
        ? MOST_BYTES
        : Math.max(0, request.getContentLength());
  }
}
