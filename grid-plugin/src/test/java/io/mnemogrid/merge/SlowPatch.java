package io.mnemogrid.merge;

import io.mnemogrid.state.Json;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * RFC 6902 applied the plain way, of {@code add}, {@code remove} and {@code replace} in objects; it
 * refuses what that RFC refuses. Shares nothing with the code that makes patches but the values.
 */
final class SlowPatch {
  private SlowPatch() {}

  static Json apply(Json document, Json.Arr patch) {
    Json at = document;
    for (Json item : patch.items()) {
      Json.Obj operation = (Json.Obj) item;
      String path = text(operation, "path");
      if (!path.startsWith("/")) {
        throw new IllegalArgumentException("a document stays an object");
      }
      at = apply(at, path.substring(1).split("/", -1), 0, text(operation, "op"), operation);
    }
    return at;
  }

  private static Json apply(Json at, String[] names, int depth, String op, Json.Obj operation) {
    if (!(at instanceof Json.Obj object)) {
      throw new IllegalArgumentException("no object above " + text(operation, "path"));
    }
    Map<String, Json> members = new TreeMap<>(object.members());
    String name = names[depth].replace("~1", "/").replace("~0", "~");
    Json below = members.get(name);
    if (depth < names.length - 1) {
      if (below == null) {
        throw new IllegalArgumentException("no parent of " + text(operation, "path"));
      }
      members.put(name, apply(below, names, depth + 1, op, operation));
      return new Json.Obj(members);
    }
    if (below == null && !op.equals("add")) {
      throw new IllegalArgumentException("nothing at " + text(operation, "path"));
    }
    @Nullable Json value = operation.get("value");
    switch (op) {
      case "add", "replace" -> members.put(name, Objects.requireNonNull(value));
      case "remove" -> members.remove(name);
      default -> throw new IllegalArgumentException(op);
    }
    return new Json.Obj(members);
  }

  private static String text(Json.Obj object, String name) {
    return ((Json.Str) Objects.requireNonNull(object.get(name))).value();
  }
}
