package io.mnemogrid.sim;

import io.mnemogrid.checkpoint.LeaseRow;
import io.mnemogrid.commit.Deltas;
import io.mnemogrid.commit.MemoryUpdateLog;
import io.mnemogrid.log.LogUnavailable.Outcome;
import io.mnemogrid.log.LogUnavailable.Trouble;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The SQL store as its callers meet it: calls take time and may fail; an append fails before or
 * after it happened, or its connection dies at COMMIT while the transaction holds its rows and
 * lands later or never; the store is away, slow or full for a while; its clock is its own. Like a
 * database with a trigger, it refuses each append that writes below {@link #REFUSED}.
 */
final class SimStore {
  /** Below this the store takes no value. */
  static final String REFUSED = "/refused";

  private static final long SLOWEST = 600 * Timeline.MILLI;
  private static final long TIMEOUT = 20 * Timeline.MILLI;

  /** A transaction whose connection died: its rows stay locked until it lands or is rolled back. */
  private record Limbo(List<Batch> batches, boolean lands) {}

  /** Why an append failed, and what is known of it. */
  record Failure(Outcome outcome, Trouble trouble) {
    static final Failure NOT_APPLIED = new Failure(Outcome.NOT_APPLIED, Trouble.AWAY);
    static final Failure UNKNOWN = new Failure(Outcome.UNKNOWN, Trouble.AWAY);
    static final Failure REFUSED = new Failure(Outcome.NOT_APPLIED, Trouble.REFUSED);
    static final Failure FULL = new Failure(Outcome.NOT_APPLIED, Trouble.FULL);
  }

  /** A checkpoint header: the version of each space that it covers. */
  record Header(long number, String writer, Map<SpaceName, Long> versions) {}

  private final World world;
  private final MemoryUpdateLog log = new MemoryUpdateLog(this::now);
  private final List<Limbo> limbos = new ArrayList<>();
  private final TreeMap<Long, List<Header>> headers = new TreeMap<>();
  private final Map<Long, String> holders = new TreeMap<>();
  private LeaseRow lease = LeaseRow.NONE;
  private long awayUntil;
  private long slowUntil;
  private long flakyUntil;
  private long fullUntil;
  private long setBack;
  private Instant latest = Deltas.START;

  SimStore(World world) {
    this.world = world;
  }

  MemoryUpdateLog log() {
    return log;
  }

  /** The store's clock. */
  Instant now() {
    Instant now = Deltas.START.plusNanos(world.time.nanos() - setBack);
    latest = now.isAfter(latest) ? now : latest;
    return now;
  }

  /** The greatest time that the clock has shown. */
  Instant latest() {
    now();
    return latest;
  }

  /** How far the clock was set back so far. */
  long setBackNanos() {
    return setBack;
  }

  void setClockBack(long span) {
    setBack += span;
  }

  void goAway(long span) {
    awayUntil = world.time.nanos() + span;
  }

  void beSlow(long span) {
    slowUntil = world.time.nanos() + span;
  }

  void beFlaky(long span) {
    flakyUntil = world.time.nanos() + span;
  }

  /** Appends find no room; all else goes on. */
  void beFull(long span) {
    fullUntil = world.time.nanos() + span;
  }

  void recover() {
    long now = world.time.nanos();
    awayUntil = Math.min(awayUntil, now);
    slowUntil = Math.min(slowUntil, now);
    flakyUntil = Math.min(flakyUntil, now);
    fullUntil = Math.min(fullUntil, now);
  }

  /** Until when something is wrong with it. */
  long troubledUntil() {
    long lastSlowCall = slowUntil == 0 ? 0 : slowUntil + 2 * SLOWEST;
    return Math.max(awayUntil, Math.max(lastSlowCall, flakyUntil));
  }

  private boolean isAway() {
    return world.time.nanos() < awayUntil;
  }

  private boolean fails(int percent) {
    return world.time.nanos() < flakyUntil && world.chance(percent);
  }

  private long delay() {
    boolean slow = world.time.nanos() < slowUntil;
    return world.delay() + (slow ? world.upTo(SLOWEST) : 0);
  }

  /** Whether a call of this member's would get through at this moment. */
  boolean isReachable(SimMember caller) {
    return !isAway() && !caller.isCutFromStore();
  }

  /** A read, or a write whose outcome is told by reading again. */
  <T> void call(SimMember caller, Supplier<T> work, Consumer<T> done, Runnable failed) {
    int life = caller.life();
    world.time.after(
        delay(),
        () -> {
          if (!isReachable(caller) || fails(15)) {
            world.time.after(TIMEOUT, () -> caller.on(life, failed));
            return;
          }
          T result = work.get();
          boolean lost = fails(5);
          world.time.after(
              delay(), () -> caller.on(life, lost ? failed : () -> done.accept(result)));
        });
  }

  /** One transaction of a member's writing connection. */
  void append(
      SimMember caller,
      List<Batch> batches,
      Consumer<List<Appended>> done,
      Consumer<Failure> failed) {
    int life = caller.life();
    if (world.twin == Twin.ANSWERS_BEFORE_COMMIT && world.chance(30)) {
      boolean crashes = world.chance(40);
      world.time.after(delay(), () -> land(crashes ? List.of() : batches));
      reply(caller, life, () -> done.accept(allCommitted(batches)));
      return;
    }
    world.time.after(
        delay(),
        () -> {
          if (!isReachable(caller)) {
            world.time.after(
                TIMEOUT, () -> caller.on(life, () -> failed.accept(Failure.NOT_APPLIED)));
            return;
          }
          settleLimbo(batches);
          if (world.time.nanos() < fullUntil) {
            reply(caller, life, () -> failed.accept(Failure.FULL));
            return;
          }
          if (batches.stream().anyMatch(SimStore::isRefused)) {
            reply(caller, life, () -> failed.accept(Failure.REFUSED));
            return;
          }
          boolean flaky = world.time.nanos() < flakyUntil;
          int fate = flaky || !world.calm && world.chance(4) ? world.random.nextInt(100) : 100;
          if (fate < 12) {
            reply(caller, life, () -> failed.accept(Failure.NOT_APPLIED));
          } else if (fate < 20) {
            reply(caller, life, () -> failed.accept(Failure.UNKNOWN));
          } else if (fate < 32) {
            land(batches);
            reply(caller, life, () -> failed.accept(Failure.UNKNOWN));
          } else if (fate < 42) {
            Limbo limbo = new Limbo(batches, world.chance(60));
            limbos.add(limbo);
            world.time.after(world.upTo(400 * Timeline.MILLI), () -> settle(limbo));
            reply(caller, life, () -> failed.accept(Failure.UNKNOWN));
          } else {
            List<Appended> outcomes = land(batches);
            reply(caller, life, () -> done.accept(outcomes));
          }
        });
  }

  private static boolean isRefused(Batch batch) {
    return batch.updates().stream()
        .map(Update::fields)
        .flatMap(fields -> fields.changes().added().stream())
        .anyMatch(added -> isRefused(added.path()));
  }

  private static boolean isRefused(Pointer path) {
    return path.toString().startsWith(REFUSED + "/");
  }

  /** Whether the store takes no append with this delta in it. */
  static boolean isRefused(Delta delta) {
    return delta instanceof Delta.Edit && delta.request().canonical().contains(REFUSED + "/");
  }

  private static List<Appended> allCommitted(List<Batch> batches) {
    return batches.stream().map(_ -> (Appended) new Appended.Committed()).toList();
  }

  private void reply(SimMember caller, int life, Runnable what) {
    world.time.after(delay(), () -> caller.on(life, what));
  }

  private List<Appended> land(List<Batch> batches) {
    List<Appended> outcomes;
    if (world.twin == Twin.INSERTS_UNCONDITIONALLY) {
      log.insertBlindly(batches);
      outcomes = allCommitted(batches);
    } else {
      outcomes = log.append(batches);
    }
    for (int i = 0; i < batches.size(); i++) {
      if (outcomes.get(i) instanceof Appended.Committed) {
        world.history.wrote(batches.get(i));
      }
    }
    world.history.landed(world.time.nanos(), latest());
    return outcomes;
  }

  /** An append waits on the head rows that a dead connection still holds. */
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

  void settleAll() {
    List.copyOf(limbos).forEach(this::settle);
  }

  LeaseRow lease() {
    return lease;
  }

  /** Replaces the lease row where it is still the expected one. */
  boolean replaceLease(LeaseRow expected, LeaseRow next) {
    if (!lease.equals(expected)) {
      return false;
    }
    lease = next;
    if (!next.holder().isEmpty()) {
      String first = holders.putIfAbsent(next.epoch(), next.holder());
      if (first != null && !first.equals(next.holder())) {
        world.history.found(
            Flaw.TWO_HEADERS,
            "epoch " + next.epoch() + " has two leaders, " + first + " and " + next.holder());
      }
    }
    return true;
  }

  /** The header of the greatest number, as a fresh read shows it. */
  Header newestHeader() {
    return headers.isEmpty()
        ? new Header(0, "", Map.of())
        : headers.lastEntry().getValue().getLast();
  }

  /** Stores a header under an epoch: the next number, once, by the leader of that epoch. */
  boolean insert(Header header, long epoch) {
    if (world.twin == Twin.LEADER_WITHOUT_EPOCH) {
      headers.computeIfAbsent(header.number, _ -> new ArrayList<>()).add(header);
      return true;
    }
    if (lease.epoch() != epoch
        || lease.holder().isEmpty()
        || header.number != newestHeader().number + 1) {
      return false;
    }
    if (!lease.holder().equals(header.writer)) {
      world.history.found(
          Flaw.TWO_HEADERS, header + " was written under the epoch of " + lease.holder());
    }
    headers.computeIfAbsent(header.number, _ -> new ArrayList<>()).add(header);
    return true;
  }

  /** All headers by number; each number has one. */
  Map<Long, List<Header>> headers() {
    return headers;
  }

  /** How many leaders there were. */
  int epochs() {
    return holders.size();
  }
}
