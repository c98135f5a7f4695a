package io.mnemogrid.check;

import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How old a member's answer to a read may be. A read must show each commit that was acknowledged
 * more than {@code bound} before the read began. Time in which the member was stopped or had no
 * store does not count, since nothing could reach it then.
 */
public record Freshness(Duration bound, List<Window> excused) {
  /** The freshness of a run without reads. */
  static final Freshness NONE = new Freshness(Duration.ZERO, List.of());

  /** A time that does not count at a member, or at all of them when it is null. */
  public record Window(@Nullable String member, long fromNanos, long toNanos) {}

  public Freshness {
    excused = List.copyOf(excused);
  }

  /** How much of the time from {@code since} until {@code now} counts at a member. */
  long countedNanos(String member, long since, long now) {
    long counted = now - since;
    long reached = since; // windows are in order of their begin; what overlaps is taken out once
    for (Window window : excused) {
      if (window.member() == null || window.member().equals(member)) {
        long from = Math.max(reached, window.fromNanos());
        long to = Math.min(now, window.toNanos());
        if (to > from) {
          counted -= to - from;
          reached = to;
        }
      }
    }
    return counted;
  }

  /**
   * Whether a read that began at {@code beganNanos} must show a commit that was acknowledged at
   * {@code ackedNanos}.
   */
  boolean covers(String member, long ackedNanos, long beganNanos) {
    return countedNanos(member, ackedNanos, beganNanos) > bound.toNanos();
  }
}
