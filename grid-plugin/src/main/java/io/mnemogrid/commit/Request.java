package io.mnemogrid.commit;

import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.SpaceName;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Deltas that are to be committed to one space as one, all or none, each having seen those before
 * it.
 *
 * @param ticket by which the answer finds its asker
 * @param deadlineNanos on the committing member's monotonic clock: given up after it
 */
public record Request(long ticket, SpaceName space, List<Delta> deltas, long deadlineNanos) {
  public Request {
    deltas = List.copyOf(deltas);
    if (deltas.isEmpty()) {
      throw new IllegalArgumentException("a request has deltas");
    }
  }

  /** Its ticket tells it from others; comparing deltas would walk whole documents. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Request request && ticket == request.ticket;
  }

  @Override
  public int hashCode() {
    return Long.hashCode(ticket);
  }
}
