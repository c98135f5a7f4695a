package io.mnemogrid.commit;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.Found;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.LogUnavailable.Trouble;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Quotas;
import io.mnemogrid.merge.Recall;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.policy.Policies;
import io.mnemogrid.policy.Policy;
import io.mnemogrid.state.OldTombstones;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.UpdateId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Turns waiting requests into conditional appends: a message goes in, actions come out. Several
 * members may run a committer for the same spaces. The log's head row decides whose append comes
 * first; the other member reads what it missed and resolves its requests again, with the same ids.
 *
 * <p>The words: a lane is a space with what waits for it. Requests board a {@link Flight}, which
 * means that they are resolved, each on top of the one before. At take-off the flights of all lanes
 * become one append (group commit). They fly until the log answers, and then land. One append is
 * under way at a time. Meanwhile what comes in boards on top of the heads that fly, so the next
 * append is ready when the log answers. If such a head does not arrive, what boarded on it is
 * resolved again.
 *
 * <p>An accepted delta is not looked up first, because the log refuses an id that it knows. A
 * refusal is answered only when two things are known: the head that it was judged against was the
 * log's head after the request came, and the log does not know the id. The first is known when the
 * append that it was judged in went through; otherwise the log is asked once more. So a repeated
 * request gets its first answer again, whatever else would speak against it, and nobody is refused
 * because this member lags.
 *
 * <p>After an append with an unknown outcome the same requests are tried again, and the head row
 * shows whether it happened. An append that the log refuses, or that fails twice, is halved by
 * requests, but never within a list. So a request that the log refuses is alone in the end, and it
 * alone is refused. A request whose resolving throws anything, also an {@link Error}, is left out
 * by itself and told so. One thread uses this class; no clock, no I/O.
 */
public final class Committer {
  /** How far an author's clock may be ahead of the store's. */
  public static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(5);

  /** An append takes no further request once it has this many updates. */
  static final int MAX_UPDATES_PER_APPEND = 4096;

  /** An append takes no further request once its records have this many bytes. */
  static final long MAX_BYTES_PER_APPEND = 16L << 20;

  private static final int AT_ONCE = 16;

  /**
   * A request that touches more leaves and KiB than this is resolved by another thread. A step
   * takes no further request once those that it resolved have come to this number. So a step
   * resolves at most twice as much, some 50 ms on one core, and other spaces wait no longer than
   * that.
   */
  static final int LARGE = 4096;

  /**
   * How long a large request lets others of its space go first. After that the others are held
   * until it is resolved.
   */
  private static final Duration BEHIND_OTHERS = Duration.ofSeconds(1);

  /** What the committer wants done; results come back by the method that each names. */
  public sealed interface Action {
    /**
     * Append: {@link #appended} or {@link #appendFailed}.
     *
     * @param requests whose updates these are, for each batch; more join while it is on its way,
     *     which repeat one of them
     */
    record Append(List<Batch> batches, List<Set<Request>> requests) implements Action {}

    /** Read the newest snapshot and what follows it: {@link #loaded} or {@link #readFailed}. */
    record Load(SpaceName space) implements Action {}

    /** Read the updates after a version: {@link #caughtUp} or {@link #readFailed}. */
    record CatchUp(SpaceName space, long since) implements Action {}

    /** Read the head and the updates with these ids: {@link #checked} or {@link #readFailed}. */
    record Check(SpaceName space, List<UpdateId> ids) implements Action {}

    /**
     * Read the tombstones that are older than what a state holds, up to version {@code upTo} at
     * least: {@link #recalled}, {@link #recallFailed} or {@link #recallBroken}.
     */
    record ReadOld(SpaceName space, long upTo, Recall wanted, List<Request> requests)
        implements Action {}

    /** Answer the asker, with one answer for each delta. */
    record Tell(long ticket, List<Answer> answers) implements Action {}

    /** Publish a new head with the updates that led to it. */
    record Publish(Snapshot head, List<Update> updates) implements Action {}

    /**
     * Let another thread resolve a large request, because it takes long: {@link Aside#resolve},
     * then {@link #resolved}.
     */
    record Resolve(SpaceName space, Aside aside) implements Action {}

    /**
     * Tell the operator what is wrong: the log has another history than this member had, cannot be
     * read, or a delta could not be resolved.
     */
    record Alarm(SpaceName space, String what) implements Action {}
  }

