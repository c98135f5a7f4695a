package io.mnemogrid.api.keys;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.core.order.Ordered;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.micronaut.http.annotation.Filter;
import io.micronaut.http.annotation.RequestFilter;
import io.micronaut.http.annotation.ServerFilter;
import io.micronaut.web.router.RouteAttributes;
import io.micronaut.web.router.RouteInfo;
import io.mnemogrid.Keys;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.door.Door;
import io.mnemogrid.api.http.Attributes;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.http.RemoteAddress;
import io.mnemogrid.api.limits.Callers;
import io.mnemogrid.api.trail.Notes;
import io.mnemogrid.policy.ApiKey;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.KeyText;
import io.mnemogrid.policy.Principal;
import io.mnemogrid.policy.Right;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.SpaceName;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who may do what. Every call says what right it needs ({@link Needs}); the key that a request
 * sends says which it has, in which spaces, and as which authors. It stands behind the {@link
 * Door}, so a route is known.
 *
 * <p>A space that is not granted is answered as one that is not there, whatever the call. While no
 * key was ever made, nobody is asked for one. It reads the keys that the member knows and waits for
 * nothing.
 *
 * <p>So it also says who is counted ({@link Callers}): a request with a valid key at that key, all
 * others at their address, where wrong keys count too. While there are no keys, loopback is not
 * counted.
 */
@ServerFilter(Filter.MATCH_ALL_PATTERN)
public final class Access implements Ordered {
  private static final String GRANT = "mnemogrid.grant";
  private static final String KEY = "mnemogrid.key";
  private static final String VOUCHED = "mnemogrid.vouched";
  private static final String TICKET = "ticket";
  private static final String BEARER = "bearer ";
  private static final String KEYLESS = "key-required";

  /** What is asked of a member that may be in trouble is never refused for its rate. */
  private static final String HEALTH = "/health";

  private static final Set<Right> CHANGES =
      Collections.unmodifiableSet(EnumSet.of(Right.WRITE, Right.CREATE, Right.OPERATE));

  private static final Set<Right> WRITES =
      Collections.unmodifiableSet(EnumSet.of(Right.WRITE, Right.CREATE));

  private final Keys keys;
  private final Callers callers;
  private final Tickets tickets;
  private final boolean isStrict;
  private final MeterRegistry metrics;

  /** What each route needs; as many entries as there are routes. */
  private final ConcurrentHashMap<RouteInfo<?>, Optional<Right>> needed = new ConcurrentHashMap<>();

  Access(Mnemogrid grid, Values settings, Callers callers, Tickets tickets, MeterRegistry metrics) {
    this.metrics = metrics;
    this.tickets = tickets;
    this.keys = grid.keys().orElseThrow();
    this.callers = callers;
    this.isStrict = settings.find(Settings.KEYS).isPresent();
  }

  @Override
  public int getOrder() {
    return Ordered.HIGHEST_PRECEDENCE + 2; // behind the door, and behind who sees all its answers
  }

  /** Refuses what the key of the request does not allow, and notes what it does. */
  @RequestFilter
  @Nullable HttpResponse<?> enter(HttpRequest<?> request) {
    RouteInfo<?> route = RouteAttributes.getRouteInfo(request).orElse(null);
    if (route == null) {
      return null; // 405 and 415, which tell nothing
    }
    Right right = right(route);
    boolean isOpen = keys.known().isEmpty();
    if (right != null) {
      Notes.of(request).needsRight();
    }
    if (right == null || isOpen) {
      if (isOpen) {
        Problem refusal =
            right == null || !WRITES.contains(right) ? null : ofReserved(space(request), right);
        if (refusal != null) {
          return refusal.toResponse(request);
        }
        request.setAttribute(GRANT, Grant.ALL);
      }
      return isOpen && RemoteAddress.isLoopback(request.getRemoteAddress()) || isHealth(request)
          ? null
          : callers.enter(request);
    }
    List<String> sent = sent(request);
    List<String> certified = ClientCertificate.keyIds(request);
    String ticket = ticket(request);
    ApiKey key = ticket == null ? key(sent, certified) : byTicket(request, ticket, sent, certified);
    if (key == null) {
      if (sent.size() == 1) {
        KeyText.parse(sent.getFirst()).ifPresent(text -> Notes.of(request).keyShown(text.id()));
      }
      HttpResponse<?> tooMany = callers.enter(request);
      return tooMany == null
          ? denied(
              request, ticket == null ? unknown(sent.size() + certified.size()) : unknownTicket())
          : tooMany;
    }
    HttpResponse<?> tooMany = isHealth(request) ? null : callers.enter(request, key);
    if (tooMany != null) {
      Notes.of(request).key(key.id());
      return tooMany;
    }
    Notes.of(request).key(key.id());
    Problem refusal = refusal(request, key.grant(), right);
    if (refusal != null) {
      return denied(request, refusal);
    }
    request.setAttribute(GRANT, key.grant());
    request.setAttribute(KEY, key.id());
    return null;
  }

