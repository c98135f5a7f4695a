package io.mnemogrid.sim;

import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.sim.SimStore.Header;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A grid of members under agents and faults, in one thread and from one seed: the same seed plays
 * the same run. Members crash and come back empty, stop for seconds, are cut from the store or from
 * each other; the store is away, slow, flaky, full, and its clock is set back; wall clocks are
 * hours wrong; announcements vanish. Then all faults end, agents ask again until they know, and
 * what anybody was told or shown is held against the log.
 */
final class GridSim {
  /** Counters, paths of one agent each, and shared ones; nothing is rolled back here. */
  static final SpaceName COUNTS = SpaceName.of("counts");

  /** Everything, rollbacks too. */
  static final SpaceName MIXED = SpaceName.of("mixed");

  /** Created when agents write to it already. */
  static final SpaceName LATE = SpaceName.of("late");

  /** Never created. */
  static final SpaceName NOWHERE = SpaceName.of("nowhere");

  static final List<SpaceName> SPACES = List.of(COUNTS, MIXED, LATE);

  /** The same in a run that begins with a {@link Past}. */
  static final List<SpaceName> SPACES_AND_PAST = List.of(COUNTS, MIXED, LATE, Past.SPACE);

  /** How far a replica may be behind the log while nothing is wrong with its member. */
  private static final long STALENESS = 2 * Timeline.SECOND;

  private static final int MEMBERS = 3;
  private static final int AGENTS = 6;
  private static final int ROUNDS = 15;

  private final World world;
  private final int requests;
  private final List<Ask> asks = new ArrayList<>();
  private final List<Agent> agents = new ArrayList<>();
  private final int faultsPercent;

  GridSim(long seed, Twin twin, int requests) {
    this.world = new World(seed, twin);
    this.requests = requests;
    this.faultsPercent = 20 + world.random.nextInt(80);
  }

  /** Plays the run; what is wrong with it, nothing if all is well. */
  List<Finding> run() {
    try {
      begin();
      while (asks.size() < requests) {
        world.time.next();
      }
      settle();
      check();
    } catch (RuntimeException e) {
      world.history.found(Flaw.BROKEN, "a part failed: " + trace(e));
    }
    return world.history.findings();
  }

  private static String trace(RuntimeException e) {
    StringBuilder trace = new StringBuilder(String.valueOf(e));
    for (int i = 0; i < Math.min(6, e.getStackTrace().length); i++) {
      trace.append("\n    at ").append(e.getStackTrace()[i]);
    }
    return trace.toString();
  }

  private void begin() {
    world.history.created(COUNTS, 0);
    world.history.created(MIXED, 0);
    if (world.hasPast) {
      world.history.createdLongAgo(Past.only(), world.chance(80));
    }
    for (int i = 0; i < MEMBERS; i++) {
      world.members.add(new SimMember(world, i));
    }
    world.members.forEach(SimMember::start);
    world.map.rebalance();
    world.time.after(
        world.upTo(2 * Timeline.SECOND), () -> world.history.created(LATE, world.time.nanos()));
    for (int i = 0; i < AGENTS; i++) {
      Agent agent = new Agent(world, i, asks);
      agents.add(agent);
      actLater(agent);
    }
    faultLater();
    sample();
  }

  private void actLater(Agent agent) {
    long pause =
        world.chance(70) ? world.upTo(30 * Timeline.MILLI) : world.upTo(800 * Timeline.MILLI);
    world.time.after(
        pause,
        () -> {
          if (!world.calm) {
            agent.act();
            actLater(agent);
          }
        });
  }

  private void faultLater() {
    world.time.after(
        50 * Timeline.MILLI + world.upTo(1200 * Timeline.MILLI),
        () -> {
          if (!world.calm) {
            if (world.chance(faultsPercent)) {
              fault();
            }
            faultLater();
          }
        });
  }

  private void fault() {
    SimMember member = world.members.get(world.random.nextInt(MEMBERS));
    long span = 50 * Timeline.MILLI + world.upTo(3 * Timeline.SECOND);
    switch (world.random.nextInt(12)) {
      case 0, 1 -> crash(member);
      case 10 ->
          member.close(() -> world.time.after(world.upTo(1500 * Timeline.MILLI), member::start));
      case 11 -> world.store.beFull(span);
      case 2 -> member.pause(span);
      case 3 -> split(member, span);
      case 4 -> world.store.goAway(span);
      case 5 -> world.store.beSlow(span);
      case 6 -> world.store.beFlaky(span);
      case 7 -> member.cutFromStore(span);
      case 8 -> {
        world.network.loseMessages(span);
        world.killTopic(span);
      }
      default -> {
        if (world.store.setBackNanos() == 0) {
          world.store.setClockBack(world.upTo(1500 * Timeline.MILLI));
        }
      }
    }
  }

