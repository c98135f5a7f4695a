package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.state.Hash;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Conditions on a head, and the tags that name heads. */
class ConditionTest {
  private static final Hash ONE = Hash.sha256("one");
  private static final Hash OTHER = Hash.sha256("other");

  @Test
  void holdsForTheNamedHeadOfTheNamedHistory() {
    Condition condition = Condition.isOneOf(List.of(HeadTag.of(3, ONE), HeadTag.of(5, OTHER)));
    assertThat(condition.holds(3, ONE)).isTrue();
    assertThat(condition.holds(5, OTHER)).isTrue();
    assertThat(condition.holds(5, ONE)).isFalse();
    assertThat(condition.holds(3, OTHER)).isFalse();
    assertThat(condition.holds(4, ONE)).isFalse();
    assertThat(Condition.isOneOf(List.of()).holds(0, Hash.ZERO)).isFalse();
    assertThat(Condition.is(0, Hash.ZERO).holds(0, Hash.ZERO)).isTrue();
  }

  @Test
  void knowsWrittenSpacesFromNewOnes() {
    assertThat(Condition.NONE.holds(0, Hash.ZERO)).isTrue();
    assertThat(Condition.WRITTEN.holds(0, Hash.ZERO)).isFalse();
    assertThat(Condition.WRITTEN.holds(1, ONE)).isTrue();
    assertThat(Condition.UNWRITTEN.holds(0, Hash.ZERO)).isTrue();
    assertThat(Condition.UNWRITTEN.holds(1, ONE)).isFalse();
  }

  /** A history only grows, so a head that is gone does not come back. */
  @Test
  void isOverOnceNoLaterHeadCanHold() {
    Condition tags = Condition.isOneOf(List.of(HeadTag.of(3, ONE), HeadTag.of(5, OTHER)));
    assertThat(tags.isOverAfter(4)).isFalse();
    assertThat(tags.isOverAfter(5)).isTrue();
    assertThat(Condition.isOneOf(List.of()).isOverAfter(0)).isTrue();
    assertThat(Condition.UNWRITTEN.isOverAfter(1)).isTrue();
    assertThat(Condition.WRITTEN.isOverAfter(0)).isFalse();
    assertThat(new Refusal.NotCurrent(tags, 6, ONE, ONE).isLasting(Patches.steps("[]"))).isTrue();
    assertThat(new Refusal.NotCurrent(tags, 4, ONE, ONE).isLasting(Patches.steps("[]"))).isFalse();
  }

  @Test
  void readsTheTagsThatItWrites() {
    HeadTag tag = HeadTag.of(102, ONE);
    assertThat(tag.toString()).isEqualTo("102." + ONE.toString().substring(2, 18));
    assertThat(HeadTag.find(tag.toString())).contains(tag);
    for (String other :
        List.of(
            "", "102", "102.", "102.0123", "0102.0123456789abcdef", "x", "1.0123456789ABCDEF")) {
      assertThat(HeadTag.find(other)).as(other).isEmpty();
    }
  }
}
