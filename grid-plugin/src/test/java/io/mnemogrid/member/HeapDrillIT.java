package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is large ends no process of little heap. */
class HeapDrillIT {
  @TempDir private Path folder;

  @Test
  void aDeleteOfAHundredMegabytesAndItsRollbackEndNoProcessOf512() throws Exception {
    play("rollback", "512m");
  }

  @Test
  void aFullAuditHoldsAFewRecordsAtATime() throws Exception {
    play("audit", "256m");
  }

  private void play(String what, String heap) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag ->
            flag.startsWith("--add-")
                || flag.startsWith("--enable-native-access")
                || flag.startsWith("--sun-misc")
                || flag.startsWith("-XX:+UseCompact"))
        .forEach(command::add);
    command.addAll(List.of("-Xmx" + heap, "-XX:+ExitOnOutOfMemoryError"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(HeapDrill.class.getName(), folder.toString(), what));
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    try {
      assertThat(process.waitFor(10, TimeUnit.MINUTES)).as(Files.readString(output)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(output)).isZero();
      assertThat(Files.readString(output)).contains("whole");
    } finally {
      process.destroyForcibly();
    }
  }
}
