package io.mnemogrid.api.door;

import io.micronaut.core.type.Argument;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.web.router.MethodBasedRouteInfo;
import io.micronaut.web.router.RouteInfo;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.Takes;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The address of a request, read strictly. If a parameter that is misspelled, given twice or
 * wrongly encoded were ignored, the server would answer another question than the caller asked,
 * with 200.
 */
public final class Target {
  /** The parameters that each route reads; as many entries as there are routes. */
  private static final ConcurrentHashMap<RouteInfo<?>, Set<String>> KNOWN =
      new ConcurrentHashMap<>();

  /** The package whose rooms have the controllers. */
  private static final String SERVER = "io.mnemogrid.api.";

  private Target() {}

  /** A 400 for an address whose encoding is broken, else null. */
  static @Nullable Problem malformed(HttpRequest<?> request) {
    URI target = request.getUri();
    if (target.toString().indexOf('%') < 0) {
      return null; // Grammar let nothing in but ASCII
    }
    String text = target.getRawPath();
    String fault = text == null ? null : fault(text);
    if (fault != null) {
      return Problem.badRequest("the path: " + fault, Problem.OVERVIEW).at("", fault);
    }
    String query = target.getRawQuery();
    if (query == null) {
      return null;
    }
    for (String parameter : parameters(query)) {
      fault = fault(parameter);
      if (fault != null) {
        return Problem.badParameter(decoded(name(parameter)), fault);
      }
    }
    return null;
  }

  /** A 400 for a parameter that the route does not read, or that is there twice, else null. */
  static @Nullable Problem unknown(HttpRequest<?> request, RouteInfo<?> route) {
    String query = request.getUri().getRawQuery();
    if (query == null || !isOurs(route)) {
      return null;
    }
    Set<String> known = KNOWN.get(route);
    if (known == null) {
      known = KNOWN.computeIfAbsent(route, Target::known);
    }
    if (query.indexOf('&') < 0 && known.contains(name(query))) {
      return null; // one parameter, as most have, of a name that needs no decoding
    }
    Set<String> seen = new HashSet<>();
    for (String parameter : parameters(query)) {
      if (parameter.isEmpty()) {
        continue;
      }
      String name = decoded(name(parameter));
      if (!known.contains(name)) {
        return Problem.badRequest(
                "there is no parameter " + name + " here",
                known.isEmpty() ? "send none" : "use " + String.join(", ", known))
            .at("?" + name, "is not known here");
      }
      if (!seen.add(name)) {
        return Problem.badParameter(name, "is given twice");
      }
    }
    return null;
  }

  /**
   * Whether the route is one of this server. The framework's own endpoints check their parameters
   * themselves.
   */
  private static boolean isOurs(RouteInfo<?> route) {
    Class<?> declaring = route.getDeclaringType();
    return declaring != null
        && declaring.getPackageName().startsWith(SERVER)
        && route instanceof MethodBasedRouteInfo;
  }

  private static Set<String> known(RouteInfo<?> route) {
    Set<String> names =
        new TreeSet<>(List.of(route.getAnnotationMetadata().stringValues(Takes.class)));
    for (Argument<?> argument :
        ((MethodBasedRouteInfo<?, ?>) route).getTargetMethod().getArguments()) {
      if (argument.getAnnotationMetadata().hasAnnotation(QueryValue.class)) {
        names.add(
            argument
                .getAnnotationMetadata()
                .stringValue(QueryValue.class)
                .orElseGet(argument::getName));
      }
    }
    return names;
  }

  private static String[] parameters(String query) {
    return query.split("&", -1);
  }

  private static String name(String parameter) {
    int end = parameter.indexOf('=');
    return end < 0 ? parameter : parameter.substring(0, end);
  }

  /** What is wrong with the encoding, null when nothing is. */
  private static @Nullable String fault(String text) {
    try {
      StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes(text)));
      return null;
    } catch (CharacterCodingException e) {
      return "what is percent-encoded is no UTF-8";
    }
  }

  private static String decoded(String text) {
    return new String(bytes(text), StandardCharsets.UTF_8);
  }

  /** The bytes that a text of a URI stands for; {@link Grammar} saw two hex digits after each %. */
  private static byte[] bytes(String text) {
    byte[] bytes = new byte[text.length()];
    int count = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '%') {
        bytes[count++] = (byte) Integer.parseInt(text, i + 1, i + 3, 16);
        i += 2;
      } else {
        bytes[count++] = (byte) c;
      }
    }
    return Arrays.copyOf(bytes, count);
  }
}
