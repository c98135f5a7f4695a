package io.mnemogrid.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The benchmark's short form: both sides make and check proofs, and every figure is printed. */
class ProofsBenchIT {
  private static final Path PEER = Path.of("proofs-peer").toAbsolutePath();

  @Test
  void printsEveryFigureBesideThePeer() throws IOException {
    if (!ProofsPeer.isInstalled(PEER)) {
      String message = "the peer is missing: npm ci --ignore-scripts in load-tests/proofs-peer";
      if ("true".equals(System.getenv("CI"))) {
        fail(message);
      }
      abort(message);
    }
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    List<Row> rows =
        ProofsBench.measure(
            PEER,
            List.of(1_000, 10_000),
            5,
            new PrintStream(printed, true, StandardCharsets.UTF_8));
    String text = printed.toString(StandardCharsets.UTF_8);
    assertThat(rows).hasSize(18).allSatisfy(row -> assertThat(row.value()).isPositive());
    for (String leaves : List.of("1,000 leaves", "10,000 leaves")) {
      for (String what : List.of("update + root", "proof made", "proof checked")) {
        assertThat(text).contains(what + ", " + leaves);
      }
      assertThat(rows)
          .filteredOn(row -> row.what().endsWith(leaves) && row.what().startsWith("bundle"))
          .extracting(Row::value)
          .allSatisfy(bytes -> assertThat(bytes).isBetween(1_000.0, 6_144.0));
      assertThat(rows)
          .filteredOn(row -> row.what().endsWith(leaves))
          .filteredOn(row -> row.beside().startsWith(ProofsPeer.NAME))
          .hasSize(3);
    }
  }
}
