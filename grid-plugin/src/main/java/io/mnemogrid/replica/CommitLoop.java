package io.mnemogrid.replica;

import io.mnemogrid.commit.Answer;
import io.mnemogrid.commit.Committer;
import io.mnemogrid.commit.Committer.Action;
import io.mnemogrid.commit.Request;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.UpdateId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.ForkJoinTask;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that runs this process's {@link Committer}, and one that appends for it: while one
 * append is synced, what comes in is resolved for the next.
 */
public final class CommitLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CommitLoop.class);
  private static final int MAX_WAITING = 20_000;
  private static final int READ_LIMIT = 10_000;
  private static final int MOST_BETWEEN_STEPS = 64;
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
  private final BlockingDeque<Runnable> mailbox = new LinkedBlockingDeque<>();
  private final ExecutorService appender =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("mnemogrid-appender").daemon().factory());
  private final ForkJoinPool tellers =
      new ForkJoinPool(Math.max(1, Runtime.getRuntime().availableProcessors() - 1));
  private final ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();
  private final Map<Long, Asked> asked = new ConcurrentHashMap<>();
  private final AtomicLong tickets = new AtomicLong();
  private final Thread thread;
  private volatile boolean open = true;
  private volatile @Nullable String ended; // why nothing is answered any more

  /** Who waits for the answers to so many deltas. */
  private record Asked(int deltas, CompletableFuture<List<Answer>> answer) {
    void answer(Answer one) {
      answer.complete(Collections.nCopies(deltas, one));
    }
  }

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
    if (deltas.stream().anyMatch(Delta::lacksTarget)) {
      CompletableFuture<List<Answer>> answer = new CompletableFuture<>();
      Thread.ofVirtual()
          .name("mnemogrid-rollback")
          .start(() -> rollBack(space, deltas, timeout, answer));
      return answer;
    }
    return submit(space, deltas, timeout);
  }

  private CompletableFuture<List<Answer>> submit(
      SpaceName space, List<Delta> deltas, Duration timeout) {
    Asked asker = new Asked(deltas.size(), new CompletableFuture<>());
    if (!open || asked.size() >= MAX_WAITING) {
      asker.answer(
          new Answer.Unavailable(
              false, open ? MAX_WAITING + " commits wait already" : "this member is closing"));
      return asker.answer;
    }
    BrokenHistory damage = replicas.damaged().outOfOrder(space);
    if (damage != null) {
      asker.answer(Answer.Damaged.of(damage));
      return asker.answer;
    }
    long ticket = tickets.incrementAndGet();
    asked.put(ticket, asker);
    Request request = new Request(ticket, space, deltas, System.nanoTime() + timeout.toNanos());
    mailbox.add(() -> submit(request));
    String over = ended;
    if (over != null) {
      answerAll(over); // the loop ended while this came in
    }
    return asker.answer;
  }

  private void submit(Request request) {
    committer.submit(request);
    Snapshot here = replicas.get(request.space());
    if (here != null) {
      committer.offer(here);
    }
  }

  /**
   * Reads what a rollback leads to before it waits, so that the committer never does. A version
   * that is not there leaves its delta without a target: the committer refuses it, or finds its id.
   */
  private void rollBack(
      SpaceName space,
      List<Delta> deltas,
      Duration timeout,
      CompletableFuture<List<Answer>> answer) {
    long began = System.nanoTime();
    try {
      List<Delta> ready = new ArrayList<>();
      for (Delta delta : deltas) {
        Delta.Rollback rollback = delta.rollback();
        Optional<State> target = rollback == null ? Optional.empty() : state(space, rollback.to());
        ready.add(target.isPresent() ? delta.withTarget(target.get()) : delta);
      }
      Duration left = timeout.minusNanos(System.nanoTime() - began);
      submit(space, ready, left)
          .whenComplete((answers, failure) -> {
            if (failure == null) {
              answer.complete(answers);
            } else {
              answer.completeExceptionally(failure);
            }
          });
    } catch (BrokenHistory e) {
      answer.complete(Collections.nCopies(deltas.size(), Answer.Damaged.of(e)));
    } catch (LogUnavailable e) {
      answer.complete(
          Collections.nCopies(
              deltas.size(), new Answer.Unavailable(false, String.valueOf(e.getMessage()))));
    }
  }

  private Optional<State> state(SpaceName space, long version) {
    if (version == 0) {
      return Optional.of(State.EMPTY);
    }
    return log.replay(space, version)
        .filter(found -> found.version() == version)
        .map(Snapshot::state);
  }

  /** Whether it takes commits; false after it found its own data wrong, and when closed. */
  public boolean isRunning() {
    return open;
  }

  private void run() {
    List<Runnable> mail = new ArrayList<>(MOST_BETWEEN_STEPS);
    while (open || committer.isBusy() || !mailbox.isEmpty()) {
      try {
        Runnable first =
            committer.hasMore()
                ? mailbox.poll()
                : mailbox.poll(BACKOFF.toMillis(), TimeUnit.MILLISECONDS);
        if (first != null) {
          mail.add(first);
          mailbox.drainTo(mail, MOST_BETWEEN_STEPS - 1);
          mail.forEach(Runnable::run);
          mail.clear();
        }
        if (committer.isBusy()) {
          perform(step());
        }
      } catch (InterruptedException e) {
        open = false; // finishes what was taken, then ends
      } catch (RuntimeException | Error e) {
        LOG.error("the committer stops: its own data is wrong", e);
        open = false;
        answerAll("the committer stopped: " + e.getMessage());
        return;
      }
    }
    answerAll("this member is closed");
  }

  /**
   * Nothing is judged while the store's clock is not known: an older time would refuse too much.
   */
  private List<Action> step() {
    Instant now;
    try {
      now = log.now();
    } catch (LogUnavailable e) {
      LOG.warn("commits wait for the log's clock: {}", e.getMessage());
      return committer.expire(System.nanoTime());
    }
    return committer.step(now, System.nanoTime());
  }

  private void answerAll(String why) {
    ended = why;
    mailbox.clear();
    for (Long ticket : asked.keySet()) {
      Asked asker = asked.remove(ticket);
      if (asker != null) {
        asker.answer(new Answer.Unavailable(true, why));
      }
    }
  }

  private void perform(List<Action> actions) {
    List<Runnable> answers = new ArrayList<>();
    for (Action action : actions) {
      if (action instanceof Action.Append append && actions.size() > 1) {
        appender.execute(() -> append(append)); // what else there is must not wait for it
      } else if (action instanceof Action.Tell tell) {
        Asked asker = asked.remove(tell.ticket());
        if (asker != null) {
          answers.add(() -> asker.answer.complete(tell.answers()));
        }
      } else {
        perform(action);
      }
    }
    if (!answers.isEmpty()) {
      tell(answers);
    }
  }

  /** Hands all answers over at once; each is given by itself, for what follows it may block. */
  private void tell(List<Runnable> answers) {
    tellers.execute(() -> answers.forEach(answer -> ForkJoinTask.adapt(answer).fork()));
  }

  /** Starts what takes time on another thread, and does the rest at once. */
  private void perform(Action action) {
    switch (action) {
      case Action.Append append -> {
        if (isLoneUpdate(append) && mailbox.isEmpty()) {
          append(append); // nothing to resolve meanwhile, and two hand-overs saved
        } else {
          appender.execute(() -> append(append));
        }
      }
      case Action.Load load ->
          read(
              load.space(),
              () -> {
                Optional<Snapshot> loaded = log.replay(load.space(), Long.MAX_VALUE);
                return () -> committer.loaded(load.space(), loaded);
              });
      case Action.CatchUp catchUp -> read(catchUp.space(), () -> catchUp(catchUp));
      case Action.Check check ->
          read(
              check.space(),
              () -> {
                Optional<LogHead> now = log.head(check.space());
                Map<UpdateId, Update> known = log.find(check.space(), check.ids());
                return () -> committer.checked(check.space(), now, known);
              });
      case Action.Publish publish -> {
        replicas.recent().add(publish.updates());
        replicas.advance(publish.head());
        replicas.damaged().isWhole(publish.head().space());
        announcer.committed(publish.head(), publish.updates());
      }
      case Action.Tell _ -> throw new IllegalStateException("answers are given together");
      case Action.Alarm alarm -> LOG.error("space {}: {}", alarm.space(), alarm.what());
    }
  }

  private static boolean isLoneUpdate(Action.Append append) {
    return append.batches().size() == 1 && append.batches().getFirst().updates().size() == 1;
  }

  private void append(Action.Append append) {
    try {
      List<Appended> outcomes = log.append(append.batches());
      for (Appended outcome : outcomes) {
        if (outcome instanceof Appended.Broken broken) {
          replicas.damaged().isOutOfOrder(broken.what());
        }
      }
      deliver(() -> committer.appended(outcomes));
    } catch (LogUnavailable e) {
      backOff(e);
      deliver(() -> committer.appendFailed(e.outcome()));
    } catch (RuntimeException | Error e) {
      fail(e);
    }
  }

  private Supplier<List<Action>> catchUp(Action.CatchUp catchUp) {
    Optional<LogHead> now = log.head(catchUp.space());
    if (now.isEmpty()) {
      return () -> committer.loaded(catchUp.space(), Optional.empty());
    }
    List<Update> updates = log.read(catchUp.space(), catchUp.since(), READ_LIMIT);
    return () -> committer.caughtUp(catchUp.space(), now.get(), updates);
  }

  /** Reads on another thread; a space whose log does not follow is out of order by itself. */
  private void read(SpaceName space, Supplier<Supplier<List<Action>>> read) {
    readers.execute(() -> {
      try {
        deliver(read.get());
      } catch (LogUnavailable e) {
        backOff(e);
        deliver(() -> committer.readFailed(space));
      } catch (BrokenHistory e) {
        replicas.damaged().isOutOfOrder(e);
        deliver(() -> committer.broken(space, e));
      } catch (RuntimeException | Error e) {
        fail(e);
      }
    });
  }

  /** Has the committer's thread take a result before the requests that wait. */
  private void deliver(Supplier<List<Action>> result) {
    mailbox.addFirst(() -> perform(result.get()));
  }

  private void fail(Throwable failure) {
    mailbox.addFirst(() -> {
      throw new IllegalStateException(failure);
    });
  }

  /** A log that is away is not asked again at once. */
  private static void backOff(LogUnavailable e) {
    LOG.warn("the log is not available: {}", e.getMessage());
    LockSupport.parkNanos(BACKOFF.toNanos());
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
    appender.shutdown();
    readers.shutdown();
    tellers.shutdown();
  }
}
