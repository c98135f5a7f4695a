package io.mnemogrid.commit;

import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.checkpoint.Checkpointer.Pace;
import io.mnemogrid.checkpoint.LeaseRow;
import io.mnemogrid.checkpoint.StepEvent;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One member's part in leading, as a state machine with two lanes. One lane seeks or keeps the
 * lease, the other steps the checkpointer while this member holds it. There are two because a step
 * may wait long for a chain, and the lease must be renewed meanwhile. Each lane asks what to do
 * next, does it, and reports what came of it. The clock is the caller's. This class does not lock;
 * its two callers do.
 *
 * <p>A lease is worth nothing without steps. So when the steps fail for a reason of this member's
 * own (an {@link Error}, or {@value #UNEXPECTED_IN_A_ROW} unexpected exceptions in a row), it gives
 * the lease up and seeks it again only after six times the time to live. When the store or the
 * anchor fails, it keeps the lease, because another member would meet the same failure.
 */
public final class Leadership {
  /** How well this member's part works. */
  public enum Status {
    /** It works, or waits for its turn. */
    UP,
    /** It is held up. */
    DEGRADED,
    /** It leads no more, or writes nothing any more. */
    DOWN
  }

  /** How well this member's part works, with a sentence for people. */
  public record Health(Status status, String detail) {}

  /** What to do on the lane of the lease. */
  public sealed interface Renewal {
    /** Nothing for this long. */
    record Rest(Duration pause) implements Renewal {}

    /** Read the row, and report it by {@link #read}. */
    record Read() implements Renewal {}

    /** Replace the row, and report by {@link #replaced} whether that worked. */
    record Replace(LeaseRow expected, LeaseRow next) implements Renewal {}
  }

  /** What to do on the lane of the steps. */
  public sealed interface Work {
    /** Nothing for this long, or until {@link #wake}. */
    record Rest(Duration pause) implements Work {}

    /** Open the anchor, again if it was open, and report by {@link #opened}. */
    record Open() implements Work {}

    /** Ask the store how far the audit is, and report by {@link #audited}. */
    record Look() implements Work {}

    /**
     * Take a step under this epoch, report what it tells by {@link #heard}, and {@link #stepped}.
     */
    record Act(long epoch, boolean demanded) implements Work {}

    /** Prepare headers while the anchor is away; report by {@link #heard} and {@link #prepared}. */
    record Prepare(long epoch, boolean demanded) implements Work {}
  }

  /** Why something failed on the lane of the steps. */
  public enum Failure {
    /** The anchor cannot be used. */
    ANCHOR,
    /** The store cannot be used. */
    STORE,
    /** An exception that nobody expected. */
    UNEXPECTED,
    /** An error of the process, such as no memory. */
    FATAL
  }

  /**
   * A demand for a checkpoint: the versions that were in the log when it was made, and the time of
   * the first demand that is not met yet.
   */
  private record Demand(Map<SpaceName, Long> versions, long since) {}

  private static final int UNEXPECTED_IN_A_ROW = 3;
  private static final int RENEWALS = 5;
  private static final int RESIGNED = 6;
  private static final Duration DEMAND_PATIENCE = Duration.ofSeconds(5);
  private static final Duration IDLE = Duration.ofMillis(500);
  private static final Duration SOON = Duration.ofMillis(200);
  private static final Duration LONGEST = Duration.ofSeconds(15);
  private static final Duration LONGEST_WAIT = Duration.ofSeconds(2);

  private final LeaseKeeper keeper;
  private final long renewalNanos;
  private final Duration resignation;

  // The lane of the lease.
  private boolean began;
  private long renewAt;
  private Renewal.@Nullable Replace pending;
  private String holder = "";
  private @Nullable String leaseTrouble;

  // The lane of the steps.
  private Duration pause = Duration.ZERO;
  private boolean rests;
  private long restUntil;
  private boolean everOpened;
  private boolean away = true;
  private boolean prepares;
  private boolean looked;
  private boolean covered;
  private boolean deposed;
  private int unexpected;
  private boolean resigned;
  private long resignedUntil;
  private String anchor = "";
  private @Nullable Demand demand;
  private @Nullable Demand handedOn;
  private @Nullable String blocked;
  private Health health = new Health(Status.UP, "not used by this member yet");

  /** A member that may lead; it renews five times in a time to live. */
  public Leadership(String member, Duration timeToLive) {
    this.keeper = new LeaseKeeper(member, timeToLive);
    this.renewalNanos = timeToLive.dividedBy(RENEWALS).toNanos();
    this.resignation = timeToLive.multipliedBy(RESIGNED);
  }

  // The lane of the lease.

  /** What to do now. */
  public Renewal renewal(long nanos) {
    if (pending != null) {
      return pending;
    }
    if (began && nanos - renewAt < 0) {
      return new Renewal.Rest(Duration.ofNanos(renewAt - nanos));
    }
    if (isResigned(nanos)) {
      Optional<Renewal.Replace> release = release();
      if (release.isPresent()) {
        pending = release.get();
        return pending;
      }
    }
    return new Renewal.Read();
  }

  /** The row was read between these two moments. */
  public void read(LeaseRow row, long before, long after) {
    leaseTrouble = null;
    holder = row.holder();
    renewIn(renewalNanos, after);
    if (isResigned(after)) {
      return;
    }
    if (keeper.observe(row, before, after) instanceof LeaseKeeper.Step.Replace replace) {
      pending = new Renewal.Replace(row, replace.next());
    }
  }

  /**
   * The store replaced the row, or it was no longer the expected one.
   *
   * @param before the clock before the store was asked
   */
  public void replaced(Renewal.Replace asked, boolean taken, long before) {
    leaseTrouble = null;
    pending = null;
    renewIn(renewalNanos, before);
    if (asked.next().holder().isEmpty()) {
      keeper.gaveUp();
    } else {
      keeper.replaced(asked.next(), taken, before);
      deposed = false;
    }
    if (taken) {
      holder = asked.next().holder();
    }
  }

  /** The row could not be read or replaced. Whether it was replaced is not known. */
  public void leaseFailed(String why, long nanos) {
    pending = null;
    leaseTrouble = why;
    renewIn(renewalNanos, nanos);
  }

  private void renewIn(long span, long nanos) {
    began = true;
    renewAt = nanos + span;
  }

  /**
   * The replacement of the row that gives the lease up, for a member that closes; empty when this
   * member does not hold it.
   */
  public Optional<Renewal.Replace> release() {
    LeaseRow held = keeper.held();
    LeaseRow released = keeper.released();
    return held == null || released == null
        ? Optional.empty()
        : Optional.of(new Renewal.Replace(held, released));
  }

  /** Id of the member that held the lease when it was last seen, empty for none. */
  public String holder() {
    return holder;
  }

  /** The epoch to write under, 0 when this member does not lead. */
  public long epoch(long nanos) {
    return deposed || isResigned(nanos) ? 0 : keeper.epoch(nanos);
  }

  private boolean isResigned(long nanos) {
    return resigned && nanos - resignedUntil < 0;
  }

  // The lane of the steps.

  /** Takes the wish for a checkpoint of these versions. */
  public void demand(Map<SpaceName, Long> versions, long nanos) {
    Demand unmet = demand;
    // patience counts from the first demand, or those that come again and again are never met
    demand = new Demand(new HashMap<>(versions), unmet == null ? nanos : unmet.since);
    wake();
  }

  /** Ends a rest. */
  public void wake() {
    rests = false;
  }

  /** What to do now. */
  public Work work(long nanos) {
    long epoch = epoch(nanos);
    if (epoch == 0) {
      return new Work.Rest(IDLE);
    }
    if (rests && nanos - restUntil < 0) {
      return new Work.Rest(Duration.ofNanos(restUntil - nanos));
    }
    rests = false;
    if (away && prepares) {
      prepares = false;
      return new Work.Prepare(epoch, isDemanded(nanos));
    }
    if (away) {
      return new Work.Open();
    }
    if (demand != null && !looked) {
      return new Work.Look();
    }
    return new Work.Act(epoch, isDemanded(nanos));
  }

  /**
   * Whether a checkpoint is demanded, and the audit has seen the versions of the demand or did not
   * in time.
   */
  private boolean isDemanded(long nanos) {
    Demand asked = demand;
    boolean demanded =
        asked != null && (covered || nanos - asked.since > DEMAND_PATIENCE.toNanos());
    handedOn = demanded ? asked : null;
    return demanded;
  }

  /** The anchor is open. */
  public void opened(String identity) {
    anchor = identity;
    away = false;
    everOpened = true;
  }

  /**
   * How far the audit is: the version of each space, or the greatest number where its audit has
   * ended.
   */
  public void audited(Map<SpaceName, Long> versions) {
    Demand asked = demand;
    looked = true;
    covered =
        asked != null
            && asked.versions.entrySet().stream()
                .allMatch(wanted ->
                    wanted.getValue() == 0
                        || versions.getOrDefault(wanted.getKey(), 0L) >= wanted.getValue());
  }

  /** The step that is under way handed this event out. */
  public void heard(StepEvent event) {
    switch (event) {
      case StepEvent.Prepared _ -> forgetDemand();
      case StepEvent.Waiting waiting ->
          report(Status.UP, anchor + ": checkpoint " + waiting.number() + " under way");
      case StepEvent.Retried retried -> {
        blocked = null;
        report(Status.DEGRADED, anchor + ": checkpoint failed: " + retried.reason());
      }
      case StepEvent.Blocked waits -> {
        blocked = waits.reason();
        report(
            Status.DEGRADED,
            "%s: checkpoint %d waits, %s: %s"
                .formatted(anchor, waits.number(), waits.reason(), waits.detail()));
      }
      case StepEvent.Stopped stopped -> {
        blocked = stopped.code();
        report(Status.DOWN, stopped.code() + ": " + stopped.why());
      }
      case CheckpointEvent _ -> {}
    }
  }

  /** {@link Work.Prepare} was done; the anchor is tried again after a pause. */
  public void prepared(long nanos) {
    looked = false;
    rest(pause, nanos);
  }

  /** {@link Work.Act} ended with this pace. */
  public void stepped(Pace pace, long nanos) {
    looked = false;
    unexpected = 0;
    resigned = false;
    if (pace != Pace.LATER && pace != Pace.STOPPED) {
      blocked = null; // else the event that was heard has set it
    }
    switch (pace) {
      case IDLE -> {
        forgetDemand();
        report(Status.UP, anchor);
        rest(IDLE, nanos);
      }
      case AT_ONCE -> rest(Duration.ZERO, nanos);
      case SOON ->
          rest(
              pause.compareTo(SOON) < 0
                  ? SOON
                  : min(pause.multipliedBy(3).dividedBy(2), LONGEST_WAIT),
              nanos);
      case LATER -> rest(longer(), nanos);
      case DEPOSED -> {
        deposed = true;
        rest(SOON, nanos);
      }
      case STOPPED -> rest(LONGEST, nanos);
    }
  }

  /**
   * The work on the lane of the steps failed, whichever it was.
   *
   * @return whether this member gives the lease up for it
   */
  public boolean failed(Failure failure, String why, long nanos) {
    looked = false;
    switch (failure) {
      case ANCHOR -> {
        away = true;
        prepares = everOpened;
        blocked = "chain-unavailable";
        report(Status.DEGRADED, "waits: " + why);
        Duration next = longer();
        rest(prepares ? Duration.ZERO : next, nanos);
        pause = next;
      }
      case STORE -> {
        report(Status.DEGRADED, "waits for the store: " + why);
        rest(longer(), nanos);
      }
      case UNEXPECTED -> {
        report(Status.DEGRADED, "a step failed and is tried again: " + why);
        rest(longer(), nanos);
        if (++unexpected >= UNEXPECTED_IN_A_ROW) {
          resign(why, nanos);
        }
      }
      case FATAL -> resign(why, nanos);
    }
    return isResigned(nanos);
  }

  private void resign(String why, long nanos) {
    away = true;
    prepares = false;
    unexpected = 0;
    resigned = true;
    resignedUntil = nanos + resignation.toNanos();
    renewAt = nanos;
    pause = Duration.ZERO;
    report(
        Status.DOWN,
        "the checkpointer of this member failed and gave the lease up: %s. Another member leads; this one stands again after %d s"
            .formatted(why, resignation.toSeconds()));
  }

  private void forgetDemand() {
    if (handedOn != null && demand == handedOn) {
      demand = null;
      covered = false;
    }
    handedOn = null;
  }

  private void rest(Duration span, long nanos) {
    pause = span;
    rests = true;
    restUntil = nanos + span.toNanos();
  }

  private Duration longer() {
    Duration doubled = pause.compareTo(SOON) < 0 ? Duration.ofSeconds(1) : pause.multipliedBy(2);
    return min(doubled, LONGEST);
  }

  private static Duration min(Duration one, Duration other) {
    return one.compareTo(other) < 0 ? one : other;
  }

  private void report(Status status, String detail) {
    health = new Health(status, detail);
  }

  /** How well this member's part works. */
  public Health health() {
    return leaseTrouble == null || health.status == Status.DOWN
        ? health
        : new Health(Status.DEGRADED, "the lease cannot be read: " + leaseTrouble);
  }

  /** Why nothing is sent now, in the word of a metric's tag, or null. */
  public @Nullable String blocked() {
    return blocked;
  }
}
