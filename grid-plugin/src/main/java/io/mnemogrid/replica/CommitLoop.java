package io.mnemogrid.replica;

import io.mnemogrid.commit.Answer;
import io.mnemogrid.commit.Committer;
import io.mnemogrid.commit.Committer.Action;
import io.mnemogrid.commit.Drain;
import io.mnemogrid.commit.Request;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.Found;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.LogUnavailable.Trouble;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Quotas;
import io.mnemogrid.policy.Sending;
import io.mnemogrid.state.OldTombstones;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs this process's {@link Committer} and does for it what takes time. One thread takes mail
 * (requests and results), steps the committer and performs its actions. One thread appends, so that
 * the next append is resolved while this one is synced. Reads of the log, large requests and
 * answers have threads of their own, because each of them may take long or block.
 *
 * <p>Every request is answered once. An accepted commit is durable and published here before it is
 * answered. What waits is bounded in number and bytes; a further request is answered as
 * unavailable.
 *
 * <p>A store that fails is asked again until the deadline of each request. A damaged log puts only
 * its own space out of order. What an announcer, a replica or one request does wrong is logged and
 * harms nobody else. The loop ends for nothing but a broken invariant of the committer itself; then
 * all who wait are answered "unknown". A loop that ended, like one that is closing, answers new
 * requests with {@link Answer.Elsewhere}: it takes nothing, and another member commits.
 *
 * <p>A rollback is read before the committer gets it, few of them at a time.
 */
