package io.mnemogrid.commit;

import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Span;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Quotas;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.policy.Policy;
import io.mnemogrid.policy.Sending;
import io.mnemogrid.signature.Proven;
import io.mnemogrid.signature.Signed;
import io.mnemogrid.state.OldTombstones;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Updates of one space on their way into the log, each resolved on top of those before it, with the
 * answers that their requests get once the updates are durable. The flight stands on a head that
 * may itself be on its way. If that head does not arrive, the log's condition fails for this flight
 * too.
 */
final class Flight {
  /**
   * A request that is to be refused, or changes nothing, and is told so only after the log was
   * asked for its ids.
   *
   * @param refusals what it is told; empty when the request is only looked up, because some of its
   *     ids are in the log
   * @param judgedAt the head that it was judged against; null when that was the log's head after
   *     the request came
   */
  record Doubt(Request request, List<Answer> refusals, @Nullable LogHead judgedAt) {
    /** Whether it was judged right, when the log's head is {@code now}. */
    boolean isRight(LogHead now) {
      return judgedAt == null || judgedAt.isSame(now);
    }
  }

  private final LogHead expected;
  private Snapshot after;
  private final List<Update> updates = new ArrayList<>();
  private final Map<UpdateId, Update> byId = new HashMap<>();
  private final Map<Request, List<Answer>> answers = new LinkedHashMap<>();
  private final SequencedSet<Request> carried = new LinkedHashSet<>();
  private final List<Doubt> doubts = new ArrayList<>();
  private long sizeBytes;

  Flight(Snapshot head) {
    this.expected = head.head();
    this.after = head;
  }

  /** The head that the log must have. */
  LogHead expected() {
    return expected;
  }

  /** The version that the updates lead to. */
  Snapshot after() {
    return after;
  }

  List<Update> updates() {
    return updates;
  }

  /** Bytes of the records of its updates. */
  long sizeBytes() {
    return sizeBytes;
  }

  /** The requests that made the updates. Other accepted requests only repeat ids of these. */
  SequencedSet<Request> carried() {
    return carried;
  }

  /** The answers of the accepted requests. */
  Map<Request, List<Answer>> answers() {
    return answers;
  }

  /** Requests that leave no trace on a head in or before this flight. */
  List<Doubt> doubts() {
    return doubts;
  }

  Batch batch() {
    return new Batch(expected, updates);
  }

  /** All requests, accepted and doubted. */
  SequencedSet<Request> requests() {
    SequencedSet<Request> all = new LinkedHashSet<>(answers.keySet());
    doubts.forEach(doubt -> all.add(doubt.request()));
    return all;
  }

  /** Takes a request that repeats ids of this flight; false when it has none of them. */
  boolean joins(Request request) {
    List<Answer> repeated = answersFrom(byId, request);
    if (repeated == null) {
      return false;
    }
    if (repeated.stream().allMatch(Answer.Accepted.class::isInstance)) {
      answers.put(request, repeated);
    } else {
      doubts.add(new Doubt(request, repeated, after.head()));
    }
    return true;
  }

  /**
   * Resolves a request on top of those before it. A request that is refused, or changes nothing,
   * becomes a {@link Doubt}.
   *
   * @param now the store's clock
   * @param old what was read of the tombstones that the head no longer holds
   */
  void board(Request request, Instant now, OldTombstones old, Room room) {
    Snapshot at = after;
    Map<UpdateId, Update> made = new LinkedHashMap<>();
    List<Answer> told = new ArrayList<>(request.deltas().size());
    LogHead head = at.head();
    if (!request.condition().holds(head.version(), head.leafHash())) {
      told.add(
          new Answer.Refused(
              new Refusal.NotCurrent(
                  request.condition(), head.version(), head.root(), head.leafHash())));
      doubts.add(new Doubt(request, wholeRefusal(request, told), head));
      return;
    }
    for (Delta sent : request.deltas()) {
      Instant committed = later(now, at.head().committed());
      Delta delta = sent.against(at.version(), committed);
      switch (resolve(at, delta, request.sending(), committed, made, old, room)) {
        case Resolution.Accepted accepted -> {
          Proven proven = request.sending().proven(delta.id());
          at = grow(at, delta, proven, accepted, committed, made);
          told.add(new Answer.Accepted(last(made, delta), false));
        }
        case Resolution.Unchanged _ -> { // of a patch, which is alone in its request
          doubts.add(new Doubt(request, List.of(new Answer.Unchanged(head)), head));
          return;
        }
        case Resolution.Refused no -> {
          told.add(new Answer.Refused(no.refusal()));
          doubts.add(new Doubt(request, wholeRefusal(request, told), after.head()));
          return;
        }
      }
    }
    made.values().forEach(update -> sizeBytes += update.sizeBytes());
    byId.putAll(made);
    updates.addAll(made.values());
    after = at;
    carried.add(request);
    answers.put(request, told);
  }

