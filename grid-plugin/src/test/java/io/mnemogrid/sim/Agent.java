package io.mnemogrid.sim;

import io.mnemogrid.commit.Answer;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.Policy;
import io.mnemogrid.policy.Principal;
import io.mnemogrid.policy.Role;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Timestamps;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One agent at a time wants one thing, and sends it, under the same id and now and then through
 * another member, until it knows what became of it.
 */
final class Agent {
  /** Where agents meet, below {@code /shared}. */
  static final List<String> PATHS =
      List.of("/n", "/o/a", "/o/b", "/o/c/d", "/o", "/list", "/list/x");

  /** Who writes all but policies. */
  private static final Principal WRITER =
      new Principal(new Grant(Role.WRITER, List.of(Glob.ALL), List.of(Glob.ALL)));

  /** What kind of thing an agent wants. */
  enum Kind {
    /** One more on a counter. */
    COUNT,
    /** A path of its own. */
    OWN,
    /** What others write too: sets, deletes, strict ones, wrong ones. */
    SHARED,
    /** Several as one. */
    LIST,
    /** A patch of what others write too. */
    PATCH,
    /** An earlier document. */
    ROLLBACK,
    /** Other rules for {@code /shared/o}. */
    POLICY
  }

  /** What an agent wants, under however many ids. */
  static final class Wish {
    final Kind kind;
    final SpaceName space;
    final String path;
    List<Delta> deltas = List.of();
    Condition condition = Condition.NONE;
    Principal principal = WRITER;
    final Map<Hash, String> requests = new LinkedHashMap<>();

    /** Whether its time was taken from the member's clock, so that it must not be refused. */
    boolean timed = true;

    boolean underWay;
    boolean fulfilled;
    boolean over;

    Wish(Kind kind, SpaceName space, String path) {
      this.kind = kind;
      this.space = space;
      this.path = path;
    }
  }

  private final World world;
  private final int index;
  private final List<Ask> asks;
  private final List<Wish> wishes = new ArrayList<>();
  private int home;
  private int made;
  private @Nullable Wish open;

  /** An agent whose requests go into {@code asks} too. */
  Agent(World world, int index, List<Ask> asks) {
    this.world = world;
    this.index = index;
    this.asks = asks;
    this.home = world.random.nextInt(world.members.size());
  }

  List<Wish> wishes() {
    return wishes;
  }

  @Nullable Wish open() {
    return open;
  }

  /** Wants something, or goes on with what is open. */
  void act() {
    if (world.chance(5)) {
      home = world.random.nextInt(world.members.size());
    }
    Wish wish = open;
    if (wish != null) {
      goOn(wish);
    } else if (world.chance(8) && !asks.isEmpty()) {
      repeat(asks.get(asks.size() - 1 - world.random.nextInt(Math.min(asks.size(), 15))));
    } else {
      begin();
    }
  }

  /** Sends again what is open and not under way. */
  void goOn(Wish wish) {
    if (!wish.underWay && !wish.over) {
      SimMember through = member();
      if (through != null) {
        send(wish, through);
        if (!world.calm && world.chance(10)) {
          SimMember other = member();
          if (other != null) {
            send(wish, other);
          }
        }
      }
    }
  }

  private @Nullable SimMember member() {
    SimMember member =
        world.members.get(world.chance(75) ? home : world.random.nextInt(world.members.size()));
    return member.isUp() ? member : null;
  }

  private void begin() {
    SimMember member = member();
    if (member == null) {
      return;
    }
    Kind kind = kind();
    SpaceName space = space(kind);
    String path =
        kind == Kind.COUNT
            ? "/counters/c" + world.random.nextInt(2)
            : "/own/a" + index + "/k" + made;
    Wish wish = new Wish(kind, space, path);
    if (make(wish, member)) {
      wishes.add(wish);
      open = wish;
      send(wish, member);
    }
  }

