package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The short form of {@code ./mnemogrid greed-test}, against the packaged member. */
@NullMarked
class AdversaryIT {
  private static final int ROUNDS = 3;

  @Test
  void aMemberOfLittleHeapLivesThroughAllThatItMayBeAskedFor() {
    List<String> late = List.of("not played yet");
    for (int round = 1; round <= ROUNDS && !late.isEmpty(); round++) {
      Adversary.Report report =
          Adversary.play(
              Drills.member(), Drills.folder("adversary"), Duration.ofSeconds(20), 64, "512m");
      report.print(System.out);
      assertThat(report.flaws()).isEmpty();
      assertThat(report.answers())
          .as("every kind is played")
          .containsOnlyKeys(Arrays.stream(Greed.Kind.values()).map(Enum::name).toList());
      assertThat(report.answers().get("LARGE_DELTAS")).containsKey("201");
      late = report.late();
    }
    assertThat(late).as("in the best round: what else the machine does only adds time").isEmpty();
  }
}
