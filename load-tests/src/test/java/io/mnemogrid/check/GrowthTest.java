package io.mnemogrid.check;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.mnemogrid.check.Growth.Line;
import io.mnemogrid.check.Growth.Series;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;

/** What levels off keeps to its line, what leaks does not, whatever else it does. */
@NullMarked
class GrowthTest {
  private static final int SAMPLES = 60;
  private static final int COMMITS = 1000; // between two samples

  private static List<Long> commits(int samples) {
    return IntStream.range(0, samples).mapToObj(i -> 50_000L + (long) i * COMMITS).toList();
  }

  private static Optional<String> judge(Line line, IntToDoubleFunction value) {
    List<Double> values = IntStream.range(0, SAMPLES).mapToDouble(value).boxed().toList();
    return Growth.judge(new Series("it", "MiB", line, values), commits(SAMPLES));
  }

  private static double fills(int i, double full) {
    return full * (1 - Math.exp(-i / 6.0));
  }

  @Test
  void passesWhatFillsAndLevelsOff() {
    Random random = new Random(7);
    assertThat(judge(new Line.Level(4), i -> 40 + fills(i, 100))).isEmpty();
    assertThat(judge(new Line.ByCommit(8, 3), i -> 60 + fills(i, 30) + random.nextDouble()))
        .isEmpty();
    assertThat(judge(new Line.Steady(), i -> 30 + i * 0.5)).isEmpty();
  }

  @Test
  void passesASaw() {
    assertThat(judge(new Line.Level(1), i -> 3 + i % 7)).isEmpty();
    assertThat(judge(new Line.Level(1), i -> i % 19)).isEmpty();
  }

  @Test
  void flagsALeakThatBeginsWithTheRun() {
    assertThat(judge(new Line.Level(4), i -> 2.0 * i)).get().asString().contains("it grew from");
  }

  @Test
  void flagsALeakBelowASaw() {
    assertThat(judge(new Line.Level(1), i -> i % 7 + i)).isPresent();
  }

  /** 200 bytes a commit, which is one tombstone that nobody takes out, above 200 MiB of base. */
  @Test
  void flagsATombstoneACommitAboveALargeHeap() {
    Random random = new Random(7);
    assertThat(
            judge(
                new Line.ByCommit(8, 3),
                i -> 200 + 200.0 * i * COMMITS / (1 << 20) + random.nextDouble()))
        .get()
        .asString()
        .contains("over 20000 commits", "bytes a commit, 8 are permitted");
  }

  @Test
  void flagsRecordsThatGrowLargerAndLarger() {
    assertThat(judge(new Line.Steady(), i -> 30 + i * i * 0.01))
        .get()
        .asString()
        .contains("a commit in the last third");
  }

  /** What does not grow because nobody writes any more has shown nothing. */
  @Test
  void flagsWritersThatCameToAStandstill() {
    assertThat(Growth.judgeWork(commits(SAMPLES))).isEmpty();
    List<Long> stopped = new ArrayList<>(commits(SAMPLES));
    for (int i = 2 * SAMPLES / 3; i < SAMPLES; i++) {
      stopped.set(i, stopped.get(2 * SAMPLES / 3));
    }
    assertThat(Growth.judgeWork(stopped)).get().asString().startsWith("0 commits in the last");
    assertThat(Growth.judgeWork(Collections.nCopies(SAMPLES, 7L))).isPresent();
  }

  @Test
  void judgesNothingByAFewSamples() {
    Series few = new Series("it", "MiB", new Line.Level(1), List.of(1.0, 2.0, 3.0));
    assertThatIllegalArgumentException().isThrownBy(() -> Growth.judge(few, commits(3)));
  }

  @Test
  void drawsEachSeries() {
    Series one = new Series("threads", "", new Line.Level(1), List.of(1.0, 2.0));
    assertThat(Growth.svg(List.of(one, one), List.of(0.0, 3.0)))
        .contains("threads, at most 2.0", "<polyline")
        .endsWith("</svg>\n");
    assertThat(Growth.csv(List.of(one), List.of(0.0, 3.0), List.of(5L, 9L)))
        .isEqualTo("seconds,commits,threads\n0.0,5,1.00\n3.0,9,2.00\n");
  }

  @Test
  void saysWhatACommitAndACheckpointLeaveInTheStore() {
    Series store = new Series("store", "MiB", new Line.Steady(), List.of(3.0, 9.0, 5.0));
    Series blobs = new Series("blobs", "MiB", new Line.Level(2), List.of(1.0, 0.5, 1.5));
    Series checkpoints = new Series("checkpoints", "", new Line.Shown(), List.of(2.0, 3.0, 6.0));
    assertThat(Growth.kept(store, blobs, checkpoints, List.of(10L, 500L, 1034L)))
        .isEqualTo(
            "the store grew by 2048 bytes a commit; its blobs by 512.0 bytes a commit, 131072 a"
                + " checkpoint (4 checkpoints)");
    assertThat(
            Growth.kept(
                store,
                blobs,
                new Series("checkpoints", "", new Line.Shown(), List.of(2.0, 2.0, 2.0)),
                List.of(10L, 10L, 10L)))
        .contains("(0 checkpoints)");
  }
}
