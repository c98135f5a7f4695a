package io.mnemogrid.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class AuditShareTest {
  private static final int MINUTE = 60;

  /** How often a document is recomputed in a minute by an audit that would each tenth second. */
  private static int times(int leaves, long bytes) {
    AuditShare share = new AuditShare(0);
    int times = 0;
    for (int i = 1; i <= 10 * MINUTE; i++) {
      if (share.spend(Duration.ofMillis(100).toNanos() * i, leaves, bytes)) {
        times++;
      }
    }
    return times;
  }

  @Test
  void manyLeavesAreRecomputedLessOften() {
    assertThat(times(100, 4_000)).isEqualTo(10 * MINUTE);
    assertThat(times(100_000, 4_000_000)).isBetween(11, 14); // 6 s of the minute, 0.52 s each
  }

  @Test
  void aFewLargeLeavesArePaidForByTheirBytes() {
    assertThat(times(1_000, 64_000_000)).isBetween(18, 22); // 0.325 s each
  }

  @Test
  void oneThatIsLargerThanTheShareIsRecomputedAndPaidForAfter() {
    assertThat(times(1, 4_000_000_000L)).isOne();
  }
}
