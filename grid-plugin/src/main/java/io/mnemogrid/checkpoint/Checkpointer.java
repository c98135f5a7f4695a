package io.mnemogrid.checkpoint;

import io.mnemogrid.log.LogReader;
import io.mnemogrid.state.Hash;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What a leader does, a step at a time: compose a checkpoint when one is due, bring every stored
 * header to the anchor in order, and see each become final.
 *
 * <p>It reads the anchor before it writes, every time, and once before its first header. A header
 * is stored under the leader's epoch before anything is signed and never changes; what was signed
 * is stored before it is sent. So whoever goes on, after a crash, a takeover, a reorg or with an
 * empty chain, sends that header again, and no number ever has two. An anchor that is ahead of the
 * store, or holds another header, stops everything: then the store is not the one that the chain
 * knows.
 *
 * <p>One transaction waits at a time. It writes the first header that the anchor lacks and, where
 * several are stored, those that follow. Every transaction that was ever signed for a header is
 * remembered; whichever of them lands counts. One that waits too long is replaced: the same nonce,
 * a higher fee, so that only one of the two can be in a block.
 *
 * <p>Events are handed out as they happen, so a step that fails afterwards has reported what it
 * did. A step returns only when the next one is to be taken.
 *
 * <p>State lives in the store. The fields of this class are a cache: losing them in a restart costs
 * time or a fee, never correctness. One thread of one leader uses it.
 */
public final class Checkpointer {
  /** A step looks at this many transactions of one header, the newest first. */
  private static final int TRIED = 8;

  private static final Duration BUDGET_TIME = Duration.ofHours(24);

  /**
   * When a checkpoint is due and what it may cost.
   *
   * @param every a header is due when heads changed and this long has passed since the one before
   * @param versions a header is due after this many new versions, but not before a quarter of
   *     {@code every} has passed, so that the number of headers does not follow the rate of commits
   * @param backlog how many headers are prepared while none becomes final
   * @param replaceAfter a transaction that waits longer is replaced with a higher fee
   * @param reread the anchor is read at least this often, also when nothing is to be done
   * @param budget what transactions may cost in 24 hours
   * @param trusted authors whose headers are sent; empty for the anchor's own alone
   */
  public record Policy(
      Duration every,
      long versions,
      int backlog,
      Duration replaceAfter,
      Duration reread,
      Cost budget,
      Set<Address> trusted) {
    public Policy {
      trusted = Set.copyOf(trusted);
      if (backlog < 1) {
        throw new IllegalArgumentException("a backlog is at least 1, got " + backlog);
      }
    }

    /** What is usual: replaced after 30 s, read every 30 s, 32 in the backlog, no budget. */
    public static Policy of(Duration every, long versions) {
      Duration usual = Duration.ofSeconds(30);
      return new Policy(every, versions, 32, usual, usual, Cost.UNLIMITED, Set.of());
    }

    /** Between two checkpoints that nobody asked for, however many versions came. */
    Duration leastInterval() {
      return every.dividedBy(4);
    }

    /** This policy with these limits on what is spent. */
    public Policy withBudget(Cost value) {
      return new Policy(every, versions, backlog, replaceAfter, reread, value, trusted);
    }

    /** This policy with another time after which a waiting transaction is replaced. */
    public Policy withReplaceAfter(Duration value) {
      return new Policy(every, versions, backlog, value, reread, budget, trusted);
    }

    /** This policy with another longest time between two reads of the anchor. */
    public Policy withReread(Duration value) {
      return new Policy(every, versions, backlog, replaceAfter, value, budget, trusted);
    }

    /** This policy with these trusted authors. */
    public Policy withTrusted(Set<Address> value) {
      return new Policy(every, versions, backlog, replaceAfter, reread, budget, value);
    }
  }

  /** When the next step is to be taken. What happened in this step was handed out as events. */
  public enum Pace {
    /** After a while: nothing is due and everything stored is final. */
    IDLE,
    /** At once: a checkpoint has come further. */
    AT_ONCE,
    /** Soon: a checkpoint waits for the anchor. */
    SOON,
    /** Later each time: a checkpoint is blocked, or tried again. */
    LATER,
    /** Never under this epoch: the lease has another one. */
    DEPOSED,
    /** Seldom: nothing is written until somebody changed something. */
    STOPPED
  }

