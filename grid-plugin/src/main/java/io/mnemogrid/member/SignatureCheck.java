package io.mnemogrid.member;

import io.mnemogrid.log.Snapshot;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.signature.AuthorKeys;
import io.mnemogrid.signature.AuthorSignature;
import io.mnemogrid.signature.GridId;
import io.mnemogrid.signature.Proven;
import io.mnemogrid.signature.Signed;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Judges the signatures of deltas, by the keys that stand in the authors' space of this member. It
 * is done by the author's thread, before the deltas are on their way: some 200 µs each.
 */
final class SignatureCheck {
  /** Where the signature of a delta comes from. */
  @FunctionalInterface
  interface Signatures {
    /** Of nothing. */
    Signatures NONE = (_, _, _) -> null;

    /**
     * The signature of a delta, null where it is not signed.
     *
     * @param grid null where this grid has no author's key
     */
    @Nullable AuthorSignature of(@Nullable GridId grid, SpaceName space, Delta delta);
  }

  /**
   * What was found.
   *
   * @param proven the signatures that hold
   * @param bad which delta has one that does not, -1 for none
   * @param refusal of that one
   */
  record Judged(Map<UpdateId, Proven> proven, int bad, Refusal.@Nullable BadSignature refusal) {
    static final Judged UNSIGNED = new Judged(Map.of(), -1, null);
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

  /**
   * Judges deltas.
   *
   * @throws JsonException when one that is signed is too large for that
   */
  Judged judge(SpaceName space, List<Delta> deltas, Signatures signatures) {
    if (signatures == Signatures.NONE) {
      return Judged.UNSIGNED;
    }
    Snapshot authors = known.get().orElse(null);
    GridId grid = authors == null ? null : AuthorKeys.grid(authors.state()).orElse(null);
    Map<UpdateId, Proven> proven = new HashMap<>();
    for (int i = 0; i < deltas.size(); i++) {
      Delta delta = deltas.get(i);
      AuthorSignature signature = signatures.of(grid, space, delta);
      if (signature == null) {
        continue;
      }
      if (delta.sizeBytes() > Signed.MAX_BYTES) {
        throw new JsonException(
            "", "a delta that is signed has at most 512 KiB, got " + delta.sizeBytes() + " bytes");
      }
      Author author = delta.author();
      if (authors == null || !AuthorKeys.stands(authors.state(), author, signature.key())) {
        authors = newest.get().orElse(null);
        grid = authors == null ? null : AuthorKeys.grid(authors.state()).orElse(null);
      }
      if (authors == null
          || grid == null
          || !AuthorKeys.stands(authors.state(), author, signature.key())) {
        return bad(
            i,
            author,
            "its key is none of the author's: an operator adds it, ./mnemogrid authors add");
      }
      if (!signature.signs(grid, space, delta.requestHash())) {
        return bad(
            i,
            author,
            "the signature is not its key's of this very request, for this space of this grid");
      }
      proven.put(delta.id(), new Proven(authors.version(), signature));
    }
    return new Judged(proven, -1, null);
  }

  private static Judged bad(int index, Author author, String why) {
    return new Judged(Map.of(), index, new Refusal.BadSignature(author, why));
  }
}