  private SpaceName space(Kind kind) {
    if (kind == Kind.COUNT || kind == Kind.OWN) {
      return GridSim.COUNTS;
    }
    if (kind == Kind.ROLLBACK || kind == Kind.PATCH || kind == Kind.POLICY) {
      return GridSim.MIXED;
    }
    if (world.hasPast && world.chance(35)) {
      return Past.SPACE;
    }
    return world.chance(50)
        ? GridSim.MIXED
        : world.chance(2)
            ? GridSim.NOWHERE
            : GridSim.SPACES.get(world.random.nextInt(GridSim.SPACES.size()));
  }

  private Kind kind() {
    int dice = world.random.nextInt(100);
    if (dice < 42) {
      return dice < 30 ? Kind.COUNT : Kind.OWN;
    }
    if (dice < 80) {
      return dice < 70 ? Kind.SHARED : Kind.PATCH;
    }
    if (dice < 90) {
      return Kind.LIST;
    }
    return dice < 95 ? Kind.ROLLBACK : Kind.POLICY;
  }

  private String newId(SpaceName space) {
    return space.text() + "-" + index + "-" + made++;
  }

  /** Makes the request from what a member shows; false when that has no replica yet. */
  private boolean make(Wish wish, SimMember member) {
    Snapshot seen = member.replicas().get(wish.space);
    if (seen == null && (wish.kind == Kind.COUNT || wish.kind == Kind.OWN)) {
      return false;
    }
    long version = seen == null ? 0 : seen.version();
    List<Delta> deltas = new ArrayList<>();
    wish.condition = wish.kind == Kind.COUNT ? Condition.NONE : condition(seen);
    switch (wish.kind) {
      case COUNT -> deltas.add(count(wish, member, seen));
      case PATCH -> deltas.add(patch(wish));
      case OWN ->
          deltas.add(
              Delta.parse(
                  request(newId(wish.space), version, member.authorTime())
                      .with("changes", added(wish.path, Json.of(made)))));
      case SHARED -> deltas.add(shared(wish, member, version));
      case POLICY -> {
        wish.principal = world.chance(85) ? Principal.TRUSTED : WRITER;
        deltas.add(
            Delta.parse(
                request(newId(wish.space), version, member.authorTime())
                    .with("changes", policy())));
      }
      case LIST -> {
        for (int i = 2 + world.random.nextInt(2); i > 0; i--) {
          deltas.add(shared(wish, member, version));
        }
      }
      case ROLLBACK ->
          deltas.add(
              Delta.parseRollback(
                  Json.object(
                      Map.of(
                          "to", Json.of(Math.max(0, version - world.random.nextInt(10) + 1)),
                          "author", Json.of("agent-" + index),
                          "update_id", Json.of(newId(wish.space))))));
    }
    wish.deltas = List.copyOf(deltas);
    deltas.forEach(delta -> wish.requests.put(delta.requestHash(), delta.id().text()));
    return true;
  }

  /** One more on a counter: strictly, on a head that nobody else touched, or after a test. */
  private Delta count(Wish wish, SimMember member, @Nullable Snapshot seen) {
    Json value = seen == null ? null : seen.state().value(Pointer.parse(wish.path));
    Json next = Json.of(value instanceof Json.Num number ? (long) number.value() + 1 : 1);
    String id = newId(wish.space);
    int how = world.random.nextInt(3);
    if (how == 0 && value != null) {
      return Delta.Patch.ofSteps(
          new UpdateId(id),
          author(),
          "test",
          new Json.Arr(List.of(step("test", wish.path, value), step("replace", wish.path, next))));
    }
    Json.Obj request =
        request(id, seen == null ? 0 : seen.version(), member.authorTime())
            .with("changes", added(wish.path, next));
    if (how == 1 && seen != null) {
      wish.condition = Condition.is(seen.version(), seen.head().leafHash());
      return Delta.parse(request);
    }
    return Delta.parse(
        request.with("strict", Json.TRUE).with("reads", Json.ofStrings(List.of(wish.path))));
  }

