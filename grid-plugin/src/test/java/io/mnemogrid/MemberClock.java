package io.mnemogrid;

import java.time.Instant;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/** The clock that a member gives its authors, over clocks of a simulation. */
public final class MemberClock {
  private final StoreClock clock;

  /** A member's clock, between the store's and its own monotonic one. */
  public MemberClock(Supplier<Instant> store, LongSupplier nanos) {
    clock = new StoreClock(store, nanos);
  }

  /** The store's time, as that member estimates it. */
  public Instant now() {
    return clock.now();
  }
}
