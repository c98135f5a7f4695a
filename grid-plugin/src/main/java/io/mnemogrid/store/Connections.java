package io.mnemogrid.store;

import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.LogUnavailable.Outcome;
import io.mnemogrid.log.LogUnavailable.Trouble;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection that writes and a few that read. Safe for all threads.
 *
 * <p>Writes that wait for the connection share the next transaction where the dialect allows it,
 * and so they share its sync. Each has a savepoint of its own, so one that fails is taken back
 * alone.
 *
 * <p>What is known of a write that failed depends on whether COMMIT was attempted. Before that
 * nothing can have become durable. After that only the log itself shows it, with one exception:
 * when the database said that its disk is full or that it refuses the write, it rolls back. A
 * connection that failed at COMMIT is closed, which rolls back what it still held, and the next
 * write opens another.
 */
final class Connections implements AutoCloseable {
  /** Statements that belong together. */
  interface Work<T> {
    T on(Session session) throws SQLException;
  }

  private static final Logger log = LoggerFactory.getLogger(Connections.class);
  private static final int READERS = 8;
  private static final int MOST_IN_ONE = 64;
  private static final long MORE_ROOM = 1 << 20;

  private final Dialect dialect;
  private final Queue<Waiting<?>> waiting = new ConcurrentLinkedQueue<>();
  private final ReentrantLock writing;
  private @Nullable Session writer; // guarded by writing
  private final Semaphore reading = new Semaphore(READERS, true);
  private final Queue<Session> idleReaders = new ConcurrentLinkedQueue<>();
  private final AtomicBoolean probing = new AtomicBoolean();
  private volatile @Nullable Failed failed; // null once a write succeeded
  private volatile boolean closed;

  /** Why the last write failed, and the room that its disk had then. */
  private record Failed(LogUnavailable failure, OptionalLong room) {}

  Connections(Dialect dialect) {
    this(dialect, new ReentrantLock(true));
  }

  /**
   * Connections that write in turn with others of this process.
   *
   * @param writing the lock that those others hold while they write; fair
   */
  Connections(Dialect dialect, ReentrantLock writing) {
    this.dialect = dialect;
    this.writing = writing;
  }

  Dialect dialect() {
    return dialect;
  }

  /**
   * Runs statements that read, each on its own view of what is committed.
   *
   * @throws LogUnavailable NOT_APPLIED
   */
  <T> T read(Work<T> work) {
    reading.acquireUninterruptibly();
    try {
      refuseWhenClosed();
      Session idle = idleReaders.poll();
      if (idle != null) {
        try {
          return read(idle, work);
        } catch (SQLException e) {
          if (!dialect.isLost(e)) {
            throw unread(e);
          }
          discardIdleReaders(); // opened before the server went away, as this one was
        }
      }
      return read(new Session(dialect.openReader()), work);
    } catch (SQLException e) {
      throw unread(e);
    } finally {
      reading.release();
    }
  }

  private <T> T read(Session session, Work<T> work) throws SQLException {
    boolean sound = false;
    try {
      T result = work.on(session);
      sound = true;
      return result;
    } catch (RuntimeException e) { // a row is wrong, the connection is not
      sound = true;
      throw e;
    } finally {
      if (sound) {
        idleReaders.add(session);
      } else {
        discard(session);
      }
    }
  }

  /** A write that waits for its turn, and what became of it. Guarded by {@link #writing}. */
  private static final class Waiting<T> {
    private final Work<T> work;
    private @Nullable Supplier<T> outcome; // null until it is known

    Waiting(Work<T> work) {
      this.work = work;
    }

    /** Runs the statements; what they return counts once the runnable has run. */
    Runnable on(Session session) throws SQLException {
      T result = work.on(session);
      return () -> outcome = () -> result;
    }

    void fail(Throwable failure) {
      outcome =
          () -> {
            if (failure instanceof Error error) {
              throw error;
            }
            throw (RuntimeException) failure;
          };
    }
  }

  /**
   * Runs {@code work} in a transaction, alone or with other writes; durable when it returns.
   *
   * @throws LogUnavailable UNKNOWN when COMMIT was attempted and the store was away, else
   *     NOT_APPLIED; REFUSED only for {@code work} itself, never for what shared its transaction
   */
  <T> T write(Work<T> work) {
    refuseWhenClosed();
    Waiting<T> mine = new Waiting<>(work);
    waiting.add(mine);
    writing.lock();
    try {
      while (mine.outcome == null) {
        runNext();
      }
    } finally {
      writing.unlock();
    }
    return Objects.requireNonNull(mine.outcome).get();
  }

  /**
   * Why writes fail: the failure of the last write, unless a small write succeeds that is tried
   * now. After a full disk there must also be more room than there was, because a small write may
   * fit where nothing else does. Blocks as a write does, but one caller at a time only.
   */
  Optional<String> trouble() {
    Failed last = failed;
    if (last == null) {
      return Optional.empty();
    }
    boolean stillFull =
        last.failure.trouble() == Trouble.FULL
            && last.room.isPresent()
            && dialect.room().orElse(Long.MAX_VALUE) - last.room.getAsLong() < MORE_ROOM;
    if (stillFull || !probing.compareAndSet(false, true)) {
      return Optional.of(String.valueOf(last.failure.getMessage()));
    }
    try {
      write(session -> session.update("UPDATE lease SET counter = counter WHERE id = 1"));
      return Optional.empty();
    } catch (LogUnavailable e) {
      return Optional.of(String.valueOf(e.getMessage()));
    } finally {
      probing.set(false);
    }
  }

  /** How many writes wait for the next transaction. */
  int waiting() {
    return waiting.size();
  }

