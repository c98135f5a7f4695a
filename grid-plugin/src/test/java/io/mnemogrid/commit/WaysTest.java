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

class WaysTest {
  private static final Answer ACCEPTED =
      new Answer.Accepted(new Scribe(SpaceName.of("daryl")).set("u", "/n", Json.of(1)), false);
  private static final Answer AHEAD = new Answer.Refused(new Refusal.VersionAhead(8, 7));
  private static final Answer NOT_APPLIED = new Answer.Unavailable(false, "late");
  private static final Answer UNKNOWN = new Answer.Unavailable(true, "late");

  private Ways ways = ways(Deltas.strict("u", 3, "/n", Json.of(1)));

  private static Ways ways(Delta delta) {
    Ways ways = new Ways(List.of(delta));
    ways.begin();
    return ways;
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
      assertThat(ways(Deltas.set("u", 3, "/n", Json.of(1))).answered(List.of(answer)))
          .contains(List.of(answer));
    }
  }

  @Test
  void goesNoOtherWayOnceItWasTold() {
    assertThat(ways.answered(List.of(AHEAD))).contains(List.of(AHEAD));
    assertThat(ways.begin()).isFalse();
  }

  @Test
  void whoeverAcceptsSpeaksForAll() {
    ways.begin();
    assertThat(ways.answered(List.of(AHEAD))).isEmpty();
    assertThat(ways.answered(List.of(ACCEPTED))).contains(List.of(ACCEPTED));
    ways = ways(Deltas.set("u", 3, "/n", Json.of(1)));
    ways.begin();
    assertThat(ways.answered(List.of(ACCEPTED))).contains(List.of(ACCEPTED));
  }

  @Test
  void aRefusalWaitsForWhoMayMeetALaterHead() {
    ways.begin();
    assertThat(ways.answered(List.of(AHEAD))).isEmpty();
    assertThat(ways.answered(List.of(NOT_APPLIED))).contains(List.of(AHEAD));
  }

  @Test
  void aRefusalThatMayPassSettlesNothingForOneWhoIsGone() {
    ways.begin();
    assertThat(ways.ended()).isEmpty();
    assertThat(ways.answered(List.of(AHEAD)))
        .hasValueSatisfying(told ->
            assertThat(told)
                .singleElement()
                .isInstanceOfSatisfying(
                    Answer.Unavailable.class, none -> assertThat(none.unknown()).isTrue()));
    ways = ways(Deltas.strict("u", 3, "/n", Json.of(1)));
    ways.begin();
    assertThat(ways.ended()).isEmpty();
    assertThat(ways.answered(List.of(conflict("/n", 4)))).contains(List.of(conflict("/n", 4)));
  }

  @Test
  void notAppliedIsToldWhenAllSaySo() {
    ways.begin();
    assertThat(ways.answered(List.of(NOT_APPLIED))).isEmpty();
    assertThat(ways.answered(List.of(NOT_APPLIED))).contains(List.of(NOT_APPLIED));
  }

  @Test
  void whatOneDoesNotKnowIsUnknown() {
    ways.begin();
    assertThat(ways.answered(List.of(UNKNOWN))).isEmpty();
    assertThat(ways.answered(List.of(NOT_APPLIED))).contains(List.of(UNKNOWN));
    ways = ways(Deltas.set("u", 3, "/n", Json.of(1)));
    ways.begin();
    assertThat(ways.ended()).isEmpty();
    assertThat(ways.answered(List.of(NOT_APPLIED))).contains(List.of(UNKNOWN));
  }

  @Test
  void aConflictWithWhatWasReadIsForEver() {
    ways.begin();
    assertThat(ways.answered(List.of(conflict("/n", 4)))).contains(List.of(conflict("/n", 4)));
  }

  @Test
  void aConflictThatMayVanishIsNot() {
    ways = ways(Deltas.set("u", 3, "/n", Json.of(1)));
    ways.begin();
    assertThat(ways.answered(List.of(conflict("/n", 4)))).as("it read nothing").isEmpty();
    ways = ways(Deltas.strict("u", 3, "/n", Json.of(1)));
    ways.begin();
    assertThat(ways.answered(List.of(conflict("/n", 3)))).as("an old value").isEmpty();
    ways = ways(Deltas.strict("u", 3, "/n", Json.of(1)));
    ways.begin();
    assertThat(ways.answered(List.of(conflict("/m", 4)))).as("elsewhere").isEmpty();
  }

  @Test
  void whoTookNothingSettlesNothing() {
    assertThat(ways.declined()).isEmpty();
    ways.begin();
    assertThat(ways.answered(List.of(ACCEPTED))).contains(List.of(ACCEPTED));
  }

  @Test
  void aRefusalIsToldWhenNobodyElseTookIt() {
    ways.begin();
    assertThat(ways.answered(List.of(AHEAD))).isEmpty();
    assertThat(ways.declined()).contains(List.of(AHEAD));
  }

  @Test
  void givenUpItLeftNoTraceWhereNobodyTookIt() {
    ways.declined();
    assertThat(ways.giveUp("late")).containsExactly(NOT_APPLIED);
    ways = ways(Deltas.set("u", 3, "/n", Json.of(1)));
    assertThat(ways.giveUp("late")).as("one way is open").containsExactly(UNKNOWN);
    ways = ways(Deltas.set("u", 3, "/n", Json.of(1)));
    ways.ended();
    assertThat(ways.giveUp("late")).as("one is gone").containsExactly(UNKNOWN);
  }
}
