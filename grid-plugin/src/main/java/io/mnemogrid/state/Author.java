package io.mnemogrid.state;

import java.io.Serializable;

/** Who wrote: 1–128 characters of {@code [A-Za-z0-9._:@-]}, compared as bytes. */
public record Author(String name) implements Comparable<Author>, Serializable {
  private static final int MOST_SPELLED = 64;

  public Author {
    Names.check("an author", name);
  }

  /**
   * An author of a name that may have any characters, such as that of a program or a user: each run
   * of those that no author has becomes a hyphen, and what is too long is cut off.
   *
   * @param otherwise the author where nothing is left of the name
   */
  public static Author spelled(String name, String otherwise) {
    String spelled = name.replaceAll("[^A-Za-z0-9._:@-]+", "-");
    String cut = spelled.substring(0, Math.min(MOST_SPELLED, spelled.length()));
    return new Author(cut.isEmpty() || cut.equals("-") ? otherwise : cut);
  }

  @Override
  public int compareTo(Author other) {
    return name.compareTo(other.name); // the alphabet is ASCII: characters compare as bytes
  }

  @Override
  public String toString() {
    return name;
  }
}