public final class CommitLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CommitLoop.class);

  /** At most this many commits wait for an answer; a further one is answered as unavailable. */
  static final int MAX_WAITING = 20_000;

  /**
   * The requests that wait for an answer have at most this many bytes; a further one is answered as
   * unavailable. A single request is always taken.
   */
  static final long MAX_WAITING_BYTES = 64L << 20;

  /** At most this many rollbacks have the document that they lead back to in memory. */
  static final int ROLLBACKS_AT_ONCE = 2;

  private static final int READ_LIMIT = 10_000;
  private static final int MOST_BETWEEN_STEPS = 64;
  private static final Duration BACKOFF = Duration.ofMillis(50);

  /** While nothing is under way, mail alone wakes the committer, and a member that closes. */
  private static final Duration IDLE = Duration.ofSeconds(1);

  /**
   * Within this time after a warning that the store refuses something, others are logged at DEBUG.
   */
  private static final Duration SAY_EVERY = Duration.ofMinutes(1);

  /** What is kept is counted, and what is no longer here forgotten, again after this time. */
  private static final Duration COUNT_EVERY = Duration.ofSeconds(1);

  /**
   * Called with each durable step of a space, in order, by the committer's thread; must return
   * quickly.
   */
  public interface Announcer {
    /** Hears that these updates are in the log and led to {@code head}. */
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
  private final ExecutorService large =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("mnemogrid-large").daemon().factory());
  private final ExecutorService targets = // one thread, because a replay keeps a processor busy
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("mnemogrid-targets").daemon().factory());
  private final Semaphore rollbacks = new Semaphore(ROLLBACKS_AT_ONCE, true);
  private final Set<Long> preparing = ConcurrentHashMap.newKeySet(); // not the committer's yet
  private final ExecutorService readers = Executors.newVirtualThreadPerTaskExecutor();
  private final ExecutorService loaders = // few, because virtual threads share all processors
      Executors.newFixedThreadPool(
          Math.clamp(Runtime.getRuntime().availableProcessors(), 1, 2),
          Thread.ofPlatform().name("mnemogrid-load-", 1).daemon().factory());
  private final Map<Long, Asked> asked = new ConcurrentHashMap<>();
  private final AtomicLong waitingBytes = new AtomicLong();
  private final AtomicLong tickets = new AtomicLong();
  private final Consumer<Throwable> broken;
  private final Thread thread;
  private long countedNanos = System.nanoTime() - COUNT_EVERY.toNanos();
  private volatile long refusedNanos = System.nanoTime() - SAY_EVERY.toNanos();
  private volatile boolean open = true;
  private volatile @Nullable String ended; // why nothing is answered any more
  private volatile @Nullable Throwable failure; // what ended it, other than being closed

  /** Who waits for the answers to {@code deltas} deltas of {@code bytes} bytes. */
  private record Asked(int deltas, long bytes, CompletableFuture<List<Answer>> answer) {
    void answer(Answer one) {
      answer.complete(Collections.nCopies(deltas, one));
    }
  }

  /** A loop that commits to {@code log}. */
  public CommitLoop(UpdateLog log, Replicas replicas, Announcer announcer) {
    this(log, replicas, announcer, _ -> {});
  }

  /**
   * A loop that commits to {@code log}.
   *
   * @param broken is called once, by a thread of its own, when the committer's own data is wrong
   *     and the loop has ended
   */
  public CommitLoop(
      UpdateLog log, Replicas replicas, Announcer announcer, Consumer<Throwable> broken) {
    this.log = log;
    this.replicas = replicas;
    this.announcer = announcer;
    this.broken = broken;
    replicas.listenForTheEvicted(space -> mailbox.add(() -> committer.forget(space)));
    this.thread = Thread.ofPlatform().name("mnemogrid-committer").unstarted(this::run);
  }

  /** Sets the limits up to which documents may grow; called before {@link #start}. */
  public void limit(Quotas quotas) {
    committer.limit(quotas);
  }

  /** Begins to commit. */
  public void start() {
    thread.start();
  }

  /** Commits deltas as the other does, on whatever head. */
  public CompletableFuture<List<Answer>> commit(
      SpaceName space, List<Delta> deltas, Duration timeout) {
    return commit(space, deltas, Sending.TRUSTED, timeout);
  }

  /**
   * Commits deltas as one, all or none. The future never fails; after {@code timeout} the answer is
   * {@link Answer.Unavailable}.
   *
   * @param sending for whom, and what the head must be to which the first of them is appended
   */
  public CompletableFuture<List<Answer>> commit(
      SpaceName space, List<Delta> deltas, Sending sending, Duration timeout) {
    long bytes = 0;
    boolean lacksTarget = false;
    for (Delta delta : deltas) {
      bytes += delta.sizeBytes();
      lacksTarget |= lacksTarget(delta);
    }
    Asked asker = new Asked(deltas.size(), bytes, new CompletableFuture<>());
    Answer no = refusal(space, bytes);
    if (no != null) {
      asker.answer(no);
      return asker.answer;
    }
    long ticket = tickets.incrementAndGet();
    Request request =
        new Request(ticket, space, deltas, sending, System.nanoTime() + timeout.toNanos());
    if (lacksTarget) {
      preparing.add(ticket);
    }
    waitingBytes.addAndGet(bytes);
    asked.put(ticket, asker);
    if (lacksTarget) {
      Thread.ofVirtual().name("mnemogrid-rollback").start(() -> rollBack(request, asker));
    } else {
      post(request);
    }
    return asker.answer;
  }

  /** Why a request is not even taken, or null. */
  private @Nullable Answer refusal(SpaceName space, long bytes) {
    if (!open) {
      return new Answer.Elsewhere(whyNot());
    }
    // one request is always taken, however large: a list may have more bytes than all may wait for
    if (asked.size() >= MAX_WAITING
        || waitingBytes.get() > 0 && waitingBytes.get() + bytes > MAX_WAITING_BYTES) {
      return new Answer.Unavailable(
          false,
          "too much waits already: %d commits of %d bytes, at most %d and %d; send it again a"
                  .formatted(asked.size(), waitingBytes.get(), MAX_WAITING, MAX_WAITING_BYTES)
              + " little later");
    }
    BrokenHistory damage = replicas.damaged().outOfOrder(space);
    return damage == null ? null : Answer.Damaged.of(damage);
  }

  private void post(Request request) {
    mailbox.add(() -> submit(request));
    if (ended != null) {
      answerTheRest(); // the loop ended while this came in
    }
  }

  private String whyNot() {
    Throwable why = failure;
    return why == null
        ? "this member is closing"
        : "this member's committer stopped, its log says why: " + why;
  }

  private @Nullable Asked take(long ticket) {
    Asked asker = asked.remove(ticket);
    if (asker != null) {
      waitingBytes.addAndGet(-asker.bytes);
    }
    return asker;
  }

  private void submit(Request request) {
    committer.submit(request);
    Snapshot here = replicas.get(request.space());
    if (here != null) {
      committer.offer(here);
    }
  }

  private static boolean lacksTarget(Delta delta) {
    return delta instanceof Delta.Rollback rollback && rollback.lacksTarget();
  }

  /**
   * Reads the targets of rollbacks before the request waits for the committer, so that the
   * committer never reads them. A target is a whole document. So only {@link #ROLLBACKS_AT_ONCE}
   * such requests are read, and held until they are answered; the others wait in the order in which
   * they came, and count among what waits.
   */
  private void rollBack(Request request, Asked asker) {
    try {
      long left = request.deadlineNanos() - System.nanoTime();
      if (!rollbacks.tryAcquire(left, TimeUnit.NANOSECONDS)) {
        end(
            request,
            new Answer.Unavailable(
                false,
                "other rollbacks were before it, of which %d are done at once; send it again a"
                        .formatted(ROLLBACKS_AT_ONCE)
                    + " little later"));
        return;
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      end(request, new Answer.Elsewhere(whyNot()));
      return;
    }
    asker.answer.whenComplete((_, _) -> rollbacks.release());
    if (!asker.answer.isDone()) { // else it was closed meanwhile
      handOver(targets, () -> readTargets(request));
    }
  }

  /** How many rollbacks could be read at once now. */
  int freeRollbacks() {
    return rollbacks.availablePermits();
  }

  /**
   * If a version is not there, the delta stays without a target: the committer refuses it, or finds
   * its id.
   */
  private void readTargets(Request request) {
    SpaceName space = request.space();
    if (!open) {
      end(request, new Answer.Elsewhere(whyNot()));
      return;
    }
    try {
      List<Delta> ready = new ArrayList<>();
      for (Delta delta : request.deltas()) {
        ready.add(
            switch (delta) {
              case Delta.Edit edit -> edit;
              case Delta.Patch patch -> patch;
              case Delta.Rollback rollback ->
                  state(space, rollback.to()).map(rollback::withTarget).orElse(rollback);
            });
      }
      if (preparing.remove(request.ticket())) {
        post(
            new Request(
                request.ticket(), space, ready, request.sending(), request.deadlineNanos()));
      }
    } catch (BrokenHistory e) {
      end(request, Answer.Damaged.of(e));
    } catch (RuntimeException | Error e) {
      end(request, new Answer.Unavailable(false, String.valueOf(e.getMessage())));
    }
  }

  /** Answers a request that the committer has not got. */
  private void end(Request request, Answer why) {
    Asked asker = preparing.remove(request.ticket()) ? take(request.ticket()) : null;
    if (asker != null) {
      handOver(tellers, () -> asker.answer(why));
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

  /** What ended it; empty while it runs and when it was closed. */
  public Optional<Throwable> failure() {
    return Optional.ofNullable(failure);
  }

  private void run() {
    List<Runnable> mail = new ArrayList<>(MOST_BETWEEN_STEPS);
    Drain drain = null;
    while (true) {
      try {
        if (!open) {
          drain = drain == null ? new Drain(System.nanoTime()) : drain;
          boolean busy = committer.isBusy() || !mailbox.isEmpty();
          Drain.Step step = drain.look(busy, System.nanoTime());
          if (step == Drain.Step.END) {
            break;
          }
          if (step == Drain.Step.LET_GO) {
            perform(committer.abandon("this member is closing"));
          }
        }
        Runnable first =
            committer.hasMore()
                ? mailbox.poll()
                : mailbox.poll(patience().toMillis(), TimeUnit.MILLISECONDS);
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
        end(e);
        return;
      }
    }
    ended = "this member is closed";
    answerTheRest();
  }

  private Duration patience() {
    return open && !committer.isBusy() ? IDLE : BACKOFF;
  }

  private void end(Throwable why) {
    failure = why;
    open = false;
    ended = "the committer stopped: " + why.getMessage();
    LOG.error("the committer stops: its own data is wrong", why);
    answerTheRest();
    Thread.ofPlatform().name("mnemogrid-broken").daemon().start(() -> broken.accept(why));
  }

  /**
   * Takes a step of the committer. While the store's clock is not known, no delta is judged: by an
   * older time, right timestamps would be refused.
   */
  private List<Action> step() {
    Instant now;
    try {
      now = log.now();
    } catch (RuntimeException e) {
      LOG.warn("commits wait for the log's clock: {}", e.getMessage());
      return committer.expire(System.nanoTime());
    }
    long nanos = System.nanoTime();
    if (nanos - countedNanos >= COUNT_EVERY.toNanos()) {
      countedNanos = nanos;
      committer.counted(replicas.pinnedBytes());
      committer.forgetAllBut(space -> replicas.peek(space) != null);
    }
    return committer.step(now, nanos);
  }

  /**
   * Answers all who still wait with "unknown": the loop can no longer learn what became of them.
   * Only what the committer never got is let go to another member.
   */
  private void answerTheRest() {
    mailbox.clear();
    Answer unknown = new Answer.Unavailable(true, String.valueOf(ended));
    Answer elsewhere = new Answer.Elsewhere(whyNot());
    for (Long ticket : asked.keySet()) {
      Answer why = preparing.remove(ticket) ? elsewhere : unknown;
      Asked asker = take(ticket);
      if (asker != null) {
        handOver(tellers, () -> asker.answer(why));
      }
    }
  }

  /**
   * Runs a task by a pool, or on this thread if the pool is shut already, so that closing loses no
   * answer.
   */
  private static void handOver(ExecutorService pool, Runnable task) {
    try {
      pool.execute(task);
    } catch (RejectedExecutionException e) {
      task.run();
    }
  }

  private void perform(List<Action> actions) {
    List<Runnable> answers = new ArrayList<>();
    for (Action action : actions) {
      if (action instanceof Action.Append append && actions.size() > 1) {
        handOver(appender, () -> append(append)); // what else there is must not wait for it
      } else if (action instanceof Action.Tell tell) {
        Asked asker = take(tell.ticket());
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

  /**
   * Hands the answers of a step over, as a task for each thread that gives them and not for each
   * answer: what follows one here is short and does not block, for it ends where a member's code
   * begins ({@link io.mnemogrid.Space#answeringBy}).
   */
  private void tell(List<Runnable> answers) {
    int parts = Math.min(tellers.getParallelism(), answers.size());
    for (int i = 0; i < parts; i++) {
      List<Runnable> part =
          answers.subList(answers.size() * i / parts, answers.size() * (i + 1) / parts);
      try {
        tellers.execute(() -> part.forEach(CommitLoop::give));
      } catch (RejectedExecutionException e) {
        part.forEach(CommitLoop::give); // closed: acknowledged commits are answered all the same
      }
    }
  }

  /** Gives one answer. What goes wrong with it harms no other. */
  private static void give(Runnable answer) {
    try {
      answer.run();
    } catch (Throwable e) { // futures keep what functions throw, so this is the JVM's own trouble
      LOG.error("an answer could not be given", e);
    }
  }

  /** Starts what takes time on another thread, and does the rest at once. */
  private void perform(Action action) {
    switch (action) {
      case Action.Append append -> {
        if (isLoneUpdate(append) && mailbox.isEmpty()) {
          append(append); // nothing to resolve meanwhile, and two hand-overs saved
        } else {
          handOver(appender, () -> append(append));
        }
      }
      case Action.Load load ->
          read(
              loaders,
              load.space(),
              () -> {
                Optional<Snapshot> loaded = log.replay(load.space(), Long.MAX_VALUE);
                return () -> committer.loaded(load.space(), loaded);
              });
      case Action.CatchUp catchUp -> read(readers, catchUp.space(), () -> catchUp(catchUp));
      case Action.Check check ->
          read(
              readers,
              check.space(),
              () -> {
                Optional<LogHead> now = log.head(check.space());
                Found known = log.find(check.space(), check.ids());
                return () -> committer.checked(check.space(), now, known);
              });
      case Action.ReadOld old -> handOver(readers, () -> readOld(old));
      case Action.Publish publish -> publish(publish);
      case Action.Resolve resolve ->
          handOver(
              large,
              () -> {
                resolve.aside().resolve();
                deliver(() -> committer.resolved(resolve.space()));
              });
      case Action.Tell _ -> throw new IllegalStateException("answers are given together");
      case Action.Alarm alarm -> LOG.error("space {}: {}", alarm.space(), alarm.what());
    }
  }

  /**
   * What shows and announces a commit may fail: the commit is durable, and the log is read again.
   */
  private void publish(Action.Publish publish) {
    try {
      replicas.recent().add(publish.updates());
      replicas.advance(publish.head());
      replicas.damaged().isWhole(publish.head().space());
    } catch (RuntimeException | Error e) {
      LOG.error("{} could not be shown here", publish.head(), e);
    }
    try {
      announcer.committed(publish.head(), publish.updates());
    } catch (RuntimeException | Error e) {
      LOG.error("{} could not be announced", publish.head(), e);
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
      if (e.trouble() == Trouble.REFUSED) {
        sayRefused(append, e);
      } else {
        backOff(e);
      }
      String why = String.valueOf(e.getMessage());
      deliver(() -> committer.appendFailed(e.outcome(), e.trouble(), why));
    } catch (RuntimeException | Error e) {
      // no sentence of the store: what became of the transaction is not known
      LOG.error("an append failed in an unexpected way", e);
      LockSupport.parkNanos(BACKOFF.toNanos());
      deliver(() ->
          committer.appendFailed(LogUnavailable.Outcome.UNKNOWN, Trouble.REFUSED, e.toString()));
    }
  }

  /**
   * Logs a refusal of the store. Nothing waits, because the store answers; and only some refusals
   * are warnings, so that no author can fill the program's log.
   */
  private void sayRefused(Action.Append append, LogUnavailable e) {
    int updates = append.batches().stream().mapToInt(batch -> batch.updates().size()).sum();
    String what = "the store refused an append of {} updates, which is halved: {}";
    long now = System.nanoTime();
    if (now - refusedNanos < SAY_EVERY.toNanos()) {
      LOG.debug(what, updates, e.getMessage());
    } else {
      refusedNanos = now;
      LOG.warn(what, updates, e.getMessage());
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

  /** Reads on another thread. A log that does not follow puts only its own space out of order. */
  private void read(
      ExecutorService executor, SpaceName space, Supplier<Supplier<List<Action>>> read) {
    Runnable reading =
        () -> {
          try {
            deliver(read.get());
          } catch (LogUnavailable e) {
            backOff(e);
            deliver(() -> committer.readFailed(space));
          } catch (BrokenHistory e) {
            replicas.damaged().isOutOfOrder(e);
            deliver(() -> committer.broken(space, e));
          } catch (RuntimeException | Error e) {
            LOG.error("space {} cannot be read", space, e);
            deliver(() -> committer.broken(space, new BrokenHistory(space, 0, e.toString())));
          }
        };
    handOver(executor, reading);
  }

  /**
   * Reads old tombstones. Those that the store lacks are made first, which may take as long as a
   * replay, so a thread that loads does it.
   */
  private void readOld(Action.ReadOld asked) {
    readOld(
        asked,
        () -> {
          if (log.remembered(asked.space()) < asked.upTo()) {
            handOver(
                loaders,
                () ->
                    readOld(
                        asked,
                        () -> {
                          log.rememberAll(asked.space());
                          recall(asked);
                        }));
          } else {
            recall(asked);
          }
        });
  }

  private void recall(Action.ReadOld asked) {
    OldTombstones old =
        log.recall(
            asked.space(), asked.wanted().since(), asked.wanted().at(), asked.wanted().around());
    deliver(() -> committer.recalled(asked, old));
  }

  private void readOld(Action.ReadOld asked, Runnable read) {
    try {
      read.run();
    } catch (LogUnavailable e) {
      backOff(e);
      deliver(() -> committer.recallFailed(asked));
    } catch (BrokenHistory e) {
      deliver(() -> committer.recallBroken(asked, e));
    } catch (RuntimeException | Error e) {
      LOG.error("space {}: its old tombstones cannot be read now", asked.space(), e);
      LockSupport.parkNanos(BACKOFF.toNanos());
      deliver(() -> committer.recallFailed(asked)); // its requests have a deadline
    }
  }

  /** Has the committer's thread take a result before the requests that wait. */
  private void deliver(Supplier<List<Action>> result) {
    mailbox.addFirst(() -> perform(result.get()));
  }

  /** A log that is away is not asked again at once. */
  private static void backOff(LogUnavailable e) {
    LOG.warn("the log is not available: {}", e.getMessage());
    LockSupport.parkNanos(BACKOFF.toNanos());
  }

  /** Takes nothing new and commits what was taken, as far as {@link Drain} waits for it. */
  public void drain() {
    open = false;
    mailbox.offer(() -> {}); // wakes it
    if (!thread.isAlive()) {
      return; // never started, or ended
    }
    try {
      thread.join(Drain.PATIENCE.plus(Drain.LAST_APPEND).plus(BACKOFF.multipliedBy(4)));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Drains, and ends. */
  @Override
  public void close() {
    drain();
    appender.shutdown();
    readers.shutdown();
    loaders.shutdown();
    large.shutdown();
    targets.shutdown();
    tellers.shutdown();
    if (ended == null) {
      ended = "this member closed before its store answered";
    }
    answerTheRest();
  }
}