  /** A patch like those of an agent that does not know what stands. */
  private Delta patch(Wish wish) {
    UpdateId id = new UpdateId(newId(wish.space));
    Json value = Json.of(world.random.nextInt(3));
    String path = "/shared" + PATHS.get(world.random.nextInt(PATHS.size()));
    if (world.chance(40)) {
      Json shared =
          Json.object(
              Map.of(
                  "n",
                  world.chance(50) ? Json.NULL : value,
                  "o",
                  Json.object(Map.of("a", value, "b", Json.NULL))));
      return Delta.Patch.ofMerge(
          id, author(), "test", Json.object(Map.of("shared", world.chance(5) ? value : shared)));
    }
    List<Json> steps = new ArrayList<>();
    if (world.chance(50)) {
      steps.add(step("test", path, value));
    }
    String op = List.of("add", "replace", "remove").get(world.random.nextInt(3));
    steps.add(step(op, path, Json.of(world.random.nextInt(3))));
    return Delta.Patch.ofSteps(id, author(), "test", new Json.Arr(steps));
  }

  /**
   * Other writers below {@code /shared/o}, or none in particular; now and then what is no policy.
   */
  private Json.Obj policy() {
    if (world.chance(20)) {
      return deleted(Reserved.POLICY.toString());
    }
    int first = world.random.nextInt(6);
    Json rule =
        Json.object(
            Map.of(
                "paths",
                Json.ofStrings(List.of(world.chance(10) ? "shared" : "/shared/o/**")),
                "authors",
                Json.ofStrings(List.of("agent-" + first, "agent-" + (first + 1) % 6))));
    Json policy =
        Json.object(
            Map.of("format", Json.of(Policy.FORMAT), "writers", new Json.Arr(List.of(rule))));
    return added(Reserved.POLICY.toString(), policy);
  }

  private static Json.Obj step(String op, String path, Json value) {
    return Json.object(Map.of("op", Json.of(op), "path", Json.of(path), "value", value));
  }

  private Author author() {
    return new Author("agent-" + index);
  }

  /** Mostly none; else the head that the agent was shown, or whether there is one. */
  private Condition condition(@Nullable Snapshot seen) {
    if (world.chance(75) || seen == null) {
      return Condition.NONE;
    }
    if (world.chance(80)) {
      return Condition.is(seen.version(), seen.head().leafHash());
    }
    return world.chance(50) ? Condition.WRITTEN : Condition.UNWRITTEN;
  }

  private Json.Obj request(String id, long base, Instant time) {
    return Json.EMPTY_OBJECT
        .with("update_id", Json.of(id))
        .with("base", Json.of(base))
        .with("author", Json.of("agent-" + index))
        .with("timestamp", Json.of(Timestamps.format(time)))
        .with("type", Json.of("test"));
  }

  private static Json.Obj added(String path, Json value) {
    return Json.EMPTY_OBJECT.with(
        "added", new Json.Arr(List.of(Json.object(Map.of("key", Json.of(path), "value", value)))));
  }

  private static Json.Obj deleted(String path) {
    return Json.EMPTY_OBJECT.with(
        "deleted", new Json.Arr(List.of(Json.object(Map.of("key", Json.of(path))))));
  }

