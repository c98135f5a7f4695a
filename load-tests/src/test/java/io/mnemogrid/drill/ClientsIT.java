package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.process.Fleet;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * The clients of all languages play one scenario ({@code micronaut-api/clients/scenario.json})
 * against three members of which the first, which the client was told of first, is killed
 * meanwhile.
 */
@NullMarked
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClientsIT {
  private static final Path CLIENTS = Drills.ROOT.resolve("micronaut-api/clients");
  private static final Path SCENARIO = CLIENTS.resolve("scenario.json");
  private static final int MEMBERS = 3;

  /** A step of the scenario waits for a checkpoint. */
  private static final int CHECKPOINT_SECONDS = 2;

  /** By then the first steps are played, and most are not. */
  private static final int STEPS_BEFORE_THE_KILL = 10;

  private static final Duration PATIENCE = Duration.ofMinutes(4);

  private Path folder;
  private Fleet fleet;

  @BeforeAll
  void start() {
    folder = Drills.folder("clients");
    fleet =
        new Fleet(
            Launch.member(Drills.member()).notary().checkpointEvery(CHECKPOINT_SECONDS),
            folder,
            MEMBERS);
    fleet.startHealthy(fleet.seat(0), Map.of());
    fleet.seats().stream().skip(1).forEach(seat -> fleet.startHealthy(seat, Map.of()));
  }

  @AfterAll
  void stop() {
    fleet.close();
  }

  private String urls() {
    return fleet.seats().stream()
        .map(seat -> "http://" + seat.host() + ":" + seat.httpPort())
        .collect(Collectors.joining(","));
  }

  private void play(String name, Path in, List<String> command)
      throws IOException, InterruptedException {
    if (!fleet.seat(0).isRunning()) {
      fleet.startHealthy(fleet.seat(0), Map.of());
    }
    Path said = folder.resolve(name + ".log");
    Process client =
        new ProcessBuilder(
                Stream.concat(command.stream(), Stream.of(urls(), SCENARIO.toString())).toList())
            .directory(in.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile())
            .start();
    while (client.isAlive() && lines(said) < STEPS_BEFORE_THE_KILL) {
      MemberProcess.pause(20);
    }
    assertThat(client.isAlive())
        .as("the member is killed meanwhile: %s", Files.readString(said, StandardCharsets.UTF_8))
        .isTrue();
    fleet.seat(0).process().kill();
    assertThat(client.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS))
        .as("%s comes to an end", name)
        .isTrue();
    String text = Files.readString(said, StandardCharsets.UTF_8);
    assertThat(client.exitValue()).as(text).isZero();
    assertThat(lines(said)).as(text).isGreaterThan(2 * STEPS_BEFORE_THE_KILL);
  }

  private static long lines(Path file) throws IOException {
    try (Stream<String> lines = Files.lines(file, StandardCharsets.UTF_8)) {
      return lines.count();
    }
  }

  @Test
  void pythonPlaysTheScenario() throws Exception {
    play("python", CLIENTS.resolve("python"), List.of("python3", "-u", "scenario.py"));
  }

  /** What each client's own tests ask of a member; they are skipped where none is named. */
  private void test(String name, Path in, String variable, String urls, List<String> command)
      throws IOException, InterruptedException {
    if (!fleet.seat(0).isRunning()) {
      fleet.startHealthy(fleet.seat(0), Map.of());
    }
    Path said = folder.resolve(name + "-live.log");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(in.toFile())
            .redirectErrorStream(true)
            .redirectOutput(said.toFile());
    builder.environment().put(variable, urls);
    Process tests = builder.start();
    assertThat(tests.waitFor(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)).isTrue();
    String text = Files.readString(said, StandardCharsets.UTF_8);
    assertThat(tests.exitValue()).as(text).isZero();
    assertThat(text).doesNotContain("skipped=").doesNotContain("# SKIP");
  }

  @Test
  void pythonPassesItsTestsOfAMember() throws Exception {
    test(
        "python",
        CLIENTS.resolve("python"),
        "TEST_MEMBER_URL",
        urls().split(",", -1)[0],
        List.of("python3", "-m", "unittest", "tests.test_live"));
  }

  @Test
  void typeScriptPassesItsTestsOfAMember() throws Exception {
    test(
        "typescript",
        Drills.ROOT.resolve("micronaut-api/verifier"),
        "TEST_MEMBER_URLS",
        urls(),
        List.of("node", "--test", "--test-reporter=tap", "test/scenario.test.mjs"));
  }

  @Test
  void allHaveTheSameScenario() {
    assertThat(Drills.ROOT.resolve("micronaut-api/verifier/test/scenario.json"))
        .hasSameTextualContentAs(SCENARIO);
  }

  @Test
  void typeScriptPlaysTheScenario() throws Exception {
    Path verifier = Drills.ROOT.resolve("micronaut-api/verifier");
    assertThat(verifier.resolve("dist/client/index.js"))
        .as("./mnemogrid test builds it before")
        .exists();
    play("typescript", verifier, List.of("node", "bin/scenario.mjs"));
  }

  @Test
  void javaPlaysTheScenario() throws Exception {
    play(
        "java",
        folder,
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            CLIENTS.resolve("java/target/classes").toString(),
            "io.mnemogrid.client.Scenario"));
  }
}
