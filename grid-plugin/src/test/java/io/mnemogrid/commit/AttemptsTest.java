package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.Scribe;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.merge.Refusal.StrictConflict;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Tag;
import java.util.List;
import org.junit.jupiter.api.Test;

class AttemptsTest {
  private static final Answer ACCEPTED =
      new Answer.Accepted(new Scribe(SpaceName.of("daryl")).set("u", "/n", Json.of(1)), false);
  private static final Answer AHEAD = new Answer.Refused(new Refusal.VersionAhead(8, 7));
  private static final Answer NOT_APPLIED = new Answer.Unavailable(false, "late");
  private static final Answer UNKNOWN = new Answer.Unavailable(true, "late");

  private Attempts attempts = attempts(Deltas.strict("u", 3, "/n", Json.of(1)));

  private static Attempts attempts(Delta delta) {
    Attempts attempts = new Attempts(List.of(delta));
    attempts.begin();
    return attempts;
  }

  private static Answer conflict(String path, long version) {
    Tag tag = new Tag(Deltas.START, new Author("bot-b"), version);
    return new Answer.Refused(
        new StrictConflict(
            List.of(new StrictConflict.Standing(Pointer.parse(path), Json.of(2), tag)), version));
  }

  @Test
  void oneWayTellsWhatItWasTold() {
    for (Answer answer : List.of(ACCEPTED, AHEAD, NOT_APPLIED, UNKNOWN)) {
      assertThat(attempts(Deltas.set("u", 3, "/n", Json.of(1))).answered(List.of(answer)))
          .contains(List.of(answer));
    }
  }

  @Test
  void goesNoOtherWayOnceItWasTold() {
    assertThat(attempts.answered(List.of(AHEAD))).contains(List.of(AHEAD));
    assertThat(attempts.begin()).isFalse();
  }

  @Test
  void whoeverAcceptsSpeaksForAll() {
    attempts.begin();
    assertThat(attempts.answered(List.of(AHEAD))).isEmpty();
    assertThat(attempts.answered(List.of(ACCEPTED))).contains(List.of(ACCEPTED));
    attempts = attempts(Deltas.set("u", 3, "/n", Json.of(1)));
    attempts.begin();
    assertThat(attempts.answered(List.of(ACCEPTED))).contains(List.of(ACCEPTED));
  }

  @Test
  void aRefusalWaitsForWhoMayMeetALaterHead() {
    attempts.begin();
    assertThat(attempts.answered(List.of(AHEAD))).isEmpty();
    assertThat(attempts.answered(List.of(NOT_APPLIED))).contains(List.of(AHEAD));
  }

  @Test
  void aRefusalThatMayPassSettlesNothingForOneWhoIsGone() {
    attempts.begin();
    assertThat(attempts.ended()).isEmpty();
    assertThat(attempts.answered(List.of(AHEAD)))
        .hasValueSatisfying(told ->
            assertThat(told)
                .singleElement()
                .isInstanceOfSatisfying(
                    Answer.Unavailable.class, none -> assertThat(none.unknown()).isTrue()));
    attempts = attempts(Deltas.strict("u", 3, "/n", Json.of(1)));
    attempts.begin();
    assertThat(attempts.ended()).isEmpty();
    assertThat(attempts.answered(List.of(conflict("/n", 4)))).contains(List.of(conflict("/n", 4)));
  }

  @Test
  void notAppliedIsToldWhenAllSaySo() {
    attempts.begin();
    assertThat(attempts.answered(List.of(NOT_APPLIED))).isEmpty();
    assertThat(attempts.answered(List.of(NOT_APPLIED))).contains(List.of(NOT_APPLIED));
  }

  @Test
  void whatOneDoesNotKnowIsUnknown() {
    attempts.begin();
    assertThat(attempts.answered(List.of(UNKNOWN))).isEmpty();
    assertThat(attempts.answered(List.of(NOT_APPLIED))).contains(List.of(UNKNOWN));
    attempts = attempts(Deltas.set("u", 3, "/n", Json.of(1)));
    attempts.begin();
    assertThat(attempts.ended()).isEmpty();
    assertThat(attempts.answered(List.of(NOT_APPLIED))).contains(List.of(UNKNOWN));
  }

  @Test
  void aConflictWithWhatWasReadIsForEver() {
    attempts.begin();
    assertThat(attempts.answered(List.of(conflict("/n", 4)))).contains(List.of(conflict("/n", 4)));
  }

  @Test
  void aConflictThatMayVanishIsNot() {
    attempts = attempts(Deltas.set("u", 3, "/n", Json.of(1)));
    attempts.begin();
    assertThat(attempts.answered(List.of(conflict("/n", 4)))).as("it read nothing").isEmpty();
    attempts = attempts(Deltas.strict("u", 3, "/n", Json.of(1)));
    attempts.begin();
    assertThat(attempts.answered(List.of(conflict("/n", 3)))).as("an old value").isEmpty();
    attempts = attempts(Deltas.strict("u", 3, "/n", Json.of(1)));
    attempts.begin();
    assertThat(attempts.answered(List.of(conflict("/m", 4)))).as("elsewhere").isEmpty();
  }

  @Test
  void whoTookNothingSettlesNothing() {
    assertThat(attempts.declined()).isEmpty();
    attempts.begin();
    assertThat(attempts.answered(List.of(ACCEPTED))).contains(List.of(ACCEPTED));
  }

  @Test
  void aRefusalIsToldWhenNobodyElseTookIt() {
    attempts.begin();
    assertThat(attempts.answered(List.of(AHEAD))).isEmpty();
    assertThat(attempts.declined()).contains(List.of(AHEAD));
  }

  @Test
  void givenUpItLeftNoTraceWhereNobodyTookIt() {
    attempts.declined();
    assertThat(attempts.giveUp("late")).containsExactly(NOT_APPLIED);
    attempts = attempts(Deltas.set("u", 3, "/n", Json.of(1)));
    assertThat(attempts.giveUp("late")).as("one way is open").containsExactly(UNKNOWN);
    attempts = attempts(Deltas.set("u", 3, "/n", Json.of(1)));
    attempts.ended();
    assertThat(attempts.giveUp("late")).as("one is gone").containsExactly(UNKNOWN);
  }
}
