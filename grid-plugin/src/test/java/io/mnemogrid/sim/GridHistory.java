package io.mnemogrid.sim;

import io.mnemogrid.commit.Answer;
import io.mnemogrid.commit.Committer;
import io.mnemogrid.commit.Committer.Action;
import io.mnemogrid.commit.MemoryUpdateLog;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.policy.Policy;
import io.mnemogrid.policy.Principal;
import io.mnemogrid.policy.Sending;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.OldTombstones;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SlowRoot;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Tag;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;

/**
 * The judge of a simulated grid: knows what truly happened in the log, and whether everything that
 * anybody was answered or shown agrees with it. It shares no code with the judge of the chaos run
 * ({@code Checker} in load-tests), on purpose: two judges that err in the same place are worth one.
 */
final class GridHistory {
  private final MemoryUpdateLog log;
  private final Map<SpaceName, List<Snapshot>> versions = new TreeMap<>();
  private final Map<SpaceName, TreeMap<Long, Long>> headsInTime = new TreeMap<>();
  private final Map<SpaceName, Long> created = new HashMap<>();

  /** The versions that were there before the run began. */
  private final Map<SpaceName, Integer> begun = new HashMap<>();

  /** What each version removed. */
  private final Map<SpaceName, TreeMap<Long, Map<Pointer, Tag>>> removed = new HashMap<>();

  private final Set<SpaceName> broken = new HashSet<>();
  private final List<Finding> found = new ArrayList<>();

  /** The sendings whose updates are in a batch on its way into the log. */
  private final Map<Batch, Set<Ask>> aboard = new IdentityHashMap<>();

  /** The sendings that wrote something; the same update of another sending may not have landed. */
  private final Set<Ask> wrote = Collections.newSetFromMap(new IdentityHashMap<>());

  GridHistory(MemoryUpdateLog log) {
    this.log = log;
  }

  void created(SpaceName space, long nanos) {
    log.create(space, "{}");
    created.put(space, nanos);
    versions.put(space, new ArrayList<>(List.of(Snapshot.ofNew(space))));
    headsInTime.put(space, new TreeMap<>(Map.of(nanos, 0L)));
  }

  /**
   * A space that is there from the beginning with all that was committed to it before.
   *
   * @param remembered whether the store has its old tombstones; if not, members make them from the
   *     log when they need them
   */
  void createdLongAgo(Past past, boolean remembered) {
    created(Past.SPACE, 0);
    log.append(List.of(new Batch(LogHead.ofNew(Past.SPACE), past.updates())));
    log.save(past.versions().getLast());
    if (remembered) {
      log.remember(past.versions().get((int) State.REMEMBERED_VERSIONS - 1));
    }
    versions.put(Past.SPACE, new ArrayList<>(past.versions()));
    headsInTime.put(Past.SPACE, new TreeMap<>(Map.of(0L, (long) past.version())));
    begun.put(Past.SPACE, past.version());
    removed.put(Past.SPACE, new TreeMap<>(past.removed()));
  }

  private void noteRemoved(Snapshot at) {
    Map<Pointer, Tag> gone = at.state().tombstonesSince(at.version() - 1);
    if (!gone.isEmpty()) {
      removed.computeIfAbsent(at.space(), _ -> new TreeMap<>()).put(at.version(), gone);
    }
  }

  /** Who removed what last, up to a version, as a log knows it that forgets nothing. */
  private OldTombstones removed(Snapshot upTo) {
    if (upTo.version() <= State.REMEMBERED_VERSIONS) {
      return OldTombstones.NONE; // its state has forgotten nothing
    }
    TreeMap<Pointer, Tag> newest = new TreeMap<>();
    removed
        .getOrDefault(upTo.space(), new TreeMap<>())
        .headMap(upTo.version(), true)
        .values()
        .forEach(newest::putAll);
    return new OldTombstones(upTo.version(), newest, false);
  }

  /** A sending is on its way into the log in this batch. */
  void carries(Batch batch, Ask ask) {
    aboard.computeIfAbsent(batch, _ -> Collections.newSetFromMap(new IdentityHashMap<>())).add(ask);
  }

  /** What this batch carries stands in the log. */
  void wrote(Batch batch) {
    wrote.addAll(aboard.getOrDefault(batch, Set.of()));
  }

  /** The space at each version so far; a replay of the log. */
  List<Snapshot> versions(SpaceName space) {
    return versions.getOrDefault(space, List.of());
  }

