package io.mnemogrid.gatling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Properties;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@NullMarked
class PlanTest {
  private static Plan plan(Load load, @Nullable Path keys) {
    return new Plan(
        load,
        List.of("http://127.0.0.1:1", "https://[::1]:2"),
        keys,
        7,
        Duration.ofSeconds(30),
        "load-x",
        3,
        Path.of("/tmp/a folder"),
        true,
        4711);
  }

  private static Plan again(Plan plan) {
    Properties properties = new Properties();
    for (String flag : plan.flags()) {
      String[] parts = flag.substring("-D".length()).split("=", 2);
      properties.setProperty(parts[0], parts[1]);
    }
    return Plan.of(properties);
  }

  @ParameterizedTest
  @EnumSource
  void arrivesInTheOtherProcessAsItWas(Load load) {
    assertThat(again(plan(load, Path.of("/tmp/keys")))).isEqualTo(plan(load, Path.of("/tmp/keys")));
    assertThat(again(plan(load, null))).isEqualTo(plan(load, null));
  }

  @Test
  void isRefusedWhenNobodyWouldPlay() {
    assertThatThrownBy(() ->
            new Plan(
                Load.fleet,
                List.of(),
                null,
                1,
                Duration.ofSeconds(1),
                "load-x",
                1,
                Path.of(""),
                false,
                1))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void partsOfARunAreEquallyLong() {
    Phases phases = new Phases(1_000, Duration.ofNanos(300), 3);
    assertThat(List.of(phases.at(900), phases.at(1_000), phases.at(1_099)))
        .containsExactly(0, 0, 0);
    assertThat(List.of(phases.at(1_100), phases.at(1_200), phases.at(9_999)))
        .containsExactly(1, 2, 2);
    assertThat(phases.begin(2)).isEqualTo(1_200);
    assertThat(phases.isRunning(1_299)).isTrue();
    assertThat(phases.isRunning(1_300)).isFalse();
  }
}
