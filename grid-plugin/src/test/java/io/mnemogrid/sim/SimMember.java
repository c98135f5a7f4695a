package io.mnemogrid.sim;

import io.mnemogrid.commit.Answer;
import io.mnemogrid.commit.Committer;
import io.mnemogrid.commit.Committer.Action;
import io.mnemogrid.commit.Deltas;
import io.mnemogrid.commit.Drain;
import io.mnemogrid.commit.MemoryUpdateLog;
import io.mnemogrid.commit.Request;
import io.mnemogrid.commit.Routing;
import io.mnemogrid.commit.Unsettled;
import io.mnemogrid.log.Found;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.LogUnavailable.Outcome;
import io.mnemogrid.log.LogUnavailable.Trouble;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.member.StoreClock;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.policy.Policy;
import io.mnemogrid.policy.Sending;
import io.mnemogrid.sim.SimStore.Failure;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.OldTombstones;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * One member: the real committer, replica feed, lease and store clock, driven as their threads
 * drive them, with a wall clock that may be hours wrong and a monotonic clock of its own rate. A
 * crash loses all that it remembers.
 */
final class SimMember {
  private static final long BACKOFF = 50 * Timeline.MILLI;
  private static final int AT_ONCE = 1; // half of what waits is resolved by a later step
  private static final long ON_ITS_WAY = 20 * Timeline.MILLI;
  private static final long ROUTER_TICK = 10 * Timeline.MILLI;
  private static final long DETECTION = 300 * Timeline.MILLI;
  private static final long PATIENCE = Timeline.SECOND;
  private static final int READ_LIMIT = 8;

  /** Chances in 100 that the audit meets something new when it looks. */
  private static final int AUDITED = 60;

  private final World world;
  private final int index;
  private final double rate;
  private final long offset;
  private final long wallOffset;
  private int life;
  private boolean up;
  private long pausedUntil;
  private long cutUntil;
  private long troubledUntil;
  private int group;

  private final Map<SpaceName, Snapshot> entries = new TreeMap<>();
  private final Map<Long, Consumer<List<Answer>>> asked = new HashMap<>();
  private final Map<Long, Set<UpdateId>> ids = new HashMap<>();
  private final Map<Long, Ask> carriers = new HashMap<>();
  private final Map<Long, Trip> trips = new HashMap<>();
  private final Map<SpaceName, Deque<Update>> toMap = new HashMap<>();
  private final Set<SpaceName> mapBusy = new HashSet<>();
  private final Deque<List<Batch>> appends = new ArrayDeque<>();
  private boolean appending;
  private Committer committer;
  private SimReplicas replicas;
  private StoreClock clock;
  private Routing routing = new Routing(new Sight());
  private Unsettled unsettled = new Unsettled();
  private long tickets;
  private boolean ticking;
  private boolean routerTicks;
  private boolean closing;

  /** A request that the routing has, and who is to be told. */
  private record Trip(Ask ask, Consumer<List<Answer>> told) {}

  /** The grid as this member's routing sees it. */
  private final class Sight implements Routing.View {
    @Override
    public @Nullable String owner(SpaceName space) {
      SimMember owner = world.routed ? world.map.owner(space, SimMember.this) : null;
      return owner == null || owner == SimMember.this ? null : String.valueOf(owner.index);
    }

    @Override
    public List<String> committers() {
      return world.members.stream()
          .filter(other -> other != SimMember.this && other.up && other.group == group)
          .map(other -> String.valueOf(other.index))
          .toList();
    }

    @Override
    public boolean commitsHere() {
      return !closing;
    }
  }

  SimMember(World world, int index) {
    this.world = world;
    this.index = index;
    this.rate = 0.97 + world.random.nextDouble() * 0.06;
    this.offset = world.upTo(1000 * Timeline.SECOND);
    long hours = world.chance(50) ? 0 : world.random.nextInt(25) - 12;
    this.wallOffset = hours * 3600 * Timeline.SECOND + world.upTo(20 * Timeline.MILLI);
    this.replicas = new SimReplicas(world, this);
    this.clock = new StoreClock(world.store::now, this::nanos);
    this.committer = committer();
  }

