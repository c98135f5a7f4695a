package io.mnemogrid.memory;

import org.jspecify.annotations.Nullable;

/**
 * The id of a memory: the dot of the note that made it and the place of the {@code learn} among the
 * operations of that note. So an id that is absent although its birth was seen is one that was
 * forgotten.
 *
 * @param text {@code <writer>.<seq>.<k>}, 20 to 37 characters
 * @param birth the note that made it
 * @param k 1 to 256
 */
public record MemoryId(String text, Dot birth, int k) {
  /** The memory that the k-th operation of a note makes, counted from 1. */
  public static MemoryId of(Dot birth, int k) {
    return new MemoryId(birth + "." + k, birth, k);
  }

  /** The id that a text spells, or null when it spells none. */
  public static @Nullable MemoryId parse(String text) {
    int point = text.lastIndexOf('.');
    if (point <= WriterId.LENGTH) {
      return null;
    }
    long k = Dot.number(text, point + 1, text.length());
    Dot birth = Dot.parse(text, point);
    return birth == null || k < 1 || k > Note.MAX_OPERATIONS
        ? null
        : new MemoryId(text, birth, (int) k);
  }

  /**
   * The id that a text spells.
   *
   * @throws IllegalArgumentException when it spells none
   */
  static MemoryId of(String text) {
    MemoryId id = parse(text);
    if (id == null) {
      throw new IllegalArgumentException("no id of a memory");
    }
    return id;
  }

  @Override
  public String toString() {
    return text;
  }
}
