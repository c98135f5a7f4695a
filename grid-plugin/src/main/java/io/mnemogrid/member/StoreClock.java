package io.mnemogrid.member;

import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.store.ClockReading;
import java.time.Duration;
import java.time.Instant;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The store's clock as this member estimates it: read now and then, carried on by this process's
 * monotonic clock, so that a wrong wall clock here harms nothing. Safe for all threads.
 */
public final class StoreClock {
  private static final Duration FRESH = Duration.ofSeconds(10);

  private final Supplier<Instant> store;
  private final LongSupplier nanos;
  private volatile ClockReading reading;

  /**
   * A view of the clock of {@code store}, which may throw {@link LogUnavailable}, carried on by the
   * monotonic clock {@code nanos}.
   */
  public StoreClock(Supplier<Instant> store, LongSupplier nanos) {
    this.store = store;
    this.nanos = nanos;
    this.reading = new ClockReading(store.get(), nanos.getAsLong());
  }

  /** The store's time. */
  public Instant now() {
    ClockReading last = reading;
    long now = nanos.getAsLong();
    if (now - last.nanos() > FRESH.toNanos()) {
      try {
        last = new ClockReading(store.get(), now);
        reading = last;
      } catch (LogUnavailable e) {
        return last.at(now); // an older reading still serves
      }
    }
    return last.at(now);
  }
}
