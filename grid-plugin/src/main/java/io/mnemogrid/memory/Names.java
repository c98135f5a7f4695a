package io.mnemogrid.memory;

import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.function.Predicate;

/**
 * A set of texts in an array, sorted by UTF-16 code units as JCS sorts names. Immutable; what
 * changes nothing answers the same object, so an unchanged part is known without looking into it.
 */
final class Names {
  static final Names NONE = new Names(new String[0]);

  private final String[] sorted;

  private Names(String[] sorted) {
    this.sorted = sorted;
  }

  static Names of(Collection<String> texts) {
    return texts.isEmpty()
        ? NONE
        : new Names(texts.stream().distinct().sorted().toArray(String[]::new));
  }

  static Names of(String text) {
    return new Names(new String[] {text});
  }

  int size() {
    return sorted.length;
  }

  boolean isEmpty() {
    return sorted.length == 0;
  }

  List<String> list() {
    return List.of(sorted);
  }

  Names plus(String text) {
    int at = Arrays.binarySearch(sorted, text);
    if (at >= 0) {
      return this;
    }
    int place = -at - 1;
    String[] grown = new String[sorted.length + 1];
    System.arraycopy(sorted, 0, grown, 0, place);
    grown[place] = text;
    System.arraycopy(sorted, place, grown, place + 1, sorted.length - place);
    return new Names(grown);
  }

  Names without(Collection<String> texts) {
    return keeping(text -> !texts.contains(text));
  }

  private Names keeping(Predicate<String> kept) {
    int count = 0;
    String[] left = new String[sorted.length];
    for (String text : sorted) {
      if (kept.test(text)) {
        left[count++] = text;
      }
    }
    return count == sorted.length ? this : new Names(Arrays.copyOf(left, count));
  }

  /** Those of either. */
  Names union(Names other) {
    return join(other, _ -> true, _ -> true);
  }

  /**
   * Those of both, those of this alone that {@code mine} keeps and those of the other alone that
   * {@code theirs} keeps. O(both).
   */
  Names join(Names other, Predicate<String> mine, Predicate<String> theirs) {
    if (Arrays.equals(sorted, other.sorted)) {
      return this;
    }
    String[] joined = new String[sorted.length + other.sorted.length];
    int count = 0;
    int i = 0;
    int j = 0;
    while (i < sorted.length || j < other.sorted.length) {
      int order;
      if (i == sorted.length) {
        order = 1;
      } else if (j == other.sorted.length) {
        order = -1;
      } else {
        order = sorted[i].compareTo(other.sorted[j]);
      }
      if (order == 0) {
        joined[count++] = sorted[i++];
        j++;
      } else if (order < 0) {
        String text = sorted[i++];
        if (mine.test(text)) {
          joined[count++] = text;
        }
      } else {
        String text = other.sorted[j++];
        if (theirs.test(text)) {
          joined[count++] = text;
        }
      }
    }
    if (count == sorted.length && Arrays.equals(sorted, 0, count, joined, 0, count)) {
      return this;
    }
    return count == 0 ? NONE : new Names(Arrays.copyOf(joined, count));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Names names && Arrays.equals(sorted, names.sorted);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sorted);
  }

  @Override
  public String toString() {
    return Arrays.toString(sorted);
  }
}
