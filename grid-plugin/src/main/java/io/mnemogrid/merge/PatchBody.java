package io.mnemogrid.merge;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import java.util.ArrayList;
import java.util.List;

/** What a patch does to a document: step by step (RFC 6902), or by example (RFC 7396). */
public sealed interface PatchBody {
  /** One operation of a JSON Patch. */
  sealed interface Step {
    /** The place that it concerns; in an array, the last segment is an index or {@code -}. */
    Pointer path();

    /** Puts a value into an object, or inserts it into an array. */
    record Add(Pointer path, Json value) implements Step {}

    /** Takes out what stands. */
    record Remove(Pointer path) implements Step {}

    /** Puts a value in place of what stands. */
    record Replace(Pointer path, Json value) implements Step {}

    /** Takes out what stands at {@code from}, and puts it in like {@link Add}. */
    record Move(Pointer from, Pointer path) implements Step {}

    /** Puts in what stands at {@code from}, like {@link Add}. */
    record Copy(Pointer from, Pointer path) implements Step {}

    /** Ends the whole patch unless the value stands there. */
    record Test(Pointer path, Json value) implements Step {}
  }

  /** A JSON Patch: each step meets what those before it left. */
  record Steps(List<Step> steps) implements PatchBody {
    public Steps {
      steps = List.copyOf(steps);
    }
  }

  /** A JSON Merge Patch: members of objects are set, and removed by {@code null}. */
  record Merge(Json patch) implements PatchBody {}

  /**
   * Reads a JSON Patch. Members that an operation does not define are ignored, as RFC 6902 §4
   * demands.
   *
   * @param at where the patch stands in the text that is read, for the pointers of errors
   * @throws JsonException with the pointer of what is missing, malformed or too much
   */
  static Steps ofSteps(Json json, String at) {
    if (!(json instanceof Json.Arr array)) {
      throw new JsonException(at, "a JSON Patch is an array of operations");
    }
    if (array.items().size() > Delta.MAX_CHANGES) {
      throw new JsonException(
          at, "more than " + Delta.MAX_CHANGES + " operations; send several patches");
    }
    List<Step> steps = new ArrayList<>();
    long leaves = 0;
    for (Json item : array.items()) {
      String place = at + "/" + steps.size();
      Step step = step(item, place);
      leaves += leavesOf(step);
      checkLeaves(leaves, place);
      steps.add(step);
    }
    return new Steps(steps);
  }

  /**
   * Reads a JSON Merge Patch.
   *
   * @throws JsonException when it is too much
   */
  static Merge ofMerge(Json json, String at) {
    checkLeaves(State.countLeavesOf(json), at);
    return new Merge(json);
  }

  private static long leavesOf(Step step) {
    return switch (step) {
      case Step.Add add -> State.countLeavesOf(add.value());
      case Step.Replace replace -> State.countLeavesOf(replace.value());
      case Step.Remove _, Step.Move _, Step.Copy _, Step.Test _ -> 1;
    };
  }

  private static void checkLeaves(long leaves, String at) {
    if (leaves > Delta.MAX_LEAVES) {
      throw new JsonException(
          at,
          "with it the patch writes "
              + leaves
              + " leaves, at most 20,000 are taken; send several patches");
    }
  }

  private static Step step(Json item, String at) {
    if (!(item instanceof Json.Obj operation)) {
      throw new JsonException(at, "an operation is an object");
    }
    String op = text(operation, "op", at);
    Pointer path = pointer(operation, "path", at);
    return switch (op) {
      case "add" -> new Step.Add(path, value(operation, at));
      case "remove" -> new Step.Remove(path);
      case "replace" -> new Step.Replace(path, value(operation, at));
      case "move" -> {
        Pointer from = pointer(operation, "from", at);
        if (from.isAbove(path)) {
          throw new JsonException(at + "/path", "nothing moves into itself (RFC 6902 §4.4)");
        }
        yield new Step.Move(from, path);
      }
      case "copy" -> new Step.Copy(pointer(operation, "from", at), path);
      case "test" -> new Step.Test(path, value(operation, at));
      default -> throw new JsonException(at + "/op", "is add, remove, replace, move, copy or test");
    };
  }

  private static Json value(Json.Obj operation, String at) {
    Json value = operation.get("value");
    if (value == null) {
      throw new JsonException(at + "/value", "is required");
    }
    return value;
  }

  private static Pointer pointer(Json.Obj operation, String name, String at) {
    String text = text(operation, name, at);
    return JsonException.at(at + "/" + name, () -> Pointer.parse(text));
  }

  private static String text(Json.Obj operation, String name, String at) {
    return switch (operation.get(name)) {
      case null -> throw new JsonException(at + "/" + name, "is required");
      case Json.Str text -> text.value();
      default -> throw new JsonException(at + "/" + name, "a string");
    };
  }
}
