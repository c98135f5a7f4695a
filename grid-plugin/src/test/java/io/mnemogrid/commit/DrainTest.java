package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.Drain.Step;
import java.time.Duration;
import org.junit.jupiter.api.Test;

class DrainTest {
  private final Drain drain = new Drain(7);

  private Step look(boolean busy, int millis) {
    return drain.look(busy, 7 + Duration.ofMillis(millis).toNanos());
  }

  @Test
  void endsWhenAllIsAnswered() {
    assertThat(look(true, 0)).isEqualTo(Step.GO_ON);
    assertThat(look(true, 999)).isEqualTo(Step.GO_ON);
    assertThat(look(false, 1)).isEqualTo(Step.END);
  }

  @Test
  void letsGoAfterASecondAndEndsHalfASecondLater() {
    assertThat(look(true, 1000)).isEqualTo(Step.LET_GO);
    assertThat(look(true, 1499)).isEqualTo(Step.LET_GO);
    assertThat(look(true, 1500)).isEqualTo(Step.END);
  }
}
