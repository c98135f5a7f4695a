package io.mnemogrid.api.limits;

import io.github.bucket4j.TimeMeter;

/** A clock that stands still until the test moves it. */
final class HandClock implements TimeMeter {
  private long nanos;

  void pass(double seconds) {
    nanos += Math.round(seconds * 1e9);
  }

  @Override
  public long currentTimeNanos() {
    return nanos;
  }

  @Override
  public boolean isWallClockBased() {
    return false;
  }
}
