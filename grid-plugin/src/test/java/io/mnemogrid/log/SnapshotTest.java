package io.mnemogrid.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.proof.Frontier;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SnapshotTest {
  @Test
  void readsBackWhatItWrites() {
    for (Snapshot snapshot : List.of(Snapshot.ofNew(Records.SPACE), Records.history())) {
      Snapshot read = Snapshot.parse(snapshot.toText());
      assertThat(read.toText()).isEqualTo(snapshot.toText());
      assertThat(read.head()).isEqualTo(snapshot.head());
      assertThat(read.frontier()).isEqualTo(snapshot.frontier());
      assertThat(read.logRoot()).isEqualTo(snapshot.logRoot());
      assertThat(read.state().document()).isEqualTo(snapshot.state().document());
      assertThat(read.state().tombstones()).isEqualTo(snapshot.state().tombstones());
      assertThat(read.state().leaves()).isEqualTo(snapshot.state().leaves());
    }
  }

  @Test
  void goesOnFromWhatItRead() {
    Snapshot head = Records.history();
    Update update = Records.following(head, Records.adding("/c", "\"again\""));
    assertThat(Snapshot.parse(head.toText()).plus(update).toText())
        .isEqualTo(head.plus(update).toText());
    assertThat(head.plus(update).state().tombstones()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "`[\"/a/b\",`, `[\"/a/c\",`",
        "`4,1e-7]`, `4,2e-7]`",
        "`4,1e-7]`, `4,null]`",
        "`4,1e-7]]`, `4,1e-7],[\"/x\",\"2026-02-05T19:00:50.000Z\",\"bot-a\",4,1]]`",
        "`4,1e-7]]`, `4,1e-7],[\"/n\",\"2026-02-05T19:00:50.000Z\",\"bot-a\",4,1e-7]]`",
        "`4,1e-7]]`, `4,1e-7],[\"/n/x\",\"2026-02-05T19:00:50.000Z\",\"bot-a\",4,1e-7]]`",
        "`\"root\":\"0x`, `\"root\":\"0x#`"
      })
  void stopsAtATamperedSnapshot(String from, String to) {
    String text = Records.history().toText();
    String spoiled =
        to.endsWith("#")
            ? text.replaceFirst("(\"root\":\"0x)[0-9a-f]{2}", "$1ee")
            : text.replace(from, to);
    assertThat(spoiled).isNotEqualTo(text);
    assertThatThrownBy(() -> Snapshot.parse(spoiled)).isInstanceOf(BrokenHistory.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{}", "[]", "null", "{\"version\":0}"})
  void refusesWhatIsNoSnapshot(String text) {
    assertThatThrownBy(() -> Snapshot.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesAnotherFormat() {
    String text = Records.history().toText();
    String current = "\"format\":" + Snapshot.FORMAT;
    assertThat(text).contains(current);
    for (String other : List.of("\"format\":1", "\"format\":3", "\"fewer\":2")) {
      String sorted = text.replace(current, other);
      assertThatThrownBy(() -> Snapshot.parse(sorted))
          .isInstanceOf(JsonException.class)
          .hasMessageContaining("a snapshot of format ");
    }
  }

  @Test
  void refusesTextThatIsNotCanonicalOrTruncated() {
    String text = Records.history().toText();
    assertThatThrownBy(() -> Snapshot.parse(text + "\n"))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Snapshot.parse(text.substring(0, text.length() - 1)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Snapshot.parse(text.replace("\"version\":4}", "\"version\":5}")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void takesOnlyTheRecordThatFollows() {
    Snapshot head = Records.history();
    Update next = Records.following(head, Records.adding("/x", "1"));
    assertThat(head.plus(next).version()).isEqualTo(5);
    assertThat(head.plus(next).head().leafHash()).isEqualTo(next.leafHash());
    assertThat(head.plus(next).head().committed()).isEqualTo(next.fields().committed());
    assertBroken(head.plus(next), next);
    assertBroken(Snapshot.ofNew(Records.SPACE), next);
    assertBroken(new Snapshot(head.head(), State.EMPTY, head.frontier()), next);
    assertBroken(head, withRoot(next, Hash.ZERO));
    Snapshot elsewhere =
        new Snapshot(
            new LogHead(
                new SpaceName("other"),
                head.version(),
                head.head().root(),
                head.head().leafHash(),
                head.head().committed()),
            head.state(),
            head.frontier());
    assertBroken(elsewhere, next);
    Snapshot otherHistory =
        new Snapshot(
            new LogHead(
                Records.SPACE,
                head.version(),
                head.head().root(),
                Hash.ZERO,
                head.head().committed()),
            head.state(),
            head.frontier());
    assertBroken(otherHistory, next);
  }

  @Test
  void stopsAtChangesThatDoNotFitEvenWhenTheRootDoes() {
    Snapshot head = Records.history();
    // "added" where a leaf stands: the document and its root would come out right
    State replaced =
        head.state()
            .apply(
                new Changes(
                    List.of(),
                    List.of(),
                    List.of(
                        new Changes.Modified(Pointer.parse("/n"), Json.of(2), Json.parse("1e-7")))),
                Records.TIME,
                Records.AUTHOR,
                5);
    Update lie = Update.of(Records.fields(head, Records.adding("/n", "2"), replaced.root()));
    assertBroken(head, lie);
  }

  @Test
  void holdsAsManyRecordsAsItsVersion() {
    LogHead head = LogHead.ofNew(Records.SPACE);
    assertThatThrownBy(() -> new Snapshot(head, State.EMPTY, Frontier.EMPTY.plus(Hash.ZERO)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private static Update withRoot(Update update, Hash root) {
    Json.Obj object = Json.parseObject(update.text());
    return Update.parse(object.with("root", Json.of(root.toString())).canonical());
  }

  private static void assertBroken(Snapshot head, Update update) {
    assertThatThrownBy(() -> head.plus(update))
        .isInstanceOf(BrokenHistory.class)
        .hasMessageContaining("version " + (head.version() + 1));
  }
}