  private static boolean isHealth(HttpRequest<?> request) {
    return request.getPath().startsWith(HEALTH);
  }

  private @Nullable Right right(RouteInfo<?> route) {
    Optional<Right> known = needed.get(route);
    return (known != null ? known : needed.computeIfAbsent(route, Access::needed)).orElse(null);
  }

  /**
   * The key that the ticket of a request stands for. A ticket is used up by this, and a key beside
   * it counts for nothing: two might differ.
   */
  private @Nullable ApiKey byTicket(
      HttpRequest<?> request, String ticket, List<String> sent, List<String> certified) {
    ApiKey key = tickets.redeem(ticket).flatMap(keys::vouched).orElse(null);
    if (key == null || !sent.isEmpty() || !certified.isEmpty()) {
      return null;
    }
    request.setAttribute(VOUCHED, key.id());
    return key;
  }

  private static @Nullable String ticket(HttpRequest<?> request) {
    String query = request.getUri().getRawQuery();
    return query == null ? null : request.getParameters().get(TICKET);
  }

  private static Problem unknownTicket() {
    return Problem.of(
        HttpStatus.UNAUTHORIZED,
        "ticket-unknown",
        "no such ticket on this member, or it was used, or it is over "
            + Tickets.LIFE.toSeconds()
            + " s old; beside a ticket no key is sent",
        "POST /v1/tickets with a key issues a new one");
  }

  /**
   * Whether a request that was let in would be let in now. An answer that is sent for long asks
   * again: its key may end meanwhile.
   */
  public boolean isStillLetIn(HttpRequest<?> request) {
    return keys.known().isEmpty()
        || !(isStrict && isUnheard())
            && request
                .getAttribute(VOUCHED, String.class)
                .map(id -> keys.vouched(id).isPresent())
                .orElseGet(() -> key(sent(request), ClientCertificate.keyIds(request)) != null);
  }

  /** The id of the key of a request that was let in; empty while no key is asked for. */
  public static Optional<String> keyOf(HttpRequest<?> request) {
    return request.getAttribute(KEY, String.class);
  }

  private boolean isUnheard() {
    return keys.unheard().compareTo(Keys.UNHEARD_AT_MOST) > 0;
  }

  /** The answer to a request that is not let in, which is counted here and nowhere else. */
  private HttpResponse<?> denied(HttpRequest<?> request, Problem problem) {
    Counter.builder("mnemogrid.http.denied")
        .description("requests that their key, or the lack of one, does not let in")
        .tag("code", problem.code())
        .register(metrics)
        .increment();
    MutableHttpResponse<?> response = problem.toResponse(request);
    if (problem.status() == HttpStatus.UNAUTHORIZED) {
      boolean isKeyless = problem.code().equals(KEYLESS);
      response.header(
          "WWW-Authenticate",
          "Bearer realm=\"mnemogrid\"" + (isKeyless ? "" : ", error=\"invalid_token\""));
    }
    return response;
  }

  /**
   * The one key of a request. Where header and client certificate both name one, it is the same.
   */
  private @Nullable ApiKey key(List<String> sent, List<String> certified) {
    if (sent.size() > 1 || certified.size() > 1) {
      return null;
    }
    ApiKey byText = sent.isEmpty() ? null : keys.authenticate(sent.getFirst()).orElse(null);
    if (certified.isEmpty()) {
      return byText;
    }
    ApiKey vouched = keys.vouched(certified.getFirst()).orElse(null);
    boolean isSame = byText != null && vouched != null && byText.id().equals(vouched.id());
    return sent.isEmpty() || isSame ? vouched : null;
  }

  private static Optional<Right> needed(RouteInfo<?> route) {
    if (route.getAnnotationMetadata().hasAnnotation(Needs.class)) {
      Right[] named = route.getAnnotationMetadata().enumValues(Needs.class, Right.class);
      return Optional.ofNullable(named.length == 0 ? null : named[0]);
    }
    Class<?> type = route.getDeclaringType();
    boolean isMetrics = type != null && type.getSimpleName().startsWith("PrometheusEndpoint");
    return Optional.of(isMetrics ? Right.METER : Right.OPERATE);
  }

