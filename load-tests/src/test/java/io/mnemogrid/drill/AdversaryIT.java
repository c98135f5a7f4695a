package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The short form of {@link Adversary}, against the packaged member. */
@NullMarked
class AdversaryIT {
  /** 930 on a quiet machine of two cores, which the 64 clients share; on a busy one more. */
  private static final long MOST_MILLIS = 2500;

  @Test
  void aMemberOfLittleHeapLivesThroughAllThatItMayBeAskedFor() {
    long slowest = Long.MAX_VALUE;
    for (int round = 1; round <= 3 && slowest >= MOST_MILLIS; round++) {
      Adversary.Report report =
          Adversary.play(
              Drills.member(),
              Drills.folder("adversary"),
              "512m",
              64,
              Duration.ofSeconds(25),
              System.out);
      assertThat(report.flaws()).isEmpty();
      assertThat(report.answers()).containsKeys("201", "400 bad-request");
      slowest = Math.min(slowest, report.slowestLivenessMillis());
    }
    assertThat(slowest)
        .as("of the best round: what the machine does only adds")
        .isLessThan(MOST_MILLIS);
  }
}
