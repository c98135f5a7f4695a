package io.mnemogrid.grid;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class SilentTest {
  private final UUID one = new UUID(0, 1);
  private final UUID two = new UUID(0, 2);
  private final UUID three = new UUID(0, 3);
  private long nanos = Long.MAX_VALUE - 5; // it may run over
  private final Silent silent = new Silent(() -> nanos);

  private List<UUID> order() {
    return silent.last(List.of(one, two, three), Function.identity());
  }

  @Test
  void asksWhoDidNotAnswerLastUntilItAnswersOrTimeHasPassed() {
    assertThat(order()).containsExactly(one, two, three);
    silent.didNotAnswer(one);
    silent.didNotAnswer(two);
    assertThat(order()).containsExactly(three, one, two);
    silent.answered(one);
    assertThat(order()).containsExactly(one, three, two);
    nanos += Silent.LAST.toNanos() - 1;
    assertThat(order()).containsExactly(one, three, two);
    nanos++;
    assertThat(order()).containsExactly(one, two, three);
  }

  @Test
  void forgetsWhoIsNoMemberAnyMore() {
    silent.didNotAnswer(one);
    assertThat(silent.last(List.of(two, three), Function.identity())).containsExactly(two, three);
    assertThat(order()).containsExactly(one, two, three);
  }
}
