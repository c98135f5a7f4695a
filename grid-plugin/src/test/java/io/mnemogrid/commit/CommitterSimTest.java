package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.CommitterSim.Twin;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Committers that race for one log under faults, checked against what truly happened. */
class CommitterSimTest {
  private static final int SEEDS = 400;
  private static final int REQUESTS = 150;

  @Test
  void keepsItsWordUnderFaults() {
    Map<String, Integer> reached = new TreeMap<>();
    for (long seed = 1; seed <= SEEDS; seed++) {
      CommitterSim sim = new CommitterSim(seed, Twin.NONE);
      List<String> wrong = sim.run(REQUESTS);
      assertThat(wrong).as("seed %d", seed).isEmpty();
      sim.tally().forEach((what, count) -> reached.merge(what, count, Integer::sum));
    }
    assertThat(reached)
        .as("what the runs reached")
        .containsKeys(
            "accepted",
            "duplicate",
            "lost with its member",
            "not applied",
            "refused with another",
            "unknown",
            "strict-conflict",
            "version-ahead",
            "future-timestamp",
            "path-through-array",
            "unknown-space",
            "update-id-reused")
        .doesNotContainKey("open");
  }

  @ParameterizedTest
  @EnumSource(value = Twin.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  void theCheckerSeesEachKnownBadTwin(Twin twin) {
    int flagged = 0;
    for (long seed = 1; seed <= 20; seed++) {
      flagged += isFlagged(new CommitterSim(seed, twin)) ? 1 : 0;
    }
    assertThat(flagged).as("runs of 20 with something wrong").isGreaterThan(15);
  }

  /** A twin may also trip over its own lie. */
  private static boolean isFlagged(CommitterSim sim) {
    try {
      return !sim.run(REQUESTS).isEmpty();
    } catch (RuntimeException e) {
      return true;
    }
  }
}
