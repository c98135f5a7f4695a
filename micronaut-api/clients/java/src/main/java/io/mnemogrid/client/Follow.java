package io.mnemogrid.client;

import java.util.Optional;

/**
 * What to follow of a space.
 *
 * @param since the place after which to begin: a version, the id of an event or an {@code ETag};
 *     empty for the head
 * @param path only versions that changed a leaf at, above or below it
 * @param author only versions of this author
 * @param hasValues whether records come with the values in them
 */
public record Follow(
    Optional<String> since, Optional<String> path, Optional<String> author, boolean hasValues) {
  /** What comes from now on. */
  public static Follow fromHead() {
    return new Follow(Optional.empty(), Optional.empty(), Optional.empty(), true);
  }

  /** What came after a version, and what comes; 0 for all. */
  public static Follow since(long version) {
    return since(Long.toString(version));
  }

  /** What came after the id of an event or an {@code ETag}, and what comes. */
  public static Follow since(String place) {
    return new Follow(Optional.of(place), Optional.empty(), Optional.empty(), true);
  }

  /** Only versions that changed a leaf at, above or below a path. */
  public Follow withPath(String only) {
    return new Follow(since, Optional.of(only), author, hasValues);
  }

  /** Only versions of one author. */
  public Follow withAuthor(String only) {
    return new Follow(since, path, Optional.of(only), hasValues);
  }

  /** Records without the values in them. */
  public Follow withoutValues() {
    return new Follow(since, path, author, false);
  }

  boolean hasFilter() {
    return path.isPresent() || author.isPresent();
  }
}
