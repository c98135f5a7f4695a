package io.mnemogrid.grid;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class MemberLogTest {
  private final AtomicLong now = new AtomicLong();
  private final MemberLog.Budget budget = new MemberLog.Budget(now::get);

  @Test
  void leavesOutWhatIsBeyondTheBudgetOfAMinuteAndCountsIt() {
    IntStream.range(0, MemberLog.LINES_A_MINUTE)
        .forEach(_ -> assertThat(budget.take()).as("a line within").isZero());
    IntStream.range(0, 300).forEach(_ -> assertThat(budget.take()).as("beyond").isNegative());
    now.addAndGet(Duration.ofSeconds(61).toNanos());
    assertThat(budget.take()).as("the first of the next minute").isEqualTo(300);
    assertThat(budget.take()).isZero();
  }
}