  /** A space, and what waits for it. */
  private static final class Lane {
    final SpaceName space;
    Deque<Request> waiting = new ArrayDeque<>();
    List<Request> loadingFor = List.of();
    @Nullable Snapshot head; // the newest that is known to be in the log
    @Nullable Flight flying; // in the append under way, on top of the head
    @Nullable Flight boarding; // for the next append, on top of what flies
    List<Flight.Doubt> doubts = new ArrayList<>(); // that the log is to be asked about
    List<Flight.Doubt> checking = List.of(); // that the log is being asked about
    Map<UpdateId, Update> found = Map.of(); // so far, of the first of them
    final Set<Request> recalling = new LinkedHashSet<>(); // whose old tombstones are being read
    final Map<UpdateId, Long> mayLand = new HashMap<>(); // by a failed append, on that version
    boolean stale; // the head is not the log's newest
    boolean reading; // of the head or what follows it
    final Deque<Request> large = new ArrayDeque<>(); // wait behind all others
    long largeSinceNanos; // since when the first of them does
    @Nullable Aside aside; // the one that is being resolved, on top of the head
    boolean holding; // others, for a large one

    Lane(SpaceName space) {
      this.space = space;
    }

    boolean isIdle() {
      return waiting.isEmpty()
          && boarding == null
          && recalling.isEmpty()
          && large.isEmpty()
          && aside == null;
    }

    /** Whether nothing is known of it but what the log has. */
    boolean isForgettable() {
      return isIdle()
          && flying == null
          && !reading
          && doubts.isEmpty()
          && checking.isEmpty()
          && mayLand.isEmpty();
    }

    /** The version that the next request is resolved against; null when it must be read first. */
    @Nullable Snapshot tip() {
      return flying == null ? head : flying.after();
    }
  }

  private final int atOnce;
  private final BiFunction<SpaceName, State, Policy> policies;
  private Quotas quotas = Quotas.DEFAULT;
  private long gridBytes; // of the documents that are kept, as they were counted lately
  private final Map<SpaceName, Lane> lanes = new HashMap<>();

  /** The lanes in which something waits or boards, in the order of their turns. */
  private final Set<Lane> busy = new LinkedHashSet<>();

  /** The tombstones that were read for requests with an old base, by ticket. */
  private final Map<Long, OldTombstones> recalled = new HashMap<>();

  /** The tickets of requests that were in an append of unknown outcome. */
  private final Set<Long> maybeApplied = new HashSet<>();

  private List<Lane> inFlight = List.of();
  private boolean more; // could be resolved at once
  private int boarded; // updates that board, in all lanes
  private int boardedRequests; // whose updates these are
  private long boardedBytes; // of their records
  private int mostRequests = MAX_UPDATES_PER_APPEND; // of the next append: less after failures
  private int failures; // of appends, one after the other
  private long work; // of the step under way
  private int asked; // reads under way, in all lanes
  private List<Action> actions = new ArrayList<>();

  /** A committer without any space. */
  public Committer() {
    this(AT_ONCE);
  }

  /**
   * A committer whose step resolves at most {@code atOnce} requests, or half of those waiting if
   * that is more.
   */
  public Committer(int atOnce) {
    this(atOnce, new Policies()::in);
  }

  /**
   * As {@link #Committer(int)}.
   *
   * @param policies finds the policy in the document of a space, whose rules then hold for what is
   *     resolved against it
   */
  public Committer(int atOnce, BiFunction<SpaceName, State, Policy> policies) {
    this.atOnce = atOnce;
    this.policies = policies;
  }

  /** Sets the limits up to which documents may grow from now on. */
  public void limit(Quotas limits) {
    quotas = limits;
  }

  /** Sets how many bytes the documents have that this member keeps, as they were counted lately. */
  public void counted(long bytes) {
    gridBytes = bytes;
  }

  /** Takes a request; sooner or later an {@link Action.Tell} answers it. */
  public void submit(Request request) {
    Lane lane = lane(request.space());
    lane.waiting.add(request);
    busy.add(lane);
  }

  /** Offers a newer head that this member got otherwise, so that it need not be read. */
  public void offer(Snapshot head) {
    Lane lane = lanes.get(head.space());
    if (lane != null
        && lane.flying == null
        && lane.boarding == null
        && lane.aside == null
        && !lane.reading
        && (lane.head == null || lane.head.version() < head.version())) {
      lane.head = head;
    }
  }

  /**
   * Forgets the head of a space, unless something is under way for it; it is read again for the
   * next request.
   */
  public void forget(SpaceName space) {
    Lane lane = lanes.get(space);
    if (lane != null && lane.isForgettable() && !busy.contains(lane)) {
      lanes.remove(space);
    }
  }

  /** As {@link #forget}, all spaces but some. O(spaces known). */
  public void forgetAllBut(Predicate<SpaceName> kept) {
    lanes
        .values()
        .removeIf(lane -> lane.isForgettable() && !busy.contains(lane) && !kept.test(lane.space));
  }

  /** How many spaces it knows. */
  int lanes() {
    return lanes.size();
  }

  /** Whether any request is unanswered. */
  public boolean isBusy() {
    return !inFlight.isEmpty() || !busy.isEmpty() || asked > 0;
  }

  /** Whether the next step would resolve more without any further message. */
  public boolean hasMore() {
    return more;
  }