  /**
   * Commits the write that waits longest, together with others that wait, and sets the outcome of
   * each.
   */
  private void runNext() {
    List<Waiting<?>> group = new ArrayList<>();
    int most = dialect.sharesTransactions() ? MOST_IN_ONE : 1;
    for (Waiting<?> next = waiting.poll(); next != null; next = waiting.poll()) {
      group.add(next);
      if (group.size() == most) {
        break;
      }
    }
    try {
      refuseWhenClosed();
      runTogether(group);
    } catch (RuntimeException | Error e) {
      for (Waiting<?> one : group) {
        if (one.outcome == null) {
          one.fail(e);
        }
      }
    }
  }

  private void runTogether(List<Waiting<?>> group) {
    Session session = begin();
    List<Runnable> landing = new ArrayList<>(group.size());
    for (Waiting<?> one : group) {
      boolean apart = group.size() > 1;
      try {
        if (apart) {
          session.execute("SAVEPOINT one");
        }
        Runnable landed = one.on(session);
        if (apart) {
          session.execute("RELEASE one");
        }
        landing.add(landed);
      } catch (SQLException e) {
        LogUnavailable failure = failed(Outcome.NOT_APPLIED, "refused a write", e);
        one.fail(failure);
        if (!apart || !undo(session)) {
          rollBack(session);
          throw takenBack(failure); // the database has taken back all of it
        }
      } catch (RuntimeException | Error e) {
        one.fail(e);
        if (!apart || !undo(session)) {
          rollBack(session);
          if (e instanceof LogUnavailable failure) {
            throw takenBack(failure);
          }
          throw e;
        }
      }
    }
    commit(session, group.size());
    landing.forEach(Runnable::run);
  }

  /** The failure for the other writes of a transaction, none of which may be at fault. */
  private static LogUnavailable takenBack(LogUnavailable failure) {
    return new LogUnavailable(
        failure.outcome(),
        failure.trouble() == Trouble.REFUSED ? Trouble.AWAY : failure.trouble(),
        String.valueOf(failure.getMessage()),
        failure);
  }

  /** Takes back what was done since the savepoint; false when the whole transaction is gone. */
  private boolean undo(Session session) {
    dialect.forget();
    try {
      session.execute("ROLLBACK TO one");
      session.execute("RELEASE one");
      return true;
    } catch (SQLException e) {
      log.debug("no savepoint to go back to", e);
      return false;
    }
  }

  private Session begin() {
    try {
      Session idle = writer;
      if (idle != null) {
        try {
          idle.execute(dialect.begin());
          return idle;
        } catch (SQLException e) {
          if (!dialect.isLost(e)) {
            throw e;
          }
          discardWriter(); // died while it was idle: nothing was under way
        }
      }
      Session fresh = new Session(dialect.openWriter());
      writer = fresh;
      fresh.execute(dialect.begin());
      return fresh;
    } catch (SQLException e) {
      discardWriter();
      throw failed(Outcome.NOT_APPLIED, "let no transaction begin", e);
    }
  }

  private void commit(Session session, int writes) {
    try {
      session.commit();
      failed = null;
    } catch (SQLException e) {
      discardWriter();
      LogUnavailable failure =
          failed(
              dialect.trouble(e) == Trouble.AWAY ? Outcome.UNKNOWN : Outcome.NOT_APPLIED,
              "failed at COMMIT",
              e);
      throw writes > 1 ? takenBack(failure) : failure;
    }
    dialect.committed(session);
  }

  private void rollBack(Session session) {
    dialect.forget();
    try {
      session.execute("ROLLBACK");
    } catch (SQLException e) {
      // After a full disk or an I/O error SQLite has rolled back by itself.
      log.debug("rollback failed, the connection is closed instead", e);
      discardWriter();
    }
  }

  private void discardWriter() {
    dialect.forget();
    discard(writer);
    writer = null;
  }

  private void discardIdleReaders() {
    for (Session session = idleReaders.poll(); session != null; session = idleReaders.poll()) {
      discard(session);
    }
  }

  private static void discard(@Nullable Session session) {
    if (session == null) {
      return;
    }
    try {
      session.close();
    } catch (SQLException e) {
      log.warn("a connection did not close", e);
    }
  }

  /**
   * Remembers a failure until a write succeeds. A refusal of what a write holds is not remembered:
   * the store works.
   */
  private LogUnavailable failed(Outcome outcome, String what, SQLException cause) {
    LogUnavailable failure = unavailable(outcome, what, cause);
    if (failure.trouble() != Trouble.REFUSED) {
      failed = new Failed(failure, dialect.room());
    }
    return failure;
  }

  private LogUnavailable unread(SQLException cause) {
    return new LogUnavailable(
        Outcome.NOT_APPLIED, "the store could not be read: " + dialect.explain(cause), cause);
  }

  private LogUnavailable unavailable(Outcome outcome, String what, SQLException cause) {
    String why = "the store " + what + ": " + dialect.explain(cause);
    Trouble trouble = dialect.trouble(cause);
    return new LogUnavailable(
        outcome,
        trouble,
        trouble == Trouble.FULL
            ? "disk full: " + why + "; make room at " + dialect.place() + ", and commits go on"
            : why,
        cause);
  }

  private void refuseWhenClosed() {
    if (closed) {
      throw new IllegalStateException("the store is closed");
    }
  }

  /** Waits for what is under way, then closes all connections. */
  @Override
  public void close() {
    closed = true;
    reading.acquireUninterruptibly(READERS);
    try {
      discardIdleReaders();
    } finally {
      reading.release(READERS);
    }
    writing.lock();
    try {
      discardWriter();
    } finally {
      writing.unlock();
    }
  }
}
