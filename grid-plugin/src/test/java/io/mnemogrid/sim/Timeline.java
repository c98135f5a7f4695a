package io.mnemogrid.sim;

import java.util.PriorityQueue;

/** Simulated time and what is to happen in it, in order. One thread. */
final class Timeline {
  static final long MILLI = 1_000_000L;
  static final long SECOND = 1000 * MILLI;

  private record Event(long nanos, long order, Runnable what) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return nanos == other.nanos
          ? Long.compare(order, other.order)
          : Long.compare(nanos, other.nanos);
    }
  }

  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private long nanos;
  private long order;

  /** True time, of which all clocks are views. */
  long nanos() {
    return nanos;
  }

  void after(long wait, Runnable what) {
    events.add(new Event(nanos + Math.max(0, wait), order++, what));
  }

  /** Lets the next thing happen. */
  void next() {
    Event event = events.remove();
    nanos = event.nanos;
    event.what.run();
  }

  /** Lets so much time pass. */
  void pass(long span) {
    long until = nanos + span;
    while (!events.isEmpty() && events.element().nanos <= until) {
      next();
    }
    nanos = until;
  }
}