  /**
   * Goes on: gives up what is past its deadline, asks for what must be read, resolves what came in,
   * and starts the next append when none is under way.
   *
   * <p>When many requests wait, it resolves half of them. Their append then begins while the others
   * are resolved, so neither of the two threads waits for long. {@link #hasMore} says whether
   * others are left; the spaces take turns.
   *
   * @param now the store's clock
   * @param nanos this member's monotonic clock
   */
  public List<Action> step(Instant now, long nanos) {
    int waiting = 0;
    for (Lane lane : busy) {
      waiting += lane.waiting.size();
    }
    int left = Math.max(atOnce, (waiting + 1) / 2);
    work = 0;
    List<Lane> unfinished = new ArrayList<>();
    for (Iterator<Lane> each = busy.iterator(); each.hasNext(); ) {
      Lane lane = each.next();
      if (lane.flying == null && lane.boarding == null) {
        read(lane);
      }
      giveUpRecalling(lane, nanos);
      if (!canBoard(lane)) {
        giveUp(lane, nanos);
      } else {
        left -= board(lane, now, nanos, left);
        if (!lane.waiting.isEmpty()) {
          unfinished.add(lane);
        }
      }
      resolveAside(lane, now, nanos);
      if (lane.isIdle()) {
        each.remove();
      }
    }
    more = !unfinished.isEmpty() && hasRoom();
    unfinished.forEach(busy::remove); // and to the end of the queue
    busy.addAll(unfinished);
    if (inFlight.isEmpty()) {
      takeOff();
    }
    return takeActions();
  }

  private boolean hasRoom() {
    return boarded < MAX_UPDATES_PER_APPEND
        && boardedRequests < mostRequests
        && boardedBytes < MAX_BYTES_PER_APPEND;
  }

  /**
   * Gives up all requests that are not in the append under way, so that another member can commit
   * them. Each is answered that it left no trace here, unless an earlier append of it may have.
   */
  public List<Action> abandon(String why) {
    for (Lane lane : lanes.values()) {
      disembark(lane);
      lane.waiting.addAll(lane.recalling);
      lane.recalling.clear();
      lane.waiting.addAll(lane.large);
      lane.large.clear();
      lane.holding = lane.aside != null;
      lane.waiting.forEach(request -> {
        boolean unknown = isUnknown(lane, request);
        tellAll(request, unknown ? new Answer.Unavailable(true, why) : new Answer.Elsewhere(why));
      });
      lane.waiting.clear();
      busy.remove(lane);
    }
    more = false;
    return takeActions();
  }

  /** Puts what boards back among what waits. */
  private void disembark(Lane lane) {
    Flight boarding = lane.boarding;
    if (boarding != null) {
      lane.boarding = null;
      forgetBoarded(boarding);
      wait(lane, boarding.requests());
    }
  }

  private void countBoarded(Flight flight) {
    boarded += flight.updates().size();
    boardedRequests += flight.carried().size();
    boardedBytes += flight.sizeBytes();
  }

  private void forgetBoarded(Flight flight) {
    boarded -= flight.updates().size();
    boardedRequests -= flight.carried().size();
    boardedBytes -= flight.sizeBytes();
  }

  /**
   * Gives up what is past its deadline. It is all that can be done while the store's clock cannot
   * be read.
   */
  public List<Action> expire(long nanos) {
    for (Lane lane : busy) {
      giveUp(lane, nanos);
      giveUpRecalling(lane, nanos);
    }
    busy.removeIf(Lane::isIdle);
    return takeActions();
  }

  /**
   * Starts to resolve a large request when nothing else of its space waits, or when it has waited
   * for long. From then on the others of the space are held until it is resolved.
   */
  private void resolveAside(Lane lane, Instant now, long nanos) {
    if (lane.large.isEmpty() || lane.aside != null) {
      return;
    }
    lane.holding |=
        lane.waiting.isEmpty() || nanos - lane.largeSinceNanos > BEHIND_OTHERS.toNanos();
    Snapshot head = lane.head;
    boolean still = lane.flying == null && lane.boarding == null && !lane.reading && !lane.stale;
    if (lane.holding && still && head != null) {
      Request request = lane.large.remove();
      if (lacksOld(head, request)) { // others came between since it was recalled
        lane.holding = false;
        wait(lane, List.of(request));
        return;
      }
      Aside aside = new Aside(new Flight(head), request, now, old(request), room());
      lane.aside = aside;
      actions.add(new Action.Resolve(lane.space, aside));
    }
  }

