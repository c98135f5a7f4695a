package io.mnemogrid.member;

import io.mnemogrid.CheckpointStatus;
import io.mnemogrid.GridHealth;
import io.mnemogrid.audit.Unaudited;
import io.mnemogrid.checkpoint.Anchor;
import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.AuditedHeads;
import io.mnemogrid.checkpoint.BlobPruning;
import io.mnemogrid.checkpoint.BlobStore;
import io.mnemogrid.checkpoint.BrokenCheckpoint;
import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.checkpoint.CheckpointStore;
import io.mnemogrid.checkpoint.Checkpointer;
import io.mnemogrid.checkpoint.Checkpointer.Pace;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.checkpoint.Held;
import io.mnemogrid.checkpoint.Lease;
import io.mnemogrid.checkpoint.LeaseRow;
import io.mnemogrid.checkpoint.StepEvent;
import io.mnemogrid.commit.Leadership;
import io.mnemogrid.commit.Leadership.Failure;
import io.mnemogrid.commit.Leadership.Renewal;
import io.mnemogrid.commit.Leadership.Work;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The two threads of this member's part in leading, which do what {@link Leadership} says. One
 * keeps the lease: it reads it, takes it when it is free, and renews it also while a step waits for
 * the chain. The other takes the steps of the {@link Checkpointer} while this member holds the
 * lease.
 *
 * <p>Nothing that is thrown ends a thread. A failure of the anchor or of the store is reported and
 * tried again. An unexpected failure that repeats, or an error, gives the lease up, so that another
 * member leads. Closing gives the lease back.
 */
final class Leader implements AutoCloseable {
  /** Opens the anchor, deploying a contract on a dev chain if need be; only a leader calls it. */
  interface AnchorSource {
    Anchor open();
  }

  static final Duration TIME_TO_LIVE = Duration.ofSeconds(5);
  private static final Duration AFTER_FAILURE = Duration.ofMillis(100);
  private static final Duration BUDGET_FRESH = Duration.ofMinutes(1);
  private static final Logger LOG = LoggerFactory.getLogger(Leader.class);

  private final Leadership leadership; // guarded by itself
  private final Lease lease;
  private final AuditedHeads audited;
  private final CheckpointStore store;
  private final BlobPruning pruning; // the step thread's
  private final LogReader log;
  private final Unaudited unaudited; // guarded by itself
  private final AnchorSource anchors;
  private final Checkpointer.Policy policy;
  private final Consumer<CheckpointEvent> events;
  private final Semaphore wake = new Semaphore(0);
  private final Thread leaseThread;
  private final Thread stepThread;
  private volatile boolean open = true;
  private volatile Cost budgetLeft;
  private volatile Set<SpaceName> demanded = Set.of(); // spaces of the newest demand

  // the step thread's
  private @Nullable Anchor anchor;
  private @Nullable Checkpointer checkpointer;
  private @Nullable StepEvent newest; // of the step under way
  private long budgetReadNanos = System.nanoTime() - BUDGET_FRESH.toNanos();

  // the lease thread's
  private @Nullable String leaseTrouble;

  Leader(
      String member,
      Lease lease,
      AuditedHeads audited,
      CheckpointStore store,
      BlobStore blobs,
      LogReader log,
      AnchorSource anchors,
      Checkpointer.Policy policy,
      Consumer<CheckpointEvent> events) {
    this(member, TIME_TO_LIVE, lease, audited, store, blobs, log, anchors, policy, events);
  }

  Leader(
      String member,
      Duration timeToLive,
      Lease lease,
      AuditedHeads audited,
      CheckpointStore store,
      BlobStore blobs,
      LogReader log,
      AnchorSource anchors,
      Checkpointer.Policy policy,
      Consumer<CheckpointEvent> events) {
    this.leadership = new Leadership(member, timeToLive);
    this.lease = lease;
    this.audited = audited;
    this.store = store;
    this.pruning = new BlobPruning(blobs);
    this.log = log;
    this.unaudited = new Unaudited(log, audited);
    this.anchors = anchors;
    this.policy = policy;
    this.budgetLeft = policy.budget();
    this.events = events;
    this.leaseThread = Thread.ofPlatform().name("mnemogrid-lease").unstarted(this::keepLease);
    this.stepThread = Thread.ofPlatform().name("mnemogrid-checkpointer").unstarted(this::lead);
  }

  void start() {
    leaseThread.start();
    stepThread.start();
  }

  private <T> T ask(Function<Leadership, T> question) {
    synchronized (leadership) {
      return question.apply(leadership);
    }
  }

  private void tell(Consumer<Leadership> message) {
    synchronized (leadership) {
      message.accept(leadership);
    }
  }

