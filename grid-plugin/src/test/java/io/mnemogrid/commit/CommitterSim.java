package io.mnemogrid.commit;

import io.mnemogrid.commit.Committer.Action;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable.Outcome;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Several members' committers over one log in memory, in one thread and from one seed: messages
 * take time, appends fail before and after they happened or happen later, reads fail, members crash
 * and come back empty, clients repeat, race and reuse ids. {@link #run} tells what {@link
 * CommitHistory} found wrong.
 */
final class CommitterSim {
  /** A committer, or a driver of it, that is wrong in one way; the checker has to see it. */
  enum Twin {
    NONE,
    /** Tells its askers while the append is still on its way. */
    ANSWERS_BEFORE_COMMIT,
    /** Takes a lost answer for a failure and inserts again without any condition. */
    INSERTS_AGAIN_AFTER_UNKNOWN,
    /** Tells a refusal by its own head, without asking the log. */
    REFUSES_UNASKED
  }

  /** One request as a client sent it to one member, and what it was told. */
  static final class Ask {
    final long ticket;
    final SpaceName space;
    final List<Delta> deltas;
    final long askedNanos;
    final long headWhenAsked;
    final boolean calm;
    long headWhenAnswered = -1;
    @Nullable List<Answer> answers;
    boolean lost;

    Ask(long ticket, SpaceName space, List<Delta> deltas, long nanos, long head, boolean calm) {
      this.ticket = ticket;
      this.space = space;
      this.deltas = deltas;
      this.askedNanos = nanos;
      this.headWhenAsked = head;
      this.calm = calm;
    }

    /** Whether the client knows what became of it. */
    boolean isSettled() {
      List<Answer> told = answers;
      return told != null
          && told.stream()
              .noneMatch(answer -> answer instanceof Answer.Unavailable none && none.unknown());
    }

    @Override
    public String toString() {
      return "ticket " + ticket + " in " + space + " " + deltas.stream().map(Delta::id).toList();
    }
  }