  /** A large request was resolved; it goes into the next append. */
  public List<Action> resolved(SpaceName space) {
    Lane lane = lane(space);
    Aside aside = lane.aside;
    if (aside == null) {
      return takeActions();
    }
    lane.aside = null;
    lane.holding = false;
    Snapshot head = lane.head;
    Flight flight = aside.flight();
    Throwable failure = aside.failure();
    if (failure != null) {
      drop(lane, aside.request(), failure);
    } else if (head == null || lane.stale || !head.head().isSame(flight.expected())) {
      wait(lane, List.of(aside.request()));
    } else {
      lane.boarding = flight;
      countBoarded(flight);
      busy.add(lane);
      finishIfEmpty(lane);
    }
    return takeActions();
  }

  private OldTombstones old(Request request) {
    return recalled.getOrDefault(request.ticket(), OldTombstones.NONE);
  }

  private Flight.Room room() {
    return new Flight.Room(quotas, gridBytes, policies);
  }

  /** Puts the large requests back among the others. */
  private void mix(Lane lane) {
    if (!lane.large.isEmpty()) {
      List<Request> back = List.copyOf(lane.large);
      lane.large.clear();
      lane.holding = false;
      wait(lane, back);
    }
  }

  private void read(Lane lane) {
    if (lane.aside != null) {
      return;
    }
    if (lane.head == null || lane.stale) {
      mix(lane);
    }
    Snapshot head = lane.head;
    if (lane.reading || !lane.checking.isEmpty() || lane.waiting.isEmpty()) {
      return;
    }
    if (head == null) {
      lane.loadingFor = List.copyOf(lane.waiting);
      ask(lane, new Action.Load(lane.space));
    } else if (lane.stale) {
      ask(lane, new Action.CatchUp(lane.space, head.version()));
    }
  }

  private void ask(Lane lane, Action read) {
    lane.reading = true;
    asked++;
    actions.add(read);
  }

  private void answered(Lane lane) {
    lane.reading = false;
    asked--;
    check(lane);
  }

  private static boolean canBoard(Lane lane) {
    return lane.tip() != null && !lane.stale && !lane.reading && !lane.holding;
  }

  /** Resolves at most {@code most} requests, and returns how many it took. */
  private int board(Lane lane, Instant now, long nanos, int most) {
    int taken = 0;
    List<Request> lacking = new ArrayList<>();
    while (!lane.waiting.isEmpty() && taken < most && work < LARGE && hasRoom()) {
      taken++;
      Request request = lane.waiting.remove();
      if (isOver(request, nanos)) {
        giveUp(lane, request);
        continue;
      }
      try {
        if (!board(lane, request, now, nanos)) {
          lacking.add(request);
        }
      } catch (RuntimeException | Error e) {
        drop(lane, request, e); // a delta that cannot even be resolved harms nobody else
        if (e instanceof OutOfMemoryError) {
          disembark(lane); // the flight may have taken in half of what the request made
        }
      }
    }
    recall(lane, lacking);
    finishIfEmpty(lane);
    return taken;
  }

  /** Boards a request, or puts it aside as a large one; false when it lacks old tombstones. */
  private boolean board(Lane lane, Request request, Instant now, long nanos) {
    Snapshot tip = Objects.requireNonNull(lane.tip());
    long weight = weigh(request, tip.state());
    if (weight > LARGE && !lacksOld(tip, request)) {
      if (lane.large.isEmpty()) {
        lane.largeSinceNanos = nanos;
      }
      lane.large.add(request);
      return true;
    }
    work += weight;
    if (lane.flying != null && lane.flying.joins(request)) {
      return true;
    }
    Flight flight = lane.boarding;
    if (flight == null) {
      flight = new Flight(tip);
      lane.boarding = flight;
    }
    if (lacksOld(flight.after(), request)) {
      return false;
    }
    forgetBoarded(flight);
    try {
      if (!flight.joins(request)) {
        flight.board(request, now, old(request), room());
      }
    } finally {
      countBoarded(flight);
    }
    return true;
  }

  /** Whether the head no longer holds tombstones that a delta of this request has not seen. */
  private boolean lacksOld(Snapshot head, Request request) {
    long after = head.version() + request.deltas().size();
    long forgotten =
        Math.min(head.version(), forgottenAt(after)); // a delta of a list has seen those before it
    OldTombstones known = recalled.getOrDefault(request.ticket(), OldTombstones.NONE);
    return forgotten > known.upTo()
        && request.deltas().stream()
            .anyMatch(delta -> delta instanceof Delta.Edit && delta.base() < forgotten)
        && !Recall.of(request.deltas()).isEmpty();
  }

  private static long forgottenAt(long version) {
    return version - State.REMEMBERED_VERSIONS;
  }

  private void recall(Lane lane, List<Request> lacking) {
    Snapshot head = lane.tip();
    if (lacking.isEmpty() || head == null) {
      return;
    }
    int deltas = 0;
    List<Delta> all = new ArrayList<>();
    for (Request request : lacking) {
      deltas = Math.max(deltas, request.deltas().size());
      all.addAll(request.deltas());
    }
    lane.recalling.addAll(lacking);
    // Others may board before: what is read reaches a little further than is needed now.
    long upTo = forgottenAt(head.version() + deltas + MAX_UPDATES_PER_APPEND);
    long most = Math.min(head.version(), upTo);
    actions.add(new Action.ReadOld(lane.space, most, Recall.of(all), List.copyOf(lacking)));
  }

