package io.mnemogrid.bench;

import io.mnemogrid.checkpoint.Bundle;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.Header;
import io.mnemogrid.log.Update;
import io.mnemogrid.proof.FactProof;
import io.mnemogrid.proof.KeyProof;
import io.mnemogrid.proof.LogTree;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Tag;
import io.mnemogrid.state.Trie;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A document of numbers whose updates, proofs and bundles one thread makes and times. */
final class ProvenDocument {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final int SPACES = 100;
  private static final int HISTORY = 1_000_000; // versions behind the bundles
  private static final Author AUTHOR = new Author("telegram_eu_west");
  private static final Instant TIME = Instant.parse("2026-02-05T19:00:50Z");

  private final int leaves;
  private State state;
  private long version = 1;
  private int next;

  ProvenDocument(int leaves) {
    this.leaves = leaves;
    List<Cell.Leaf> cells = new ArrayList<>(leaves);
    for (int leaf = 0; leaf < leaves; leaf++) {
      cells.add(State.leafOf(path(leaf), Json.of(0), new Tag(TIME, AUTHOR, 1)));
    }
    state = State.of(cells, Map.of());
    state.root();
  }

  private static Pointer path(int leaf) {
    return Pointer.parse("/facts/group%d/member%d".formatted(leaf / 100, leaf % 100));
  }

  /** The next leaf of a walk that is the same in every run. */
  private Pointer some() {
    next = (int) ((next + 7_919L) % leaves);
    return path(next);
  }

  /**
   * The average nanoseconds of one of {@code count} updates of a leaf, with the root after each.
   */
  double updateNanos(int count) {
    List<Changes> changes = new ArrayList<>();
    State before = state;
    for (int i = 0; i < count; i++) {
      Pointer path = some();
      Changes one = change(before, path, version + i + 1);
      before = before.apply(one, TIME, AUTHOR, version + i + 1);
      changes.add(one);
    }
    long began = System.nanoTime();
    for (Changes one : changes) {
      state = state.apply(one, TIME, AUTHOR, ++version);
      state.root();
    }
    double nanos = (System.nanoTime() - began) / (double) count;
    if (!state.root().equals(before.root())) {
      throw new IllegalStateException("the same updates lead to another root");
    }
    return nanos;
  }

  private static Changes change(State state, Pointer path, long to) {
    Json old = state.value(path);
    if (old == null) {
      throw new IllegalStateException("nothing stands at " + path);
    }
    return new Changes(List.of(), List.of(), List.of(new Changes.Modified(path, Json.of(to), old)));
  }

  /** The nanoseconds of hashing the document's canonical JSON, as one would without a trie. */
  double rehashNanos() {
    long began = System.nanoTime();
    Hash whole = Hash.sha256(state.document().canonicalBytes());
    double nanos = System.nanoTime() - began;
    if (whole.equals(Hash.OF_NOTHING)) {
      throw new IllegalStateException("no document");
    }
    return nanos;
  }

  /** The average nanoseconds of making one of {@code count} proofs of a fact. */
  double proveNanos(int count) {
    List<Pointer> paths = paths(count);
    List<FactProof> proofs = new ArrayList<>(count);
    long began = System.nanoTime();
    for (Pointer path : paths) {
      proofs.add(FactProof.of(state, path));
    }
    double nanos = (System.nanoTime() - began) / (double) count;
    Hash root = state.root();
    for (int i = 0; i < count; i++) {
      ProofsBench.demand(proofs.get(i), root, paths.get(i), standing(paths.get(i)));
    }
    return nanos;
  }

  /**
   * The average nanoseconds of checking one of {@code count} proofs of a fact. A proof under
   * another root must be refused.
   */
  double checkNanos(int count) {
    List<Pointer> paths = paths(count);
    List<FactProof> proofs = new ArrayList<>(count);
    List<FactProof.Verdict> wanted = new ArrayList<>(count);
    for (Pointer path : paths) {
      proofs.add(FactProof.of(state, path));
      wanted.add(standing(path));
    }
    Hash root = state.root();
    if (!(proofs.getFirst().verify(Hash.OF_NOTHING, paths.getFirst())
        instanceof FactProof.Verdict.Fails)) {
      throw new IllegalStateException("a proof holds under another root");
    }
    long began = System.nanoTime();
    for (int i = 0; i < count; i++) {
      ProofsBench.demand(proofs.get(i), root, paths.get(i), wanted.get(i));
    }
    return (System.nanoTime() - began) / (double) count;
  }

  private List<Pointer> paths(int count) {
    List<Pointer> paths = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      paths.add(some());
    }
    return paths;
  }

  private FactProof.Verdict standing(Pointer path) {
    Json value = state.value(path);
    if (value == null) {
      throw new IllegalStateException("nothing stands at " + path);
    }
    return new FactProof.Verdict.Present(value);
  }

  /** The bundle of a fact at the version that a checkpoint of {@value #SPACES} spaces holds. */
  Bundle atHead() {
    return bundle(HISTORY, null, Hash.sha256("a log"));
  }

  /** The bundle of a fact in the middle of a history of {@value #HISTORY} versions. */
  Bundle atPast() {
    int at = HISTORY / 2;
    Update update = update(at);
    List<Hash> log = new ArrayList<>(HISTORY);
    for (int i = 1; i <= HISTORY; i++) {
      log.add(i == at ? update.leafHash() : new Hash(i, i, i, i));
    }
    return bundle(
        at,
        new Bundle.Inclusion(update.text(), LogTree.inclusion(log, at - 1), HISTORY),
        LogTree.root(log));
  }

  private Update update(int version) {
    Pointer path = path(leaves / 2);
    return Update.of(
        new Update.Fields(
            SPACE,
            version,
            new UpdateId("0198c3f2-7a4e-7b1d-9c55-3f2a8e6d1b70"),
            AUTHOR,
            "user_interaction",
            version - 1,
            TIME,
            TIME,
            Hash.sha256("request"),
            Hash.sha256("previous"),
            state.root(),
            change(state, path, version),
            List.of(),
            List.of()));
  }

  private Bundle bundle(long version, Bundle.@Nullable Inclusion update, Hash logRoot) {
    Pointer path = path(leaves / 2);
    FactProof proof = FactProof.of(state, path);
    Hash stateRoot = update == null ? state.root() : Hash.sha256("a later document");
    Head head = new Head(SPACE, HISTORY, stateRoot, logRoot);
    Trie<Head> forest = Trie.<Head>empty().with(head);
    for (int i = 1; i < SPACES; i++) {
      forest =
          forest.with(new Head(SpaceName.of("space-" + i), i, Hash.sha256("s"), Hash.sha256("l")));
    }
    Header header =
        new Header(1_000, Hash.sha256("before"), forest.root(), Hash.sha256("manifest"));
    return new Bundle(
        new Bundle.Fact(SPACE, version, path, standing(path), proof, update),
        new Bundle.Place(header, head, KeyProof.of(forest, head.key())),
        null);
  }
}
