package io.mnemogrid.signature;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where the keys of authors stand: in the document of the space {@code mnemogrid.authors}, whose
 * log so says which key was whose at which version. {@code /grid} is the grid's id, {@code
 * /keys/<author>/<key>} is {@code "ed25519"} while the key is the author's; a key that is revoked
 * is deleted.
 */
public final class AuthorKeys {
  /** The space that holds them. */
  public static final SpaceName SPACE = SpaceName.AUTHORS;

  /** Where the grid's id stands. */
  public static final Pointer GRID = Pointer.parse("/grid");

  /** What stands at the place of a key. */
  public static final Json KIND = Json.of("ed25519");

  private static final Pointer KEYS = Pointer.parse("/keys");

  private AuthorKeys() {}

  /** The place of an author's key. */
  public static Pointer placeOf(Author author, AuthorKey key) {
    return KEYS.child(author.name()).child(key.text());
  }

  /** The id that a document of that space names; empty where it names none. */
  public static Optional<GridId> grid(State document) {
    return document.value(GRID) instanceof Json.Str text && GridId.isId(text.value())
        ? Optional.of(new GridId(text.value()))
        : Optional.empty();
  }

  /** Whether a key is an author's at that version of the document. */
  public static boolean stands(State document, Author author, AuthorKey key) {
    return KIND.equals(document.value(placeOf(author, key)));
  }

  /** How many keys a document has. O(keys). */
  public static int count(State document) {
    int[] count = {0};
    document.forEachLeaf(KEYS, _ -> count[0]++);
    return count[0];
  }

  /** All keys of a document, by their author. O(keys). */
  public static Map<Author, List<AuthorKey>> all(State document) {
    Map<Author, List<AuthorKey>> all = new TreeMap<>();
    document.forEachLeaf(
        KEYS,
        leaf -> {
          List<String> place = leaf.path().segments();
          if (place.size() == 3 && leaf.value().equals(KIND)) {
            all.computeIfAbsent(new Author(place.get(1)), _ -> new ArrayList<>())
                .add(new AuthorKey(place.get(2)));
          }
        });
    return all;
  }
}
