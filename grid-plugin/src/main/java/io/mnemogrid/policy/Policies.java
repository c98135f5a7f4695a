package io.mnemogrid.policy;

import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The policies of the documents that were judged lately, so that each is read once and not for each
 * delta. A policy is known by its leaves, which the versions of a document share until one of them
 * is changed. Safe for all threads.
 */
public final class Policies {
  private static final int MOST = 1000;

  /** A policy, and the leaves that it was read from. */
  private record Known(List<Cell.Leaf> leaves, Policy policy) {
    // Versions share the very objects, so comparing which they are costs nothing.
    @SuppressWarnings("ReferenceEquality")
    boolean isOf(List<Cell.Leaf> others) {
      boolean same = leaves.size() == others.size();
      for (int i = 0; same && i < others.size(); i++) {
        same = leaves.get(i) == others.get(i);
      }
      return same;
    }
  }

  private final Map<SpaceName, Known> known =
      Collections.synchronizedMap(
          new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<SpaceName, Known> eldest) {
              return size() > MOST;
            }
          });

  /** The policy in the document of a space. O(leaves of the policy) where it is known. */
  public Policy in(SpaceName space, State state) {
    if (state.cell(Reserved.POLICY) == null) {
      return Policy.NONE;
    }
    List<Cell.Leaf> leaves = new ArrayList<>();
    state.forEachLeaf(Reserved.POLICY, leaves::add);
    Known before = known.get(space);
    if (before != null && before.isOf(leaves)) {
      return before.policy;
    }
    Policy policy = Policy.in(state);
    known.put(space, new Known(leaves, policy));
    return policy;
  }
}
