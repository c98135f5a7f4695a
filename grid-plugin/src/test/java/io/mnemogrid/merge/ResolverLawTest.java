package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.signature.SignedRequest;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Overrode;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SlowRoot;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Superseded;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rules of docs/conflicts.md under many seeds; the seed is the test's name. Each step is also
 * resolved by {@link SlowSpace}, record for record.
 */
class ResolverLawTest {
  private static final int SEEDS = 320;
  private static final int STEPS = 40;
  private static final SpaceName SPACE = new SpaceName("laws");

  static LongStream seeds() {
    return LongStream.rangeClosed(1, SEEDS);
  }

  static LongStream fewerSeeds() {
    return LongStream.rangeClosed(1, 100);
  }

  /** A space as it grows, with its whole log. */
  private static final class History {
    final List<Update> log = new ArrayList<>();
    Snapshot head = Snapshot.ofNew(SPACE);

    SlowSpace slow() {
      return SlowSpace.copyOf(head.state(), head.version());
    }

    Update record(
        Delta.Edit delta,
        Json.Obj document,
        Changes changes,
        List<Superseded> superseded,
        List<Overrode> overrode) {
      return Update.of(
          new Update.Fields(
              SPACE,
              head.version() + 1,
              delta.id(),
              delta.author(),
              delta.type(),
              delta.base(),
              delta.timestamp(),
              delta.timestamp(),
              delta.requestHash(),
              head.head().leafHash(),
              SlowRoot.of(document),
              changes,
              superseded,
              overrode));
    }

    Update record(Delta.Edit delta, Resolution.Accepted accepted) {
      return record(
          delta,
          accepted.next().document(),
          accepted.changes(),
          accepted.superseded(),
          accepted.overrode());
    }

    void append(Delta.Edit delta, Resolution.Accepted accepted) {
      Update update = record(delta, accepted);
      head = head.with(update, accepted.next());
      log.add(update);
    }

    Resolution resolve(Delta.Edit delta) {
      return Resolver.resolve(head.state(), head.version(), delta);
    }

