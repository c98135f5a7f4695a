package io.mnemogrid.member;

import io.mnemogrid.checkpoint.BlobStore;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.DocumentPlace;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.state.SpaceName;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

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
    Stream<SpaceName> named =
        patterns.stream()
            .filter(Glob::isName)
            .filter(
                pattern -> SpaceName.isName(pattern.text())) // an author may be called otherwise
            .flatMap(pattern -> places.document(address, new SpaceName(pattern.text())).stream())
            .map(DocumentPlace::space)
            .filter(grant::has);
    Stream<SpaceName> matched =
        prefixes(patterns).flatMap(prefix -> space(places, address, grant, prefix).stream());
    return Stream.concat(named, matched).findFirst();
  }

  /** The beginnings of names that patterns with a star want, each once and none within another. */
  private static Stream<String> prefixes(List<Glob> patterns) {
    List<String> all =
        patterns.stream()
            .filter(pattern -> !pattern.isName())
            .map(Glob::prefix)
            .distinct()
            .toList();
    return all.stream()
        .filter(prefix ->
            all.stream().noneMatch(other -> !other.equals(prefix) && prefix.startsWith(other)));
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
