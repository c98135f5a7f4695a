package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.GridConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GridSecretTest {
  private static final String DIGITS = "00112233445566778899aabbccddeeff";

  @TempDir Path folder;

  private GridConfig server() {
    return GridConfig.onOneHost(folder.resolve("mnemogrid.db"));
  }

  private Path file() {
    return folder.resolve("grid.secret");
  }

  private static String of(GridConfig config) {
    return GridSecret.of(config, _ -> null);
  }

  @Test
  void isMadeOnceBesideTheStoreAndForItsOwnerAlone() throws IOException {
    String made = of(server());
    assertThat(made).matches("[0-9a-f]{32}");
    assertThat(file()).hasContent(made);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file())))
        .isEqualTo("rw-------");
    assertThat(of(server())).isEqualTo(made);
    assertThat(of(GridConfig.lite().withSecret(file()))).isEqualTo(made);
    try (Stream<Path> files = Files.list(folder)) {
      assertThat(files).as("no drafts").containsExactly(file());
    }
  }

  @Test
  void membersThatMakeItAtOnceHaveTheSame() throws Exception {
    try (ExecutorService threads = Executors.newFixedThreadPool(8)) {
      Callable<String> asked = () -> of(server());
      List<Future<String>> answers = threads.invokeAll(java.util.Collections.nCopies(32, asked));
      String first = answers.getFirst().get();
      for (Future<String> answer : answers) {
        assertThat(answer.get()).isEqualTo(first);
      }
    }
  }

  @Test
  void isTakenFromWhereItIsGivenFirst() throws IOException {
    assertThat(GridSecret.of(server(), _ -> DIGITS)).isEqualTo(DIGITS);
    assertThat(file()).as("the environment's makes no file").doesNotExist();
    String other = DIGITS.replace('0', 'f');
    assertThat(GridSecret.of(server().withSecret(other), _ -> DIGITS)).isEqualTo(other);
  }

  @Test
  void aBotWithoutOneIsToldHowToGetIt() {
    assertThatThrownBy(() -> of(GridConfig.lite()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("withSecret")
        .hasMessageContaining("MNEMOGRID_GRID_SECRET");
    assertThatThrownBy(() -> of(GridConfig.lite().withSecret(file())))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(file().toString())
        .hasMessageContaining("./mnemogrid run prints the path");
    assertThat(file()).doesNotExist();
  }

  @Test
  void aMemberThatIsToJoinOthersMakesNone() throws IOException {
    GridConfig joins =
        server().withPort(5702).withMembers(List.of("127.0.0.1:5701", "127.0.0.1:5702"));
    assertThatThrownBy(() -> of(joins))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("127.0.0.1:5701")
        .hasMessageContaining("copy theirs to " + file());
    assertThat(file()).doesNotExist();
    Files.writeString(file(), DIGITS);
    assertThat(of(joins)).as("theirs was copied").isEqualTo(DIGITS);
  }

  @Test
  void ownAddressesAreNoOthers() {
    assertThat(GridSecret.others(server())).isEmpty();
    assertThat(GridSecret.others(server().withMembers(List.of("localhost:5701", "127.0.0.1:5710"))))
        .isEmpty();
    List<String> others = List.of("127.0.0.1:5711", "127.0.0.1:5700", "10.0.0.7:5701", "db:5701");
    assertThat(GridSecret.others(server().withMembers(others))).isEqualTo(others);
  }

  @Test
  void isShownByNothing() throws IOException {
    GridConfig config = server().withSecret(DIGITS);
    assertThat(config.toString()).doesNotContain(DIGITS).contains("Digits[…]");
    assertThatThrownBy(() -> server().withSecret(DIGITS + "0"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("32 hex digits")
        .hasMessageNotContaining(DIGITS);
    Files.writeString(file(), DIGITS + "0\n");
    assertThatThrownBy(() -> of(server()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(file().toString())
        .hasMessageNotContaining(DIGITS);
  }
}
