package io.mnemogrid.laws;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.state.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Random schedules end with one root in Java and in TypeScript, which share no code. */
class SecondImplementationIT {
  private static final Path VERIFIER = Path.of("../micronaut-api/verifier").toAbsolutePath();
  private static final int SCHEDULES = 10_000;

  @TempDir
  @SuppressWarnings("NullAway.Init") // JUnit sets it
  Path folder;

  @Test
  void tenThousandSchedulesEndAlike() throws Exception {
    List<Laws.Played> played = Laws.played(1_000_001, SCHEDULES);
    Path lines = folder.resolve("schedules.jsonl");
    Files.write(lines, played.stream().map(Laws.Played::line).toList());
    Path answers = folder.resolve("roots.jsonl");
    Process node =
        new ProcessBuilder("node", VERIFIER.resolve("bin/collective.mjs").toString())
            .redirectInput(lines.toFile())
            .redirectOutput(answers.toFile())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    boolean ended = node.waitFor(5, TimeUnit.MINUTES);
    node.destroyForcibly();
    assertThat(ended).isTrue();
    assertThat(node.exitValue()).isZero();
    List<String> told = Files.readAllLines(answers);
    assertThat(told).hasSize(SCHEDULES);
    List<String> unlike = new ArrayList<>();
    int replicas = 0;
    for (int i = 0; i < SCHEDULES; i++) {
      Json roots = Json.parseObject(told.get(i)).get("roots");
      Json ours = Json.ofStrings(played.get(i).roots());
      replicas += played.get(i).roots().size();
      if (!ours.equals(roots)) {
        unlike.add("seed " + (1_000_001 + i) + ": " + told.get(i) + ", not " + ours.canonical());
      }
    }
    assertThat(unlike).isEmpty();
    assertThat(replicas).isGreaterThan(2 * SCHEDULES);
  }
}
