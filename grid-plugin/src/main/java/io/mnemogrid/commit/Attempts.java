package io.mnemogrid.commit;

import io.mnemogrid.merge.Delta;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Decides what one request is answered that went several ways: to the owner of its space and,
 * without an answer in time, to other committers. If one way accepts the request, that is the
 * answer, because the log takes an id only once.
 *
 * <p>"It left no trace" is the answer only when no way is open on which the request may still be
 * accepted. A refusal by one committer does not suffice: it depends on the head that it was judged
 * against, and another committer may meet a later one. Only a lasting refusal ({@link
 * Answer#isLastingRefusal}) holds for all ways. A way that ended without an answer leaves a doubt,
 * and then the outcome is unknown.
 *
 * <p>One thread at a time uses it.
 */
public final class Attempts {
  private final List<Delta> deltas;
  private int open;
  private boolean doubtful;
  private boolean told;
  private @Nullable List<Answer> held;

  /** A request that was sent nowhere yet. */
  public Attempts(List<Delta> deltas) {
    this.deltas = List.copyOf(deltas);
  }

  /**
   * Opens one more way for the request; false when the request was answered already, for then it
   * must not be sent again.
   */
  public boolean begin() {
    if (!told) {
      open++;
    }
    return !told;
  }

  /**
   * One way answered. Returns what the asker is answered, or nothing while another way may say
   * otherwise.
   */
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

  /**
   * One way took nothing of the request. Returns what the asker is answered because of the other
   * ways, or nothing while none of them answered or one is open.
   */
  public Optional<List<Answer>> declined() {
    open--;
    return tell();
  }

  /**
   * The answers when no other way will be tried. They say that the request left no trace only if
   * every way said that.
   */
  public List<Answer> giveUp(String why) {
    told = true;
    return Collections.nCopies(deltas.size(), new Answer.Unavailable(doubtful || open > 0, why));
  }

  /**
   * One way ended without an answer: the member that was asked is gone, but its append may still
   * happen.
   */
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
          case Answer.Unchanged _ ->
              "it changes nothing at one member, and another that was asked may have accepted it";
        };
    return Optional.of(Collections.nCopies(deltas.size(), new Answer.Unavailable(true, why)));
  }
}
