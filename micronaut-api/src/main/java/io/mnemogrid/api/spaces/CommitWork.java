package io.mnemogrid.api.spaces;

import io.micronaut.http.HttpRequest;
import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.CommitResult.Damaged;
import io.mnemogrid.CommitResult.NotApplied;
import io.mnemogrid.CommitResult.Refused;
import io.mnemogrid.CommitResult.Unchanged;
import io.mnemogrid.CommitResult.Unknown;
import io.mnemogrid.api.http.Conditions;
import io.mnemogrid.api.limits.Spent;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Changes;
import java.util.List;

/**
 * The work of commits, in units: one, and one for each leaf that a delta writes, for each leaf that
 * the log changed, and for each KiB of missed records in the answer. What is known already, and
 * what failed through no fault of its author, is one unit.
 */
final class CommitWork {
  private static final int BYTES_PER_UNIT = 1024;

  private CommitWork() {}

  /** Charges a commit to the caller of its request. */
  static void charge(HttpRequest<?> request, Delta delta, CommitResult result) {
    charge(request, List.of(delta), List.of(result));
  }

  /** Charges a list; where it was refused as a whole, there may be fewer results than deltas. */
  static void charge(HttpRequest<?> request, List<Delta> deltas, List<CommitResult> results) {
    Spent spent = Spent.of(request);
    if (spent == Spent.BY_NOBODY) {
      return;
    }
    boolean isMinimal = Conditions.prefersMinimal(request);
    long units = 0;
    for (int i = 0; i < results.size() && i < deltas.size(); i++) {
      units += of(deltas.get(i), results.get(i), isMinimal);
    }
    spent.work(units);
  }

  /** The units of one delta. */
  static long of(Delta delta, CommitResult result, boolean isMinimal) {
    return switch (result) {
      case Committed committed ->
          committed.duplicate()
              ? 1
              : 1
                  + delta.leaves()
                  + changed(committed.update().fields().changes())
                  + (isMinimal ? 0 : missedBytes(committed) / BYTES_PER_UNIT);
      case Unchanged _, Refused _ -> 1 + delta.leaves();
      case NotApplied _, Damaged _, Unknown _ -> 1;
    };
  }

  private static long changed(Changes changes) {
    return (long) changes.added().size() + changes.deleted().size() + changes.modified().size();
  }

  private static long missedBytes(Committed committed) {
    return committed.missed().stream().mapToLong(Update::sizeBytes).sum();
  }
}
