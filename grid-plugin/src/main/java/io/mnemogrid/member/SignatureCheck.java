package io.mnemogrid.member;

import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.signature.AuthorKeys;
import io.mnemogrid.signature.AuthorSignature;
import io.mnemogrid.signature.AuthorSigner;
import io.mnemogrid.signature.GridId;
import io.mnemogrid.signature.Proven;
import io.mnemogrid.signature.Signed;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Timestamps;
import io.mnemogrid.state.UpdateId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Judges the signatures of deltas, by the keys that stand in the authors' space of this member. It
 * is done by the author's thread, before the deltas are on their way: some 100 µs each.
 */
final class SignatureCheck {
  /** Where the signatures of deltas come from. */
  interface Signatures {
    /** The key of a delta's signature; null where it is not signed. */
    @Nullable AuthorKey key(Delta delta);

    /** The signature of a delta that has a key. */
    AuthorSignature of(GridId grid, SpaceName space, Delta delta);

    /** Made here, of each edit. */
    static Signatures by(AuthorSigner signer) {
      return new Signatures() {
        @Override
        public @Nullable AuthorKey key(Delta delta) {
          return delta instanceof Delta.Edit ? signer.key() : null;
        }

        @Override
        public AuthorSignature of(GridId grid, SpaceName space, Delta delta) {
          return signer.sign(grid, space, delta.requestHash());
        }
      };
    }

    /** Made elsewhere, by the id of what they sign. */
    static Signatures made(Map<UpdateId, AuthorSignature> made) {
      return new Signatures() {
        @Override
        public @Nullable AuthorKey key(Delta delta) {
          AuthorSignature signature = made.get(delta.id());
          return signature == null ? null : signature.key();
        }

        @Override
        public AuthorSignature of(GridId grid, SpaceName space, Delta delta) {
          return Objects.requireNonNull(made.get(delta.id()));
        }
      };
    }
  }

  /** What was found. */
  sealed interface Judged {
    /** All signatures hold. */
    record Fine(Map<UpdateId, Proven> proven) implements Judged {}

    /** The delta at {@code index} is refused, and so are all. */
    record Bad(int index, Refusal refusal) implements Judged {}
  }

  private final Supplier<Optional<Snapshot>> known;
  private final Supplier<Optional<Snapshot>> newest;

  /**
   * A check.
   *
   * @param known the authors' space as this member shows it; empty where it was not made
   * @param newest the same, after it caught up with the log: a key may just have been added
   */
  SignatureCheck(Supplier<Optional<Snapshot>> known, Supplier<Optional<Snapshot>> newest) {
    this.known = known;
    this.newest = newest;
  }

  /** The keys of authors at one version of their space. */
  private record Keys(long version, @Nullable GridId grid, State state) {
    static Keys of(Optional<Snapshot> authors) {
      State state = authors.map(Snapshot::state).orElse(State.EMPTY);
      return new Keys(
          authors.map(Snapshot::version).orElse(0L), AuthorKeys.grid(state).orElse(null), state);
    }

    boolean has(Delta delta, AuthorKey key) {
      return grid != null && AuthorKeys.stands(state, delta.author(), key);
    }
  }

  /**
   * Judges deltas.
   *
   * @param signatures null where nothing is signed
   * @throws JsonException when one that is signed is too large for that
   * @throws LogUnavailable when keys have to be read and the store does not answer
   */
  Judged judge(SpaceName space, List<Delta> deltas, @Nullable Signatures signatures) {
    if (signatures == null) {
      return new Judged.Fine(Map.of());
    }
    Keys keys = Keys.of(known.get());
    Map<UpdateId, Proven> proven = new HashMap<>();
    for (int i = 0; i < deltas.size(); i++) {
      Delta delta = deltas.get(i);
      AuthorKey key = signatures.key(delta);
      if (key == null) {
        continue;
      }
      if (!(delta instanceof Delta.Edit)) {
        return bad(i, delta, "patches, rollbacks and undos are not signed: send a delta");
      }
      Signed.checkSize(delta.sizeBytes());
      if (!Timestamps.format(delta.timestamp()).equals(delta.request().text("timestamp"))) {
        return bad(
            i,
            delta,
            "a delta that is signed has its timestamp in UTC with milliseconds, as "
                + Timestamps.format(delta.timestamp()));
      }
      if (!keys.has(delta, key)) {
        keys = Keys.of(newest.get());
      }
      GridId grid = keys.grid;
      if (grid == null || !keys.has(delta, key)) {
        return bad(
            i,
            delta,
            "its key is none of the author's: an operator adds it, ./mnemogrid authors add");
      }
      AuthorSignature signature = signatures.of(grid, space, delta);
      if (!signature.signs(grid, space, delta.requestHash())) {
        return bad(
            i,
            delta,
            "the signature is not its key's of this very request, for this space of this grid");
      }
      proven.put(delta.id(), new Proven(keys.version, signature));
    }
    return new Judged.Fine(proven);
  }

  private static Judged bad(int index, Delta delta, String why) {
    return new Judged.Bad(index, new Refusal.BadSignature(delta.author(), why));
  }
}
