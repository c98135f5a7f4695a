package io.mnemogrid;

import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.LogUnavailable;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * The store's clock as this member estimates it: read now and then, carried on by this process's
 * monotonic clock, so that a wrong wall clock here harms nothing. Safe for all threads.
 */
final class StoreClock {
  private static final Duration FRESH = Duration.ofSeconds(10);

  /** One reading of the store's clock. */
  private record Reading(Instant time, long nanos) {
    Instant at(long now) {
      return time.plusNanos(now - nanos).truncatedTo(ChronoUnit.MILLIS);
    }
  }

  private final LogReader log;
  private volatile Reading reading;

  StoreClock(LogReader log) {
    this.log = log;
    this.reading = new Reading(log.now(), System.nanoTime());
  }

  /** The store's time. */
  Instant now() {
    Reading last = reading;
    long now = System.nanoTime();
    if (now - last.nanos > FRESH.toNanos()) {
      try {
        last = new Reading(log.now(), now);
        reading = last;
      } catch (LogUnavailable e) {
        return last.at(now); // an older reading still serves
      }
    }
    return last.at(now);
  }
}