  /** Id of the member that held the lease when it was last read. */
  String holder() {
    return ask(Leadership::holder);
  }

  /** How this member's part in leading does, and the anchor as far as this member uses it. */
  GridHealth.Part health() {
    Leadership.Health health = ask(Leadership::health);
    GridHealth.Status status =
        switch (health.status()) {
          case UP -> GridHealth.Status.UP;
          case DEGRADED -> GridHealth.Status.DEGRADED;
          case DOWN -> GridHealth.Status.DOWN;
        };
    return new GridHealth.Part("anchor", status, health.detail());
  }

  /** What this member knows because it leads; empty when it does not. */
  Optional<CheckpointStatus.Leading> leading() {
    return epoch() == 0
        ? Optional.empty()
        : Optional.of(new CheckpointStatus.Leading(ask(Leadership::blocked), budgetLeft));
  }

  private long epoch() {
    return ask(machine -> machine.epoch(System.nanoTime()));
  }

  /** Somebody wants a checkpoint of all that stands in the log now. */
  void demand() {
    synchronized (unaudited) { // so that both know the same demand as the newest
      Map<SpaceName, Long> versions = new HashMap<>();
      for (LogHead head : unaudited.heads()) {
        versions.put(head.space(), head.version());
      }
      demanded = Set.copyOf(versions.keySet());
      tell(machine -> machine.demand(versions, System.nanoTime()));
    }
    wake.release();
  }

  private void keepLease() {
    while (open) {
      try {
        renew();
      } catch (Throwable e) { // a thread's border: whoever leads must not go on unseen
        leaseFailed(e);
      }
    }
  }

  private void renew() {
    long before = System.nanoTime();
    switch (ask(machine -> machine.renewal(before))) {
      case Renewal.Rest rest -> sleep(rest.pause());
      case Renewal.Read _ -> {
        LeaseRow row = lease.read();
        tell(machine -> machine.read(row, before, System.nanoTime()));
        leaseTrouble = null;
      }
      case Renewal.Replace replace -> {
        long epochBefore = epoch();
        boolean taken = lease.replace(replace.expected(), replace.next());
        tell(machine -> machine.replaced(replace, taken, before));
        leaseTrouble = null;
        long epoch = epoch();
        if (epochBefore == 0 && epoch != 0) {
          LOG.info("this member leads, epoch {}", epoch);
          wake.release();
        }
      }
    }
  }

  private void leaseFailed(Throwable e) {
    if (!open) {
      return;
    }
    String why = text(e);
    tell(machine -> machine.leaseFailed(why, System.nanoTime()));
    if (!why.equals(leaseTrouble)) {
      leaseTrouble = why;
      if (e instanceof LogUnavailable) {
        LOG.warn("the lease cannot be read or renewed: {}", why);
      } else {
        LOG.error("the lease cannot be read or renewed; it is tried again", e);
      }
    }
    sleep(AFTER_FAILURE);
  }

  private void lead() {
    while (open) {
      try {
        work();
      } catch (Throwable e) { // a thread's border: a lease without steps stops all checkpoints
        failed(e);
      }
    }
    closeAnchor();
  }

  private void work() {
    switch (ask(machine -> machine.work(System.nanoTime()))) {
      case Work.Rest rest -> sleepOrWake(rest.pause());
      case Work.Open _ -> openAnchor();
      case Work.Look _ -> look();
      case Work.Act act -> act(act);
      case Work.Prepare prepare -> prepare(prepare);
    }
  }

  private void openAnchor() {
    closeAnchor();
    Anchor opened = anchors.open();
    anchor = opened;
    Checkpointer before = checkpointer;
    checkpointer =
        before == null
            ? new Checkpointer(audited, store, log, opened, policy, () -> epoch() != 0, this::heard)
            : before.at(opened);
    tell(machine -> machine.opened(opened.identity()));
  }

  private void look() {
    Map<SpaceName, Long> versions = new HashMap<>();
    for (AuditedHead head : audited.newest(demanded)) {
      versions.put(head.head().space(), head.ready() ? head.head().version() : Long.MAX_VALUE);
    }
    tell(machine -> machine.audited(versions));
  }

  private void act(Work.Act act) {
    Checkpointer mine = opened();
    newest = null;
    Pace pace = mine.step(act.epoch(), log.now(), act.demanded());
    boolean spends =
        newest instanceof CheckpointEvent.Finalized || newest instanceof StepEvent.Blocked;
    if (spends || System.nanoTime() - budgetReadNanos > BUDGET_FRESH.toNanos()) {
      budgetLeft = mine.budgetLeft(log.now());
      budgetReadNanos = System.nanoTime();
    }
    ended(pace);
    tell(machine -> machine.stepped(pace, System.nanoTime()));
    if (pace == Pace.IDLE) {
      pruning.step();
    }
  }

