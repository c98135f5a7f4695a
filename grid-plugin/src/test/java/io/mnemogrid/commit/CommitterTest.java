package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.Committer.Action;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogUnavailable.Outcome;
import io.mnemogrid.log.LogUnavailable.Trouble;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** One committer, told by hand what became of what it asked. */
class CommitterTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final SpaceName OTHER = SpaceName.of("other");
  private static final Instant NOW = Deltas.START;

  private final CommitterRun run = new CommitterRun(NOW, SPACE, OTHER);
  private final MemoryUpdateLog log = run.log;
  private final Committer committer = run.committer;
  private final Map<Long, List<Answer>> told = run.told;
  private final List<Action> alarms = run.alarms;
  private final List<Action.Publish> published = run.published;

  private long submit(Delta... deltas) {
    return submit(SPACE, deltas);
  }

  private long submit(SpaceName space, Delta... deltas) {
    return run.submit(space, deltas);
  }

  /** One that is given up early. */
  private long submitBriefly(Delta delta) {
    return run.submit(SPACE, Condition.NONE, 10, delta);
  }

  private List<Action> step() {
    return run.step();
  }

  private void settle() {
    run.settle();
  }

  private void perform(List<Action> actions) {
    run.perform(actions);
  }

  private Answer answer(long ticket) {
    return run.answer(ticket);
  }

  private Update accepted(long ticket) {
    return run.accepted(ticket);
  }

  private Refusal refusal(long ticket) {
    return run.refusal(ticket);
  }

  private static Delta set(String id) {
    return Deltas.set(id, 0, "/" + id, Json.TRUE);
  }

  private void elsewhere(Delta... deltas) {
    run.elsewhere(SPACE, deltas);
  }

  @Test
  void commitsAllThatWaitsInAllSpacesWithOneAppend() {
    long first = submit(set("a"));
    long second = submit(set("b"));
    long third = submit(OTHER, set("a"));
    settle();
    assertThat(run.appends).isEqualTo(1);
    assertThat(accepted(first).version()).isEqualTo(1);
    assertThat(accepted(second).version()).isEqualTo(2);
    assertThat(accepted(third).version()).isEqualTo(1);
    assertThat(published).hasSize(2);
    assertThat(committer.isBusy()).isFalse();
  }

  /** Otherwise it would have the document of each space that was ever written. */
  @Test
  void forgetsASpaceForWhichNothingIsUnderWay() {
    Delta delta = set("a");
    long first = submit(delta);
    perform(step());
    committer.forget(SPACE);
    assertThat(committer.lanes()).as("it is loaded").isEqualTo(1);
    settle();
    committer.forget(SPACE);
    assertThat(committer.lanes()).isZero();
    long again = submit(delta);
    settle();
    assertThat(answer(again)).isEqualTo(new Answer.Accepted(accepted(first), true));
    long other = submit(OTHER, set("a"));
    settle();
    assertThat(accepted(other).version()).isEqualTo(1);
    committer.forgetAllBut(OTHER::equals);
    assertThat(committer.lanes()).isEqualTo(1);
    committer.forgetAllBut(SPACE::equals);
    assertThat(committer.lanes()).isZero();
  }

  /** Its replica goes while its head is loaded, while it waits, and while its append is away. */
  @Test
  void aSpaceThatIsEvictedWhileItIsCommittedToKeepsWhatIsUnderWay() {
    long first = submit(set("a"));
    List<Action> load = step();
    committer.forget(SPACE);
    perform(load);
    committer.forget(SPACE);
    settle();
    assertThat(accepted(first).version()).isEqualTo(1);
    long second = submit(set("b"));
    Action.Append append = (Action.Append) step().getFirst();
    long third = submit(set("c"));
    committer.forget(SPACE);
    perform(committer.appended(log.append(append.batches())));
    committer.forget(SPACE);
    settle();
    assertThat(accepted(second).version()).isEqualTo(2);
    assertThat(accepted(third).version()).isEqualTo(3);
    assertThat(log.all(SPACE)).hasSize(3);
    committer.forget(SPACE);
    assertThat(committer.lanes()).isZero();
  }

  @Test
  void tellsNobodyBeforeTheAppendIsAnswered() {
    submit(set("a"));
    perform(step());
    List<Action> actions = step();
    assertThat(actions).singleElement().isInstanceOf(Action.Append.class);
    submit(set("b"));
    assertThat(step()).as("one append at a time").isEmpty();
    assertThat(told).isEmpty();
  }

  @Test
  void publishesBeforeItTells() {
    submit(set("a"));
    perform(step());
    Action.Append append = (Action.Append) step().getFirst();
    assertThat(committer.appended(log.append(append.batches())))
        .hasExactlyElementsOfTypes(Action.Publish.class, Action.Tell.class);
  }

  @Test
  void answersARepeatedIdWithTheFirstAnswer() {
    Delta delta = set("a");
    long first = submit(delta);
    settle();
    long again = submit(delta);
    settle();
    assertThat(answer(again)).isEqualTo(new Answer.Accepted(accepted(first), true));
    assertThat(log.all(SPACE)).hasSize(1);
  }

  @Test
  void answersARepeatedIdOfTheSameAppend() {
    long first = submit(set("a"));
    long again = submit(set("a"));
    settle();
    assertThat(answer(again)).isEqualTo(new Answer.Accepted(accepted(first), true));
    assertThat(log.all(SPACE)).hasSize(1);
  }

  @Test
  void answersARepeatedIdThatAnotherMemberCommitted() {
    submit(set("mine"));
    settle();
    elsewhere(set("a"));
    long again = submit(set("a"));
    settle();
    assertThat(answer(again)).isEqualTo(new Answer.Accepted(log.all(SPACE).getLast(), true));
  }

  @Test
  void answersARepeatedIdThatWouldBeRefusedNow() {
    Delta delta = Deltas.strict("a", 0, "/x", Json.of(1));
    long first = submit(delta);
    submit(Deltas.set("b", 1, "/x", Json.of(2)));
    settle();
    long again = submit(delta);
    settle();
    assertThat(answer(again)).isEqualTo(new Answer.Accepted(accepted(first), true));
  }

  /**
   * However little the log answers at once, each is told what became of it, and no more is read.
   */
  @Test
  void answersManyRepeatedIdsThoughOneAnswerDoesNotHoldThem() {
    List<Delta[]> requests = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      int size = i == 2 ? 5 : 1;
      Delta[] list = new Delta[size];
      for (int j = 0; j < size; j++) {
        list[j] = Deltas.set("r" + i + "-" + j, 0, "/r" + i + "-" + j, Json.of("x".repeat(900)));
      }
      requests.add(list);
    }
    requests.forEach(this::submit);
    settle();
    int stands = log.all(SPACE).size();
    assertThat(stands).isEqualTo(10);
    log.findAtMost(4000);
    List<Long> again = requests.stream().map(this::submit).toList();
    long partly = submit(requests.get(2)[3], set("new"));
    long fresh = submit(set("fresh"));
    for (int i = 0; i < 40 && committer.isBusy(); i++) {
      perform(step());
    }
    for (int i = 0; i < 6; i++) {
      assertThat(told.get(again.get(i)))
          .hasSize(requests.get(i).length)
          .allSatisfy(answer ->
              assertThat(answer)
                  .isInstanceOfSatisfying(
                      Answer.Accepted.class, it -> assertThat(it.duplicate()).isTrue()));
    }
    assertThat(told.get(partly)).first().isInstanceOf(Answer.Refused.class);
    assertThat(accepted(fresh).version()).isEqualTo(stands + 1);
    assertThat(committer.isBusy()).isFalse();
  }

  @Test
  void refusesAnIdWithAnotherRequest() {
    submit(set("a"));
    settle();
    long reused = submit(Deltas.set("a", 0, "/else", Json.TRUE));
    settle();
    assertThat(refusal(reused)).isEqualTo(new Refusal.IdReused(1));
    submit(set("b"));
    long inOneAppend = submit(Deltas.set("b", 0, "/else", Json.TRUE));
    settle();
    assertThat(refusal(inOneAppend)).isEqualTo(new Refusal.IdReused(2));
  }

  @Test
  void asksTheLogBeforeItRefuses() {
    submit(set("a"));
    settle();
    elsewhere(set("b"), Deltas.set("c", 0, "/x", Json.of(1)));
    long ahead = submit(Deltas.set("d", 3, "/x", Json.of(2)));
    settle();
    assertThat(accepted(ahead).version()).isEqualTo(4);
    long tooFar = submit(Deltas.set("e", 9, "/x", Json.of(2)));
    settle();
    assertThat(refusal(tooFar)).isEqualTo(new Refusal.VersionAhead(9, 4));
    assertThat(run.checks).isEqualTo(2);
  }

  @Test
  void aListIsAllOrNone() {
    submit(Deltas.set("x", 0, "/x", Json.of(1)));
    settle();
    long list = submit(set("a"), Deltas.strict("b", 0, "/x", Json.of(2)), set("c"));
    settle();
    assertThat(told.get(list))
        .satisfiesExactly(
            one -> assertThat(one).isEqualTo(new Answer.RefusedWith(1)),
            two -> assertThat(two).isInstanceOf(Answer.Refused.class),
            three -> assertThat(three).isEqualTo(new Answer.RefusedWith(1)));
    assertThat(log.all(SPACE)).hasSize(1);
    long whole = submit(set("a"), Deltas.strict("b", 1, "/b", Json.of(2)));
    settle();
    assertThat(told.get(whole)).allMatch(Answer.Accepted.class::isInstance);
    assertThat(log.all(SPACE)).hasSize(3);
  }

  @Test
  void inAListEachHasSeenThoseBeforeIt() {
    submit(Deltas.set("x", 0, "/x", Json.of(1)));
    settle();
    Delta earlier = // older than what stands, and than what the list itself writes
        Delta.parse(Deltas.request("c", 1, NOW.minusSeconds(9), "/x", Json.of(4)));
    long list =
        submit(
            Deltas.set("a", 1, "/x", Json.of(2)),
            Deltas.strict("b", 1, "/x", Json.of(3)),
            earlier,
            Delta.parse(
                Deltas.request("d", 1, NOW, "/y", Json.TRUE)
                    .with("strict", Json.TRUE)
                    .with("reads", Json.ofStrings(List.of("/x")))));
    settle();
    assertThat(told.get(list)).hasSize(4).allMatch(Answer.Accepted.class::isInstance);
    assertThat(log.all(SPACE))
        .allMatch(update -> update.fields().superseded().isEmpty())
        .allMatch(update -> update.fields().overrode().isEmpty());
    assertThat(log.replay(SPACE, 5).orElseThrow().state().document())
        .isEqualTo(Json.parseObject("{\"x\":4,\"y\":true}"));
  }

  @Test
  void aListHasNotSeenWhatCameBetween() {
    submit(Deltas.set("x", 0, "/x", Json.of(1)), Deltas.set("y", 0, "/y", Json.of(1)));
    settle();
    submit(Deltas.set("other", 2, "/y", Json.of(2)));
    long list =
        submit(
            Deltas.strict("a", 2, "/x", Json.of(2)),
            Deltas.strict("b", 2, "/x", Json.of(3)),
            Deltas.strict("c", 2, "/y", Json.of(3)));
    settle();
    assertThat(told.get(list))
        .satisfiesExactly(
            one -> assertThat(one).isEqualTo(new Answer.RefusedWith(2)),
            two -> assertThat(two).isEqualTo(new Answer.RefusedWith(2)),
            three ->
                assertThat(three)
                    .isInstanceOfSatisfying(
                        Answer.Refused.class,
                        no -> assertThat(no.refusal()).isInstanceOf(Refusal.StrictConflict.class)));
  }

  @Test
  void aListHasEachIdOnce() {
    long twice = submit(set("a"), set("a"));
    long after = submit(set("b"));
    settle();
    assertThat(told.get(twice))
        .containsExactly(new Answer.RefusedWith(1), new Answer.Refused(new Refusal.IdRepeated(0)));
    assertThat(accepted(after).version()).isEqualTo(1);
  }

  @Test
  void aListIsNewOrKnownAsAWhole() {
    Delta known = set("a");
    submit(known);
    long inOneAppend = submit(known, set("b"));
    settle();
    assertThat(told.get(inOneAppend))
        .containsExactly(new Answer.Refused(new Refusal.PartlyKnown(1)), new Answer.RefusedWith(0));
    long later = submit(set("c"), known);
    settle();
    assertThat(told.get(later))
        .containsExactly(new Answer.RefusedWith(1), new Answer.Refused(new Refusal.PartlyKnown(1)));
    long otherwise = submit(set("c"), Deltas.set("a", 0, "/else", Json.TRUE));
    settle();
    assertThat(told.get(otherwise))
        .containsExactly(new Answer.RefusedWith(1), new Answer.Refused(new Refusal.IdReused(1)));
    assertThat(log.all(SPACE)).hasSize(1);
  }

  @Test
  void anUnknownOutcomeIsSettledByTryingAgain() {
    long ticket = submit(set("a"));
    perform(step());
    Action.Append append = (Action.Append) step().getFirst();
    log.append(append.batches());
    perform(committer.appendFailed(Outcome.UNKNOWN));
    settle();
    assertThat(accepted(ticket)).isEqualTo(log.all(SPACE).getFirst());
    assertThat(log.all(SPACE)).hasSize(1);
  }

  @Test
  void anUnknownOutcomeIsToldAsUnknownAtTheDeadline() {
    long flown = submit(set("a"));
    perform(step());
    assertThat(step()).singleElement().isInstanceOf(Action.Append.class);
    perform(committer.appendFailed(Outcome.UNKNOWN));
    long waited = submit(set("b"));
    perform(committer.step(NOW, 1000));
    assertThat(answer(flown))
        .isInstanceOfSatisfying(Answer.Unavailable.class, it -> assertThat(it.unknown()).isTrue());
    assertThat(answer(waited))
        .isInstanceOfSatisfying(Answer.Unavailable.class, it -> assertThat(it.unknown()).isFalse());
  }

  /** The backend of a dead connection may still commit what this member would refuse by now. */
  @Test
  void tellsUnknownWhereAnEarlierAppendMayStillLand() {
    submit(Deltas.set("array", 0, "/l", new Json.Arr(List.of())));
    settle();
    Delta through = Deltas.set("b", 1, "/l/x", Json.TRUE);
    Delta object = Deltas.set("a", 1, "/l", Json.EMPTY_OBJECT);
    submitBriefly(object);
    long second = submit(through);
    Action.Append limbo = (Action.Append) step().getFirst();
    perform(committer.appendFailed(Outcome.UNKNOWN));
    for (int i = 0; i < 5; i++) {
      perform(committer.step(NOW, 10));
    }
    assertThat(answer(second))
        .isInstanceOfSatisfying(Answer.Unavailable.class, it -> assertThat(it.unknown()).isTrue());
    log.append(limbo.batches());
    long again = submit(through);
    settle();
    assertThat(accepted(again).version()).isEqualTo(3);
  }

  /** The asker gave up, and somebody sends the same id again, while the first append is open. */
  @Test
  void aSecondSendingIsNotRefusedWhileTheFirstMayLand() {
    submit(Deltas.set("array", 0, "/l", new Json.Arr(List.of())));
    settle();
    Delta through = Deltas.set("b", 1, "/l/x", Json.TRUE);
    Delta object = Deltas.set("a", 1, "/l", Json.EMPTY_OBJECT);
    submitBriefly(object);
    long first = submitBriefly(through);
    Action.Append limbo = (Action.Append) step().getFirst();
    perform(committer.appendFailed(Outcome.UNKNOWN));
    perform(committer.step(NOW, 10));
    assertThat(answer(first)).isInstanceOf(Answer.Unavailable.class);
    long second = submit(through);
    settle();
    assertThat(answer(second))
        .isInstanceOfSatisfying(Answer.Unavailable.class, it -> assertThat(it.unknown()).isTrue());
    log.append(limbo.batches());
    long third = submit(through);
    settle();
    assertThat(accepted(third).version()).isEqualTo(3);
    submit(Deltas.set("again", 3, "/l", new Json.Arr(List.of())));
    settle();
    long other = submit(Deltas.set("c", 4, "/l/x", Json.TRUE));
    settle();
    assertThat(refusal(other)).isInstanceOf(Refusal.PathThroughArray.class);
  }

  @Test
  void keepsTheOrderWhenAllIsTriedAgain() {
    long first = submit(set("a"));
    long second = submit(set("b"));
    perform(step());
    assertThat(step()).singleElement().isInstanceOf(Action.Append.class);
    long third = submit(set("c"));
    perform(committer.appendFailed(Outcome.NOT_APPLIED));
    settle();
    assertThat(List.of(accepted(first), accepted(second), accepted(third)))
        .extracting(Update::version)
        .containsExactly(1L, 2L, 3L);
  }

  @Test
  void judgesAuthorsByTheStoresClock() {
    Instant edge = NOW.plus(Committer.CLOCK_TOLERANCE);
    long allowed = submit(Delta.parse(Deltas.request("a", 0, edge, "/x", Json.TRUE)));
    long future = submit(Delta.parse(Deltas.request("b", 0, edge.plusMillis(1), "/y", Json.TRUE)));
    settle();
    assertThat(accepted(allowed).fields().committed()).isEqualTo(NOW);
    assertThat(refusal(future)).isEqualTo(new Refusal.FutureTimestamp(edge.plusMillis(1), NOW));
  }

  @Test
  void neverCommitsBeforeTheVersionBefore() {
    submit(set("a"));
    settle();
    long later = submit(set("b"));
    for (int i = 0; i < 5; i++) {
      perform(committer.step(NOW.minus(Duration.ofHours(1)), 0));
    }
    assertThat(accepted(later).fields().committed()).isEqualTo(NOW);
  }

  @Test
  void refusesASpaceThatWasNeverCreated() {
    SpaceName nowhere = SpaceName.of("nowhere");
    long ticket = submit(nowhere, set("a"));
    settle();
    assertThat(refusal(ticket)).isEqualTo(new Refusal.UnknownSpace());
    assertThat(committer.isBusy()).isFalse();
    log.create(nowhere, "{}");
    long again = submit(nowhere, set("a"));
    settle();
    assertThat(accepted(again).version()).isEqualTo(1);
  }

  @Test
  void catchesUpPageByPageWithoutAlarm() {
    submit(set("a"));
    settle();
    for (int i = 0; i < 350; i++) {
      elsewhere(set("e" + i));
    }
    long ticket = submit(set("b"));
    settle();
    assertThat(accepted(ticket).version()).isEqualTo(352);
    assertThat(alarms).isEmpty();
  }

  @Test
  void loadsAnewAndSaysSoWhenTheLogHoldsAnotherHistory() {
    for (String id : List.of("a", "b", "c")) {
      submit(set(id));
      settle();
    }
    log.restore(SPACE, 1);
    elsewhere(set("other"));
    long ticket = submit(set("d"));
    settle();
    assertThat(alarms).hasSize(1);
    assertThat(accepted(ticket).version()).isEqualTo(3);
    assertThat(Snapshot.ofNew(SPACE).plus(log.all(SPACE).getFirst()).version()).isEqualTo(1);
  }

  @Test
  void aBrokenLogStopsItsOwnSpaceOnly() {
    long here = submit(set("a"));
    long there = submit(OTHER, set("a"));
    for (Action action : step()) {
      if (action instanceof Action.Load load && load.space().equals(SPACE)) {
        perform(committer.broken(SPACE, new BrokenHistory(SPACE, 1, "does not follow")));
      } else {
        perform(List.of(action));
      }
    }
    settle();
    assertThat(answer(here)).isEqualTo(new Answer.Damaged(SPACE, 1, "does not follow"));
    assertThat(accepted(there).version()).isEqualTo(1);
    assertThat(alarms).hasSize(1);
  }

  @Test
  void aBrokenLogThatAnAppendMeetsStopsItsOwnSpaceOnly() {
    submit(set("a"));
    submit(set("b"));
    settle();
    log.lose(SPACE, 2);
    long here = submit(set("c"));
    long refused = submit(Deltas.set("d", 99, "/x", Json.TRUE));
    long there = submit(OTHER, set("a"));
    settle();
    assertThat(List.of(answer(here), answer(refused)))
        .allSatisfy(answer ->
            assertThat(answer)
                .isInstanceOfSatisfying(
                    Answer.Damaged.class,
                    damaged -> {
                      assertThat(damaged.space()).isEqualTo(SPACE);
                      assertThat(damaged.version()).isEqualTo(2);
                      assertThat(damaged.what()).contains("the log ends at 1");
                    }));
    assertThat(accepted(there).version()).isEqualTo(1);
    assertThat(alarms).hasSize(1);
    assertThat(committer.isBusy()).isFalse();
  }

  @Test
  void takesAnOfferedHeadOnlyWhenItIsNewer() {
    submit(set("a"));
    settle();
    elsewhere(set("b"));
    Snapshot newer = log.replay(SPACE, 2).orElseThrow();
    long ticket = submit(set("c"));
    committer.offer(log.replay(SPACE, 1).orElseThrow());
    committer.offer(newer);
    List<Action> actions = step();
    assertThat(actions).singleElement().isInstanceOf(Action.Append.class);
    perform(actions);
    assertThat(accepted(ticket).version()).isEqualTo(3);
    assertThat(Optional.of(published.getLast().head().toText()))
        .isEqualTo(log.replay(SPACE, 3).map(Snapshot::toText));
  }

  private static void assertUnknown(Answer answer, boolean unknown) {
    assertThat(answer)
        .isInstanceOfSatisfying(
            Answer.Unavailable.class, it -> assertThat(it.unknown()).isEqualTo(unknown));
  }

  /** An author who sends an id again after "unknown" is not told that it was not applied. */
  @Test
  void aSecondSendingIsUnknownWhileTheFirstMayLand() {
    submit(set("a"));
    settle();
    long brief = submitBriefly(set("x"));
    assertThat(step()).singleElement().isInstanceOf(Action.Append.class);
    perform(committer.appendFailed(Outcome.UNKNOWN));
    perform(committer.expire(10));
    assertUnknown(answer(brief), true);
    long again = submit(set("x"));
    assertThat(step()).singleElement().isInstanceOf(Action.CatchUp.class);
    perform(committer.readFailed(SPACE));
    perform(committer.expire(1000));
    assertUnknown(answer(again), true);
    long other = submit(set("y"));
    perform(committer.expire(1000));
    assertUnknown(answer(other), false);
  }

  /** Once the log has gone on without it, an append of unknown outcome is forgotten. */
  @Test
  void anAppendThatTheLogWentPastCanLandNoMore() {
    submit(set("a"));
    settle();
    long brief = submitBriefly(set("x"));
    assertThat(step()).singleElement().isInstanceOf(Action.Append.class);
    perform(committer.appendFailed(Outcome.UNKNOWN));
    perform(committer.expire(10));
    assertUnknown(answer(brief), true);
    long next = submit(set("n"));
    settle();
    assertThat(accepted(next).version()).isEqualTo(2);
    long again = submit(set("x"));
    perform(committer.expire(1000));
    assertUnknown(answer(again), false);
  }

  @Test
  void anAppendThatIsRefusedIsHalvedUntilTheGuiltyOneIsAlone() {
    List<Long> all = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      all.add(submit(set(i == 37 ? "guilty" : "n" + i)));
    }
    for (int i = 0; i < 400 && committer.isBusy(); i++) {
      for (Action action : step()) {
        if (action instanceof Action.Append append
            && append.batches().stream()
                .flatMap(batch -> batch.updates().stream())
                .anyMatch(update -> update.id().text().equals("guilty"))) {
          perform(
              committer.appendFailed(Outcome.NOT_APPLIED, Trouble.REFUSED, "a string is too big"));
        } else {
          perform(List.of(action));
        }
      }
    }
    assertThat(refusal(all.get(37))).isEqualTo(new Refusal.StoreRefused("a string is too big"));
    all.remove(37);
    assertThat(all)
        .allSatisfy(ticket -> assertThat(answer(ticket)).isInstanceOf(Answer.Accepted.class));
    assertThat(log.all(SPACE)).hasSize(63);
  }

  /** The log refuses what has this id; answers how many appends there were. */
  private int settleRefusing(String guilty) {
    int appended = 0;
    for (int i = 0; i < 400 && committer.isBusy(); i++) {
      for (Action action : step()) {
        appended += action instanceof Action.Append ? 1 : 0;
        if (action instanceof Action.Append append
            && append.batches().stream()
                .flatMap(batch -> batch.updates().stream())
                .anyMatch(update -> update.id().text().equals(guilty))) {
          perform(committer.appendFailed(Outcome.NOT_APPLIED, Trouble.REFUSED, "no"));
        } else {
          perform(List.of(action));
        }
      }
    }
    assertThat(committer.isBusy()).isFalse();
    return appended;
  }

  @Test
  void aListIsHalvedFromTheOthersAndNeverWithin() {
    long before = submit(set("before"));
    Delta[] deltas = new Delta[100];
    for (int i = 0; i < deltas.length; i++) {
      deltas[i] = set(i == 50 ? "guilty" : "n" + i);
    }
    long list = submit(deltas);
    long repeated = submit(deltas);
    long after = submit(set("after"));
    long elsewhere = submit(OTHER, set("elsewhere"));
    assertThat(settleRefusing("guilty")).isLessThan(20);
    for (long refused : List.of(list, repeated)) {
      assertThat(told.get(refused))
          .hasSize(100)
          .first()
          .isEqualTo(new Answer.Refused(new Refusal.StoreRefused("no")));
      assertThat(told.get(refused)).last().isEqualTo(new Answer.RefusedWith(0));
    }
    assertThat(List.of(before, after, elsewhere))
        .allSatisfy(ticket -> assertThat(answer(ticket)).isInstanceOf(Answer.Accepted.class));
    assertThat(log.all(SPACE)).hasSize(2);
  }

  @Test
  void whatWasRefusedIsUnknownWhileAnEarlierAppendOfItMayLand() {
    submit(set("a"));
    settle();
    long ticket = submit(set("x"));
    assertThat(step()).singleElement().isInstanceOf(Action.Append.class);
    perform(committer.appendFailed(Outcome.UNKNOWN));
    settleRefusing("x");
    assertUnknown(answer(ticket), true);
  }

  @Test
  void whoeverWaitsForAFullStoreIsToldAtOnce() {
    long ticket = submit(set("a"));
    perform(step());
    assertThat(step()).singleElement().isInstanceOf(Action.Append.class);
    perform(committer.appendFailed(Outcome.NOT_APPLIED, Trouble.FULL, "disk full"));
    assertThat(answer(ticket)).isEqualTo(new Answer.Unavailable(false, "disk full"));
    long next = submit(set("b"));
    settle();
    assertThat(accepted(next).version()).as("as soon as there is room").isEqualTo(1);
  }

  @Test
  void anAppendHasAtMostSoManyBytes() {
    Json.Str large = new Json.Str("x".repeat(200_000));
    for (int i = 0; i < 200; i++) {
      submit(Deltas.set("n" + i, 0, "/n" + i, large));
    }
    perform(step());
    long most = 0;
    for (int i = 0; i < 100 && committer.isBusy(); i++) {
      for (Action action : step()) {
        if (action instanceof Action.Append append) {
          most =
              Math.max(
                  most,
                  append.batches().stream()
                      .flatMap(batch -> batch.updates().stream())
                      .mapToLong(Update::sizeBytes)
                      .sum());
        }
        perform(List.of(action));
      }
    }
    assertThat(told).hasSize(200);
    assertThat(most).isBetween(200_000L, Committer.MAX_BYTES_PER_APPEND + 201_000);
  }

  @Test
  void anAppendHasAtMostSoManyUpdates() {
    int all = Committer.MAX_UPDATES_PER_APPEND + 1000;
    for (int i = 0; i < all; i++) {
      submit(Deltas.set("m" + i, 0, "/m" + i, Json.TRUE));
    }
    perform(step());
    int most = 0;
    for (int i = 0; i < 100 && committer.isBusy(); i++) {
      for (Action action : step()) {
        if (action instanceof Action.Append append) {
          most =
              Math.max(
                  most, append.batches().stream().mapToInt(batch -> batch.updates().size()).sum());
        }
        perform(List.of(action));
      }
    }
    assertThat(told).hasSize(all);
    assertThat(most).isBetween(2, Committer.MAX_UPDATES_PER_APPEND);
  }

  @Test
  void letsGoOfWhatNoAppendCarries() {
    submit(set("a"));
    settle();
    long flies = submit(set("b"));
    Action.Append append = (Action.Append) step().getFirst();
    long boards = submit(set("c"));
    perform(step());
    long waits = submit(OTHER, set("d"));
    perform(committer.abandon("this member is closing"));
    assertThat(List.of(answer(boards), answer(waits)))
        .containsOnly(new Answer.Elsewhere("this member is closing"));
    perform(committer.appended(log.append(append.batches())));
    assertThat(accepted(flies).version()).isEqualTo(2);
    assertThat(log.all(SPACE)).hasSize(2);
  }

  @Test
  void aSpaceThatIsNotThereIsForgottenOnlyWhenNothingOfItIsUnderWay() {
    SpaceName late = SpaceName.of("late");
    long first = submit(late, set("a"));
    List<Action> load = step();
    long second = submit(late, set("b"));
    perform(load); // it is not there: the first is refused, the second came since
    assertThat(refusal(first)).isEqualTo(new Refusal.UnknownSpace());
    log.create(late, "{}");
    settle();
    assertThat(accepted(second).version()).isEqualTo(1);
    assertThat(committer.isBusy()).isFalse();
  }
}
