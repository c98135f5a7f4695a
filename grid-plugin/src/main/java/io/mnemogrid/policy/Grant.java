package io.mnemogrid.policy;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;
import java.util.List;
import java.util.Optional;

/**
 * What somebody may do: kinds of requests, in spaces, as authors. All three must be granted.
 *
 * @param spaces patterns of the spaces; of a role for all of them {@link Glob#ALL} alone
 * @param authors patterns of the authors under whose names may be written; the same
 */
public record Grant(Role role, List<Glob> spaces, List<Glob> authors) implements Serializable {
  /** Most patterns of spaces, and of authors. */
  public static final int MAX_PATTERNS = 100;

  /**
   * Most characters of all patterns of spaces together, and of all of authors: every member holds
   * them.
   */
  public static final int MAX_PATTERN_CHARACTERS = 4096;

  /** May do everything. */
  public static final Grant ALL = new Grant(Role.OPERATOR, List.of(Glob.ALL), List.of(Glob.ALL));

  /**
   * @throws IllegalArgumentException when there are no patterns or too many, or a role for all
   *     spaces is to have some of them
   */
  public Grant {
    spaces = List.copyOf(spaces);
    authors = List.copyOf(authors);
    check("spaces", spaces, role);
    check("authors", authors, role);
  }

  private static void check(String what, List<Glob> patterns, Role role) {
    if (patterns.isEmpty() || patterns.size() > MAX_PATTERNS) {
      throw new IllegalArgumentException("a key has 1 to " + MAX_PATTERNS + " patterns of " + what);
    }
    if (patterns.stream().mapToInt(pattern -> pattern.text().length()).sum()
        > MAX_PATTERN_CHARACTERS) {
      throw new IllegalArgumentException(
          "the patterns of "
              + what
              + " of a key have at most "
              + MAX_PATTERN_CHARACTERS
              + " characters together: use * or several keys");
    }
    if (role.isOfAll() && !hasAll(patterns)) {
      throw new IllegalArgumentException(
          "a key with the role " + role.text() + " has all " + what + ": name none");
    }
  }

  private static boolean hasAll(List<Glob> patterns) {
    return patterns.stream().anyMatch(Glob::isAll);
  }

  /** Whether this kind of request is granted at all. */
  public boolean has(Right right) {
    return role.rights().contains(right);
  }

  /** Whether the space is granted. The product's own are, to who has all. */
  public boolean has(SpaceName space) {
    return space.isReserved() ? hasAllSpaces() : fits(spaces, space.text());
  }

  /** Whether every space is granted, also those that will be created. */
  public boolean hasAllSpaces() {
    return hasAll(spaces);
  }

  /** Whether writing under the author's name is granted. */
  public boolean has(Author author) {
    return fits(authors, author.name());
  }

  /** The author under whose name alone may be written; nothing where several or all are granted. */
  public Optional<Author> onlyAuthor() {
    boolean isOne = authors.size() == 1 && authors.getFirst().isName();
    return isOne ? Optional.of(new Author(authors.getFirst().text())) : Optional.empty();
  }

  private static boolean fits(List<Glob> patterns, String name) {
    for (Glob pattern : patterns) {
      if (pattern.fits(name)) {
        return true;
      }
    }
    return false;
  }
}
