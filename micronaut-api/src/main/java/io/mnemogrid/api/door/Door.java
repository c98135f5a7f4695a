package io.mnemogrid.api.door;

import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpHeaders;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpHeaders;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Filter;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ResponseFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.http.server.annotation.PreMatching;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.RouteInfo;
import io.micronaut.web.router.Router;
import io.mnemogrid.api.http.Accepted;
import io.mnemogrid.api.http.Gzip;
import io.mnemogrid.api.http.PatchTypes;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.Problems;
import io.mnemogrid.api.http.Routed;
import io.mnemogrid.api.trail.Recorder;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The first filter of every request, whatever its address. A page in a browser reaches a server on
 * loopback, also by a name of its own (DNS rebinding) and without asking (a request without a
 * Content-Type needs no preflight), so a request must name this server as its Host, come from no
 * page of others, and say what its body is. Without a Host that is ours nothing is read either.
 *
 * <p>What no route answers is a 404 here, made without an exception: strangers ask for such
 * addresses all day.
 */
@ServerFilter(Filter.MATCH_ALL_PATTERN)
public final class Door implements Ordered {
  private static final Set<String> READS = Set.of("GET", "HEAD", "OPTIONS");
  private static final Set<String> FROM_OTHERS = Set.of("cross-site", "same-site");
  private static final List<String> LOOPBACK = List.of("localhost", "127.0.0.1", "[::1]");

  /** What is refused where no route has the method, or none reads the type of the body. */
  private static final Set<Integer> BY_ROUTER = Set.of(405, 415);

  private static final String JSON = "application/json";

  /** A year: for so long a browser that has called this name by TLS calls it by nothing else. */
  private static final String ONLY_TLS = "max-age=31536000";

  private static final int PORT_OF_HTTP = 80;
  private static final int PORT_OF_HTTPS = 443;
  private static final int MOST_SHOWN = 100;

  private final Router router;
  private final Set<String> hosts;
  private final Set<String> origins;
  private final Recorder recorder;
  private final TurnedAway turnedAway;

  Door(Values settings, Router router, Recorder recorder, TurnedAway turnedAway) {
    this.router = router;
    this.recorder = recorder;
    this.turnedAway = turnedAway;
    this.hosts = lower(settings.find(Settings.HTTP_HOSTS).orElse(List.of()));
    this.origins = lower(settings.find(Settings.HTTP_ORIGINS).orElse(List.of()));
  }

  private static Set<String> lower(List<String> names) {
    return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
  }

  @Override
  public int getOrder() {
    return Ordered.HIGHEST_PRECEDENCE;
  }

  /** Refuses before any route is looked for. */
  @PreMatching
  @RequestFilter
  @Nullable HttpResponse<?> enter(HttpRequest<?> request) {
    Problem refusal = refusal(request);
    if (refusal != null) {
      return turned(request, refusal);
    }
    Accepted.take(request, (MutableHttpHeaders) request.getHeaders());
    return null;
  }

  /** Refuses what the route found does not know, and answers for routes that are not there. */
  @RequestFilter
  @Nullable HttpResponse<?> routed(HttpRequest<?> request) {
    RouteInfo<?> route = RouteAttributes.getRouteInfo(request).orElse(null);
    if (route == null) {
      return router.findAny(request).isEmpty()
          ? turned(request, Problems.refused(request, HttpStatus.NOT_FOUND))
          : null; // 405 and 415 are the router's to say
    }
    Routed.note(request);
    Problem refusal = Target.unknown(request, route);
    if (refusal == null && !Accepted.choose(request, route.getProduces())) {
      refusal = Problems.refused(request, HttpStatus.NOT_ACCEPTABLE);
    }
    return refusal == null ? null : turned(request, refusal);
  }

  /** Completes every other answer. */
  @ResponseFilter
  void leave(HttpRequest<?> request, MutableHttpResponse<?> response) {
    if (BY_ROUTER.contains(response.code()) && RouteAttributes.getRouteInfo(request).isEmpty()) {
      turnedAway.count(Problem.codeOf(request, response.code()));
    }
    finished(request, response);
  }

  private MutableHttpResponse<?> turned(HttpRequest<?> request, Problem problem) {
    turnedAway.count(problem.code());
    return finished(request, problem.toResponse(request));
  }

  private MutableHttpResponse<?> finished(HttpRequest<?> request, MutableHttpResponse<?> response) {
    boolean bodiless = request.getMethodName().equals("HEAD");
    if (bodiless
        && response.code() >= 400
        && response.body() == null
        && RouteAttributes.getHeadBody(response).isEmpty()) {
      Problems.refused(request, response.status()).fill(response, request);
    }
    MutableHttpHeaders headers = response.getHeaders();
    headers.set("X-Content-Type-Options", "nosniff");
    headers.set("Cross-Origin-Resource-Policy", "same-origin");
    if (response.code() == 415 && PatchTypes.isPatch(request)) {
      headers.set(PatchTypes.ACCEPT_PATCH, PatchTypes.ALL);
    }
    if (request.isSecure() && !isOfLoopback(request.getHeaders().get("Host"))) {
      headers.set("Strict-Transport-Security", ONLY_TLS);
    }
    if (!headers.contains("ETag")) { // what has one is never compressed
      headers.add("Vary", "Accept-Encoding");
    }
    if (RouteAttributes.getRouteInfo(request).filter(r -> r.getProduces().size() > 1).isPresent()) {
      headers.add("Vary", "Accept");
    }
    if (bodiless && !headers.contains("Content-Length")) {
      long length = length(RouteAttributes.getHeadBody(response).orElse(response.body()));
      if (length >= 0) {
        headers.set("Content-Length", Long.toString(length));
      }
    }
    recorder.answered(request, response);
    return response;
  }

