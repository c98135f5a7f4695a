package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** {@code ./mnemogrid checkpoint-test} plays a thousand. */
@NullMarked
class CheckpointDrillIT {
  private static final int CHECKPOINTS = 40;
  private static final int KILLS_EVERY = 10;
  private static final Path VERIFIER = Drills.ROOT.resolve("micronaut-api/verifier");

  private final Path folder = Drills.folder("checkpoints");

  @Test
  void fortyCheckpointsThroughThreeKillsAreWhatTheLogsGive() throws IOException {
    if (!Files.exists(VERIFIER.resolve("dist/index.js"))) {
      Drills.missing("the verifier is not built: run npm run build in micronaut-api/verifier");
    }
    CheckpointDrill.Parts parts =
        new CheckpointDrill.Parts(Drills.member(), Drills.anvil(), VERIFIER, folder);
    CheckpointDrill.Plan plan =
        new CheckpointDrill.Plan(CHECKPOINTS, KILLS_EVERY, System.nanoTime() % 1_000_000);
    CheckpointDrill.Outcome outcome = CheckpointDrill.play(parts, plan, System.out);
    CheckpointDrill.printTimes(outcome, System.out);

    assertThat(outcome.flaws()).isEmpty();
    assertThat(outcome.checkpoints()).isGreaterThanOrEqualTo(CHECKPOINTS);
    assertThat(outcome.gaps()).hasSize(CHECKPOINTS / KILLS_EVERY - 1);
    assertThat(CheckpointDrill.quantile(outcome.gaps(), 1))
        .as("the longest time without checkpoints after a kill")
        .isLessThanOrEqualTo(CheckpointDrill.GOAL);

    findsOneChangedRecord(outcome.recomputation());
    findsOneChangedHash(outcome.recomputation());
    findsAnAuthorThatIsAnother(outcome.recomputation());
  }

  /** The same data, spoiled in one place: a recomputation that cannot fail would show nothing. */
  private void findsOneChangedRecord(Recomputation recomputation) throws IOException {
    Path beta = recomputation.exports().get(1);
    List<String> lines = new ArrayList<>(Files.readAllLines(beta));
    int version = lines.size() / 2; // line 0 is the header
    lines.set(version, lines.get(version).replace("\"author\":\"bot-", "\"author\":\"not-"));
    List<Path> exports = new ArrayList<>(recomputation.exports());
    exports.set(1, Files.write(folder.resolve("beta-spoiled.jsonl"), lines));
    Recomputation.Verdict verdict = recomputation.run(recomputation.checkpoints(), exports);
    assertThat(verdict.exitCode()).as(verdict.said()).isEqualTo(7);
    assertThat(verdict.said())
        .matches("differs: checkpoint \\d+, space beta: the exported log, version \\d+: .*");
    System.out.println("  one record changed: " + verdict.said());
  }

  private void findsOneChangedHash(Recomputation recomputation) throws IOException {
    // The last: under any other number the manifest of the next would already name another one.
    List<String> lines = new ArrayList<>(Files.readAllLines(recomputation.checkpoints()));
    String last = lines.removeLast();
    int at = last.indexOf("\"hash\":\"0x") + "\"hash\":\"0x".length();
    char digit = last.charAt(at) == 'f' ? '0' : 'f';
    lines.add(last.substring(0, at) + digit + last.substring(at + 1));
    finds(recomputation, lines, lines.size());
  }

  private void findsAnAuthorThatIsAnother(Recomputation recomputation) throws IOException {
    List<String> lines = new ArrayList<>(Files.readAllLines(recomputation.checkpoints()));
    int number = lines.size() / 2;
    String line = lines.get(number - 1);
    lines.set(number - 1, line.replaceFirst("\"author\":\"0x.", "\"author\":\"0x0"));
    finds(recomputation, lines, number);
  }

  private void finds(Recomputation recomputation, List<String> lines, int number)
      throws IOException {
    Path spoiled = Files.write(folder.resolve("checkpoints-spoiled.jsonl"), lines);
    Recomputation.Verdict verdict = recomputation.run(spoiled, recomputation.exports());
    assertThat(verdict.exitCode()).as(verdict.said()).isEqualTo(7);
    assertThat(verdict.said()).startsWith("differs: checkpoint " + number + ": recomputed 0x");
    System.out.println("  one word of the chain changed: " + verdict.said());
  }
}
