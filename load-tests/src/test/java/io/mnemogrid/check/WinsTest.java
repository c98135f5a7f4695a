package io.mnemogrid.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.check.Wins.Win;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A race that went right passes; one that went wrong in any one way does not. */
@NullMarked
class WinsTest {
  private static final int VERSIONS = 5;
  private static final Instant NOW = Instant.parse("2026-02-05T19:00:00Z");

  private final List<Update> log = new ArrayList<>();
  private final List<Win> wins = new ArrayList<>();
  private final Map<Long, String> shown = new HashMap<>();
  private Snapshot head = Snapshot.ofNew(SpaceName.of("race"));

  @BeforeEach
  void race() {
    for (int i = 0; i < VERSIONS; i++) {
      Win win = append("racer-" + i);
      wins.add(win);
      shown.put(win.version(), win.made());
    }
  }

  /** Appends as a committer does; returns what the client is to be told. */
  private Win append(String id) {
    Delta delta =
        new DeltaBuilder(new Author("a"), head.version(), NOW)
            .id(id)
            .set("/a", Json.of(id))
            .build();
    if (!(Resolver.resolve(head.state(), head.version(), delta)
        instanceof Resolution.Accepted accepted)) {
      throw new AssertionError("refused: " + delta);
    }
    String seen = tag(head.head());
    Update update =
        Update.of(
            new Update.Fields(
                head.head().space(),
                head.version() + 1,
                delta.id(),
                delta.author(),
                delta.type(),
                delta.base(),
                delta.timestamp(),
                NOW,
                delta.requestHash(),
                head.head().leafHash(),
                accepted.next().root(),
                accepted.changes(),
                accepted.superseded(),
                accepted.overrode()));
    log.add(update);
    head = head.with(update, accepted.next());
    return new Win(id, seen, head.version(), tag(head.head()));
  }

  private static String tag(LogHead head) {
    return HeadTag.of(head.version(), head.leafHash()).toString();
  }

  private List<String> flaws() {
    return Wins.flaws(log, wins, shown);
  }

  @Test
  void findsNothingInARaceThatWentRight() {
    assertThat(flaws()).isEmpty();
  }

  @Test
  void findsTwoWinnersOfOneVersion() {
    wins.add(new Win("other", wins.get(2).seen(), 3, wins.get(2).made()));
    assertThat(flaws()).anyMatch(flaw -> flaw.startsWith("two were told"));
  }

  @Test
  void findsAVersionThatNobodyWasToldToHaveMade() {
    wins.remove(2);
    assertThat(flaws()).singleElement().asString().startsWith("nobody was told that racer-2");
  }

  @Test
  void findsAWinThatIsNotInTheLog() {
    log.removeLast();
    assertThat(flaws()).anyMatch(flaw -> flaw.startsWith("not in the log: Win[id=racer-4"));
  }

  @Test
  void findsWhoWroteOntoAHeadThatItHadNotSeen() {
    wins.set(3, new Win("racer-3", wins.get(2).seen(), 4, wins.get(3).made()));
    assertThat(flaws()).singleElement().asString().startsWith("told Win[id=racer-3");
  }

  @Test
  void findsWhoWasToldThatItsDeltaStandsWhereAnotherOneStands() {
    wins.set(3, new Win("other", wins.get(3).seen(), 4, wins.get(3).made()));
    assertThat(flaws()).singleElement().asString().startsWith("told Win[id=other");
  }

  @Test
  void findsATagThatNoVersionHas() {
    shown.put(2L, "2.0000000000000000");
    assertThat(flaws()).singleElement().asString().startsWith("an answer named 2.0000");
  }

  @Test
  void findsAGapInTheLog() {
    log.remove(2);
    assertThat(flaws()).anyMatch(flaw -> flaw.startsWith("after version 2 the log has"));
  }

  @Test
  void tellsHowManyMoreThereAre() {
    for (int i = 0; i < 30; i++) {
      wins.add(new Win("late-" + i, "9.0000000000000000", 100 + i, "100.0000000000000000"));
    }
    assertThat(flaws()).hasSize(21).endsWith("and 10 more");
  }
}
