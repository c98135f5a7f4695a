package io.mnemogrid.api.http;

import io.micronaut.http.HttpAttributes;
import io.micronaut.http.HttpRequest;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.RouteMatch;

/**
 * The route that was found for a request. When a route of errors answers, it takes that place in
 * the request, where the trail, the metrics and the door look for it; so the first one is noted and
 * put back.
 */
public final class Routed {
  private static final String ATTRIBUTE = "mnemogrid.routed";

  private Routed() {}

  /** Notes the route of a request, if there is one. */
  public static void note(HttpRequest<?> request) {
    RouteAttributes.getRouteMatch(request)
        .ifPresent(match -> request.setAttribute(ATTRIBUTE, match));
  }

  /** Puts it back; a request that had none has none again. */
  static void putBack(HttpRequest<?> request) {
    RouteMatch<?> match = Attributes.find(request, ATTRIBUTE, RouteMatch.class);
    if (match == null) {
      request.removeAttribute(HttpAttributes.ROUTE_MATCH, Object.class);
      request.removeAttribute(HttpAttributes.ROUTE_INFO, Object.class);
    } else {
      RouteAttributes.setRouteMatch(request, match);
      RouteAttributes.setRouteInfo(request, match.getRouteInfo());
    }
  }
}