  int index() {
    return index;
  }

  int life() {
    return life;
  }

  boolean isUp() {
    return up;
  }

  /** The replica of a space is no longer here. */
  void evicted(SpaceName space) {
    committer.forget(space);
  }

  SimReplicas replicas() {
    return replicas;
  }

  /** What this member holds of the distributed map. */
  Map<SpaceName, Snapshot> entries() {
    return entries;
  }

  int group() {
    return group;
  }

  void moveTo(int half) {
    group = half;
  }

  /** Its monotonic clock. */
  long nanos() {
    return offset + (long) (world.time.nanos() * rate);
  }

  /** Its wall clock, which nothing may believe. */
  Instant wallClock() {
    return Deltas.START.plusNanos(world.time.nanos() + wallOffset);
  }

  /** The time that a delta gets whose author leaves it to this member. */
  Instant authorTime() {
    return clock.now();
  }

  boolean isCutFromStore() {
    return world.time.nanos() < cutUntil;
  }

  /** Until when something is wrong with this member. */
  long troubledUntil() {
    return up ? Math.max(troubledUntil, Math.max(pausedUntil, cutUntil)) : Long.MAX_VALUE;
  }

  void start() {
    if (!world.store.isReachable(this)) {
      world.time.after(100 * Timeline.MILLI, this::start); // no member starts without its store
      return;
    }
    up = true;
    troubledUntil = world.time.nanos();
    clock = new StoreClock(this::askClock, this::nanos);
    replicas = new SimReplicas(world, this);
    replicas.start();
    new SimLeader(world, this).start();
    audit();
    world.map.membersChanged();
  }

  private Instant askClock() {
    if (!world.store.isReachable(this)) {
      throw new LogUnavailable(
          Outcome.NOT_APPLIED, "the store is away", new IllegalStateException());
    }
    return world.store.now();
  }

  void crash() {
    life++;
    up = false;
    pausedUntil = 0;
    cutUntil = 0;
    entries.clear();
    asked.clear();
    ids.clear();
    carriers.clear();
    trips.clear();
    routing = new Routing(new Sight());
    unsettled = new Unsettled();
    routerTicks = false;
    closing = false;
    toMap.clear();
    mapBusy.clear();
    appends.clear();
    appending = false;
    ticking = false;
    committer = committer();
    world.map.membersChanged();
    world.time.after(
        DETECTION,
        () -> {
          for (SimMember other : world.members) {
            if (other != this && other.up) {
              other.on(
                  other.life,
                  () -> other.act(other.routing.gone(String.valueOf(index), other.nanos())));
            }
          }
        });
  }

  /** Leaves politely: hands its spaces over, takes nothing new, finishes what it took. */
  void close(Runnable left) {
    if (!up || closing) {
      return;
    }
    closing = true;
    world.map.membersChanged();
    int now = life;
    Drain drain = new Drain(nanos());
    later(ROUTER_TICK, () -> drain(now, drain, left));
  }

  private void drain(int when, Drain drain, Runnable left) {
    switch (drain.look(committer.isBusy() || !asked.isEmpty(), nanos())) {
      case END -> {
        crash();
        left.run();
        return;
      }
      case LET_GO -> perform(committer.abandon("this member is closing"));
      case GO_ON -> {}
    }
    if (when == life) {
      later(ROUTER_TICK, () -> drain(when, drain, left));
    }
  }

  boolean isClosing() {
    return closing;
  }

  void pause(long span) {
    pausedUntil = Math.max(pausedUntil, world.time.nanos() + span);
  }

  void cutFromStore(long span) {
    cutUntil = world.time.nanos() + span;
  }

  void heal() {
    cutUntil = Math.min(cutUntil, world.time.nanos());
  }

