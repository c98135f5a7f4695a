package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a server does with names that are no setting, each in a process of its own. */
class SettingsIT {
  @TempDir private Path folder = Path.of("");

  private String refusal(String yaml) throws IOException, InterruptedException {
    Path file = folder.resolve("more.yml");
    Files.writeString(file, yaml);
    try (ServerProcess member =
        ServerProcess.start(
            folder, Map.of("MICRONAUT_CONFIG_FILES", file.toAbsolutePath().toString()))) {
      assertThat(member.exitCode()).isEqualTo(Server.CANNOT_START);
      assertThat(folder.resolve("data")).doesNotExist();
      return member.log().strip().lines().toList().getLast();
    }
  }

  @Test
  void refusesAnUnknownNameOfAFile() throws Exception {
    assertThat(refusal("mnemogrid:\n  chekpoint:\n    versions: 5\n"))
        .isEqualTo(
            "mnemogrid.chekpoint.versions is no setting: did you mean"
                + " mnemogrid.checkpoint.versions? docs/settings.md lists all");
  }

  @Test
  void refusesASecretInAFile() throws Exception {
    assertThat(refusal("mnemogrid:\n  grid-secret: 00112233445566778899aabbccddeeff\n"))
        .isEqualTo(
            "mnemogrid.grid-secret is read from the environment alone: set MNEMOGRID_GRID_SECRET"
                + " there");
  }

  /** With a secret of its own it would be another grid. */
  @Test
  void endsWhereItIsToJoinOthersAndHasNoSecret() throws Exception {
    String others = "127.0.0.1:" + RunningServer.freePort();
    try (ServerProcess member = ServerProcess.start(folder, Map.of("MNEMOGRID_MEMBERS", others))) {
      assertThat(member.exitCode()).isEqualTo(Server.CANNOT_START);
      assertThat(member.log().strip().lines().toList().getLast())
          .startsWith("this member is to join " + others + " and has no grid secret")
          .contains("grid.secret", "MNEMOGRID_GRID_SECRET");
      assertThat(folder.resolve("data/grid.secret")).doesNotExist();
    }
  }

  @Test
  void warnsOnceOfUnknownVariables() throws Exception {
    Map<String, String> environment =
        Map.of(
            "MNEMOGRID_CHEKPOINT_EVERY", "5",
            "MNEMOGRID_HTTP_PROT", "5",
            "MNEMOGRID_HEAP", "512m",
            "MNEMOGRID_IN_BUILD", "1");
    try (ServerProcess member = ServerProcess.start(folder, environment)) {
      await()
          .atMost(Duration.ofSeconds(120))
          .until(() -> !member.isAlive() || member.log().contains(" answers; there are no keys"));
      List<String> warnings =
          member.log().lines().filter(line -> line.contains("did you mean")).toList();
      assertThat(warnings).hasSize(1);
      assertThat(warnings.getFirst())
          .contains(
              "WARN",
              "MNEMOGRID_CHEKPOINT_EVERY (did you mean MNEMOGRID_CHECKPOINT_EVERY?)",
              "MNEMOGRID_HTTP_PROT (did you mean MNEMOGRID_HTTP_PORT?)",
              "docs/settings.md lists all");
      assertThat(warnings.getFirst()).doesNotContain("HEAP", "IN_BUILD");
      assertThat(member.isAlive()).isTrue();
    }
  }
}
