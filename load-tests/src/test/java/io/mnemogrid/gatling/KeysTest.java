package io.mnemogrid.gatling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.store.SqliteStore;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@NullMarked
class KeysTest {
  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  Path folder;

  @Test
  void standInAFileThatOthersDoNotRead() throws IOException {
    SqliteStore.open(folder.resolve("mnemogrid.db")).close();
    List<String> made = Keys.make(folder.resolve("mnemogrid.db"), 3);
    Path file = Keys.write(folder.resolve("keys"), made);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    assertThat(Keys.read(file)).isEqualTo(made).doesNotHaveDuplicates().hasSize(3);
  }

  @Test
  void areNeverShown() throws IOException {
    Path file = Files.writeString(folder.resolve("keys"), "mg_good_key\nhunter2\n");
    assertThatThrownBy(() -> Keys.read(file))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("a key a line")
        .hasMessageNotContaining("hunter2");
    assertThat(
            new LoadRun.Target.Running(List.of("http://x:1"), null, Optional.of("mg_secret"))
                .toString())
        .doesNotContain("secret");
  }
}
