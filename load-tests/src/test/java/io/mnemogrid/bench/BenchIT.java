package io.mnemogrid.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;

/** Each benchmark runs and prints its figures; how large they are is for quieter machines. */
@NullMarked
class BenchIT {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  Path folder;

  @Test
  void writersGoOnAfterTheOwnerIsKilled() throws Exception {
    List<Double> gaps = GapsBench.measure(folder, 3, System.out);
    System.out.println(GapsBench.row(gaps));
    // The goal is 1 s; a machine that runs all tests at once is given more.
    assertThat(gaps).hasSize(3).allSatisfy(gap -> assertThat(gap / 1e9).isBetween(0.0, 10.0));
  }

  @Test
  void memoryHasItsFigures() {
    assertThat(MemoryBench.rows(List.of(20_000)))
        .singleElement()
        .satisfies(row -> assertThat(row.value()).isBetween(100.0, 5_000.0));
  }

  @Test
  void everyMicroBenchmarkHasItsFigure() throws Exception {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include(MicroBench.class.getSimpleName())
                    .param("leaves", "1000")
                    .forks(0)
                    .warmupIterations(0)
                    .measurementIterations(1)
                    .measurementTime(TimeValue.milliseconds(20))
                    .build())
            .run();
    assertThat(results)
        .hasSize(6)
        .allSatisfy(result -> assertThat(result.getPrimaryResult().getScore()).isPositive());
  }
}