  /** Does it in that life, when it is not stopped. */
  void on(int when, Runnable what) {
    if (when != life || !up) {
      return;
    }
    if (world.time.nanos() < pausedUntil) {
      world.time.after(pausedUntil - world.time.nanos(), () -> on(when, what));
    } else {
      what.run();
    }
  }

  /** After so much time of its own clock. */
  void later(long span, Runnable what) {
    int now = life;
    world.time.after((long) (span / rate), () -> on(now, what));
  }

  <T> void read(Supplier<T> work, Consumer<T> done, Runnable failed) {
    world.store.call(this, work, done, failed);
  }

  /** Idle entries leave the map; the audit puts back what it misses. */
  private void audit() {
    later(
        2 * Timeline.SECOND,
        () -> {
          if (!world.calm) {
            world.map.expire(this);
          }
          if (world.calm || world.chance(AUDITED)) {
            world.spaces().forEach(space -> world.map.ensure(this, space));
          }
          audit();
        });
  }

  // An agent's request.

  /** Commits, and tells when this member shows what was committed. */
  void request(Ask ask, long timeout, Consumer<List<Answer>> told) {
    List<Delta> deltas = ask.deltas;
    Once<List<Answer>> answer =
        new Once<>(answers -> {
          List<Answer> known =
              world.twin == Twin.FORGETS_WHAT_IT_CALLED_UNKNOWN
                  ? answers
                  : unsettled.told(ask.space, deltas, answers);
          seen(ask.space, known, () -> told.accept(known));
        });
    route(ask, timeout, answer);
    later(
        timeout + PATIENCE,
        () -> answer.accept(all(deltas, new Answer.Unavailable(true, "no answer in time"))));
  }

  private static List<Answer> all(List<Delta> deltas, Answer answer) {
    return Collections.nCopies(deltas.size(), answer);
  }

  /** As the router drives it: here where this member owns the space, else by the routing. */
  private void route(Ask ask, long timeout, Once<List<Answer>> answer) {
    long deadline = nanos() + timeout;
    if (!closing && new Sight().owner(ask.space) == null) {
      commit(
          ask,
          timeout,
          answers -> {
            if (Answer.isElsewhere(answers)) {
              Routing.Item item = trip(ask, deadline, answer);
              act(routing.declinedHere(item, answers, nanos()));
            } else {
              answer.accept(answers);
            }
          });
      return;
    }
    act(routing.submit(trip(ask, deadline, answer), nanos()));
  }

  private Routing.Item trip(Ask ask, long deadline, Consumer<List<Answer>> told) {
    long ticket = ++tickets;
    trips.put(ticket, new Trip(ask, told));
    return new Routing.Item(ticket, ask.space, ask.deltas, ask.sending(), deadline);
  }

  /** Does what the routing wants done. */
  private void act(List<Routing.Action> actions) {
    for (Routing.Action action : actions) {
      switch (action) {
        case Routing.Action.CommitHere here -> {
          long ticket = here.item().ticket();
          Trip trip = trips.get(ticket);
          if (trip != null) {
            commit(
                trip.ask,
                Math.max(1, here.item().deadlineNanos() - nanos()),
                answers -> act(routing.answeredHere(ticket, answers, nanos())));
          }
        }
        case Routing.Action.Send send -> send(send);
        case Routing.Action.Tell tell -> {
          Trip trip = trips.remove(tell.ticket());
          if (trip == null) {
            world.history.found(Flaw.BROKEN, "the routing tells twice: " + tell);
          } else {
            trip.told.accept(tell.answers());
          }
        }
      }
    }
    tickRouting();
  }

  private void tickRouting() {
    if (!routerTicks && routing.isBusy()) {
      routerTicks = true;
      later(
          ROUTER_TICK,
          () -> {
            routerTicks = false;
            act(routing.tick(nanos()));
          });
    }
  }