  /** Whether what was signed may be sent now. */
  private sealed interface Verdict {
    record Allowed(SignedTransaction transaction) implements Verdict {}

    record NotNow(StepEvent.Blocked why) implements Verdict {}
  }

  private final AuditedHeads audited;
  private final CheckpointStore store;
  private final Anchor anchor;
  private final Policy policy;
  private final BooleanSupplier leads;
  private final Consumer<StepEvent> events;
  private final HeadRules rules;
  private final Composer composer;
  private final Address author;
  private Anchor.@Nullable Anchored seen;
  private long seenAtHeight;
  private @Nullable Instant sentAgain;
  private long readInEpoch;
  private @Nullable Instant quietSince;

  /**
   * A checkpointer that writes to {@code anchor} what {@code audited} says is ready.
   *
   * @param leads asked right before each transaction is sent: whether the lease is still held
   * @param events gets each event as it happens, on the thread that steps
   */
  public Checkpointer(
      AuditedHeads audited,
      CheckpointStore store,
      LogReader log,
      Anchor anchor,
      Policy policy,
      BooleanSupplier leads,
      Consumer<StepEvent> events) {
    this(audited, store, anchor, policy, leads, events, new HeadRules(log));
  }

  private Checkpointer(
      AuditedHeads audited,
      CheckpointStore store,
      Anchor anchor,
      Policy policy,
      BooleanSupplier leads,
      Consumer<StepEvent> events,
      HeadRules rules) {
    this.audited = audited;
    this.store = store;
    this.anchor = anchor;
    this.policy = policy;
    this.leads = leads;
    this.events = events;
    this.author = anchor.author();
    this.rules = rules;
    this.composer = new Composer(audited, store, rules, author, policy, events);
  }

  /**
   * This checkpointer with a reopened anchor. What the rules have read of the logs is kept: a short
   * failure of a chain must not cost a read of all logs.
   */
  public Checkpointer at(Anchor reopened) {
    return new Checkpointer(audited, store, reopened, policy, leads, events, rules);
  }

  /**
   * Does the next thing there is to do.
   *
   * @param epoch the leader's
   * @param now the store's clock
   * @param demanded whether somebody asked for a checkpoint, so that none need be due
   * @throws AnchorUnavailable when the anchor cannot be used, and what the store throws
   */
  public Pace step(long epoch, Instant now, boolean demanded) {
    if (readInEpoch == epoch
        && quietSince != null
        && now.isBefore(quietSince.plus(policy.reread()))) {
      Pace prepared = prepare(epoch, now, demanded);
      if (prepared == Pace.AT_ONCE) {
        quietSince = null;
      }
      return prepared;
    }
    quietSince = null;
    long anchored = anchor.latest();
    long stored = store.newestHeader().map(StoredHeader::number).orElse(0L);
    Optional<StepEvent.Stopped> stop =
        disagreement(anchor, anchored, store, stored).or(this::mistrust);
    if (stop.isPresent()) {
      return told(stop.get(), Pace.STOPPED);
    }
    readInEpoch = epoch;
    if (!undo(anchored, stored, epoch)) {
      return Pace.DEPOSED;
    }
    List<StoredHeader> unfinished = store.unfinished(policy.backlog());
    Pace standing = await(unfinished, anchored, epoch);
    if (standing == Pace.AT_ONCE || standing == Pace.DEPOSED) {
      return standing;
    }
    Pace composed = prepare(epoch, now, demanded);
    if (composed != Pace.IDLE) {
      return composed;
    }
    if (anchored < stored) {
      return bring(anchored + 1, stored, epoch, now);
    }
    if (unfinished.isEmpty()) {
      quietSince = now;
      return Pace.IDLE;
    }
    return waits(unfinished.getFirst().number());
  }

  private Pace waits(long number) {
    return told(new StepEvent.Waiting(number), Pace.SOON);
  }

  /** Ends a step with this event. */
  private Pace told(StepEvent event, Pace pace) {
    events.accept(event);
    return pace;
  }

