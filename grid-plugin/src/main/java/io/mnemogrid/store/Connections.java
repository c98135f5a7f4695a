package io.mnemogrid.store;

import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.LogUnavailable.Outcome;
import java.sql.SQLException;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection that writes, behind a fair lock, and a few that read. Safe for all threads.
 *
 * <p>What is known of a write that failed depends on one thing, whether COMMIT was attempted:
 * before it nothing can have become durable, from then on only the log itself can tell. A
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

  private final Dialect dialect;
  private final ReentrantLock writing = new ReentrantLock(true);
  private @Nullable Session writer; // guarded by writing
  private final Semaphore reading = new Semaphore(READERS, true);
  private final Queue<Session> idleReaders = new ConcurrentLinkedQueue<>();
  private volatile boolean closed;

  Connections(Dialect dialect) {
    this.dialect = dialect;
  }

  Dialect dialect() {
    return dialect;
  }

  /** The store's clock, cut to milliseconds. */
  Instant now() {
    return dialect.now(this);
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
            throw unavailable(Outcome.NOT_APPLIED, "could not be read", e);
          }
          discardIdleReaders(); // opened before the server went away, as this one was
        }
      }
      return read(new Session(dialect.openReader()), work);
    } catch (SQLException e) {
      throw unavailable(Outcome.NOT_APPLIED, "could not be read", e);
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
    } finally {
      if (sound) {
        idleReaders.add(session);
      } else {
        discard(session);
      }
    }
  }

  /**
   * Runs {@code work} in one transaction; durable when it returns.
   *
   * @throws LogUnavailable UNKNOWN when COMMIT was attempted and failed, else NOT_APPLIED
   */
  <T> T write(Work<T> work) {
    writing.lock();
    try {
      refuseWhenClosed();
      Session session = begin();
      T result;
      try {
        result = work.on(session);
      } catch (SQLException e) {
        rollBack(session);
        throw unavailable(Outcome.NOT_APPLIED, "refused a write", e);
      } catch (RuntimeException | Error e) {
        rollBack(session);
        throw e;
      }
      commit(session);
      return result;
    } finally {
      writing.unlock();
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
      throw unavailable(Outcome.NOT_APPLIED, "let no transaction begin", e);
    }
  }

  private void commit(Session session) {
    try {
      session.commit();
    } catch (SQLException e) {
      discardWriter();
      throw unavailable(Outcome.UNKNOWN, "failed at COMMIT", e);
    }
  }

  private void rollBack(Session session) {
    try {
      session.execute("ROLLBACK");
    } catch (SQLException e) {
      // After a full disk or an I/O error SQLite has rolled back by itself.
      log.debug("rollback failed, the connection is closed instead", e);
      discardWriter();
    }
  }

  private void discardWriter() {
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

  private static LogUnavailable unavailable(Outcome outcome, String what, SQLException cause) {
    return new LogUnavailable(outcome, "the store " + what + ": " + cause.getMessage(), cause);
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
