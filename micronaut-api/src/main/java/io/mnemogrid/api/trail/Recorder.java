package io.mnemogrid.api.trail;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.RouteInfo;
import io.micronaut.web.router.UriRouteInfo;
import io.mnemogrid.GridConfig.Trail.Recorded;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Trail;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.trail.TrailEntry;
import jakarta.inject.Singleton;
import java.net.InetSocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Makes an entry of the audit trail of a request and its answer, where one is wanted: of refusals,
 * of all that changes something, and, if the operator wants it, of every request that needs a
 * right. The answer waits for nothing; the member writes entries by itself.
 */
@Singleton
public final class Recorder {
  private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);
  private static final Set<String> READS = Set.of("GET", "HEAD", "OPTIONS");
  private static final Set<Integer> REFUSALS = Set.of(401, 403, 421, 429);
  private static final int PROBLEMS = 400;

  private final Trail trail;

  /** How each route is called; as many entries as there are routes. */
  private final ConcurrentHashMap<RouteInfo<?>, String> routes = new ConcurrentHashMap<>();

  Recorder(Mnemogrid grid) {
    this.trail = grid.trail().orElseThrow();
  }

  /** Records the request, if it is one to be recorded. Does not block and throws nothing. */
  public void answered(HttpRequest<?> request, HttpResponse<?> response) {
    Recorded recorded = trail.recorded();
    if (recorded == Recorded.NONE) {
      return;
    }
    try {
      RouteInfo<?> route = RouteAttributes.getRouteInfo(request).orElse(null);
      boolean isWanted =
          REFUSALS.contains(response.code())
              || route != null
                  && !READS.contains(request.getMethodName())
                  && !Notes.of(request).isRead()
              || recorded == Recorded.ALL && Notes.of(request).isOfRight();
      if (isWanted && Notes.of(request).isFirst()) {
        trail.record(entry(request, response.code(), route));
      }
    } catch (RuntimeException e) { // an answer is not held up by its trail
      LOG.warn("request {}: no entry in the audit trail", Problem.requestId(request), e);
    }
  }

  private TrailEntry entry(HttpRequest<?> request, int status, @Nullable RouteInfo<?> route) {
    Notes notes = Notes.of(request);
    return notes
        .draft()
        .with(TrailEntry.ADDRESS, address(request))
        .with(TrailEntry.MEMBER, trail.member())
        .with(
            TrailEntry.OUTCOME,
            status < PROBLEMS ? notes.outcome() : Problem.codeOf(request, status))
        .with(TrailEntry.REQUEST_ID, Problem.requestId(request))
        .with(
            TrailEntry.ROUTE,
            route == null
                ? request.getMethodName() // a stranger's address may hold anything
                : routes.computeIfAbsent(route, Recorder::name))
        .with(TrailEntry.SPACE, space(request))
        .with(TrailEntry.STATUS, status)
        .at(trail.now());
  }

  private static String name(RouteInfo<?> route) {
    return route instanceof UriRouteInfo<?, ?> known
        ? known.getHttpMethodName()
            + " "
            + known.getUriMatchTemplate().toString().replaceFirst("\\{\\?.*", "")
        : "";
  }

  private static @Nullable String address(HttpRequest<?> request) {
    InetSocketAddress from = request.getRemoteAddress();
    return from.getAddress() == null ? null : from.getAddress().getHostAddress();
  }

  /** The space in the address; null where there is none, or no name of one. */
  private static @Nullable String space(HttpRequest<?> request) {
    Object name =
        RouteAttributes.getRouteMatch(request)
            .map(match -> match.getVariableValues().get("space"))
            .orElse(null);
    SpaceName inBody = Notes.of(request).space();
    try {
      return name == null
          ? inBody == null ? null : inBody.text()
          : new SpaceName(name.toString()).text();
    } catch (IllegalArgumentException e) {
      return null;
    }
  }
}
