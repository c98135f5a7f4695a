package io.mnemogrid.merge;

import io.mnemogrid.merge.PatchBody.Step;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;

/**
 * Counts about how many leaves and KiB of a document a patch touches, so that a large one is played
 * where it holds up nobody else. It looks at the document before the patch alone.
 */
final class PatchWeight {
  private final State head;
  private final long enough;
  private long weight;

  /** A count that may stop beyond {@code enough}. */
  PatchWeight(State head, long enough) {
    this.head = head;
    this.enough = enough;
  }

  long of(PatchBody body) {
    switch (body) {
      case PatchBody.Steps steps -> steps.steps().forEach(this::add);
      case PatchBody.Merge merge -> add(Pointer.ROOT, merge.patch());
    }
    return weight;
  }

  private void add(Step step) {
    switch (step) {
      case Step.Add add -> add(add.path(), State.countLeavesOf(add.value()));
      case Step.Replace replace -> add(replace.path(), State.countLeavesOf(replace.value()));
      case Step.Remove remove -> add(remove.path(), 1);
      case Step.Move move -> {
        add(move.from(), 1);
        add(move.path(), 1);
      }
      case Step.Copy copy -> {
        add(copy.from(), 1);
        add(copy.path(), 1);
      }
      case Step.Test _ -> weight++;
    }
  }

  private void add(Pointer path, long leaves) {
    weight += leaves;
    if (weight <= enough) {
      Cell.Leaf array = head.leafAbove(path); // an array is written whole
      weight += array == null ? head.weigh(path, enough - weight) : array.sizeBytes() >> 10;
    }
  }

  private void add(Pointer at, Json patch) {
    if (weight > enough) {
      return;
    }
    if (patch instanceof Json.Obj object && head.cell(at) instanceof Cell.Branch branch) {
      object
          .members()
          .forEach((name, member) -> {
            Pointer place = branch.members().get(name);
            if (place == null) {
              weight += State.countLeavesOf(member);
            } else {
              add(place, member);
            }
          });
    } else {
      weight += State.countLeavesOf(patch) + head.weigh(at, enough - weight);
    }
  }
}