  /**
   * Whether that Host names loopback. A browser keeps to TLS for all ports of a name, and on
   * localhost the other ports are other people's programs.
   */
  private static boolean isOfLoopback(@Nullable String host) {
    if (host == null) {
      return true;
    }
    int colon = host.lastIndexOf(':');
    String name = colon > host.lastIndexOf(']') ? host.substring(0, colon) : host;
    return LOOPBACK.contains(name.toLowerCase(Locale.ROOT));
  }

  private static long length(@Nullable Object body) {
    return switch (body) {
      case byte[] bytes -> bytes.length;
      case CharSequence text -> text.toString().getBytes(StandardCharsets.UTF_8).length;
      case null, default -> -1;
    };
  }

  private @Nullable Problem refusal(HttpRequest<?> request) {
    HttpHeaders headers = request.getHeaders();
    int port = request.getServerAddress().getPort();
    List<String> named = headers.getAll("Host");
    if (named.size() != 1) {
      return Problem.badRequest(
          "a request has exactly one Host, this one has " + named.size(),
          "send the header Host: 127.0.0.1:" + port + " once");
    }
    String host = named.get(0).toLowerCase(Locale.ROOT);
    int usual = request.isSecure() ? PORT_OF_HTTPS : PORT_OF_HTTP;
    if (!isOurs(host, port, usual)) {
      return Problem.of(
          HttpStatus.MISDIRECTED_REQUEST,
          "misdirected",
          shown(host) + " is no name of this server",
          "call it 127.0.0.1:"
              + port
              + " or localhost:"
              + port
              + ", or start the member with MNEMOGRID_HTTP_HOSTS="
              + shown(host));
    }
    Problem refusal = ofOthers(request, headers, host);
    if (refusal == null) {
      refusal = body(request, headers);
    }
    return refusal == null ? Target.malformed(request) : refusal;
  }

  private boolean isOurs(String host, int port, int usual) {
    for (String name : LOOPBACK) {
      if (isNamed(name, host, port, usual)) {
        return true;
      }
    }
    return hosts.contains(host)
        || host.endsWith(":" + port)
            && hosts.contains(host.substring(0, host.length() - (":" + port).length()));
  }

  /** Whether {@code host} is that name with our port, which may be left out when it is usual. */
  private static boolean isNamed(String name, String host, int port, int usual) {
    return host.startsWith(name)
        && (host.length() == name.length()
            ? port == usual
            : host.substring(name.length()).equals(":" + port));
  }

  private @Nullable Problem ofOthers(HttpRequest<?> request, HttpHeaders headers, String host) {
    List<String> named = headers.getAll("Origin");
    String origin = named.size() == 1 ? named.get(0).toLowerCase(Locale.ROOT) : "";
    if (origins.contains(origin)) {
      return null;
    }
    String own = (request.isSecure() ? "https://" : "http://") + host;
    if (!named.isEmpty() && !origin.equals(own)) {
      return origin("a page of " + shown(String.join(", ", named)) + " may not call this server");
    }
    String site = headers.get("Sec-Fetch-Site");
    return site != null
            && FROM_OTHERS.contains(site.strip().toLowerCase(Locale.ROOT))
            && !READS.contains(request.getMethodName())
        ? origin("a page of another site may change nothing here")
        : null;
  }

  private static Problem origin(String detail) {
    return Problem.of(
        HttpStatus.FORBIDDEN,
        "origin",
        detail,
        "call from a program, or start the member with MNEMOGRID_HTTP_ORIGINS naming the origin of"
            + " the page");
  }

  private static @Nullable Problem body(HttpRequest<?> request, HttpHeaders headers) {
    String length = headers.get("Content-Length");
    boolean has = headers.contains("Transfer-Encoding") || length != null && !length.equals("0");
    if (!has) {
      return null;
    }
    List<String> types = headers.getAll("Content-Type");
    if (types.size() != 1 || !isListed(types.get(0), request)) {
      return Problem.of(
          HttpStatus.UNSUPPORTED_MEDIA_TYPE,
          "unsupported-media-type",
          types.isEmpty()
              ? "the body has no Content-Type"
              : "no body is read as " + shown(String.join(", ", types)),
          "send Content-Type: " + (PatchTypes.isPatch(request) ? PatchTypes.ALL : JSON));
    }
    List<String> codings = headers.getAll("Content-Encoding");
    if (codings.size() > 1 || codings.size() == 1 && !Gzip.isKnown(codings.get(0))) {
      return Problem.of(
          HttpStatus.UNSUPPORTED_MEDIA_TYPE,
          "unsupported-encoding",
          "no body is read in the Content-Encoding " + shown(String.join(", ", codings)),
          "send it as it is, or with Content-Encoding: gzip");
    }
    return null;
  }

  private static boolean isListed(String type, HttpRequest<?> request) {
    int end = type.indexOf(';');
    String name = (end < 0 ? type : type.substring(0, end)).strip();
    return name.equalsIgnoreCase(JSON) || PatchTypes.isPatch(request) && PatchTypes.isListed(name);
  }

  /** What a stranger wrote, at a length that a sentence bears. */
  private static String shown(String text) {
    return text.length() <= MOST_SHOWN ? text : text.substring(0, MOST_SHOWN) + "…";
  }
}
