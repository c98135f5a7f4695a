package io.mnemogrid.fire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The launcher as a user meets it, and what is left when any of its processes is killed. */
@NullMarked
class RunIT {
  private static final SpaceName ALPHA = SpaceName.of("alpha");
  private static final Duration BANNER = Duration.ofSeconds(60);

  private final List<Integer> ports = Ports.free(3);
  private final List<Run> runs = new ArrayList<>();

  /** A launcher that was started, and its output. */
  private record Run(Process launcher, Path data, Path output) {
    String said() {
      try {
        return Files.readString(output);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    /** Returns when it says so; fails at once when it ended before. */
    Run awaitSaying(String words) {
      await()
          .pollInterval(Duration.ofMillis(50))
          .atMost(BANNER)
          .until(() -> {
            boolean ended = !launcher.isAlive();
            if (said().contains(words)) {
              return true;
            }
            assertThat(ended).as("ended without saying '%s': %s", words, said()).isFalse();
            return false;
          });
      return this;
    }

    int exit() {
      try {
        assertThat(launcher.waitFor(60, TimeUnit.SECONDS)).as(said()).isTrue();
        return launcher.exitValue();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new AssertionError("stopped while waiting", e);
      }
    }

    /** The process that it recorded as its member or chain. */
    ProcessHandle process(String name) {
      try {
        String pid =
            Files.readAllLines(data.resolve("run/" + name + ".pid")).stream()
                .filter(line -> line.startsWith("pid="))
                .findFirst()
                .orElseThrow();
        return ProcessHandle.of(Long.parseLong(pid.substring(4))).orElseThrow();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private Run run(Path folder, String... options) {
    Path output = folder.resolve("run-" + runs.size() + ".log");
    List<String> command =
        new ArrayList<>(List.of(Drills.ROOT.resolve("mnemogrid").toString(), "run"));
    command.addAll(List.of("--data", folder.resolve("data").toString()));
    command.addAll(List.of("--port", ports.get(0).toString()));
    command.addAll(List.of("--grid-port", ports.get(1).toString()));
    command.addAll(Arrays.asList(options));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
    // It runs the jars of the build that this test is part of.
    builder.environment().put("MNEMOGRID_IN_BUILD", "1");
    builder.environment().put("JAVA_HOME", System.getProperty("java.home"));
    try {
      Run run = new Run(builder.start(), folder.resolve("data"), output);
      runs.add(run);
      return run;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @AfterEach
  void stopAll() {
    for (Run run : runs) {
      run.launcher().destroy(); // it stops what it started
      run.exit();
    }
  }

  private MemberApi api() {
    return new MemberApi(ports.get(0));
  }

  private void commit(String id) {
    MemberApi api = api();
    api.create(ALPHA);
    Request request =
        Request.of(
            ALPHA,
            new DeltaBuilder(new Author("a"), 0, Instant.now())
                .id(id)
                .set("/facts/" + id, Json.of(id))
                .build());
    MemberApi.Reply reply = api.commit(ALPHA, request.body(), MemberApi.PATIENCE);
    assertThat(reply).isNotNull().extracting(MemberApi.Reply::status).isEqualTo(201);
  }

  private void finds(String... ids) {
    Told facts = Told.parse(api().get("/v1/spaces/alpha/state?path=/facts").want(200).body());
    assertThat(facts.object().members()).containsOnlyKeys(ids);
  }

  @Test
  void findsAllDataAgainAfterKills() {
    Path folder = Drills.folder("run");
    long began = System.nanoTime();
    Run first = run(folder, "--no-chain").awaitSaying("mnemogrid is up");
    System.out.printf("up after %.1f s%n", (System.nanoTime() - began) / 1e9);
    assertThat(first.said()).contains("nothing is on a chain", "curl", "./mnemogrid demo");
    commit("first");
    first.process("member").destroyForcibly();
    assertThat(first.exit()).isEqualTo(128 + 9);
    assertThat(first.said()).contains("the member ended with exit code 137");

    Run second = run(folder, "--no-chain").awaitSaying("mnemogrid is up");
    finds("first");
    commit("second");
    ProcessHandle left = second.process("member");
    second.launcher().destroyForcibly();
    second.exit();
    assertThat(left.isAlive()).isTrue();

    Run third = run(folder, "--no-chain").awaitSaying("mnemogrid is up");
    assertThat(third.said()).contains("left behind (process " + left.pid() + ")");
    assertThat(left.isAlive()).isFalse();
    finds("first", "second");
    ProcessHandle member = third.process("member");
    third.launcher().destroy();
    assertThat(third.exit()).as(third.said()).isZero();
    assertThat(member.isAlive()).isFalse();
    assertThat(folder.resolve("data/run/member.pid")).doesNotExist();
  }

  @Test
  void goesOnWhenTheChainIsKilled() {
    Drills.anvil(); // or skipped
    Path folder = Drills.folder("run-chain");
    long began = System.nanoTime();
    Run run = run(folder, "--chain-port", ports.get(2).toString()).awaitSaying("mnemogrid is up");
    System.out.printf("up with a chain after %.1f s%n", (System.nanoTime() - began) / 1e9);
    commit("first");
    awaitFinal(1);
    run.process("chain").destroyForcibly();
    run.awaitSaying("the chain ended, starting it again");
    commit("second");
    awaitFinal(2);

    ProcessHandle chain = run.process("chain");
    ProcessHandle member = run.process("member");
    run.launcher().destroyForcibly();
    run.exit();
    assertThat(chain.isAlive() && member.isAlive()).isTrue();
    Run second =
        run(folder, "--chain-port", ports.get(2).toString()).awaitSaying("mnemogrid is up");
    assertThat(chain.isAlive() || member.isAlive()).isFalse();
    finds("first", "second");
    commit("third");
    awaitFinal(3);
    second.launcher().destroy();
    assertThat(second.exit()).as(second.said()).isZero();
  }

  /** Asks for checkpoints until this version is final. */
  private void awaitFinal(long version) {
    await()
        .pollInterval(Duration.ofMillis(300))
        .atMost(Duration.ofSeconds(40))
        .until(() -> {
          api().requestCheckpoint();
          return Told.parse(api().get("/v1/spaces/alpha").want(200).body())
                  .whole("finalized_version")
              >= version;
        });
  }

  @Test
  void saysInOneLineWhichPortIsTaken() throws IOException {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      String port = String.valueOf(taken.getLocalPort());
      Run run = run(Drills.folder("run-taken"), "--no-chain", "--port", port);
      assertThat(run.exit()).isEqualTo(1);
      assertThat(run.said().lines())
          .singleElement()
          .asString()
          .contains("port " + port + " is taken", "--port N");
    }
  }
}
