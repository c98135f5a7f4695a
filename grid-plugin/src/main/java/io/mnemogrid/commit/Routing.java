package io.mnemogrid.commit;

import io.mnemogrid.merge.Delta;
import io.mnemogrid.policy.Sending;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/**
 * Brings each request of one process to a member that commits: a message or a tick goes in, actions
 * come out.
 *
 * <p>A request goes first to the owner of its space. That is only for speed, so that members do not
 * race for the head row. It goes another way at once when the owner says {@link Answer.Elsewhere}
 * or is gone, and after {@link #PATIENCE} when the owner says nothing. On the other way, this
 * process commits the same ids itself; if it has no committer that takes them, it asks the members
 * with a store, one after the other. {@link Attempts} decides what is answered when several ways
 * were taken. Until the deadline of a request it is tried on; then the answer is that its outcome
 * is unknown, or that no member took it.
 *
 * <p>Requests for one owner go in batches. One batch is under way at a time, so requests that come
 * meanwhile go together in the next. When a batch takes longer than {@link #LONG}, another one is
 * sent beside it, because what holds up one space must not hold up others.
 *
 * <p>One thread at a time uses it; no clock, no I/O. Members are named by strings.
 */
public final class Routing {
  /** How long the owner may take before the request goes another way. */
  public static final Duration PATIENCE = Duration.ofMillis(500);

  /** How long a request rests before another member is asked, after one failed. */
  public static final Duration AFTER_FAILURE = Duration.ofMillis(50);

  /** When a batch is under way for longer than this, another one may go to the same owner. */
  public static final Duration LONG = Duration.ofMillis(20);

  /** At most this many batches are under way to one owner; further requests wait. */
  static final int MOST_UNDER_WAY = 4;

  /** A batch has at most this many requests. */
  static final int MOST_IN_ONE = 256;

  /** A batch has requests of at most this many bytes together, or one larger request. */
  static final long MOST_BYTES_IN_ONE = 4L << 20;

  /** At most this many requests are under way; a further one is answered as unavailable at once. */
  static final int MOST_TRIPS = 20_000;

  /**
   * The requests under way have at most this many bytes; a further one is answered as unavailable
   * at once. A single request is always taken.
   */
  static final long MOST_BYTES = 64L << 20;

  /** What the routing sees of the grid. It asks again for each decision. */
  public interface View {
    /** The other member that owns a space; null when it is this one, or when nobody is known. */
    @Nullable String owner(SpaceName space);

    /** The other members that have a store, always in the same order. */
    List<String> committers();

    /** Whether this process has a committer that takes requests. */
    boolean commitsHere();
  }

  /** One request as it travels. */
  public record Item(
      long ticket, SpaceName space, List<Delta> deltas, Sending sending, long deadlineNanos) {
    /** A request of a member's own code that takes every head. */
    public Item(long ticket, SpaceName space, List<Delta> deltas, long deadlineNanos) {
      this(ticket, space, deltas, Sending.TRUSTED, deadlineNanos);
    }
  }

  /** What the routing wants done. */
  public sealed interface Action {
    /** Commit it here: {@link #answeredHere}. */
    record CommitHere(Item item) implements Action {}

    /** Send these requests to a member: {@link #replied} or {@link #failed}. */
    record Send(long batch, String to, List<Item> items) implements Action {}

    /** Answer the asker, with one answer for each delta. */
    record Tell(long ticket, List<Answer> answers) implements Action {}
  }

  /** A request on its way. */
  private static final class Trip {
    final Item item;
    final Attempts attempts;
    final long bytes;
    @Nullable Outbox outbox; // in which it waits
    boolean rerouted; // goes, or went, another way than its owner
    boolean triedHere;
    boolean isHere; // the way through this process is open
    int attempt; // members asked one after the other
    long nextNanos; // when it goes another way unless it was told
    String why = "no member that commits answered in time";

    Trip(Item item) {
      this.item = item;
      this.attempts = new Attempts(item.deltas);
      this.bytes = item.deltas.stream().mapToLong(Delta::sizeBytes).sum();
    }
  }

  /** What waits for one member. */
  private static final class Outbox {
    final SequencedSet<Trip> waiting = new LinkedHashSet<>();
    int underWay;
    int late; // of those under way
  }

  /** Requests that went to one member together. */
  private static final class Batch {
    final String to;
    final List<Trip> trips;
    final boolean fromOutbox;
    final long lateNanos;
    boolean isLate;

    Batch(String to, List<Trip> trips, boolean fromOutbox, long lateNanos) {
      this.to = to;
      this.trips = trips;
      this.fromOutbox = fromOutbox;
      this.lateNanos = lateNanos;
    }
  }