  /**
   * Makes the versions that a delta takes. The last one has the delta's id and its signature, and
   * each of several names the first and the last.
   */
  private static Snapshot grow(
      Snapshot from,
      Delta delta,
      @Nullable Proven proven,
      Resolution.Accepted accepted,
      Instant committed,
      Map<UpdateId, Update> made) {
    Snapshot at = from;
    int count = accepted.before().size() + 1;
    Span span = count == 1 ? null : new Span(from.version() + 1, from.version() + count);
    for (int i = 1; i <= count; i++) {
      UpdateId id = i == count ? delta.id() : delta.partId(i);
      Resolution.Accepted step = i == count ? accepted : accepted.before().get(i - 1);
      Signed signed = i < count || proven == null ? null : new Signed(proven, delta.request());
      Update update = update(at, delta, id, step, committed, span, signed);
      at = at.with(update, step.next());
      made.put(id, update);
    }
    return at;
  }

  private static Update last(Map<UpdateId, Update> made, Delta delta) {
    return Objects.requireNonNull(made.get(delta.id()));
  }

  /**
   * What a delta is judged by besides the head.
   *
   * @param quotas the limits of documents
   * @param gridBytes the bytes of the documents that are kept, as lately counted
   * @param policies finds the policy that stands in a document
   */
  record Room(Quotas quotas, long gridBytes, BiFunction<SpaceName, State, Policy> policies) {}

  private Resolution resolve(
      Snapshot at,
      Delta delta,
      Sending sending,
      Instant committed,
      Map<UpdateId, Update> made,
      OldTombstones old,
      Room room) {
    if (made.containsKey(delta.id())) {
      int earlier = List.copyOf(made.keySet()).indexOf(delta.id());
      return new Resolution.Refused(new Refusal.IdRepeated(earlier));
    }
    if (delta.timestamp().isAfter(committed.plus(Committer.CLOCK_TOLERANCE))) {
      return new Resolution.Refused(new Refusal.FutureTimestamp(delta.timestamp(), committed));
    }
    Resolution resolution = Resolver.resolve(at.state(), at.version(), after.version(), delta, old);
    Resolution allowed =
        room.policies
            .apply(at.space(), at.state())
            .judge(at.space(), sending, at.state(), delta, resolution);
    return room.quotas.judge(at.state(), delta, allowed, room.gridBytes);
  }

  private static Instant later(Instant one, Instant other) {
    return one.isBefore(other) ? other : one;
  }

  private static Update update(
      Snapshot head,
      Delta delta,
      UpdateId id,
      Resolution.Accepted accepted,
      Instant committed,
      @Nullable Span span,
      @Nullable Signed signed) {
    return Update.of(
        new Update.Fields(
            head.space(),
            head.version() + 1,
            id,
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
            accepted.overrode(),
            span,
            signed));
  }

  /** One refusal refuses the whole list; the other deltas are answered which one it was. */
  private static List<Answer> wholeRefusal(Request request, List<Answer> answers) {
    int index = answers.size() - 1;
    List<Answer> whole = new ArrayList<>();
    for (int i = 0; i < request.deltas().size(); i++) {
      whole.add(i == index ? answers.get(i) : new Answer.RefusedWith(index));
    }
    return whole;
  }

  /** The answers of a request that has known ids, or null when it has none. */
  static @Nullable List<Answer> answersFrom(Map<UpdateId, Update> known, Request request) {
    if (known.isEmpty() || !knowsAny(known, request)) {
      return null;
    }
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
    int index = reused;
    for (int i = 0; index < 0; i++) {
      if (answers.get(i) instanceof Answer.Accepted first) {
        // Some ids of the list are new and some are known: the known one stands in its way.
        answers.set(i, new Answer.Refused(new Refusal.PartlyKnown(first.update().version())));
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

  private static boolean knowsAny(Map<UpdateId, Update> known, Request request) {
    for (Delta delta : request.deltas()) {
      if (known.containsKey(delta.id())) {
        return true;
      }
    }
    return false;
  }

  private static Answer again(Update first, Delta delta) {
    return first.fields().request().equals(delta.requestHash())
        ? new Answer.Accepted(first, true)
        : new Answer.Refused(new Refusal.IdReused(first.version()));
  }
}
