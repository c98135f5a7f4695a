package io.mnemogrid.api;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Filter;
import io.micronaut.http.filter.HttpServerFilter;
import io.micronaut.http.filter.ServerFilterChain;
import org.reactivestreams.Publisher;
import reactor.core.publisher.Mono;

/** Large bodies wait for their part of the memory before they are read; see {@link Work}. */
@Filter(Filter.MATCH_ALL_PATTERN)
final class Bodies implements HttpServerFilter {
  /** Bodies up to so many bytes go on at once. */
  static final long SMALL_BYTES = 64 << 10;

  private static final long MOST_BYTES = 4 << 20;

  private final Work work;

  Bodies(Work work) {
    this.work = work;
  }

  /** After those that refuse a request by its head. */
  @Override
  public int getOrder() {
    return Ordered.LOWEST_PRECEDENCE;
  }

  @Override
  public Publisher<MutableHttpResponse<?>> doFilter(
      HttpRequest<?> request, ServerFilterChain chain) {
    long length = bodyBytes(request);
    if (length <= SMALL_BYTES) {
      return Mono.from(chain.proceed(request));
    }
    return Mono.fromFuture(work.ask(Math.min(length, MOST_BYTES) * Work.PER_BODY_BYTE))
        .flatMap(lease -> Mono.from(chain.proceed(request)).doFinally(_ -> lease.close()));
  }

  /** What is not said beforehand is taken for the most that is allowed. */
  private static long bodyBytes(HttpRequest<?> request) {
    if (request.getHeaders().contains("Transfer-Encoding")) {
      return MOST_BYTES;
    }
    return Math.max(0, request.getContentLength());
  }
}
