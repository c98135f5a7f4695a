package io.mnemogrid.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Bundles that the server's verifier has judged, where its tests left some. */
class CorpusTest {
  private static final Path BUNDLES =
      Path.of(
          System.getProperty(
              "mnemogrid.bundles.file", "../../../grid-plugin/target/bundles.jsonl"));

  @Test
  void namesTheStepThatOthersName() throws IOException {
    if ("true".equals(System.getenv("CI"))) {
      assertThat(BUNDLES).as("grid-plugin's tests write it").exists();
    }
    assumeThat(BUNDLES).as("grid-plugin's tests write it").exists();
    Set<String> seen = new TreeSet<>();
    try (Stream<String> lines = Files.lines(BUNDLES)) {
      lines.forEach(line -> {
        Shape judged = Shape.of(Json.parse(line));
        String bundle = judged.member("bundle").string();
        Verdict verdict = Bundles.verify(bundle, judged.member("checkpoint").hash());
        String answer =
            verdict instanceof Verdict.Fails fails
                ? fails.check().toString()
                : verdict instanceof Verdict.Holds ? "holds" : "unreadable";
        String there = judged.member("holds").bool() ? "holds" : judged.member("answer").string();
        assertThat(answer).as("%s of %s", verdict, line).isEqualTo(there);
        if (verdict instanceof Verdict.Holds holds
            && holds.claim() instanceof Verdict.Claim.Recorded recorded) {
          assertThat(recorded.isAuthorProven())
              .isEqualTo(Json.parse(bundle).member("author").isPresent());
        }
        seen.add(answer);
      });
    }
    assertThat(seen).hasSize(Verdict.Check.values().length + 2);
  }
}