  /**
   * Composes a header if one is due, without asking the anchor, so that headers are prepared while
   * the anchor is away. It composes nothing before the anchor was read once in this epoch, and
   * nothing beyond the backlog.
   *
   * @return at once when a header is stored, else idle or deposed
   */
  public Pace prepare(long epoch, Instant now, boolean demanded) {
    return readInEpoch == epoch && store.unfinished(policy.backlog()).size() < policy.backlog()
        ? composer.compose(epoch, now, demanded)
        : Pace.IDLE;
  }

  /** Why nothing may be written, if the anchor is not the one that the store knows. */
  public static Optional<StepEvent.Stopped> disagreement(Anchor anchor, CheckpointStore store) {
    long anchored =
        anchor.latest(); // read before the store: a leader stores a header before it sends it
    long stored = store.newestHeader().map(StoredHeader::number).orElse(0L);
    return disagreement(anchor, anchored, store, stored);
  }

  private static Optional<StepEvent.Stopped> disagreement(
      Anchor anchor, long anchored, CheckpointStore store, long stored) {
    if (anchored > stored) {
      return Optional.of(
          new StepEvent.Stopped(
              "chain-ahead",
              "%s holds checkpoint %d, this store only %d: the store was restored from an older copy or is another grid's; use the store that wrote them, or a new contract"
                  .formatted(anchor.identity(), anchored, stored)));
    }
    if (anchored == 0) {
      return Optional.empty();
    }
    Hash ours = store.header(anchored).orElseThrow().hash();
    Hash theirs = anchor.find(anchored).map(Anchor.Anchored::hash).orElse(ours);
    return ours.equals(theirs)
        ? Optional.empty()
        : Optional.of(
            new StepEvent.Stopped(
                "chain-differs",
                "%s holds another header for checkpoint %d: it belongs to another store"
                    .formatted(anchor.identity(), anchored)));
  }

  /** The rule on authors, for what this leader would prepare itself. */
  private Optional<StepEvent.Stopped> mistrust() {
    return isTrusted(author)
        ? Optional.empty()
        : Optional.of(untrusted("this member writes", author));
  }

  private boolean isTrusted(Address who) {
    return policy.trusted().isEmpty() ? who.equals(author) : policy.trusted().contains(who);
  }

  private static StepEvent.Stopped untrusted(String what, Address who) {
    return new StepEvent.Stopped(
        "untrusted-author",
        what
            + " as "
            + who
            + ", which is not among the trusted authors; name it in MNEMOGRID_CHECKPOINT_AUTHORS if it is yours");
  }

  /**
   * Sets back the checkpoints after {@code anchored} that were found on the anchor earlier and are
   * no longer there. False if the lease has another epoch.
   */
  private boolean undo(long anchored, long stored, long epoch) {
    if (anchored == stored
        || store.header(anchored + 1).orElseThrow().status().ordinal()
            < StoredCheckpoint.Status.CONFIRMED.ordinal()) {
      return true;
    }
    long undone = store.undo(anchored, epoch);
    if (undone > 0) {
      events.accept(new CheckpointEvent.Undone(anchored, undone));
    }
    return undone >= 0;
  }

