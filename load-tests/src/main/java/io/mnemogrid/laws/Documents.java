package io.mnemogrid.laws;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Documents and states, which the laws build without a log. */
final class Documents {
  private static final Author NOBODY = new Author("nobody");

  private Documents() {}

  /** The state of a document. */
  static State state(Json.Obj document) {
    List<Changes.Added> added = new ArrayList<>();
    State.forEachLeafOf(
        Pointer.ROOT, document, (path, value) -> added.add(new Changes.Added(path, value)));
    return with(State.EMPTY, new Changes(added, List.of(), List.of()));
  }

  /** The state after some changes. */
  static State with(State state, Changes changes) {
    return changes.count() == 0 ? state : state.apply(changes, Instant.EPOCH, NOBODY, 1);
  }

  static Map<String, Json> members(Json.Obj document, String name) {
    return document.get(name) instanceof Json.Obj object ? object.members() : Map.of();
  }

  static List<Json> items(Json json) {
    return ((Json.Arr) json).items();
  }

  static String text(Json json) {
    return ((Json.Str) json).value();
  }

  static double number(Json json) {
    return ((Json.Num) json).value();
  }

  static Json array(Json... items) {
    return new Json.Arr(List.of(items));
  }

  /** A copy that can be changed. */
  static TreeMap<String, Json> copy(Json.Obj object) {
    return new TreeMap<>(object.members());
  }
}
