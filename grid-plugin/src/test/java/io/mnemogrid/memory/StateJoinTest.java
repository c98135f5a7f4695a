package io.mnemogrid.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.State;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Another's state may come from anybody. */
class StateJoinTest {
  private static final Scribe WRITER = new Scribe("a");
  private static final State GOOD = good();

  private static State good() {
    Scribe writer = new Scribe("a");
    State state = Scribe.first();
    for (List<Json> operations :
        List.<List<Json>>of(
            List.of(
                Scribe.join(writer, "ann"),
                Scribe.learn("x").with("tags", Json.ofStrings(List.of("a", "b")))),
            List.of(Scribe.op("use", "id", writer.id() + ".1.2").with("total", Json.of(3))))) {
      Note note = NoteReader.read(Scribe.COLLECTIVE, writer.note(1_000, operations));
      state = Scribe.with(state, Collective.changes(state, note, null));
    }
    return state;
  }

  private static Json set(Json json, List<String> path, Json value) {
    if (path.isEmpty()) {
      return value;
    }
    TreeMap<String, Json> members = new TreeMap<>(((Json.Obj) json).members());
    String name = path.getFirst();
    if (value instanceof Json.Null && path.size() == 1) {
      members.remove(name);
    } else {
      members.put(
          name,
          set(members.getOrDefault(name, Json.EMPTY_OBJECT), path.subList(1, path.size()), value));
    }
    return new Json.Obj(members);
  }

  private static State with(String path, String value) {
    String place = path.replace("W", WRITER.id().text()).replace("M", WRITER.id() + ".1.2");
    Json json = Json.parse(value.replace('\'', '"').replace("W", WRITER.id().text()));
    List<String> segments = List.of(place.substring(1).split("/"));
    return Scribe.state((Json.Obj) set(GOOD.document(), segments, json));
  }

  @Test
  void takesAStateOfTheSameForm() {
    Changes changes = StateJoin.changes(Scribe.first(), GOOD);
    assertThat(Scribe.with(Scribe.first(), changes).root()).isEqualTo(GOOD.root());
    assertThat(StateJoin.changes(GOOD, Scribe.first())).isEqualTo(Changes.NONE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "/x/y          | 1",
        "/version      | 7",
        "/gone         | null",
        "/m            | 7",
        "/gone/NoTag   | true",
        "/gone/ec18eac8d758b1eba52d3c10d39adc6d | 7",
        "/seen/Q       | [1,'0123456789abcdef0123456789abcdef']",
        "/seen/W       | [1.5,'0123456789abcdef0123456789abcdef']",
        "/seen/W       | [1e300,'0123456789abcdef0123456789abcdef']",
        "/seen/W       | [3,'0123456789ABCDEF0123456789abcdef']",
        "/seen/W       | [3,'0123456789abcdef0123456789abcdef',1]",
        "/seen/W       | 'x'",
        "/writers/Q    | ['ann','k','active']",
        "/writers/W    | ['ann','k','active']",
        "/writers/W    | ['ann','k','gone']",
        "/m/nobody     | {'text':1}",
        "/m/M/uses     | [['W',1e300]]",
        "/m/M/uses     | [['W',-1e300]]",
        "/m/M/uses     | [['W',0]]",
        "/m/M/uses     | [['W',5],['W',4]]",
        "/m/M/uses     | []",
        "/m/M/marks    | [[0.5,0],[0.5,0],[['b','W.1'],['a','W.1']]]",
        "/m/M/marks    | [[0.5,0],[0.5,0],[['a','W.1','W.1']]]",
        "/m/M/marks    | [[1.5,0],[0.5,0],[]]",
        "/m/M/marks    | [[0.5,-1],[0.5,0],[]]",
        "/m/M/marks    | [[0.5,0],[0.5,0],[],1]",
        "/m/M/marks    | null",
        "/m/M/text     | null",
        "/m/M/more     | []",
        "/m/M/related  | ['b','a']",
      })
  void refusesWhatNoNotesMake(String path, String value) {
    State there = with(path, value);
    for (State here : List.of(Scribe.first(), GOOD)) {
      assertThatThrownBy(() -> StateJoin.changes(here, there))
          .isInstanceOf(MalformedMemory.class)
          .hasMessageContaining("/");
    }
  }

  @Test
  void refusesAMemoryOfAWriterThatNeverJoined() {
    State there = with("/writers", "{}");
    assertThatThrownBy(() -> StateJoin.changes(Scribe.first(), there))
        .isInstanceOf(MalformedMemory.class)
        .hasMessageContaining("/m/");
    assertThat(StateJoin.changes(GOOD, there)).isEqualTo(Changes.NONE); // only that differs
  }
}
