package io.mnemogrid;

import io.mnemogrid.log.Blame;
import io.mnemogrid.log.HistoryPage;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Undo;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.policy.Principal;
import io.mnemogrid.signature.AuthorSignature;
import io.mnemogrid.signature.AuthorSigner;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Patch;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** One space as this member sees it. Safe for all threads. */
public interface Space {
  /** Its name. */
  SpaceName name();

  /**
   * This space for somebody else: what is committed through it is judged as theirs. A member's own
   * code is trusted with all; the policy of the space holds for it too, author by author. Reads are
   * the same for everybody.
   */
  Space as(Principal principal);

  /**
   * This space for an author with a key: each delta (not a patch, a rollback or an undo) that is
   * committed through it is signed, and its record says so for ever. A key that is none of the
   * delta's author is refused with {@link io.mnemogrid.merge.Refusal.BadSignature}. A commit costs
   * its caller's thread some 250 µs more.
   */
  Space signing(AuthorSigner signer);

  /**
   * This space with signatures that authors made elsewhere, by the id of what they signed. They are
   * checked as those of {@link #signing} are, some 100 µs each; it may block to read the authors'
   * keys.
   */
  Space signed(Map<UpdateId, AuthorSignature> signatures);

  /**
   * This space for whoever does not block: what follows a commit runs by {@code answers}, {@code
   * Runnable::run} for the member's own threads, in place of a virtual thread each. What blocks
   * there holds up the answers of all others.
   */
  Space answeringBy(Executor answers);

  /**
   * The newest version here: a pointer to an immutable value, no I/O. A space that this member does
   * not hold is loaded first, which blocks.
   *
   * @throws LogUnavailable when it has to be loaded and the store does not answer
   */
  Snapshot head();

  /**
   * As {@link #head}, but it never blocks: empty while this member does not hold the space, because
   * nobody asked for it lately or the log contradicted its replica.
   */
  Optional<Snapshot> loadedHead();

  /** What stands at a path of the {@link #head}, or null. */
  default @Nullable Json read(Pointer path) {
    return head().state().value(path);
  }

  /**
   * The space at a version; 0 is before its first. It waits up to 1 s for a version beyond this
   * member's head; empty when the version does not come in that time. Blocks. An older version is
   * read from the log: the nearest snapshot plus a replay.
   */
  Optional<Snapshot> at(long version);

  /** The space at the last version that was committed at or before a time. Blocks. */
  Snapshot at(Instant time);

  /**
   * Commits one delta. The future never fails: each outcome is a {@link CommitResult}. It completes
   * on a virtual thread of its own, so what follows it may block, and may commit ({@link
   * #answeringBy} chooses others). Calling it does not block.
   *
   * <p>The calling thread searches the delta for secrets ({@link Delta#secret}). One that holds a
   * secret is refused, unless its id is in the log.
   *
   * <p>If the outcome is unknown, the delta is sent again under the same id: at most three times,
   * and never later than twice the commit timeout. If that brings no certainty, the result is
   * {@link CommitResult.Unknown}. After a repetition, a refusal is reported only if it also rules
   * out that the first sending is still committed ({@link io.mnemogrid.merge.Refusal#isLasting}). A
   * commit that a repetition found in the log counts as {@code duplicate}.
   */
  default CompletableFuture<CommitResult> commit(Delta delta) {
    return commit(delta, Condition.NONE);
  }

  /**
   * Commits one delta to a head that fulfils a condition. It is judged on the very head that the
   * delta is appended to; if it fails there, the result is {@link CommitResult.Refused} with {@link
   * io.mnemogrid.merge.Refusal.NotCurrent}. An id that is in the log is answered from there,
   * whatever the condition.
   */
  default CompletableFuture<CommitResult> commit(Delta delta, Condition condition) {
    return commit(List.of(delta), condition).thenApply(List::getFirst);
  }

  /**
   * Commits deltas as one, all or none; the results stand in their order.
   *
   * @throws io.mnemogrid.state.JsonException at once, when it has more than 1,000 deltas, 20,000
   *     leaves or 4 MiB, or several deltas and a patch
   */
  default CompletableFuture<List<CommitResult>> commit(List<Delta> deltas) {
    return commit(deltas, Condition.NONE);
  }

  /**
   * Commits deltas as one, all or none, if the head to which the first of them is appended fulfils
   * a condition.
   *
   * @throws io.mnemogrid.state.JsonException as {@link #commit(List)}
   * @throws IllegalArgumentException when the space is the product's own ({@link
   *     SpaceName#isReserved})
   */
  CompletableFuture<List<CommitResult>> commit(List<Delta> deltas, Condition condition);

