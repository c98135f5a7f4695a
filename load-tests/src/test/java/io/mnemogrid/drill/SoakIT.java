package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** The short form of {@code ./mnemogrid soak}. */
@NullMarked
class SoakIT {
  @Test
  void nothingGrowsWhileKeysComeAndGo() throws IOException {
    Path folder = Drills.folder("soak");
    assertThat(Soak.play(Drills.member(), folder, Duration.ofMinutes(1), System.out)).isEmpty();
    assertThat(folder.resolve("soak.svg")).isNotEmptyFile();
    assertThat(folder.resolve("soak.csv")).isNotEmptyFile();
  }
}