  private final View view;
  private final Map<Long, Trip> trips = new LinkedHashMap<>();
  private final Map<Long, Batch> batches = new LinkedHashMap<>();
  private final Map<String, Outbox> outboxes = new HashMap<>();
  private long bytes;
  private long lastBatch;
  private List<Action> actions = new ArrayList<>();

  /** A routing that asks {@code view} about the grid. */
  public Routing(View view) {
    this.view = view;
  }

  /** Whether any request is unanswered. */
  public boolean isBusy() {
    return !trips.isEmpty();
  }

  /** Takes a request; sooner or later an {@link Action.Tell} answers it. */
  public List<Action> submit(Item item, long nanos) {
    Trip trip = new Trip(item);
    if (!admit(trip)) {
      return takeActions();
    }
    String owner = view.owner(item.space);
    if (owner == null) {
      goOn(trip, nanos);
    } else {
      trip.nextNanos = nanos + PATIENCE.toNanos();
      Outbox outbox = outboxes.computeIfAbsent(owner, _ -> new Outbox());
      outbox.waiting.add(trip);
      trip.outbox = outbox;
      flush(owner, outbox, nanos);
    }
    return takeActions();
  }

  /** Takes a request that the committer of this process was asked first and did not take. */
  public List<Action> declinedHere(Item item, List<Answer> answers, long nanos) {
    Trip trip = new Trip(item);
    if (admit(trip)) {
      trip.rerouted = true;
      trip.triedHere = true;
      remember(trip, answers);
      goOn(trip, nanos);
    }
    return takeActions();
  }

  private boolean admit(Trip trip) {
    boolean full = trips.size() >= MOST_TRIPS || bytes > 0 && bytes + trip.bytes > MOST_BYTES;
    if (full) {
      actions.add(
          new Action.Tell(
              trip.item.ticket,
              trip.attempts.giveUp(
                  "too much is on its way already: %d commits of %d bytes, at most %d and %d; send"
                          .formatted(trips.size(), bytes, MOST_TRIPS, MOST_BYTES)
                      + " it again a little later")));
      return false;
    }
    trips.put(trip.item.ticket, trip);
    bytes += trip.bytes;
    return true;
  }

  /**
   * Takes the next way: through this process if it commits, else by the next member with a store.
   */
  private void goOn(Trip trip, long nanos) {
    leaveOutbox(trip);
    trip.rerouted = true;
    trip.nextNanos = nanos + PATIENCE.toNanos();
    if (!trip.triedHere && view.commitsHere()) {
      trip.triedHere = true;
      if (trip.attempts.begin()) {
        trip.isHere = true;
        actions.add(new Action.CommitHere(trip.item));
      }
      return;
    }
    List<String> members = view.committers();
    if (members.isEmpty()) {
      trip.nextNanos = nanos + AFTER_FAILURE.toNanos();
    } else if (trip.attempts.begin()) {
      String to = members.get(trip.attempt++ % members.size());
      send(to, List.of(trip), false, nanos);
    }
  }

  /** What goes another way, or is answered, is kept for its owner no longer. */
  private static void leaveOutbox(Trip trip) {
    if (trip.outbox != null) {
      trip.outbox.waiting.remove(trip);
      trip.outbox = null;
    }
  }

  /** How many requests wait for members that own their space. */
  int waiting() {
    return outboxes.values().stream().mapToInt(outbox -> outbox.waiting.size()).sum();
  }

  private void flush(String owner, Outbox outbox, long nanos) {
    while (outbox.underWay == outbox.late && outbox.underWay < MOST_UNDER_WAY) {
      List<Trip> batch = new ArrayList<>();
      long size = 0;
      while (!outbox.waiting.isEmpty() && batch.size() < MOST_IN_ONE) {
        Trip next = outbox.waiting.getFirst();
        if (!batch.isEmpty() && size + next.bytes > MOST_BYTES_IN_ONE) {
          break;
        }
        leaveOutbox(next);
        if (next.attempts.begin()) {
          batch.add(next);
          size += next.bytes;
        }
      }
      if (batch.isEmpty()) {
        return;
      }
      outbox.underWay++;
      send(owner, batch, true, nanos);
    }
  }

  private void send(String to, List<Trip> batch, boolean fromOutbox, long nanos) {
    long number = ++lastBatch;
    batches.put(number, new Batch(to, batch, fromOutbox, nanos + LONG.toNanos()));
    actions.add(new Action.Send(number, to, batch.stream().map(trip -> trip.item).toList()));
  }

  /** What this process made of an {@link Action.CommitHere}. */
  public List<Action> answeredHere(long ticket, List<Answer> answers, long nanos) {
    Trip trip = trips.get(ticket);
    if (trip != null) {
      trip.isHere = false;
      answered(trip, answers, nanos);
    }
    return takeActions();
  }

