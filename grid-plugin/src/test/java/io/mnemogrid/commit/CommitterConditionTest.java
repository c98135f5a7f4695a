package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.commit.Committer.Action;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogUnavailable.Outcome;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Conditions and patches are judged on the head that they are appended to, and on no other. */
class CommitterConditionTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Instant NOW = Deltas.START;

  private final CommitterRun run = new CommitterRun(NOW, SPACE);
  private final MemoryUpdateLog log = run.log;
  private final Committer committer = run.committer;

  private LogHead head() {
    return log.head(SPACE).orElseThrow();
  }

  private static Condition isAt(LogHead head) {
    return Condition.is(head.version(), head.leafHash());
  }

  private long submit(Condition condition, Delta... deltas) {
    return run.submit(SPACE, condition, CommitterRun.USUAL_DEADLINE, deltas);
  }

  private long committed(String id, String path, Json value) {
    long ticket = submit(Condition.NONE, Deltas.set(id, 0, path, value));
    settle();
    assertThat(answer(ticket)).isInstanceOf(Answer.Accepted.class);
    return ticket;
  }

  private static Delta.Patch patch(String id, String steps) {
    return Delta.Patch.ofSteps(new UpdateId(id), new Author("bot-p"), "test", Json.parse(steps));
  }

  private static Delta.Patch add(String id, String path, int value) {
    return patch(id, "[{\"op\":\"add\",\"path\":\"" + path + "\",\"value\":" + value + "}]");
  }

  /** One without a condition, that is given up early. */
  private void submitBriefly(Delta delta) {
    run.submit(SPACE, Condition.NONE, 10, delta);
  }

  private List<Action> step() {
    return run.step();
  }

  private void settle() {
    run.settle();
    assertThat(run.alarms).isEmpty();
    assertThat(run.reads()).isZero();
  }

  private void perform(List<Action> actions) {
    run.perform(actions);
  }

  private List<Answer> answers(long ticket) {
    return run.answers(ticket);
  }

  private Answer answer(long ticket) {
    return run.answer(ticket);
  }

  private static Answer notCurrent(Condition condition, LogHead head) {
    return new Answer.Refused(
        new Refusal.NotCurrent(condition, head.version(), head.root(), head.leafHash()));
  }

  private void elsewhere(Delta delta) {
    run.elsewhere(SPACE, delta);
  }

  @Test
  void ofManyWhoSawOneHeadTheFirstIsAcceptedAndTheOthersAreToldTheHeadThatItMade() {
    committed("a", "/a", Json.of(1));
    Condition seen = isAt(head());
    List<Long> all = new ArrayList<>();
    for (int i = 0; i < 64; i++) {
      all.add(submit(seen, Deltas.set("n" + i, 0, "/n" + i, Json.of(i))));
    }
    settle();
    assertThat(log.all(SPACE)).hasSize(2);
    assertThat(answer(all.getFirst())).isInstanceOf(Answer.Accepted.class);
    assertThat(all.subList(1, 64))
        .allSatisfy(ticket -> assertThat(answer(ticket)).isEqualTo(notCurrent(seen, head())));
  }

  /** The flight was built on a head that holds, and another member was faster. */
  @Test
  void isJudgedAgainWhenTheHeadMovedBeforeTheAppend() {
    committed("a", "/a", Json.of(1));
    Condition seen = isAt(head());
    long late = submit(seen, Deltas.set("b", 1, "/b", Json.of(1)));
    long free = submit(Condition.NONE, Deltas.set("c", 1, "/c", Json.of(1)));
    Action.Append append = (Action.Append) step().getFirst();
    assertThat(append.batches().getFirst().updates()).hasSize(2);
    elsewhere(Deltas.set("x", 1, "/x", Json.of(1)));
    LogHead moved = head();
    perform(committer.appended(log.append(append.batches())));
    settle();
    assertThat(answer(late)).isEqualTo(notCurrent(seen, moved));
    assertThat(answer(free)).isInstanceOf(Answer.Accepted.class);
    assertThat(log.all(SPACE))
        .extracting(update -> update.id().text())
        .containsExactly("a", "x", "c");
  }

  @Test
  void aRepeatedIdComesBeforeAStaleTag() {
    committed("a", "/a", Json.of(1));
    Condition seen = isAt(head());
    Delta delta = Deltas.set("b", 0, "/b", Json.of(1));
    long first = submit(seen, delta);
    settle();
    committed("c", "/c", Json.of(1));
    long again = submit(seen, delta);
    settle();
    Update update = ((Answer.Accepted) answer(first)).update();
    assertThat(answer(again)).isEqualTo(new Answer.Accepted(update, true));

    long other = submit(seen, Deltas.set("b", 0, "/b", Json.of(2)));
    settle();
    assertThat(answer(other)).isEqualTo(new Answer.Refused(new Refusal.IdReused(2)));
  }

  @Test
  void aRepeatedIdInOneAppendComesBeforeItsTag() {
    committed("a", "/a", Json.of(1));
    Condition seen = isAt(head());
    Delta delta = Deltas.set("b", 0, "/b", Json.of(1));
    long first = submit(seen, delta);
    long second = submit(seen, delta);
    settle();
    Update update = ((Answer.Accepted) answer(first)).update();
    assertThat(answer(second)).isEqualTo(new Answer.Accepted(update, true));
  }

  @Test
  void aListIsJudgedByTheHeadBelowItsFirst() {
    committed("a", "/a", Json.of(1));
    Condition seen = isAt(head());
    long list =
        submit(seen, Deltas.set("b", 0, "/b", Json.of(1)), Deltas.set("c", 0, "/c", Json.of(1)));
    long late =
        submit(seen, Deltas.set("d", 0, "/d", Json.of(1)), Deltas.set("e", 0, "/e", Json.of(1)));
    settle();
    assertThat(answers(list)).hasOnlyElementsOfType(Answer.Accepted.class);
    assertThat(answers(late)).containsExactly(notCurrent(seen, head()), new Answer.RefusedWith(0));
    assertThat(head().version()).isEqualTo(3);
  }

  @Test
  void knowsASpaceWithoutAVersion() {
    long wants = submit(Condition.WRITTEN, Deltas.set("a", 0, "/a", Json.of(1)));
    settle();
    assertThat(answer(wants)).isEqualTo(notCurrent(Condition.WRITTEN, head()));
    long first = submit(Condition.UNWRITTEN, Deltas.set("b", 0, "/b", Json.of(1)));
    long second = submit(Condition.UNWRITTEN, Deltas.set("c", 0, "/c", Json.of(1)));
    settle();
    assertThat(answer(first)).isInstanceOf(Answer.Accepted.class);
    assertThat(answer(second)).isEqualTo(notCurrent(Condition.UNWRITTEN, head()));
    long third = submit(Condition.WRITTEN, Deltas.set("d", 0, "/d", Json.of(1)));
    settle();
    assertThat(answer(third)).isInstanceOf(Answer.Accepted.class);
  }

  /** The first sending had no condition, so what the second one demands says nothing about it. */
  @Test
  void aFailedConditionIsUnknownWhileAnEarlierSendingOfTheIdMayLand() {
    committed("a", "/a", Json.of(1));
    Delta delta = Deltas.set("b", 0, "/b", Json.of(1));
    submitBriefly(delta);
    Action.Append limbo = (Action.Append) step().getFirst();
    perform(committer.appendFailed(Outcome.UNKNOWN));
    perform(committer.step(NOW, 10));
    long again = submit(Condition.UNWRITTEN, delta);
    settle();
    assertThat(answer(again))
        .isInstanceOfSatisfying(Answer.Unavailable.class, it -> assertThat(it.unknown()).isTrue());
    log.append(limbo.batches());
    long third = submit(Condition.UNWRITTEN, delta);
    settle();
    assertThat(answer(third)).isInstanceOf(Answer.Accepted.class);
  }

  @Test
  void aPatchIsPlayedOnTheHeadThatItIsAppendedTo() {
    committed("a", "/list", Json.parse("[1]"));
    long ticket = submit(Condition.NONE, add("p", "/list/0", 7));
    Action.Append early = (Action.Append) step().getFirst();
    elsewhere(Deltas.set("x", 1, "/list", Json.parse("[2,3]")));
    perform(committer.appended(log.append(early.batches())));
    settle();
    Update update = ((Answer.Accepted) answer(ticket)).update();
    assertThat(update.version()).isEqualTo(3);
    assertThat(update.fields().base()).isEqualTo(2);
    assertThat(update.fields().timestamp()).isEqualTo(NOW);
    assertThat(update.fields().request()).isEqualTo(add("p", "/list/0", 7).requestHash());
    assertThat(update.fields().changes().modified())
        .singleElement()
        .satisfies(change -> assertThat(change.newValue()).isEqualTo(Json.parse("[7,2,3]")));

    long again = submit(Condition.NONE, add("p", "/list/0", 7));
    settle();
    assertThat(answer(again)).isEqualTo(new Answer.Accepted(update, true));
    long other = submit(Condition.NONE, add("p", "/list/0", 8));
    settle();
    assertThat(answer(other)).isEqualTo(new Answer.Refused(new Refusal.IdReused(3)));
  }

  @Test
  void aPatchThatChangesNothingTakesNoVersionAndLeavesItsIdFree() {
    committed("a", "/a", Json.of(1));
    long same = submit(Condition.NONE, add("p", "/a", 1));
    settle();
    assertThat(answer(same)).isEqualTo(new Answer.Unchanged(head()));
    assertThat(head().version()).isEqualTo(1);
    committed("b", "/a", Json.of(2));
    long again = submit(Condition.NONE, add("p", "/a", 1));
    settle();
    assertThat(answer(again)).isInstanceOf(Answer.Accepted.class);
  }

  /** What the log has under the id is the answer, whatever the patch would come to by now. */
  @Test
  void aRepeatedPatchThatWouldChangeNothingGetsItsFirstAnswer() {
    committed("a", "/a", Json.of(1));
    long first = submit(Condition.NONE, add("p", "/a", 2));
    long joined = submit(Condition.NONE, add("p", "/a", 2));
    settle();
    Update update = ((Answer.Accepted) answer(first)).update();
    assertThat(answer(joined)).isEqualTo(new Answer.Accepted(update, true));
    long again = submit(Condition.NONE, add("p", "/a", 2));
    settle();
    assertThat(answer(again)).isEqualTo(new Answer.Accepted(update, true));
    assertThat(head().version()).isEqualTo(2);
  }

  @Test
  void aPatchThatChangesNothingIsUnknownWhileAnEarlierSendingMayLand() {
    committed("a", "/a", Json.of(1));
    Delta.Patch toggles =
        patch(
            "p",
            "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1},{\"op\":\"add\",\"path\":\"/a\",\"value\":2}]");
    submitBriefly(toggles);
    Action.Append limbo = (Action.Append) step().getFirst();
    perform(committer.appendFailed(Outcome.UNKNOWN));
    perform(committer.step(NOW, 10));
    Delta.Patch same = add("p", "/a", 1);
    long again = submit(Condition.NONE, same);
    settle();
    assertThat(answer(again))
        .isInstanceOfSatisfying(Answer.Unavailable.class, it -> assertThat(it.unknown()).isTrue());
    log.append(limbo.batches());
    long third = submit(Condition.NONE, toggles);
    settle();
    assertThat(answer(third)).isInstanceOf(Answer.Accepted.class);
  }

  @Test
  void aFailedTestIsToldWithWhatStandsInTheLog() {
    committed("a", "/a", Json.of(1));
    elsewhere(Deltas.set("x", 1, "/a", Json.of(5)));
    long ticket =
        submit(Condition.NONE, patch("p", "[{\"op\":\"test\",\"path\":\"/a\",\"value\":1}]"));
    settle();
    assertThat(answer(ticket))
        .isEqualTo(
            new Answer.Refused(new Refusal.TestFailed(0, Pointer.parse("/a"), Json.of(5), false)));
  }

  @Test
  void aPatchStandsInNoList() {
    assertThatThrownBy(() ->
            new Request(
                1, SPACE, List.of(add("p", "/a", 1), Deltas.set("b", 0, "/b", Json.NULL)), 10))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
