package io.mnemogrid.api.limits;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpHeaders;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Filter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.mnemogrid.api.http.Gzip;
import org.jspecify.annotations.Nullable;

/**
 * Charges the bytes of each body and answer, and tells the caller what is left of its rate. Parts
 * of a stream are charged as they are sent ({@link Spent}). An answer that nothing is new costs
 * nothing.
 */
@ServerFilter(Filter.MATCH_ALL_PATTERN)
public final class Charging implements Ordered {
  private static final int NOT_MODIFIED = 304;

  /** Sees the answers of all filters but the door's. */
  @Override
  public int getOrder() {
    return Ordered.HIGHEST_PRECEDENCE + 1;
  }

  private static long length(@Nullable Object body) {
    return switch (body) {
      case byte[] bytes -> bytes.length;
      case CharSequence text -> text.length(); // the metrics, in ASCII
      case null, default -> 0; // nothing, or a stream
    };
  }

  @ResponseFilter
  void leave(HttpRequest<?> request, MutableHttpResponse<?> response) {
    Caller caller = Callers.of(request);
    if (caller == null) {
      return;
    }
    if (response.code() == NOT_MODIFIED) {
      caller.giveBack();
    } else {
      caller.bytes(Gzip.sentBytes(request) + length(response.body()));
    }
    MutableHttpHeaders headers = response.getHeaders();
    headers.set("RateLimit-Policy", caller.of().policy());
    headers.set("RateLimit", caller.left());
  }
}