  /**
   * The answers to a batch, one for each item, in their order. Null is for an item that was not
   * answered in time: what the member makes of it is not known.
   */
  public List<Action> replied(
      long batch, List<? extends @Nullable List<Answer>> answers, long nanos) {
    Batch sent = batches.remove(batch);
    if (sent == null) {
      return takeActions();
    }
    for (int i = 0; i < sent.trips.size(); i++) {
      List<Answer> answer = i < answers.size() ? answers.get(i) : null;
      if (answer == null) {
        ended(sent.trips.get(i), nanos);
      } else {
        answered(sent.trips.get(i), answer, nanos);
      }
    }
    done(sent, nanos);
    return takeActions();
  }

  /** A batch got no answer: its member is gone or unreachable, but its appends may still happen. */
  public List<Action> failed(long batch, long nanos) {
    Batch sent = batches.remove(batch);
    if (sent != null) {
      sent.trips.forEach(trip -> ended(trip, nanos));
      done(sent, nanos);
    }
    return takeActions();
  }

  private void done(Batch sent, long nanos) {
    Outbox outbox = outboxes.get(sent.to);
    if (sent.fromOutbox && outbox != null) {
      outbox.underWay--;
      if (sent.isLate) {
        outbox.late--;
      }
      flush(sent.to, outbox, nanos);
      dropIfIdle(sent.to, outbox);
    }
  }

  private void dropIfIdle(String member, Outbox outbox) {
    if (outbox.underWay == 0 && outbox.waiting.isEmpty()) {
      outboxes.remove(member);
    }
  }

  private void answered(Trip trip, List<Answer> answers, long nanos) {
    if (Answer.isElsewhere(answers)) {
      remember(trip, answers);
      if (!tell(trip, trip.attempts.declined())) {
        goOnUnlessHere(trip, trip.attempt < view.committers().size(), nanos);
      }
    } else {
      tell(trip, trip.attempts.answered(answers));
    }
  }

  private void ended(Trip trip, long nanos) {
    if (!tell(trip, trip.attempts.ended())) {
      goOnUnlessHere(trip, trip.attempt == 0, nanos);
    }
  }

  /** Asks the next member after one that said no or is gone, at once or after a rest. */
  private void goOnUnlessHere(Trip trip, boolean atOnce, long nanos) {
    if (trips.get(trip.item.ticket) != trip || trip.isHere) {
      return;
    }
    if (atOnce) {
      goOn(trip, nanos);
    } else {
      trip.nextNanos = nanos + AFTER_FAILURE.toNanos();
    }
  }

  private static void remember(Trip trip, List<Answer> answers) {
    if (answers.getFirst() instanceof Answer.Elsewhere no) {
      trip.why = "no member commits now: " + no.why();
    }
  }

  private boolean tell(Trip trip, Optional<List<Answer>> answers) {
    answers.ifPresent(told -> end(trip, told));
    return answers.isPresent();
  }

  private void end(Trip trip, List<Answer> answers) {
    leaveOutbox(trip);
    if (trips.remove(trip.item.ticket, trip)) {
      bytes -= trip.bytes;
      actions.add(new Action.Tell(trip.item.ticket, answers));
    }
  }

  /**
   * A member left the grid: the requests that wait for it go another way. Batches under way to it
   * fail by themselves.
   */
  public List<Action> gone(String member, long nanos) {
    Outbox outbox = outboxes.get(member);
    if (outbox != null) {
      List.copyOf(outbox.waiting).forEach(trip -> goOn(trip, nanos));
      dropIfIdle(member, outbox);
    }
    return takeActions();
  }

  /** Goes on with what nobody answered in time. */
  public List<Action> tick(long nanos) {
    for (Map.Entry<Long, Batch> each : List.copyOf(batches.entrySet())) {
      Batch batch = each.getValue();
      Outbox outbox = outboxes.get(batch.to);
      if (batch.fromOutbox && !batch.isLate && batch.lateNanos - nanos <= 0 && outbox != null) {
        batch.isLate = true;
        outbox.late++;
        flush(batch.to, outbox, nanos);
      }
    }
    for (Trip trip : List.copyOf(trips.values())) {
      if (trip.item.deadlineNanos - nanos <= 0 && !trip.isHere) {
        end(
            trip,
            trip.attempts.giveUp(trip.why)); // this process's committer tells its own deadlines
      } else if (trip.nextNanos - nanos <= 0 && !trip.isHere) {
        goOn(trip, nanos);
      }
    }
    return takeActions();
  }

  private List<Action> takeActions() {
    List<Action> taken = actions;
    actions = new ArrayList<>();
    return taken;
  }
}
