package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.State;
import jakarta.json.JsonArray;
import jakarta.json.JsonException;
import jakarta.json.JsonObject;
import jakarta.json.JsonReader;
import jakarta.json.JsonValue;
import jakarta.json.spi.JsonProvider;
import java.io.StringReader;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
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

  private final Map<String, Integer> reached = new TreeMap<>();

  @Test
  void playsJsonPatchesAsParssonDoes() {
    for (long seed = FROM; seed < FROM + PATCHES / PATCHES_A_DOCUMENT; seed++) {
      Random random = new Random(seed);
      Json.Obj document = RandomPatches.object(random, 0);
      State head = Patches.head(document);
      for (int i = 0; i < PATCHES_A_DOCUMENT; i++) {
        Json.Arr patch = RandomPatches.steps(random, document);
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
      Json.Obj document = RandomPatches.object(random, 0);
      State head = Patches.head(document);
      for (int i = 0; i < PATCHES_A_DOCUMENT; i++) {
        Json.Obj patch = RandomPatches.object(random, 0);
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
    reached.merge(Patches.judge(what, head, patch, expected), 1, Integer::sum);
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
}
