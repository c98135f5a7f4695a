package io.mnemogrid.api.limits;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Filter;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.mnemogrid.api.http.Gzip;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * Large bodies wait for their part of the memory before they are read, and have it until their
 * answer is made, for a minute at most; see {@link Work}. Large answers for which nothing was
 * reserved are counted by {@link Answering} from then on.
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

  private final Work work;
  private final Answering answering;

  Bodies(Work work, Answering answering) {
    this.work = work;
    this.answering = answering;
  }

  /** Comes after the filters that refuse a request by its head. */
  @Override
  public int getOrder() {
    return LOWEST_PRECEDENCE;
  }

  @RequestFilter
  CompletableFuture<HttpRequest<?>> take(HttpRequest<?> request) {
    long length = bodyBytes(request);
    if (length <= SMALL_BYTES) {
      return CompletableFuture.completedFuture(request);
    }
    return work.ask(Math.min(length, MOST_BYTES) * Work.PER_BODY_BYTE)
        .thenApply(turn -> {
          request.setAttribute(LEASE, turn);
          CompletableFuture.delayedExecutor(LONGEST_SECONDS, TimeUnit.SECONDS).execute(turn::close);
          return request;
        });
  }

  /** Whether a request's body was large enough to wait for its turn. */
  static boolean isLarge(HttpRequest<?> request) {
    return request.getAttribute(LEASE).isPresent();
  }

  @ResponseFilter
  void giveBack(HttpRequest<?> request, MutableHttpResponse<?> response) {
    answering.count(request, response.body());
    request.getAttribute(LEASE, Work.Turn.class).ifPresent(Work.Turn::close);
  }

  /**
   * The size that a body may have once it is unpacked. If the request does not say it, that is the
   * greatest size that is allowed, or more.
   */
  private static long bodyBytes(HttpRequest<?> request) {
    if (request.getHeaders().contains("Transfer-Encoding")) {
      return MOST_BYTES;
    }
    long length = Math.max(0, request.getContentLength());
    return Gzip.isPacked(request) ? length * MOST_BYTES_PER_PACKED : length;
  }
}
