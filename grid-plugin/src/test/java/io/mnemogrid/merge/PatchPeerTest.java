package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.State;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Random JSON Patches make of random documents what fast-json-patch makes of them in Node. It runs
 * {@code -Dmnemogrid.patches=N} of them, from {@code -Dmnemogrid.patches.from=S}.
 */
class PatchPeerTest {
  private static final Path PEER = Path.of("patches-peer").toAbsolutePath();
  private static final int PATCHES = Integer.getInteger("mnemogrid.patches", 5_000);
  private static final long FROM = Long.getLong("mnemogrid.patches.from", 1);
  private static final int PATCHES_A_DOCUMENT = 20;

  /** Seeds that follow each other begin alike, and would be those of {@link PatchModelTest}. */
  private static final long SCATTERED = 0x9e3779b97f4a7c15L;

  private final Map<String, Integer> reached = new TreeMap<>();

  @Test
  void playsJsonPatchesAsFastJsonPatchDoes() throws IOException {
    if (!Files.isDirectory(PEER.resolve("node_modules/fast-json-patch"))) {
      String message = "the peer is missing: npm ci --ignore-scripts in grid-plugin/patches-peer";
      if ("true".equals(System.getenv("CI"))) {
        fail(message);
      }
      abort(message);
    }
    Process peer =
        new ProcessBuilder("node", "peer.mjs")
            .directory(PEER.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (BufferedWriter questions = peer.outputWriter(StandardCharsets.UTF_8);
        BufferedReader answers = peer.inputReader(StandardCharsets.UTF_8)) {
      for (long seed = FROM; seed < FROM + PATCHES / PATCHES_A_DOCUMENT; seed++) {
        Random random = new Random(seed * SCATTERED);
        Json.Obj document = RandomPatches.object(random, 0);
        List<Json> patches = new ArrayList<>();
        for (int i = 0; i < PATCHES_A_DOCUMENT; i++) {
          patches.add(RandomPatches.steps(random, document));
        }
        questions.write(
            Json.object(Map.of("document", document, "patches", new Json.Arr(patches)))
                .canonical());
        questions.newLine();
        questions.flush();
        String answer = Objects.requireNonNull(answers.readLine(), "the peer has ended");
        check(seed, document, patches, ((Json.Arr) Json.parse(answer)).items());
      }
    } finally {
      peer.destroy();
    }
    System.out.println(PATCHES + " patches reached " + reached);
    assertThat(reached).containsKeys("changed", "unchanged", "test-failed", "patch-failed");
    assertThat(reached.get("changed")).isGreaterThan(PATCHES / 5);
  }

  /**
   * Holds what the resolver makes of each patch against what the peer made.
   *
   * @param expected for each patch the document after it, in an array that is empty where the patch
   *     does not apply
   */
  private void check(long seed, Json.Obj document, List<Json> patches, List<Json> expected) {
    assertThat(expected).hasSameSizeAs(patches);
    State head = Patches.head(document);
    for (int i = 0; i < patches.size(); i++) {
      String what = "seed %d: %s on %s".formatted(seed, patches.get(i), document);
      Delta.Patch patch = Patches.steps(patches.get(i));
      List<Json> theirs = ((Json.Arr) expected.get(i)).items();
      reached.merge(Patches.judge(what, head, patch, theirs.stream().findFirst()), 1, Integer::sum);
    }
  }
}
