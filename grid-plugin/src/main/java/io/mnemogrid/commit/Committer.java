package io.mnemogrid.commit;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Turns waiting requests into conditional appends: a message in, actions out. Any number of members
 * may run one for the same spaces; the log's head row decides who comes first, and the loser
 * replays what it missed and resolves again with the same ids.
 *
 * <p>All that waits in all spaces goes into one append (group commit), and one append is under way
 * at a time. An accepted delta is not looked up first: the log refuses an id that it knows. A
 * refusal is told only after the log was asked, once, whether it knows the id and whether the head
 * it was judged against is still the head; so a repeated request is answered with its first answer
 * whatever else would speak against it, and nobody is refused because this member lags.
 *
 * <p>After an append with an unknown outcome the same requests are simply tried again: the head row
 * tells whether it happened. One thread uses it; no clock, no I/O.
 */
public final class Committer {
  /** How far an author's clock may be ahead of the store's. */
  public static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(5);

  private static final int MAX_UPDATES_PER_APPEND = 4096;

  /** What the committer wants done; results come back by the method that each names. */
  public sealed interface Action {
    /** Append: {@link #appended} or {@link #appendFailed}. */
    record Append(List<Batch> batches) implements Action {}

    /** Read the newest snapshot and what follows it: {@link #loaded} or {@link #readFailed}. */
    record Load(SpaceName space) implements Action {}

    /** Read the updates after a version: {@link #caughtUp} or {@link #readFailed}. */
    record CatchUp(SpaceName space, long since) implements Action {}

    /** Read the head and the updates with these ids: {@link #checked} or {@link #readFailed}. */
    record Check(SpaceName space, List<UpdateId> ids) implements Action {}

    /** Tell the asker, one answer a delta. */
    record Tell(long ticket, List<Answer> answers) implements Action {}

    /** Publish a new head with the updates that led to it. */
    record Publish(Snapshot head, List<Update> updates) implements Action {}

    /** Tell the operator: the log holds another history than this member did. */
    record Alarm(SpaceName space, String what) implements Action {}
  }

  /** A space, and what waits for it. */
  private static final class Lane {
    final SpaceName space;
    final Deque<Request> waiting = new ArrayDeque<>();
    final Map<Request, List<Answer>> doubted = new LinkedHashMap<>();
    List<Request> loadingFor = List.of();
    @Nullable Snapshot head;
    boolean stale;
    boolean reading;

    Lane(SpaceName space) {
      this.space = space;
    }
  }

  /** What one lane wants to append, and what its requests are told when that is durable. */
  private static final class Flight {
    final Lane lane;
    final LogHead expected;
    Snapshot after;
    final List<Update> updates = new ArrayList<>();
    final Map<UpdateId, Update> byId = new HashMap<>();
    final Map<Request, List<Answer>> answers = new LinkedHashMap<>();

    Flight(Lane lane, Snapshot head) {
      this.lane = lane;
      this.expected = head.head();
      this.after = head;
    }
  }

  private final Map<SpaceName, Lane> lanes = new LinkedHashMap<>();

  /** Tickets in appends of unknown outcome, each with the version that the last one built on. */
  private final Map<Long, Long> maybeApplied = new HashMap<>();

  private List<Flight> inFlight = List.of();
  private List<Action> actions = new ArrayList<>();

  /** Takes a request; it is answered by a {@link Action.Tell} sooner or later. */
  public void submit(Request request) {
    lane(request.space()).waiting.add(request);
  }

  /** Offers a newer head that this member learnt otherwise, so that it need not be read. */
  public void offer(Snapshot head) {
    Lane lane = lanes.get(head.space());
    if (lane != null
        && inFlight.isEmpty()
        && !lane.reading
        && (lane.head == null || lane.head.version() < head.version())) {
      lane.head = head;
    }
  }

  /** Whether any request is unanswered. */
  public boolean isBusy() {
    return !inFlight.isEmpty()
        || lanes.values().stream().anyMatch(lane -> !lane.waiting.isEmpty() || lane.reading);
  }

  /**
   * Goes on as far as can be: gives up what is past its deadline, asks for what must be read, and
   * starts the next append when none is under way.
   *
   * @param now the store's clock
   * @param nanos this member's monotonic clock
   */
  public List<Action> step(Instant now, long nanos) {
    for (Lane lane : lanes.values()) {
      giveUp(lane, nanos);
      if (!lane.reading && !lane.waiting.isEmpty() && inFlight.isEmpty()) {
        Snapshot head = lane.head;
        if (head == null) {
          lane.reading = true;
          lane.loadingFor = List.copyOf(lane.waiting);
          actions.add(new Action.Load(lane.space));
        } else if (lane.stale) {
          lane.reading = true;
          actions.add(new Action.CatchUp(lane.space, head.version()));
        }
      }
    }
    if (inFlight.isEmpty()) {
      takeOff(now);
    }
    return takeActions();
  }

