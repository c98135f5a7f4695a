package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** {@code ./mnemogrid kill-test} plays more rounds of it. */
@NullMarked
class KillRestartIT {
  private static final int ROUNDS = 4;

  @Test
  void keepsEveryAnswerThroughKills() {
    long seed = System.nanoTime() % 1_000_000; // printed with the rounds
    List<KillRestart.Round> rounds =
        KillRestart.play(Drills.member(), Drills.folder("kill-restart"), ROUNDS, seed, System.out);
    assertThat(rounds).hasSize(ROUNDS);
    for (KillRestart.Round round : rounds) {
      assertThat(round.flaws()).as("round %d, seed %d", round.number(), seed).isEmpty();
      assertThat(round.answers()).isGreaterThanOrEqualTo(500);
    }
  }
}