  private void crash(SimMember member) {
    if (member.isUp()) {
      member.crash();
      world.time.after(world.upTo(1500 * Timeline.MILLI), member::start);
    }
  }

  private void split(SimMember alone, long span) {
    alone.moveTo(1);
    world.map.membersChanged();
    world.time.after(
        span,
        () -> {
          alone.moveTo(0);
          world.map.membersChanged();
        });
  }

  /** Looks how far behind the log each member is that nothing was wrong with. */
  private void sample() {
    world.time.after(
        200 * Timeline.MILLI,
        () -> {
          long since = world.time.nanos() - STALENESS;
          for (SimMember member : world.members) {
            if (since > 0 && member.isUp() && world.isHealthySince(member, since)) {
              world.spaces().forEach(space -> sample(member, space, since));
            }
          }
          sample();
        });
  }

  private void sample(SimMember member, SpaceName space, long since) {
    Snapshot replica = member.replicas().peek(space);
    if (replica == null) {
      return; // it is loaded for whoever reads it
    }
    long shown = replica.version();
    long wanted = world.history.headAt(space, since);
    if (shown < wanted) {
      world.history.found(
          Flaw.STALE_READS,
          "member %d shows version %d of %s, the log had %d two seconds before"
              .formatted(member.index(), shown, space, wanted));
    }
  }

  /** Ends all faults, and lets agents ask until they know. */
  private void settle() {
    world.calm = true;
    world.store.recover();
    world.network.heal();
    for (SimMember member : world.members) {
      member.heal();
      member.moveTo(0);
    }
    world.map.membersChanged();
    world.time.pass(7 * Timeline.SECOND);
    world.store.settleAll();
    for (int round = 0;
        round < ROUNDS && agents.stream().anyMatch(a -> a.open() != null);
        round++) {
      if (world.twin != Twin.LEAVES_UNKNOWN_OUTCOMES) {
        agents.forEach(agent -> {
          Agent.Wish open = agent.open();
          if (open != null) {
            agent.goOn(open);
          }
        });
      }
      world.time.pass(Timeline.SECOND);
    }
    world.members.forEach(member -> world.spaces().forEach(member.replicas()::get));
    world.time.pass(6 * Timeline.SECOND);
  }

  private void check() {
    for (Agent agent : agents) {
      Agent.Wish open = agent.open();
      if (open != null) {
        world.history.found(
            Flaw.UNKNOWN_LEFT_OPEN,
            "asking again settles nothing: " + open.kind + " " + open.requests.values());
      }
    }
    world.history.check(asks);
    checkWishes();
    checkReplicas();
    checkHeaders();
  }

  /** What agents wanted, against the document alone. */
  private void checkWishes() {
    List<Update> log = world.store.log().all(COUNTS);
    Map<Hash, Integer> standing = new HashMap<>();
    log.forEach(update -> standing.merge(update.fields().request(), 1, Integer::sum));
    Map<String, Integer> counted = new TreeMap<>();
    Snapshot head = world.history.versions(COUNTS).getLast();
    for (Agent agent : agents) {
      for (Agent.Wish wish : agent.wishes()) {
        int times =
            wish.requests.keySet().stream()
                .mapToInt(request -> standing.getOrDefault(request, 0))
                .sum();
        if (wish.kind == Agent.Kind.COUNT) {
          counted.merge(wish.path, times, Integer::sum);
          if (times > 1) {
            world.history.found(
                Flaw.APPLIED_TWICE, times + " counts for one wish: " + wish.requests.values());
          }
        }
        if (wish.fulfilled && wish.space.equals(COUNTS) && times == 0) {
          world.history.found(
              Flaw.ACKNOWLEDGED_AND_LOST, "nothing of " + wish.requests.values() + " stands");
        }
        if (wish.fulfilled
            && wish.kind == Agent.Kind.OWN
            && head.state().value(Pointer.parse(wish.path)) == null) {
          world.history.found(
              Flaw.ACKNOWLEDGED_AND_LOST, wish.path + " was acknowledged and is gone");
        }
      }
    }
    counted.forEach((path, times) -> {
      Json value = head.state().value(Pointer.parse(path));
      long shown = value instanceof Json.Num number ? (long) number.value() : 0;
      if (shown != times) {
        world.history.found(
            shown < times ? Flaw.ACKNOWLEDGED_AND_LOST : Flaw.APPLIED_TWICE,
            path + " is " + shown + " after " + times + " counts");
      }
    });
  }

