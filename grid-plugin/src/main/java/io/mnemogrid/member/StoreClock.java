package io.mnemogrid.member;

import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.store.ClockReading;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The store's clock as this member estimates it: read now and then, carried on by this process's
 * monotonic clock, so that a wrong wall clock here harms nothing. One caller at a time asks the
 * store, every {@link #FRESH} at most, whether it answers or not; the others carry on the last
 * reading. Safe for all threads.
 */
public final class StoreClock {
  static final Duration FRESH = Duration.ofSeconds(10);
  private static final Logger LOG = LoggerFactory.getLogger(StoreClock.class);

  private final Supplier<Instant> store;
  private final LongSupplier nanos;
  private final AtomicBoolean asking = new AtomicBoolean();
  private volatile ClockReading reading;
  private volatile long askedNanos;

  /**
   * A view of the clock of {@code store}, which may throw {@link LogUnavailable}, carried on by the
   * monotonic clock {@code nanos}.
   */
  public StoreClock(Supplier<Instant> store, LongSupplier nanos) {
    this.store = store;
    this.nanos = nanos;
    this.reading = new ClockReading(store.get(), nanos.getAsLong());
    this.askedNanos = reading.nanos();
  }

  /** The store's time. */
  public Instant now() {
    long now = nanos.getAsLong();
    if (now - askedNanos > FRESH.toNanos() && asking.compareAndSet(false, true)) {
      try {
        ask();
      } finally {
        askedNanos = nanos.getAsLong();
        asking.set(false);
      }
    }
    return reading.at(nanos.getAsLong());
  }

  private void ask() {
    try {
      Instant told = store.get();
      reading = new ClockReading(told, nanos.getAsLong());
    } catch (LogUnavailable e) {
      LOG.debug("the last reading of the store's clock is carried on: {}", e.getMessage());
    }
  }
}
