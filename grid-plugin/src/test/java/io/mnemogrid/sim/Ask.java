package io.mnemogrid.sim;

import io.mnemogrid.commit.Answer;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.policy.Principal;
import io.mnemogrid.policy.Sending;
import io.mnemogrid.state.SpaceName;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One request as an agent sent it to one member, and what it was told. */
final class Ask {
  final SpaceName space;
  final List<Delta> deltas;

  /** For whom it is sent. */
  final Principal principal;

  /** What the head must be to which the first of them is appended. */
  final Condition condition;

  final long askedNanos;
  final long headWhenAsked;
  final Instant storeTimeWhenAsked;

  /** The member that was asked, and in which of its lives. */
  final String through;

  /** Whether nothing else is under way any more and nothing fails. */
  final boolean calm;

  long headWhenAnswered = -1;
  long answeredNanos;

  /** How far the store's clock was set back while it was open. */
  long setBackNanos;

  @Nullable List<Answer> answers;

  /** Whether the question, the answer or the member that had it is gone. */
  boolean lost;

  Ask(
      SpaceName space,
      List<Delta> deltas,
      Principal principal,
      Condition condition,
      long askedNanos,
      long headWhenAsked,
      Instant storeTimeWhenAsked,
      String through,
      boolean calm) {
    this.space = space;
    this.deltas = List.copyOf(deltas);
    this.principal = principal;
    this.condition = condition;
    this.askedNanos = askedNanos;
    this.headWhenAsked = headWhenAsked;
    this.storeTimeWhenAsked = storeTimeWhenAsked;
    this.through = through;
    this.calm = calm;
  }

  Sending sending() {
    return new Sending(principal, condition);
  }

  /** Whether the agent knows what became of it. */
  boolean isSettled() {
    List<Answer> told = answers;
    return told != null
        && told.stream()
            .noneMatch(answer -> answer instanceof Answer.Unavailable none && none.unknown());
  }

  boolean isAccepted() {
    List<Answer> told = answers;
    return told != null && told.stream().allMatch(Answer.Accepted.class::isInstance);
  }

  @Override
  public String toString() {
    return space + " " + deltas.stream().map(Delta::id).toList();
  }
}
