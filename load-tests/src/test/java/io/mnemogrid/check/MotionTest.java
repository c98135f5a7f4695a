package io.mnemogrid.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import io.mnemogrid.store.StoreRows;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What moves passes; what stands still in any one way does not, however whole the log is. */
@NullMarked
class MotionTest {
  private static final Vitals WELL =
      new Vitals(12, Duration.ofSeconds(2), 40, Duration.ofSeconds(4), List.of());

  private final Verdict verdict = new Verdict();

  private void judge(Vitals vitals, Duration excused) {
    Motion.judge(new Motion.Moment("after 3 stop m1", vitals, excused), verdict);
  }

  private void assertOnly(Flaw flaw, String... words) {
    assertThat(verdict.sentences(flaw)).singleElement().asString().contains(words);
    assertThat(verdict.sentencesBut(flaw)).isEmpty();
    assertThat(verdict.isClean()).isFalse();
    assertThat(verdict.summary()).isEqualTo("1 " + flaw.title());
  }

  @Test
  void passesWhatMoves() {
    judge(WELL, Duration.ZERO);
    judge(
        new Vitals(900, Duration.ofSeconds(30), 1, Duration.ofSeconds(30), List.of()),
        Duration.ZERO);
    Motion.judge(List.of(), verdict);
    Motion.judge(closes(2000, 2000, 2900), verdict);
    Motion.judge(new LogLines("bot0", 15, 5, 400), Duration.ofMinutes(2), verdict);
    assertThat(verdict.isClean()).as(verdict.toString()).isTrue();
  }

  @Test
  void flagsAnAuditThatStandsStill() {
    judge(
        new Vitals(64_000, Duration.ofSeconds(480), 40, Duration.ofSeconds(4), List.of()),
        Duration.ofSeconds(12));
    assertOnly(Flaw.AUDIT, "after 3 stop m1", "480.0 s", "64000 updates", "42 s");
  }

  @Test
  void flagsWhatTheAuditFound() {
    judge(
        new Vitals(0, Duration.ZERO, 40, Duration.ofSeconds(4), List.of("alpha: roots differ")),
        Duration.ofMinutes(9));
    assertOnly(Flaw.AUDIT, "alpha: roots differ");
  }

  @Test
  void flagsCheckpointsThatStandStill() {
    judge(new Vitals(0, Duration.ZERO, 7, Duration.ofSeconds(31), List.of()), Duration.ZERO);
    assertOnly(Flaw.CHECKPOINTS, "number 7", "31.0 s");
  }

  @Test
  void passesAChainThatGetsAllHeadersAgainAndNotOneThatStopsMidway() {
    Vitals refilling = new Vitals(0, Duration.ZERO, 29, Duration.ofSeconds(550), List.of());
    Motion.judge(new Motion.Moment("after 1", refilling, Duration.ZERO, 246, 246), verdict);
    Motion.judge(new Motion.Moment("after 2", refilling, Duration.ZERO, 12, 246), verdict);
    assertThat(verdict.isClean()).as(verdict.toString()).isTrue();
    Motion.judge(new Motion.Moment("after 3", refilling, Duration.ZERO, 29, 246), verdict);
    assertOnly(Flaw.CHECKPOINTS, "after 3", "number 29", "550.0 s");
  }

  @Test
  void flagsAnEmptiedChainThatGetsNothing() {
    Vitals empty = new Vitals(0, Duration.ZERO, 0, Duration.ofSeconds(550), List.of());
    Motion.judge(new Motion.Moment("after 1", empty, Duration.ZERO, 246, 246), verdict);
    assertOnly(Flaw.CHECKPOINTS, "number 0");
  }

  @Test
  void countsTheFaultItselfForNeither() {
    Vitals late = new Vitals(99, Duration.ofSeconds(50), 7, Duration.ofSeconds(50), List.of());
    judge(late, Duration.ofSeconds(20));
    assertThat(verdict.isClean()).as(verdict.toString()).isTrue();
    judge(late, Duration.ofSeconds(19));
    assertThat(verdict.count(Flaw.AUDIT)).isOne();
    assertThat(verdict.count(Flaw.CHECKPOINTS)).isOne();
  }

  private static List<Motion.Close> closes(int... millis) {
    return IntStream.range(0, millis.length)
        .mapToObj(i -> new Motion.Close("m" + i, Duration.ofMillis(millis[i])))
        .toList();
  }

