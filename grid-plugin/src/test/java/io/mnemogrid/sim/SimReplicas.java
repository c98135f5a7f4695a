package io.mnemogrid.sim;

import io.mnemogrid.commit.ReplicaFeed;
import io.mnemogrid.commit.ReplicaFeed.Look;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The replicas of one member, fed by {@link ReplicaFeed} as its feeder thread does it: one piece of
 * news after the other, the log at every gap, the log's heads twice a second.
 */
final class SimReplicas {
  private static final long POLL = 500 * Timeline.MILLI;
  private static final int PAGE = 20;
  private static final int MOST_NEWS = 50;

  private record Waiter(SpaceName space, long version, Consumer<Boolean> reached) {}

  private final World world;
  private final SimMember member;
  private final Map<SpaceName, Snapshot> heads = new TreeMap<>();
  private final Map<SpaceName, Look> looks = new TreeMap<>();
  private final Deque<List<Update>> news = new ArrayDeque<>();
  private final List<Waiter> waiters = new ArrayList<>();
  private boolean busy;
  private boolean due;

  SimReplicas(World world, SimMember member) {
    this.world = world;
    this.member = member;
  }

  void start() {
    due = true;
    pump();
    poll();
  }

  private void poll() {
    member.later(
        POLL,
        () -> {
          due = true;
          pump();
          poll();
        });
  }

  @Nullable Snapshot get(SpaceName space) {
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
    heads.put(next.space(), next);
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
    member.later(
        patience,
        () -> {
          if (waiters.remove(waiter)) {
            told.accept(false);
          }
        });
  }

  void announced(List<Update> updates) {
    if (news.size() < MOST_NEWS) {
      news.add(updates);
    }
    pump();
  }

  private void pump() {
    if (busy) {
      return;
    }
    if (due) {
      due = false;
      compareAll();
    } else if (!news.isEmpty()) {
      follow(news.remove());
    }
  }

  private void idle() {
    busy = false;
    pump();
  }

  private void follow(List<Update> updates) {
    Snapshot mine = heads.get(updates.getFirst().space());
    if (mine == null) {
      pump();
      return;
    }
    busy = true;
    act(mine, ReplicaFeed.announced(mine, updates), this::idle);
  }

  private void compareAll() {
    busy = true;
    member.read(() -> world.store.log().heads(), log -> compare(new ArrayDeque<>(log)), this::idle);
  }

  private void compare(Deque<LogHead> rest) {
    if (rest.isEmpty()) {
      idle();
      return;
    }
    LogHead head = rest.remove();
    Snapshot mine = heads.get(head.space());
    Runnable next = () -> compare(rest);
    if (mine == null) {
      load(head.space(), next);
    } else {
      Look before = looks.put(head.space(), new Look(mine.version(), head.version()));
      act(mine, ReplicaFeed.head(mine, head, before), next);
    }
  }

  private void load(SpaceName space, Runnable next) {
    member.read(
        () -> world.store.log().replay(space, Long.MAX_VALUE),
        loaded -> {
          loaded.ifPresent(this::advance);
          next.run();
        },
        this::idle);
  }

  private void act(Snapshot mine, ReplicaFeed.Step step, Runnable next) {
    switch (step) {
      case ReplicaFeed.Step.Nothing _ -> next.run();
      case ReplicaFeed.Step.Advance advance -> {
        advance(advance.next());
        next.run();
      }
      case ReplicaFeed.Step.Replay _ -> {
        if (world.twin == Twin.REPLICA_WITHOUT_GAP_REPLAY) {
          next.run();
        } else {
          replay(mine, mine, next);
        }
      }
      case ReplicaFeed.Step.Reload reload -> reload(mine, reload.why(), next);
    }
  }

  private void replay(Snapshot mine, Snapshot at, Runnable next) {
    member.read(
        () -> world.store.log().read(at.space(), at.version(), PAGE),
        page -> {
          switch (ReplicaFeed.replayed(at, page)) {
            case ReplicaFeed.Step.Advance advance -> {
              advance(advance.next());
              replay(mine, advance.next(), next);
            }
            case ReplicaFeed.Step.Reload reload -> reload(mine, reload.why(), next);
            case ReplicaFeed.Step.Nothing _, ReplicaFeed.Step.Replay _ -> next.run();
          }
        },
        this::idle);
  }

  /** A head that was read may be older than the replica: only another history drops it. */
  private void reload(Snapshot mine, String why, Runnable next) {
    if (heads.get(mine.space()) != mine) {
      next.run();
      return;
    }
    member.read(
        () -> world.store.log().read(mine.space(), mine.version() - 1, 1),
        standing -> {
          boolean holds =
              standing.stream()
                  .anyMatch(update -> update.leafHash().equals(mine.head().leafHash()));
          if (holds || heads.get(mine.space()) != mine) {
            next.run();
          } else {
            world.history.found(
                Column.REPLICAS_DIFFER,
                "member " + member.index() + " drops " + mine.head() + ": " + why);
            replace(mine.space(), next);
          }
        },
        this::idle);
  }

  private void replace(SpaceName space, Runnable next) {
    member.read(
        () -> world.store.log().replay(space, Long.MAX_VALUE),
        (Optional<Snapshot> loaded) -> {
          loaded.ifPresent(this::publish);
          next.run();
        },
        this::idle);
  }
}
