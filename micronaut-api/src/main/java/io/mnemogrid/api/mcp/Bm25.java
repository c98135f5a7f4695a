package io.mnemogrid.api.mcp;

import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.State;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Ranks the leaves of a document for a query by Okapi BM25 (Robertson and Zaragoza, The
 * Probabilistic Relevance Framework, 2009), with k1 = 1.2 and b = 0.75. The words of a leaf are
 * those of its path and of all texts in its value. There is no index: a search reads every leaf
 * once, O(bytes of the document).
 */
final class Bm25 {
  private static final double K1 = 1.2;
  private static final double B = 0.75;

  /** A query has at most so many different words; further ones are passed over. */
  private static final int MOST_WORDS = 32;

  /** A leaf that has any word of the query. */
  record Hit(Cell.Leaf leaf, double score) {}

  private record Candidate(Cell.Leaf leaf, int[] frequencies, int words) {}

  private Bm25() {}

  /** The leaves at and below a place that have a word of the query, best first. */
  static List<Hit> search(State state, Pointer below, String query) {
    List<String> wanted = new ArrayList<>(wordsOf(query));
    if (wanted.isEmpty()) {
      return List.of();
    }
    Map<String, Integer> number = new HashMap<>();
    wanted.forEach(word -> number.put(word, number.size()));
    int[] leavesWith = new int[wanted.size()];
    long[] seen = new long[2]; // leaves, words
    List<Candidate> candidates = new ArrayList<>();
    state.forEachLeaf(
        below,
        leaf -> {
          if (Reserved.covers(leaf.path())) {
            return;
          }
          int[] frequencies = new int[wanted.size()];
          int[] words = new int[1];
          Consumer<String> count =
              word -> {
                words[0]++;
                Integer at = number.get(word);
                if (at != null) {
                  frequencies[at]++;
                }
              };
          words(leaf.path().toString(), count);
          words(leaf.value(), count);
          seen[0]++;
          seen[1] += words[0];
          boolean isHit = false;
          for (int i = 0; i < frequencies.length; i++) {
            if (frequencies[i] > 0) {
              leavesWith[i]++;
              isHit = true;
            }
          }
          if (isHit) {
            candidates.add(new Candidate(leaf, frequencies, words[0]));
          }
        });
    double average = seen[0] == 0 ? 1 : Math.max(1, (double) seen[1] / seen[0]);
    List<Hit> hits = new ArrayList<>();
    for (Candidate candidate : candidates) {
      double score = 0;
      for (int i = 0; i < leavesWith.length; i++) {
        double rarity = Math.log(1 + (seen[0] - leavesWith[i] + 0.5) / (leavesWith[i] + 0.5));
        double frequency = candidate.frequencies[i];
        score +=
            rarity
                * frequency
                * (K1 + 1)
                / (frequency + K1 * (1 - B + B * candidate.words / average));
      }
      hits.add(new Hit(candidate.leaf, score));
    }
    hits.sort(
        Comparator.comparingDouble((Hit hit) -> -hit.score).thenComparing(hit -> hit.leaf.path()));
    return hits;
  }

  /** The different words of a text. */
  static Set<String> wordsOf(String text) {
    Set<String> words = new LinkedHashSet<>();
    words(
        text,
        word -> {
          if (words.size() < MOST_WORDS) {
            words.add(word);
          }
        });
    return words;
  }

  private static void words(Json value, Consumer<String> word) {
    switch (value) {
      case Json.Str text -> words(text.value(), word);
      case Json.Num number -> words(number.canonical(), word);
      case Json.Arr array -> array.items().forEach(item -> words(item, word));
      case Json.Obj object ->
          object
              .members()
              .forEach((name, member) -> {
                words(name, word);
                words(member, word);
              });
      case Json.Bool _, Json.Null _ -> {}
    }
  }

  /**
   * Calls {@code word} with each run of letters and digits, in lower case and without marks (NFKD).
   * An ideograph, or a syllable of Hangul or Kana, is a word of its own, as there is nothing
   * between words there.
   */
  private static void words(String text, Consumer<String> word) {
    String plain =
        isAscii(text)
            ? text.toLowerCase(Locale.ROOT)
            : Normalizer.normalize(text, Normalizer.Form.NFKD).toLowerCase(Locale.ROOT);
    StringBuilder run = new StringBuilder();
    for (int i = 0; i < plain.length(); ) {
      int point = plain.codePointAt(i);
      i += Character.charCount(point);
      if (Character.getType(point) == Character.NON_SPACING_MARK) {
        continue;
      }
      boolean isAlone = isAlone(point);
      if (isAlone || !Character.isLetterOrDigit(point)) {
        if (!run.isEmpty()) {
          word.accept(run.toString());
          run.setLength(0);
        }
        if (isAlone) {
          word.accept(Character.toString(point));
        }
      } else {
        run.appendCodePoint(point);
      }
    }
    if (!run.isEmpty()) {
      word.accept(run.toString());
    }
  }

  private static boolean isAlone(int point) {
    return switch (Character.UnicodeScript.of(point)) {
      case HAN, HIRAGANA, KATAKANA, HANGUL, THAI -> Character.isLetter(point);
      default -> false;
    };
  }

  private static boolean isAscii(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) > 127) {
        return false;
      }
    }
    return true;
  }
}
