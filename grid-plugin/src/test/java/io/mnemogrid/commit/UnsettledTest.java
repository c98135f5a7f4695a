package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.Scribe;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.util.List;
import org.junit.jupiter.api.Test;

class UnsettledTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final List<Answer> UNKNOWN = List.of(new Answer.Unavailable(true, "gone"));
  private static final List<Answer> NOT_APPLIED = List.of(new Answer.Unavailable(false, "full"));

  private final Unsettled unsettled = new Unsettled();
  private final List<Delta> deltas = List.of(Deltas.set("u", 0, "/n", Json.of(1)));

  private List<Answer> told(List<Answer> answers) {
    return unsettled.told(SPACE, deltas, answers);
  }

  private static boolean isUnknown(List<? extends Answer> answers) {
    return answers.getFirst() instanceof Answer.Unavailable none && none.unknown();
  }

  @Test
  void whatWasUnknownIsNeverNotApplied() {
    assertThat(told(NOT_APPLIED)).isEqualTo(NOT_APPLIED);
    assertThat(told(UNKNOWN)).isEqualTo(UNKNOWN);
    assertThat(told(NOT_APPLIED)).satisfies(answers -> assertThat(isUnknown(answers)).isTrue());
    assertThat(told(NOT_APPLIED).toString()).contains("full");
  }

  @Test
  void anotherSpaceHasOtherIds() {
    told(UNKNOWN);
    assertThat(unsettled.told(SpaceName.of("other"), deltas, NOT_APPLIED)).isEqualTo(NOT_APPLIED);
  }

  @Test
  void isNotSettledByAnAnswerThatMayBeLost() {
    told(UNKNOWN);
    told(List.of(new Answer.Accepted(new Scribe(SPACE).set("u", "/n", Json.of(1)), true)));
    assertThat(isUnknown(told(NOT_APPLIED))).isTrue();
  }

  @Test
  void remembersSoManyAtMost() {
    told(UNKNOWN);
    for (int i = 0; i < Unsettled.MOST; i++) {
      unsettled.told(SPACE, List.of(Deltas.set("n" + i, 0, "/n", Json.of(1))), UNKNOWN);
    }
    assertThat(told(NOT_APPLIED)).isEqualTo(NOT_APPLIED);
  }
}
