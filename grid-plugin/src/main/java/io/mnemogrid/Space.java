package io.mnemogrid;

import io.mnemogrid.log.Blame;
import io.mnemogrid.log.HistoryPage;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Patch;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One space as this member sees it. Safe for all threads. */
public interface Space {
  /** Its name. */
  SpaceName name();

  /** The newest version here: a pointer to an immutable value, no I/O. */
  Snapshot head();

  /** What stands at a path of the newest version here, or null. No I/O. */
  default @Nullable Json read(Pointer path) {
    return head().state().value(path);
  }

  /**
   * The space at a version, 0 for before its first. A version beyond this member's head is waited
   * for up to 1 s; empty when it is not in the log then. Blocks: nearest snapshot plus replay.
   */
  Optional<Snapshot> at(long version);

  /** The last version committed by then. Blocks. */
  Snapshot at(Instant time);

  /**
   * Commits one delta. The future never fails: each outcome is a {@link CommitResult}; it completes
   * on a virtual thread of its own, so what follows it may block, and may commit. While the outcome
   * is unknown the same id is sent again, three times at most and not begun after twice the commit
   * timeout; it is {@link CommitResult.Unknown} when that settled nothing. A refusal then counts
   * only if it holds for the earlier sending as well ({@link
   * io.mnemogrid.merge.Refusal#isLasting}). What a repetition found counts as {@code duplicate}.
   */
  CompletableFuture<CommitResult> commit(Delta delta);

  /**
   * Commits deltas as one, all or none; the results stand in their order.
   *
   * @throws io.mnemogrid.state.JsonException at once, when it has more than 1,000 deltas, 20,000
   *     leaves or 4 MiB
   */
  CompletableFuture<List<CommitResult>> commit(List<Delta> deltas);

  /**
   * Reads a path, computes its next value and commits that strictly, again and again until nobody
   * was in between: for counters and all read-modify-write. Blocks. A null value is absence. While
   * an outcome is unknown the same delta is sent again. For 30 s nothing is given up; no attempt is
   * begun after that, nor after an interrupt.
   *
   * @return how the winning attempt was committed, or the first result that is no conflict. After
   *     30 s it may be the last conflict, which left no trace, or {@link CommitResult.Unknown},
   *     whose one delta is to be committed again before the path is computed anew, or it may count
   *     twice
   */
  CommitResult compute(Pointer path, Author author, Function<@Nullable Json, @Nullable Json> next);

  /** Builds a delta against this member's head, with a fresh id and the store's time. */
  Delta delta(Author author, UnaryOperator<DeltaBuilder> changes);

  /**
   * The first updates of versions {@code (since, since + limit]}, oldest first: as many as there
   * are and 4 MiB hold, and one in any case. Only an empty list is the log's end. Blocks.
   */
  List<Update> updates(long since, int limit);

  /** The update with this id; empty means "not there yet". Blocks. */
  Optional<Update> find(UpdateId id);

  /**
   * Makes the document that of an earlier version again, 0 for the empty one, as a new version. All
   * that came since counts as seen. The future never fails; the same id is applied once.
   */
  CompletableFuture<CommitResult> rollback(long to, Author author, UpdateId id);

  /**
   * What makes the document of version {@code from} that of {@code to}, which may be the older one;
   * empty when either is not in the log. Blocks. Costs the changes from the older of the two to the
   * head, not the document.
   */
  Optional<Patch> diff(long from, long to);

  /**
   * The first updates after version {@code since} that changed a leaf at, above or below a path.
   * Blocks. There is no index of paths: it reads the log on from there, at most 20,000 records a
   * call, or until it has found 4 MiB of them, and then says where to go on.
   */
  HistoryPage history(Pointer path, long since, int limit);

  /**
   * The newest update among those that set what stands at or below a path of the head; empty where
   * nothing stands. Blocks. Costs the leaves below the path and one record.
   */
  Optional<Blame> blame(Pointer path);

  /** The policy it was created with, canonical JSON. Blocks. */
  String policy();

  /** The greatest version that a final checkpoint covers, 0 when none does. Blocks. */
  long finalizedVersion();

  /**
   * The version up to which the audit has recomputed the space and found it true; 0 when there is
   * none, or when it found something wrong. Blocks.
   */
  long auditedVersion();

  /** How far a version has come towards the chain. Blocks. */
  Finality finality(long version);
}
