package io.mnemogrid.sim;

import io.mnemogrid.commit.ReplicaFeed;
import io.mnemogrid.commit.ReplicaFeeder;
import io.mnemogrid.commit.ReplicaFeeder.Action;
import io.mnemogrid.log.HeadChanges;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The replicas of one member, fed by the real {@link ReplicaFeeder}: its reads take time and fail,
 * the committer moves replicas on meanwhile, and announcements get lost.
 */
final class SimReplicas {
  private static final long POLL = 500 * Timeline.MILLI;
  private static final int PAGE = 20;

  /** All replicas are compared each so many polls, and not only those whose head changed. */
  private static final int COMPARE_ALL = 60;

  /** Chances in 100 that a space is replayed for up to a second. */
  private static final int SLOW = 30;

  /** Chances in 100 that a replica is evicted before a poll. */
  private static final int EVICTED = 8;

  private record Waiter(SpaceName space, long version, Consumer<Boolean> reached) {}

  private final World world;
  private final SimMember member;
  private final Map<SpaceName, Snapshot> heads = new TreeMap<>();
  private final ReplicaFeeder feeder = new ReplicaFeeder(heads::get, this::isAwaited);
  private final List<Waiter> waiters = new ArrayList<>();
  private final Set<SpaceName> loading = new TreeSet<>();
  private final boolean readsTheMap; // before the log, as a member without a store does
  private long mark;
  private int polls;

  SimReplicas(World world, SimMember member) {
    this.world = world;
    this.member = member;
    this.readsTheMap = world.chance(50);
  }

  void start() {
    if (!world.calm) {
      List.copyOf(heads.keySet()).forEach(this::mayBeEvicted);
    }
    perform(feeder.tick());
    member.later(POLL, this::start);
  }

  private void mayBeEvicted(SpaceName space) {
    if (world.chance(EVICTED)) {
      heads.remove(space);
      member.evicted(space);
      world.map.evict(member, space);
      if (isAwaited(space)) {
        perform(feeder.wanted(space));
      }
    }
  }

  private boolean isAwaited(SpaceName space) {
    return waiters.stream().anyMatch(waiter -> waiter.space.equals(space));
  }

  /** The replica; one that is not here is loaded for those who ask later. */
  @Nullable Snapshot get(SpaceName space) {
    Snapshot here = heads.get(space);
    if (here == null && loading.add(space)) {
      nearest(
          space,
          loaded ->
              member.later(
                  world.chance(SLOW) ? world.upTo(Timeline.SECOND) : 0,
                  () -> {
                    loading.remove(space);
                    loaded.ifPresent(this::advance);
                  }),
          () -> loading.remove(space));
    }
    return here;
  }

  /** Loads a space from the map and the log after that, or from the log alone. */
  private void nearest(SpaceName space, Consumer<Optional<Snapshot>> done, Runnable failed) {
    if (!readsTheMap) {
      member.read(() -> world.store.log().replay(space, Long.MAX_VALUE), done, failed);
      return;
    }
    world.map.read(
        member,
        space,
        there -> {
          world.readThrough += there == null ? 0 : 1;
          if (there != null && world.twin == Twin.MAP_IS_TAKEN_FOR_THE_LOG) {
            done.accept(Optional.of(there));
            return;
          }
          member.read(() -> onwards(space, there), done, failed);
        });
  }

  /** As the product's replicas do with what another member holds. */
  private Optional<Snapshot> onwards(SpaceName space, @Nullable Snapshot there) {
    return (there == null ? Optional.<Snapshot>empty() : world.store.log().onwards(there))
        .or(() -> world.store.log().replay(space, Long.MAX_VALUE));
  }

  /** The replica, if it is here. */
  @Nullable Snapshot peek(SpaceName space) {
    return heads.get(space);
  }

  Map<SpaceName, Snapshot> heads() {
    return heads;
  }

  /** Publishes a version that is known to be in the log, if it is newer. */
  void advance(Snapshot next) {
    Snapshot mine = heads.get(next.space());
    if (mine == null || next.version() > mine.version()) {
      publish(next);
    }
  }

  private void publish(Snapshot next) {
    boolean isNew = heads.put(next.space(), next) == null;
    if (isNew
        && world.twin != Twin.REPLICA_IS_TAKEN_FOR_THE_NEWEST
        && world.twin != Twin.MAP_IS_TAKEN_FOR_THE_LOG) {
      perform(feeder.arrived(next.space()));
    }
    world.history.held("member " + member.index(), next);
    for (Waiter waiter : List.copyOf(waiters)) {
      if (waiter.space.equals(next.space()) && waiter.version <= next.version()) {
        waiters.remove(waiter);
        waiter.reached.accept(true);
      }
    }
  }

