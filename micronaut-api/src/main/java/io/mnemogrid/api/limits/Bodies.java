package io.mnemogrid.api.limits;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Filter;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.server.netty.NettyHttpRequest;
import io.mnemogrid.api.http.Gzip;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Large bodies wait for their part of the memory twice. Before one is received, it waits for its
 * bytes: a 24th of the heap is for all bodies that are being received. When it is there, it waits
 * for its turn of {@link Work}, which takes what parsing takes, and has that until its answer is
 * made, for a minute at most. So whoever stops within a body holds up others who send large bodies,
 * and nobody else. Large answers for which nothing was reserved are counted by {@link Answering}
 * from then on.
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
    private final @Nullable ChannelFuture end;
    private final ChannelFutureListener ended = _ -> received();
    private volatile Work.@Nullable Turn parsing;

    /** Of a connection that ends within the body no answer is made, so its end gives back. */
    private Lease(HttpRequest<?> request, Work work, long toParse, Work.Turn receiving) {
      this.work = work;
      this.toParse = toParse;
      this.receiving = receiving;
      this.end =
          request instanceof NettyHttpRequest<?> netty
              ? netty.getChannelHandlerContext().channel().closeFuture()
              : null;
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

    private void received() {
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
          request.setAttribute(LEASE, new Lease(request, work, toParse, turn));
          return request;
        });
  }

  /** Bytes that are given out to large bodies which are being received. */
  public long receivingBytes() {
    return receiving.taken();
  }

  /** What a large body has, null for a small one. */
  static @Nullable Lease lease(HttpRequest<?> request) {
    return request.getAttribute(LEASE, Lease.class).orElse(null);
  }

  @ResponseFilter
  void giveBack(HttpRequest<?> request, MutableHttpResponse<?> response) {
    answering.count(request, response.body());
    request.getAttribute(LEASE, Lease.class).ifPresent(Lease::close);
  }

  /** The size of a body as it is sent; if the request does not say it, the greatest one. */
  private static long sentBytes(HttpRequest<?> request) {
    return request.getHeaders().contains("Transfer-Encoding")
        ? MOST_BYTES
        : Math.max(0, request.getContentLength());
  }
}