  private static List<String> sent(HttpRequest<?> request) {
    List<String> authorizations = request.getHeaders().getAll("Authorization");
    List<String> keys = request.getHeaders().getAll("X-API-Key");
    return authorizations.isEmpty()
        ? keys.stream().map(String::strip).toList()
        : keys.isEmpty()
            ? authorizations.stream().map(Access::bearer).toList()
            : List.of("", ""); // two headers name a key, and neither counts
  }

  private static String bearer(String authorization) {
    return authorization.regionMatches(true, 0, BEARER, 0, BEARER.length())
        ? authorization.substring(BEARER.length()).strip()
        : "";
  }

  private static Problem unknown(int sent) {
    return sent == 0
        ? Problem.of(
            HttpStatus.UNAUTHORIZED,
            KEYLESS,
            "this server asks for a key",
            "send Authorization: Bearer mg_…; who runs the member makes one by ./mnemogrid"
                + " keys create")
        : Problem.of(
            HttpStatus.UNAUTHORIZED,
            "key-unknown",
            sent == 1
                ? "no such key, or it has ended"
                : "a request has one key, in one header, and that of its client certificate",
            "send Authorization: Bearer mg_… with a key that ./mnemogrid keys list shows as"
                + " valid");
  }

  private @Nullable Problem refusal(HttpRequest<?> request, Grant grant, Right right) {
    if (isUnheard() && (isStrict || CHANGES.contains(right))) {
      return unheard();
    }
    return refusal(request, grant, space(request), right);
  }

  private static @Nullable Problem refusal(
      HttpRequest<?> request, Grant grant, @Nullable SpaceName space, Right right) {
    if (space != null && !grant.has(space)) {
      return Problem.unknownSpace(space);
    }
    return grant.has(right)
        ? ofReserved(space, right)
        : Problem.of(
            HttpStatus.FORBIDDEN,
            "not-allowed",
            "a key with the role "
                + grant.role().text()
                + " may not "
                + request.getMethodName()
                + " "
                + request.getPath(),
            "docs/security.md has a table of what each role may do; an operator makes keys");
  }

  /**
   * Refuses what the key of a request that was let in does not grant in a space that its body, and
   * not its address, names.
   *
   * @throws ProblemException with the problem that the same call to that space's address has
   */
  public void demand(HttpRequest<?> request, SpaceName space, Right right) {
    Problem refusal =
        keys.known().isEmpty()
            ? ofReserved(space, right)
            : CHANGES.contains(right) && isUnheard()
                ? unheard()
                : refusal(request, of(request), space, right);
    if (refusal != null) {
      throw new ProblemException(refusal);
    }
  }

  private Problem unheard() {
    return Problem.unavailable(
        "keys-unheard",
        "the store has told this member no keys for "
            + keys.unheard().toSeconds()
            + " s, so it cannot know whether this one was revoked");
  }

  /** Refuses to create or write a space of the product's own, whoever asks. */
  private static @Nullable Problem ofReserved(@Nullable SpaceName space, Right right) {
    return space != null && space.isReserved() && WRITES.contains(right)
        ? Problem.of(
            HttpStatus.FORBIDDEN,
            "reserved-space",
            "the space " + space + " is the product's own, as all that begin with mnemogrid.",
            "choose another name")
        : null;
  }

  /** The space in the address, null where there is none; a name that is none is a 400. */
  private static @Nullable SpaceName space(HttpRequest<?> request) {
    Object name =
        RouteAttributes.getRouteMatch(request)
            .map(match -> match.getVariableValues().get("space"))
            .orElse(null);
    return name == null ? null : Params.space(name.toString());
  }

  /** What the key of a request that was let in grants. */
  public static Grant of(HttpRequest<?> request) {
    Grant grant = Attributes.find(request, GRANT, Grant.class);
    if (grant == null) {
      throw new IllegalStateException("nobody asked what this request may do");
    }
    return grant;
  }

  /** For whom a request that was let in writes. */
  public static Principal principal(HttpRequest<?> request) {
    return new Principal(of(request));
  }

  /** Refuses to write under the name of an author that is not granted. */
  public static void refuseOther(HttpRequest<?> request, Author author) {
    if (!of(request).has(author)) {
      throw new ProblemException(
          Problem.of(
              HttpStatus.FORBIDDEN,
              "author-not-granted",
              "this key may not write as " + author,
              "write as an author that the key was made for; an operator makes keys"));
    }
  }
}
