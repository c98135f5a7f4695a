package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/**
 * Random patches make of random documents what Eclipse Parsson makes of them. It runs {@code
 * -Dmnemogrid.patches=N} of them, from {@code -Dmnemogrid.patches.from=S}.
 */
class PatchModelTest {
  private static final int PATCHES = Integer.getInteger("mnemogrid.patches", 100_000);
  private static final long FROM = Long.getLong("mnemogrid.patches.from", 1);
  private static final int PATCHES_A_DOCUMENT = 20;
  private static final JsonProvider PARSSON = JsonProvider.provider();
  private static final List<String> NAMES = List.of("a", "b", "0", "x/y~", "");

  private final Map<String, Integer> reached = new TreeMap<>();

  @Test
  void playsJsonPatchesAsParssonDoes() {
    for (long seed = FROM; seed < FROM + PATCHES / PATCHES_A_DOCUMENT; seed++) {
      Random random = new Random(seed);
      Json.Obj document = object(random, 0);
      State head = Patches.head(document);
      for (int i = 0; i < PATCHES_A_DOCUMENT; i++) {
        Json.Arr patch = steps(random, document);
        Optional<Json> expected = parssonSteps(document, patch);
        check(seed, document, head, Patches.steps(patch), expected);
      }
    }
    assertThat(reached).containsKeys("changed", "unchanged", "test-failed", "patch-failed");
    System.out.println(PATCHES + " patches reached " + reached);
    assertThat(reached.get("changed")).isGreaterThan(PATCHES / 5);
  }

  @Test
  void playsMergePatchesAsParssonDoes() {
    for (long seed = FROM; seed < FROM + PATCHES / PATCHES_A_DOCUMENT; seed++) {
      Random random = new Random(-seed);
      Json.Obj document = object(random, 0);
      State head = Patches.head(document);
      for (int i = 0; i < PATCHES_A_DOCUMENT; i++) {
        Json.Obj patch = object(random, 0);
        Json expected =
            ours(PARSSON.createMergePatch(theirs(patch)).apply(theirs(document)).toString());
        check(seed, document, head, Patches.merge(patch), Optional.of(expected));
      }
    }
    assertThat(reached).containsKeys("changed", "unchanged");
  }

  private void check(
      long seed, Json.Obj document, State head, Delta.Patch patch, Optional<Json> expected) {
    String what = "seed %d: %s on %s".formatted(seed, patch.request(), document);
    Resolution resolution = Patches.resolve(head, patch);
    String came =
        switch (resolution) {
          case Resolution.Refused refused -> refused.refusal().code();
          case Resolution.Unchanged _ -> "unchanged";
          case Resolution.Accepted _ -> "changed";
        };
    reached.merge(came, 1, Integer::sum);
    if (expected.isEmpty()) {
      assertThat(came).as(what).isIn("test-failed", "patch-failed");
      return;
    }
    assertThat(resolution).as(what).isNotInstanceOf(Resolution.Refused.class);
    assertThat(Patches.play(head, patch)).as(what).isEqualTo(expected.get());
    assertThat(came).as(what).isEqualTo(expected.get().equals(document) ? "unchanged" : "changed");
  }

  private static Optional<Json> parssonSteps(Json.Obj document, Json.Arr patch) {
    JsonArray steps = theirs(patch.canonical()).asJsonArray();
    try {
      return Optional.of(ours(PARSSON.createPatch(steps).apply(theirs(document)).toString()));
    } catch (JsonException e) {
      return Optional.empty();
    }
  }

  private static JsonObject theirs(Json.Obj document) {
    return theirs(document.canonical()).asJsonObject();
  }

  private static JsonValue theirs(String text) {
    try (JsonReader reader = PARSSON.createReader(new StringReader(text))) {
      return reader.readValue();
    }
  }

  private static Json ours(String text) {
    return Json.parse(text);
  }

  private static Json.Arr steps(Random random, Json.Obj document) {
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

  private static Json.Obj object(Random random, int depth) {
    Json.Obj object = Json.EMPTY_OBJECT;
    for (int i = random.nextInt(4); i > 0; i--) {
      object = object.with(NAMES.get(random.nextInt(NAMES.size())), value(random, depth + 1));
    }
    return object;
  }
}
