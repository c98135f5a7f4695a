package io.mnemogrid.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The whole grid under faults, from many seeds; a failure names its seed and the command that plays
 * it again. {@code -Dmnemogrid.sim.seeds=N} plays more of them, {@code -Dmnemogrid.sim.from=S}
 * others, {@code -Dmnemogrid.sim.seed=S} that one alone, and {@code -Dmnemogrid.sim.about=TEXT}
 * prints what it says about an id or a path.
 */
class GridSimTest {
  private static final String SEED = "mnemogrid.sim.seed";
  private static final long FROM = Long.getLong("mnemogrid.sim.from", 1);
  private static final int SEEDS = Integer.getInteger("mnemogrid.sim.seeds", 2000);
  private static final int REQUESTS = 120;
  private static final int TWIN_SEEDS = 40;
  private static final int MOST_TWIN_SEEDS = 10 * TWIN_SEEDS;

  private static String failure(long seed, List<Finding> findings) {
    StringBuilder text = new StringBuilder("seed ").append(seed).append(":");
    findings.stream().limit(5).forEach(finding -> text.append("\n  ").append(finding));
    return text.append("\n  again: ./mnemogrid sim --seed ").append(seed).toString();
  }

  @Test
  @DisabledIfSystemProperty(named = SEED, matches = ".+")
  void keepsItsPromisesUnderFaults() {
    Map<String, Integer> reached = new TreeMap<>();
    List<String> failures = new ArrayList<>();
    LongStream.range(FROM, FROM + SEEDS)
        .parallel()
        .forEach(seed -> {
          GridSim sim = new GridSim(seed, Twin.NONE, REQUESTS);
          List<Finding> findings = sim.run();
          synchronized (reached) {
            sim.tally().forEach((what, count) -> reached.merge(what, count, Integer::sum));
            if (!findings.isEmpty()) {
              failures.add(failure(seed, findings));
            }
          }
        });
    System.out.println(SEEDS + " runs reached " + reached);
    assertThat(failures).as("of %d runs from seed %d", SEEDS, FROM).isEmpty();
    assertThat(reached)
        .as("what the runs reached")
        .containsKeys(
            "accepted",
            "duplicate",
            "no answer",
            "not applied",
            "refused with another",
            "unknown",
            "strict-conflict",
            "version-ahead",
            "future-timestamp",
            "path-through-array",
            "unknown-space",
            "update-id-reused",
            "store-refused",
            "precondition-failed",
            "test-failed",
            "patch-failed",
            "unchanged",
            "policy",
            "bad-policy",
            "COUNT fulfilled",
            "OWN fulfilled",
            "SHARED fulfilled",
            "LIST fulfilled",
            "PATCH fulfilled",
            "ROLLBACK fulfilled",
            "POLICY fulfilled");
    assertThat(reached.get("old tombstones read"))
        .as("reads of old tombstones")
        .isGreaterThanOrEqualTo(SEEDS / 20);
    for (String what : List.of("entries evicted", "merged into no entry", "loaded from the map")) {
      assertThat(reached.get(what)).as(what).isGreaterThan(SEEDS);
    }
    assertThat(reached.get("leaders")).as("leaders").isGreaterThan(SEEDS);
    assertThat(reached.get("headers")).as("headers").isGreaterThan(SEEDS);
  }

  @Test
  @EnabledIfSystemProperty(named = SEED, matches = ".+")
  void playsOneSeedAgain() {
    long seed = Long.getLong(SEED, 0);
    GridSim sim = new GridSim(seed, Twin.NONE, REQUESTS);
    List<Finding> findings = sim.run();
    System.out.println("seed " + seed + " reached " + sim.tally());
    String about = System.getProperty("mnemogrid.sim.about", "");
    if (!about.isEmpty()) {
      sim.about(about).forEach(System.out::println);
    }
    assertThat(findings).as("seed %d", seed).isEmpty();
  }

  @Test
  @DisabledIfSystemProperty(named = SEED, matches = ".+")
  void theSameSeedPlaysTheSameRun() {
    for (long seed : new long[] {1, 2, 3, 4, 5, 7}) { // 7 begins with a past
      GridSim one = new GridSim(seed, Twin.NONE, REQUESTS);
      GridSim other = new GridSim(seed, Twin.NONE, REQUESTS);
      one.run();
      other.run();
      assertThat(one.about("")).as("seed %d", seed).isEqualTo(other.about("")).isNotEmpty();
    }
  }

  /** The checker bites: each column sees its twin, and says nothing of the real parts. */
  @ParameterizedTest
  @EnumSource(value = Twin.class, names = "NONE", mode = EnumSource.Mode.EXCLUDE)
  @DisabledIfSystemProperty(named = SEED, matches = ".+")
  void flagsEachKnownBadTwinInItsColumn(Twin twin) {
    assertThat(Healthy.FINDINGS).as("with the real parts").isEmpty();
    List<Long> flagged = new ArrayList<>();
    long seed = 0;
    // a rare mistake is looked for in more runs
    while (seed < TWIN_SEEDS || flagged.isEmpty() && seed < MOST_TWIN_SEEDS) {
      if (new GridSim(++seed, twin, REQUESTS)
          .run().stream().anyMatch(finding -> finding.flaw() == twin.flaw())) {
        flagged.add(seed);
      }
    }
    System.out.printf("%s: %s in %d of %d runs%n", twin, twin.flaw(), flagged.size(), seed);
    assertThat(flagged).as("seeds that show what is %s", twin.flaw()).isNotEmpty();
  }

  /** The runs of the twins' seeds with the real parts, played once. */
  private static final class Healthy {
    static final List<Finding> FINDINGS =
        LongStream.rangeClosed(1, TWIN_SEEDS)
            .boxed()
            .flatMap(seed -> new GridSim(seed, Twin.NONE, REQUESTS).run().stream())
            .toList();
  }
}
