package io.mnemogrid.state;

import java.io.Serializable;

/** Who wrote: 1–128 characters of {@code [A-Za-z0-9._:@-]}, compared as bytes. */
public record Author(String name) implements Comparable<Author>, Serializable {
  public Author {
    Names.check("an author", name);
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
