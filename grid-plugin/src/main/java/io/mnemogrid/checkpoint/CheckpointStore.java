package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Trie;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The checkpoints of the grid, the outbox of the transactions that bring them to the anchor, and
 * the spaces that are held up. Writes are durable when they return; they are conditional on the
 * leader's epoch and return false, writing nothing, when the lease has another. Calls block; safe
 * for all threads.
 */
public interface CheckpointStore {
  /**
   * Writes a header and its manifest, both also as blobs, and the space and version of each
   * document that the manifest names. It does so if the number is one more than the newest and the
   * lease has this epoch. Once written they never change.
   */
  boolean insert(Checkpoint checkpoint, long epoch);

  /** Stores a signed transaction before it is sent, and marks its checkpoints as sent. */
  boolean sign(SignedTransaction transaction, long epoch);

  /** Stores what a transaction cost. */
  boolean storeCost(String hash, Cost cost, long epoch);

  /** The transactions that were signed for a checkpoint, newest first. */
  List<OutboxEntry> outbox(long number, int limit);

  /** All transactions that were signed from {@code time} on. */
  List<OutboxEntry> signedSince(Instant time);

  /**
   * Sets the checkpoints after {@code number} that were confirmed or final back to sent. Returns
   * how many there were, or -1 when the lease has another epoch.
   */
  long undo(long number, long epoch);

  /** Replaces the spaces that are held up. */
  boolean hold(List<Held> spaces, long epoch);

  /** The spaces that are held up, by name. */
  List<Held> held();

  /** Sets how far a checkpoint has come; the time of {@code FINALIZED} is the store's. */
  default boolean advance(long number, StoredCheckpoint.Status status, long epoch) {
    return advance(number, number, status, epoch);
  }

  /**
   * Sets how far the checkpoints from {@code first} to {@code last} have come, in one transaction.
   * False when the lease has another epoch, or one of them is not there.
   */
  boolean advance(long first, long last, StoredCheckpoint.Status status, long epoch);

  /** The newest that is final. */
  Optional<StoredCheckpoint> latestFinal();

  /** The newest checkpoint. */
  Optional<StoredCheckpoint> latest();

  /** The checkpoint of that number. */
  Optional<StoredCheckpoint> find(long number);

  /** The newest that is final without its manifest. O(1), however many spaces it names. */
  Optional<StoredHeader> newestFinalHeader();

  /** The newest checkpoint without its manifest. O(1), however many spaces it names. */
  Optional<StoredHeader> newestHeader();

  /** The checkpoint of that number without its manifest. O(1), however many spaces it names. */
  Optional<StoredHeader> header(long number);

  /**
   * Checkpoints with numbers below {@code before}, newest first; one that cannot be read is left
   * out. All others that return checkpoints throw {@link BrokenCheckpoint} there.
   */
  List<StoredCheckpoint> list(long before, int limit);

  /** The checkpoints that are not final, oldest first, without their manifests. */
  List<StoredHeader> unfinished(int limit);

  /** The heads that stand in the newest checkpoint, with their snapshots, by name. */
  List<Manifest.Entry> anchoredHeads();

  /**
   * The entries of all spaces at a checkpoint, by name, from the manifests up to it: {@value
   * Manifest#FULL_EVERY} at most.
   *
   * @throws BrokenCheckpoint when they do not give the forest root of its header
   */
  default List<Manifest.Entry> entries(Checkpoint checkpoint) {
    TreeMap<SpaceName, Manifest.Entry> entries = new TreeMap<>();
    Optional<StoredCheckpoint> at = find(checkpoint.number());
    while (at.isPresent()) { // one manifest at a time: each may have some megabytes
      for (Manifest.Entry entry : at.get().checkpoint().manifest().spaces()) {
        entries.putIfAbsent(entry.head().space(), entry);
      }
      long number = at.get().number();
      at = number % Manifest.FULL_EVERY == 0 ? Optional.empty() : find(number - 1);
    }
    Trie<Head> forest = Trie.empty();
    for (Manifest.Entry entry : entries.values()) {
      forest = forest.with(entry.head());
    }
    Hash root = checkpoint.header().forestRoot();
    if (!forest.root().equals(root)) {
      throw new BrokenCheckpoint(
          checkpoint.number(),
          "the manifests up to it give forest root %s, its header says %s"
              .formatted(forest.root(), root));
    }
    return List.copyOf(entries.values());
  }

  /** The first final checkpoint that covers a version of a space, else the first that covers it. */
  Optional<StoredCheckpoint> covering(SpaceName space, long version);

  /** The greatest version of a space that a final checkpoint covers, 0 when none does. */
  long finalizedVersion(SpaceName space);
}
