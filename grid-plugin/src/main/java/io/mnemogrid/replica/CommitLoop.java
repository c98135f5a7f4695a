package io.mnemogrid.replica;

import io.mnemogrid.commit.Answer;
import io.mnemogrid.commit.Committer;
import io.mnemogrid.commit.Committer.Action;
import io.mnemogrid.commit.Request;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that runs this process's {@link Committer}: while one append is synced, what comes in
 * waits and goes into the next.
 */
public final class CommitLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CommitLoop.class);
  private static final int MAX_WAITING = 20_000;
  private static final int READ_LIMIT = 10_000;
  private static final Duration BACKOFF = Duration.ofMillis(50);

  /** Told of every durable step of a space, in order; must return quickly. */
  public interface Announcer {
    /** These updates are in the log and led to {@code head}. */
    void committed(Snapshot head, List<Update> updates);
  }

  private final UpdateLog log;
  private final Replicas replicas;
  private final Announcer announcer;
  private final Committer committer = new Committer();
  private final BlockingQueue<Request> inbox = new LinkedBlockingQueue<>(MAX_WAITING);
  private final Map<Long, CompletableFuture<List<Answer>>> asked = new ConcurrentHashMap<>();
  private final AtomicLong tickets = new AtomicLong();
  private final Thread thread;
  private volatile boolean open = true;
  private volatile Instant lastCommit = Instant.EPOCH;

  /** A loop that commits to {@code log}. */
  public CommitLoop(UpdateLog log, Replicas replicas, Announcer announcer) {
    this.log = log;
    this.replicas = replicas;
    this.announcer = announcer;
    this.thread = Thread.ofPlatform().name("mnemogrid-committer").unstarted(this::run);
  }

  /** Begins to commit. */
  public void start() {
    thread.start();
  }

  /**
   * Commits deltas as one, all or none. The future never fails; after {@code timeout} the answer is
   * {@link Answer.Unavailable}.
   */
  public CompletableFuture<List<Answer>> commit(
      SpaceName space, List<Delta> deltas, Duration timeout) {
    CompletableFuture<List<Answer>> answer = new CompletableFuture<>();
    long ticket = tickets.incrementAndGet();
    asked.put(ticket, answer);
    Request request = new Request(ticket, space, deltas, System.nanoTime() + timeout.toNanos());
    if (!open || !inbox.offer(request)) {
      asked.remove(ticket);
      Answer busy =
          new Answer.Unavailable(
              false, open ? MAX_WAITING + " commits wait already" : "this member is closing");
      answer.complete(deltas.stream().map(_ -> busy).toList());
    }
    return answer;
  }

  /** Whether it takes commits; false after it found its own data wrong, and when closed. */
  public boolean isRunning() {
    return open;
  }

  /** The store's time of the newest commit by this loop. */
  public Instant lastCommit() {
    return lastCommit;
  }

  private void run() {
    List<Request> drained = new ArrayList<>();
    boolean progress = true;
    while (open || committer.isBusy() || !inbox.isEmpty()) {
      try {
        if (!committer.isBusy()) {
          Request first = inbox.poll(100, TimeUnit.MILLISECONDS);
          if (first == null) {
            continue;
          }
          drained.add(first);
        } else if (!progress) {
          Request first = inbox.poll(BACKOFF.toMillis(), TimeUnit.MILLISECONDS);
          if (first != null) {
            drained.add(first);
          }
        }
        inbox.drainTo(drained);
        for (Request request : drained) {
          committer.submit(request);
          Snapshot here = replicas.get(request.space());
          if (here != null) {
            committer.offer(here);
          }
        }
        drained.clear();
        progress = perform(committer.step(log.now(), System.nanoTime()));
      } catch (InterruptedException e) {
        open = false; // finishes what was taken, then ends
      } catch (RuntimeException | Error e) {
        LOG.error("the committer stops: its own data is wrong", e);
        stopWith(String.valueOf(e.getMessage()));
        return;
      }
    }
  }

  private void stopWith(String why) {
    open = false;
    inbox.clear();
    asked.forEach((ticket, answer) ->
        answer.complete(List.of(new Answer.Unavailable(true, "the committer stopped: " + why))));
    asked.clear();
  }

  /** Performs the actions and all that follow from them; false when the world failed. */
  private boolean perform(List<Action> first) {
    Deque<Action> actions = new ArrayDeque<>(first);
    boolean progress = !first.isEmpty();
    while (!actions.isEmpty()) {
      Action action = actions.remove();
      try {
        actions.addAll(perform(action));
      } catch (LogUnavailable e) {
        LOG.warn("the log is not available: {}", e.getMessage());
        progress = false;
        actions.addAll(failed(action, e));
      }
    }
    return progress;
  }

  private List<Action> failed(Action action, LogUnavailable e) {
    return switch (action) {
      case Action.Append _ -> committer.appendFailed(e.outcome());
      case Action.Load load -> committer.readFailed(load.space());
      case Action.CatchUp catchUp -> committer.readFailed(catchUp.space());
      case Action.Check check -> committer.readFailed(check.space());
      case Action.Tell _, Action.Publish _, Action.Alarm _ -> throw e;
    };
  }

  private List<Action> perform(Action action) {
    switch (action) {
      case Action.Append append -> {
        return committer.appended(log.append(append.batches()));
      }
      case Action.Load load -> {
        Optional<Snapshot> loaded = log.replay(load.space(), Long.MAX_VALUE);
        return committer.loaded(load.space(), loaded);
      }
      case Action.CatchUp catchUp -> {
        Optional<LogHead> now = log.head(catchUp.space());
        if (now.isEmpty()) {
          return committer.loaded(catchUp.space(), Optional.empty());
        }
        List<Update> updates = log.read(catchUp.space(), catchUp.since(), READ_LIMIT);
        return committer.caughtUp(catchUp.space(), now.get(), updates);
      }
      case Action.Check check -> {
        Optional<LogHead> now = log.head(check.space());
        return committer.checked(check.space(), now, log.find(check.space(), check.ids()));
      }
      case Action.Publish publish -> {
        replicas.recent().add(publish.updates());
        replicas.advance(publish.head());
        lastCommit = publish.head().head().committed();
        announcer.committed(publish.head(), publish.updates());
      }
      case Action.Tell tell -> {
        CompletableFuture<List<Answer>> answer = asked.remove(tell.ticket());
        if (answer != null) {
          answer.completeAsync(tell::answers);
        }
      }
      case Action.Alarm alarm -> LOG.error("space {}: {}", alarm.space(), alarm.what());
    }
    return List.of();
  }

  /** Takes nothing new, commits what waits, and ends. */
  @Override
  public void close() {
    open = false;
    try {
      thread.join(Duration.ofSeconds(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
