package io.mnemogrid.merge;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;

/** Random documents and patches; the same from the same seed. */
final class RandomPatches {
  private static final List<String> NAMES = List.of("a", "b", "0", "x/y~", "");

  private RandomPatches() {}

  /**
   * Up to four steps of a JSON Patch, most of which apply to the document and leave it an object.
   */
  static Json.Arr steps(Random random, Json.Obj document) {
    List<Json> steps = new ArrayList<>();
    for (int i = random.nextInt(4); i >= 0; i--) {
      steps.add(step(random, document));
    }
    return new Json.Arr(steps);
  }

  private static Json.Obj step(Random random, Json.Obj document) {
    String path = path(random, document);
    Json.Obj step = Json.EMPTY_OBJECT.with("path", Json.of(path));
    // What is copied or moved there may be no object, and then it is no document.
    switch (path.isEmpty() ? 5 + random.nextInt(4) : random.nextInt(9)) {
      case 0, 1 -> {
        return step.with("op", Json.of("remove"));
      }
      case 2 -> {
        Json standing = valueAt(document, path);
        Json value = standing != null && random.nextInt(4) > 0 ? standing : value(random, 2);
        return step.with("op", Json.of("test")).with("value", value);
      }
      case 3 -> {
        return step.with("op", Json.of("copy")).with("from", Json.of(path(random, document)));
      }
      case 4 -> {
        String from = path(random, document);
        // Parsson takes /ab for a place within /a; such moves are among the vectors.
        return path.startsWith(from)
            ? step.with("op", Json.of("remove"))
            : step.with("op", Json.of("move")).with("from", Json.of(from));
      }
      case 5, 6 -> {
        return step.with("op", Json.of("replace")).with("value", put(random, path));
      }
      default -> {
        return step.with("op", Json.of("add")).with("value", put(random, path));
      }
    }
  }

  /** A value for a path; the document stays an object. */
  private static Json put(Random random, String path) {
    return path.isEmpty() ? object(random, 1) : value(random, 1);
  }

  private static @Nullable Json valueAt(Json document, String path) {
    return Patches.head(document).value(Pointer.parse(path));
  }

  /** Mostly a place that is there, now and then one beside it. */
  private static String path(Random random, Json document) {
    StringBuilder path = new StringBuilder();
    @Nullable Json at = document;
    while (at != null && random.nextInt(10) > (path.isEmpty() ? 0 : 2)) {
      boolean scalar = !(at instanceof Json.Obj || at instanceof Json.Arr);
      if (scalar && random.nextInt(10) > 0) {
        break;
      }
      String name = name(random, at);
      path.append('/').append(name.replace("~", "~0").replace("/", "~1"));
      at = at.member(name);
    }
    return path.toString();
  }

  private static String name(Random random, Json at) {
    if (at instanceof Json.Obj object && !object.isEmpty() && random.nextInt(8) > 0) {
      List<String> names = List.copyOf(object.members().keySet());
      return names.get(random.nextInt(names.size()));
    }
    if (at instanceof Json.Arr array && random.nextInt(8) > 0) {
      return random.nextInt(5) == 0
          ? "-"
          : Integer.toString(random.nextInt(array.items().size() + 2));
    }
    return NAMES.get(random.nextInt(NAMES.size()));
  }

  private static Json value(Random random, int depth) {
    return switch (random.nextInt(depth > 2 ? 6 : 10)) {
      case 0 -> Json.NULL;
      case 1 -> Json.TRUE;
      case 2, 3 -> Json.of(random.nextInt(3));
      case 4 -> Json.of("s");
      case 5, 6 -> {
        List<Json> items = new ArrayList<>();
        for (int i = random.nextInt(3); i > 0; i--) {
          items.add(value(random, depth + 1));
        }
        yield new Json.Arr(items);
      }
      default -> object(random, depth);
    };
  }

  /** An object; below {@code depth} there are fewer levels. */
  static Json.Obj object(Random random, int depth) {
    Json.Obj object = Json.EMPTY_OBJECT;
    for (int i = random.nextInt(4); i > 0; i--) {
      object = object.with(NAMES.get(random.nextInt(NAMES.size())), value(random, depth + 1));
    }
    return object;
  }
}
