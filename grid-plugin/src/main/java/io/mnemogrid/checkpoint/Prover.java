package io.mnemogrid.checkpoint;

import io.mnemogrid.checkpoint.Bundle.Inclusion;
import io.mnemogrid.checkpoint.Bundle.Place;
import io.mnemogrid.checkpoint.Bundle.Subject;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.proof.FactProof;
import io.mnemogrid.proof.Frontier;
import io.mnemogrid.proof.KeyProof;
import io.mnemogrid.proof.LogFold;
import io.mnemogrid.proof.ProofFold;
import io.mnemogrid.signature.AuthorKeys;
import io.mnemogrid.signature.AuthorSignature;
import io.mnemogrid.signature.Signed;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Trie;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Makes bundles from the log and the stored checkpoints. Each is checked as an outsider would check
 * it before it is handed out.
 *
 * <p>Costs: a path in the log folds all leaf hashes up to the head, O(version) time and O(log
 * version) memory, because the log does not keep its inner nodes. A head's place builds the forest
 * of that checkpoint, O(spaces), and for any checkpoint but the newest it reads up to {@value
 * Manifest#FULL_EVERY} manifests, one at a time. Calls block; safe for all threads.
 */
public final class Prover {
  /** Where documents of old versions come from. */
  public interface Documents {
    /** The space at a version; empty when the log has none. */
    Optional<Snapshot> at(SpaceName space, long version);
  }

  /** What became of a request for a bundle. */
  public sealed interface Answer extends Serializable {
    /** The bundle's canonical text. */
    record Made(String bundle) implements Answer {}

    /**
     * The checkpoint does not cover the version: the one that was asked for, or the newest final
     * one.
     *
     * @param covered the space's version in that checkpoint, 0 when it is not in it
     */
    record Uncovered(long version, long covered) implements Answer {}

    /** The space has no such version, or the grid no such checkpoint. */
    record Unknown(String what) implements Answer {}
  }

  private final LogReader log;
  private final CheckpointStore store;
  private final Documents documents;

  /** A prover that replays the log for every document. */
  public Prover(LogReader log, CheckpointStore store) {
    this(log, store, log::replay);
  }

  /** A prover that takes documents from elsewhere, such as replicas in memory. */
  public Prover(LogReader log, CheckpointStore store, Documents documents) {
    this.log = log;
    this.store = store;
    this.documents = documents;
  }

  /** A checkpoint and all its heads. */
  private record Standing(StoredCheckpoint stored, Trie<Head> forest) {
    @Nullable Head head(SpaceName space) {
      return forest.get(Hash.sha256(space.text()));
    }
  }

  /** What a version and a checkpoint lead to. */
  private sealed interface Found {
    record At(Standing standing, Head head, long version) implements Found {}

    record Not(Answer answer) implements Found {}
  }

  /**
   * What stands at a path.
   *
   * @param version 0 for the head's own in the checkpoint
   * @param checkpoint 0 for the newest final one
   */
  public Answer proveFact(SpaceName space, Pointer path, long version, long checkpoint) {
    if (path.equals(Pointer.ROOT)) {
      return new Answer.Unknown("a fact is about a path below the root; prove its members");
    }
    return switch (find(space, version, checkpoint)) {
      case Found.Not not -> not.answer;
      case Found.At at -> {
        Snapshot snapshot =
            documents
                .at(space, at.version)
                .filter(found -> found.version() == at.version)
                .orElseThrow(() -> isMissing(space, at.version));
        FactProof proof = FactProof.of(snapshot.state(), path);
        FactProof.Verdict shown = proof.verify(snapshot.state().root(), path);
        Inclusion update =
            at.version == at.head.version() ? null : inclusion(update(space, at.version), at.head);
        yield made(new Bundle.Fact(space, at.version, path, shown, proof, update), at);
      }
    };
  }

  /** The update that made a version; 0 as in {@link #proveFact}. */
  public Answer proveUpdate(SpaceName space, long version, long checkpoint) {
    return switch (find(space, version, checkpoint)) {
      case Found.Not not -> not.answer;
      case Found.At at -> {
        Update update = update(space, at.version);
        yield made(
            new Bundle.Update(
                space, at.version, inclusion(update, at.head), author(update, at.standing)),
            at);
      }
    };
  }

  /**
   * What is to prove the author of a record; null where the author did not sign, and where the
   * checkpoint does not cover the version of the authors' keys that the record names.
   */
  private Bundle.@Nullable AuthorProof author(Update update, Standing standing) {
    Signed signed = update.fields().signed();
    Head head = signed == null ? null : standing.head(SpaceName.AUTHORS);
    if (signed == null || head == null || signed.proven().authors() > head.version()) {
      return null;
    }
    long version = signed.proven().authors();
    AuthorSignature signature = signed.proven().signature();
    Snapshot snapshot =
        documents
            .at(SpaceName.AUTHORS, version)
            .filter(found -> found.version() == version)
            .orElseThrow(() -> isMissing(SpaceName.AUTHORS, version));
    Pointer place = AuthorKeys.placeOf(update.fields().author(), signature.key());
    return new Bundle.AuthorProof(
        head,
        KeyProof.of(standing.forest, head.key()),
        version == head.version() ? null : inclusion(update(SpaceName.AUTHORS, version), head),
        FactProof.of(snapshot.state(), AuthorKeys.GRID),
        FactProof.of(snapshot.state(), place),
        signed.request().canonical(),
        signature.value());
  }

  /**
   * Proves that the history at {@code to} extends the one at {@code from}.
   *
   * @param from at least 1
   * @param to a version that is the head in some final checkpoint; 0 for the one of the newest
   *     final
   */
  public Answer proveConsistency(SpaceName space, long from, long to) {
    long checkpoint = 0;
    if (to != 0) {
      checkpoint =
          store
              .covering(space, to)
              .filter(stored -> stored.status() == StoredCheckpoint.Status.FINALIZED)
              .map(StoredCheckpoint::number)
              .orElse(0L);
    }
    return switch (find(space, Math.max(from, to), checkpoint)) {
      case Found.Not not -> not.answer;
      case Found.At at when to != 0 && at.head.version() != to ->
          new Answer.Uncovered(to, at.head.version());
      case Found.At at -> {
        LogFold older = new LogFold(Frontier.EMPTY);
        ProofFold proof = ProofFold.consistency(from, at.head.version());
        log.forEachLeafHash(space, 0, from, older.andThen(proof));
        log.forEachLeafHash(space, from, at.head.version(), proof);
        yield made(
            new Bundle.Consistency(
                space, at.head.version(), from, older.frontier().root(), path(at.head, proof)),
            at);
      }
    };
  }

  /** The head of a space in the newest final checkpoint. */
  public Optional<Head> newestHead(SpaceName space) {
    return standing(0).map(standing -> standing.head(space));
  }

  private Found find(SpaceName space, long version, long checkpoint) {
    Optional<Standing> standing = standing(checkpoint);
    if (standing.isEmpty() && checkpoint != 0) {
      return new Found.Not(new Answer.Unknown("there is no checkpoint " + checkpoint));
    }
    Head head = standing.map(found -> found.head(space)).orElse(null);
    if (head == null || version > head.version()) {
      return new Found.Not(new Answer.Uncovered(version, head == null ? 0 : head.version()));
    }
    return new Found.At(standing.orElseThrow(), head, version == 0 ? head.version() : version);
  }

  private Optional<Standing> standing(long number) {
    if (number != 0) {
      return store.find(number).map(stored -> new Standing(stored, forest(stored.checkpoint())));
    }
    return store.latestFinal().map(stored -> new Standing(stored, forest(stored.checkpoint())));
  }

  /** All heads of a checkpoint. Those of the newest stand in the store, others in manifests. */
  private Trie<Head> forest(Checkpoint checkpoint) {
    Hash root = checkpoint.header().forestRoot();
    Trie<Head> newest = Trie.empty();
    for (Manifest.Entry entry : store.anchoredHeads()) {
      newest = newest.with(entry.head());
    }
    if (newest.root().equals(root)) {
      return newest;
    }
    Trie<Head> forest = Trie.empty();
    for (Manifest.Entry entry : store.entries(checkpoint)) {
      forest = forest.with(entry.head());
    }
    return forest;
  }

  private Update update(SpaceName space, long version) {
    return log.read(space, version - 1, 1).stream()
        .findFirst()
        .orElseThrow(() -> isMissing(space, version));
  }

  private Inclusion inclusion(Update update, Head head) {
    ProofFold proof = ProofFold.inclusion(head.version(), update.version() - 1);
    log.forEachLeafHash(head.space(), 0, head.version(), proof);
    return new Inclusion(update.text(), path(head, proof), head.version());
  }

  private static List<Hash> path(Head head, ProofFold proof) {
    try {
      return proof.path();
    } catch (IllegalStateException e) {
      throw new BrokenHistory(
          head.space(), head.version(), "has a gap below it: " + e.getMessage());
    }
  }

  /** A version that a checkpoint covers. */
  private static BrokenHistory isMissing(SpaceName space, long version) {
    return new BrokenHistory(space, version, "is missing, though a checkpoint covers it");
  }

  private static Answer made(Subject subject, Found.At at) {
    Checkpoint checkpoint = at.standing.stored.checkpoint();
    Place place =
        new Place(checkpoint.header(), at.head, KeyProof.of(at.standing.forest, at.head.key()));
    Bundle bundle = new Bundle(subject, place, hints(at.standing.stored));
    return switch (BundleVerifier.verify(bundle, checkpoint.hash())) {
      case BundleVerifier.Verdict.Holds _ -> new Answer.Made(bundle.toText());
      // The space was imported from another grid, whose keys are not here: its author is claimed.
      case BundleVerifier.Verdict.Fails fails
          when fails.step() == BundleVerifier.Step.AUTHOR
              && subject instanceof Bundle.Update(var space, long version, var update, _) ->
          made(new Bundle.Update(space, version, update, null), at);
      case BundleVerifier.Verdict.Fails fails ->
          throw new BrokenHistory(
              at.head.space(),
              at.version,
              "the log and checkpoint %d do not agree, step %s: %s"
                  .formatted(checkpoint.number(), fails.step().text(), fails.why()));
      case BundleVerifier.Verdict.Unreadable unreadable ->
          throw new IllegalStateException(unreadable.why());
    };
  }

  /** Where the checkpoint was made public. It is for people; no verifier uses it. */
  private static Json.@Nullable Obj hints(StoredCheckpoint stored) {
    SignedTransaction transaction = stored.transaction();
    if (transaction == null) {
      return null;
    }
    TreeMap<String, Json> hints = new TreeMap<>();
    List<String> anchor = List.of(transaction.anchor().split(":", 3));
    if (anchor.size() == 3 && anchor.getFirst().equals("evm")) {
      hints.put("chain_id", Json.of(Long.parseLong(anchor.get(1))));
      hints.put("contract", Json.of(anchor.get(2)));
    } else {
      hints.put("anchor", Json.of(transaction.anchor()));
    }
    hints.put("transaction", Json.of(transaction.hash()));
    return new Json.Obj(hints);
  }
}