  /** Carries a batch to another member, and its answers back; a member that dies is noticed. */
  private void send(Routing.Action.Send send) {
    SimMember to = world.members.get(Integer.parseInt(send.to()));
    int theirs = to.life;
    List<Ask> asks = new ArrayList<>();
    List<Long> left = new ArrayList<>();
    for (Routing.Item item : send.items()) {
      Trip trip = trips.get(item.ticket());
      // who was answered meanwhile travels all the same
      asks.add(trip == null ? unasked(item) : trip.ask);
      left.add(Math.max(1, item.deadlineNanos() - nanos()));
    }
    int mine = life; // a member that came back is another to the others
    boolean[] answered = new boolean[1];
    world.network.sendOnce(
        this,
        to,
        () ->
            to.commitAll(
                asks,
                left,
                answers ->
                    world.network.sendOnce(
                        to,
                        this,
                        () -> {
                          if (mine == life) {
                            answered[0] = true;
                            act(routing.replied(send.batch(), answers, nanos()));
                          }
                        })));
    noticeDeath(send.batch(), to, theirs, answered);
  }

  private static Ask unasked(Routing.Item item) {
    return new Ask(
        item.space(),
        item.deltas(),
        item.sending().principal(),
        item.sending().condition(),
        0,
        -1,
        Instant.EPOCH,
        "nobody",
        false);
  }

  private void noticeDeath(long batch, SimMember to, int theirs, boolean[] answered) {
    later(
        DETECTION,
        () -> {
          if (!answered[0] && (to.life != theirs || !to.up)) {
            act(routing.failed(batch, nanos()));
          } else if (!answered[0]) {
            noticeDeath(batch, to, theirs, answered);
          }
        });
  }

  /** What another member asks of this one; what is not answered in a second is left open. */
  private void commitAll(
      List<Ask> asks, List<Long> left, Consumer<List<@Nullable List<Answer>>> told) {
    List<@Nullable List<Answer>> answers =
        new ArrayList<>(Collections.nCopies(asks.size(), (List<Answer>) null));
    int[] open = {asks.size()};
    boolean[] over = new boolean[1];
    for (int i = 0; i < asks.size(); i++) {
      int at = i;
      commit(
          asks.get(i),
          left.get(i),
          answer -> {
            answers.set(at, answer);
            if (--open[0] == 0 && !over[0]) {
              over[0] = true;
              told.accept(answers);
            }
          });
    }
    later(
        PATIENCE,
        () -> {
          if (!over[0]) {
            over[0] = true;
            told.accept(new ArrayList<>(answers));
          }
        });
  }

  private void seen(SpaceName space, List<Answer> answers, Runnable told) {
    List<Update> updates = new ArrayList<>();
    for (Answer answer : answers) {
      if (answer instanceof Answer.Accepted accepted) {
        updates.add(accepted.update());
      }
    }
    if (updates.isEmpty()) {
      told.run();
      return;
    }
    long version = updates.getLast().version();
    later(
        ON_ITS_WAY,
        () -> {
          Snapshot here = replicas.get(space);
          if (here == null || here.version() < version) {
            replicas.announced(List.of(updates.getLast()));
          }
        });
    long since = world.time.nanos();
    replicas.reached(
        space,
        version,
        PATIENCE,
        reached -> {
          if (!reached && world.isHealthySince(this, since)) {
            world.history.found(
                Flaw.STALE_READS,
                "member %d answers %s and does not show it after a second"
                    .formatted(index, updates.getLast()));
          }
          told.run();
        });
  }

  /** What is told once, whoever comes first. */
  private static final class Once<T> implements Consumer<T> {
    private final Consumer<T> told;
    private boolean done;

    Once(Consumer<T> told) {
      this.told = told;
    }

    boolean isDone() {
      return done;
    }

    @Override
    public void accept(T value) {
      if (!done) {
        done = true;
        told.accept(value);
      }
    }
  }

  // The commit loop.

  private void commit(Ask ask, long timeout, Consumer<List<Answer>> told) {
    if (closing) {
      String why = "this member is closing";
      Answer no =
          world.twin == Twin.CLOSES_BY_REFUSING
              ? new Answer.Unavailable(false, why)
              : new Answer.Elsewhere(why);
      told.accept(all(ask.deltas, no));
      return;
    }
    long deadline = nanos() + timeout;
    rollBack(ask.space, ask.deltas, 0, told, ready -> submit(ask, ready, deadline, told));
  }