  /**
   * Brings the first header that the anchor lacks, and the headers that follow it, in one
   * transaction.
   */
  private Pace bring(long number, long stored, long epoch, Instant now) {
    StoredCheckpoint next = store.find(number).orElseThrow();
    if (next.transaction() == null && !isTrusted(next.checkpoint().manifest().author())) {
      return told(
          untrusted(
              "checkpoint " + number + " was prepared", next.checkpoint().manifest().author()),
          Pace.STOPPED);
    }
    List<OutboxEntry> tried = outbox(number);
    OutboxEntry waiting = null;
    OutboxEntry missing = null;
    String failure = null;
    for (OutboxEntry entry : tried) {
      switch (anchor.inclusion(entry.transaction())) {
        case Anchor.Inclusion.Included _ -> {
          return waits(number); // since the number was read
        }
        case Anchor.Inclusion.Waiting _ -> waiting = waiting == null ? entry : waiting;
        case Anchor.Inclusion.Missing _ -> missing = missing == null ? entry : missing;
        case Anchor.Inclusion.Failed failed -> {
          if (entry.cost() == null) {
            events.accept(new CheckpointEvent.Failed("reverted", failed.reason()));
          }
          if (!storeCost(entry, failed.cost(), epoch)) {
            return Pace.DEPOSED;
          }
          failure = failure == null ? failed.reason() : failure;
        }
        case Anchor.Inclusion.Displaced displaced -> {
          if (entry.cost() == null) {
            events.accept(new CheckpointEvent.Conflict(entry.transaction(), displaced.reason()));
          }
          if (!storeCost(entry, Cost.NONE, epoch)) {
            return Pace.DEPOSED;
          }
          failure = failure == null ? displaced.reason() : failure;
        }
        case Anchor.Inclusion.Foreign foreign ->
            failure = failure == null ? foreign.reason() : failure;
      }
    }
    if (waiting != null) {
      return now.isBefore(waitsSince(tried.getFirst()).plus(policy.replaceAfter()))
          ? waits(number)
          : replace(tried.getFirst().transaction(), number, stored, epoch, now);
    }
    if (missing != null && missing.transaction().first() == number) {
      return sendAgain(missing.transaction(), number, stored, epoch, now);
    }
    List<Checkpoint> batch = batch(number, stored);
    Verdict verdict = judge(anchor.sign(batch), number, now);
    if (batch.size() > 1 && verdict instanceof Verdict.NotNow) {
      verdict = judge(anchor.sign(batch.subList(0, 1)), number, now);
    }
    return send(verdict, number, CheckpointEvent.How.NEW, failure, epoch);
  }

  private Instant waitsSince(OutboxEntry entry) {
    return sentAgain != null && sentAgain.isAfter(entry.signed()) ? sentAgain : entry.signed();
  }

  /** The transactions that were signed for a header and for this very anchor, newest first. */
  private List<OutboxEntry> outbox(long number) {
    return store.outbox(number, TRIED).stream()
        .filter(entry -> entry.transaction().anchor().equals(anchor.identity()))
        .toList();
  }

  /** The headers from {@code number} on that go into one transaction. */
  private List<Checkpoint> batch(long number, long stored) {
    List<Checkpoint> batch = new ArrayList<>();
    for (long at = number; at <= stored && batch.size() < anchor.batchLimit(); at++) {
      StoredCheckpoint next = store.find(at).orElseThrow();
      if (at > number
          && next.transaction() == null
          && !isTrusted(next.checkpoint().manifest().author())) {
        break;
      }
      batch.add(next.checkpoint());
    }
    return batch;
  }

  /** A higher fee for a nonce, so that at most one of all that have it can be in a block. */
  private Pace replace(SignedTransaction stuck, long number, long stored, long epoch, Instant now) {
    Anchor.Signing signing =
        anchor.replace(stuck, batch(number, Math.clamp(stuck.last(), number, stored)));
    Verdict verdict = judge(signing, number, now);
    return send(verdict, number, CheckpointEvent.How.REPLACEMENT, null, epoch);
  }

  /**
   * Sends the same transaction again. One that the anchor refuses and still misses is replaced when
   * its fee is behind what is asked now.
   */
  private Pace sendAgain(
      SignedTransaction lost, long number, long stored, long epoch, Instant now) {
    if (!leads.getAsBoolean()) {
      return Pace.DEPOSED;
    }
    String refusal = refusal(lost);
    if (refusal == null) {
      sentAgain = now;
      events.accept(new CheckpointEvent.Sent(lost, CheckpointEvent.How.AGAIN));
      return Pace.AT_ONCE;
    }
    return anchor.isUnderpriced(lost)
        ? replace(lost, number, stored, epoch, now)
        : retried(number, refusal);
  }

  /** Hands it over; why the anchor refused what it still misses, null when it has it. */
  private @Nullable String refusal(SignedTransaction transaction) {
    try {
      anchor.send(transaction);
      return null;
    } catch (AnchorUnavailable e) {
      if (!(anchor.inclusion(transaction) instanceof Anchor.Inclusion.Missing)) {
        return null;
      }
      String reason = String.valueOf(e.getMessage());
      events.accept(new CheckpointEvent.Failed("refused", reason));
      return reason;
    }
  }