  /** Tells whether that version was reached in time. */
  void reached(SpaceName space, long version, long patience, Consumer<Boolean> told) {
    Snapshot here = heads.get(space);
    if (here != null && here.version() >= version) {
      told.accept(true);
      return;
    }
    Waiter waiter = new Waiter(space, version, told);
    waiters.add(waiter);
    perform(feeder.wanted(space));
    member.later(
        patience,
        () -> {
          if (waiters.remove(waiter)) {
            told.accept(false);
          }
        });
  }

  void announced(List<Update> updates) {
    if (world.twin == Twin.REPLICA_OVER_A_GAP) {
      leap(updates);
    }
    perform(feeder.announced(updates));
  }

  /** What the twin does: it takes the news for the next versions, whatever lies between. */
  private void leap(List<Update> updates) {
    Update last = updates.getLast();
    Snapshot mine = heads.get(last.space());
    if (mine == null || updates.getFirst().version() <= mine.version() + 1) {
      return;
    }
    try {
      State state = mine.state();
      for (Update update : updates) {
        Update.Fields fields = update.fields();
        state =
            state.apply(fields.changes(), fields.timestamp(), fields.author(), fields.version());
      }
      var frontier = mine.frontier();
      while (frontier.size() < last.version()) {
        frontier = frontier.plus(last.leafHash());
      }
      LogHead head =
          new LogHead(
              last.space(),
              last.version(),
              last.root(),
              last.leafHash(),
              last.fields().committed());
      publish(new Snapshot(head, state, frontier));
    } catch (IllegalStateException e) {
      return; // these changes do not even fit
    }
  }

  private void perform(List<Action> actions) {
    actions.forEach(this::perform);
  }

  private void perform(Action action) {
    switch (action) {
      case Action.Publish publish -> {
        SpaceName space = publish.next().space();
        if (publish.isLoaded() || heads.containsKey(space)) {
          advance(publish.next());
        } else if (isAwaited(space)) {
          perform(feeder.wanted(space));
        }
      }
      case Action.Poll poll ->
          member.read(
              () -> poll(poll.also()),
              polled -> {
                mark = polled.mark;
                perform(feeder.polled(polled.heads, polled.gone));
              },
              () -> perform(feeder.pollFailed()));
      case Action.Load load ->
          nearest(
              load.space(),
              loaded -> perform(feeder.loaded(load.space(), loaded)),
              () -> perform(feeder.readFailed(load.space())));
      case Action.Replay replay -> replay(replay.from());
      case Action.Compare compare ->
          read(
              compare.mine().space(),
              () -> holds(compare.mine()),
              holds -> feeder.compared(compare.mine(), holds));
      case Action.Reload reload -> {
        world.history.found(
            Flaw.REPLICAS_DIFFER,
            "member " + member.index() + " drops " + reload.mine().head() + ": " + reload.why());
        read(
            reload.mine().space(),
            () -> world.store.log().replay(reload.mine().space(), Long.MAX_VALUE),
            loaded -> feeder.reloaded(reload.mine(), loaded));
      }
      case Action.Replace replace -> {
        if (heads.get(replace.mine().space()) == replace.mine()) {
          if (replace.next() == null) {
            heads.remove(replace.mine().space());
          } else {
            publish(replace.next());
          }
        }
      }
      case Action.Damaged damaged ->
          world.history.found(
              Flaw.REPLICAS_DIFFER, "member " + member.index() + " finds damage: " + damaged);
      case Action.Whole _ -> {}
    }
  }

  private record Polled(List<LogHead> heads, Set<SpaceName> gone, long mark) {}

  private Polled poll(List<SpaceName> also) {
    HeadChanges changes = world.store.log().headsSince(mark);
    List<LogHead> found = new ArrayList<>(changes.heads());
    Set<SpaceName> gone = new TreeSet<>(polls++ % COMPARE_ALL == 0 ? heads.keySet() : also);
    if (!changes.isAll()) {
      found.addAll(world.store.log().heads(gone));
    }
    found.forEach(head -> gone.remove(head.space()));
    return new Polled(found, gone, changes.mark());
  }

  private void replay(Snapshot from) {
    if (world.twin == Twin.REPLICA_WITHOUT_GAP_REPLAY) {
      perform(feeder.replayed(from, new ReplicaFeed.Step.Nothing()));
      return;
    }
    read(
        from.space(),
        () -> world.store.log().read(from.space(), from.version(), PAGE),
        page -> feeder.replayed(from, ReplicaFeed.replayed(from, page)));
  }

  private boolean holds(LogHead mine) {
    return mine.version() == 0
        || world.store.log().read(mine.space(), mine.version() - 1, 1).stream()
            .anyMatch(update -> update.leafHash().equals(mine.leafHash()));
  }

  /** Reads, which takes time and may fail, and goes on with what the feeder makes of it. */
  private <T> void read(SpaceName space, Supplier<T> work, Function<T, List<Action>> told) {
    member.read(work, found -> perform(told.apply(found)), () -> perform(feeder.readFailed(space)));
  }
}