  /** Reads what rollbacks lead to, one after the other. */
  private void rollBack(
      SpaceName space,
      List<Delta> deltas,
      int from,
      Consumer<List<Answer>> told,
      Consumer<List<Delta>> ready) {
    int at = from;
    while (at < deltas.size()
        && !(deltas.get(at) instanceof Delta.Rollback rollback && rollback.lacksTarget())) {
      at++;
    }
    if (at == deltas.size()) {
      ready.accept(deltas);
      return;
    }
    Delta.Rollback delta = (Delta.Rollback) deltas.get(at);
    int next = at;
    long to = delta.to();
    read(
        () -> world.store.log().replay(space, to),
        found -> {
          List<Delta> read = new ArrayList<>(deltas);
          Optional<State> target =
              to == 0
                  ? Optional.of(State.EMPTY)
                  : found.filter(state -> state.version() == to).map(Snapshot::state);
          target.ifPresent(state -> read.set(next, delta.withTarget(state)));
          rollBack(space, read, next + 1, told, ready);
        },
        () -> told.accept(all(deltas, new Answer.Unavailable(false, "the store is away"))));
  }

  private Committer committer() {
    return world.twin == Twin.JUDGES_POLICIES_AT_THE_DOOR
        ? new Committer(AT_ONCE, (_, _) -> Policy.NONE)
        : new Committer(AT_ONCE);
  }

  private void submit(Ask ask, List<Delta> deltas, long deadline, Consumer<List<Answer>> told) {
    SpaceName space = ask.space;
    long ticket = ++tickets;
    asked.put(ticket, told);
    carriers.put(ticket, ask);
    ids.put(ticket, deltas.stream().map(Delta::id).collect(Collectors.toSet()));
    if (world.twin == Twin.RESOLVER_WITHOUT_TOMBSTONES && !committer.isBusy()) {
      committer = committer();
    }
    Snapshot here = replicas.get(space);
    Condition condition = ask.condition;
    if (world.twin == Twin.JUDGES_CONDITIONS_EARLY
        && here != null
        && condition.holds(here.version(), here.head().leafHash())) {
      condition = Condition.NONE;
    }
    Sending sending = new Sending(ask.principal, condition);
    if (world.twin == Twin.JUDGES_POLICIES_AT_THE_DOOR
        && here != null
        && deltas.size() == 1
        && !(deltas.getFirst() instanceof Delta.Rollback)
        && Policy.in(here.state())
                .judge(
                    space,
                    sending,
                    here.state(),
                    deltas.getFirst(),
                    Resolver.resolve(
                        here.state(),
                        here.version(),
                        deltas.getFirst().against(here.version(), world.store.now())))
            instanceof Resolution.Refused refused
        && refused.refusal() instanceof Refusal.Policy) {
      tell(ticket, List.of(new Answer.Refused(refused.refusal())));
      return;
    }
    committer.submit(new Request(ticket, space, deltas, sending, deadline));
    if (here != null && world.twin != Twin.REFUSES_UNASKED) {
      committer.offer(withoutTombstones(here));
    }
    step();
  }

  private Snapshot withoutTombstones(Snapshot head) {
    if (world.twin != Twin.RESOLVER_WITHOUT_TOMBSTONES) {
      return head;
    }
    List<Cell.Leaf> leaves = new ArrayList<>();
    head.state().forEachLeaf(Pointer.ROOT, leaves::add);
    return new Snapshot(head.head(), State.of(leaves, Map.of()), head.frontier());
  }

  private void step() {
    boolean byWallClock = world.twin == Twin.JUDGES_BY_ITS_OWN_CLOCK;
    if (byWallClock || world.store.isReachable(this)) {
      perform(committer.step(byWallClock ? wallClock() : world.store.now(), nanos()));
    } else {
      perform(committer.expire(nanos()));
    }
    if (committer.hasMore()) {
      later(0, this::step);
    }
    tick();
  }

