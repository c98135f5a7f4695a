package io.mnemogrid.commit;

import io.mnemogrid.commit.ReplicaFeed.Look;
import io.mnemogrid.commit.ReplicaFeed.Step;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Feeds the replicas of one process: a message or a tick goes in, actions come out. {@link
 * ReplicaFeed} says what news means to one replica. This class says when the log is read, what of
 * it, and what is done with the result. News of a space without a replica means nothing, unless
 * somebody is interested in it.
 *
 * <p>For each space one read is under way at a time, besides one poll of heads. A poll finds the
 * heads that changed since the one before. So a space whose log was not seen to be the same as its
 * replica, because a read failed or is still to be made, is named by the next poll until it is. For
 * the same reason whoever puts a replica here says so ({@link #arrived}), for news may have come
 * between its read and that. So a slow read holds up nothing else, and announcements that follow
 * are published meanwhile. Other threads may move a replica on too; so the result of a read counts
 * only for the replica that it was made for. A space with a damaged log keeps its replica, and its
 * log is read again only after {@value #REST} ticks.
 *
 * <p>When an announcement or the result of a read is lost, that costs time and nothing else: the
 * next poll finds what is missing. One thread uses it; no clock, no I/O.
 */
public final class ReplicaFeeder {
  /** Ticks for which a damaged log is left alone. */
  public static final int REST = 10;

  /** What the feeder wants done; results come back by the method that each names. */
  public sealed interface Action {
    /**
     * Publish a version that is in the log, if it is newer than the one here.
     *
     * @param updates the updates that led to it, if they are at hand
     * @param isLoaded whether it is published where no replica is; else a replica was there, and
     *     when it is gone by now, nothing is published, since a newer one may have been shown
     */
    record Publish(Snapshot next, List<Update> updates, boolean isLoaded) implements Action {}

    /**
     * Read the heads that changed: {@link #polled} or {@link #pollFailed}.
     *
     * @param also whose heads are to be read too
     */
    record Poll(List<SpaceName> also) implements Action {}

    /** Load a space: {@link #loaded}, {@link #readFailed} or {@link #broken}. */
    record Load(SpaceName space) implements Action {}

    /**
     * Read a page of the log after this version, and ask {@link ReplicaFeed#replayed} what it
     * means: {@link #replayed}, {@link #readFailed} or {@link #broken}.
     */
    record Replay(Snapshot from) implements Action {}

    /** Ask the log whether it holds this head's record: {@link #compared} or as for a load. */
    record Compare(LogHead mine) implements Action {}

    /**
     * Tell the operator that the log has another history than this replica, and load the space
     * again: {@link #reloaded}, {@link #readFailed} or {@link #broken}.
     */
    record Reload(Snapshot mine, String why) implements Action {}

    /**
     * Put another history in the place of a replica, unless the replica has moved meanwhile.
     *
     * @param next null when the log no longer has the space
     */
    record Replace(Snapshot mine, @Nullable Snapshot next) implements Action {}

    /** Tell the operator that the log of a space cannot be followed. */
    record Damaged(BrokenHistory what) implements Action {}

    /** The log of a space that was damaged can be followed again. */
    record Whole(SpaceName space) implements Action {}
  }

  /** A space, and what is under way for it. */
  private static final class Lane {
    boolean reading;
    boolean again; // there was a gap while it was read
    @Nullable Look look; // when the heads were last compared
    long readTo; // the version to which the log was last read for it; 0 when it never was
    Step.@Nullable Reload doubt; // why the replica's record is looked for in the log
    boolean isCertain; // if the log holds that record, then the log contradicts itself
    boolean damaged;
    int rest; // ticks before a damaged log is read again
    boolean isUnsure; // whether the log has what is here, or news
    int idle; // ticks since something was heard of it

    void tick() {
      rest = Math.max(0, rest - 1);
      idle++;
    }

    boolean isQuiet() {
      return !isUnsure && !damaged && idle > 2;
    }
  }

  private final Function<SpaceName, @Nullable Snapshot> here;
  private final Predicate<SpaceName> interest;
  private final Map<SpaceName, Lane> lanes = new HashMap<>();
  private boolean polling;
  private boolean pollAgain;
  private List<Action> actions = new ArrayList<>();

  /**
   * Feeds these replicas.
   *
   * @param here the newest version of a space in this process, null for one without a replica;
   *     others move replicas too, and drop those that are not used
   * @param interest whether somebody waits for a space, or follows it, though it may not be here
   */
  public ReplicaFeeder(
      Function<SpaceName, @Nullable Snapshot> here, Predicate<SpaceName> interest) {
    this.here = here;
    this.interest = interest;
  }

  /** Half a second is over: the heads are compared with the log's. */
  public List<Action> tick() {
    lanes.values().forEach(Lane::tick);
    lanes.entrySet().removeIf(each -> isOver(each.getKey(), each.getValue()));
    if (!polling) {
      poll();
    }
    return takeActions();
  }

  /** Whether nothing is to be remembered of a lane. */
  private boolean isOver(SpaceName space, Lane lane) {
    return !lane.reading
        && (lane.isQuiet() || lane.rest == 0 && here.apply(space) == null && !interest.test(space));
  }

  private void poll() {
    pollAgain = polling;
    if (!polling) {
      polling = true;
      List<SpaceName> unsure = new ArrayList<>();
      lanes.forEach((space, lane) -> {
        if (lane.isUnsure && !lane.reading) {
          unsure.add(space);
        }
      });
      actions.add(new Action.Poll(unsure));
    }
  }

  /** Somebody is interested in this space, and it may not be here, or is about to go. */
  public List<Action> wanted(SpaceName space) {
    notSure(space); // so it is looked for again, whatever stands here now
    if (here.apply(space) == null) {
      load(space);
    }
    return takeActions();
  }

  /** Somebody else read this space from the log and put it here. */
  public List<Action> arrived(SpaceName space) {
    Snapshot mine = here.apply(space);
    if (mine != null) {
      replay(mine);
    }
    return takeActions();
  }

  /**
   * Updates of one space were announced, oldest first. An empty list says only that the log has
   * news.
   */
  public List<Action> announced(List<Update> updates) {
    if (updates.isEmpty()) {
      lanes.values().forEach(lane -> lane.look = null);
      poll();
      return takeActions();
    }
    SpaceName space = updates.getFirst().space();
    Snapshot mine = here.apply(space);
    if (mine == null) {
      notHere(space);
      return takeActions();
    }
    switch (ReplicaFeed.announced(mine, updates)) {
      case Step.Nothing _, Step.Reload _ -> {}
      case Step.Advance advance -> actions.add(new Action.Publish(advance.next(), updates, false));
      case Step.Replay _ -> replay(mine);
    }
    return takeActions();
  }

  /** Heads may have changed in the log, whether or not that is announced too. */
  public List<Action> told() {
    poll();
    return takeActions();
  }

  /** There is news of a space without a replica. */
  private void notHere(SpaceName space) {
    Lane lane = lanes.get(space);
    if (lane != null && lane.reading || interest.test(space)) {
      load(space);
    }
  }

  /**
   * What a poll found.
   *
   * @param heads that changed, and those that were asked for
   * @param gone the spaces that the log no longer has
   */
  public List<Action> polled(List<LogHead> heads, Collection<SpaceName> gone) {
    polling = false;
    heads.forEach(this::compare);
    gone.forEach(space -> compare(LogHead.ofNew(space)));
    pollOnDemand();
    return takeActions();
  }

  /** The heads could not be read. */
  public List<Action> pollFailed() {
    polling = false;
    pollAgain = false; // the next tick asks again
    return takeActions();
  }

  private void pollOnDemand() {
    if (pollAgain) {
      poll();
    }
  }

  private void compare(LogHead head) {
    Snapshot mine = here.apply(head.space());
    if (mine == null) {
      notHere(head.space());
      return;
    }
    Lane lane = lane(head.space());
    lane.isUnsure = !head.isSame(mine.head());
    if (lane.reading) {
      return; // what it reads is newer than this head
    }
    // What moved by a read alone has nothing announced on its way.
    Look before = mine.version() == lane.readTo ? null : lane.look;
    lane.look = new Look(mine.version(), head.version());
    switch (ReplicaFeed.head(mine, head, before)) {
      case Step.Nothing _ -> {
        if (head.isSame(mine.head())) {
          whole(head.space(), lane);
        }
      }
      case Step.Advance _ -> {}
      case Step.Replay _ -> replay(mine);
      case Step.Reload reload -> doubt(mine, reload, head.version() == mine.version());
    }
  }

  private void load(SpaceName space) {
    Lane lane = lane(space);
    if (begin(lane)) {
      actions.add(new Action.Load(space));
    } else {
      later(lane);
    }
  }

  private static void later(Lane lane) {
    lane.again = lane.reading;
    lane.isUnsure = true;
  }

  private void replay(Snapshot mine) {
    Lane lane = lane(mine.space());
    if (begin(lane)) {
      actions.add(new Action.Replay(mine));
    } else {
      later(lane);
    }
  }

  /** Asks whether the log has the record of this replica, before anything is dropped. */
  private void doubt(Snapshot mine, Step.Reload why, boolean isCertain) {
    Lane lane = lane(mine.space());
    if (begin(lane)) {
      lane.doubt = why;
      lane.isCertain = isCertain;
      actions.add(new Action.Compare(mine.head()));
    }
  }

  private static boolean begin(Lane lane) {
    if (lane.reading || lane.rest > 0) {
      return false;
    }
    lane.reading = true;
    return true;
  }

  /** A space that was not here; empty when it was never created. */
  public List<Action> loaded(SpaceName space, Optional<Snapshot> loaded) {
    if (loaded.isPresent()) {
      actions.add(new Action.Publish(loaded.get(), List.of(), true));
      lane(space).isUnsure = false; // news that came meanwhile is read on from what now arrives
      done(loaded.get());
    } else {
      Lane lane = lane(space);
      lane.reading = false;
      if (lane.again) { // there was news of it since
        lane.again = false;
        load(space);
      } else {
        lanes.remove(space);
      }
    }
    return takeActions();
  }

  /** What a page of the log after {@code from} means to that version. */
  public List<Action> replayed(Snapshot from, Step step) {
    switch (step) {
      case Step.Advance advance -> {
        lane(from.space()).readTo = advance.next().version();
        actions.add(new Action.Publish(advance.next(), List.of(), false));
        actions.add(new Action.Replay(advance.next()));
      }
      case Step.Reload reload -> {
        notSure(from.space()).reading = false;
        if (here.apply(from.space()) == from) {
          doubt(from, reload, true);
        }
      }
      case Step.Nothing _, Step.Replay _ -> done(from);
    }
    return takeActions();
  }

  /** Whether the log holds the record that a replica ended with. */
  public List<Action> compared(LogHead mine, boolean holds) {
    Lane lane = notSure(mine.space());
    Snapshot now = here.apply(mine.space());
    Step.Reload doubt = lane.doubt;
    if (doubt == null || now == null || !now.head().isSame(mine)) {
      lane.reading = false; // it moved meanwhile; the next poll looks again
    } else if (!holds) {
      actions.add(new Action.Reload(now, doubt.why()));
    } else if (lane.isCertain) {
      return broken(new BrokenHistory(mine.space(), doubt.version(), doubt.why()));
    } else {
      lane.reading = false; // the head that was read was older than the replica
    }
    return takeActions();
  }

  /** The space as the log has it now; empty when it has it no longer. */
  public List<Action> reloaded(Snapshot mine, Optional<Snapshot> loaded) {
    actions.add(new Action.Replace(mine, loaded.orElse(null)));
    done(loaded.orElse(mine));
    return takeActions();
  }

  /** The log could not be read; the next poll finds what is missing. */
  public List<Action> readFailed(SpaceName space) {
    Lane lane = notSure(space);
    lane.reading = false;
    lane.again = false;
    return takeActions();
  }

  /**
   * What was read of a space is wrong. The space keeps its replica, and other spaces are fed as
   * before.
   */
  public List<Action> broken(BrokenHistory what) {
    Lane lane = notSure(what.space());
    lane.reading = false;
    lane.again = false;
    lane.damaged = true;
    lane.rest = REST;
    actions.add(new Action.Damaged(what));
    return takeActions();
  }

  private void done(Snapshot reached) {
    Lane lane = lane(reached.space());
    lane.reading = false;
    whole(reached.space(), lane);
    if (lane.again) {
      lane.again = false;
      Snapshot mine = here.apply(reached.space());
      replay(mine != null && mine.version() > reached.version() ? mine : reached);
    }
  }

  private void whole(SpaceName space, Lane lane) {
    if (lane.damaged) {
      lane.damaged = false;
      actions.add(new Action.Whole(space));
    }
  }

  private Lane notSure(SpaceName space) {
    Lane lane = lane(space);
    lane.isUnsure = true;
    return lane;
  }

  private Lane lane(SpaceName space) {
    Lane lane = lanes.computeIfAbsent(space, _ -> new Lane());
    lane.idle = 0;
    return lane;
  }

  private List<Action> takeActions() {
    List<Action> taken = actions;
    actions = new ArrayList<>();
    return taken;
  }
}
