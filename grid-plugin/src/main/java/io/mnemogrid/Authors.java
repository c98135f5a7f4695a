package io.mnemogrid;

import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.signature.GridId;
import io.mnemogrid.state.Author;
import java.util.List;
import java.util.Map;

/**
 * The keys by which authors sign what they write. They stand in the space {@code
 * mnemogrid.authors}, so its log says which key was whose when, and its proofs show it to
 * outsiders. Calls block; safe for all threads.
 */
public interface Authors {
  /** What authors sign for, so that a signature holds in no other grid. */
  GridId grid();

  /**
   * All keys, by their author. O(keys).
   *
   * @throws LogUnavailable when the store does not answer
   */
  Map<Author, List<AuthorKey>> keys();

  /**
   * Makes a key an author's. False when it was already. Durable when it returns.
   *
   * @throws IllegalStateException when the grid has 10,000 keys
   * @throws LogUnavailable when it could not be written, or is not known to be: say it again
   */
  boolean add(Author author, AuthorKey key);

  /**
   * Takes a key from an author: what it signs from now on is refused; what it signed before stays
   * proven. False when it was not the author's. Durable when it returns; members hear of it some
   * milliseconds later.
   *
   * @throws LogUnavailable as {@link #add}
   */
  boolean revoke(Author author, AuthorKey key);
}
