package io.mnemogrid.commit;

import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The ids whose outcome this process called unknown. For such an id it is not enough that a later
 * sending left no trace, because an earlier one may be in the log. So its author is answered
 * "unknown" again, and never "not applied", not even after the outcome was told: that answer may
 * have been lost on its way.
 *
 * <p>It keeps the newest {@value #MOST} ids, some 200 bytes each. Another process does not know
 * them: its answers are about the sending that it saw. Safe for all threads.
 */
public final class Unsettled {
  /** At most this many ids are remembered; beyond that the oldest are forgotten. */
  public static final int MOST = 100_000;

  private record Key(SpaceName space, UpdateId id) {}

  private final Map<Key, Boolean> ids =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, Boolean> eldest) {
          return size() > MOST;
        }
      };

  /** The answers that the author may get: these, or "unknown" in place of "not applied". */
  public synchronized List<Answer> told(SpaceName space, List<Delta> deltas, List<Answer> answers) {
    Answer first = answers.getFirst();
    if (!(first instanceof Answer.Unavailable none)) {
      return answers;
    }
    if (none.unknown()) {
      deltas.forEach(delta -> ids.put(new Key(space, delta.id()), true));
    } else if (knowsAny(space, deltas)) {
      Answer unknown =
          new Answer.Unavailable(
              true, "an earlier sending of it may stand in the log; this one: " + none.why());
      return answers.stream().map(_ -> unknown).toList();
    }
    return answers;
  }

  private boolean knowsAny(SpaceName space, List<Delta> deltas) {
    return !ids.isEmpty()
        && deltas.stream().anyMatch(delta -> ids.containsKey(new Key(space, delta.id())));
  }
}
