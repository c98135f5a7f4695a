package io.mnemogrid.check;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Counts what checkers found by column, and keeps the first flaws of each column as sentences. For
 * one thread.
 */
public final class Verdict {
  private static final int MOST_SENTENCES = 20;

  private final Map<Flaw, Long> counts = new EnumMap<>(Flaw.class);
  private final Map<Flaw, List<String>> sentences = new EnumMap<>(Flaw.class);

  public void add(Flaw flaw, String sentence) {
    add(flaw, 1, sentence);
  }

  /** Adds {@code count} flaws that one sentence describes. */
  public void add(Flaw flaw, long count, String sentence) {
    counts.merge(flaw, count, Long::sum);
    List<String> told = sentences.computeIfAbsent(flaw, _ -> new ArrayList<>());
    if (told.size() < MOST_SENTENCES) {
      told.add(sentence);
    }
  }

  public void addAll(Verdict other) {
    other.counts.forEach((flaw, count) -> counts.merge(flaw, count, Long::sum));
    other.sentences.forEach((flaw, told) -> {
      List<String> all = sentences.computeIfAbsent(flaw, _ -> new ArrayList<>());
      told.stream().limit(Math.max(0, MOST_SENTENCES - all.size())).forEach(all::add);
    });
  }

  /** How many flaws of that kind there are. */
  public long count(Flaw flaw) {
    return counts.getOrDefault(flaw, 0L);
  }

  /** Whether nothing is wrong. */
  public boolean isClean() {
    return counts.isEmpty();
  }

  /** The columns that are not 0, with their counts. */
  public String summary() {
    return counts.entrySet().stream()
        .map(entry -> entry.getValue() + " " + entry.getKey().title())
        .collect(Collectors.joining(", "));
  }

  /** The first flaws of that kind. */
  public List<String> sentences(Flaw flaw) {
    return List.copyOf(sentences.getOrDefault(flaw, List.of()));
  }

  /** The first flaws of every kind. */
  public List<String> sentences() {
    return sentences.values().stream().flatMap(List::stream).toList();
  }

  /** The first flaws of every kind but one. */
  List<String> sentencesBut(Flaw left) {
    return sentences.entrySet().stream()
        .filter(entry -> entry.getKey() != left)
        .flatMap(entry -> entry.getValue().stream())
        .toList();
  }

  @Override
  public String toString() {
    return counts + " " + sentences;
  }
}