  /** A delta like those of an agent that is a little behind; now and then one that is wrong. */
  private Delta shared(Wish wish, SimMember member, long version) {
    long base =
        world.chance(3)
            ? version + 1 + world.random.nextInt(2)
            : Math.max(0, version - world.random.nextInt(8));
    String id =
        world.chance(3) && made > 0
            ? wish.space.text() + "-" + index + "-" + world.random.nextInt(made)
            : newId(wish.space);
    Instant time = member.authorTime();
    if (world.chance(12)) {
      wish.timed = false;
      time =
          world.chance(60)
              ? member.wallClock()
              : world.store.now().plusMillis(4900 + world.random.nextInt(400));
    }
    if (wish.space.equals(Past.SPACE) && world.chance(60)) {
      base = world.random.nextInt(Past.only().conflicts());
      if (world.chance(50)) {
        wish.timed = false;
        time = Past.only().time(1 + world.random.nextInt(Past.only().conflicts()));
      }
    }
    String path = "/shared" + PATHS.get(world.random.nextInt(PATHS.size()));
    if (path.equals("/shared/list/x") && world.chance(60)) {
      path = "/shared/list";
    }
    if (wish.space.equals(Past.SPACE) && world.chance(50)) {
      path = "/shared" + Past.GONE.get(world.random.nextInt(Past.GONE.size()));
    }
    boolean refused = world.chance(world.bursts ? 15 : 2);
    if (refused) {
      path = SimStore.REFUSED + "/x";
    }
    Json value =
        world.chance(12)
            ? new Json.Arr(List.of(Json.of(made)))
            : world.chance(10)
                ? Json.object(Map.of("a", Json.of(1), "e", Json.of(made % 3)))
                : Json.of(world.random.nextInt(3));
    Json.Obj request =
        request(id, base, time)
            .with("changes", !refused && world.chance(30) ? deleted(path) : added(path, value));
    if (world.chance(15)) {
      request = request.with("strict", Json.TRUE).with("reads", Json.ofStrings(List.of(path)));
    }
    return Delta.parse(request);
  }

  private void repeat(Ask before) {
    SimMember member = member();
    if (member != null && (before.isAccepted() || !before.isSettled())) {
      ask(
          before.space,
          before.deltas,
          before.principal,
          before.condition,
          member,
          _ -> {},
          () -> {});
    }
  }

  private void send(Wish wish, SimMember through) {
    wish.underWay = true;
    List<Delta> deltas = wish.deltas;
    if (world.bursts && deltas.stream().anyMatch(SimStore::isRefused)) {
      aside(wish.space, through);
      aside(wish.space, through);
    }
    ask(
        wish.space,
        deltas,
        wish.principal,
        wish.condition,
        through,
        answers -> {
          if (wish.deltas == deltas) {
            told(wish, answers);
          }
        },
        () -> wish.underWay = false);
  }

  /** Writes something of no importance, and does not wait for what becomes of it. */
  private void aside(SpaceName space, SimMember through) {
    Snapshot seen = through.replicas().get(space);
    Delta delta =
        Delta.parse(
            request(newId(space), seen == null ? 0 : seen.version(), through.authorTime())
                .with("changes", added("/aside/a" + index + "/k" + made, Json.of(made))));
    ask(space, List.of(delta), WRITER, Condition.NONE, through, _ -> {}, () -> {});
  }

  private void ask(
      SpaceName space,
      List<Delta> deltas,
      Principal principal,
      Condition condition,
      SimMember through,
      Consumer<List<Answer>> told,
      Runnable silence) {
    long asked = world.time.nanos();
    long setBack = world.store.setBackNanos();
    Ask ask =
        new Ask(
            space,
            deltas,
            principal,
            condition,
            asked,
            world.history.headAt(space, asked),
            world.store.now(),
            "member %d, life %d".formatted(through.index(), through.life()),
            world.calm);
    asks.add(ask);
    long timeout = (world.calm ? 3000 : 200 + world.upTo(2500)) * Timeline.MILLI;
    boolean replyLost = !world.calm && world.chance(3);
    int life = through.life();
    world.time.after(
        world.delay(),
        () ->
            through.on(
                life,
                () ->
                    through.request(
                        ask,
                        timeout,
                        answers -> {
                          if (replyLost) {
                            return;
                          }
                          world.time.after(
                              world.delay(),
                              () -> {
                                ask.answers = answers;
                                ask.answeredNanos = world.time.nanos();
                                ask.headWhenAnswered =
                                    world.history.headAt(space, world.time.nanos());
                                ask.setBackNanos = world.store.setBackNanos() - setBack;
                                told.accept(answers);
                              });
                        })));
    world.time.after(
        timeout + 3 * Timeline.SECOND,
        () -> {
          if (ask.answers == null) {
            ask.lost = true;
            if (!replyLost && through.life() == life && world.isHealthySince(through, asked)) {
              world.history.found(Flaw.BROKEN, "never answered: " + ask);
            }
            silence.run();
          }
        });
  }

