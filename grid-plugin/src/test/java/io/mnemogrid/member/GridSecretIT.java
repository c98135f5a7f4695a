package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.OwnTime;
import io.mnemogrid.grid.TestGrid;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who has the secret of a grid joins, who has another is told so, and soon. */
class GridSecretIT {
  private static final String OTHER = "00112233445566778899aabbccddeeff";

  /** Hazelcast by itself would go on trying for five minutes. */
  private static final Duration SOON = Duration.ofSeconds(5);

  private static final int TRIES = 5;

  @TempDir Path folder;

  private static GridConfig bot(int port) {
    return GridConfig.lite()
        .withCluster("secret-" + port)
        .withPort(port + 20)
        .withMembers(List.of("127.0.0.1:" + port));
  }

  private GridConfig server(int port) {
    return GridConfig.onOneHost(folder.resolve("mnemogrid.db"))
        .withCluster("secret-" + port)
        .withPort(port)
        .withMembers(List.of("127.0.0.1:" + port));
  }

  private static void awaitMembers(Mnemogrid member, int count) {
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(member.members()).hasSize(count));
  }

  /** The quickest of a few tries counts: whatever else the machine does only adds to the others. */
  private static void failsSoon(ThrowingCallable start, String... told) {
    List<Duration> took = new ArrayList<>();
    do {
      took.add(
          OwnTime.of(() ->
              assertThatThrownBy(start)
                  .isInstanceOf(IllegalStateException.class)
                  .hasMessageContainingAll(told)));
    } while (took.getLast().compareTo(SOON) >= 0 && took.size() < TRIES);
    assertThat(took.getLast()).as("%s", took).isLessThan(SOON);
  }

  @Test
  void whoHasTheSecretJoinsAndWhoHasAnotherIsToldSo() throws IOException {
    int port = TestGrid.freePort();
    try (Mnemogrid server = Mnemogrid.start(server(port))) {
      Path secret = folder.resolve("grid.secret");
      try (Mnemogrid bot = Mnemogrid.start(bot(port).withSecret(secret));
          Mnemogrid second =
              Mnemogrid.start(
                  server(port)
                      .withPort(port + 11)
                      .withMembers(List.of("127.0.0.1:" + port, "127.0.0.1:" + (port + 11))))) {
        awaitMembers(bot, 3); // who joined first hears of the others a moment later
        awaitMembers(second, 3);
      }
      failsSoon(
          () -> Mnemogrid.start(bot(port).withSecret(OTHER)),
          "127.0.0.1:" + port,
          "another secret",
          "grid.secret",
          "MNEMOGRID_GRID_SECRET");
      failsSoon(
          () -> Mnemogrid.start(bot(port).withSecret(secret).withCluster("elsewhere")),
          "127.0.0.1:" + port,
          "another name than elsewhere");
      failsSoon(() -> Mnemogrid.start(bot(port)), "withSecret");
      failsSoon(
          () ->
              Mnemogrid.start(
                  GridConfig.onOneHost(folder.resolve("second/mnemogrid.db"))
                      .withCluster("secret-" + port)
                      .withPort(port + 30)
                      .withSecret(OTHER)
                      .withMembers(List.of("127.0.0.1:" + port))),
          "127.0.0.1:" + port,
          "another secret");
      awaitMembers(server, 1); // nobody else was let in, and those who were have gone
    }
  }

  @Test
  void whoFindsNobodyIsToldThat() throws IOException {
    int port = TestGrid.freePort();
    failsSoon(
        () -> Mnemogrid.start(bot(port).withSecret(OTHER)),
        "no member with a store answers at 127.0.0.1:" + port);
  }

  @Test
  void whatANewMemberMakesIsForItsOwnerAlone() throws IOException {
    int port = TestGrid.freePort();
    Path data = folder.resolve("new").resolve("data");
    GridConfig config =
        GridConfig.onOneHost(data.resolve("mnemogrid.db"))
            .withCluster("secret-" + port)
            .withPort(port)
            .withMembers(List.of("127.0.0.1:" + port))
            .withAnchor(new GridConfig.AnchorConfig.Notary(data.resolve("notary")));
    try (Mnemogrid server = Mnemogrid.start(config)) {
      assertThat(server.members()).hasSize(1);
      assertThat(rights(data)).isEqualTo("rwx------");
      assertThat(rights(data.resolve("grid.secret"))).isEqualTo("rw-------");
      await()
          .atMost(Duration.ofSeconds(30))
          .untilAsserted(() -> assertThat(data.resolve("notary")).exists());
      assertThat(rights(data.resolve("notary"))).isEqualTo("rwx------");
    }
  }

  private static String rights(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }
}
