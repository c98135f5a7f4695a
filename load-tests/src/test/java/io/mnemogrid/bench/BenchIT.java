package io.mnemogrid.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.mnemogrid.fire.MemberProcess;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
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
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final String PARTS = "hot,spread,one,members,root,read,visible,http";

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  Path folder;

  @Test
  void everyPartOfCommitsHasItsFigures() throws Exception {
    assumeTrue(
        "true".equals(System.getenv("CI")) || hasRedis(), "redis-server is missing: install it");
    List<Row> rows =
        CommitsBench.measure(
            MemberProcess.packaged(ROOT), PARTS, Duration.ofMillis(300), 1, System.out);
    assertThat(rows)
        .extracting(Row::what)
        .contains(
            "512 writers, one hot space",
            "64 writers on 64 spaces",
            "one writer, p50",
            "three members in three processes, 63 writers",
            "root for every version, with ÷ without",
            "read of a path in the bot's JVM, p50",
            "acknowledged → visible elsewhere, p99",
            "HTTP: 64 writers, one hot space",
            "HTTP: one writer",
            "HTTP: 64 readers of a path");
    List<String> perhapsNothing =
        List.of(
            "read of a path, allocated beside the value", "acknowledged → visible elsewhere, p99");
    assertThat(rows)
        .allSatisfy(row ->
            assertThat(row.value())
                .as(row.toString())
                .isGreaterThanOrEqualTo(0)
                .matches(value -> value > 0 || perhapsNothing.contains(row.what())));
  }

  private static boolean hasRedis() throws InterruptedException {
    try {
      return new ProcessBuilder("redis-server", "--version").start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

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