  private void giveUp(Lane lane, long nanos) {
    lane.waiting.removeIf(request -> {
      if (request.deadlineNanos() - nanos > 0) {
        return false;
      }
      boolean unknown = maybeApplied.containsKey(request.ticket());
      tellAll(request, new Answer.Unavailable(unknown, "the store did not answer in time"));
      return true;
    });
  }

  private void takeOff(Instant now) {
    List<Flight> flights = new ArrayList<>();
    int room = MAX_UPDATES_PER_APPEND;
    for (Lane lane : lanes.values()) {
      Snapshot head = lane.head;
      if (head == null || lane.stale || lane.reading || lane.waiting.isEmpty() || room <= 0) {
        continue;
      }
      Flight flight = new Flight(lane, head);
      while (!lane.waiting.isEmpty() && flight.updates.size() < room) {
        boardOrDrop(flight, lane.waiting.remove(), now);
      }
      if (!flight.updates.isEmpty()) {
        flights.add(flight);
        room -= flight.updates.size();
      } else {
        check(lane);
      }
    }
    if (!flights.isEmpty()) {
      inFlight = flights;
      actions.add(
          new Action.Append(
              flights.stream().map(flight -> new Batch(flight.expected, flight.updates)).toList()));
    }
  }

  /** As {@link #board}; a delta that cannot even be resolved harms nobody else. */
  private void boardOrDrop(Flight flight, Request request, Instant now) {
    try {
      board(flight, request, now);
    } catch (IllegalArgumentException | IllegalStateException e) {
      actions.add(
          new Action.Alarm(
              flight.lane.space, "a delta could not be resolved and was left out: " + e));
      boolean unknown = maybeApplied.containsKey(request.ticket());
      tellAll(request, new Answer.Unavailable(unknown, "this delta could not be resolved"));
    }
  }

  /** Resolves a request against what those before it made; doubts it when it is refused. */
  private void board(Flight flight, Request request, Instant now) {
    Snapshot at = flight.after;
    long began = at.version();
    List<Answer> repeated = answersFrom(flight.byId, request);
    if (repeated != null) {
      if (repeated.stream().allMatch(Answer.Accepted.class::isInstance)) {
        flight.answers.put(request, repeated);
      } else {
        flight.lane.doubted.put(request, repeated);
      }
      return;
    }
    Map<UpdateId, Update> made = new LinkedHashMap<>();
    List<Answer> answers = new ArrayList<>();
    boolean refused = false;
    for (Delta sent : request.deltas()) {
      Update before = made.get(sent.id());
      if (before != null) {
        answers.add(new Answer.Refused(new Refusal.IdReused(before.version())));
        refused = true;
        break;
      }
      Instant committed = later(now, at.head().committed());
      Delta delta = sent.against(at.version(), committed);
      Resolution resolution =
          delta.timestamp().isAfter(committed.plus(CLOCK_TOLERANCE))
              ? new Resolution.Refused(new Refusal.FutureTimestamp(delta.timestamp(), committed))
              : Resolver.resolve(at.state(), at.version(), began, delta);
      switch (resolution) {
        case Resolution.Accepted accepted -> {
          Update update = update(at, delta, accepted, committed);
          at = at.with(update, accepted.next());
          made.put(update.id(), update);
          answers.add(new Answer.Accepted(update, false));
        }
        case Resolution.Refused no -> {
          answers.add(new Answer.Refused(no.refusal()));
          refused = true;
        }
      }
      if (refused) {
        break;
      }
    }
    if (refused) {
      flight.lane.doubted.put(request, wholeRefusal(request, answers));
      return;
    }
    flight.byId.putAll(made);
    flight.updates.addAll(made.values());
    flight.after = at;
    flight.answers.put(request, answers);
  }

  /** One refusal refuses all: the others are told which. */
  private static List<Answer> wholeRefusal(Request request, List<Answer> answers) {
    int index = answers.size() - 1;
    List<Answer> whole = new ArrayList<>();
    for (int i = 0; i < request.deltas().size(); i++) {
      whole.add(i == index ? answers.get(i) : new Answer.RefusedWith(index));
    }
    return whole;
  }

