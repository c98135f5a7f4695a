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
  private final Set<String> deletes = new HashSet<>();
  private final Set<String> paths = new HashSet<>(); // of all, lost ones too

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
        if (list.equals("deleted")) {
          deletes.add(path);
        } else {
          puts.put(path, change.member(valueOf(list)).value());
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
    for (String name : List.of("author", "base", "timestamp", "type", "update_id")) {
      need(
          record.member(name).value().equals(request.member(name).value()),
          "the record has another " + name + " than the request");
    }
    List<Shape> superseded = items(record, "superseded");
    List<Shape> overrode = items(record, "overrode");
    boolean isStrict = request.optional("strict").map(Shape::bool).orElse(false);
    need(
        !isStrict || superseded.isEmpty() && overrode.isEmpty(),
        "the request is strict, and the record loses or beats something");
    for (Shape lost : superseded) {
      String path = lost.member("key").path(true);
      Optional<Json> said = lost.optional("value").map(Shape::value);
      need(
          said.isPresent() ? puts.remove(path, said.get()) : deletes.remove(path),
          "the record names as lost what the request does not ask for: " + path);
    }
    for (Shape beaten : overrode) {
      String path = beaten.member("key").path(true);
      need(
          above.contains(path) || upward(path).stream().anyMatch(paths::contains),
          "the record beats what the request does not touch: " + path);
    }
    Set<String> emptied = new HashSet<>();
    for (String path : deletes) {
      if (path.lastIndexOf('/') > 0) {
        emptied.add(path.substring(0, path.lastIndexOf('/')));
      }
    }
    Shape changes = record.member("changes");
    Set<String> added = new HashSet<>(); // by the record, and all above
    for (String list : List.of("added", "modified")) {
      for (Shape change : items(changes, list)) {
        String path = change.member("key").path(true);
        Json value = change.member(valueOf(list)).value();
        boolean isLeftOver =
            list.equals("added") && value.equals(Json.Obj.EMPTY) && emptied.contains(path);
        String put = put(path);
        need(
            isLeftOver || put != null && value.equals(asked(put, path)),
            "the record sets what the request does not ask for: " + path);
        if (list.equals("added")) {
          added.addAll(upward(path));
        }
      }
    }
    for (Shape change : items(changes, "deleted")) {
      String path = change.member("key").path(true);
      need(isDeleted(path, added), "the record deletes what the request does not ask for: " + path);
    }
  }

  /** Whether a leaf goes because of the request. */
  private boolean isDeleted(String leaf, Set<String> added) {
    if (upward(leaf).stream().anyMatch(deletes::contains)) {
      return true;
    }
    String put = put(leaf);
    if (put != null) {
      Json stays = asked(put, leaf);
      return stays == null || stays instanceof Json.Obj && !stays.equals(Json.Obj.EMPTY);
    }
    return above.contains(leaf) // what is set below a value takes its place
        && puts.keySet().stream()
            .anyMatch(path -> path.startsWith(leaf + "/") && added.contains(path));
  }

  /** The path at or above this one at which something is to be set, or null. */
  private String put(String path) {
    return upward(path).stream().filter(puts::containsKey).findFirst().orElse(null);
  }

  /** What is to stand at a path because of what is set at or above it; null for nothing. */
  private Json asked(String put, String path) {
    Json value = puts.get(put);
    for (String name : Pointers.segments(path.substring(put.length()))) {
      value = value instanceof Json.Obj object ? object.members().get(name) : null;
    }
    return value;
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
