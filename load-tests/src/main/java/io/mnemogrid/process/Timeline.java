package io.mnemogrid.process;

import java.time.Duration;
import java.util.Arrays;

/** When something happened, on the monotonic clock of the machine. Safe for all threads. */
public final class Timeline {
  private long[] nanos = new long[1024];
  private int size;

  public synchronized void add(long atNanos) {
    if (size == nanos.length) {
      nanos = Arrays.copyOf(nanos, size * 2);
    }
    nanos[size++] = atNanos;
  }

  /**
   * The longest stretch between {@code from} and {@code to} in which it did not happen. If it did
   * not happen at all, that is the whole time.
   */
  public synchronized Duration longestGap(long from, long to) {
    long[] sorted = Arrays.copyOf(nanos, size);
    Arrays.sort(sorted);
    long longest = 0;
    long before = from;
    int start = Arrays.binarySearch(sorted, from);
    for (int i = start < 0 ? -start - 1 : start; i < size && sorted[i] <= to; i++) {
      longest = Math.max(longest, sorted[i] - before);
      before = sorted[i];
    }
    return Duration.ofNanos(Math.max(longest, to - before));
  }
}
