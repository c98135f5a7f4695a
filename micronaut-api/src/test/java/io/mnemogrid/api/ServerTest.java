package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.api.settings.MemberFactory;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a server that cannot start says so. */
class ServerTest {
  @TempDir private Path folder = Path.of("");

  @Test
  void makesTheDataFolder() {
    MemberFactory.makeFolder(folder.resolve("a/data"));
    assertThat(folder.resolve("a/data")).isDirectory();
  }

  @Test
  void saysWhichFolderItCannotMake() throws java.io.IOException {
    Path file = Files.createFile(folder.resolve("data"));
    assertThatThrownBy(() -> MemberFactory.makeFolder(file))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void saysInOneSentenceWhatFailed() {
    assertThat(
            Server.sentence(
                new RuntimeException(
                    "bean", new IllegalStateException("the chain is ahead\nof the store"))))
        .isEqualTo("the chain is ahead of the store");
    assertThat(Server.sentence(new RuntimeException("x", new BindException("in use"))))
        .contains("MNEMOGRID_HTTP_PORT");
    assertThatThrownBy(() -> Server.start(Map.of("mnemogrid.grid-port", "abc")))
        .satisfies(thrown ->
            assertThat(Server.sentence(thrown))
                .isEqualTo(
                    "mnemogrid.grid-port (MNEMOGRID_GRID_PORT) is a whole number from 1 to 65535,"
                        + " got abc"));
    assertThat(
            Server.sentence(
                new RuntimeException("Error resolving property value [micronaut.server.port]. No")))
        .isEqualTo("the value of the setting micronaut.server.port cannot be read");
    assertThat(Server.sentence(new RuntimeException("odd"))).contains("odd").doesNotContain("\n");
  }
}
