package io.mnemogrid.api.events;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.http.RemoteAddress;
import io.mnemogrid.api.keys.Access;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What requests for streams of events have in common. */
final class Asked {
  private static final String LAST_EVENT_ID = "Last-Event-ID";

  private Asked() {}

  /** The place that the header Last-Event-ID names, else that of the parameter {@code since}. */
  static @Nullable String place(HttpRequest<?> request, @Nullable String since) {
    List<String> named = request.getHeaders().getAll(LAST_EVENT_ID);
    if (named.size() > 1) {
      throw new ProblemException(
          Problem.badRequest(
              "a request has the header Last-Event-ID once", "send the id of the last event"));
    }
    return named.isEmpty() || named.getFirst().isBlank() ? since : named.getFirst().strip();
  }

  /** Whose stream it is. */
  static String caller(HttpRequest<?> request) {
    return Access.keyOf(request)
        .map(id -> "key " + id)
        .orElseGet(
            () -> "address " + RemoteAddress.who(request.getRemoteAddress()).getHostAddress());
  }

  static MutableHttpResponse<?> headers(MutableHttpResponse<?> response) {
    return response
        .contentType(MediaType.TEXT_EVENT_STREAM_TYPE)
        .header("Cache-Control", "no-store")
        .header("X-Accel-Buffering", "no");
  }
}
