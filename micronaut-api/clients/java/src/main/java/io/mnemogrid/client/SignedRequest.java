package io.mnemogrid.client;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** What a signed request asks for, to be compared with the record that the server made of it. */
final class SignedRequest {
  private final Shape request;
  private final Map<String, Json> puts = new HashMap<>();
  private final Set<String> paths = new HashSet<>();

  /** All that is strictly above one of the paths. */
  private final Set<String> above = new HashSet<>();

  /**
   * Reads it.
   *
   * @throws IllegalArgumentException when it is of another shape
   */
  SignedRequest(Shape request) {
    this.request = request;
    Shape changes = request.member("changes");
    for (String list : List.of("added", "modified", "deleted")) {
      for (Shape change : items(changes, list)) {
        Shape key = change.member("key");
        String path = new Shape(key.pointer(), Json.of(Pointers.ofPath(key.string()))).path(true);
        paths.add(path);
        List<String> upward = upward(path);
        above.addAll(upward.subList(1, upward.size()));
        if (!list.equals("deleted")) {
          change.optional(valueOf(list)).ifPresent(value -> puts.put(path, value.value()));
        }
      }
    }
  }

  private static String valueOf(String list) {
    return list.equals("added") ? "value" : "new_value";
  }

  /**
   * Checks that a record says what was asked for.
   *
   * @throws Fails where it does not
   * @throws IllegalArgumentException when it is of another shape
   */
  void check(Shape record) throws Fails {
    for (String name : List.of("author", "base", "type", "update_id")) {
      need(
          record.member(name).value().equals(request.member(name).value()),
          "the record has another " + name + " than the request");
    }
    Shape changes = record.member("changes");
    for (String list : List.of("added", "modified")) {
      for (Shape change : items(changes, list)) {
        String path = change.member("key").path(true);
        Json value = change.member(valueOf(list)).value();
        boolean isLeftOver = value.equals(Json.Obj.EMPTY) && above.contains(path);
        need(
            isLeftOver || asked(path).equals(Optional.of(value)),
            "the record sets what the request does not ask for: " + path);
      }
    }
    for (Shape change : items(changes, "deleted")) {
      String path = change.member("key").path(true);
      need(
          above.contains(path) || upward(path).stream().anyMatch(paths::contains),
          "the record deletes what the request does not name: " + path);
    }
    for (Shape lost : items(record, "superseded")) {
      String path = lost.member("key").path(true);
      Optional<Json> said = lost.optional("value").map(Shape::value);
      need(
          paths.contains(path) && said.equals(Optional.ofNullable(puts.get(path))),
          "the record names as lost what the request does not ask for: " + path);
    }
  }

  /** What is to be set at a path, itself or as a part of what is to be set above it. */
  private Optional<Json> asked(String path) {
    for (String at : upward(path)) {
      Json value = puts.get(at);
      if (value != null) {
        for (String name : Pointers.segments(path.substring(at.length()))) {
          value = value instanceof Json.Obj object ? object.members().get(name) : null;
        }
        return Optional.ofNullable(value);
      }
    }
    return Optional.empty();
  }

  private static List<Shape> items(Shape object, String name) {
    return object.optional(name).map(Shape::items).orElse(List.of());
  }

  /** A pointer and all above it, from itself up to the document. */
  private static List<String> upward(String path) {
    List<String> found = new ArrayList<>(List.of(path));
    for (int end = path.lastIndexOf('/'); end >= 0; end = path.lastIndexOf('/', end - 1)) {
      found.add(path.substring(0, end));
    }
    return found;
  }

  private static void need(boolean holds, String why) throws Fails {
    if (!holds) {
      throw new Fails(why);
    }
  }
}
