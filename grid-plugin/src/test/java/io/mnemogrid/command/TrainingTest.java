package io.mnemogrid.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the cache of classes is made from. */
class TrainingTest {
  @TempDir Path folder;

  /** Else the JVM would note what a refusal loads, and not what a check does. */
  @Test
  void itsSampleHolds() throws IOException {
    Path file = Files.write(folder.resolve("bundle.json"), Training.sample());
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream said = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code = Main.run(said, said, "verify", file.toString(), "--checkpoint", Training.CHECKPOINT);
    assertThat(out.toString(StandardCharsets.UTF_8)).contains("\"kind\":\"fact\"");
    assertThat(code).isZero();
  }
}
