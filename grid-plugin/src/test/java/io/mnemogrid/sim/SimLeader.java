package io.mnemogrid.sim;

import io.mnemogrid.checkpoint.Checkpointer.Pace;
import io.mnemogrid.checkpoint.StepEvent;
import io.mnemogrid.commit.Leadership;
import io.mnemogrid.commit.Leadership.Failure;
import io.mnemogrid.commit.Leadership.Renewal;
import io.mnemogrid.commit.Leadership.Work;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.sim.SimStore.Header;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * One member's part in leading, the real one, on two lanes as its threads drive it. A step writes a
 * header of what the member's replicas hold, and now and then it fails with an error.
 */
final class SimLeader {
  private static final Duration TIME_TO_LIVE = Duration.ofMillis(1000);
  private static final long COMPOSING = 100 * Timeline.MILLI;

  private final World world;
  private final SimMember member;
  private final String name;
  private final Leadership leadership;

  SimLeader(World world, SimMember member) {
    this.world = world;
    this.member = member;
    this.name = "m" + member.index() + "-" + member.life();
    this.leadership = new Leadership(name, TIME_TO_LIVE);
  }

  void start() {
    keepLease();
    work();
  }

  // The lane of the lease.

  private void keepLease() {
    long before = member.nanos();
    switch (leadership.renewal(before)) {
      case Renewal.Rest rest -> member.later(rest.pause().toNanos() + 1, this::keepLease);
      case Renewal.Read _ ->
          member.read(
              () -> world.store.lease(),
              row -> {
                leadership.read(row, before, member.nanos());
                keepLease();
              },
              this::leaseFailed);
      case Renewal.Replace replace ->
          member.read(
              () -> world.store.replaceLease(replace.expected(), replace.next()),
              taken -> {
                leadership.replaced(replace, taken, before);
                keepLease();
              },
              this::leaseFailed);
    }
  }

  private void leaseFailed() {
    leadership.leaseFailed("the store is away", member.nanos());
    keepLease();
  }

  // The lane of the steps.

  private void work() {
    Optional<Renewal.Replace> held = leadership.release();
    if (world.twin == Twin.LEADER_WITHOUT_EPOCH && held.isPresent()) {
      member.later(COMPOSING, () -> act(held.get().expected().epoch()));
      return;
    }
    switch (leadership.work(member.nanos())) {
      case Work.Rest rest -> member.later(rest.pause().toNanos() + 1, this::work);
      case Work.Open _ -> {
        leadership.opened("the simulation's chain");
        work();
      }
      case Work.Look _ -> {
        leadership.audited(Map.of());
        work();
      }
      case Work.Prepare _ -> {
        leadership.prepared(member.nanos());
        work();
      }
      case Work.Act act -> {
        if (!world.calm && world.chance(3)) {
          die();
        } else {
          act(act.epoch());
        }
      }
    }
  }

  /** An error ends the step; the twin's lane ends with it and nobody is told. */
  private void die() {
    if (world.twin != Twin.LEASE_OUTLIVES_ITS_STEPS) {
      leadership.failed(Failure.FATAL, "no memory", member.nanos());
      work();
    }
  }

  private void act(long epoch) {
    long composing = world.twin == Twin.LEADER_WITHOUT_EPOCH ? 10 * COMPOSING : COMPOSING;
    member.read(
        () -> world.store.newestHeader(),
        newest -> member.later(composing, () -> write(newest, epoch)),
        this::storeFailed);
  }

  /** Writes under the epoch that it began with; who leads by now is the store's to say. */
  private void write(Header before, long epoch) {
    Map<SpaceName, Long> versions = new TreeMap<>(before.versions());
    for (Snapshot replica : member.replicas().heads().values()) {
      versions.merge(replica.space(), replica.version(), Math::max);
    }
    if (versions.equals(before.versions())) {
      stepped(Pace.IDLE);
      return;
    }
    Header header = new Header(before.number() + 1, name, versions);
    member.read(
        () -> world.store.insert(header, epoch),
        written -> {
          if (written) {
            leadership.heard(new StepEvent.Prepared(header.number()));
          }
          stepped(written ? Pace.AT_ONCE : Pace.DEPOSED);
        },
        this::storeFailed);
  }

  private void stepped(Pace pace) {
    leadership.stepped(pace, member.nanos());
    work();
  }

  private void storeFailed() {
    leadership.failed(Failure.STORE, "the store is away", member.nanos());
    work();
  }
}
