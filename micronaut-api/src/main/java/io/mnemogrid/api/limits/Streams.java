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
  private final AtomicInteger taken = new AtomicInteger(); // a large one counts as several
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
    private int counts; // guarded by this, as is the next
    private boolean isClosed;

    private Place(String caller) {
      this.caller = caller;
      open.incrementAndGet();
    }

    /**
     * Counts as so many streams from now on, if it did not before and its caller and the member may
     * have them. False when they may not, and then nothing is changed.
     */
    public boolean grow(int streams) {
      return taken(streams) == Most.NONE;
    }

    private synchronized Most taken(int streams) {
      int more = streams - counts;
      if (more <= 0 || isClosed) {
        return Most.NONE;
      }
      int ofCaller = byCaller.merge(caller, more, Integer::sum);
      int all = taken.addAndGet(more);
      counts = streams;
      Most over = ofCaller > mostOfOne ? Most.OF_ONE : all > most ? Most.OF_ALL : Most.NONE;
      if (over != Most.NONE) {
        give(more);
      }
      return over;
    }

    private void give(int streams) {
      counts -= streams;
      taken.addAndGet(-streams);
      byCaller.computeIfPresent(caller, (_, count) -> count == streams ? null : count - streams);
    }

    @Override
    public synchronized void close() {
      if (!isClosed) {
        isClosed = true;
        open.decrementAndGet();
        give(counts);
      }
    }
  }

  /** Which bound another stream would be over. */
  private enum Most {
    NONE,
    OF_ONE,
    OF_ALL
  }

  /** Counts one more stream of that caller; throws as {@link #open(String, int)} does. */
  public Place open(String caller) {
    return open(caller, 1);
  }

  /**
   * Counts one more stream of that caller.
   *
   * @param caller a key or an address, as the problem names it
   * @param streams as how many streams it counts
   * @throws ProblemException 429 when the caller has as many as it may, 503 when the member has
   */
  public Place open(String caller, int streams) {
    Place place = new Place(caller);
    Most over = place.taken(streams);
    if (over == Most.NONE) {
      return place;
    }
    place.close();
    String counts = streams == 1 ? "" : "; this one counts as " + streams;
    throw new ProblemException(
        over == Most.OF_ONE
            ? Problem.of(
                    HttpStatus.TOO_MANY_REQUESTS,
                    "too-many-streams",
                    "this "
                        + caller
                        + " may have "
                        + mostOfOne
                        + " open streams on this member"
                        + counts,
                    "close one, or follow several spaces by GET /v1/events;"
                        + " MNEMOGRID_HTTP_MAX_STREAMS_OF_ONE is the bound")
                .with("limit", Json.of(mostOfOne))
            : Problem.of(
                    HttpStatus.SERVICE_UNAVAILABLE,
                    "too-many-streams",
                    "this member may have " + most + " open streams" + counts,
                    "ask another member; MNEMOGRID_HTTP_MAX_STREAMS is the bound")
                .with("limit", Json.of(most)));
  }
}
