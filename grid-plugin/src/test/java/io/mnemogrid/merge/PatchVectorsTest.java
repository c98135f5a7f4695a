package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Plays the examples of RFC 6902 Appendix A and RFC 7396 Appendix A, and cases that other
 * implementations got wrong. Each is played once on the document and once on a member of a larger
 * one, since a document of ours is an object.
 */
class PatchVectorsTest {
  private static final String MEMBER = "/wrapped/x";

  static List<Json> steps() throws IOException {
    return read("json-patch");
  }

  static List<Json> merges() throws IOException {
    return read("merge-patch");
  }

  private static List<Json> read(String name) throws IOException {
    try (InputStream in =
        PatchVectorsTest.class.getResourceAsStream("/patches/" + name + ".json")) {
      List<Json> vectors =
          ((Json.Arr) Json.parse(Objects.requireNonNull(in, name).readAllBytes())).items();
      assertThat(vectors).hasSizeGreaterThan(20);
      return vectors;
    }
  }

  @ParameterizedTest
  @MethodSource("steps")
  void playsAJsonPatch(Json.Obj vector) {
    Json document = of(vector, "doc");
    Json patch = of(vector, "patch");
    Json expected = vector.get("becomes");
    if (document instanceof Json.Obj && expected instanceof Json.Obj
        || expected == null && document instanceof Json.Obj) {
      check(document, patch, expected);
    }
    check(wrapped(document), below(patch), expected == null ? null : wrapped(expected));
  }

  private static void check(Json document, Json patch, @Nullable Json expected) {
    Delta.Patch delta;
    try {
      delta = Patches.steps(patch);
    } catch (JsonException e) {
      assertThat(expected).as(e.getMessage()).isNull();
      return;
    }
    if (expected == null) {
      assertThat(Patches.refusal(Patches.head(document), delta).code())
          .isIn("test-failed", "patch-failed");
    } else {
      assertThat(Patches.play(Patches.head(document), delta)).isEqualTo(expected);
    }
  }

  private static Json of(Json.Obj vector, String name) {
    return Objects.requireNonNull(vector.get(name), name);
  }

  /** The document as a member of another one that has a neighbour. */
  private static Json wrapped(Json document) {
    return Json.object(
        Map.of("wrapped", Json.object(Map.of("x", document, "y", Json.of(1))), "z", Json.TRUE));
  }

  /** The patch with its places below that member. */
  private static Json below(Json patch) {
    if (!(patch instanceof Json.Arr array)) {
      return patch;
    }
    List<Json> steps = new ArrayList<>();
    for (Json item : array.items()) {
      Json step = item;
      for (String name : List.of("path", "from")) {
        if (step instanceof Json.Obj object && object.get(name) instanceof Json.Str path) {
          step = object.with(name, Json.of(MEMBER + path.value()));
        }
      }
      steps.add(step);
    }
    return new Json.Arr(steps);
  }

  @ParameterizedTest
  @MethodSource("merges")
  void playsAMergePatch(Json.Obj vector) {
    Json document = of(vector, "doc");
    Json patch = of(vector, "patch");
    Json expected = of(vector, "becomes");
    if (document instanceof Json.Obj) {
      Delta.Patch delta = Patches.merge(patch);
      if (expected instanceof Json.Obj) {
        assertThat(Patches.play(Patches.head(document), delta)).isEqualTo(expected);
      } else {
        assertThat(Patches.refusal(Patches.head(document), delta))
            .isEqualTo(new Refusal.BadValue(Pointer.ROOT, Resolver.ROOT_IS_AN_OBJECT));
      }
    }
    Json within = Json.object(Map.of("wrapped", Json.object(Map.of("x", patch))));
    assertThat(Patches.play(Patches.head(wrapped(document)), Patches.merge(within)))
        .isEqualTo(wrapped(expected));
  }

  /** RFC 6902 A.13: two members of one name. */
  @Test
  void refusesAnOperationWithTwoOps() {
    String twice = "[{\"op\":\"add\",\"path\":\"/baz\",\"value\":\"qux\",\"op\":\"remove\"}]";
    assertThatThrownBy(() -> Json.parse(twice))
        .isInstanceOfSatisfying(
            JsonException.class, e -> assertThat(e.pointer()).isEqualTo("/0/op"));
  }
}
