package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.log.LogUnavailable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A member whose own clock is wrong is played by {@code ./mnemogrid chaos}. */
class HostClockTest {
  /** What a kernel's coarse clock lags at most, with room for a busy machine. */
  private static final Duration CLOSE = Duration.ofSeconds(2);

  @TempDir private Path folder;

  /** What a clock tells, which must be of the time in which it was asked. */
  private static Instant now(HostClock clock) {
    Instant before = Instant.now();
    Instant told = clock.now();
    assertThat(told).isBetween(before.minus(CLOSE), Instant.now().plus(CLOSE));
    return told;
  }

  @Test
  void tellsTheHostsTimeCutToMilliseconds() {
    Instant told = now(new HostClock(folder.resolve("clock")));
    assertThat(told.getNano() % 1_000_000).isZero();
  }

  @Test
  void goesOnWhenItsFileIsGoneAndItsFolderToo() throws IOException {
    Path inside = Files.createDirectory(folder.resolve("inside"));
    HostClock clock = new HostClock(inside.resolve("clock"));
    final Instant before = clock.now();
    Files.delete(inside.resolve("clock"));
    Files.delete(inside);
    long began = System.nanoTime();
    while (System.nanoTime() - began < Duration.ofMillis(200).toNanos()) {
      now(clock);
    }
    assertThat(now(clock)).isAfter(before.plusMillis(150));
  }

  @Test
  void saysSoWhenItCanNeverBeRead() {
    HostClock clock = new HostClock(folder.resolve("missing/clock"));
    assertThatThrownBy(clock::now).isInstanceOf(LogUnavailable.class).hasMessageContaining("clock");
  }
}