  /** The log's head at that time, -1 before the space was there. */
  long headAt(SpaceName space, long nanos) {
    TreeMap<Long, Long> heads = headsInTime.get(space);
    Map.Entry<Long, Long> head = heads == null ? null : heads.floorEntry(nanos);
    return head == null ? -1 : head.getValue();
  }

  void found(Flaw flaw, String what) {
    found.add(new Finding(flaw, what));
  }

  List<Finding> findings() {
    return found;
  }

  /** Replays what came into the log. */
  void landed(long nanos, Instant latest) {
    versions.forEach((space, states) -> {
      if (broken.contains(space)) {
        return;
      }
      for (Update update : log.read(space, states.size() - 1, Integer.MAX_VALUE)) {
        Snapshot before = states.getLast();
        if (update.version() != before.version() + 1) {
          found(
              Flaw.VERSIONS,
              "version %d of %s stands where %d should"
                  .formatted(update.version(), space, before.version() + 1));
          broken.add(space);
          return;
        }
        Instant committed = update.fields().committed();
        if (committed.isAfter(latest) && committed.isAfter(before.head().committed())) {
          found(Flaw.CLOCKS, "committed in the future of the store's clock: " + update.text());
        }
        try {
          states.add(before.plus(update));
          noteRemoved(states.getLast());
          Objects.requireNonNull(headsInTime.get(space)).put(nanos, update.version());
        } catch (BrokenHistory e) {
          found(
              SlowRoot.of(before.state().document()).equals(before.head().root())
                  ? Flaw.ROOTS_DIFFER
                  : Flaw.VERSIONS,
              "the log does not replay: " + e.getMessage());
          broken.add(space);
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
      found(Flaw.ACKNOWLEDGED_AND_LOST, "published before it was in the log: " + head.head());
    } else if (!states.get((int) head.version()).toText().equals(head.toText())) {
      found(Flaw.REPLICAS_DIFFER, "a head differs from the replay: " + head.head());
    }
    if (!publish.updates().getLast().leafHash().equals(head.head().leafHash())) {
      found(Flaw.REPLICAS_DIFFER, "published updates do not lead to " + head.head());
    }
  }

  /** Whoever holds a version holds what a replay of the log gives for it. */
  void held(String where, Snapshot held) {
    List<Snapshot> states = versions(held.space());
    if (held.version() >= states.size()) {
      found(Flaw.REPLICAS_DIFFER, where + " holds what is not in the log: " + held.head());
      return;
    }
    Snapshot truth = states.get((int) held.version());
    if (!truth.head().isSame(held.head())
        || !truth.state().root().equals(held.state().root())
        || !truth.state().tombstones().equals(held.state().tombstones())) {
      found(Flaw.REPLICAS_DIFFER, where + " differs from the replay at " + held.head());
    }
  }

  /** As {@link #held}, with all tags. O(leaves). */
  void heldInTheEnd(String where, Snapshot held) {
    List<Snapshot> states = versions(held.space());
    if (held.version() < states.size()
        && !states.get((int) held.version()).toText().equals(held.toText())) {
      found(Flaw.REPLICAS_DIFFER, where + " differs in the end at " + held.head());
    }
  }

  void check(Collection<Ask> asks) {
    Map<Hash, Listed> asked = new HashMap<>();
    for (Ask ask : asks) {
      for (int i = 0; i < ask.deltas.size(); i++) {
        asked.put(ask.deltas.get(i).requestHash(), new Listed(ask.deltas.get(i), i, ask.principal));
      }
    }
    versions.keySet().forEach(space -> checkLog(space, asked));
    versions
        .keySet()
        .forEach(space -> {
          if (!broken.contains(space)) {
            int from = begun.getOrDefault(space, 0);
            List<Update> all = log.all(space);
            checkRoots(versions(space).get(from).state(), all.subList(from, all.size()), 7);
          }
        });
    Set<String> first = new HashSet<>();
    for (Ask ask : asks) {
      List<Answer> answers = ask.answers;
      if (answers == null) {
        continue;
      }
      if (answers.size() != ask.deltas.size()) {
        found(Flaw.BROKEN, answers.size() + " answers to " + ask);
        continue;
      }
      checkWhole(ask, answers);
      for (int i = 0; i < answers.size(); i++) {
        checkAnswer(ask, i, answers.get(i), asks, first);
      }
    }
  }

  /** A delta, how many stand before it in the list that it was sent in, and for whom it is. */
  private record Listed(Delta delta, int index, Principal principal) {}

  /** What a delta means on a document, under the policy that stands there. */
  private static Resolution resolve(
      Snapshot at, long began, Principal principal, Delta delta, OldTombstones old) {
    return resolve(at.space(), at.state(), at.version(), began, principal, delta, old);
  }

  private static Resolution resolve(
      SpaceName space,
      State at,
      long version,
      long began,
      Principal principal,
      Delta delta,
      OldTombstones old) {
    return Policy.in(at)
        .judge(
            space,
            new Sending(principal, Condition.NONE),
            at,
            delta,
            Resolver.resolve(at, version, began, delta, old));
  }

  private void checkLog(SpaceName space, Map<Hash, Listed> asked) {
    List<Update> all = log.all(space);
    Set<UpdateId> ids = new HashSet<>();
    for (Update update : all) {
      if (!ids.add(update.id())) {
        found(Flaw.APPLIED_TWICE, "stands twice: " + update);
      }
    }
    if (broken.contains(space)) {
      return;
    }
    int from = begun.getOrDefault(space, 0);
    Snapshot at = versions(space).get(from);
    Instant before = at.head().committed();
    for (Update update : all.subList(from, all.size())) {
      Update.Fields fields = update.fields();
      if (fields.committed().isBefore(before)
          || fields.timestamp().isAfter(fields.committed().plus(Committer.CLOCK_TOLERANCE))) {
        found(Flaw.CLOCKS, "has an impossible time: " + update.text());
      }
      before = fields.committed();
      Listed listed = asked.get(fields.request());
      if (listed == null) {
        found(Flaw.TOLD_OTHERWISE, "nobody asked for this: " + update.text());
      } else {
        Delta judged = judged(listed.delta, versions(space), at.version(), fields.committed());
        long began = at.version() - listed.index;
        if (!(resolve(at, began, listed.principal, judged, removed(at))
                instanceof Resolution.Accepted accepted)
            || !accepted.changes().equals(fields.changes())
            || !accepted.superseded().equals(fields.superseded())
            || !accepted.overrode().equals(fields.overrode())) {
          found(Flaw.MISJUDGED, "the rules say otherwise: " + update.text());
        }
      }
      at = versions(space).get((int) update.version());
    }
    LogHead head = log.head(space).orElseThrow();
    if (!head.isSame(at.head())) {
      found(Flaw.VERSIONS, "the head row is not the log's end: " + head);
    }
  }

  /** A rollback with the state that it leads to, as the committing member reads it. */
  private static Delta judged(Delta delta, List<Snapshot> states, long version, Instant committed) {
    if (!(delta instanceof Delta.Rollback rollback)) {
      return delta.against(version, committed);
    }
    Delta.Rollback ready =
        rollback.to() < states.size() && rollback.to() <= version
            ? rollback.withTarget(states.get((int) rollback.to()).state())
            : rollback;
    return ready.against(version, committed);
  }

  /**
   * Every root, or one in {@code step} and the last, is the one that the document alone has,
   * computed the slow way.
   */
  void checkRoots(State before, List<Update> log, int step) {
    State at = before;
    for (Update update : log) {
      Update.Fields fields = update.fields();
      at = at.apply(fields.changes(), fields.timestamp(), fields.author(), fields.version());
      if ((fields.version() % step == 0 || update == log.getLast())
          && !SlowRoot.of(at.document()).equals(fields.root())) {
        found(Flaw.ROOTS_DIFFER, "the document has another root than " + update);
      }
    }
  }

  /** All of a list, or none of it. */
  private void checkWhole(Ask ask, List<Answer> answers) {
    long accepted = answers.stream().filter(Answer.Accepted.class::isInstance).count();
    if (accepted != 0 && accepted != answers.size()) {
      found(Flaw.TOLD_OTHERWISE, "half accepted: " + ask + " " + answers);
    }
    for (int i = 0; i < answers.size(); i++) {
      if (answers.get(i) instanceof Answer.RefusedWith with
          && (with.index() == i || !(answers.get(with.index()) instanceof Answer.Refused))) {
        found(Flaw.TOLD_OTHERWISE, "refused with what was not refused: " + ask + " " + answers);
      }
    }
  }

  private void checkAnswer(
      Ask ask, int index, Answer answer, Collection<Ask> asks, Set<String> firstAnswers) {
    Delta delta = ask.deltas.get(index);
    boolean stands = standing(ask.space, delta, Long.MAX_VALUE);
    switch (answer) {
      case Answer.Unchanged same -> {
        if (!unchangedAt(ask, delta, same.head())) {
          found(Flaw.TOLD_OTHERWISE, "told unchanged, and it is not: " + ask + " " + same);
        }
        if (ask.calm && stands) {
          found(Flaw.TOLD_OTHERWISE, "the last word was unchanged, and it stands: " + ask);
        }
        checkNoTrace(ask, delta, stands, "unchanged");
      }
      case Answer.Accepted accepted -> {
        Update update = accepted.update();
        List<Update> all = log.all(ask.space);
        if (update.version() > ask.headWhenAnswered
            || update.version() > all.size()
            || !all.get((int) update.version() - 1).equals(update)) {
          found(
              Flaw.ACKNOWLEDGED_AND_LOST,
              "acknowledged and not in the log: " + ask + " as " + update);
        }
        if (!update.id().equals(delta.id())
            || !update.fields().request().equals(delta.requestHash())) {
          found(Flaw.TOLD_OTHERWISE, "acknowledged as another's: " + ask + " as " + update.text());
        }
        if (!accepted.duplicate() && !firstAnswers.add(ask.space + " " + delta.id())) {
          found(Flaw.APPLIED_TWICE, "twice the first answer: " + ask);
        }
        if (!accepted.duplicate() && index == 0) {
          checkCondition(ask, update);
        }
      }
      case Answer.Refused refused -> {
        if (allStanding(ask, ask.headWhenAsked)) {
          found(
              Flaw.TOLD_OTHERWISE,
              "a repeated id was refused, though it stood: " + ask + " " + refused);
        } else if (!justified(ask, index, refused.refusal())) {
          found(
              refused.refusal() instanceof Refusal.FutureTimestamp
                  ? Flaw.CLOCKS
                  : Flaw.TOLD_OTHERWISE,
              "refused without a reason between versions %d and %d: %s %s"
                  .formatted(ask.headWhenAsked, ask.headWhenAnswered, ask, refused));
        }
        if (ask.calm && stands && ask.deltas.size() == 1) {
          found(
              Flaw.TOLD_OTHERWISE, "the last word was a refusal, and it stands in the log: " + ask);
        }
        checkNoTrace(ask, delta, stands, "refused");
      }
      case Answer.RefusedWith _ -> checkNoTrace(ask, delta, stands, "refused with another");
      case Answer.Damaged _ -> checkNoTrace(ask, delta, stands, "damaged");
      case Answer.Elsewhere no -> found(Flaw.BROKEN, "an agent was sent elsewhere: " + no);
      case Answer.Unavailable none -> {
        if (!none.unknown()) {
          checkNoTrace(ask, delta, stands, "not applied");
          checkNeverUnknownBefore(ask, delta, asks);
          if (none.why().startsWith("this member is closing")) {
            found(Flaw.TOLD_OTHERWISE, "not applied because one member closes: " + ask);
          }
        }
      }
    }
  }

  /** A sending that was accepted stands on a head that fulfils its condition. */
  private void checkCondition(Ask ask, Update update) {
    List<Snapshot> states = versions(ask.space);
    long before = update.firstVersion() - 1;
    if (before < states.size()) {
      LogHead head = states.get((int) before).head();
      if (!ask.condition.holds(head.version(), head.leafHash())) {
        found(Flaw.MISJUDGED, "appended to %s against %s: %s".formatted(head, ask.condition, ask));
      }
    }
  }

  /** Whether a patch changes nothing on that head, which the log had meanwhile. */
  private boolean unchangedAt(Ask ask, Delta delta, LogHead head) {
    List<Snapshot> states = versions(ask.space);
    if (!wasHead(ask, head)) {
      return false;
    }
    Snapshot at = states.get((int) head.version());
    Delta judged = judged(delta, states, head.version(), head.committed());
    return ask.condition.holds(head.version(), head.leafHash())
        && Resolver.resolve(at.state(), at.version(), judged) instanceof Resolution.Unchanged;
  }

  /** Whether the log had that head at some time between question and answer. */
  private boolean wasHead(Ask ask, LogHead head) {
    List<Snapshot> states = versions(ask.space);
    return head.version() >= ask.headWhenAsked
        && head.version() <= ask.headWhenAnswered
        && head.version() < states.size()
        && states.get((int) head.version()).head().isSame(head);
  }

  /** What left no trace may stand in the log, but not by an append that carried this sending. */
  private void checkNoTrace(Ask ask, Delta delta, boolean stands, String what) {
    if (stands && wrote.contains(ask)) {
      found(Flaw.TOLD_OTHERWISE, "told " + what + ", and it wrote " + delta.id() + ": " + ask);
    }
  }

  /** A member that called an outcome unknown never calls it "not applied" later. */
  private void checkNeverUnknownBefore(Ask ask, Delta delta, Collection<Ask> asks) {
    for (Ask before : asks) {
      List<Answer> told = before.answers;
      if (told != null
          && before != ask
          && before.through.equals(ask.through)
          && before.space.equals(ask.space)
          && before.answeredNanos <= ask.askedNanos
          && told.stream()
              .anyMatch(answer -> answer instanceof Answer.Unavailable none && none.unknown())
          && before.deltas.stream().anyMatch(other -> other.id().equals(delta.id()))) {
        found(Flaw.TOLD_OTHERWISE, "unknown first, and then not applied: " + ask);
        return;
      }
    }
  }

  private boolean standing(SpaceName space, Delta delta, long head) {
    return log.find(space, List.of(delta.id())).updates().values().stream()
        .anyMatch(update ->
            update.version() <= head && update.fields().request().equals(delta.requestHash()));
  }

  /** Whether the log holds the delta's id under that version, by the time of the answer. */
  private boolean holds(Ask ask, Delta delta, long version) {
    return version <= ask.headWhenAnswered
        && log.all(ask.space).get((int) version - 1).id().equals(delta.id());
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
                  ask.storeTimeWhenAsked
                      .minusNanos(ask.setBackNanos)
                      .plus(Committer.CLOCK_TOLERANCE)
                      .minusMillis(1));
      case Refusal.Secret _ -> false; // no committer looks for one
      case Refusal.BadSignature _ -> false; // nor checks a signature
      case Refusal.NotCurrent other ->
          other.condition().equals(ask.condition)
              && !ask.condition.holds(other.version(), other.leafHash())
              && other.version() < versions(ask.space).size()
              && other.version() >= ask.headWhenAsked
              && other.version() <= ask.headWhenAnswered
              && versions(ask.space)
                  .get((int) other.version())
                  .head()
                  .leafHash()
                  .equals(other.leafHash());
      case Refusal.StoreRefused _ -> ask.deltas.stream().anyMatch(SimStore::isRefused);
      case Refusal.IdRepeated repeated ->
          repeated.earlier() < index && ask.deltas.get(repeated.earlier()).id().equals(delta.id());
      case Refusal.IdReused reused ->
          holds(ask, delta, reused.version()) && !standing(ask.space, delta, reused.version());
      case Refusal.PartlyKnown known ->
          holds(ask, delta, known.version())
              && standing(ask.space, delta, known.version())
              && !allStanding(ask, ask.headWhenAnswered);
      case Refusal.VersionAhead _,
          Refusal.OtherHistory _,
          Refusal.StrictConflict _,
          Refusal.OverlappingPaths _,
          Refusal.PathThroughArray _,
          Refusal.TooLarge _,
          Refusal.Quota _,
          Refusal.TestFailed _,
          Refusal.PatchFailed _,
          Refusal.BadValue _,
          Refusal.Policy _,
          Refusal.BadPolicy _,
          Refusal.NotGranted _,
          Refusal.Required _ -> {
        List<Snapshot> states = versions(ask.space);
        long last = Math.min(ask.headWhenAnswered, states.size() - 1);
        for (long v = Math.max(0, ask.headWhenAsked); v <= last; v++) {
          List<Delta> upTo = ask.deltas.subList(0, index + 1);
          if (refusedAt(states, states.get((int) v), upTo, ask.principal, refusal)) {
            yield true;
          }
        }
        yield false;
      }
    };
  }

  private boolean refusedAt(
      List<Snapshot> states,
      Snapshot from,
      List<Delta> deltas,
      Principal principal,
      Refusal refusal) {
    OldTombstones old = removed(from);
    State at = from.state();
    long version = from.version();
    for (Delta sent : deltas) {
      Delta delta = judged(sent, states, version, from.head().committed());
      switch (resolve(from.space(), at, version, from.version(), principal, delta, old)) {
        case Resolution.Unchanged _ -> {
          return false;
        }
        case Resolution.Refused refused -> {
          return sent == deltas.getLast() && refused.refusal().equals(refusal);
        }
        case Resolution.Accepted accepted -> {
          at = accepted.next();
          version += 1 + accepted.before().size();
        }
      }
    }
    return false;
  }
}
