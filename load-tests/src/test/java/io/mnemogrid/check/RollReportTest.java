package io.mnemogrid.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.check.RollEvent.Kind;
import io.mnemogrid.check.RollReport.Turn;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A rolling restart that nobody notices passes, one that anybody notices in any one way does not.
 */
@NullMarked
class RollReportTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();
  private static final long TENTH = SECOND / 10;

  private static final List<String> SPACES = List.of("alpha", "beta");

  private final List<Turn> turns = new ArrayList<>();
  private final List<RollEvent> events = new ArrayList<>();
  private final Verdict verdict = new Verdict();
  private List<String> table = List.of();

  /**
   * A kill and three rounds of ten seconds each; both spaces acknowledge each tenth of a second.
   */
  private void play() {
    for (int i = 0; i < 4; i++) {
      turns.add(
          new Turn(i, "m" + i % 3, i * 10 * SECOND, (i + 1) * 10 * SECOND, Duration.ofMillis(900)));
    }
    for (int i = 0; i < 400; i++) {
      acknowledged("alpha", i * TENTH);
      acknowledged("beta", i * TENTH);
    }
  }

  private void acknowledged(String space, long at) {
    long version = 1 + events.stream().filter(event -> event.space().equals(space)).count();
    events.add(new RollEvent(Kind.ACKNOWLEDGED, space, at, TENTH, version, space + "-" + version));
  }

  /** Nothing is acknowledged in a space from one second on, for so many tenths. */
  private void silence(String space, int second, int tenths) {
    events.removeIf(event ->
        event.space().equals(space)
            && event.atNanos() > second * SECOND
            && event.atNanos() < second * SECOND + tenths * TENTH);
  }

  private void judge() {
    table = RollReport.of(SPACES, turns, events, verdict);
  }

  private void assertOnly(Flaw flaw, String... words) {
    assertThat(verdict.sentences(flaw)).singleElement().asString().contains(words);
    assertThat(verdict.sentencesBut(flaw)).isEmpty();
  }

  @Test
  void passesWhatNobodyNotices() {
    play();
    silence("alpha", 3, 5); // the kill
    silence("beta", 12, 9);
    events.add(new RollEvent(Kind.NO_ANSWER, "alpha", 14 * SECOND, TENTH, 0, ""));
    events.add(new RollEvent(Kind.UNKNOWN, "alpha", 14 * SECOND, TENTH, 0, "later"));
    judge();
    assertThat(verdict.isClean()).as(verdict.toString()).isTrue();
    assertThat(table).hasSize(6);
    assertThat(table.get(1)).contains("kill -9 of m0", "0.50");
    assertThat(table.get(2)).contains("round 1", "0.90");
    assertThat(table.getLast()).isEqualTo("3 closes: median 0.90 s, slowest 0.90 s");
  }

  @Test
  void flagsAMedianAboveASecond() {
    play();
    silence("alpha", 3, 20);
    silence("beta", 12, 12);
    silence("beta", 22, 12);
    judge();
    assertOnly(Flaw.GAPS, "median of 3 rounds is 1.20 s");
  }

  @Test
  void flagsAGapInOneSpaceThatIsLongerThanTwiceTheOneAfterAKill() {
    play();
    silence("alpha", 3, 5);
    silence("beta", 22, 11);
    judge();
    assertOnly(Flaw.GAPS, "longest of all rounds is 1.10 s", "0.50 s");
  }

  @Test
  void flagsASpaceThatIsSilentToTheEnd() {
    play();
    silence("alpha", 38, 1000);
    silence("beta", 38, 1000);
    judge();
    assertThat(verdict.sentences(Flaw.GAPS)).singleElement().asString().contains("2.00 s");
  }

  @Test
  void flagsASpaceInWhichNothingWasEverAcknowledged() {
    play();
    events.removeIf(event -> event.space().equals("beta"));
    judge();
    assertThat(verdict.sentences(Flaw.GAPS)).anyMatch(flaw -> flaw.contains("is 10.00 s"));
  }

  @Test
  void flagsWhatWasNotAppliedAndWhatWasRefused() {
    play();
    events.add(
        new RollEvent(Kind.NOT_APPLIED, "beta", 13 * SECOND, TENTH, 0, "this member is closing"));
    judge();
    assertOnly(Flaw.ANSWERS, "not applied in beta, at a restart of m1: this member is closing");
    events.clear();
    play();
    events.add(new RollEvent(Kind.REFUSED, "beta", 3 * SECOND, TENTH, 0, "503"));
    Verdict other = new Verdict();
    RollReport.of(SPACES, turns, events, other);
    assertThat(other.sentences()).anyMatch(flaw -> flaw.contains("refused in beta, at a kill of"));
  }

  @Test
  void flagsASlowClose() {
    play();
    turns.add(new Turn(4, "m1", 39 * SECOND, 40 * SECOND, Duration.ofMillis(10_100)));
    judge();
    assertOnly(Flaw.CLOSES, "m1 took 10.10 s");
  }

  @Test
  void flagsClosesThatAreAllALittleSlow() {
    play();
    turns.replaceAll(turn ->
        new Turn(
            turn.round(),
            turn.member(),
            turn.fromNanos(),
            turn.toNanos(),
            turn.round() == 0 ? Duration.ZERO : Duration.ofMillis(2100)));
    judge();
    assertOnly(Flaw.CLOSES, "the median of 3 closes is 2.10 s, 2 s are permitted");
  }

  @Test
  void holdsTheLogAgainstTheAnswers() {
    acknowledged("alpha", 1);
    acknowledged("alpha", 2);
    RollReport.checkLog(events, Map.of("alpha", List.of("alpha-1", "alpha-2", "other")), verdict);
    assertThat(verdict.isClean()).isTrue();
    RollReport.checkLog(events, Map.of("alpha", List.of("alpha-1", "alpha-1")), verdict);
    assertThat(verdict.count(Flaw.LOST)).isOne();
    assertThat(verdict.count(Flaw.TWICE)).isOne();
    RollReport.checkLog(events, Map.of("alpha", List.of("alpha-1")), verdict);
    assertThat(verdict.count(Flaw.LOST)).isEqualTo(2);
  }

  @Test
  void readsAJournalThatAKillHasCut(@TempDir Path folder) throws IOException {
    RollEvent first = new RollEvent(Kind.UNKNOWN, "beta", 7, 3, 0, "nobody knows yet");
    RollEvent second = new RollEvent(Kind.ACKNOWLEDGED, "beta", 9, 5, 12, "bot-1");
    Path journal = folder.resolve("journal");
    Files.writeString(journal, first.line() + "\n" + second.line() + "\nACKNOWLEDGED be");
    assertThat(RollEvent.read(journal)).containsExactly(first, second);
  }
}