  private void checkReplicas() {
    for (SpaceName space : world.spaces()) {
      long head = world.store.log().head(space).orElseThrow().version();
      for (SimMember member : world.members) {
        Snapshot replica = member.replicas().get(space);
        if (replica == null || replica.version() != head) {
          world.history.found(
              Flaw.STALE_READS,
              "in the end member %d shows %s, the log %d"
                  .formatted(member.index(), replica == null ? "nothing" : replica.head(), head));
        } else {
          world.history.heldInTheEnd("member " + member.index(), replica);
        }
        Snapshot entry = member.entries().get(space);
        if (entry != null) {
          world.history.heldInTheEnd("the map at member " + member.index(), entry);
        }
      }
      if (world.map.version(space) != head) {
        world.history.found(
            Flaw.STALE_READS,
            "in the end the map has version %d of %s, the log %d"
                .formatted(world.map.version(space), space, head));
      }
    }
  }

  private void checkHeaders() {
    long number = 0;
    @Nullable Header before = null;
    for (Map.Entry<Long, List<Header>> each : world.store.headers().entrySet()) {
      Set<Header> headers = Set.copyOf(each.getValue());
      if (each.getKey() != ++number || each.getValue().size() != 1) {
        world.history.found(Flaw.TWO_HEADERS, "number " + each.getKey() + " has " + headers);
        return;
      }
      Header header = each.getValue().getFirst();
      if (before != null) {
        before
            .versions()
            .forEach((space, version) -> {
              if (header.versions().getOrDefault(space, 0L) < version) {
                world.history.found(Flaw.TWO_HEADERS, space + " shrinks in " + header);
              }
            });
      }
      before = header;
    }
    Map<SpaceName, Long> covered = world.store.newestHeader().versions();
    for (SpaceName space : world.spaces()) {
      long head = world.store.log().head(space).orElseThrow().version();
      if (covered.getOrDefault(space, 0L) < head) {
        world.history.found(
            Flaw.STANDS_STILL,
            "in the end the newest header covers version %d of %s, the log has %d"
                .formatted(covered.getOrDefault(space, 0L), space, head));
      }
    }
  }

  /** What a space's log holds after the run. */
  List<Update> log(SpaceName space) {
    return world.store.log().all(space);
  }

  /** All that the log and the asks say of whatever contains {@code text}. */
  List<String> about(String text) {
    List<String> lines = new ArrayList<>();
    for (Ask ask : asks) {
      String request = ask.deltas.stream().map(delta -> delta.request().canonical()).toList() + "";
      if (request.contains(text)) {
        lines.add(
            "%.3f s: %s to %s -> %s"
                .formatted(ask.askedNanos / 1e9, request, ask.space, ask.answers));
      }
    }
    for (SpaceName space : world.spaces()) {
      for (Update update : world.store.log().all(space)) {
        if (update.text().contains(text)) {
          lines.add("log: " + update.text());
        }
      }
    }
    return lines;
  }

  /** How the run went, for a look at what the simulation reaches. */
  Map<String, Integer> tally() {
    Map<String, Integer> tally = Agent.answers(asks);
    agents.forEach(agent -> agent.tally(tally));
    tally.put("headers", world.store.headers().size());
    tally.put("leaders", world.store.epochs());
    tally.put("old tombstones read", world.recalls);
    tally.put("entries evicted", world.evictedEntries);
    tally.put("merged into no entry", world.mergedIntoNothing);
    tally.put("loaded from the map", world.readThrough);
    tally.put("seconds", (int) (world.time.nanos() / Timeline.SECOND));
    tally.put(
        "updates", world.spaces().stream().mapToInt(s -> world.store.log().all(s).size()).sum());
    return tally;
  }
}
