package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Trie;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a leader does, a step at a time: compose a checkpoint when one is due, bring every stored
 * header to the anchor in order, and see each become final.
 *
 * <p>It reads the anchor first, every time. A header is stored under the leader's epoch before
 * anything is signed and never changes; what was signed is stored before it is sent. So whoever
 * goes on, after a crash, a takeover, a reorg or with an empty chain, sends that header again, and
 * no number ever has two. An anchor that is ahead of the store, or holds another header, stops
 * everything: then the store is not the one that the chain knows.
 *
 * <p>State lives in the store. What is remembered from step to step, since when a header stands
 * that another's transaction brought, only delays when it is lost. One thread of one leader uses
 * it.
 */
public final class Checkpointer {
  /** When a checkpoint is due. */
  public record Policy(Duration every, long versions) {}

  /** What a step found or did. */
  public sealed interface Step {
    /** Nothing is due and everything stored is final. */
    record Idle() implements Step {}

    /** Something went on; step again soon. */
    record Progress(String what) implements Step {}

    /** A transaction failed and was replaced by another: wait longer each time. */
    record Retried(long number, String reason) implements Step {}

    /** A checkpoint waits for the anchor. */
    record Waiting(long number) implements Step {}

    /** A checkpoint is final now, and so are all versions it covers. */
    record Finalized(StoredCheckpoint checkpoint) implements Step {}

    /** The lease has another epoch: this member no longer leads. */
    record Deposed() implements Step {}

    /** The anchor holds what the store does not: nothing is written any more. */
    record Stopped(String code, String why) implements Step {}
  }

  private final CheckpointStore store;
  private final Anchor anchor;
  private final Policy policy;
  private Anchor.@Nullable Anchored seen;
  private long seenAtHeight;

  /** A checkpointer that writes to {@code anchor} what {@code store} says is ready. */
  public Checkpointer(CheckpointStore store, Anchor anchor, Policy policy) {
    this.store = store;
    this.anchor = anchor;
    this.policy = policy;
  }

  /**
   * Does the next thing there is to do.
   *
   * @param epoch the leader's
   * @param now the store's clock
   * @param demanded whether somebody asked for a checkpoint, so that none need be due
   */
  public Step step(long epoch, Instant now, boolean demanded) {
    long anchored = anchor.latest();
    Optional<StoredCheckpoint> newest = store.latest();
    long stored = newest.map(StoredCheckpoint::number).orElse(0L);
    Optional<Step.Stopped> stop = disagreement(anchored, stored);
    if (stop.isPresent()) {
      return stop.get();
    }
    if (anchored < stored) {
      return bring(anchored + 1, epoch);
    }
    for (StoredCheckpoint unfinished : store.unfinished(1)) {
      return await(unfinished, epoch);
    }
    return compose(newest, epoch, now, demanded);
  }

  /** Why nothing may be written, if the anchor is not the one that the store knows. */
  public Optional<Step.Stopped> disagreement() {
    return disagreement(anchor.latest(), store.latest().map(StoredCheckpoint::number).orElse(0L));
  }

  private Optional<Step.Stopped> disagreement(long anchored, long stored) {
    if (anchored > stored) {
      return Optional.of(
          new Step.Stopped(
              "chain-ahead",
              "%s holds checkpoint %d, this store only %d: the store was restored from an older copy or is another grid's; use the store that wrote them, or a new contract"
                  .formatted(anchor.identity(), anchored, stored)));
    }
    if (anchored == 0) {
      return Optional.empty();
    }
    Hash ours = store.find(anchored).orElseThrow().checkpoint().hash();
    Hash theirs = anchor.find(anchored).map(Anchor.Anchored::hash).orElse(ours);
    return ours.equals(theirs)
        ? Optional.empty()
        : Optional.of(
            new Step.Stopped(
                "chain-differs",
                "%s holds another header for checkpoint %d: it belongs to another store"
                    .formatted(anchor.identity(), anchored)));
  }

  /** Brings the first header that the anchor lacks. */
  private Step bring(long number, long epoch) {
    StoredCheckpoint next = store.find(number).orElseThrow();
    SignedTransaction signed = next.transaction();
    String failure = null;
    if (signed != null && signed.anchor().equals(anchor.identity())) {
      switch (anchor.inclusion(signed)) {
        case Anchor.Inclusion.Waiting _, Anchor.Inclusion.Included _ -> {
          return new Step.Waiting(number);
        }
        case Anchor.Inclusion.Failed failed -> failure = failed.reason();
        case Anchor.Inclusion.Missing _ -> {
          if (next.status() != StoredCheckpoint.Status.SENT && !store.sign(number, signed, epoch)) {
            return new Step.Deposed();
          }
          failure = sendAgain(signed);
          if (failure == null) {
            return new Step.Progress("sent checkpoint " + number + " again");
          }
        }
      }
    }
    SignedTransaction fresh = anchor.sign(next.checkpoint());
    if (!store.sign(number, fresh, epoch)) {
      return new Step.Deposed();
    }
    anchor.send(fresh);
    return failure == null
        ? new Step.Progress("sent checkpoint " + number)
        : new Step.Retried(number, failure);
  }