  private void tick() {
    if (!ticking && committer.isBusy()) {
      ticking = true;
      later(
          BACKOFF,
          () -> {
            ticking = false;
            step();
          });
    }
  }

  private void perform(List<Action> actions) {
    actions.forEach(this::perform);
  }

  private void perform(Action action) {
    switch (action) {
      case Action.Append append -> {
        noteCarriers(append);
        appends.add(append.batches());
        nextAppend();
      }
      case Action.Load load ->
          look(
              load.space(),
              () -> world.store.log().replay(load.space(), Long.MAX_VALUE),
              loaded -> committer.loaded(load.space(), loaded.map(this::withoutTombstones)));
      case Action.CatchUp catchUp -> catchUp(catchUp);
      case Action.Check check -> check(check);
      case Action.ReadOld old -> readOld(old);
      case Action.Publish publish -> publish(publish);
      case Action.Tell tell -> tell(tell.ticket(), tell.answers());
      case Action.Resolve resolve -> {
        resolve.aside().resolve();
        perform(committer.resolved(resolve.space()));
      }
      case Action.Alarm alarm -> {
        if (!alarm.what().contains("was not there yet when it was read")) {
          world.history.found(Flaw.REPLICAS_DIFFER, "member " + index + " alarms: " + alarm);
        }
      }
    }
  }

  private void noteCarriers(Action.Append append) {
    for (int i = 0; i < append.batches().size(); i++) {
      for (Request request : append.requests().get(i)) {
        Ask ask = Objects.requireNonNull(carriers.get(request.ticket()));
        world.history.carries(append.batches().get(i), ask);
      }
    }
  }

  /** Reads, and goes on with what the committer makes of it. */
  private <T> void look(SpaceName space, Supplier<T> work, Function<T, List<Action>> told) {
    Committer asking = committer;
    read(
        work,
        found -> {
          if (committer == asking) {
            perform(told.apply(found));
            step();
          }
        },
        () -> {
          if (committer == asking) {
            perform(committer.readFailed(space));
            tick();
          }
        });
  }

  private record Following(LogHead now, List<Update> updates) {}

  private void catchUp(Action.CatchUp catchUp) {
    Committer asking = committer;
    read(
        () -> world.store.log().head(catchUp.space()).orElseThrow(),
        now ->
            look(
                catchUp.space(),
                () ->
                    new Following(
                        now, world.store.log().read(catchUp.space(), catchUp.since(), READ_LIMIT)),
                found -> committer.caughtUp(catchUp.space(), found.now, found.updates)),
        () -> {
          if (committer == asking) {
            perform(committer.readFailed(catchUp.space()));
            tick();
          }
        });
  }

  private void readOld(Action.ReadOld old) {
    Committer asking = committer;
    read(
        () -> {
          MemoryUpdateLog log = world.store.log();
          if (log.remembered(old.space()) < old.upTo()) {
            log.rememberAll(old.space());
          }
          return log.recall(
              old.space(), old.wanted().since(), old.wanted().at(), old.wanted().around());
        },
        found -> {
          if (committer == asking) {
            world.recalls++;
            perform(
                committer.recalled(
                    old,
                    world.twin == Twin.FORGETS_OLD_TOMBSTONES
                        ? new OldTombstones(found.upTo(), new TreeMap<>(), false)
                        : found));
            step();
          }
        },
        () -> {
          if (committer == asking) {
            perform(committer.recallFailed(old));
            tick();
          }
        });
  }

  private record Checked(Optional<LogHead> now, Found known) {}

  private void check(Action.Check check) {
    Snapshot mine = replicas.get(check.space());
    if (world.twin == Twin.REFUSES_UNASKED && mine != null) {
      perform(committer.checked(check.space(), Optional.of(mine.head()), Found.NONE));
      return;
    }
    Committer asking = committer;
    read(
        () -> world.store.log().head(check.space()),
        now ->
            look(
                check.space(),
                () -> new Checked(now, world.store.log().find(check.space(), check.ids())),
                found -> committer.checked(check.space(), found.now, found.known)),
        () -> {
          if (committer == asking) {
            perform(committer.readFailed(check.space()));
            tick();
          }
        });
  }

