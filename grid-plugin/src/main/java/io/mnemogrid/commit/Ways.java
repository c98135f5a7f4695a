package io.mnemogrid.commit;

import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What may be told of one request that went several ways at once: to the owner of its space and,
 * without an answer in time, to other committers. One that accepts it speaks for all. That it left
 * no trace is known only when no other may still accept it: a refusal depends on the head that it
 * was judged against, and another committer may meet a later one. One thread at a time uses it.
 */
public final class Ways {
  private final List<Delta> deltas;
  private int open;
  private boolean doubtful;
  private @Nullable List<Answer> held;

  /** A request that went nowhere yet. */
  public Ways(List<Delta> deltas) {
    this.deltas = List.copyOf(deltas);
  }

  /** It goes one more way. */
  public void begin() {
    open++;
  }

  /** One way answered: what is to be told, or nothing while another may say otherwise. */
  public Optional<List<Answer>> answered(List<Answer> answers) {
    open--;
    if (answers.stream().allMatch(Answer.Accepted.class::isInstance) || isForEver(answers)) {
      return Optional.of(answers);
    }
    if (answers.getFirst() instanceof Answer.Unavailable none) {
      doubtful |= none.unknown();
    }
    if (held == null || held.getFirst() instanceof Answer.Unavailable) {
      held = answers;
    }
    return told();
  }

  /** One way ended without an answer: whoever was asked is gone. */
  public Optional<List<Answer>> ended() {
    open--;
    doubtful = true;
    return told();
  }

  private Optional<List<Answer>> told() {
    List<Answer> answers = held;
    if (open > 0 || answers == null) {
      return Optional.empty();
    }
    return Optional.of(
        answers.stream()
            .map(answer ->
                answer instanceof Answer.Unavailable none
                    ? new Answer.Unavailable(doubtful, none.why())
                    : answer)
            .toList());
  }

  /** Whether no later head could be met otherwise. */
  private boolean isForEver(List<Answer> answers) {
    for (int i = 0; i < answers.size(); i++) {
      if (answers.get(i) instanceof Answer.Refused refused) {
        return isForEver(refused.refusal(), deltas.get(i));
      }
    }
    return false;
  }

  private boolean isForEver(Refusal refusal, Delta delta) {
    return switch (refusal) {
      case Refusal.IdReused _, Refusal.OverlappingPaths _, Refusal.BadValue _ -> true;
      // Whatever stands or was removed at a path that was read, its version only grows.
      case Refusal.StrictConflict conflict ->
          deltas.size() == 1
              && conflict.conflicts().stream()
                  .anyMatch(standing ->
                      standing.tag() != null
                          && standing.tag().version() > delta.base()
                          && delta.reads().stream().anyMatch(standing.path()::overlaps));
      case Refusal.VersionAhead _,
          Refusal.OtherHistory _,
          Refusal.PathThroughArray _,
          Refusal.FutureTimestamp _,
          Refusal.UnknownSpace _ ->
          false;
    };
  }
}
