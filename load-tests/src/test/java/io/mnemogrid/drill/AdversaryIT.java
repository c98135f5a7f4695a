package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The short form of {@link Adversary}, against the packaged member. */
@NullMarked
class AdversaryIT {
  @Test
  void aMemberOfLittleHeapLivesThroughAllThatItMayBeAskedFor() {
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
    // 0.93 s on a quiet machine of two cores, which the 64 clients share; on a busy one more
    assertThat(report.slowestLivenessMillis()).isLessThan(2500);
  }
}
