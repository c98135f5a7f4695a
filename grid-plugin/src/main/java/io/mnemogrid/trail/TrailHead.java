package io.mnemogrid.trail;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.util.List;
import java.util.Optional;

/**
 * Where the trail ends.
 *
 * @param sheets how many there are, which is the number of the last one
 * @param entries how many stand on them, forgotten ones included
 * @param hash of the last sheet; zero before the first
 * @param acts how many entries are no refusals
 * @param forgotten up to which sheet the entries are forgotten; 0 for none
 */
public record TrailHead(long sheets, long entries, Hash hash, long acts, long forgotten) {
  /** Before the first sheet. */
  public static final TrailHead NONE = new TrailHead(0, 0, Hash.ZERO, 0, 0);

  /** What the leaf {@code /head} of the trail's space says: {@code [sheets, entries, hash]}. */
  public record Said(long sheets, long entries, Hash hash) {
    /** Reads a leaf; empty when it is no head. */
    public static Optional<Said> read(Json leaf) {
      if (leaf instanceof Json.Arr array
          && array.items().size() == 3
          && array.items().get(0) instanceof Json.Num sheets
          && array.items().get(1) instanceof Json.Num entries
          && array.items().get(2) instanceof Json.Str hash) {
        try {
          return Optional.of(
              new Said((long) sheets.value(), (long) entries.value(), Hash.parse(hash.value())));
        } catch (IllegalArgumentException e) {
          return Optional.empty();
        }
      }
      return Optional.empty();
    }
  }

  /** The leaf that says this head. */
  public Json toLeaf() {
    return new Json.Arr(List.of(Json.of(sheets), Json.of(entries), Json.of(hash.toString())));
  }
}