  /**
   * The old tombstones that an {@link Action.ReadOld} asked for were read; its requests wait again.
   */
  public List<Action> recalled(Action.ReadOld asked, OldTombstones old) {
    asked.requests().forEach(request -> recalled.put(request.ticket(), old));
    return recallFailed(asked);
  }

  /** The old tombstones could not be read; the next step asks for them again. */
  public List<Action> recallFailed(Action.ReadOld asked) {
    Lane lane = lane(asked.space());
    List<Request> back = new ArrayList<>();
    for (Request request : asked.requests()) {
      if (lane.recalling.remove(request)) {
        back.add(request);
      } else {
        recalled.remove(request.ticket()); // it was given up meanwhile
      }
    }
    wait(lane, back);
    return takeActions();
  }

  /**
   * The log from which the old tombstones are made is damaged. The requests that need them are
   * answered that; the space serves all others.
   */
  public List<Action> recallBroken(Action.ReadOld asked, BrokenHistory what) {
    Lane lane = lane(asked.space());
    for (Request request : asked.requests()) {
      if (lane.recalling.remove(request)) {
        tellBroken(lane, request, what);
      }
    }
    actions.add(new Action.Alarm(lane.space, String.valueOf(what.getMessage())));
    return takeActions();
  }

  private void giveUpRecalling(Lane lane, long nanos) {
    lane.recalling.removeIf(request -> {
      boolean over = isOver(request, nanos);
      if (over) {
        giveUp(lane, request);
      }
      return over;
    });
  }

  private void drop(Lane lane, Request request, Throwable why) {
    actions.add(
        new Action.Alarm(
            request.space(), "a delta could not be resolved and was left out: " + why));
    tellUnavailable(lane, request, "this delta could not be resolved: " + why);
  }

  /**
   * About how many leaves and KiB a request touches. Above {@link #LARGE}, it is any number above
   * that.
   */
  private static long weigh(Request request, State head) {
    long weight = 0;
    for (Delta delta : request.deltas()) {
      if (weight > LARGE) {
        break;
      }
      weight += delta.weigh(head, LARGE - weight);
    }
    return weight;
  }

  /** A flight without any update makes no append, so the log is asked about its doubts at once. */
  private void finishIfEmpty(Lane lane) {
    Flight flight = lane.boarding;
    if (flight != null && lane.flying == null && flight.updates().isEmpty()) {
      lane.boarding = null;
      lane.doubts.addAll(flight.doubts());
      check(lane);
    }
  }

  private static boolean isOver(Request request, long nanos) {
    return request.deadlineNanos() - nanos <= 0;
  }

  private void giveUp(Lane lane, long nanos) {
    lane.large.removeIf(request -> {
      boolean over = isOver(request, nanos);
      if (over) {
        giveUp(lane, request);
      }
      return over;
    });
    lane.waiting.removeIf(request -> {
      boolean over = isOver(request, nanos);
      if (over) {
        giveUp(lane, request);
      }
      return over;
    });
  }

  private void giveUp(Lane lane, Request request) {
    tellUnavailable(lane, request, "the store did not answer in time");
  }

  /** Whether an append of these ids, by this request or an earlier one, may have gone through. */
  private boolean isUnknown(Lane lane, Request request) {
    return maybeApplied.contains(request.ticket()) || mayLand(lane, request);
  }

  private void tellUnavailable(Lane lane, Request request, String why) {
    tellAll(request, new Answer.Unavailable(isUnknown(lane, request), why));
  }

  /**
   * Makes one append of the flights that board. A flight goes as a whole; one with too many
   * requests waits for the next append.
   */
  private void takeOff() {
    List<Lane> flights = new ArrayList<>();
    List<Batch> batches = new ArrayList<>();
    List<Set<Request>> carried = new ArrayList<>();
    int requests = 0;
    boarded = 0;
    boardedRequests = 0;
    boardedBytes = 0;
    for (Iterator<Lane> each = busy.iterator(); each.hasNext(); ) {
      Lane lane = each.next();
      Flight flight = lane.boarding;
      if (flight == null) {
        continue;
      }
      if (requests > 0 && requests + flight.carried().size() > mostRequests) {
        countBoarded(flight);
        continue;
      }
      requests += flight.carried().size();
      lane.flying = flight;
      lane.boarding = null;
      flights.add(lane);
      batches.add(flight.batch());
      carried.add(flight.answers().keySet());
      if (lane.isIdle()) {
        each.remove();
      }
    }
    if (!batches.isEmpty()) {
      inFlight = flights;
      actions.add(new Action.Append(batches, carried));
    }
  }