  private static Answer again(Update first, Delta delta) {
    return first.fields().request().equals(delta.requestHash())
        ? new Answer.Accepted(first, true)
        : new Answer.Refused(new Refusal.IdReused(first.version()));
  }

  private static Instant later(Instant one, Instant other) {
    return one.isBefore(other) ? other : one;
  }

  private static Update update(
      Snapshot head, Delta delta, Resolution.Accepted accepted, Instant committed) {
    return Update.of(
        new Update.Fields(
            head.space(),
            head.version() + 1,
            delta.id(),
            delta.author(),
            delta.type(),
            delta.base(),
            delta.timestamp(),
            committed,
            delta.requestHash(),
            head.head().leafHash(),
            accepted.next().root(),
            accepted.changes(),
            accepted.superseded(),
            accepted.overrode()));
  }

  /** What became of the batches of the last {@link Action.Append}, in their order. */
  public List<Action> appended(List<Appended> outcomes) {
    List<Flight> landed = inFlight;
    inFlight = List.of();
    for (int i = 0; i < landed.size(); i++) {
      land(landed.get(i), outcomes.get(i));
    }
    return takeActions();
  }

  private void land(Flight flight, Appended outcome) {
    Lane lane = flight.lane;
    switch (outcome) {
      case Appended.Committed _ -> {
        lane.head = flight.after;
        // published first, so that whoever is answered finds its write at this member
        actions.add(new Action.Publish(flight.after, flight.updates));
        flight.answers.forEach(this::tell);
        check(lane);
      }
      case Appended.Moved _ -> {
        lane.stale = true;
        requeue(flight);
      }
      case Appended.Known known -> {
        requeue(flight);
        answerKnown(flight, known.updates());
      }
      case Appended.NoSpace _ -> {
        List<Request> tried = new ArrayList<>(flight.answers.keySet());
        tried.addAll(lane.doubted.keySet());
        requeue(flight);
        refuseUnknown(lane, tried);
      }
      case Appended.Broken broken -> {
        requeue(flight);
        giveUpOnLog(lane, String.valueOf(broken.what().getMessage()));
      }
    }
  }

  /** The last {@link Action.Append} failed; all is tried again. */
  public List<Action> appendFailed(LogUnavailable.Outcome outcome) {
    for (Flight flight : inFlight) {
      if (outcome == LogUnavailable.Outcome.UNKNOWN) {
        long version = flight.expected.version();
        flight
            .answers
            .keySet()
            .forEach(request -> maybeApplied.merge(request.ticket(), version, Math::max));
        flight.lane.stale = true;
      }
      requeue(flight);
    }
    inFlight = List.of();
    return takeActions();
  }

  /** Puts what was resolved and doubted back in front of what waits, in the order it came. */
  private static void requeue(Flight flight) {
    List<Request> back = new ArrayList<>(flight.answers.keySet());
    back.addAll(flight.lane.doubted.keySet());
    flight.lane.doubted.clear();
    back.sort(Comparator.comparingLong(Request::ticket));
    back.reversed().forEach(flight.lane.waiting::addFirst);
  }

  /** Asks the log whether what is doubted really is refused. */
  private void check(Lane lane) {
    if (lane.doubted.isEmpty()) {
      return;
    }
    lane.reading = true;
    actions.add(
        new Action.Check(
            lane.space,
            lane.doubted.keySet().stream()
                .flatMap(request -> request.deltas().stream())
                .map(Delta::id)
                .distinct()
                .toList()));
  }

  /** The log's head and what it knows of the ids that a {@link Action.Check} named. */
  public List<Action> checked(SpaceName space, Optional<LogHead> now, Map<UpdateId, Update> known) {
    Lane lane = lane(space);
    lane.reading = false;
    if (now.isEmpty()) {
      List<Request> tried = List.copyOf(lane.doubted.keySet());
      lane.doubted.clear();
      lane.waiting.addAll(tried);
      refuseUnknown(lane, tried);
      return takeActions();
    }
    Snapshot head = lane.head;
    boolean judgedRight = head != null && head.head().isSame(now.get());
    Map<Request, List<Answer>> doubted = new LinkedHashMap<>(lane.doubted);
    lane.doubted.clear();
    List<Request> again = new ArrayList<>();
    doubted.forEach((request, refusals) -> {
      List<Answer> answers = answersFrom(known, request);
      if (answers != null) {
        tell(request, answers);
      } else if (!judgedRight) {
        again.add(request);
      } else if (maybeApplied.getOrDefault(request.ticket(), -1L) >= now.get().version()) {
        // The head still lets an earlier append of unknown outcome land: no look-up settles it.
        tellAll(request, new Answer.Unavailable(true, "an earlier append of it may still land"));
      } else {
        tell(request, refusals);
      }
    });
    again.reversed().forEach(lane.waiting::addFirst);
    lane.stale |= !judgedRight;
    return takeActions();
  }

