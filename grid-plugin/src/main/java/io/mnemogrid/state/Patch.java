package io.mnemogrid.state;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A JSON Patch (RFC 6902) of {@code add}, {@code remove} and {@code replace}. No two of its places
 * overlap, so the order of its operations does not matter; they stand in the order of their paths.
 */
public record Patch(List<Operation> operations) {
  /** One operation. */
  public sealed interface Operation {
    /** Where. */
    Pointer path();

    /** Puts a value where nothing stands, into an object that exists. */
    record Add(Pointer path, Json value) implements Operation {}

    /** Removes what stands. */
    record Remove(Pointer path) implements Operation {}

    /** Puts a value in place of what stands. */
    record Replace(Pointer path, Json value) implements Operation {}
  }

  public Patch {
    operations = List.copyOf(operations);
  }

  /**
   * The patch that makes one document the other. For each changed leaf there is an operation at the
   * topmost place where the documents differ in kind. So a new object is added whole and a vanished
   * one is removed whole, and no operation needs another one before it. O(changes · depth · log
   * leaves).
   *
   * @param changes those that lead from {@code from} to {@code to}
   */
  public static Patch of(State from, State to, Changes changes) {
    TreeMap<Pointer, Operation> operations = new TreeMap<>();
    changes.added().forEach(change -> tell(change.path(), from, to, operations));
    changes.deleted().forEach(change -> tell(change.path(), from, to, operations));
    changes.modified().forEach(change -> tell(change.path(), from, to, operations));
    return new Patch(List.copyOf(operations.values()));
  }

  private static void tell(
      Pointer leaf, State from, State to, TreeMap<Pointer, Operation> operations) {
    List<Pointer> places = new ArrayList<>(leaf.ancestors());
    places.add(leaf);
    for (Pointer place : places.subList(1, places.size())) { // the root is an object in both
      Cell before = from.cell(place);
      Cell after = to.cell(place);
      if (isObject(before) && after instanceof Cell.Branch) {
        continue; // an object in both: what differs lies below
      }
      if (!operations.containsKey(place)) {
        Operation operation = operation(place, before, after, to);
        if (operation != null) {
          operations.put(place, operation);
        }
      }
      return;
    }
  }

  private static @Nullable Operation operation(
      Pointer place, @Nullable Cell before, @Nullable Cell after, State to) {
    if (after == null) {
      return before == null ? null : new Operation.Remove(place);
    }
    Json value = to.value(place);
    if (value == null) {
      throw new IllegalStateException("nothing stands at " + place);
    }
    return before == null ? new Operation.Add(place, value) : new Operation.Replace(place, value);
  }

  private static boolean isObject(@Nullable Cell cell) {
    return switch (cell) {
      case null -> false;
      case Cell.Branch _ -> true;
      case Cell.Leaf leaf -> leaf.value() instanceof Json.Obj;
    };
  }

  /** As RFC 6902 spells it. */
  public Json.Arr toJson() {
    return new Json.Arr(operations.stream().map(Patch::toJson).toList());
  }

  private static Json toJson(Operation operation) {
    Json path = Json.of(operation.path().toString());
    return switch (operation) {
      case Operation.Add add ->
          Json.object(Map.of("op", Json.of("add"), "path", path, "value", add.value()));
      case Operation.Remove _ -> Json.object(Map.of("op", Json.of("remove"), "path", path));
      case Operation.Replace replace ->
          Json.object(Map.of("op", Json.of("replace"), "path", path, "value", replace.value()));
    };
  }
}