  /** What became of the batches of the last {@link Action.Append}, in their order. */
  public List<Action> appended(List<Appended> outcomes) {
    List<Lane> landed = inFlight;
    inFlight = List.of();
    failures = 0;
    mostRequests = Math.min(MAX_UPDATES_PER_APPEND, 2 * mostRequests);
    for (int i = 0; i < landed.size(); i++) {
      Lane lane = landed.get(i);
      Flight flight = lane.flying;
      lane.flying = null;
      if (flight != null) {
        land(lane, flight, outcomes.get(i));
      }
    }
    return appendingFirst(takeActions());
  }

  /** Puts the next append first, before all that landing requires, because the log waits for it. */
  private List<Action> appendingFirst(List<Action> landing) {
    takeOff();
    List<Action> all = takeActions();
    all.addAll(landing);
    return all;
  }

  private void land(Lane lane, Flight flight, Appended outcome) {
    switch (outcome) {
      case Appended.Committed _ -> {
        lane.head = flight.after();
        forgetLanded(lane);
        // published first, so that an author who is answered finds its write at this member
        actions.add(new Action.Publish(flight.after(), flight.updates()));
        flight.answers().forEach(this::tell);
        // What was refused in it was judged against versions that are in the log.
        for (Flight.Doubt doubt : flight.doubts()) {
          lane.doubts.add(new Flight.Doubt(doubt.request(), doubt.refusals(), null));
        }
        finishIfEmpty(lane);
        check(lane);
      }
      case Appended.Moved _ -> {
        lane.stale = true;
        requeue(lane, flight);
      }
      case Appended.Known known -> {
        requeue(lane, flight);
        answerKnown(lane, flight, known.found());
      }
      case Appended.NoSpace _ -> {
        Set<Request> tried = requeue(lane, flight);
        refuseUnknown(lane, tried);
      }
      case Appended.Broken broken -> {
        requeue(lane, flight);
        giveUpOnLog(lane, broken.what());
      }
    }
  }

  /** The last {@link Action.Append} failed; all of it is tried again. */
  public List<Action> appendFailed(LogUnavailable.Outcome outcome) {
    return appendFailed(outcome, Trouble.AWAY, "the store did not answer");
  }

  /**
   * The last {@link Action.Append} failed. Its requests are tried again, and in halves if the log
   * refused it or it is not the first to fail. There are two exceptions. If the log has no room,
   * all of them are given up. If the log refuses a request that is alone, twice, that request is
   * refused.
   *
   * @param why for the author of a request that is not tried again
   */
  public List<Action> appendFailed(LogUnavailable.Outcome outcome, Trouble trouble, String why) {
    List<Lane> failed = inFlight;
    inFlight = List.of();
    int requests = 0;
    for (Lane lane : failed) {
      requests += lane.flying == null ? 0 : lane.flying.carried().size();
    }
    failures++;
    if (trouble == Trouble.REFUSED || failures > 1) {
      mostRequests = Math.max(1, Math.min(mostRequests, requests / 2));
    }
    boolean guilty = trouble == Trouble.REFUSED && requests == 1 && failures > 1;
    for (Lane lane : failed) {
      Flight flight = lane.flying;
      lane.flying = null;
      if (flight == null) {
        continue;
      }
      if (outcome == LogUnavailable.Outcome.UNKNOWN) {
        long version = flight.expected().version();
        flight.answers().keySet().forEach(request -> maybeApplied.add(request.ticket()));
        flight.updates().forEach(update -> lane.mayLand.merge(update.id(), version, Math::max));
        lane.stale = true;
      }
      requeue(lane, flight);
      if (trouble == Trouble.FULL) {
        failures = 0;
        end(lane, flight.answers().keySet(), request -> tellUnavailable(lane, request, why));
      } else if (guilty) {
        failures = 0;
        end(lane, flight.carried(), request -> refuse(lane, request, why));
      }
    }
    return takeActions();
  }

  private static void end(Lane lane, Set<Request> over, Consumer<Request> tell) {
    lane.waiting.removeIf(request -> {
      boolean ends = over.contains(request);
      if (ends) {
        tell.accept(request);
      }
      return ends;
    });
  }

  /**
   * Refuses a request that the log does not accept. Which delta of a list the log means is not
   * known, so the first one is named.
   */
  private void refuse(Lane lane, Request request, String why) {
    if (isUnknown(lane, request)) {
      tellUnavailable(lane, request, why);
      return;
    }
    List<Answer> answers = new ArrayList<>();
    answers.add(new Answer.Refused(new Refusal.StoreRefused(why)));
    answers.addAll(Collections.nCopies(request.deltas().size() - 1, new Answer.RefusedWith(0)));
    tell(request, answers);
  }