  /**
   * Reads a path, computes its next value and commits it strictly, and begins again as long as
   * somebody else changed the path meanwhile: for counters and all read-modify-write. Blocks. A
   * null value is absence. While an outcome is unknown, the same delta is sent again. No attempt is
   * begun after 30 s, nor after an interrupt.
   *
   * @return the result of the attempt that was committed, or the first result that is no conflict.
   *     After 30 s it may be the last conflict, which left no trace, or {@link
   *     CommitResult.Unknown}: then its one delta must be committed again before the path is
   *     computed again, or it may count twice
   */
  CommitResult compute(Pointer path, Author author, Function<@Nullable Json, @Nullable Json> next);

  /** Summary and policies of the {@link #head}, of one version. */
  default Summary summary() {
    return Summary.of(head());
  }

  /**
   * One turn of a bot: reads summary and policies at one version, runs the code, and commits what
   * it set with that version as base, of type {@code turn}. Returns when that is durable, or when
   * it is known that it is not ({@link Turned#result}); it never waits for the chain ({@link
   * Turned#finality}). Blocks as long as {@link #commit} takes, besides the code.
   *
   * <p>Code that sets nothing commits nothing. What the code throws goes on to the caller, and
   * nothing is committed. It runs on the calling thread, and once.
   *
   * @throws io.mnemogrid.state.JsonException when what it set is too much for one delta
   */
  default Turned turn(Author author, Consumer<? super Turn> code) {
    Snapshot head = head();
    Summary seen = Summary.of(head);
    Turn turn = new Turn(seen, head.state(), author);
    code.accept(turn);
    if (turn.delta().isEmpty()) {
      return new Turned(this, seen, null, null);
    }
    Delta delta = delta(author, now -> turn.delta().timestampFrom(now));
    return new Turned(this, seen, delta, commit(delta).join());
  }

  /** Builds a delta against this member's head, with a fresh id and the store's time. */
  Delta delta(Author author, UnaryOperator<DeltaBuilder> changes);

  /**
   * The updates of versions {@code (since, since + limit]}, oldest first, up to 4 MiB. If there is
   * any, at least one is answered, so only an empty list is the end of the log. Blocks.
   */
  List<Update> updates(long since, int limit);

  /**
   * Follows this space from a version on, of which only the number is known: two histories may both
   * have that number, and then the follower goes on with the one that the log has. 0 is before the
   * first version. No I/O; whether the log has the version, the first {@link Follower#read} tells.
   *
   * @throws IllegalArgumentException when the version is negative
   */
  Follower follow(long since);

  /** As {@link #follow(long)}, from a version of one history. */
  Follower follow(HeadTag since);

  /** The update with this id; empty means "not there yet". Blocks. */
  Optional<Update> find(UpdateId id);

  /**
   * Makes a new version with the document of an earlier one; 0 is the empty document. All that came
   * since counts as seen. The future never fails; the same id is applied once.
   */
  CompletableFuture<CommitResult> rollback(long to, Author author, UpdateId id);

  /**
   * What would go back if all were undone that an author wrote after version {@code since} and that
   * still stands: each leaf that this author changed last becomes what it was before; what others
   * have written since stays. Changes nothing. Blocks; reads the log from there on.
   *
   * @throws IllegalArgumentException when {@code since} is negative or beyond the head
   */
  Undo undone(Author author, long since);

  /**
   * Commits an undo as a new version, if the head is still the one that it was made from; else the
   * result is {@link CommitResult.Refused} with {@link io.mnemogrid.merge.Refusal.NotCurrent}, and
   * it is to be made anew. The future never fails.
   *
   * @param author who undoes
   */
  CompletableFuture<CommitResult> undo(Undo undo, Author author, UpdateId id);

  /**
   * The patch that makes the document of version {@code from} that of {@code to}, which may be the
   * older one; empty when either is not in the log. Blocks. Costs the changes from the older of the
   * two to the head, not the document.
   */
  Optional<Patch> diff(long from, long to);

  /**
   * The first updates after version {@code since} that changed a leaf at, above or below a path.
   * Blocks. There is no index of paths: a call reads the log from there on, until it has read about
   * 20,000 records or found 4 MiB of them, and then says where to go on.
   */
  HistoryPage history(Pointer path, long since, int limit);

  /**
   * The newest update among those that set what stands at or below a path of the head; empty where
   * nothing stands. Blocks. Costs the leaves below the path and one record.
   */
  Optional<Blame> blame(Pointer path);

  /** The policy in the {@link #head}, canonical JSON; {@code {}} without one. */
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

  /**
   * Completes when a version is final, which the member is told by event; it also asks the store,
   * at once and then every 30 s while somebody waits. A version that is not there yet may be waited
   * for. Fails with {@link IllegalStateException} when this member is closed. What follows runs on
   * a virtual thread and may block. Does not block.
   *
   * @throws IllegalArgumentException when the version is negative
   */
  CompletableFuture<Finality> whenFinal(long version);
}
