package io.mnemogrid.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.postgresql.PGConnection;
import org.postgresql.PGNotification;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells other processes with this database that something was appended, and hears it from them, by
 * PostgreSQL's NOTIFY and LISTEN. Nothing depends on it: whoever hears nothing polls the heads that
 * changed as ever. A notification names its sender and nothing else. Safe for all threads.
 *
 * <p>The notification is no part of the append. It follows on another thread and another
 * connection, in a transaction that waits for no disk and no standby. Within the append, it would
 * take a lock of the whole server and hold it until the append is durable, so that no two members
 * commit at the same time. A server whose queue of notifications is full would refuse it, too
 * (docs/decisions/162).
 *
 * <p>One thread listens, by a connection of its own. When that is lost, the thread says so once and
 * connects again.
 */
final class Notifications implements AutoCloseable {
  /** Appends of this time after the first are told together, and heard together. */
  static final Duration PAUSE = Duration.ofMillis(50);

  static final String LISTEN = "LISTEN mnemogrid_appended";

  private static final Logger LOG = LoggerFactory.getLogger(Notifications.class);
  private static final String NOTIFY = "SELECT pg_notify('mnemogrid_appended', ?)";

  /** After a silence of this time the server is asked whether it is still there. */
  private static final Duration SILENCE = Duration.ofSeconds(10);

  private static final Duration FIRST_RETRY = Duration.ofMillis(500);
  private static final Duration LAST_RETRY = Duration.ofSeconds(30);

  private final Dialect dialect;
  private final Connections others;
  private final AtomicBoolean untold = new AtomicBoolean();
  private final ExecutorService teller =
      Executors.newSingleThreadExecutor(Thread.ofVirtual().name("mnemogrid-notify").factory());
  private final CountDownLatch closed = new CountDownLatch(1);
  private volatile Supplier<String> self = () -> ""; // of a process that nobody knows
  private volatile @Nullable Thread listener;
  private volatile @Nullable Connection heard; // the listener's, while it has one

  /**
   * Notifications of one store.
   *
   * @param others by which it tells; no append waits for them
   */
  Notifications(Dialect dialect, Connections others) {
    this.dialect = dialect;
    this.others = others;
  }

  /** Something was appended here, and is committed. Waits for nothing. */
  void appended() {
    if (untold.compareAndSet(false, true)) {
      try {
        teller.execute(this::tell);
      } catch (RejectedExecutionException e) {
        LOG.debug("closed before others were told of an append", e);
      }
    }
  }

  private void tell() {
    untold.set(false); // what is appended from now on is told once more
    try {
      others.read(session -> session.list(NOTIFY, row -> true, self.get()));
    } catch (RuntimeException | Error e) { // the store is away, or closed
      LOG.debug("others are not told of an append, their polls find it", e);
    }
    pause(PAUSE);
  }

  /**
   * As {@link Store#listen}, within about a tenth of a second. Also calls {@code news} once it
   * listens, and listens again, for what was missed before.
   */
  void listen(Supplier<String> name, Predicate<String> isKnown, Runnable news) {
    self = name;
    listener =
        Thread.ofPlatform()
            .name("mnemogrid-listen")
            .daemon()
            .start(() -> listenUntilClosed(isKnown, news));
  }

  private void listenUntilClosed(Predicate<String> isKnown, Runnable news) {
    Duration retry = FIRST_RETRY;
    boolean away = false;
    while (closed.getCount() > 0) {
      try (Connection connection = dialect.openReader();
          Statement listen = connection.createStatement()) {
        heard = connection; // before it is asked whether this is closed
        listen.execute(LISTEN);
        if (away) {
          LOG.info("{} tells again what others append", dialect.place());
        }
        away = false;
        retry = FIRST_RETRY;
        news.run();
        hear(connection.unwrap(PGConnection.class), listen, isKnown, news);
      } catch (SQLException | RuntimeException | Error e) { // nothing may end this thread
        if (!away && closed.getCount() > 0) {
          LOG.warn(
              "{} does not tell what others append, polls find it: {}",
              dialect.place(),
              e.toString());
        }
        away = true;
        pause(retry);
        Duration twice = retry.multipliedBy(2);
        retry = twice.compareTo(LAST_RETRY) < 0 ? twice : LAST_RETRY;
      }
    }
  }

  /** Returns once this is closed. */
  private void hear(
      PGConnection connection, Statement listen, Predicate<String> isKnown, Runnable news)
      throws SQLException {
    while (closed.getCount() > 0) {
      PGNotification[] told = connection.getNotifications((int) SILENCE.toMillis());
      if (told.length == 0) {
        listen.execute(LISTEN); // it listens already; this fails when the server is gone
      } else if (!Arrays.stream(told).map(PGNotification::getParameter).allMatch(isKnown)) {
        news.run();
        pause(PAUSE);
      }
    }
  }

  /** Waits, but not on after this is closed. */
  private void pause(Duration time) {
    try {
      closed.await(time.toMillis(), TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Ends both threads; waits no longer than a second for the listener. */
  @Override
  public void close() {
    closed.countDown();
    teller.shutdownNow();
    Connection connection = heard;
    Thread thread = listener;
    try {
      if (connection != null) {
        connection.abort(Runnable::run); // the listener waits for the server's next word
      }
      if (thread != null) {
        thread.join(1000);
      }
    } catch (SQLException e) {
      LOG.debug("the connection that listens did not close", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