  @Test
  void flagsASlowClose() {
    Motion.judge(closes(400, 400, 10_040), verdict);
    assertOnly(Flaw.CLOSES, "m2 took 10.04 s");
  }

  @Test
  void flagsClosesThatAreAllALittleSlow() {
    List<Motion.Close> slow = closes(2010, 400, 2020, 2900, 300);
    Motion.judge(slow, verdict);
    assertOnly(Flaw.CLOSES, "the median of 5 closes is 2.01 s, 2 s are permitted");
    assertThat(Motion.line(slow)).isEqualTo("5 closes: median 2.01 s, slowest 2.90 s");
    assertThat(Motion.line(List.of())).isEqualTo("no member was asked to end");
  }

  @Test
  void flagsABotThatIsNotQuiet() {
    Motion.judge(new LogLines("bot0", 0, 228, 5016), Duration.ofMinutes(8), verdict);
    assertOnly(Flaw.LOGS, "bot0", "228 errors", "8.0 minutes");
  }

  @Test
  void countsEntriesOfALogAndTheLinesBelowThem() {
    List<String> log =
        List.of(
            "2026-11-29T00:33:18.120Z WARN  i.m.grid.GridNode m1 left the grid",
            "2026-11-29T00:33:18.121Z INFO  i.m.grid.GridNode m1 joined",
            "a line that belongs to it",
            "00:33:18.122 ERROR i.m.job.AuditJob - the audit job cannot be supervised now",
            "java.lang.IllegalStateException: The Jet engine is disabled",
            "\tat com.hazelcast.jet.impl.JetInstanceImpl.getJob(JetInstanceImpl.java:1)");
    assertThat(LogLines.of("m0", log.iterator())).isEqualTo(new LogLines("m0", 1, 1, 4));
    assertThat(LogLines.in("m0", Path.of("/nonexistent"))).isEqualTo(new LogLines("m0", 0, 0, 0));
  }

  @Test
  void namesClosingMembersAndNotLostConnections() {
    assertThat(
            List.of(
                "this member is closing",
                "the committer stopped: java.lang.NoClassDefFoundError: X",
                "Hazelcast is shutting down"))
        .allMatch(Closing::isNamed);
    assertThat(
            List.of(
                "the store could not be reached: connection closed",
                "no member that commits answered in time"))
        .noneMatch(Closing::isNamed);
  }

  @Test
  void readsFromTheStoreHowFarTheAuditIsBehind(@TempDir Path folder) {
    SpaceName alpha = SpaceName.of("alpha");
    Path file = folder.resolve("mnemogrid.db");
    try (SqliteStore store = SqliteStore.open(file);
        StoreRows rows = StoreRows.ofSqlite(file)) {
      store.log().create(alpha, "{}");
      assertThat(Vitals.read(rows).unaudited()).isZero();
      Snapshot head = Snapshot.ofNew(alpha);
      for (int i = 0; i < 5; i++) {
        Instant when = Instant.parse("2026-02-05T19:00:00Z");
        Update update =
            PlainMapIT.resolve(
                head,
                new DeltaBuilder(new Author("a"), head.version(), when)
                    .id("u" + i)
                    .set("/k", Json.of(i))
                    .build());
        store.log().append(List.of(new UpdateLog.Batch(head.head(), List.of(update))));
        head = head.plus(update);
      }
      Vitals never = Vitals.read(rows);
      assertThat(never.unaudited()).isEqualTo(5);
      assertThat(never.auditAge()).isGreaterThan(Duration.ofDays(1)); // its time is of February
      assertThat(never.checkpoint()).isZero();
      assertThat(never.checkpointAge()).isEqualTo(never.auditAge());
      assertThat(Vitals.isAllFinal(rows)).isFalse();

      store
          .audited()
          .publish(
              new AuditedHead(
                  new Head(alpha, 5, head.head().root(), head.logRoot()),
                  head.head().leafHash(),
                  new ContentAddress(Hash.ZERO),
                  5,
                  head.head().committed(),
                  store.log().now(),
                  null));
      Vitals audited = Vitals.read(rows);
      assertThat(audited.unaudited()).isZero();
      assertThat(audited.auditAge()).isLessThan(Duration.ofSeconds(1));
      assertThat(Vitals.isAllFinal(rows)).isFalse(); // no checkpoint has it
    }
  }
}
