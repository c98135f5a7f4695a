package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The short form of {@code ./mnemogrid race-test}. */
@NullMarked
class RaceDrillIT {
  private static final int CLIENTS = 64;

  @Test
  void oneClientMakesEachVersionThoughTheMemberThatCommitsIsKilled() {
    RaceDrill.Plan plan =
        new RaceDrill.Plan(
            Drills.member(), Drills.folder("race"), false, true, Duration.ofMinutes(5));
    try (RaceDrill drill = new RaceDrill(plan, System.out)) {
      RaceDrill.Outcome outcome = drill.race(SpaceName.of("race"), CLIENTS, 300, 1, true, false);
      outcome.lines().forEach(System.out::println);
      assertThat(outcome.flaws()).isEmpty();

      RaceDrill.Outcome step = drill.race(SpaceName.of("step"), CLIENTS, 30, 0, true, true);
      step.lines().forEach(System.out::println);
      assertThat(step.flaws()).as("each version had all clients").isEmpty();

      RaceDrill.Outcome twin = drill.race(SpaceName.of("twin"), CLIENTS, 30, 0, false, false);
      assertThat(twin.flaws())
          .as("without conditions the check finds somebody who wrote onto another head")
          .anyMatch(flaw -> flaw.startsWith("told "));
    }
  }
}