  /** Headers that fall due while the anchor is away; they are sent together when it is back. */
  private void prepare(Work.Prepare prepare) {
    newest = null;
    ended(opened().prepare(prepare.epoch(), log.now(), prepare.demanded()));
    tell(machine -> machine.prepared(System.nanoTime()));
  }

  private Checkpointer opened() {
    Checkpointer mine = checkpointer;
    if (mine == null) {
      throw new IllegalStateException("the anchor was never opened");
    }
    return mine;
  }

  private void failed(Throwable e) {
    if (!open) {
      return;
    }
    String why = text(e);
    Failure failure =
        switch (e) {
          case AnchorUnavailable _ -> Failure.ANCHOR;
          case BrokenCheckpoint _, BrokenHistory _ -> Failure.STORE;
          case IllegalStateException _ -> Failure.ANCHOR;
          case LogUnavailable _ -> Failure.STORE;
          case Exception _ -> Failure.UNEXPECTED;
          default -> Failure.FATAL;
        };
    boolean gaveUp = ask(machine -> machine.failed(failure, why, System.nanoTime()));
    switch (failure) {
      case ANCHOR -> {
        LOG.warn("checkpoints wait: {}", why);
        closeAnchor();
        hand(new CheckpointEvent.Failed("chain-unavailable", why));
      }
      case STORE -> {
        LOG.warn("checkpoints wait for the store: {}", why);
        hand(new CheckpointEvent.Failed("store-unavailable", why));
      }
      case UNEXPECTED, FATAL -> {
        LOG.error(
            gaveUp
                ? "the checkpointer failed; this member gives the lease up"
                : "a step of the checkpointer failed; it is tried again",
            e);
        hand(new CheckpointEvent.Failed(gaveUp ? "gave-up" : "unexpected", why));
      }
    }
  }

  private static String text(Throwable e) {
    return e instanceof LogUnavailable || e instanceof AnchorUnavailable
        ? String.valueOf(e.getMessage())
        : e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }

  private void closeAnchor() {
    Anchor mine = anchor;
    anchor = null;
    if (mine != null) {
      mine.close();
    }
  }

  /** How a step ended, into the log: one line, though it made hundreds of checkpoints final. */
  private void ended(Pace pace) {
    String at = anchor == null ? "an anchor that is away" : anchor.identity();
    if (newest instanceof CheckpointEvent.Sent sent) {
      LOG.info("{} at {}", sent.text(), at);
    } else if (newest instanceof CheckpointEvent.Finalized done) {
      LOG.info("checkpoint {} is final at {}", done.checkpoint().number(), at);
    }
    if (pace == Pace.DEPOSED) {
      LOG.info("this member no longer leads");
    }
  }

  /** What the checkpointer tells: to the machine, into the log, and on to listeners. */
  private void heard(StepEvent event) {
    newest = event;
    tell(machine -> machine.heard(event));
    switch (event) {
      case StepEvent.Prepared prepared -> LOG.info("prepared checkpoint {}", prepared.number());
      case StepEvent.Retried retried ->
          LOG.warn("checkpoint {} is tried again: {}", retried.number(), retried.reason());
      case StepEvent.Blocked blocked ->
          LOG.warn(
              "checkpoint {} waits, {}: {}", blocked.number(), blocked.reason(), blocked.detail());
      case StepEvent.Stopped stopped -> {
        LOG.error("checkpointing stopped, {}: {}", stopped.code(), stopped.why());
        hand(new CheckpointEvent.Failed(stopped.code(), stopped.why()));
      }
      case StepEvent.Waiting _ -> {} // with each step, for minutes
      case CheckpointEvent told -> {
        logged(told);
        hand(told);
      }
    }
  }

  private static void logged(CheckpointEvent event) {
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
          CheckpointEvent.Paid _,
          CheckpointEvent.Failed _,
          CheckpointEvent.Finalized _ -> {}
    }
  }

  /** Hands an event to the listeners. What they throw is logged and does not fail the step. */
  private void hand(CheckpointEvent event) {
    try {
      events.accept(event);
    } catch (Throwable e) { // code of others
      LOG.error("a listener failed at {}", event.getClass().getSimpleName(), e);
    }
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
        tell(Leadership::wake);
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
      Optional<Renewal.Replace> release = ask(Leadership::release);
      release.ifPresent(replace -> lease.replace(replace.expected(), replace.next()));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (LogUnavailable e) {
      LOG.warn("the lease is not given up; it runs out by itself: {}", e.getMessage());
    }
  }
}
