package io.mnemogrid.commit;

import io.mnemogrid.commit.Committer.Action;
import io.mnemogrid.commit.CommitterSim.Ask;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What truly happened in the log, and whether all that anybody was told agrees with it. */
final class CommitHistory {
  private final MemoryUpdateLog log;
  private final Map<SpaceName, List<Snapshot>> versions = new HashMap<>();
  private final Map<SpaceName, Long> created = new HashMap<>();
  private final List<String> wrong = new ArrayList<>();

  CommitHistory(MemoryUpdateLog log) {
    this.log = log;
  }

  void created(SpaceName space, long nanos) {
    log.create(space, "{}");
    created.put(space, nanos);
    versions.put(space, new ArrayList<>(List.of(Snapshot.ofNew(space))));
  }

  /** The space at each version so far; a replay of the log. */
  List<Snapshot> versions(SpaceName space) {
    return versions.getOrDefault(space, List.of());
  }

  void wrong(String what) {
    wrong.add(what);
  }

  List<String> found() {
    return wrong;
  }

  /** Replays what came into the log. */
  void landed() {
    versions.forEach((space, states) -> {
      for (Update update : log.read(space, states.size() - 1, Integer.MAX_VALUE)) {
        try {
          states.add(states.getLast().plus(update));
        } catch (BrokenHistory e) {
          wrong("the log does not replay: " + e.getMessage());
          return;
        }
      }
    });
  }

  /** A member's new head is one that stands in the log at this moment. */
  void published(Action.Publish publish) {
    Snapshot head = publish.head();
    List<Snapshot> states = versions(head.space());
    if (head.version() >= states.size()) {
      wrong("published before it was in the log: " + head.head());
    } else if (!states.get((int) head.version()).toText().equals(head.toText())) {
      wrong("a head differs from the replay: " + head.head());
    }
    if (!publish.updates().getLast().leafHash().equals(head.head().leafHash())) {
      wrong("published updates do not lead to " + head.head());
    }
  }

  void check(List<Ask> asks) {
    Map<Hash, Listed> asked = new HashMap<>();
    for (Ask ask : asks) {
      for (int i = 0; i < ask.deltas.size(); i++) {
        Delta delta = ask.deltas.get(i);
        asked.put(delta.requestHash(), new Listed(delta, i));
      }
    }
    versions.keySet().forEach(space -> checkLog(space, asked));
    Set<String> first = new HashSet<>();
    for (Ask ask : asks) {
      List<Answer> answers = ask.answers;
      if (answers == null) {
        if (!ask.lost) {
          wrong("never answered: " + ask);
        }
        continue;
      }
      if (answers.size() != ask.deltas.size()) {
        wrong(answers.size() + " answers to " + ask);
        continue;
      }
      checkWhole(ask, answers);
      for (int i = 0; i < answers.size(); i++) {
        checkAnswer(ask, i, answers.get(i), asks, first);
      }
    }
  }

  /** A delta, and how many stand before it in the list that it was sent in. */
  private record Listed(Delta delta, int index) {}

  private void checkLog(SpaceName space, Map<Hash, Listed> asked) {
    List<Update> all = log.all(space);
    Set<UpdateId> ids = new HashSet<>();
    Instant before = Instant.EPOCH;
    State state = State.EMPTY;
    long version = 0;
    for (Update update : all) {
      version++;
      if (update.version() != version) {
        wrong("version " + update.version() + " stands where " + version + " should: " + update);
        return;
      }
      if (!ids.add(update.id())) {
        wrong("stands twice: " + update);
      }
      if (update.fields().committed().isBefore(before)
          || update
              .fields()
              .timestamp()
              .isAfter(update.fields().committed().plus(Committer.CLOCK_TOLERANCE))) {
        wrong("has an impossible time: " + update.text());
      }
      before = update.fields().committed();
      Listed listed = asked.get(update.fields().request());
      if (listed == null
          || !(Resolver.resolve(state, version - 1, version - 1 - listed.index, listed.delta)
              instanceof Resolution.Accepted accepted)
          || !accepted.changes().equals(update.fields().changes())) {
        wrong("nobody asked for this, or not for this: " + update.text());
        return;
      }
      state = accepted.next();
    }
    LogHead head = log.head(space).orElseThrow();
    if (head.version() != version || !head.root().equals(state.root())) {
      wrong("the head row is not the log's end: " + head);
    }
  }

  /** All of a list, or none of it. */
  private void checkWhole(Ask ask, List<Answer> answers) {
    long accepted = answers.stream().filter(Answer.Accepted.class::isInstance).count();
    if (accepted != 0 && accepted != answers.size()) {
      wrong("half accepted: " + ask + " " + answers);
    }
    for (int i = 0; i < answers.size(); i++) {
      if (answers.get(i) instanceof Answer.RefusedWith with
          && (with.index() == i || !(answers.get(with.index()) instanceof Answer.Refused))) {
        wrong("refused with what was not refused: " + ask + " " + answers);
      }
    }
  }

