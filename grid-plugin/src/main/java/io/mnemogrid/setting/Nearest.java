package io.mnemogrid.setting;

import java.util.Collection;
import java.util.Comparator;

/** Finds the name that somebody may have meant. */
final class Nearest {
  private Nearest() {}

  /** The one of these names that takes the fewest edits; of several the first in the alphabet. */
  static String of(String wrong, Collection<String> names) {
    return names.stream()
        .min(
            Comparator.<String>comparingInt(name -> edits(wrong, name))
                .thenComparing(Comparator.naturalOrder()))
        .orElseThrow();
  }

  /** How many letters must be put in, left out or replaced (Levenshtein). O(product of lengths). */
  private static int edits(String from, String to) {
    int[] row = new int[to.length() + 1]; // row[j]: from the letters so far to the first j of to
    for (int j = 0; j <= to.length(); j++) {
      row[j] = j;
    }
    for (int i = 1; i <= from.length(); i++) {
      int diagonal = row[0];
      row[0] = i;
      for (int j = 1; j <= to.length(); j++) {
        int replaced = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
        diagonal = row[j];
        row[j] = Math.min(replaced, 1 + Math.min(row[j], row[j - 1]));
      }
    }
    return row[to.length()];
  }
}
