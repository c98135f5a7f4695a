package io.mnemogrid.grid;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.logging.AbstractLogger;
import com.hazelcast.logging.ILogger;
import com.hazelcast.logging.LogEvent;
import com.hazelcast.logging.Logger;
import com.hazelcast.logging.LoggerFactorySupport;
import com.hazelcast.logging.Slf4jFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import org.jspecify.annotations.Nullable;

/**
 * What Hazelcast logs of one member, to SLF4J. A lite member is somebody's bot, and its log is not
 * the place where a grid tells of each restart of a server: of warnings and errors it gets at most
 * {@link #LINES_A_MINUTE}, the next line says how many were left out, and those are at DEBUG.
 *
 * <p>Hazelcast takes the class of its log from a system property alone, so that is set while a
 * member starts.
 */
final class MemberLog extends LoggerFactorySupport {
  /** Warnings and errors of Hazelcast in any minute of a lite member. */
  static final int LINES_A_MINUTE = 8;

  private static final String PROPERTY = "hazelcast.logging.class";
  private static final Object STARTING = new Object();
  private static @Nullable MemberLog next; // guarded by STARTING

  private final Slf4jFactory slf4j = new Slf4jFactory();
  private final @Nullable Budget budget;
  private final UnaryOperator<String> shown;

  /** Called by Hazelcast: the log of the member that is being started. */
  @SuppressWarnings("unused")
  MemberLog() {
    synchronized (STARTING) {
      MemberLog asked = Objects.requireNonNull(next, "start a member by MemberLog.start");
      budget = asked.budget;
      shown = asked.shown;
    }
  }

  private MemberLog(@Nullable Budget budget, UnaryOperator<String> shown) {
    this.budget = budget;
    this.shown = shown;
  }

  /**
   * Starts a member.
   *
   * @param shown makes a line fit to be shown
   */
  static HazelcastInstance start(Config config, UnaryOperator<String> shown) {
    Budget budget = config.isLiteMember() ? new Budget(System::nanoTime) : null;
    synchronized (STARTING) {
      Logger.newLoggerFactory("slf4j"); // what is shared by all members is none of ours
      next = new MemberLog(budget, shown);
      String before = System.getProperty(PROPERTY);
      System.setProperty(PROPERTY, MemberLog.class.getName());
      try {
        return Hazelcast.newHazelcastInstance(config);
      } finally {
        next = null;
        if (before == null) {
          System.clearProperty(PROPERTY);
        } else {
          System.setProperty(PROPERTY, before);
        }
      }
    }
  }

  @Override
  protected ILogger createLogger(String name) {
    return new Shown(slf4j.getLogger(name), budget, shown);
  }

  /** At most so many lines a minute. Safe for all threads. */
  static final class Budget {
    private static final long MINUTE = Duration.ofMinutes(1).toNanos();
    private final LongSupplier nanoTime;
    private final ArrayDeque<Long> lines = new ArrayDeque<>();
    private long leftOut;

    Budget(LongSupplier nanoTime) {
      this.nanoTime = nanoTime;
    }

    /** How many lines were left out before this one; negative when this one is left out too. */
    synchronized long take() {
      long now = nanoTime.getAsLong();
      while (!lines.isEmpty() && now - lines.getFirst() >= MINUTE) {
        lines.removeFirst();
      }
      if (lines.size() >= LINES_A_MINUTE) {
        leftOut++;
        return -1;
      }
      lines.addLast(now);
      long before = leftOut;
      leftOut = 0;
      return before;
    }
  }

  /** A logger of the member. */
  static final class Shown extends AbstractLogger {
    private final ILogger logger;
    private final @Nullable Budget budget;
    private final UnaryOperator<String> shown;

    Shown(ILogger logger, @Nullable Budget budget, UnaryOperator<String> shown) {
      this.logger = logger;
      this.budget = budget;
      this.shown = shown;
    }

    @Override
    public void log(Level level, String message) {
      log(level, message, null);
    }

    @Override
    public void log(Level level, @Nullable String message, @Nullable Throwable thrown) {
      if (!logger.isLoggable(level)) {
        return;
      }
      String line = shown.apply(String.valueOf(message));
      if (budget == null || level.intValue() < Level.WARNING.intValue()) {
        logger.log(level, line, thrown);
        return;
      }
      long leftOut = budget.take();
      if (leftOut < 0) {
        logger.log(Level.FINE, line, thrown);
      } else {
        logger.log(
            level,
            leftOut == 0 ? line : line + " (%d lines before it are at DEBUG)".formatted(leftOut),
            thrown);
      }
    }

    @Override
    public void log(LogEvent event) {
      log(
          event.getLogRecord().getLevel(),
          event.getLogRecord().getMessage(),
          event.getLogRecord().getThrown());
    }

    @Override
    public Level getLevel() {
      return logger.getLevel();
    }

    @Override
    public boolean isLoggable(Level level) {
      return logger.isLoggable(level);
    }
  }
}