  private void checkAnswer(
      Ask ask, int index, Answer answer, List<Ask> asks, Set<String> firstAnswers) {
    Delta delta = ask.deltas.get(index);
    boolean stands = standing(ask.space, delta, Long.MAX_VALUE);
    switch (answer) {
      case Answer.Accepted accepted -> {
        Update update = accepted.update();
        List<Update> all = log.all(ask.space);
        if (update.version() > ask.headWhenAnswered
            || !all.get((int) update.version() - 1).equals(update)) {
          wrong("acknowledged and not in the log: " + ask + " as " + update);
        }
        if (!update.id().equals(delta.id())
            || !update.fields().request().equals(delta.requestHash())) {
          wrong("acknowledged as another's: " + ask + " as " + update.text());
        }
        if (!accepted.duplicate() && !firstAnswers.add(ask.space + " " + delta.id())) {
          wrong("twice the first answer: " + ask);
        }
      }
      case Answer.Refused refused -> {
        if (allStanding(ask, ask.headWhenAsked)) {
          wrong("a repeated id was refused, though it stood: " + ask + " " + refused);
        } else if (!justified(ask, index, refused.refusal())) {
          wrong(
              "refused without a reason between versions %d and %d: %s %s"
                  .formatted(ask.headWhenAsked, ask.headWhenAnswered, ask, refused));
        }
        if (ask.calm && stands && ask.deltas.size() == 1) {
          wrong("the last word was a refusal, and it stands in the log: " + ask);
        }
        checkNoTrace(ask, delta, stands, asks, "refused");
      }
      case Answer.RefusedWith _ -> checkNoTrace(ask, delta, stands, asks, "refused with another");
      case Answer.Unavailable none -> {
        if (!none.unknown()) {
          checkNoTrace(ask, delta, stands, asks, "not applied");
        }
      }
    }
  }

  /** What left no trace stands in the log only where somebody else asked for the same. */
  private void checkNoTrace(Ask ask, Delta delta, boolean stands, List<Ask> asks, String what) {
    if (!stands) {
      return;
    }
    boolean explained =
        asks.stream()
            .anyMatch(other ->
                other != ask
                    && other.space.equals(ask.space)
                    && other.deltas.stream()
                        .anyMatch(same -> same.requestHash().equals(delta.requestHash()))
                    && mayHaveWritten(other));
    if (!explained) {
      wrong("told " + what + ", and it stands in the log: " + ask);
    }
  }

  private static boolean mayHaveWritten(Ask ask) {
    List<Answer> answers = ask.answers;
    return answers == null
        || answers.stream()
            .allMatch(answer ->
                answer instanceof Answer.Accepted
                    || answer instanceof Answer.Unavailable none && none.unknown());
  }

  private boolean standing(SpaceName space, Delta delta, long head) {
    return log.all(space).stream()
        .anyMatch(update ->
            update.version() <= head
                && update.id().equals(delta.id())
                && update.fields().request().equals(delta.requestHash()));
  }

  private boolean allStanding(Ask ask, long head) {
    return ask.deltas.stream().allMatch(delta -> standing(ask.space, delta, head));
  }

  /** Whether the log gave this reason at some time between question and answer. */
  private boolean justified(Ask ask, int index, Refusal refusal) {
    Delta delta = ask.deltas.get(index);
    return switch (refusal) {
      case Refusal.UnknownSpace _ ->
          created.getOrDefault(ask.space, Long.MAX_VALUE) > ask.askedNanos;
      case Refusal.FutureTimestamp _ ->
          delta
              .timestamp()
              .isAfter(
                  Deltas.START
                      .plusNanos(ask.askedNanos)
                      .plus(Committer.CLOCK_TOLERANCE)
                      .minusMillis(1));
      case Refusal.IdReused reused ->
          ask.deltas.subList(0, index).stream().anyMatch(other -> other.id().equals(delta.id()))
              || reused.version() <= ask.headWhenAnswered
                  && log.all(ask.space).get((int) reused.version() - 1).id().equals(delta.id())
                  && !allStanding(ask, ask.headWhenAnswered);
      case Refusal.VersionAhead _,
          Refusal.OtherHistory _,
          Refusal.StrictConflict _,
          Refusal.OverlappingPaths _,
          Refusal.PathThroughArray _,
          Refusal.BadValue _ -> {
        List<Snapshot> states = versions(ask.space);
        for (long v = Math.max(0, ask.headWhenAsked); v <= ask.headWhenAnswered; v++) {
          if (refusedAt(
              states.get((int) v).state(), v, ask.deltas.subList(0, index + 1), refusal)) {
            yield true;
          }
        }
        yield false;
      }
    };
  }

  private static boolean refusedAt(State state, long version, List<Delta> deltas, Refusal refusal) {
    State at = state;
    long began = version;
    for (Delta delta : deltas.subList(0, deltas.size() - 1)) {
      if (!(Resolver.resolve(at, version, began, delta) instanceof Resolution.Accepted accepted)) {
        return false;
      }
      at = accepted.next();
      version++;
    }
    return Resolver.resolve(at, version, began, deltas.getLast())
        .equals(new Resolution.Refused(refusal));
  }
}
