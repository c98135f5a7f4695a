package io.mnemogrid.signature;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares a record with the request that its author signed. The server made the record: a
 * signature of the request alone would let it write anything beside it. The rules are those of
 * docs/authors.md, step 6.
 *
 * <p>What the request asked for and the document had already leaves no trace in a record, so it is
 * not looked for.
 */
public final class SignedRequest {
  private final Map<Pointer, Json> puts = new HashMap<>();
  private final Set<Pointer> deletes = new HashSet<>();
  private final TreeSet<String> paths = new TreeSet<>(); // of all, lost ones too
  private final TreeSet<String> added = new TreeSet<>(); // by the record

  private SignedRequest(Json.Obj request) {
    Json.Obj changes = object(request, "changes");
    for (String list : List.of("added", "modified", "deleted")) {
      for (Json.Obj change : items(changes, list)) {
        Pointer path = Pointer.parsePath(change.text("key"));
        paths.add(path.toString());
        if (list.equals("deleted")) {
          deletes.add(path);
        } else {
          puts.put(path, value(change, list));
        }
      }
    }
  }

  /**
   * Why a record does not say what a request asked for, or null. O(size of both).
   *
   * @throws IllegalArgumentException when either is malformed
   */
  public static @Nullable String whyNot(Json.Obj request, Json.Obj record) {
    for (String name : List.of("author", "base", "timestamp", "type", "update_id")) {
      Json said = record.get(name);
      if (said == null || !said.equals(request.get(name))) {
        return "the record has another " + name + " than the request";
      }
    }
    List<Json.Obj> lost = items(record, "superseded");
    List<Json.Obj> beaten = items(record, "overrode");
    if (Json.TRUE.equals(request.get("strict")) && !(lost.isEmpty() && beaten.isEmpty())) {
      return "the request is strict, and the record loses or beats something";
    }
    return new SignedRequest(request).whyNot(object(record, "changes"), lost, beaten);
  }

  private @Nullable String whyNot(Json.Obj changes, List<Json.Obj> lost, List<Json.Obj> beaten) {
    for (Json.Obj one : lost) {
      Pointer path = Pointer.parse(one.text("key"));
      Json value = one.get("value");
      boolean isAsked = value == null ? deletes.remove(path) : puts.remove(path, value);
      if (!isAsked) {
        return "the record names as lost what the request does not ask for: " + path;
      }
    }
    for (Json.Obj one : beaten) {
      Pointer path = Pointer.parse(one.text("key"));
      if (!isNamedAbove(path) && !isBelow(paths, path)) {
        return "the record beats what the request does not touch: " + path;
      }
    }
    Set<Pointer> emptied = new HashSet<>();
    deletes.stream().filter(path -> path.depth() > 1).map(Pointer::parent).forEach(emptied::add);
    for (String list : List.of("added", "modified")) {
      for (Json.Obj change : items(changes, list)) {
        Pointer path = Pointer.parse(change.text("key"));
        Json value = value(change, list);
        boolean isLeftOver =
            list.equals("added") && value.equals(Json.EMPTY_OBJECT) && emptied.contains(path);
        Asked asked = asked(path);
        if (!isLeftOver && (asked == null || !value.equals(asked.value))) {
          return "the record sets what the request does not ask for: " + path;
        }
        if (list.equals("added")) {
          added.add(path.toString());
        }
      }
    }
    for (Json.Obj change : items(changes, "deleted")) {
      Pointer path = Pointer.parse(change.text("key"));
      if (!isDeleted(path)) {
        return "the record deletes what the request does not ask for: " + path;
      }
    }
    return null;
  }

  /**
   * What the request sets at a path, itself or as a part of what it sets above.
   *
   * @param value null where it leaves nothing there
   */
  private record Asked(@Nullable Json value) {}

  private @Nullable Asked asked(Pointer path) {
    for (Pointer at = path; ; at = at.parent()) {
      Json value = puts.get(at);
      if (value != null) {
        for (String name : path.segments().subList(at.depth(), path.depth())) {
          value = value instanceof Json.Obj object ? object.get(name) : null;
        }
        return new Asked(value);
      }
      if (at.equals(Pointer.ROOT)) {
        return null;
      }
    }
  }

  /** Whether a leaf goes because of the request. */
  private boolean isDeleted(Pointer leaf) {
    for (Pointer at = leaf; ; at = at.parent()) {
      if (deletes.contains(at)) {
        return true;
      }
      if (at.equals(Pointer.ROOT)) {
        break;
      }
    }
    Asked asked = asked(leaf);
    if (asked != null) {
      return asked.value == null || asked.value instanceof Json.Obj object && !object.isEmpty();
    }
    String below = leaf + "/"; // what is set below a value takes its place
    for (String put : paths.tailSet(below)) {
      if (!put.startsWith(below)) {
        return false;
      }
      if (puts.containsKey(Pointer.parse(put)) && (added.contains(put) || isBelow(added, put))) {
        return true;
      }
    }
    return false;
  }

  private boolean isNamedAbove(Pointer path) {
    for (Pointer at = path; ; at = at.parent()) {
      if (paths.contains(at.toString())) {
        return true;
      }
      if (at.equals(Pointer.ROOT)) {
        return false;
      }
    }
  }

  private static boolean isBelow(TreeSet<String> paths, Object above) {
    String next = paths.ceiling(above + "/");
    return next != null && next.startsWith(above + "/");
  }

  private static Json value(Json.Obj change, String list) {
    String name = list.equals("added") ? "value" : "new_value";
    Json value = change.get(name);
    if (value == null) {
      throw new JsonException("/" + name, "is required");
    }
    return value;
  }

  private static Json.Obj object(Json.Obj of, String name) {
    if (of.get(name) instanceof Json.Obj object) {
      return object;
    }
    throw new JsonException("/" + name, "is an object");
  }

  private static List<Json.Obj> items(Json.Obj of, String name) {
    List<Json.Obj> items = new ArrayList<>();
    switch (of.get(name)) {
      case null -> {}
      case Json.Arr array -> {
        for (Json item : array.items()) {
          if (!(item instanceof Json.Obj object)) {
            throw new JsonException("/" + name, "has objects");
          }
          items.add(object);
        }
      }
      default -> throw new JsonException("/" + name, "is a list");
    }
    return items;
  }
}
