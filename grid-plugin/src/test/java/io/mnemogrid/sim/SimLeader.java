package io.mnemogrid.sim;

import io.mnemogrid.checkpoint.LeaseRow;
import io.mnemogrid.commit.LeaseKeeper;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.sim.SimStore.Header;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;

/** One member's part in the election, and the headers it writes while it leads. */
final class SimLeader {
  private static final Duration TIME_TO_LIVE = Duration.ofMillis(1000);
  private static final long RENEWAL = 200 * Timeline.MILLI;
  private static final long COMPOSING = 100 * Timeline.MILLI;
  private static final long PAUSE = 100 * Timeline.MILLI;

  private final World world;
  private final SimMember member;
  private final String name;
  private final LeaseKeeper keeper;

  SimLeader(World world, SimMember member) {
    this.world = world;
    this.member = member;
    this.name = "m" + member.index() + "-" + member.life();
    this.keeper = new LeaseKeeper(name, TIME_TO_LIVE);
  }

  void start() {
    renew();
    lead();
  }

  private void renew() {
    long before = member.nanos();
    member.read(
        () -> world.store.lease(),
        row -> {
          if (keeper.observe(row, before) instanceof LeaseKeeper.Step.Replace replace) {
            replace(row, replace.next(), before);
          } else {
            renewLater();
          }
        },
        this::renewLater);
  }

  private void replace(LeaseRow row, LeaseRow next, long before) {
    member.read(
        () -> world.store.replaceLease(row, next),
        taken -> {
          keeper.replaced(next, taken, before);
          renewLater();
        },
        this::renewLater);
  }

  private void renewLater() {
    member.later(RENEWAL, this::renew);
  }

  private void lead() {
    boolean leads =
        world.twin == Twin.LEADER_WITHOUT_EPOCH
            ? keeper.held() != null
            : keeper.epoch(member.nanos()) != 0;
    LeaseRow held = keeper.held();
    if (leads && held != null) {
      member.read(
          () -> world.store.newestHeader(),
          newest -> member.later(COMPOSING, () -> write(newest, held.epoch())),
          this::leadLater);
    } else {
      leadLater();
    }
  }

  /** Writes under the epoch that it began with; who leads by now is the store's to say. */
  private void write(Header before, long epoch) {
    Map<SpaceName, Long> versions = new TreeMap<>(before.versions());
    for (Snapshot replica : member.replicas().heads().values()) {
      versions.merge(replica.space(), replica.version(), Math::max);
    }
    if (versions.equals(before.versions())) {
      leadLater();
      return;
    }
    Header header = new Header(before.number() + 1, name, versions);
    member.read(() -> world.store.insert(header, epoch), _ -> leadLater(), this::leadLater);
  }

  private void leadLater() {
    member.later(PAUSE, this::lead);
  }
}
