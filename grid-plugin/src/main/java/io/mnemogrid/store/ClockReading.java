package io.mnemogrid.store;

import java.time.Instant;
import java.time.temporal.ChronoUnit;

/**
 * One reading of a clock, carried on by this process's monotonic clock.
 *
 * @param time what the clock said
 * @param nanos the monotonic clock then
 */
public record ClockReading(Instant time, long nanos) {
  /** The clock's time when the monotonic clock is at {@code now}, cut to milliseconds. */
  public Instant at(long now) {
    return time.plusNanos(now - nanos).truncatedTo(ChronoUnit.MILLIS);
  }
}
