package io.mnemogrid.api.limits;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.http.HttpStatus;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import io.mnemogrid.state.Json;
import jakarta.inject.Singleton;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * How many answers of this member stay open until their reader leaves: of all callers together, and
 * of each key or address. They count as connections too. Safe for all threads.
 */
@Singleton
public final class Streams {
  private final int most;
  private final int mostOfOne;
  private final AtomicInteger open = new AtomicInteger();
  private final ConcurrentHashMap<String, Integer> byCaller = new ConcurrentHashMap<>();

  Streams(Values settings, MeterRegistry metrics) {
    this.most = settings.value(Settings.HTTP_MAX_STREAMS);
    this.mostOfOne = settings.value(Settings.HTTP_MAX_STREAMS_OF_ONE);
    Gauge.builder("mnemogrid.http.streams", open, AtomicInteger::get)
        .description("streams of events that are open")
        .register(metrics);
  }

  /** One stream that is counted until it is closed; closing it again does nothing. */
  public final class Place implements AutoCloseable {
    private final String caller;
    private final AtomicBoolean isClosed = new AtomicBoolean();

    private Place(String caller) {
      this.caller = caller;
    }

    @Override
    public void close() {
      if (isClosed.compareAndSet(false, true)) {
        open.decrementAndGet();
        byCaller.computeIfPresent(caller, (_, count) -> count == 1 ? null : count - 1);
      }
    }
  }

  /**
   * Counts one more stream of that caller.
   *
   * @param caller a key or an address, as the problem names it
   * @throws ProblemException 429 when the caller has as many as it may, 503 when the member has
   */
  public Place open(String caller) {
    int now = byCaller.merge(caller, 1, Integer::sum);
    open.incrementAndGet();
    Place place = new Place(caller);
    if (now > mostOfOne) {
      place.close();
      throw new ProblemException(
          Problem.of(
                  HttpStatus.TOO_MANY_REQUESTS,
                  "too-many-streams",
                  "this " + caller + " has " + mostOfOne + " open streams on this member, its most",
                  "close one, or read several spaces by one client;"
                      + " MNEMOGRID_HTTP_MAX_STREAMS_OF_ONE is the bound")
              .with("limit", Json.of(mostOfOne)));
    }
    if (open.get() > most) {
      place.close();
      throw new ProblemException(
          Problem.of(
                  HttpStatus.SERVICE_UNAVAILABLE,
                  "too-many-streams",
                  "this member has " + most + " open streams, its most",
                  "ask another member; MNEMOGRID_HTTP_MAX_STREAMS is the bound")
              .with("limit", Json.of(most)));
    }
    return place;
  }
}
