package io.mnemogrid.commit;

import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.policy.Sending;
import io.mnemogrid.state.SpaceName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deltas that are to be committed to one space as one, all or none. Each has seen what those before
 * it wrote.
 *
 * @param sending for whom, and what the head must be to which the first of them is appended
 * @param ticket the number by which the answer finds its asker
 * @param deadlineNanos on the committing member's monotonic clock; the request is given up after it
 */
public record Request(
    long ticket, SpaceName space, List<Delta> deltas, Sending sending, long deadlineNanos) {
  public Request {
    deltas = List.copyOf(deltas);
    if (deltas.isEmpty()) {
      throw new IllegalArgumentException("a request has deltas");
    }
    if (deltas.size() > 1 && deltas.stream().anyMatch(Delta.Patch.class::isInstance)) {
      throw new IllegalArgumentException("a patch stands in no list, got " + deltas.size());
    }
  }

  /** A request of a member's own code that takes every head. */
  public Request(long ticket, SpaceName space, List<Delta> deltas, long deadlineNanos) {
    this(ticket, space, deltas, Sending.TRUSTED, deadlineNanos);
  }

  /** What the head must be. */
  Condition condition() {
    return sending.condition();
  }

  /** Two requests are equal if their tickets are; comparing deltas would walk whole documents. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Request request && ticket == request.ticket;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(ticket);
  }
}