  private record Event(long nanos, long order, Runnable what) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      return nanos == other.nanos
          ? Long.compare(order, other.order)
          : Long.compare(nanos, other.nanos);
    }
  }

  /** A transaction whose connection died: its rows stay locked until it lands or is rolled back. */
  private record Limbo(List<Batch> batches, boolean lands) {}

  private final class Member {
    final long clockOffset = random.nextLong(1_000_000_000L);
    final Map<Long, Ask> open = new LinkedHashMap<>();
    final Map<SpaceName, Snapshot> known = new HashMap<>();
    Committer committer = new Committer();
    int life;

    long nanos() {
      return nanos + clockOffset;
    }

    void submit(Ask ask, long patience) {
      open.put(ask.ticket, ask);
      committer.submit(new Request(ask.ticket, ask.space, ask.deltas, nanos() + patience));
      List<Snapshot> versions = history.versions(ask.space);
      if (twin != Twin.REFUSES_UNASKED && !versions.isEmpty() && chance(40)) {
        committer.offer(versions.get(random.nextInt(versions.size())));
      }
      step();
    }

    void step() {
      perform(committer.step(log.now(), nanos()));
    }

    void tick() {
      step();
      if (!over) {
        after(3 * MILLI, this::tick);
      }
    }

    void crash() {
      life++;
      open.values().forEach(ask -> ask.lost = true);
      open.clear();
      known.clear();
      committer = new Committer();
    }

    /** Runs when the answer arrives, unless this member died since it asked. */
    void answer(int asked, Runnable what) {
      after(
          delay(),
          () -> {
            if (life == asked) {
              what.run();
              step();
            }
          });
    }

    void perform(List<Action> actions) {
      actions.forEach(this::perform);
    }

    private void perform(Action action) {
      int asked = life;
      switch (action) {
        case Action.Append append -> append(append.batches());
        case Action.Load load ->
            read(
                load.space(),
                () -> {
                  Optional<Snapshot> loaded = log.replay(load.space(), Long.MAX_VALUE);
                  answer(
                      asked,
                      () -> {
                        loaded.ifPresent(head -> known.put(load.space(), head));
                        perform(committer.loaded(load.space(), loaded));
                      });
                });
        case Action.CatchUp catchUp ->
            read(
                catchUp.space(),
                () -> {
                  LogHead now = log.head(catchUp.space()).orElseThrow();
                  after(
                      delay(),
                      () -> {
                        List<Update> updates =
                            log.read(catchUp.space(), catchUp.since(), 1 + random.nextInt(8));
                        answer(
                            asked,
                            () -> {
                              known.computeIfPresent(
                                  catchUp.space(), (_, head) -> following(head, updates));
                              perform(committer.caughtUp(catchUp.space(), now, updates));
                            });
                      });
                });
        case Action.Check check -> check(check);
        case Action.Tell tell -> told(tell);
        case Action.Publish publish -> {
          history.published(publish);
          known.put(publish.head().space(), publish.head());
        }
        case Action.Alarm alarm -> history.wrong("alarm at one log: " + alarm);
      }
    }

    private static Snapshot following(Snapshot head, List<Update> updates) {
      Snapshot at = head;
      for (Update update : updates) {
        at = update.version() == at.version() + 1 ? at.plus(update) : at;
      }
      return at;
    }

    private void check(Action.Check check) {
      int asked = life;
      Snapshot mine = known.get(check.space());
      if (twin == Twin.REFUSES_UNASKED && mine != null) {
        perform(committer.checked(check.space(), Optional.of(mine.head()), Map.of()));
        return;
      }
      read(
          check.space(),
          () -> {
            Optional<LogHead> now = log.head(check.space());
            after(
                delay(),
                () -> {
                  Map<io.mnemogrid.state.UpdateId, Update> found =
                      log.find(check.space(), check.ids());
                  answer(asked, () -> perform(committer.checked(check.space(), now, found)));
                });
          });
    }

    private void read(SpaceName space, Runnable what) {
      int asked = life;
      if (faulty(12)) {
        answer(asked, () -> perform(committer.readFailed(space)));
      } else {
        after(delay(), what);
      }
    }

    private void append(List<Batch> batches) {
      int asked = life;
      if (twin == Twin.ANSWERS_BEFORE_COMMIT && chance(30)) {
        after(delay(), () -> land(batches));
        List<Appended> all =
            batches.stream().map(_ -> (Appended) new Appended.Committed()).toList();
        answer(asked, () -> perform(committer.appended(all)));
        return;
      }
      after(
          delay(),
          () -> {
            settleLimbo(batches);
            int fate = calm ? 100 : random.nextInt(100);
            if (fate < 10) {
              answer(asked, () -> perform(committer.appendFailed(Outcome.NOT_APPLIED)));
            } else if (fate < 16) {
              answer(asked, () -> perform(committer.appendFailed(Outcome.UNKNOWN)));
            } else if (fate < 24) {
              land(batches);
              unknown(asked, batches);
            } else if (fate < 30) {
              Limbo limbo = new Limbo(batches, chance(60));
              limbos.add(limbo);
              after(random.nextInt(40) * MILLI, () -> settle(limbo));
              unknown(asked, batches);
            } else {
              List<Appended> outcomes = land(batches);
              answer(asked, () -> perform(committer.appended(outcomes)));
            }
          });
    }

    private void unknown(int asked, List<Batch> batches) {
      if (twin == Twin.INSERTS_AGAIN_AFTER_UNKNOWN) {
        answer(
            asked,
            () -> {
              log.insertBlindly(batches);
              perform(
                  committer.appended(
                      batches.stream().map(_ -> (Appended) new Appended.Committed()).toList()));
            });
      } else {
        answer(asked, () -> perform(committer.appendFailed(Outcome.UNKNOWN)));
      }
    }

    private void told(Action.Tell tell) {
      Ask ask = open.remove(tell.ticket());
      if (ask == null) {
        history.wrong("told twice: ticket " + tell.ticket());
      } else {
        ask.answers = tell.answers();
        ask.headWhenAnswered = head(ask.space);
      }
    }
  }

  static final SpaceName NOWHERE = SpaceName.of("nowhere");
  private static final List<SpaceName> SPACES =
      List.of(SpaceName.of("a"), SpaceName.of("b"), SpaceName.of("late"));
  private static final long MILLI = 1_000_000L;
  private static final List<String> PATHS = List.of("/n", "/o/a", "/o/b", "/o", "/list/x");

  private final Random random;
  private final Twin twin;
  private final MemoryUpdateLog log = new MemoryUpdateLog(this::storeTime);
  private final CommitHistory history = new CommitHistory(log);
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final List<Member> members = new ArrayList<>();
  private final List<Limbo> limbos = new ArrayList<>();
  private final List<Ask> asks = new ArrayList<>();
  private long nanos;
  private long order;
  private int made;
  private boolean calm;
  private boolean over;

  CommitterSim(long seed, Twin twin) {
    this.random = new Random(seed);
    this.twin = twin;
  }

  private java.time.Instant storeTime() {
    return Deltas.START.plusNanos(nanos);
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private boolean faulty(int percent) {
    return !calm && chance(percent);
  }

  private long delay() {
    return (faulty(3) ? 60 + random.nextInt(100) : random.nextInt(4)) * MILLI + 1;
  }

  private void after(long wait, Runnable what) {
    events.add(new Event(nanos + wait, order++, what));
  }

  private long head(SpaceName space) {
    return log.head(space).map(LogHead::version).orElse(-1L);
  }

  /** Plays {@code requests} requests, then settles what is open; what the checker found wrong. */
  List<String> run(int requests) {
    for (SpaceName space : SPACES.subList(0, 2)) {
      history.created(space, nanos);
    }
    for (int i = 0; i < 3; i++) {
      Member member = new Member();
      members.add(member);
      member.tick();
    }
    after(random.nextInt(200) * MILLI, () -> history.created(SPACES.get(2), nanos));
    for (int client = 0; client < 6; client++) {
      after(random.nextInt(5) * MILLI, () -> act(requests));
    }
    crashLater();
    while (asks.size() < requests) {
      next();
    }
    calm = true;
    drain();
    List.copyOf(limbos).forEach(this::settle);
    for (int round = 0; round < 5; round++) {
      repeatWhatIsOpen();
      drain();
    }
    over = true;
    checkNothingIsOpen();
    history.check(asks);
    return history.found();
  }

  private void next() {
    Event event = events.remove();
    nanos = event.nanos;
    event.what.run();
  }

  private void drain() {
    long until = nanos + 1500 * MILLI;
    while (!events.isEmpty() && nanos < until) {
      next();
    }
  }

  private void crashLater() {
    after(
        (5 + random.nextInt(120)) * MILLI,
        () -> {
          if (!calm) {
            members.get(random.nextInt(members.size())).crash();
            crashLater();
          }
        });
  }

  private List<Appended> land(List<Batch> batches) {
    List<Appended> outcomes = log.append(batches);
    history.landed();
    return outcomes;
  }

  private void settleLimbo(List<Batch> batches) {
    Set<SpaceName> touched = batches.stream().map(Batch::space).collect(Collectors.toSet());
    for (Limbo limbo : List.copyOf(limbos)) {
      if (limbo.batches.stream().map(Batch::space).anyMatch(touched::contains)) {
        settle(limbo);
      }
    }
  }

  private void settle(Limbo limbo) {
    if (limbos.remove(limbo) && limbo.lands) {
      land(limbo.batches);
    }
  }

  /** One client does something, and again a little later. */
  private void act(int requests) {
    if (asks.size() >= requests) {
      return;
    }
    if (!asks.isEmpty() && chance(25)) {
      Ask before = asks.get(asks.size() - 1 - random.nextInt(Math.min(asks.size(), 12)));
      send(before.space, before.deltas);
      if (chance(40)) {
        send(before.space, before.deltas);
      }
    } else {
      SpaceName space = chance(2) ? NOWHERE : SPACES.get(random.nextInt(SPACES.size()));
      List<Delta> deltas = new ArrayList<>();
      for (int i = chance(20) ? 2 + random.nextInt(2) : 1; i > 0; i--) {
        deltas.add(delta(space));
      }
      send(space, deltas);
    }
    after((1 + random.nextInt(6)) * MILLI, () -> act(requests));
  }

  private void send(SpaceName space, List<Delta> deltas) {
    Ask ask = new Ask(asks.size() + 1, space, deltas, nanos, head(space), calm);
    asks.add(ask);
    long patience = (calm ? 1000 : 10 + random.nextInt(300)) * MILLI;
    members.get(random.nextInt(members.size())).submit(ask, patience);
  }

  /** A delta like those of a client that is a little behind; now and then one that is wrong. */
  private Delta delta(SpaceName space) {
    long head = Math.max(0, head(space));
    long base = chance(3) ? head + 1 + random.nextInt(2) : Math.max(0, head - random.nextInt(6));
    String id = "u" + (chance(4) && made > 0 ? random.nextInt(made) : made++);
    String path = PATHS.get(random.nextInt(PATHS.size()));
    Json value = chance(15) ? new Json.Arr(List.of(Json.of(made))) : Json.of(random.nextInt(3));
    int skew = chance(4) ? 4900 + random.nextInt(400) : random.nextInt(20) - 10;
    java.time.Instant time = log.now().plusMillis(skew);
    Json.Obj request =
        Deltas.request(
            id, base, time, path.equals("/list/x") && chance(60) ? "/list" : path, value);
    if (chance(15)) {
      request =
          request.with(
              "changes",
              Json.EMPTY_OBJECT.with(
                  "modified",
                  new Json.Arr(
                      List.of(
                          Json.EMPTY_OBJECT
                              .with("key", Json.of("/n"))
                              .with("old_value", Json.of(random.nextInt(3)))
                              .with("new_value", Json.of(random.nextInt(3)))))));
      request = request.with("strict", Json.TRUE);
    } else if (chance(25)) {
      request = request.with("strict", Json.TRUE).with("reads", Json.ofStrings(List.of(path)));
    }
    return Delta.parse(request);
  }

  /** What a careful client does with every answer that left it in doubt. */
  private void repeatWhatIsOpen() {
    Map<List<Delta>, Ask> last = new LinkedHashMap<>();
    asks.forEach(ask -> last.put(ask.deltas, ask));
    last.forEach((deltas, ask) -> {
      if (!ask.isSettled()) {
        send(ask.space, deltas);
      }
    });
  }

  private void checkNothingIsOpen() {
    Map<List<Delta>, Ask> last = new LinkedHashMap<>();
    asks.forEach(ask -> last.put(ask.deltas, ask));
    for (Ask ask : last.values()) {
      if (!ask.isSettled()) {
        history.wrong("sending the same id again settles nothing: " + ask);
      }
    }
  }

  /** How the run went, for a look at what the simulation reaches. */
  Map<String, Integer> tally() {
    Map<String, Integer> tally = new TreeMap<>();
    for (Ask ask : asks) {
      List<Answer> answers = ask.answers;
      if (answers == null) {
        tally.merge(ask.lost ? "lost with its member" : "open", 1, Integer::sum);
        continue;
      }
      for (Answer answer : answers) {
        tally.merge(
            switch (answer) {
              case Answer.Accepted accepted -> accepted.duplicate() ? "duplicate" : "accepted";
              case Answer.Refused refused -> code(refused.refusal());
              case Answer.RefusedWith _ -> "refused with another";
              case Answer.Unavailable none -> none.unknown() ? "unknown" : "not applied";
            },
            1,
            Integer::sum);
      }
    }
    return tally;
  }

  private static String code(Refusal refusal) {
    return refusal.code();
  }
}
