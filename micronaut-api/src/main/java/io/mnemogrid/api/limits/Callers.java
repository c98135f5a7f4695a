package io.mnemogrid.api.limits;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.github.bucket4j.TimeMeter;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MutableHttpResponse;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.SharedRates;
import io.mnemogrid.api.http.Attributes;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.RemoteAddress;
import io.mnemogrid.api.limits.RateClass.Kind;
import io.mnemogrid.policy.ApiKey;
import io.mnemogrid.policy.Role;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import io.mnemogrid.state.Json;
import jakarta.inject.Inject;
import jakarta.inject.Singleton;
import java.net.InetAddress;
import java.time.Duration;
import java.util.EnumMap;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All who are counted: keys by their ids, and those without a key by their addresses. Whoever sent
 * nothing for ten minutes is forgotten, and so are addresses beyond {@link #MOST_ADDRESSES}, so
 * whoever has many addresses takes no memory. Safe for all threads; nothing blocks.
 */
@Singleton
public final class Callers {
  /** Most addresses that are known at once; another one takes the place of one that is idle. */
  static final int MOST_ADDRESSES = 8192;

  private static final Duration FORGOTTEN_AFTER = Duration.ofMinutes(10);
  private static final String CALLER = "mnemogrid.caller";

  private final SharedRates shared;
  private final MeterRegistry metrics;
  private final Map<Role, RateClass> byRole = new EnumMap<>(Role.class);
  private final RateClass byAddress;
  private final Cache<String, Caller> keys = cache(ApiKey.MAX_KEYS);
  private final Cache<InetAddress, Caller> addresses = cache(MOST_ADDRESSES);

  @Inject
  Callers(Mnemogrid grid, Values settings, MeterRegistry metrics) {
    this(grid.rates().orElseThrow(), settings, metrics);
  }

  Callers(SharedRates shared, Values settings, MeterRegistry metrics) {
    this.shared = shared;
    this.metrics = metrics;
    RateClass reader = RateClass.of("reader", settings.value(Settings.RATE_READER));
    RateClass writer = RateClass.of("writer", settings.value(Settings.RATE_WRITER));
    RateClass operator = RateClass.of("operator", settings.value(Settings.RATE_OPERATOR));
    this.byAddress = RateClass.of("address", settings.value(Settings.RATE_ADDRESS));
    for (Role role : Role.values()) {
      byRole.put(
          role,
          switch (role) {
            case READER, VERIFIER, ERASER -> reader;
            case WRITER, CURATOR -> writer;
            case OPERATOR, METRICS -> operator;
          });
    }
    Stream.of(reader, writer, operator, byAddress)
        .forEach(each -> Stream.of(Kind.values()).forEach(kind -> refusals(each, kind)));
  }

  private static <K extends Object> Cache<K, Caller> cache(long most) {
    return Caffeine.newBuilder().maximumSize(most).expireAfterAccess(FORGOTTEN_AFTER).build();
  }

  private Counter refusals(RateClass of, Kind kind) {
    return Counter.builder("mnemogrid.rate.refusals")
        .description("requests that were refused because their caller had used up its rate")
        .tag("class", of.name())
        .tag("of", kind.text())
        .register(metrics);
  }

  /** Counts a request with that key; the answer when it has to wait. */
  public @Nullable MutableHttpResponse<?> enter(HttpRequest<?> request, ApiKey key) {
    Caller known = keys.getIfPresent(key.id());
    return enter(
        request,
        known != null
            ? known
            : keys.get(key.id(), id -> caller(byRole(key.grant().role()), "key " + id)));
  }

  private RateClass byRole(Role role) {
    return byRole.getOrDefault(role, byAddress);
  }

  /** Counts a request without a key that counts, at its address; the answer when it has to wait. */
  public @Nullable MutableHttpResponse<?> enter(HttpRequest<?> request) {
    return enter(request, caller(RemoteAddress.who(request.getRemoteAddress())));
  }

  private @Nullable MutableHttpResponse<?> enter(HttpRequest<?> request, Caller caller) {
    if (caller.of().policy().isEmpty()) {
      return null;
    }
    request.setAttribute(CALLER, caller);
    Caller.Refusal refusal = caller.enter();
    return refusal == null ? null : refused(request, caller.of(), refusal);
  }

  /** The caller of that address. */
  Caller caller(InetAddress address) {
    return addresses.get(address, who -> caller(byAddress, "address " + who.getHostAddress()));
  }

  private Caller caller(RateClass of, String name) {
    return new Caller(
        of, kind -> shared.named(name + " " + kind.text()), TimeMeter.SYSTEM_NANOTIME);
  }

  /** How many addresses are known. */
  long addresses() {
    addresses.cleanUp();
    return addresses.estimatedSize();
  }

  private MutableHttpResponse<?> refused(
      HttpRequest<?> request, RateClass of, Caller.Refusal refusal) {
    refusals(of, refusal.kind()).increment();
    MutableHttpResponse<byte[]> response =
        Problem.of(
                HttpStatus.TOO_MANY_REQUESTS,
                "rate",
                "all members of this grid together grant %s of the class %s %d %s a second"
                    .formatted(
                        of == byAddress ? "an address" : "a key",
                        of.name(),
                        refusal.limit(),
                        refusal.kind() == Kind.WORK ? "units of work" : refusal.kind().text()),
                "send it again after Retry-After seconds; the header RateLimit tells how much is"
                    + " left, and docs/api.md what counts")
            .with("class", Json.of(of.name()))
            .with("of", Json.of(refusal.kind().text()))
            .with("limit", Json.of(refusal.limit()))
            .toResponse(request);
    response.getHeaders().set("Retry-After", Long.toString(refusal.retrySeconds()));
    return response;
  }

  /** Who is counted for a request; null for nobody. */
  static @Nullable Caller of(HttpRequest<?> request) {
    return Attributes.find(request, CALLER, Caller.class);
  }
}
