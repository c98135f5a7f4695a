package io.mnemogrid.commit;

import io.mnemogrid.merge.Delta;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What may be told of one request that went several ways at once: to the owner of its space and,
 * without an answer in time, to other committers. One that accepts it speaks for all. That it left
 * no trace is known only when no other may still accept it: a refusal depends on the head that it
 * was judged against, and another committer may meet a later one. One thread at a time uses it.
 */
public final class Attempts {
  private final List<Delta> deltas;
  private int open;
  private boolean doubtful;
  private boolean told;
  private @Nullable List<Answer> held;

  /** A request that went nowhere yet. */
  public Attempts(List<Delta> deltas) {
    this.deltas = List.copyOf(deltas);
  }

  /** It goes one more way; false when it must not, because what became of it was told. */
  public boolean begin() {
    if (!told) {
      open++;
    }
    return !told;
  }

  /** One way answered: what is to be told, or nothing while another may say otherwise. */
  public Optional<List<Answer>> answered(List<Answer> answers) {
    open--;
    if (answers.stream().allMatch(Answer.Accepted.class::isInstance)
        || Answer.isLastingRefusal(deltas, answers)) {
      told = true;
      return Optional.of(answers);
    }
    if (answers.getFirst() instanceof Answer.Unavailable none) {
      doubtful |= none.unknown();
    }
    if (held == null
        || held.getFirst() instanceof Answer.Unavailable
        || held.getFirst() instanceof Answer.Damaged) {
      held = answers;
    }
    return tell();
  }

  /** One way took nothing: what is to be told by the others, or nothing while none answered. */
  public Optional<List<Answer>> declined() {
    open--;
    return tell();
  }

  /**
   * The answers when no other way will be tried. The request left no trace only where every way
   * said that.
   */
  public List<Answer> giveUp(String why) {
    told = true;
    return Collections.nCopies(deltas.size(), new Answer.Unavailable(doubtful || open > 0, why));
  }

  /** One way ended without an answer: whoever was asked is gone, its append perhaps is not. */
  public Optional<List<Answer>> ended() {
    open--;
    doubtful = true;
    return tell();
  }

  private Optional<List<Answer>> tell() {
    List<Answer> answers = held;
    if (open > 0 || answers == null) {
      return Optional.empty();
    }
    told = true;
    if (!doubtful) {
      return Optional.of(answers);
    }
    String why =
        switch (answers.getFirst()) {
          case Answer.Unavailable none -> none.why();
          case Answer.Damaged damaged -> damaged.what();
          case Answer.Accepted _, Answer.Refused _, Answer.RefusedWith _, Answer.Elsewhere _ ->
              "refused by one member, and another that was asked may have accepted it";
        };
    return Optional.of(Collections.nCopies(deltas.size(), new Answer.Unavailable(true, why)));
  }
}
