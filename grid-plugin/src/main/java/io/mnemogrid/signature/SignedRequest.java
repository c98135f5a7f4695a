package io.mnemogrid.signature;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Whether a record says what its author asked for. The server made the record: a signature of the
 * request alone would let it write anything beside it.
 *
 * <p>Every value that the record sets is one that the request sets there, or the {@code {}} that a
 * removed last member leaves behind; every leaf that it deletes is at, above or below a path that
 * the request names; what lost is a change of the request. What the request asked for and the
 * document had already leaves no trace in a record, so it is not looked for.
 */
public final class SignedRequest {
  private final Map<Pointer, Json> puts = new HashMap<>();
  private final TreeSet<String> paths = new TreeSet<>();

  private SignedRequest(Json.Obj request) {
    Json.Obj changes = object(request, "changes");
    for (String list : List.of("added", "modified", "deleted")) {
      for (Json item : items(changes, list)) {
        Json.Obj change = change(item, "/changes/" + list);
        Pointer path = Pointer.parsePath(change.text("key"));
        paths.add(path.toString());
        Json value = change.get(list.equals("added") ? "value" : "new_value");
        if (value != null && !list.equals("deleted")) {
          puts.put(path, value);
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
    for (String name : List.of("author", "base", "type", "update_id")) {
      Json said = record.get(name);
      if (said == null || !said.equals(request.get(name))) {
        return "the record has another " + name + " than the request";
      }
    }
    return new SignedRequest(request).whyNot(record);
  }

  private @Nullable String whyNot(Json.Obj record) {
    Json.Obj changes = object(record, "changes");
    for (String list : List.of("added", "modified")) {
      for (Json item : items(changes, list)) {
        Json.Obj change = change(item, "/changes/" + list);
        Pointer path = Pointer.parse(change.text("key"));
        Json value = change.get(list.equals("added") ? "value" : "new_value");
        if (value == null || !value.equals(asked(path)) && !isLeftOver(path, value)) {
          return "the record sets what the request does not ask for: " + path;
        }
      }
    }
    for (Json item : items(changes, "deleted")) {
      Pointer path = Pointer.parse(change(item, "/changes/deleted").text("key"));
      if (!isNamedAbove(path) && !isNamedBelow(path)) {
        return "the record deletes what the request does not name: " + path;
      }
    }
    for (Json item : items(record, "superseded")) {
      Json.Obj lost = change(item, "/superseded");
      Pointer path = Pointer.parse(lost.text("key"));
      Json value = lost.get("value");
      boolean isAsked =
          paths.contains(path.toString())
              && (value == null ? puts.get(path) == null : value.equals(puts.get(path)));
      if (!isAsked) {
        return "the record names as lost what the request does not ask for: " + path;
      }
    }
    return null;
  }

  /** What the request sets at a path, itself or as a part of what it sets above; else null. */
  private @Nullable Json asked(Pointer path) {
    for (Pointer at = path; ; at = at.parent()) {
      Json value = puts.get(at);
      if (value != null) {
        List<String> below = path.segments().subList(at.depth(), path.depth());
        for (String name : below) {
          value = value instanceof Json.Obj object ? object.get(name) : null;
          if (value == null) {
            return null;
          }
        }
        return value;
      }
      if (at.equals(Pointer.ROOT)) {
        return null;
      }
    }
  }

  private boolean isLeftOver(Pointer path, Json value) {
    return value.equals(Json.EMPTY_OBJECT) && isNamedBelow(path);
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

  private boolean isNamedBelow(Pointer path) {
    String next = paths.ceiling(path + "/");
    return next != null && next.startsWith(path + "/");
  }

  private static Json.Obj object(Json.Obj of, String name) {
    if (of.get(name) instanceof Json.Obj object) {
      return object;
    }
    throw new JsonException("/" + name, "is an object");
  }

  private static Json.Obj change(Json item, String at) {
    if (item instanceof Json.Obj object) {
      return object;
    }
    throw new JsonException(at, "has objects");
  }

  private static List<Json> items(Json.Obj of, String name) {
    return switch (of.get(name)) {
      case null -> List.of();
      case Json.Arr array -> array.items();
      default -> throw new JsonException("/" + name, "is a list");
    };
  }
}
