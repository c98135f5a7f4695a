package io.mnemogrid.gatling;

import java.time.Duration;

/**
 * The parts of a run, each as long as the others, on the monotonic clock of the machine, which all
 * its processes share.
 */
record Phases(long beganNanos, Duration time, int count) {
  /** The part at a moment, from 0 on; the last one from its begin on for ever. */
  int at(long nanos) {
    long part = Math.max(0, nanos - beganNanos) * count / time.toNanos();
    return (int) Math.min(part, count - 1);
  }

  /** When a part begins. */
  long begin(int phase) {
    return beganNanos + time.toNanos() * phase / count;
  }

  /** Whether the bots still play. */
  boolean isRunning(long nanos) {
    return nanos - beganNanos < time.toNanos();
  }
}