  private Pace retried(long number, String reason) {
    return told(new StepEvent.Retried(number, reason), Pace.LATER);
  }

  /** Judges what was signed by the cap on fees and by the budget. */
  private Verdict judge(Anchor.Signing signing, long number, Instant now) {
    return switch (signing) {
      case Anchor.Signing.AboveCap above ->
          new Verdict.NotNow(new StepEvent.Blocked(number, "fee-cap", above.detail()));
      case Anchor.Signing.Signed signed -> {
        SignedTransaction transaction = signed.transaction();
        Map<Long, Cost> day = reservations(now);
        Cost left = policy.budget().minus(spent(day, transaction.nonce()));
        Cost reserved = day.getOrDefault(transaction.nonce(), Cost.NONE);
        yield transaction.most().max(reserved).isWithin(left)
            ? new Verdict.Allowed(transaction)
            : new Verdict.NotNow(
                new StepEvent.Blocked(number, "budget", overBudget(transaction, left)));
      }
    };
  }

  /** Stores and sends what was signed, if it may be sent and while this member leads. */
  private Pace send(
      Verdict verdict, long number, CheckpointEvent.How how, @Nullable String failure, long epoch) {
    switch (verdict) {
      case Verdict.NotNow no -> {
        return told(no.why(), Pace.LATER);
      }
      case Verdict.Allowed allowed -> {
        SignedTransaction transaction = allowed.transaction();
        if (!store.sign(transaction, epoch) || !leads.getAsBoolean()) {
          return Pace.DEPOSED;
        }
        String refusal = refusal(transaction);
        if (refusal != null) {
          return retried(number, refusal);
        }
        events.accept(new CheckpointEvent.Sent(transaction, how));
        return failure == null ? Pace.AT_ONCE : retried(number, failure);
      }
    }
  }

  private static String overBudget(SignedTransaction transaction, Cost left) {
    return "the budget of 24 hours has %s left, the next transaction may take %s; it goes on by itself when earlier spending is a day old"
        .formatted(text(left), text(transaction.most()));
  }

  private static String text(Cost cost) {
    String gas = cost.limitsGas() ? cost.gas() + " gas" : "any gas";
    return gas + " and " + (cost.limitsCoin() ? cost.wei() + " wei" : "any coin");
  }

  /** What the budget has left now. */
  public Cost budgetLeft(Instant now) {
    return policy.budget().minus(spent(reservations(now), -1));
  }

  /** The sum of {@code day}, without the transactions of one nonce. */
  private static Cost spent(Map<Long, Cost> day, long without) {
    Cost spent = Cost.NONE;
    for (Map.Entry<Long, Cost> entry : day.entrySet()) {
      if (entry.getKey() != without) {
        spent = spent.plus(entry.getValue());
      }
    }
    return spent;
  }

  /**
   * By nonce, what the transactions of the last 24 hours cost or may still cost. Only one of the
   * transactions with the same nonce can be in a block, so a nonce counts once.
   */
  private Map<Long, Cost> reservations(Instant now) {
    if (policy.budget().equals(Cost.UNLIMITED)) {
      return Map.of(); // no limit needs them, and a day may have thousands
    }
    Map<Long, Cost> reservations = new HashMap<>();
    for (OutboxEntry entry : store.signedSince(now.minus(BUDGET_TIME))) {
      SignedTransaction transaction = entry.transaction();
      if (transaction.anchor().equals(anchor.identity())) {
        Cost cost = entry.cost();
        reservations.merge(
            transaction.nonce(), cost == null ? transaction.most() : cost, Cost::max);
      }
    }
    return reservations;
  }

  private boolean storeCost(OutboxEntry entry, Cost cost, long epoch) {
    if (cost.equals(entry.cost())) {
      return true;
    }
    if (!store.storeCost(entry.transaction().hash(), cost, epoch)) {
      return false;
    }
    if (entry.cost() == null) {
      events.accept(new CheckpointEvent.Paid(entry.transaction(), cost));
    }
    return true;
  }