  private void told(Wish wish, List<Answer> answers) {
    wish.underWay = false;
    if (wish.over) {
      return;
    }
    for (Answer answer : answers) {
      switch (answer) {
        case Answer.Accepted _ -> {}
        case Answer.Unavailable none -> {
          if (none.unknown()) {
            return; // to be sent again
          }
          if (isClear(wish) && world.chance(50)) {
            if (wish.kind == Kind.COUNT) {
              anew(wish);
            } else {
              end(wish, false);
            }
          }
          return;
        }
        case Answer.Damaged damaged -> {
          world.history.found(Flaw.BROKEN, "told that the log is damaged: " + damaged);
          return;
        }
        case Answer.Refused refused -> {
          if (refused.refusal() instanceof Refusal.FutureTimestamp && wish.timed) {
            world.history.found(
                Flaw.CLOCKS, "refused with the member's own time: " + refused.refusal());
          }
          if (wish.kind == Kind.COUNT && isOvertaken(refused.refusal())) {
            anew(wish);
          } else {
            end(wish, false);
          }
          return;
        }
        case Answer.RefusedWith _ -> {}
        case Answer.Unchanged _ -> {
          end(wish, false);
          return;
        }
        case Answer.Elsewhere no ->
            world.history.found(Flaw.BROKEN, "an agent was sent elsewhere: " + no);
      }
    }
    end(wish, answers.stream().allMatch(Answer.Accepted.class::isInstance));
  }

  /** Whether somebody else counted first. */
  private static boolean isOvertaken(Refusal refusal) {
    return refusal instanceof Refusal.StrictConflict
        || refusal instanceof Refusal.NotCurrent
        || refusal instanceof Refusal.TestFailed;
  }

  /** Whether no request for it, whoever sent it, did something or still may. */
  private boolean isClear(Wish wish) {
    return asks.stream()
        .filter(ask -> ask.deltas == wish.deltas)
        .allMatch(ask -> ask.isSettled() && !ask.isAccepted());
  }

  /** The same wish with what is shown now, under a new id. */
  private void anew(Wish wish) {
    SimMember member = member();
    if (member != null && make(wish, member)) {
      send(wish, member);
    }
  }

  private void end(Wish wish, boolean fulfilled) {
    wish.over = true;
    wish.fulfilled = fulfilled;
    open = null;
  }

  /** How many of each answer it got. */
  void tally(Map<String, Integer> into) {
    for (Wish wish : wishes) {
      into.merge(
          wish.kind + (wish.fulfilled ? " fulfilled" : wish.over ? " refused" : " open"),
          1,
          Integer::sum);
    }
  }

  /** The answers of all asks, by kind. */
  static Map<String, Integer> answers(List<Ask> asks) {
    Map<String, Integer> tally = new TreeMap<>();
    for (Ask ask : asks) {
      List<Answer> answers = ask.answers;
      if (answers == null) {
        tally.merge("no answer", 1, Integer::sum);
        continue;
      }
      for (Answer answer : answers) {
        tally.merge(
            switch (answer) {
              case Answer.Accepted accepted -> accepted.duplicate() ? "duplicate" : "accepted";
              case Answer.Refused refused -> refused.refusal().code();
              case Answer.RefusedWith _ -> "refused with another";
              case Answer.Unchanged _ -> "unchanged";
              case Answer.Damaged _ -> "damaged";
              case Answer.Elsewhere _ -> "sent elsewhere";
              case Answer.Unavailable none -> none.unknown() ? "unknown" : "not applied";
            },
            1,
            Integer::sum);
      }
    }
    return tally;
  }
}
