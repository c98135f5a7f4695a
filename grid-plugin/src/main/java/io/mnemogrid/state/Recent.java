package io.mnemogrid.state;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Values that were read lately, found by the ASCII bytes that spell them. So a value that thousands
 * of records repeat is made, checked and hashed once. The table has one place for a hash, and a new
 * value takes the place of an old one. So its size is bounded, and a lost entry only costs making
 * the value again.
 *
 * <p>Safe for all threads without a lock: entries are immutable, and a race only loses one of them.
 */
public final class Recent<T> {
  private static final int LONGEST = 128;

  private static final class Entry<T> {
    final byte[] bytes;
    final T value;

    Entry(byte[] bytes, T value) {
      this.bytes = bytes;
      this.value = value;
    }
  }

  private final @Nullable Entry<T>[] table;
  private final Function<String, T> make;

  /** A table of {@code size} places, a power of two, of what {@code make} makes of a text. */
  @SuppressWarnings({"unchecked", "rawtypes"}) // an array of a generic type
  public Recent(int size, Function<String, T> make) {
    this.table = new Entry[size];
    this.make = make;
  }

  /** The value that a text of Latin-1 characters spells. */
  public T get(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
    return get(bytes, 0, bytes.length);
  }

  /** The value that {@code bytes[from, to)} spell. */
  T get(byte[] bytes, int from, int to) {
    int hash = 0;
    for (int i = from; i < to; i++) {
      hash = 31 * hash + bytes[i];
    }
    int place = (hash ^ hash >>> 15) & table.length - 1;
    Entry<T> entry = table[place];
    if (entry != null && Arrays.equals(entry.bytes, 0, entry.bytes.length, bytes, from, to)) {
      return entry.value;
    }
    T value = make.apply(new String(bytes, from, to - from, StandardCharsets.ISO_8859_1));
    if (to - from <= LONGEST) {
      table[place] = new Entry<>(Arrays.copyOfRange(bytes, from, to), value);
    }
    return value;
  }
}