  /**
   * Puts all requests of this flight, and of the one on top of it, back among those that wait, in
   * the order in which they came. Returns these requests.
   */
  private Set<Request> requeue(Lane lane, Flight flight) {
    Set<Request> back = new LinkedHashSet<>(flight.requests());
    Flight next = lane.boarding;
    if (next != null) {
      forgetBoarded(next);
      back.addAll(next.requests());
      lane.boarding = null;
    }
    wait(lane, back);
    return back;
  }

  private void wait(Lane lane, Collection<Request> back) {
    List<Request> all = new ArrayList<>(back);
    all.addAll(lane.waiting);
    all.sort(Comparator.comparingLong(Request::ticket));
    lane.waiting = new ArrayDeque<>(all);
    if (!all.isEmpty()) {
      busy.add(lane);
    }
  }

  /** Asks the log whether the doubted requests really are refused. */
  private void check(Lane lane) {
    if (lane.doubts.isEmpty() || !lane.checking.isEmpty() || lane.reading) {
      return; // one read at a time, so that a failed one is known by its space
    }
    lane.checking = lane.doubts;
    lane.doubts = new ArrayList<>();
    asked++;
    actions.add(
        new Action.Check(
            lane.space,
            lane.checking.stream()
                .flatMap(doubt -> ids(doubt.request()))
                .distinct()
                .filter(id -> !lane.found.containsKey(id))
                .toList()));
  }

  private static Stream<UpdateId> ids(Request request) {
    return request.deltas().stream().map(Delta::id);
  }

  private List<Flight.Doubt> checkedDoubts(Lane lane) {
    List<Flight.Doubt> doubts = lane.checking;
    lane.checking = List.of();
    lane.found = Map.of();
    asked--;
    return doubts;
  }

  /**
   * The log's head, and what the log found of the ids that an {@link Action.Check} named. It is
   * asked again for the ids that are left.
   */
  public List<Action> checked(SpaceName space, Optional<LogHead> now, Found answer) {
    Lane lane = lane(space);
    Map<UpdateId, Update> known = new HashMap<>(lane.found);
    known.putAll(answer.updates());
    List<Flight.Doubt> doubts = checkedDoubts(lane);
    if (now.isEmpty()) {
      List<Request> tried = doubts.stream().map(Flight.Doubt::request).toList();
      wait(lane, tried);
      refuseUnknown(lane, tried);
      return takeActions();
    }
    forgetLanded(lane, now.get().version());
    List<Request> again = new ArrayList<>();
    Set<UpdateId> unread = Set.copyOf(answer.left());
    List<Flight.Doubt> left = new ArrayList<>();
    for (Flight.Doubt doubt : doubts) {
      Request request = doubt.request();
      if (ids(request).anyMatch(unread::contains)) {
        left.add(doubt);
        continue;
      }
      List<Answer> answers = Flight.answersFrom(known, request);
      if (answers != null) {
        tell(request, answers);
      } else if (doubt.refusals().isEmpty() || !doubt.isRight(now.get())) {
        again.add(request);
      } else if (mayLand(lane, request)
          && (Answer.isConditionFailed(doubt.refusals()) // an earlier sending may have had none
              || !Answer.isLastingRefusal(request.deltas(), doubt.refusals()))) {
        // An earlier append of unknown outcome may still land on this head, so no look-up settles
        // it.
        tellAll(request, new Answer.Unavailable(true, "an earlier append of it may still land"));
      } else {
        tell(request, doubt.refusals());
      }
    }
    wait(lane, again);
    Snapshot head = lane.head;
    lane.stale |= !again.isEmpty() && head != null && !head.head().isSame(now.get());
    if (!left.isEmpty()) { // what was found is kept for the first doubt alone: it bounds the memory
      known.keySet().retainAll(ids(left.getFirst().request()).toList());
      lane.found = known;
      lane.doubts.addAll(0, left);
    }
    check(lane);
    return takeActions();
  }

  private static void forgetLanded(Lane lane) {
    Snapshot head = lane.head;
    if (head != null) {
      forgetLanded(lane, head.version());
    }
  }

  /**
   * An append of unknown outcome can no longer land once the log's head is beyond the version that
   * it was built on.
   */
  private static void forgetLanded(Lane lane, long head) {
    if (!lane.mayLand.isEmpty()) {
      lane.mayLand.values().removeIf(version -> version < head);
    }
  }

  private static boolean mayLand(Lane lane, Request request) {
    return !lane.mayLand.isEmpty()
        && request.deltas().stream().anyMatch(delta -> lane.mayLand.containsKey(delta.id()));
  }

