package io.mnemogrid.fault;

import java.time.Duration;

/** The shortest and the longest time that a fault lasts. */
record Span(Duration least, Duration most) {
  static Span seconds(int least, int most) {
    return new Span(Duration.ofSeconds(least), Duration.ofSeconds(most));
  }
}