  /** One append at a time is at the store; what became of it comes back in their order. */
  private void nextAppend() {
    if (appending || appends.isEmpty()) {
      return;
    }
    appending = true;
    List<Batch> batches = appends.remove();
    world.store.append(
        this,
        batches,
        outcomes -> {
          appendDone();
          answered(() -> committer.appended(outcomes), true);
        },
        failure -> {
          appendDone();
          failed(batches, failure);
        });
  }

  private void appendDone() {
    appending = false;
    nextAppend();
  }

  private void answered(Supplier<List<Action>> told, boolean progress) {
    perform(told.get());
    if (progress) {
      step();
    } else {
      tick();
    }
  }

  private void failed(List<Batch> batches, Failure failure) {
    boolean takenForFailure =
        world.twin == Twin.TAKES_DEAD_CONNECTION_FOR_FAILURE
            && failure.outcome() == Outcome.UNKNOWN;
    Outcome outcome = takenForFailure ? Outcome.NOT_APPLIED : failure.outcome();
    String why = "the store says " + failure.trouble();
    answered(() -> committer.appendFailed(outcome, failure.trouble(), why), false);
    if (takenForFailure) {
      tellAll(batches, new Answer.Unavailable(false, "connection lost"));
    } else if (world.twin == Twin.REFUSES_A_WHOLE_APPEND && failure.trouble() == Trouble.REFUSED) {
      tellAll(batches, new Answer.Refused(new Refusal.StoreRefused(why)));
    }
  }

  /** What a twin tells all whose updates were in an append. */
  private void tellAll(List<Batch> batches, Answer answer) {
    for (Batch batch : batches) {
      for (Update update : batch.updates()) {
        for (Map.Entry<Long, Set<UpdateId>> each : new TreeMap<>(ids).entrySet()) {
          if (each.getValue().contains(update.id())) {
            Consumer<List<Answer>> told = asked.put(each.getKey(), _ -> {});
            if (told != null) {
              told.accept(Collections.nCopies(each.getValue().size(), answer));
            }
          }
        }
      }
    }
  }

  private void tell(long ticket, List<Answer> answers) {
    ids.remove(ticket);
    carriers.remove(ticket);
    Consumer<List<Answer>> told = asked.remove(ticket);
    if (told == null) {
      world.history.found(Flaw.BROKEN, "member " + index + " tells twice: " + answers);
    } else {
      told.accept(answers);
    }
  }

  private void publish(Action.Publish publish) {
    world.history.published(publish);
    Snapshot head = publish.head();
    if (world.twin == Twin.RESOLVER_WITHOUT_TOMBSTONES) {
      Snapshot mine = replicas.get(head.space());
      if (mine != null) {
        replicas.announced(publish.updates());
      }
    } else {
      replicas.advance(head);
    }
    List<Update> updates = publish.updates();
    for (SimMember other : world.members) {
      if (other != this && other.isUp() && !world.topicIsDead()) {
        world.network.send(this, other, () -> other.replicas.announced(updates));
      }
    }
    toMap.computeIfAbsent(head.space(), _ -> new ArrayDeque<>()).addAll(updates);
    mergeIntoMap(head.space());
  }

  /** One merge of an entry under way; what is committed meanwhile goes into the next. */
  private void mergeIntoMap(SpaceName space) {
    Deque<Update> waiting = toMap.get(space);
    if (waiting == null || waiting.isEmpty() || !mapBusy.add(space)) {
      return;
    }
    List<Update> updates = List.copyOf(waiting);
    waiting.clear();
    int now = life;
    world.map.committed(
        this,
        updates,
        () ->
            on(
                now,
                () ->
                    later(
                        BACKOFF,
                        () -> {
                          mapBusy.remove(space);
                          mergeIntoMap(space);
                        })));
  }
}
