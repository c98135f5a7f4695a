package io.mnemogrid.grid;

import com.hazelcast.config.Config;
import com.hazelcast.core.Hazelcast;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.jet.core.JobNotFoundException;
import com.hazelcast.logging.AbstractLogger;
import com.hazelcast.logging.ILogger;
import com.hazelcast.logging.LogEvent;
import com.hazelcast.logging.Logger;
import com.hazelcast.logging.LoggerFactorySupport;
import com.hazelcast.logging.Slf4jFactory;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import java.util.logging.Level;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Brings what Hazelcast logs of one member to SLF4J. A lite member is somebody's bot, and a grid
 * should not fill its log at each restart of a server. So it gets at most {@link #LINES_A_MINUTE}
 * warnings and errors in a minute. Further ones are logged at DEBUG, and the next line says how
 * many they were.
 *
 * <p>Hazelcast takes the class of its log only from a system property, so the property is set while
 * a member starts.
 */
final class MemberLog extends LoggerFactorySupport {
  /**
   * A lite member logs this many warnings and errors of Hazelcast in any minute; further ones are
   * logged at DEBUG.
   */
  static final int LINES_A_MINUTE = 8;

  private static final String PROPERTY = "hazelcast.logging.class";
  private static final String CLUSTER = "com.hazelcast.cluster";

  /**
   * The line, and the only sign, by which Hazelcast says that a cluster has another name than this
   * member's.
   */
  private static final Pattern REFUSAL =
      Pattern.compile(
          "at node: \\[(.+)]:(\\d+) Cause: the target cluster has a different cluster-name");

  private static final Object STARTING = new Object();
  private static @Nullable MemberLog next; // guarded by STARTING

  private final Slf4jFactory slf4j = new Slf4jFactory();
  private final @Nullable Budget budget;
  private final UnaryOperator<String> shown;
  private final Queue<String> refusals;

  /** Called by Hazelcast: the log of the member that is being started. */
  @SuppressWarnings("unused")
  MemberLog() {
    synchronized (STARTING) {
      MemberLog asked = Objects.requireNonNull(next, "start a member by MemberLog.start");
      budget = asked.budget;
      shown = asked.shown;
      refusals = asked.refusals;
    }
  }

  private MemberLog(@Nullable Budget budget, UnaryOperator<String> shown) {
    this.budget = budget;
    this.shown = shown;
    this.refusals = new ConcurrentLinkedQueue<>();
  }

  /**
   * A member that started.
   *
   * @param refusals addresses where the cluster refused the member, because it has another name
   */
  record Started(HazelcastInstance instance, List<String> refusals) {}

  /**
   * Starts a member.
   *
   * @param shown makes a line fit to be shown
   */
  static Started start(Config config, UnaryOperator<String> shown) {
    Budget budget = config.isLiteMember() ? new Budget(System::nanoTime) : null;
    synchronized (STARTING) {
      Logger.newLoggerFactory("slf4j"); // what is shared by all members is none of ours
      MemberLog log = new MemberLog(budget, shown);
      next = log;
      String before = System.getProperty(PROPERTY);
      System.setProperty(PROPERTY, MemberLog.class.getName());
      try {
        HazelcastInstance instance = Hazelcast.newHazelcastInstance(config);
        return new Started(instance, List.copyOf(log.refusals));
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
    ILogger logger = slf4j.getLogger(name);
    return name.equals(CLUSTER)
        ? new Shown(logger, budget, this::heard, true)
        : new Shown(logger, budget, shown, false);
  }

  private String heard(String line) {
    Matcher refusal = REFUSAL.matcher(line);
    if (refusal.find()) {
      refusals.add(refusal.group(1) + ":" + refusal.group(2));
    }
    return shown.apply(line);
  }

  /** Allows {@link #LINES_A_MINUTE} lines in any minute. Safe for all threads. */
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
    private final boolean hears; // warnings, though nobody may want to see them

    Shown(ILogger logger, @Nullable Budget budget, UnaryOperator<String> shown, boolean hears) {
      this.logger = logger;
      this.budget = budget;
      this.shown = shown;
      this.hears = hears;
    }

    @Override
    public void log(Level level, String message) {
      log(level, message, null);
    }

    @Override
    public void log(Level level, @Nullable String message, @Nullable Throwable thrown) {
      String line = shown.apply(String.valueOf(message));
      if (!logger.isLoggable(level)) {
        return;
      }
      if (thrown instanceof JobNotFoundException) {
        // a member that ends lets go of the audit's job, which may not have begun
        logger.log(Level.FINE, line, thrown);
        return;
      }
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
      return logger.isLoggable(level) || hears && level == Level.WARNING;
    }
  }
}