  /** The answers of a request some of whose ids the log knows, null when it knows none. */
  private static @Nullable List<Answer> answersFrom(Map<UpdateId, Update> known, Request request) {
    List<Answer> answers = new ArrayList<>();
    int accepted = 0;
    int reused = -1;
    for (Delta delta : request.deltas()) {
      Update first = known.get(delta.id());
      Answer answer = first == null ? new Answer.RefusedWith(-1) : again(first, delta);
      if (answer instanceof Answer.Accepted) {
        accepted++;
      } else if (first != null && reused < 0) {
        reused = answers.size();
      }
      answers.add(answer);
    }
    if (accepted == answers.size()) {
      return answers;
    }
    if (accepted == 0 && reused < 0) {
      return null;
    }
    int index = reused;
    for (int i = 0; index < 0; i++) {
      if (answers.get(i) instanceof Answer.Accepted first) {
        // Some ids of the list are new and some are known: the known one stands in its way.
        answers.set(i, new Answer.Refused(new Refusal.IdReused(first.update().version())));
        index = i;
      }
    }
    for (int i = 0; i < answers.size(); i++) {
      if (i != index) {
        answers.set(i, new Answer.RefusedWith(index));
      }
    }
    return answers;
  }

  /** Answers from the log what was tried; of other requests it was not asked all ids. */
  private void answerKnown(Flight flight, Map<UpdateId, Update> known) {
    flight.lane.waiting.removeIf(request -> {
      List<Answer> answers =
          flight.answers.containsKey(request) ? answersFrom(known, request) : null;
      if (answers != null) {
        tell(request, answers);
      }
      return answers != null;
    });
  }

  /** Refuses what was asked before the log said so; what came since may know a newer space. */
  private void refuseUnknown(Lane lane, List<Request> asked) {
    Set<Long> tickets = new HashSet<>();
    asked.forEach(request -> tickets.add(request.ticket()));
    lane.head = null;
    lane.waiting.removeIf(request -> {
      if (!tickets.contains(request.ticket())) {
        return false;
      }
      tellAll(request, new Answer.Refused(new Refusal.UnknownSpace()));
      return true;
    });
    if (lane.waiting.isEmpty()) {
      lanes.remove(lane.space);
    }
  }

  /** The newest snapshot with all that follows it; empty when the space was never created. */
  public List<Action> loaded(SpaceName space, Optional<Snapshot> head) {
    Lane lane = lane(space);
    lane.reading = false;
    if (head.isEmpty()) {
      refuseUnknown(lane, lane.loadingFor);
    } else {
      lane.head = head.get();
      lane.stale = false;
    }
    return takeActions();
  }

  /**
   * The first of the updates after the version that a {@link Action.CatchUp} named, and the log's
   * head before they were read; what they do not reach is asked for at the next step.
   */
  public List<Action> caughtUp(SpaceName space, LogHead now, List<Update> updates) {
    Lane lane = lane(space);
    lane.reading = false;
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
    return takeActions();
  }

  private void forget(Lane lane, String what) {
    lane.head = null;
    lane.stale = false;
    actions.add(new Action.Alarm(lane.space, what));
  }

  /**
   * What was read does not follow: nothing can be judged in this space, and its askers are told.
   */
  public List<Action> broken(SpaceName space, String what) {
    Lane lane = lane(space);
    lane.reading = false;
    giveUpOnLog(lane, what);
    return takeActions();
  }

  private void giveUpOnLog(Lane lane, String what) {
    List<Request> all = new ArrayList<>(lane.doubted.keySet());
    all.addAll(lane.waiting);
    lane.doubted.clear();
    lane.waiting.clear();
    for (Request request : all) {
      boolean unknown = maybeApplied.containsKey(request.ticket());
      tellAll(request, new Answer.Unavailable(unknown, what));
    }
    forget(lane, what);
  }

  /** A read failed; it is asked for again at the next step. */
  public List<Action> readFailed(SpaceName space) {
    Lane lane = lane(space);
    lane.reading = false;
    List<Request> back = new ArrayList<>(lane.doubted.keySet());
    lane.doubted.clear();
    back.reversed().forEach(lane.waiting::addFirst);
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
    actions.add(new Action.Tell(request.ticket(), answers));
  }

  private List<Action> takeActions() {
    List<Action> taken = actions;
    actions = new ArrayList<>();
    return taken;
  }
}
