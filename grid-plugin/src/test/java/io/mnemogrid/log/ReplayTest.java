package io.mnemogrid.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReplayTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final int MANY = 2 * Replay.COMPARED_EVERY + 300;
  private static final Batch HISTORY = new Scribe(SPACE).batch("u", MANY);

  /** The history with the root of one record replaced, and all after it chained anew. */
  private static List<Update> withAnotherRootAt(int version) {
    List<Update> updates = new ArrayList<>(HISTORY.updates().subList(0, version - 1));
    for (Update update : HISTORY.updates().subList(version - 1, MANY)) {
      Hash previous = updates.isEmpty() ? Hash.ZERO : updates.getLast().leafHash();
      Json.Obj record =
          Json.parseObject(update.text()).with("previous", Json.of(previous.toString()));
      if (update.version() == version) {
        record = record.with("root", Json.of(Hash.sha256("another").toString()));
      }
      updates.add(Update.parse(record.canonical()));
    }
    return updates;
  }

  private static Snapshot follow(List<Update> updates) {
    Replay replay = new Replay(Snapshot.ofNew(SPACE));
    updates.forEach(replay::add);
    assertThat(replay.version()).isEqualTo(updates.size());
    return replay.snapshot();
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 999, 1000, 1001, MANY})
  void leadsWhereOneVersionAfterTheOtherLeads(int count) {
    List<Update> updates = HISTORY.updates().subList(0, count);
    Snapshot slow = Snapshot.ofNew(SPACE);
    for (Update update : updates) {
      slow = slow.plus(update);
    }
    Snapshot fast = follow(updates);
    assertThat(fast.toText()).isEqualTo(slow.toText());
    assertThat(fast.logRoot()).isEqualTo(slow.logRoot());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 500, 1000, 1001, 2200, MANY - 1})
  void namesTheFirstRecordThatDoesNotFollow(int version) {
    List<Update> updates = new ArrayList<>(HISTORY.updates());
    updates.remove(version - 1);
    assertThatThrownBy(() -> follow(updates))
        .isInstanceOf(BrokenHistory.class)
        .hasMessageContaining("version " + version + ":");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 1000, 1001, MANY})
  void namesTheVersionWhoseChangesDoNotFit(int version) {
    List<Update> updates = new ArrayList<>(HISTORY.updates());
    Json.Obj record = Json.parseObject(updates.get(version - 1).text());
    String spoilt =
        record
            .canonical()
            .replaceFirst("\"value\":", "\"value\":1")
            .replaceFirst("\"old_value\":", "\"old_value\":1");
    updates.set(version - 1, Update.parse(spoilt));
    assertThatThrownBy(() -> follow(updates))
        .isInstanceOf(BrokenHistory.class)
        .hasMessageContaining("version " + version + ":");
  }

  @ParameterizedTest
  @ValueSource(ints = {1000, 2000, MANY})
  void namesAFalseRootWhereRootsAreCompared(int version) {
    assertThatThrownBy(() -> follow(withAnotherRootAt(version).subList(0, version)))
        .isInstanceOf(BrokenHistory.class)
        .hasMessageContaining("version " + version + ":")
        .hasMessageContaining("root");
  }

  @Test
  void namesTheFirstOfTwoFlawsAlsoWhenOnlyTheSecondWasSeen() {
    List<Update> updates = withAnotherRootAt(700);
    updates.remove(899);
    assertThatThrownBy(() -> follow(updates))
        .isInstanceOf(BrokenHistory.class)
        .hasMessageContaining("version 700:");
  }
}
