package io.mnemogrid.member;

import io.mnemogrid.CommitResult;
import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.Space;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads a path, computes its next value and commits it strictly; begins again when somebody else
 * changed the path meanwhile. A delta with an unknown outcome is sent again as it is, because a new
 * delta beside it could count twice.
 */
final class Computing {
  /** How long a computation tries again. */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration SHORTEST_PAUSE = Duration.ofMillis(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMillis(50);

  /** What the computation needs of the space and its member. */
  interface Grid {
    Snapshot head();

    /** The store's time. */
    Instant now();

    /** What became of a delta; waits for it. */
    CommitResult commit(Delta delta) throws InterruptedException;

    /** Waits until the head is at that version, but not for long. */
    void await(long version);

    /** A monotonic clock. */
    long nanos();

    /** Waits for a random time up to this, so that authors in conflict come apart. */
    void pause(Duration atMost) throws InterruptedException;
  }

  private final Grid grid;
  private final long deadlineNanos;

  Computing(Grid grid) {
    this.grid = grid;
    this.deadlineNanos = grid.nanos() + PATIENCE.toNanos();
  }

  /** As {@link Space#compute}. */
  CommitResult compute(Pointer path, Author author, Function<@Nullable Json, @Nullable Json> next) {
    Duration pause = SHORTEST_PAUSE;
    while (true) {
      Delta delta = delta(path, author, next);
      try {
        CommitResult result = settle(delta);
        if (!(result instanceof CommitResult.Refused refused
                && refused.refusal() instanceof Refusal.StrictConflict conflict)
            || isOver()) {
          return result;
        }
        grid.await(conflict.head());
        grid.pause(pause);
        pause = longer(pause);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return new CommitResult.Unknown(List.of(delta), "interrupted before its outcome was known");
      }
    }
  }

  private Delta delta(Pointer path, Author author, Function<@Nullable Json, @Nullable Json> next) {
    Snapshot seen = grid.head();
    Json value = next.apply(seen.state().value(path));
    // The read matters as well as the write: of two who both count from 4 to 5, the second would
    // set what stands already, which conflicts with nothing.
    DeltaBuilder builder =
        new DeltaBuilder(author, seen.version(), grid.now())
            .type("compute")
            .strict()
            .reads(path.toString());
    return (value == null ? builder.delete(path.toString()) : builder.set(path.toString(), value))
        .build();
  }

  /** What became of a delta, unknown only when the time is over. */
  private CommitResult settle(Delta delta) throws InterruptedException {
    CommitResult first = grid.commit(delta);
    if (!(first instanceof CommitResult.Unknown unknown)) {
      return first;
    }
    while (!isOver()) {
      grid.pause(LONGEST_PAUSE);
      CommitResult again = grid.commit(delta);
      if (again instanceof CommitResult.Committed
          || again instanceof CommitResult.Refused refused && refused.refusal().isLasting(delta)) {
        return again; // all else speaks of the repetition alone: the first may land yet
      }
    }
    return unknown;
  }

  private static Duration longer(Duration pause) {
    Duration doubled = pause.multipliedBy(2);
    return doubled.compareTo(LONGEST_PAUSE) < 0 ? doubled : LONGEST_PAUSE;
  }

  private boolean isOver() {
    return grid.nanos() - deadlineNanos >= 0;
  }
}
