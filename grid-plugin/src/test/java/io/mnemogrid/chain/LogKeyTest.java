package io.mnemogrid.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogKeyTest {
  private static final Head HEAD =
      new Head(SpaceName.of("daryl"), 3, Hash.sha256("state"), Hash.sha256("log"));

  @TempDir private Path folder = Path.of("");

  /** As an operator does who gives the members on other hosts the same pair. */
  private Path copied() throws IOException {
    LogKey.open(folder.resolve("one"));
    Path copy = Files.createDirectory(folder.resolve("two"));
    for (String file : new String[] {"notary.key", "notary.pub"}) {
      Files.copy(folder.resolve("one").resolve(file), copy.resolve(file));
    }
    return copy;
  }

  @Test
  void membersWithTheSamePairSignAsOne() throws IOException {
    assertThat(LogKey.open(copied()).sign(HEAD))
        .isEqualTo(LogKey.open(folder.resolve("one")).sign(HEAD));
    assertThat(LogKey.open(folder.resolve("three")).sign(HEAD).verifierKey())
        .isNotEqualTo(LogKey.open(folder.resolve("one")).sign(HEAD).verifierKey());
  }

  @Test
  void writesNothingWhereAPairStands() throws IOException {
    Path copy = copied();
    LogKey.open(copy);
    try (var files = Files.list(copy)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("notary.key", "notary.pub");
    }
  }

  @Test
  void refusesTwoHalvesThatAreNoPair() throws IOException {
    Path copy = copied();
    LogKey.open(folder.resolve("three"));
    Path other = folder.resolve("three/notary.pub");
    Files.write(copy.resolve("notary.pub"), Files.readAllBytes(other));
    assertThatThrownBy(() -> LogKey.open(copy))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("not one pair");
  }
}
