package io.mnemogrid.fault;

import io.mnemogrid.check.Motion;
import java.time.Duration;
import java.util.List;
import java.util.Set;

/**
 * What happened when a fault was played.
 *
 * @param undoneNanos when it was undone, {@code wholeNanos} when the grid was whole again
 * @param touched names of the members that it was done to
 * @param closes how long members that were asked to end took
 */
public record Played(
    Planned planned,
    long beganNanos,
    long undoneNanos,
    long wholeNanos,
    Set<String> touched,
    List<Motion.Close> closes) {
  public Played {
    touched = Set.copyOf(touched);
    closes = List.copyOf(closes);
  }

  /** The time from the begin of the fault until the grid was whole again. */
  public Duration length() {
    return Duration.ofNanos(wholeNanos - beganNanos);
  }
}
