package io.mnemogrid.store;

import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.LogUnavailable.Outcome;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The host's clock as its kernel stamps it on a file. So all processes that share the file have one
 * clock, even if one of them was given another time of its own, by a library in front of its system
 * calls or by a container. Otherwise a wrong clock of one process would decide which times are
 * accepted from all. The clock is read again after {@link #FRESH}, and carried on by the monotonic
 * clock in between. A reading takes some 10 µs. Safe for all threads.
 */
final class HostClock {
  private static final Duration FRESH = Duration.ofMillis(100);

  private final Path file;
  private volatile @Nullable ClockReading last;

  /** Stamps {@code file}, which is created when it is missing. */
  HostClock(Path file) {
    this.file = file;
  }

  /**
   * The time, cut to milliseconds. While the file cannot be written the last reading is carried on.
   *
   * @throws LogUnavailable NOT_APPLIED when the file could never be written
   */
  Instant now() {
    ClockReading reading = last;
    long now = System.nanoTime();
    if (reading == null || now - reading.nanos() > FRESH.toNanos()) {
      try {
        reading = new ClockReading(stamp(), now);
        last = reading;
      } catch (IOException e) {
        if (reading == null) {
          throw new LogUnavailable(
              Outcome.NOT_APPLIED, "the clock file " + file + " cannot be written: " + e, e);
        }
      }
    }
    return reading.at(now);
  }

  private Instant stamp() throws IOException {
    try (FileChannel channel = Private.open(file)) {
      channel.write(ByteBuffer.allocate(1), 0);
    }
    return Files.getLastModifiedTime(file).toInstant();
  }
}