  /**
   * Sees whether what the anchor holds is deep enough, the oldest first.
   *
   * @return at once when something became final, soon when something waits, else idle or deposed
   */
  private Pace await(List<StoredHeader> unfinished, long anchored, long epoch) {
    if (unfinished.isEmpty()) {
      return Pace.IDLE;
    }
    StoredHeader oldest = unfinished.getFirst();
    if (oldest.number() > anchored) {
      return Pace.SOON;
    }
    Pace pace = finish(oldest, anchored, epoch);
    if (pace != Pace.SOON) {
      return pace;
    }
    List<Long> brought =
        unfinished.stream()
            .filter(each -> each.status() != StoredCheckpoint.Status.CONFIRMED)
            .map(StoredHeader::number)
            .filter(number -> number <= anchored)
            .toList();
    return brought.isEmpty()
            || store.advance(
                brought.getFirst(), brought.getLast(), StoredCheckpoint.Status.CONFIRMED, epoch)
        ? pace
        : Pace.DEPOSED;
  }

  /**
   * Makes a checkpoint final when it is deep enough, and stores what its transactions cost. The
   * other checkpoints of the same transaction are as deep and become final with it. So after a
   * chain lost hundreds of headers, some dozens of steps bring them back.
   */
  private Pace finish(StoredHeader checkpoint, long anchored, long epoch) {
    long number = checkpoint.number();
    boolean brought = false;
    long through = 0;
    Map<OutboxEntry, Cost> costs = new HashMap<>();
    Set<String> looked = new HashSet<>();
    for (OutboxEntry entry : outbox(number)) {
      looked.add(entry.transaction().hash());
      switch (anchor.inclusion(entry.transaction())) {
        case Anchor.Inclusion.Included included -> {
          brought = true;
          if (included.confirmations() >= anchor.finalAfter()) {
            through = Math.max(through, Math.min(anchored, entry.transaction().last()));
          }
          costs.put(entry, included.cost());
        }
        case Anchor.Inclusion.Failed failed -> costs.put(entry, failed.cost());
        case Anchor.Inclusion.Displaced _ -> costs.put(entry, Cost.NONE);
        case Anchor.Inclusion.Waiting _,
            Anchor.Inclusion.Missing _,
            Anchor.Inclusion.Foreign _ -> {}
      }
    }
    if (!(brought ? through >= number : hasStoodLongEnough(number))) {
      return Pace.SOON;
    }
    for (Map.Entry<OutboxEntry, Cost> cost : costs.entrySet()) {
      if (!storeCost(cost.getKey(), cost.getValue(), epoch)) {
        return Pace.DEPOSED;
      }
    }
    long last = number;
    while (last < through && wroteOnlyBy(looked, last + 1)) {
      last++;
    }
    if (!store.advance(number, last, StoredCheckpoint.Status.FINALIZED, epoch)) {
      return Pace.DEPOSED;
    }
    for (long each = number; each <= last; each++) {
      StoredCheckpoint done = store.find(each).orElseThrow();
      events.accept(new CheckpointEvent.Finalized(done, done.latency()));
    }
    return Pace.AT_ONCE;
  }

  /** Whether every transaction that was signed for that header is among {@code looked}. */
  private boolean wroteOnlyBy(Set<String> looked, long number) {
    return outbox(number).stream().allMatch(entry -> looked.contains(entry.transaction().hash()));
  }

  /**
   * Whether a header that no stored transaction brought, but for example one of another leader, is
   * deep enough. The blocks are counted from the moment at which the header was first seen in its
   * block.
   */
  private boolean hasStoodLongEnough(long number) {
    if (anchor.finalAfter() <= 1) {
      return true;
    }
    long height =
        anchor
            .height(); // read before the header, so that too few blocks are counted rather than too
    // many
    Optional<Anchor.Anchored> standing = anchor.find(number);
    if (standing.isEmpty() || !standing.get().equals(seen)) {
      seen = standing.orElse(null);
      seenAtHeight = anchor.height();
      return false;
    }
    return height - seenAtHeight + 1 >= anchor.finalAfter();
  }
}
