package io.mnemogrid.member;

import io.mnemogrid.GridHealth;
import io.mnemogrid.Keys;
import io.mnemogrid.policy.ApiKey;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.KeyChanges;
import io.mnemogrid.policy.KeyStore;
import io.mnemogrid.policy.Keyring;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The keys as this member knows them. A thread of its own asks the store four times a second
 * whether they have changed, so that a key that was revoked anywhere is refused here within a
 * second. When the store does not answer, the keys that were known go on being known, and whoever
 * asks is told for how long nothing was heard.
 */
final class MemberKeys implements Keys {
  private static final Logger LOG = LoggerFactory.getLogger(MemberKeys.class);
  private static final Duration EVERY = Duration.ofMillis(250);

  /** Days of use are written this often at most. */
  private static final Duration NOTED_EVERY = Duration.ofMinutes(1);

  /** What the store said, and when it was asked; the time is the store's. */
  private record Heard(Keyring keys, Instant time, long nanos) {}

  private final KeyStore store;
  private final KeyChanges changes;
  private final Supplier<Instant> clock;
  private final LongSupplier nanos;
  private final Map<String, LocalDate> used = new ConcurrentHashMap<>();
  private final Map<String, LocalDate> noted = new ConcurrentHashMap<>();
  private volatile Heard heard;
  private long notedAt; // only the thread that asks uses it
  private @Nullable ScheduledExecutorService thread; // only who starts and closes the part uses it

  /**
   * The keys of {@code store}, none until the member starts.
   *
   * @param clock the store's time
   * @param nanos a monotonic clock
   */
  MemberKeys(KeyStore store, Supplier<Instant> clock, LongSupplier nanos) {
    this.store = store;
    this.changes = new KeyChanges(store, new SecureRandom()::nextBytes);
    this.clock = clock;
    this.nanos = nanos;
    this.heard = new Heard(Keyring.NONE, Instant.EPOCH, nanos.getAsLong());
    this.notedAt = nanos.getAsLong();
  }

  Lifecycle.Part part() {
    return new Lifecycle.Part("keys").starts(this::start).closes(this::close).tells(this::health);
  }

  private void start() {
    ask();
    ScheduledExecutorService asking =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("mnemogrid-keys").factory());
    thread = asking;
    asking.scheduleWithFixedDelay(
        this::round, EVERY.toMillis(), EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void close() {
    if (thread != null) {
      thread.shutdownNow();
    }
  }

  private void round() {
    askQuietly();
    try {
      note();
    } catch (RuntimeException e) { // a later round may succeed
      LOG.debug("the days of use could not be noted", e);
    }
  }

  private void askQuietly() {
    try {
      ask();
    } catch (RuntimeException | Error e) { // a later round may succeed
      LOG.debug("the keys could not be read", e);
    }
  }

  /** Asks the store for keys that this member does not know. */
  synchronized void ask() {
    long asked = nanos.getAsLong();
    Keyring known = heard.keys;
    Keyring keys = store.newerThan(known.revision()).orElse(known);
    heard = new Heard(keys, clock.get(), asked);
  }

  /** Tells the store on which days keys were used, of those that it was not told yet. */
  private void note() {
    long now = nanos.getAsLong();
    if (now - notedAt < NOTED_EVERY.toNanos()) {
      return;
    }
    notedAt = now;
    Map<String, LocalDate> days = new ConcurrentHashMap<>(used);
    days.entrySet().removeAll(noted.entrySet());
    if (!days.isEmpty()) {
      store.used(days);
      noted.putAll(days);
    }
  }

  @Override
  public Keyring known() {
    return heard.keys;
  }

  @Override
  public Duration unheard() {
    return Duration.ofNanos(Math.max(0, nanos.getAsLong() - heard.nanos));
  }

  @Override
  public Optional<ApiKey> authenticate(String text) {
    return noted((keys, now) -> keys.authenticate(text, now));
  }

  @Override
  public Optional<ApiKey> vouched(String id) {
    return noted((keys, now) -> keys.valid(id, now));
  }

  private Optional<ApiKey> noted(BiFunction<Keyring, Instant, Optional<ApiKey>> find) {
    Heard last = heard;
    Instant now = last.time.plusNanos(nanos.getAsLong() - last.nanos);
    Optional<ApiKey> key = find.apply(last.keys, now);
    key.ifPresent(sent -> {
      LocalDate day = LocalDate.ofInstant(now, ZoneOffset.UTC);
      if (!day.equals(used.get(sent.id()))) {
        used.put(sent.id(), day);
      }
    });
    return key;
  }

  @Override
  public List<ApiKey> list() {
    return store.all().list();
  }

  @Override
  public ApiKey.Issued create(String name, Grant grant, @Nullable Instant expires) {
    ApiKey.Issued issued = changes.create(name, grant, expires, clock.get());
    askQuietly(); // what is done is done, also when the store does not answer now
    return issued;
  }

  @Override
  public Optional<ApiKey.Issued> rotate(String id, Duration grace) {
    Optional<ApiKey.Issued> issued = changes.rotate(id, grace, clock.get());
    askQuietly();
    return issued;
  }

  @Override
  public Optional<ApiKey> revoke(String id) {
    Optional<ApiKey> ended = changes.revoke(id, clock.get());
    askQuietly();
    return ended;
  }

  private List<GridHealth.Part> health() {
    Duration unheard = unheard();
    Keyring keys = known();
    if (!keys.isEmpty() && unheard.compareTo(UNHEARD_AT_MOST) > 0) {
      return List.of(
          new GridHealth.Part(
              "keys",
              GridHealth.Status.DEGRADED,
              "the store has told no keys for %d s; those that are known still read, none writes"
                  .formatted(unheard.toSeconds())));
    }
    return List.of(
        new GridHealth.Part(
            "keys",
            GridHealth.Status.UP,
            keys.isEmpty()
                ? "none: whoever reaches the HTTP port may do everything"
                : keys.keys().size() + " keys, revoked ones included"));
  }
}
