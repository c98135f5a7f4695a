package io.mnemogrid.replica;

import io.mnemogrid.log.LogReader;
import java.time.Duration;

/** Replicas whose next poll is an hour away. So what they show in a test was told to them. */
public final class SlowPolls {
  private SlowPolls() {}

  /** Replicas of this log. */
  public static Replicas of(LogReader log) {
    return new Replicas(log, Long.MAX_VALUE, Duration.ofHours(1));
  }
}
