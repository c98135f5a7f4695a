package io.mnemogrid.api.http;

import io.micronaut.http.HttpRequest;
import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import org.jspecify.annotations.Nullable;

/**
 * The parameters that a route reads from the query by itself ({@link #parameter}), in place of
 * arguments with {@code @QueryValue}. To bind an argument costs the framework more than a read of
 * the document does.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Takes {
  /** Their names. */
  String[] value();

  /** Reads parameters. */
  final class Query {
    private Query() {}

    /**
     * The value of a parameter, null where it is not there. Another parameter than the route takes,
     * or one that stands there twice, was refused before.
     */
    public static @Nullable String parameter(HttpRequest<?> request, String name) {
      String query = request.getUri().getRawQuery();
      if (query == null) {
        return null;
      }
      if (query.indexOf('%') >= 0 || query.indexOf('+') >= 0) {
        return request.getParameters().get(name);
      }
      for (int at = 0; at < query.length(); ) {
        int and = query.indexOf('&', at);
        int end = and < 0 ? query.length() : and;
        int equals = query.indexOf('=', at);
        int to = equals < 0 || equals > end ? end : equals;
        if (to - at == name.length() && query.startsWith(name, at)) {
          return query.substring(Math.min(to + 1, end), end);
        }
        at = end + 1;
      }
      return null;
    }
  }
}
