package io.mnemogrid.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.mnemogrid.process.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher's demo from nothing to its end, as a newcomer starts it. */
@NullMarked
class DemoIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();
  private static final Path ANVIL =
      ROOT.resolve("contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");

  @TempDir Path temporary;

  @Test
  void seesEverythingWithALocalNotary() throws Exception {
    assertThat(play("--no-chain")).contains("nothing is on a chain");
  }

  @Test
  void seesEverythingOnAChain() throws Exception {
    if (!"true".equals(System.getenv("CI"))) {
      assumeThat(ANVIL).as("the dev chain is installed").isExecutable();
    }
    assertThat(play("--chain-port", freePort())).contains("contract 0x");
  }

  private String play(String... more) throws IOException, InterruptedException {
    Path output = temporary.resolve("output");
    List<String> command = new ArrayList<>(List.of(ROOT.resolve("mnemogrid").toString(), "demo"));
    command.addAll(List.of("--data", temporary.resolve("data").toString()));
    command.addAll(List.of("--port", freePort(), "--grid-port", freePort()));
    command.addAll(List.of(more));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    // It plays with the jars of the build that this test is part of.
    builder.environment().put("MNEMOGRID_IN_BUILD", "1");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    Process demo = builder.start();
    try {
      assertThat(demo.waitFor(480, TimeUnit.SECONDS)).as("ends by itself").isTrue();
    } finally {
      demo.destroy(); // the launcher stops what it started
      demo.waitFor(120, TimeUnit.SECONDS);
    }
    String said = Files.readString(output);
    assertThat(demo.exitValue()).as(said).isZero();
    assertThat(said).doesNotContain("✗");
    for (Observation each : Observation.values()) {
      assertThat(said).contains("✓ " + each.step() + "  " + each.sentence());
    }
    return said;
  }

  private static String freePort() {
    return Ports.free(1).getFirst().toString();
  }
}