    /** Plays so many random deltas. */
    static History of(RandomDeltas deltas, int steps) {
      History history = new History();
      for (int step = 0; step < steps; step++) {
        Delta.Edit delta = deltas.next(history.slow());
        if (history.resolve(delta) instanceof Resolution.Accepted accepted) {
          history.append(delta, accepted);
        }
      }
      return history;
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void agreesWithItsSlowTwinAndWithAReplayRecordForRecord(long seed) {
    RandomDeltas deltas = new RandomDeltas(seed);
    History history = new History();
    SlowSpace slow = SlowSpace.empty();
    for (int step = 0; step < STEPS; step++) {
      Delta.Edit delta = deltas.next(slow);
      Supplier<String> what = what(seed, step, delta);
      SlowSpace.Result expected = slow.resolve(delta);
      switch (history.resolve(delta)) {
        case Resolution.Unchanged _ -> throw new AssertionError("an edit takes a version");
        case Resolution.Refused refused ->
            assertThat(refused.refusal().code()).as(what).isEqualTo(expected.refused());
        case Resolution.Accepted accepted -> {
          assertThat(expected.refused()).as(what).isNull();
          Update twin =
              history.record(
                  delta,
                  expected.next().document(),
                  expected.changes(),
                  expected.superseded(),
                  expected.overrode());
          String record = history.record(delta, accepted).text();
          assertThat(record).as(what).isEqualTo(twin.text());
          assertThat(SignedRequest.whyNot(delta.request(), Json.parseObject(record)))
              .as(() -> what.get() + " made " + record)
              .isNull();
          Snapshot before = history.head;
          history.append(delta, accepted);
          slow = expected.next();
          SlowSpace fast = history.slow();
          assertThat(fast.leaves).as(what).isEqualTo(slow.leaves);
          assertThat(fast.tombstones).as(what).isEqualTo(slow.tombstones);
          assertThat(history.head.state().leaves()).as(what).isEqualTo(slow.leaves.size());
          assertThat(before.plus(Update.parse(twin.text())).toText())
              .as(what)
              .isEqualTo(history.head.toText());
        }
      }
    }
    Snapshot replayed = Snapshot.ofNew(SPACE);
    for (Update update : history.log) {
      replayed = replayed.plus(Update.parse(update.toBytes()));
    }
    assertThat(replayed.toText()).as("seed %d", seed).isEqualTo(history.head.toText());
    assertThat(replayed.state().root())
        .as("seed %d", seed)
        .isEqualTo(SlowRoot.of(slow.document()))
        .isEqualTo(history.head.state().root());
    assertThat(replayed.logRoot()).isEqualTo(history.head.logRoot());
    assertThat(Snapshot.parse(replayed.toText()).toText()).isEqualTo(replayed.toText());
  }

  /** Of a list each has seen those before it, whatever base they were built on. */
  @ParameterizedTest
  @MethodSource("fewerSeeds")
  void agreesWithItsSlowTwinOnLists(long seed) {
    RandomDeltas deltas = new RandomDeltas(seed);
    History history = History.of(deltas, 12);
    for (int step = 0; step < STEPS; step++) {
      long began = history.head.version();
      long base = Math.min(began, deltas.base(began));
      Set<Long> own = new HashSet<>();
      for (int i = 0; i < 4; i++) {
        Delta.Edit delta = withBase(deltas.next(history.slow()), base);
        SlowSpace.Result expected = history.slow().resolve(delta, own);
        Supplier<String> what = what(seed, step, delta);
        switch (Resolver.resolve(history.head.state(), history.head.version(), began, delta)) {
          case Resolution.Unchanged _ -> throw new AssertionError("an edit takes a version");
          case Resolution.Refused refused ->
              assertThat(refused.refusal().code()).as(what).isEqualTo(expected.refused());
          case Resolution.Accepted accepted -> {
            assertThat(expected.refused()).as(what).isNull();
            assertThat(accepted.changes()).as(what).isEqualTo(expected.changes());
            assertThat(accepted.superseded()).as(what).isEqualTo(expected.superseded());
            assertThat(accepted.overrode()).as(what).isEqualTo(expected.overrode());
            assertThat(accepted.overrode())
                .as(what)
                .noneMatch(beaten -> own.contains(beaten.version()));
            history.append(delta, accepted);
            own.add(history.head.version());
          }
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void changesOnDisjointPathsCommute(long seed) {
    RandomDeltas deltas = new RandomDeltas(-seed);
    State head = History.of(deltas, 12).head.state();
    long version = 100; // above every tag: bases are drawn below
    for (int round = 0; round < 5; round++) {
      List<Delta.Edit> disjoint = disjoint(deltas, head);
      String expected = null;
      for (List<Delta.Edit> order : permutations(disjoint)) {
        String document = apply(head, version, order).document().canonical();
        if (expected == null) {
          expected = document;
        }
        assertThat(document)
            .as(() -> "seed %d, order %s".formatted(seed, order))
            .isEqualTo(expected);
      }
    }
  }

  /** Up to four deltas on paths of which none overlaps another, on bases from none to all seen. */
  private static List<Delta.Edit> disjoint(RandomDeltas deltas, State head) {
    List<Delta.Edit> disjoint = new ArrayList<>();
    List<Pointer> taken = new ArrayList<>();
    for (int tries = 0; tries < 12 && disjoint.size() < 4; tries++) {
      Pointer path = deltas.path();
      Cell.Leaf leaf = head.leafAbove(path);
      Pointer scalar = leaf == null || leaf.value().equals(Json.EMPTY_OBJECT) ? path : leaf.path();
      if (path.equals(Pointer.ROOT)
          || taken.stream().anyMatch(scalar::overlaps)
          || taken.stream().anyMatch(path::overlaps)) {
        continue; // of a scalar that stands above several, see the test below
      }
      taken.add(scalar);
      long base = deltas.chance(30) ? 100 : deltas.base(12);
      disjoint.add(deltas.of(path, deltas.chance(35) ? null : deltas.value(0), base));
    }
    return disjoint;
  }

  private static State apply(State head, long version, List<Delta.Edit> order) {
    State state = head;
    long at = version;
    for (Delta.Edit delta : order) {
      if (Resolver.resolve(state, at, delta) instanceof Resolution.Accepted accepted) {
        state = accepted.next();
        at++;
      }
    }
    return state;
  }

  private static List<List<Delta.Edit>> permutations(List<Delta.Edit> deltas) {
    if (deltas.isEmpty()) {
      return List.of(List.of());
    }
    List<List<Delta.Edit>> all = new ArrayList<>();
    for (Delta.Edit first : deltas) {
      List<Delta.Edit> rest = new ArrayList<>(deltas);
      rest.remove(first);
      for (List<Delta.Edit> order : permutations(rest)) {
        List<Delta.Edit> whole = new ArrayList<>(order);
        whole.addFirst(first);
        all.add(whole);
      }
    }
    return all;
  }

  /**
   * Two sets below one scalar are disjoint, but both would replace that scalar: who replaces it
   * first decides whether the other still meets it. The one case in which disjoint paths do not
   * commute, so it is written down here.
   */
  @Test
  void setsBelowOneUnseenScalarMeetItInTheLogsOrder() {
    History history = new History();
    for (Delta.Edit delta :
        List.of(
            delta("u1", "bot-z", 0, 50, "/a", Json.of(1)),
            delta("u2", "bot-a", 1, 10, "/b", Json.of(1)))) {
      history.append(delta, (Resolution.Accepted) history.resolve(delta));
    }
    Delta.Edit seen = delta("u3", "bot-a", 2, 20, "/a/x", Json.TRUE);
    Delta.Edit unseen = delta("u4", "bot-b", 0, 30, "/a/y", Json.TRUE);
    assertThat(apply(history.head.state(), 2, List.of(seen, unseen)).document().canonical())
        .isEqualTo("{\"a\":{\"x\":true,\"y\":true},\"b\":1}");
    assertThat(apply(history.head.state(), 2, List.of(unseen, seen)).document().canonical())
        .isEqualTo("{\"a\":{\"x\":true},\"b\":1}");
  }

  private static Delta.Edit delta(
      String id, String author, long base, int second, String path, Json value) {
    return Delta.parse(
        Json.parseObject(
            """
            {"update_id":"%s","author":"%s","base":%d,"timestamp":"2026-02-05T19:00:%dZ",\
            "type":"t","changes":{"added":[{"key":"%s","value":%s}]}}\
            """
                .formatted(id, author, base, second, path, value.canonical())));
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void anAuthorWhoHasSeenTheCurrentValueAlwaysApplies(long seed) {
    RandomDeltas deltas = new RandomDeltas(seed);
    History history = new History();
    for (int step = 0; step < STEPS; step++) {
      SlowSpace slow = history.slow();
      Delta.Edit delta = deltas.next(slow);
      Supplier<String> what = what(seed, step, delta);
      if (history.resolve(delta) instanceof Resolution.Accepted accepted) {
        for (Change change : delta.changes()) {
          if (slow.unseenRivals(change, delta.base()).isEmpty()) {
            assertThat(accepted.superseded()).as(what).noneMatch(isAbout(change));
            assertStands(change, delta, accepted.next(), what);
          }
        }
        history.append(delta, accepted);
      }
      Delta.Edit seen = withBase(delta, history.head.version());
      if (history.resolve(seen) instanceof Resolution.Accepted accepted) {
        assertThat(accepted.superseded()).as(what).isEmpty();
        assertThat(accepted.overrode()).as(what).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void bothSidesOfEveryConflictAreInTheLog(long seed) {
    RandomDeltas deltas = new RandomDeltas(seed);
    History history = new History();
    for (int step = 0; step < STEPS; step++) {
      Delta.Edit delta = deltas.next(history.slow());
      Supplier<String> what = what(seed, step, delta);
      if (!(history.resolve(delta) instanceof Resolution.Accepted accepted)) {
        continue;
      }
      State before = history.head.state();
      history.append(delta, accepted);
      Update.Fields fields = history.log.getLast().fields();
      for (Change change : delta.changes()) {
        List<Superseded> lost = fields.superseded().stream().filter(isAbout(change)).toList();
        assertThat(lost).as(what).hasSizeLessThanOrEqualTo(1);
        if (lost.isEmpty()) {
          assertStands(change, delta, accepted.next(), what);
          continue;
        }
        assertThat(lost.getFirst().value())
            .as(what)
            .isEqualTo(change instanceof Change.Put put ? put.value() : null);
        Update winner = history.log.get((int) lost.getFirst().byVersion() - 1);
        assertThat(winner.fields().author()).as(what).isEqualTo(lost.getFirst().by());
        assertThat(winner.version()).as(what).isGreaterThan(delta.base());
        assertThat(written(winner)).as(what).anyMatch(change.path()::overlaps);
        assertThat(written(history.log.getLast())).as(what).noneMatch(change.path()::isAbove);
      }
      for (Overrode beaten : fields.overrode()) {
        Update loser = history.log.get((int) beaten.version() - 1);
        assertThat(loser.fields().author()).as(what).isEqualTo(beaten.author());
        assertThat(loser.version()).as(what).isGreaterThan(delta.base());
        assertThat(written(loser)).as(what).contains(beaten.path());
        assertThat(beaten.value()).as(what).isEqualTo(valueOfLeaf(before, beaten.path()));
      }
    }
  }

  /** An applied set stands; nothing stands at or below an applied delete but the {} it left. */
  private static void assertStands(
      Change change, Delta.Edit delta, State next, Supplier<String> what) {
    Json at = next.value(change.path());
    if (change.path().equals(Pointer.ROOT) && at instanceof Json.Obj document) {
      at = Reserved.without(document); // which a change of the root leaves as it stands
    }
    switch (change) {
      case Change.Put put when put.path().equals(Pointer.ROOT) ->
          assertThat(at).as(what).isEqualTo(Reserved.without((Json.Obj) put.value()));
      case Change.Put put -> assertThat(at).as(what).isEqualTo(put.value());
      case Change.Delete delete when delete.path().equals(Pointer.ROOT) ->
          assertThat(at).as(what).isEqualTo(Json.EMPTY_OBJECT);
      case Change.Delete _ -> assertThat(at).as(what).isNull();
    }
    assertThat(delta.changes()).as(what).contains(change);
  }

  private static Predicate<Superseded> isAbout(Change change) {
    return lost -> lost.path().equals(change.path());
  }

  private static List<Pointer> written(Update update) {
    List<Pointer> paths = new ArrayList<>();
    Changes changes = update.fields().changes();
    changes.added().forEach(change -> paths.add(change.path()));
    changes.deleted().forEach(change -> paths.add(change.path()));
    changes.modified().forEach(change -> paths.add(change.path()));
    return paths;
  }

  private static @Nullable Json valueOfLeaf(State state, Pointer path) {
    Cell.Leaf leaf = state.leaf(path);
    return leaf == null ? null : leaf.value();
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void undoingARecordGivesThePreviousVersion(long seed) {
    RandomDeltas deltas = new RandomDeltas(seed);
    History history = new History();
    for (int step = 0; step < STEPS; step++) {
      Delta.Edit delta = deltas.next(history.slow());
      if (!(history.resolve(delta) instanceof Resolution.Accepted accepted)) {
        continue;
      }
      TreeMap<String, Json> before = history.slow().values();
      history.append(delta, accepted);
      Changes changes = Update.parse(history.log.getLast().text()).fields().changes();
      TreeMap<String, Json> undone = history.slow().values();
      changes.added().forEach(change -> undone.remove(change.path().toString()));
      changes.deleted().forEach(gone -> undone.put(gone.path().toString(), gone.oldValue()));
      changes.modified().forEach(was -> undone.put(was.path().toString(), was.oldValue()));
      assertThat(undone).as(what(seed, step, delta)).isEqualTo(before);
      assertThat(changes.count())
          .isEqualTo(written(history.log.getLast()).stream().distinct().count());
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void strictTakesAllOrNothing(long seed) {
    RandomDeltas deltas = new RandomDeltas(seed);
    History history = new History();
    for (int step = 0; step < STEPS; step++) {
      SlowSpace slow = history.slow();
      Delta.Edit delta = deltas.next(slow);
      Delta.Edit strict = withStrict(delta, true);
      Supplier<String> what = what(seed, step, delta);
      String before = history.head.toText();
      switch (history.resolve(strict)) {
        case Resolution.Unchanged _ -> throw new AssertionError("an edit takes a version");
        case Resolution.Refused refused -> {
          assertThat(history.head.toText()).as(what).isEqualTo(before);
          if (refused.refusal() instanceof Refusal.StrictConflict conflict) {
            assertThat(slow.hasStrictConflict(delta)).as(what).isTrue();
            assertThat(conflict.head()).isEqualTo(history.head.version());
            assertThat(conflict.conflicts()).as(what).isNotEmpty().doesNotHaveDuplicates();
            for (Refusal.StrictConflict.Standing standing : conflict.conflicts()) {
              assertThat(standing.value())
                  .as(what)
                  .isEqualTo(slow.valueAt(standing.path().toString()));
            }
          }
        }
        case Resolution.Accepted accepted -> {
          assertThat(slow.hasStrictConflict(delta)).as(what).isFalse();
          assertThat(accepted.superseded()).as(what).isEmpty();
          assertThat(accepted.overrode()).as(what).isEmpty();
        }
      }
      if (history.resolve(delta) instanceof Resolution.Accepted accepted) {
        history.append(delta, accepted);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("fewerSeeds")
  void judgesOldValuesAndReadsOnlyUnderStrict(long seed) {
    RandomDeltas deltas = new RandomDeltas(seed);
    History history = new History();
    for (int step = 0; step < STEPS; step++) {
      Delta.Edit delta = withStrict(deltas.next(history.slow()), false);
      Resolution with = history.resolve(delta);
      assertSame(with, history.resolve(withoutOldValues(delta)), what(seed, step, delta));
      if (with instanceof Resolution.Accepted accepted) {
        history.append(delta, accepted);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("fewerSeeds")
  void isAPureFunction(long seed) {
    RandomDeltas deltas = new RandomDeltas(seed);
    History history = new History();
    for (int step = 0; step < STEPS; step++) {
      Delta.Edit delta = deltas.next(history.slow());
      String before = history.head.toText();
      Resolution once = history.resolve(delta);
      assertSame(once, history.resolve(delta), what(seed, step, delta));
      assertSame(
          once,
          Resolver.resolve(Snapshot.parse(before).state(), history.head.version(), reparsed(delta)),
          what(seed, step, delta));
      assertThat(history.head.toText()).isEqualTo(before);
      if (once instanceof Resolution.Accepted accepted) {
        history.append(delta, accepted);
      }
    }
  }

  private static Delta.Edit reparsed(Delta.Edit delta) {
    return Delta.parse(Json.parseObject(delta.request().canonical()));
  }

  private static void assertSame(Resolution one, Resolution other, Supplier<String> what) {
    switch (one) {
      case Resolution.Unchanged _ -> throw new AssertionError("an edit takes a version");
      case Resolution.Refused refused -> assertThat(other).as(what).isEqualTo(refused);
      case Resolution.Accepted accepted -> {
        assertThat(other).as(what).isInstanceOf(Resolution.Accepted.class);
        Resolution.Accepted again = (Resolution.Accepted) other;
        assertThat(again.changes()).as(what).isEqualTo(accepted.changes());
        assertThat(again.superseded()).as(what).isEqualTo(accepted.superseded());
        assertThat(again.overrode()).as(what).isEqualTo(accepted.overrode());
        assertThat(again.next().root()).as(what).isEqualTo(accepted.next().root());
        assertThat(SlowSpace.copyOf(again.next(), 0).leaves)
            .as(what)
            .isEqualTo(SlowSpace.copyOf(accepted.next(), 0).leaves);
      }
    }
  }

  /** A law over deltas that never conflict would prove nothing. */
  @Test
  void theSeedsMeetEveryKindOfAnswer() {
    Map<String, Integer> seen = new HashMap<>();
    for (long seed = 1; seed <= SEEDS; seed++) {
      RandomDeltas deltas = new RandomDeltas(seed);
      History history = new History();
      for (int step = 0; step < STEPS; step++) {
        Delta.Edit delta = deltas.next(history.slow());
        switch (history.resolve(delta)) {
          case Resolution.Unchanged _ -> throw new AssertionError("an edit takes a version");
          case Resolution.Refused refused -> seen.merge(refused.refusal().code(), 1, Integer::sum);
          case Resolution.Accepted accepted -> {
            seen.merge("superseded", accepted.superseded().size(), Integer::sum);
            seen.merge("overrode", accepted.overrode().size(), Integer::sum);
            seen.merge(
                "overrode a delete",
                (int) accepted.overrode().stream().filter(o -> o.value() == null).count(),
                Integer::sum);
            seen.merge(
                "left {}",
                (int)
                    accepted.changes().added().stream()
                        .filter(add ->
                            add.value().equals(Json.EMPTY_OBJECT)
                                && delta.changes().stream()
                                    .anyMatch(change -> add.path().isAbove(change.path())))
                        .count(),
                Integer::sum);
            seen.merge("unchanged", accepted.changes().count() == 0 ? 1 : 0, Integer::sum);
            history.append(delta, accepted);
          }
        }
      }
    }
    for (String kind :
        List.of(
            "superseded",
            "overrode",
            "overrode a delete",
            "left {}",
            "unchanged",
            "strict-conflict",
            "path-through-array",
            "overlapping-paths",
            "version-ahead")) {
      assertThat(Objects.requireNonNullElse(seen.get(kind), 0))
          .as("%s in %s", kind, seen)
          .isGreaterThan(100);
    }
    assertThat(seen)
        .as("sets of the root that would change what is reserved")
        .containsKey("policy");
    assertThat(new Random(1).nextInt()).as("seeds mean the same everywhere").isEqualTo(-1155869325);
  }

  private static Delta.Edit withBase(Delta.Edit delta, long base) {
    return copy(delta, base, delta.changes(), delta.strict(), delta.reads());
  }

  private static Delta.Edit withStrict(Delta.Edit delta, boolean strict) {
    return copy(delta, delta.base(), delta.changes(), strict, delta.reads());
  }

  private static Delta.Edit withoutOldValues(Delta.Edit delta) {
    List<Change> changes = new ArrayList<>();
    for (Change change : delta.changes()) {
      changes.add(
          switch (change) {
            case Change.Put put -> new Change.Put(put.path(), put.sent(), put.value(), null);
            case Change.Delete delete -> new Change.Delete(delete.path(), delete.sent(), null);
          });
    }
    return copy(delta, delta.base(), changes, delta.strict(), List.of());
  }

  private static Delta.Edit copy(
      Delta.Edit delta, long base, List<Change> changes, boolean strict, List<Pointer> reads) {
    return new Delta.Edit(
        delta.id(),
        base,
        delta.baseHash(),
        delta.author(),
        delta.timestamp(),
        delta.type(),
        changes,
        strict,
        reads,
        delta.request(),
        delta.requestHash(),
        delta.sizeBytes(),
        delta.screening());
  }

  private static Supplier<String> what(long seed, int step, Delta.Edit delta) {
    return () -> "seed %d, step %d, %s".formatted(seed, step, delta.request().canonical());
  }
}
