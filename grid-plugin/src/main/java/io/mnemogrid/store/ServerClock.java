package io.mnemogrid.store;

import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.LogUnavailable.Outcome;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The primary's clock. A thread reads it twice a second by a connection of its own, and this
 * process's monotonic clock carries the last reading on, also while the server is away. So {@link
 * #now} never waits, neither for the server nor for others who read from it. Safe for all threads.
 */
final class ServerClock implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(ServerClock.class);
  private static final Duration EVERY = Duration.ofMillis(500);
  private static final String CLOCK =
      "SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint";

  /**
   * One reading.
   *
   * @param clock at this process's monotonic clock half-way between question and answer
   * @param errorNanos by how much the time may be wrong: half of the time between question and
   *     answer
   */
  private record Reading(ClockReading clock, long errorNanos) {}

  private final Dialect dialect;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;
  private @Nullable Session session; // the thread's, once it runs
  private volatile Reading last;

  /**
   * Reads the clock once.
   *
   * @throws LogUnavailable when the server does not answer
   */
  ServerClock(Dialect dialect) {
    this.dialect = dialect;
    try {
      this.last = read();
    } catch (SQLException e) {
      discard();
      throw new LogUnavailable(
          Outcome.NOT_APPLIED, "the store's clock could not be read: " + e.getMessage(), e);
    }
    this.thread = Thread.ofPlatform().name("mnemogrid-clock").daemon().start(this::readOn);
  }

  /** The time, cut to milliseconds. Waits for nothing. */
  Instant now() {
    return last.clock.at(System.nanoTime());
  }

  /** How far the last reading may be wrong. */
  Duration error() {
    return Duration.ofNanos(last.errorNanos);
  }

  private void readOn() {
    boolean away = false;
    try {
      while (!closed.await(EVERY.toMillis(), TimeUnit.MILLISECONDS)) {
        try {
          last = read();
          if (away) {
            LOG.info("the clock of {} is read again", dialect.place());
          }
          away = false;
        } catch (SQLException | RuntimeException | Error e) { // nothing may end this thread
          discard();
          if (!away) {
            LOG.warn(
                "the clock of {} cannot be read, the last reading is carried on: {}",
                dialect.place(),
                e.toString());
          }
          away = true;
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      discard();
    }
  }

  private Reading read() throws SQLException {
    Session open = session;
    if (open == null) {
      open = new Session(dialect.openReader());
      session = open;
    }
    long asked = System.nanoTime();
    long millis = open.first(CLOCK, row -> row.getLong(1)).orElseThrow();
    long half = (System.nanoTime() - asked) / 2;
    return new Reading(new ClockReading(Instant.ofEpochMilli(millis), asked + half), half);
  }

  private void discard() {
    Session open = session;
    session = null;
    if (open != null) {
      try {
        open.close();
      } catch (SQLException | RuntimeException e) {
        LOG.debug("the clock's connection did not close", e);
      }
    }
  }

  /** Ends the thread; waits for a reading under way no longer than a second. */
  @Override
  public void close() {
    closed.countDown();
    try {
      thread.join(1000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
