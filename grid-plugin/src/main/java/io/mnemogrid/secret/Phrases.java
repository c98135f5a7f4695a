package io.mnemogrid.secret;

import org.jspecify.annotations.Nullable;

/**
 * Searches texts for BIP-39 phrases. Used by one thread, for one delta.
 *
 * <p>The words of the list have three to eight letters. Prose seldom has twelve such words in a
 * row, so most texts are read once and no word is looked up. Where twelve stand in a row, each word
 * of the row is looked up once. Where twelve words of the list stand in a row, the checksums of the
 * phrases that end at each word are computed.
 *
 * <p>By chance, one phrase of twelve words in sixteen has the right checksum. So a text made of
 * words of the list alone is soon taken for a phrase. A text in which one word is repeated never
 * is, so there is a bound to the checksums that are computed.
 */
final class Phrases {
  /** Words of the shortest phrase. */
  static final int LEAST_WORDS = 12;

  /** Shorter texts hold no phrase: its words, and something between them. */
  private static final int LEAST = LEAST_WORDS * (MnemonicWords.LEAST_LETTERS + 1) - 1;

  private static final int MOST_WORDS = 24;

  /** More checksums than so many are not computed, which take about a millisecond. */
  static final int MOST_CHECKSUMS = 4096;

  /** So many characters may stand between two words: in a list, a comma, a number and a line. */
  private static final int MOST_BETWEEN = 8;

  private int left = MOST_CHECKSUMS;

  /**
   * The first phrase that begins at or after {@code from}, with all words of the list around it.
   */
  @Nullable Hit find(String text, int from) {
    int length = text.length();
    if (length - from < LEAST) {
      return null;
    }
    int words = 0; // in a row, each of them as long as a word of the list
    int row = from; // where the row begins
    int last = from; // where the word before ends
    int i = from;
    while (i < length) {
      if (!Chars.is(text.charAt(i), Chars.LETTER)) {
        i++;
        continue;
      }
      int end = Chars.endOfRun(text, i, Chars.LETTER);
      boolean fits = fits(end - i);
      if (!fits || i - last > MOST_BETWEEN) {
        Hit hit = words < LEAST_WORDS ? null : inRow(text, row, last);
        if (hit != null) {
          return hit;
        }
        words = 0;
      }
      if (fits) {
        row = words == 0 ? i : row;
        words++;
      }
      last = end;
      i = end;
    }
    return words < LEAST_WORDS ? null : inRow(text, row, last);
  }

  /** Whether a word of the list may have so many letters. */
  static boolean fits(int letters) {
    return letters >= MnemonicWords.LEAST_LETTERS && letters <= MnemonicWords.MOST_LETTERS;
  }

  private @Nullable Hit inRow(String text, int from, int to) {
    short[] ring = new short[MOST_WORDS];
    int known = 0; // words of the list in a row
    int first = from;
    int last = from;
    boolean found = false;
    for (int i = from; i < to; i++) {
      if (!Chars.is(text.charAt(i), Chars.LETTER)) {
        continue;
      }
      int end = Chars.endOfRun(text, i, Chars.LETTER, to);
      int index = MnemonicWords.indexOf(text, i, end);
      if (index < 0) {
        if (found) {
          break;
        }
        known = 0;
      } else {
        first = known == 0 ? i : first;
        last = end;
        ring[known % MOST_WORDS] = (short) index;
        known++;
        found = found || endsPhrase(ring, known);
      }
      i = end;
    }
    return found ? new Hit(SecretRule.BIP39_PHRASE, first, last) : null;
  }

  /** Whether a phrase of some length ends at the newest of the known words. */
  private boolean endsPhrase(short[] ring, int known) {
    for (int count = LEAST_WORDS; count <= Math.min(known, MOST_WORDS); count += 3) {
      if (left == 0) {
        return false;
      }
      left--;
      if (MnemonicWords.hasChecksum(ring, (known - count) % MOST_WORDS, count)) {
        return true;
      }
    }
    return false;
  }
}
