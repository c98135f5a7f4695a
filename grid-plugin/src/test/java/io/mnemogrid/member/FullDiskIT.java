package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.SmallDisk;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A real disk that is full, SQLite's. */
class FullDiskIT {
  @TempDir Path folder;

  @Test
  void saysThatTheDiskIsFullAndGoesOnByItselfWhenThereIsRoom() throws Exception {
    SmallDisk.Said said =
        SmallDisk.run(Files.createDirectory(folder.resolve("disk")), "7m", FullDisk.class);
    assertThat(said.lines())
        .anyMatch(line -> line.matches("full: NotApplied after 1?\\d{1,3} ms: .*disk full.*"))
        .anyMatch(line -> line.startsWith("full: ready=false DOWN disk full: "))
        .anyMatch(line -> line.startsWith("again: ready=true UP "))
        .anyMatch(line -> line.matches("kept: (\\d+) of \\1"));
    assertThat(said.exit()).isZero();
  }
}
