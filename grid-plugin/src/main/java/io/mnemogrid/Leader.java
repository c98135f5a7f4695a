package io.mnemogrid;

import io.mnemogrid.checkpoint.Anchor;
import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.checkpoint.CheckpointStore;
import io.mnemogrid.checkpoint.Checkpointer;
import io.mnemogrid.checkpoint.Checkpointer.Step;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.checkpoint.Held;
import io.mnemogrid.checkpoint.Lease;
import io.mnemogrid.checkpoint.LeaseRow;
import io.mnemogrid.checkpoint.VerifiedHead;
import io.mnemogrid.commit.LeaseKeeper;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * This member's part in checkpointing: one thread keeps or seeks the lease, one steps the
 * checkpointer while it is held.
 */
final class Leader implements AutoCloseable {
  /** Opens the anchor, deploying a contract on a dev chain if need be; only a leader calls it. */
  interface AnchorSource {
    Anchor open();
  }

  static final Duration TIME_TO_LIVE = Duration.ofSeconds(5);
  private static final Duration RENEWAL = Duration.ofSeconds(1);
  private static final Duration DEMAND_PATIENCE = Duration.ofSeconds(5);
  private static final Duration SOON = Duration.ofMillis(200);
  private static final Duration LONGEST = Duration.ofSeconds(15);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);
  private static final Duration BUDGET_FRESH = Duration.ofMinutes(1);
  private static final Logger LOG = LoggerFactory.getLogger(Leader.class);

  /** A demand: the versions that stood in the log when it was made. */
  private record Demand(Map<SpaceName, Long> versions, long nanos) {}

  /** What a leader may write under, and until when on its monotonic clock. */
  private record Tenure(long epoch, long untilNanos) {}

  private final LeaseKeeper keeper;
  private final Lease lease;
  private final CheckpointStore store;
  private final LogReader log;
  private final AnchorSource anchors;
  private final Checkpointer.Policy policy;
  private final Consumer<CheckpointEvent> events;
  private final Semaphore wake = new Semaphore(0);
  private final Thread leaseThread;
  private final Thread stepThread;
  private volatile boolean open = true;
  private volatile String holder = "";
  private volatile @Nullable Tenure tenure;
  private volatile @Nullable Demand demand;
  private volatile @Nullable String blocked;
  private volatile Cost budgetLeft;
  private long budgetReadNanos = System.nanoTime() - BUDGET_FRESH.toNanos(); // the step thread's
  private volatile GridHealth.Part health =
      new GridHealth.Part("anchor", GridHealth.Status.UP, "not used by this member yet");

  Leader(
      String member,
      Lease lease,
      CheckpointStore store,
      LogReader log,
      AnchorSource anchors,
      Checkpointer.Policy policy,
      Consumer<CheckpointEvent> events) {
    this.keeper = new LeaseKeeper(member, TIME_TO_LIVE);
    this.lease = lease;
    this.store = store;
    this.log = log;
    this.anchors = anchors;
    this.policy = policy;
    this.budgetLeft = policy.budget();
    this.events = events;
    this.leaseThread = Thread.ofPlatform().name("mnemogrid-lease").unstarted(this::seek);
    this.stepThread = Thread.ofPlatform().name("mnemogrid-checkpointer").unstarted(this::lead);
  }

  void start() {
    leaseThread.start();
    stepThread.start();
  }

  /** Id of the member that held the lease when it was last read. */
  String holder() {
    return holder;
  }

  /** How the anchor does, as far as this member uses it. */
  GridHealth.Part health() {
    return health;
  }

  /** What this member knows because it leads; empty when it does not. */
  Optional<CheckpointStatus.Leading> leading() {
    return epoch() == 0
        ? Optional.empty()
        : Optional.of(new CheckpointStatus.Leading(blocked, budgetLeft));
  }

  /** Somebody wants a checkpoint of all that stands in the log now. */
  void demand() {
    Map<SpaceName, Long> versions = new HashMap<>();
    for (LogHead head : log.heads()) {
      versions.put(head.space(), head.version());
    }
    Demand unmet = demand;
    // patience counts from the first demand, or those that come again and again are never met
    demand = new Demand(versions, unmet == null ? System.nanoTime() : unmet.nanos);
    wake.release();
  }

  private void seek() {
    while (open) {
      try {
        renew();
      } catch (LogUnavailable e) {
        LOG.warn("the lease cannot be read: {}", e.getMessage());
      }
      sleep(RENEWAL);
    }
  }

  private void renew() {
    long before = System.nanoTime(); // the lease counts from before it was written
    LeaseRow row = lease.read();
    holder = row.holder();
    switch (keeper.observe(row, before)) {
      case LeaseKeeper.Step.Follow _ -> tenure = null;
      case LeaseKeeper.Step.Replace replace -> {
        boolean taken = lease.replace(row, replace.next());
        keeper.replaced(replace.next(), taken, before);
        boolean first = tenure == null;
        tenure = taken ? new Tenure(replace.next().epoch(), before + TIME_TO_LIVE.toNanos()) : null;
        if (taken) {
          holder = replace.next().holder();
        }
        if (taken && first) {
          LOG.info("this member leads, epoch {}", replace.next().epoch());
          wake.release();
        }
      }
    }
  }

  private long epoch() {
    Tenure held = tenure;
    return held != null && System.nanoTime() - held.untilNanos < 0 ? held.epoch : 0;
  }

  private void lead() {
    Anchor anchor = null;
    Checkpointer checkpointer = null;
    Duration pause = SOON;
    while (open) {
      long epoch = epoch();
      if (epoch == 0) {
        pause = Duration.ofMillis(500);
      } else {
        try {
          if (anchor == null || checkpointer == null) {
            anchor = anchors.open();
            checkpointer =
                new Checkpointer(store, log, anchor, policy, () -> epoch() != 0, this::heard);
          }
          pause = act(checkpointer, anchor.identity(), epoch, pause);
        } catch (AnchorUnavailable | IllegalStateException e) {
          unavailable(e);
          close(anchor);
          anchor = null;
          pause = prepareMeanwhile(checkpointer, epoch, longer(pause));
        } catch (LogUnavailable e) {
          LOG.warn("checkpoints wait for the store: {}", e.getMessage());
          events.accept(
              new CheckpointEvent.Failed("store-unavailable", String.valueOf(e.getMessage())));
          pause = longer(pause);
        } catch (RuntimeException e) {
          LOG.error("a step of the checkpointer failed; it is tried again", e);
          events.accept(new CheckpointEvent.Failed("unexpected", String.valueOf(e.getMessage())));
          pause = longer(pause);
        }
      }
      sleepOrWake(pause);
    }
    close(anchor);
  }

  private void unavailable(RuntimeException e) {
    blocked = "chain-unavailable";
    report(GridHealth.Status.DEGRADED, "waits: " + e.getMessage());
    LOG.warn("checkpoints wait: {}", e.getMessage());
    events.accept(new CheckpointEvent.Failed("chain-unavailable", String.valueOf(e.getMessage())));
  }

  /** Headers that fall due while the anchor is away; they are sent together when it is back. */
  private Duration prepareMeanwhile(
      @Nullable Checkpointer checkpointer, long epoch, Duration pause) {
    if (checkpointer == null) {
      return pause;
    }
    try {
      if (checkpointer.prepare(epoch, log.now(), demanded()) instanceof Step.Prepared prepared) {
        prepared(prepared);
      }
    } catch (LogUnavailable e) {
      LOG.warn("checkpoints wait for the store: {}", e.getMessage());
    }
    return pause;
  }

  private void prepared(Step.Prepared prepared) {
    LOG.info("prepared checkpoint {}", prepared.number());
    forgetDemand();
  }

  /** What the checkpointer tells, into the log and on. */
  private void heard(CheckpointEvent event) {
    switch (event) {
      case CheckpointEvent.Undone undone ->
          LOG.warn(
              "{} checkpoints after {} no longer stand; they are sent again",
              undone.count(),
              undone.after());
      case CheckpointEvent.HeldUp held -> {
        for (Held at : held.spaces()) {
          LOG.warn(
              "space {} keeps its head of the checkpoint before, version {} breaks the rule {}: {}",
              at.space(),
              at.version(),
              at.rule().text(),
              at.detail());
        }
      }
      case CheckpointEvent.Conflict conflict ->
          LOG.warn("{} writes nothing: {}", conflict.transaction().hash(), conflict.reason());
      case CheckpointEvent.Sent _,
          CheckpointEvent.Settled _,
          CheckpointEvent.Failed _,
          CheckpointEvent.Finalized _ -> {}
    }
    events.accept(event);
  }

  private static void close(@Nullable Anchor anchor) {
    if (anchor != null) {
      anchor.close();
    }
  }

  /** One step; answers how long to wait before the next. */
  private Duration act(Checkpointer checkpointer, String at, long epoch, Duration pause) {
    Step step = checkpointer.step(epoch, log.now(), demanded());
    boolean spends = step instanceof Step.Finalized || step instanceof Step.Blocked;
    if (spends || System.nanoTime() - budgetReadNanos > BUDGET_FRESH.toNanos()) {
      budgetLeft = checkpointer.budgetLeft(log.now());
      budgetReadNanos = System.nanoTime();
    }
    blocked =
        switch (step) {
          case Step.Blocked waits -> waits.reason();
          case Step.Stopped stopped -> stopped.code();
          default -> null;
        };
    switch (step) {
      case Step.Idle _ -> {
        report(GridHealth.Status.UP, at);
        forgetDemand();
        return Duration.ofMillis(500);
      }
      case Step.Prepared prepared -> {
        prepared(prepared);
        return Duration.ZERO;
      }
      case Step.Progress progress -> {
        LOG.info("{} at {}", progress.what(), at);
        return Duration.ZERO;
      }
      case Step.Retried retried -> {
        LOG.warn("checkpoint {} is tried again: {}", retried.number(), retried.reason());
        report(GridHealth.Status.DEGRADED, at + ": checkpoint failed: " + retried.reason());
        return longer(pause);
      }
      case Step.Waiting waiting -> {
        report(GridHealth.Status.UP, at + ": checkpoint " + waiting.number() + " under way");
        return pause.compareTo(SOON) < 0
            ? SOON
            : min(pause.multipliedBy(3).dividedBy(2), LONGEST_WAIT);
      }
      case Step.Blocked blockedAt -> {
        report(
            GridHealth.Status.DEGRADED,
            "%s: checkpoint %d waits, %s: %s"
                .formatted(at, blockedAt.number(), blockedAt.reason(), blockedAt.detail()));
        LOG.warn(
            "checkpoint {} waits, {}: {}",
            blockedAt.number(),
            blockedAt.reason(),
            blockedAt.detail());
        return longer(pause);
      }
      case Step.Finalized done -> {
        LOG.info("checkpoint {} is final at {}", done.checkpoint().number(), at);
        return Duration.ZERO;
      }
      case Step.Deposed _ -> {
        LOG.info("this member no longer leads");
        tenure = null;
        return SOON;
      }
      case Step.Stopped stopped -> {
        report(GridHealth.Status.DOWN, stopped.code() + ": " + stopped.why());
        LOG.error("checkpointing stopped, {}: {}", stopped.code(), stopped.why());
        events.accept(new CheckpointEvent.Failed(stopped.code(), stopped.why()));
        return LONGEST;
      }
    }
  }

  private void report(GridHealth.Status status, String detail) {
    health = new GridHealth.Part("anchor", status, detail);
  }

  /** Whether a checkpoint was asked for and the audit has seen what stood in the log then. */
  private boolean demanded() {
    Demand asked = demand;
    return asked != null
        && (covered(asked) || System.nanoTime() - asked.nanos > DEMAND_PATIENCE.toNanos());
  }

  private boolean covered(Demand asked) {
    Map<SpaceName, Long> verified = new HashMap<>();
    for (VerifiedHead head : store.newestVerified()) {
      verified.put(head.head().space(), head.ready() ? head.head().version() : Long.MAX_VALUE);
    }
    return asked.versions.entrySet().stream()
        .allMatch(wanted ->
            wanted.getValue() == 0
                || verified.getOrDefault(wanted.getKey(), 0L) >= wanted.getValue());
  }

  private void forgetDemand() {
    Demand asked = demand;
    if (asked != null && demanded()) {
      demand = null;
    }
  }

  private static Duration longer(Duration pause) {
    Duration doubled = pause.compareTo(SOON) < 0 ? Duration.ofSeconds(1) : pause.multipliedBy(2);
    return min(doubled, LONGEST);
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private void sleep(Duration pause) {
    try {
      TimeUnit.NANOSECONDS.sleep(pause.toNanos());
    } catch (InterruptedException e) {
      open = false;
    }
  }

  private void sleepOrWake(Duration pause) {
    try {
      if (wake.tryAcquire(pause.toNanos(), TimeUnit.NANOSECONDS)) {
        wake.drainPermits();
      }
    } catch (InterruptedException e) {
      open = false;
    }
  }

  /** Ends both threads and gives the lease up, so that another leads at once. */
  @Override
  public void close() {
    open = false;
    leaseThread.interrupt();
    stepThread.interrupt();
    try {
      leaseThread.join(Duration.ofSeconds(2));
      stepThread.join(Duration.ofSeconds(5));
      LeaseRow held = keeper.held();
      LeaseRow released = keeper.released();
      if (held != null && released != null) {
        lease.replace(held, released);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (LogUnavailable e) {
      LOG.warn("the lease is not given up; it runs out by itself: {}", e.getMessage());
    }
  }
}
