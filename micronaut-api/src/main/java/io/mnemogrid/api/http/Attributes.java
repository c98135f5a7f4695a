package io.mnemogrid.api.http;

import io.micronaut.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/** What this server hangs on a request, found without the framework's conversion of types. */
public final class Attributes {
  private Attributes() {}

  /** The value of that name, null where there is none of that type. */
  public static <T> @Nullable T find(HttpRequest<?> request, String name, Class<T> type) {
    Object value = request.getAttribute(name).orElse(null);
    return type.isInstance(value) ? type.cast(value) : null;
  }
}
