package io.mnemogrid.member;

import io.mnemogrid.checkpoint.BlobStore;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.DocumentPlace;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.state.SpaceName;
import java.util.List;
import java.util.Optional;

/**
 * Finds a document among the spaces that somebody is granted. It looks where a granted space can
 * stand in the order of names, and not among all spaces that have the document: of a key of names
 * and of patterns with one {@code *} at their end, rows of other spaces are not read at all, so the
 * time does not tell how many there are. A pattern that begins with {@code *} is held against each
 * space that has the document.
 *
 * <p>Cost: one look into an index for each pattern, of which a grant has at most {@value
 * Grant#MAX_PATTERNS}.
 */
final class GrantedDocuments {
  private static final int AT_ONCE = 100;

  private GrantedDocuments() {}

  /** A granted space that has that document. */
  static Optional<SpaceName> space(BlobStore places, ContentAddress address, Grant grant) {
    List<Glob> patterns = grant.hasAllSpaces() ? List.of(Glob.ALL) : grant.spaces();
    return patterns.stream()
        .flatMap(pattern -> space(places, address, grant, pattern).stream())
        .findFirst();
  }

  private static Optional<SpaceName> space(
      BlobStore places, ContentAddress address, Grant grant, Glob pattern) {
    if (!pattern.isName()) {
      return space(places, address, grant, pattern.prefix());
    }
    return SpaceName.isName(pattern.text())
        ? places
            .document(address, new SpaceName(pattern.text()))
            .map(DocumentPlace::space)
            .filter(grant::has)
        : Optional.empty(); // an author may be called so, a space not
  }

  private static Optional<SpaceName> space(
      BlobStore places, ContentAddress address, Grant grant, String prefix) {
    List<SpaceName> page = places.documentSpaces(address, prefix, null, AT_ONCE);
    while (!page.isEmpty()) {
      Optional<SpaceName> granted = page.stream().filter(grant::has).findFirst();
      if (granted.isPresent()) {
        return granted;
      }
      page = places.documentSpaces(address, prefix, page.getLast(), AT_ONCE);
    }
    return Optional.empty();
  }
}
