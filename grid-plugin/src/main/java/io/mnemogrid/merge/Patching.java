package io.mnemogrid.merge;

import io.mnemogrid.merge.PatchBody.Step;
import io.mnemogrid.merge.PatchedDocument.Node;
import io.mnemogrid.merge.PatchedDocument.OpenObject;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.State;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Plays a patch on a head: the changes that it comes to, or why it is refused whole. A pure
 * function.
 */
final class Patching {
  private final PatchedDocument document;

  private Patching(State head) {
    this.document = new PatchedDocument(head);
  }

  /**
   * Changes at places that do not overlap, or a refusal; no change where the patch has no effect.
   */
  record Outcome(List<Change> changes, @Nullable Refusal refusal) {
    private Outcome(Refusal refusal) {
      this(List.of(), refusal);
    }
  }

  /** What a patch comes to on {@code head}. O(patch · log leaves, and what it moves or copies). */
  static Outcome play(State head, PatchBody patch) {
    Patching playing = new Patching(head);
    try {
      Refusal refusal =
          switch (patch) {
            case PatchBody.Steps steps -> playing.play(steps);
            case PatchBody.Merge merge -> playing.merge(merge);
          };
      List<Change> changes = refusal == null ? playing.document.changes() : List.of();
      refusal = refusal == null ? tooMany(changes) : refusal;
      return refusal == null ? new Outcome(changes, null) : new Outcome(refusal);
    } catch (PatchedDocument.OverBounds e) {
      return new Outcome(e.refusal());
    }
  }

  private static @Nullable Refusal tooMany(List<Change> changes) {
    long leaves = 0;
    for (Change change : changes) {
      leaves += change instanceof Change.Put put ? State.countLeavesOf(put.value()) : 0;
      if (leaves > Delta.MAX_LEAVES) {
        return new Refusal.PatchFailed(
            -1, change.path(), "with it the patch writes more than 20,000 leaves");
      }
    }
    return null;
  }

  private @Nullable Refusal play(PatchBody.Steps steps) {
    int number = 0;
    for (Step step : steps.steps()) {
      Refusal refusal = play(step, number++);
      if (refusal != null) {
        return refusal;
      }
    }
    return null;
  }

  private @Nullable Refusal play(Step step, int number) {
    return switch (step) {
      case Step.Add add ->
          failed(number, add.path(), document.add(add.path(), PatchedDocument.of(add.value())));
      case Step.Remove remove -> failed(number, remove.path(), document.remove(remove.path()));
      case Step.Replace replace ->
          failed(
              number,
              replace.path(),
              document.replace(replace.path(), PatchedDocument.of(replace.value())));
      case Step.Move move -> move(move, number);
      case Step.Copy copy -> copy(copy, number);
      case Step.Test test -> test(test, number);
    };
  }

  private static @Nullable Refusal failed(int number, Pointer path, @Nullable String why) {
    return why == null ? null : new Refusal.PatchFailed(number, path, why);
  }

  private @Nullable Refusal move(Step.Move move, int number) {
    Node node = document.find(move.from());
    if (node == null) {
      return new Refusal.PatchFailed(number, move.from(), "nothing stands there");
    }
    if (move.from().equals(move.path())) {
      return null;
    }
    Refusal refusal = failed(number, move.from(), document.remove(move.from()));
    return refusal == null ? failed(number, move.path(), document.add(move.path(), node)) : refusal;
  }

  private @Nullable Refusal copy(Step.Copy copy, int number) {
    Node node = document.find(copy.from());
    if (node == null) {
      return new Refusal.PatchFailed(number, copy.from(), "nothing stands there");
    }
    return failed(number, copy.path(), document.add(copy.path(), document.copy(copy.from(), node)));
  }

  private @Nullable Refusal test(Step.Test test, int number) {
    Node node = document.find(test.path());
    if (node != null
        && (document.is(node, test.value())
            || test.path().equals(Pointer.ROOT) && isWithoutReserved(test.value()))) {
      return null;
    }
    Json value = node == null ? null : document.value(node, Refusal.StrictConflict.MAX_VALUE_BYTES);
    return new Refusal.TestFailed(number, test.path(), value, node != null && value == null);
  }

  /** Whether the document is that value and what is reserved, which reads of it leave out. */
  private boolean isWithoutReserved(Json value) {
    Node root = document.find(Pointer.ROOT);
    Node reserved = document.find(Reserved.PLACE);
    if (root == null || reserved == null || !(value instanceof Json.Obj object)) {
      return false;
    }
    Json standing = document.value(reserved, Delta.MAX_BYTES);
    return object.get(Reserved.NAME) == null
        && standing != null
        && document.is(root, object.with(Reserved.NAME, standing));
  }

  private @Nullable Refusal merge(PatchBody.Merge merge) {
    OpenObject root = document.openRoot();
    if (root == null || !(merge.patch() instanceof Json.Obj patch)) {
      return new Refusal.BadValue(Pointer.ROOT, Resolver.ROOT_IS_AN_OBJECT);
    }
    merge(root, patch);
    return null;
  }

  /** As the function {@code MergePatch} of RFC 7396 §2, for a target that is an object. */
  private void merge(OpenObject target, Json.Obj patch) {
    patch
        .members()
        .forEach((name, value) -> {
          switch (value) {
            case Json.Null _ -> target.remove(name);
            case Json.Obj object -> {
              Node there = target.get(name);
              if (there != null
                  && document.isObject(there)
                  && document.open(there) instanceof OpenObject opened) {
                if (opened != there) {
                  target.put(name, opened);
                }
                merge(opened, object);
              } else {
                target.put(name, PatchedDocument.of(withoutNulls(object)));
              }
            }
            case Json.Bool _, Json.Num _, Json.Str _, Json.Arr _ ->
                target.put(name, PatchedDocument.of(value));
          }
        });
  }

  /** What an object comes to where nothing, or no object, stood. */
  private static Json.Obj withoutNulls(Json.Obj patch) {
    Map<String, Json> members = new TreeMap<>();
    patch
        .members()
        .forEach((name, value) -> {
          if (value instanceof Json.Obj object) {
            members.put(name, withoutNulls(object));
          } else if (!(value instanceof Json.Null)) {
            members.put(name, value);
          }
        });
    return new Json.Obj(members);
  }
}
