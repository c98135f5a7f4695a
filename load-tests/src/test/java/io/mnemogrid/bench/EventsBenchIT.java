package io.mnemogrid.bench;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.process.MemberProcess;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The benchmark's short form: nothing is lost or doubled, and no client waits for long. */
class EventsBenchIT {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  @Test
  void everyClientGetsEveryEventOnceAndSoon() throws Exception {
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    List<Row> rows =
        EventsBench.measure(
            MemberProcess.packaged(ROOT),
            200,
            20,
            50,
            Duration.ofSeconds(4),
            new PrintStream(printed, true, StandardCharsets.UTF_8));
    String text = printed.toString(StandardCharsets.UTF_8);
    assertThat(rows).hasSize(13);
    assertThat(rows)
        .filteredOn(row -> row.what().startsWith("missing"))
        .hasSize(2)
        .allSatisfy(row -> assertThat(row.value()).as(text).isZero());
    assertThat(rows)
        .filteredOn(row -> row.what().startsWith("p99 of an event"))
        .hasSize(2)
        .allSatisfy(row -> assertThat(row.value()).as(text).isBetween(0.0, 5_000.0));
  }
}