  /**
   * Answers the requests of this flight whose updates the log has already. The log's answer is
   * bounded: a request with ids that were not looked up is looked up by itself.
   */
  private void answerKnown(Lane lane, Flight flight, Found known) {
    Set<UpdateId> unread = Set.copyOf(known.left());
    lane.waiting.removeIf(request -> {
      if (!flight.answers().containsKey(request)) {
        return false;
      }
      if (ids(request).anyMatch(unread::contains)) {
        lane.doubts.add(new Flight.Doubt(request, List.of(), null));
        return true;
      }
      List<Answer> answers = Flight.answersFrom(known.updates(), request);
      if (answers != null) {
        tell(request, answers);
      }
      return answers != null;
    });
    check(lane);
  }

  /**
   * Refuses the requests that came before the log said that it has no such space. Those that came
   * later are tried: the space may have been created since.
   */
  private void refuseUnknown(Lane lane, Collection<Request> asked) {
    Set<Request> all = new HashSet<>(asked);
    lane.head = null;
    lane.waiting.removeIf(request -> {
      if (!all.contains(request)) {
        return false;
      }
      tellAll(request, new Answer.Refused(new Refusal.UnknownSpace()));
      return true;
    });
    boolean idle = lane.isIdle() && lane.flying == null && !lane.reading;
    if (idle && lane.checking.isEmpty() && lane.mayLand.isEmpty()) {
      lanes.remove(lane.space);
      busy.remove(lane);
    }
  }

  /** The newest snapshot with all that follows it; empty when the space was never created. */
  public List<Action> loaded(SpaceName space, Optional<Snapshot> head) {
    Lane lane = lane(space);
    answered(lane);
    if (head.isEmpty()) {
      refuseUnknown(lane, lane.loadingFor);
    } else {
      lane.head = head.get();
      lane.stale = false;
    }
    lane.loadingFor = List.of();
    return takeActions();
  }

  /**
   * The first updates after the version that an {@link Action.CatchUp} named, and the log's head as
   * it was before they were read. If the updates do not reach that head, the next step asks for
   * more.
   */
  public List<Action> caughtUp(SpaceName space, LogHead now, List<Update> updates) {
    Lane lane = lane(space);
    answered(lane);
    Snapshot head = lane.head;
    if (head == null) {
      return takeActions();
    }
    try {
      for (Update update : updates) {
        head = head.plus(update);
      }
    } catch (BrokenHistory e) {
      forget(lane, String.valueOf(e.getMessage()));
      return takeActions();
    }
    if (head.version() < now.version() && !updates.isEmpty()) {
      lane.head = head;
      return takeActions();
    }
    boolean other =
        head.version() < now.version()
            || head.version() == now.version() && !head.head().isSame(now)
            || updates.isEmpty() && head.version() > now.version();
    if (other) {
      forget(lane, "the log is at version " + now.version() + " of another history");
      return takeActions();
    }
    lane.head = head;
    lane.stale = false;
    forgetLanded(lane);
    return takeActions();
  }

  private void forget(Lane lane, String what) {
    lane.waiting.forEach(
        request -> recalled.remove(request.ticket())); // the tombstones are of another history
    lane.head = null;
    lane.stale = false;
    actions.add(new Action.Alarm(lane.space, what));
  }

  /**
   * What was read of a space is damaged. Nothing can be judged there, and all who wait for it are
   * answered that.
   */
  public List<Action> broken(SpaceName space, BrokenHistory what) {
    Lane lane = lane(space);
    if (lane.reading) {
      answered(lane);
    } else {
      wait(lane, checkedDoubts(lane).stream().map(Flight.Doubt::request).toList());
    }
    giveUpOnLog(lane, what);
    return takeActions();
  }

  private void giveUpOnLog(Lane lane, BrokenHistory what) {
    for (Request request : lane.waiting) {
      tellBroken(lane, request, what);
    }
    lane.waiting.clear();
    forget(lane, String.valueOf(what.getMessage()));
  }

  private void tellBroken(Lane lane, Request request, BrokenHistory what) {
    boolean unknown = isUnknown(lane, request);
    tellAll(
        request,
        unknown
            ? new Answer.Unavailable(true, String.valueOf(what.getMessage()))
            : Answer.Damaged.of(what));
  }

  /** A read failed; the next step asks for it again. */
  public List<Action> readFailed(SpaceName space) {
    Lane lane = lane(space);
    if (lane.reading) {
      answered(lane);
    } else {
      wait(lane, checkedDoubts(lane).stream().map(Flight.Doubt::request).toList());
    }
    return takeActions();
  }

  private Lane lane(SpaceName space) {
    return lanes.computeIfAbsent(space, Lane::new);
  }

  private void tellAll(Request request, Answer answer) {
    tell(request, request.deltas().stream().map(_ -> answer).toList());
  }

  private void tell(Request request, List<Answer> answers) {
    maybeApplied.remove(request.ticket());
    recalled.remove(request.ticket());
    actions.add(new Action.Tell(request.ticket(), answers));
  }

  private List<Action> takeActions() {
    List<Action> taken = actions;
    actions = new ArrayList<>();
    return taken;
  }
}
