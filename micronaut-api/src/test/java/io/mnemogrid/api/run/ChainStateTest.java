package io.mnemogrid.api.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A kill may tear the dev chain's state at any byte; the newest good copy is what it goes on from.
 */
class ChainStateTest {
  private static final String GOOD = "{\"block\":{\"number\":\"0x%d\"},\"accounts\":{\"a\":[1,2]}}";

  @TempDir Path folder;
  private final ByteArrayOutputStream said = new ByteArrayOutputStream();
  private ChainState state = new ChainState(Path.of(""), System.err);

  @BeforeEach
  void open() {
    state = new ChainState(folder, new PrintStream(said, true, StandardCharsets.UTF_8));
  }

  private void anvilWrites(String text) throws IOException {
    Files.writeString(folder.resolve("state.json"), text);
  }

  private String stands() throws IOException {
    return Files.readString(folder.resolve("state.json"));
  }

  @Test
  void goesBackToTheNewestGoodCopy() throws IOException {
    for (int i = 1; i <= 3; i++) {
      anvilWrites(GOOD.formatted(i));
      state.keep();
      state.keep();
    }
    assertThat(Files.readString(folder.resolve("good-2.json"))).isEqualTo(GOOD.formatted(2));
    String last = GOOD.formatted(4);
    for (int cut = 0; cut < last.length(); cut++) {
      anvilWrites(last.substring(0, cut));
      state.keep(); // keeps nothing torn
      state.restore();
      assertThat(stands()).isEqualTo(GOOD.formatted(3));
    }
    assertThat(said.toString(StandardCharsets.UTF_8)).contains("torn, going back to a copy of ");
    Files.writeString(folder.resolve("good-1.json"), "{");
    anvilWrites("");
    state.restore();
    assertThat(stands()).isEqualTo(GOOD.formatted(2));
  }

  @Test
  void leavesAGoodStateAndAnEmptyFolderAlone() throws IOException {
    state.keep();
    state.restore();
    assertThat(folder).isEmptyDirectory();
    anvilWrites(GOOD.formatted(1));
    state.restore();
    assertThat(stands()).isEqualTo(GOOD.formatted(1));
    assertThat(said.size()).isZero();
  }

  @Test
  void putsAsideWhatNobodyCanRead() throws IOException {
    anvilWrites("{\"accounts\":{}}");
    Files.writeString(folder.resolve("good-1.json"), "nothing");
    state.restore();
    assertThat(folder.resolve("state.json")).doesNotExist();
    assertThat(folder.resolve("unreadable")).isDirectoryContaining("glob:**/state.json");
    assertThat(said.toString(StandardCharsets.UTF_8)).contains("it starts empty");
  }
}