  /**
   * Why the anchor refused what it still misses, so that it is signed anew, with the fee of now;
   * null when it has it. The two have one nonce, or the later fails: only one of them is ever
   * written.
   */
  private @Nullable String sendAgain(SignedTransaction signed) {
    try {
      anchor.send(signed);
      return null;
    } catch (AnchorUnavailable e) {
      return anchor.inclusion(signed) instanceof Anchor.Inclusion.Missing
          ? String.valueOf(e.getMessage())
          : null;
    }
  }

  /** Sees whether what the anchor holds is deep enough. */
  private Step await(StoredCheckpoint checkpoint, long epoch) {
    long number = checkpoint.number();
    SignedTransaction signed = checkpoint.transaction();
    boolean deep =
        signed != null
                && signed.anchor().equals(anchor.identity())
                && anchor.inclusion(signed) instanceof Anchor.Inclusion.Included included
            ? included.confirmations() >= anchor.finalAfter()
            : hasStoodLongEnough(number);
    StoredCheckpoint.Status status =
        deep ? StoredCheckpoint.Status.FINALIZED : StoredCheckpoint.Status.CONFIRMED;
    if (status != checkpoint.status() && !store.advance(number, status, epoch)) {
      return new Step.Deposed();
    }
    return deep ? new Step.Finalized(store.find(number).orElseThrow()) : new Step.Waiting(number);
  }

  /**
   * Whether a header is deep enough that stands by a transaction other than the one stored, such as
   * another leader's: counted in blocks from when it was first seen to stand in that very block.
   */
  private boolean hasStoodLongEnough(long number) {
    if (anchor.finalAfter() <= 1) {
      return true;
    }
    long height =
        anchor.height(); // before the look, so that it counts too few rather than too many
    Optional<Anchor.Anchored> standing = anchor.find(number);
    if (standing.isEmpty() || !standing.get().equals(seen)) {
      seen = standing.orElse(null);
      seenAtHeight = anchor.height();
      return false;
    }
    return height - seenAtHeight + 1 >= anchor.finalAfter();
  }

  private Step compose(
      Optional<StoredCheckpoint> newest, long epoch, Instant now, boolean demanded) {
    Map<SpaceName, Manifest.Entry> all = new TreeMap<>();
    store.anchoredHeads().forEach(entry -> all.put(entry.head().space(), entry));
    Map<SpaceName, Manifest.Entry> changed = new TreeMap<>();
    long versions = 0;
    for (VerifiedHead verified : store.newestVerified()) {
      Manifest.Entry before = all.get(verified.head().space());
      long from = before == null ? 0 : before.head().version();
      if (isReady(verified, from, now)) {
        changed.put(
            verified.head().space(),
            new Manifest.Entry(verified.head(), verified.snapshot(), verified.snapshotVersion()));
        versions += verified.head().version() - from;
      }
    }
    if (changed.isEmpty() || !(demanded || isDue(newest, versions, now))) {
      return new Step.Idle();
    }
    all.putAll(changed);
    long number = newest.map(StoredCheckpoint::number).orElse(0L) + 1;
    Checkpoint checkpoint =
        compose(
            number,
            newest.map(before -> before.checkpoint().hash()).orElse(Hash.ZERO),
            all,
            number % Manifest.FULL_EVERY == 0 ? all : changed,
            now);
    return store.insert(checkpoint, epoch)
        ? new Step.Progress("prepared checkpoint " + number)
        : new Step.Deposed();
  }

  /** The rules before a head goes into a checkpoint; one that fails keeps its head of before. */
  private static boolean isReady(VerifiedHead verified, long anchoredVersion, Instant now) {
    return verified.ready()
        && verified.head().version() > anchoredVersion
        && !verified.committed().isAfter(now);
  }

  private boolean isDue(Optional<StoredCheckpoint> newest, long versions, Instant now) {
    Instant last = newest.map(StoredCheckpoint::prepared).orElse(Instant.EPOCH);
    return versions >= policy.versions() || !now.isBefore(last.plus(policy.every()));
  }

  private Checkpoint compose(
      long number,
      Hash previous,
      Map<SpaceName, Manifest.Entry> all,
      Map<SpaceName, Manifest.Entry> listed,
      Instant now) {
    Trie<Head> forest = Trie.empty();
    for (Manifest.Entry entry : all.values()) {
      forest = forest.with(entry.head());
    }
    List<Manifest.Entry> spaces = new ArrayList<>(listed.values());
    Manifest manifest = new Manifest(number, anchor.author(), previous, spaces, now);
    return new Checkpoint(new Header(number, previous, forest.root(), manifest.digest()), manifest);
  }
}
