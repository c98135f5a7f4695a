package io.mnemogrid.merge;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Collects the changes of one edit, within the limits of a delta. */
final class ChangeList {
  /** The lists of a request, in the order of their changes in an edit. */
  static final List<String> NAMES = List.of("added", "modified", "deleted");

  private final List<Change> changes = new ArrayList<>();
  private long leaves;

  /** The list of a request that a change stands in. */
  static String nameOf(Change change) {
    return switch (change) {
      case Change.Put put -> put.oldValue() == null ? "added" : "modified";
      case Change.Delete _ -> "deleted";
    };
  }

  /** The member {@code changes} of a request. */
  static Json.Obj toJson(Map<String, List<Change>> lists) {
    Map<String, Json> members = new TreeMap<>();
    lists.forEach((name, list) ->
        members.put(name, new Json.Arr(list.stream().map(ChangeList::toJson).toList())));
    return new Json.Obj(members);
  }

  private static Json toJson(Change change) {
    Map<String, Json> members = new TreeMap<>();
    members.put("key", Json.of(change.sent()));
    Json old = change.oldValue();
    if (old != null) {
      members.put("old_value", old);
    }
    if (change instanceof Change.Put put) {
      members.put(old == null ? "value" : "new_value", put.value());
    }
    return new Json.Obj(members);
  }

  /** Refuses a list of the request that has more changes than there is room for. */
  void expect(int count, String at) {
    if (count > Delta.MAX_CHANGES - changes.size()) {
      throw new JsonException(
          at, "more than " + Delta.MAX_CHANGES + " changes; send several deltas");
    }
  }

  /** Counts the leaves that the change at a place of the request sets; refuses too many. */
  void count(Json value, String at) {
    leaves += State.countLeavesOf(value);
    if (leaves > Delta.MAX_LEAVES) {
      throw new JsonException(
          at,
          "with it the delta writes "
              + leaves
              + " leaves, at most 20,000 are taken; send several deltas, or load a space with"
              + " ./mnemogrid import");
    }
  }

  /** Adds a change whose leaves are counted. */
  void add(Change change) {
    changes.add(change);
  }

  /** Adds the changes of one list of the request. */
  void addAll(List<Change> list, String at) {
    expect(list.size(), at);
    for (int i = 0; i < list.size(); i++) {
      Change change = list.get(i);
      if (change instanceof Change.Put put) {
        count(put.value(), at + "/" + i);
      }
      add(change);
    }
  }

  /** All of them; refuses an edit that has none. */
  List<Change> atLeastOne() {
    if (changes.isEmpty()) {
      throw new JsonException("/changes", "no change at all");
    }
    return changes;
  }
}
