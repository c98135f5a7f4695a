package io.mnemogrid.client;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/**
 * What makes of the messages that were seen the list that shall stand: places that are set, and
 * places that go. Places that it does not name are nobody's business, so what others have added
 * since stays.
 *
 * <p>A key is the place of a message among the others: a fraction in hex digits whose last one is
 * not 0, so that keys compare as texts. A message at the end gets the time, at least a millisecond
 * after the last message that was seen, so no clock puts an answer before its question; one between
 * two others gets a fraction between theirs. 48 random bits at the end make each key one of a kind,
 * so two writers never mean the same place. The one exception is the first system message of a
 * chat: all who begin the chat mean the same place.
 */
record ChatDiff(Map<String, Integer> sets, Set<Integer> removed) {
  /** A message that was seen. */
  record Entry(String key, boolean isSystem) {}

  /** A message of the list: its index among those that were seen, else {@link #NEW}. */
  record Item(int seen, boolean isSystem) {}

  static final int NEW = -1;

  /** The place of the system message with which a chat begins. */
  static final String FIRST = "000000000000000000000001";

  /** Hex digits of the time in a key, and of its random end. */
  private static final int DIGITS = 12;

  private static final long LAST_TIME = (1L << 4 * DIGITS) - 1;

  /**
   * The change.
   *
   * @param seen in the order of their keys
   * @param list what shall stand; no two items have the same {@code seen}
   * @param millis the time
   * @return of each place that is set the index in {@code list}, and which of {@code seen} go
   */
  static ChatDiff between(List<Entry> seen, List<Item> list, long millis, RandomGenerator random) {
    Set<Integer> kept = inOrder(list);
    Set<Integer> removed = new HashSet<>();
    for (int i = 0; i < seen.size(); i++) {
      if (!kept.contains(i)) {
        removed.add(i);
      }
    }
    Map<String, Integer> sets = new TreeMap<>();
    Set<Integer> placed = new HashSet<>();
    replaceSystem(seen, list, removed, sets, placed);
    List<Integer> waiting = new ArrayList<>();
    String low = "";
    for (int i = 0; i < list.size(); i++) {
      Item item = list.get(i);
      if (kept.contains(item.seen())) {
        String high = seen.get(item.seen()).key();
        put(sets, inside(low, high, waiting.size(), random), waiting);
        low = high;
      } else if (i == 0 && beginsChat(item, seen)) {
        sets.put(FIRST, i);
        low = FIRST;
      } else if (!placed.contains(i)) {
        waiting.add(i);
      }
    }
    String last = seen.isEmpty() ? "" : seen.get(seen.size() - 1).key();
    put(sets, behind(last, waiting.size(), millis, random), waiting);
    return new ChatDiff(sets, removed);
  }

  /**
   * Of messages that were seen, and of which it is not known that the list was made from them: what
   * the list has besides. Nothing goes, and what stands in another order stays there.
   */
  static ChatDiff additions(
      List<Entry> seen, List<Item> list, long millis, RandomGenerator random) {
    Map<Integer, Integer> places = new LinkedHashMap<>(); // of a shorter list in the whole one
    List<Item> ordered = new ArrayList<>();
    Set<Integer> kept = inOrder(list);
    for (int i = 0; i < list.size(); i++) {
      if (list.get(i).seen() == NEW || kept.contains(list.get(i).seen())) {
        places.put(ordered.size(), i);
        ordered.add(list.get(i));
      }
    }
    // Nothing that was seen is a system message here, else a new one would take its place.
    boolean hasSystem = seen.stream().anyMatch(Entry::isSystem);
    List<Entry> plain = seen.stream().map(entry -> new Entry(entry.key(), false)).toList();
    List<Item> items =
        hasSystem ? ordered.stream().map(item -> new Item(item.seen(), false)).toList() : ordered;
    Map<String, Integer> sets = new TreeMap<>();
    between(plain, items, millis, random)
        .sets()
        .forEach((key, index) -> sets.put(key, places.getOrDefault(index, index)));
    return new ChatDiff(sets, Set.of());
  }

  boolean isEmpty() {
    return sets.isEmpty() && removed.isEmpty();
  }

  /** The time in the last key that is set; 0 where none is. */
  long lastTime() {
    return sets.keySet().stream()
        .max(Comparator.naturalOrder())
        .map(key -> digits(key, DIGITS).longValueExact())
        .orElse(0L);
  }

  /** A system message that comes for one that goes takes its place. */
  private static void replaceSystem(
      List<Entry> seen,
      List<Item> list,
      Set<Integer> removed,
      Map<String, Integer> sets,
      Set<Integer> placed) {
    Iterator<Integer> going =
        removed.stream().filter(i -> seen.get(i).isSystem()).sorted().toList().iterator();
    for (int i = 0; i < list.size() && going.hasNext(); i++) {
      if (list.get(i).isSystem() && list.get(i).seen() == NEW) {
        int gone = going.next();
        removed.remove(gone);
        sets.put(seen.get(gone).key(), i);
        placed.add(i);
      }
    }
  }

  private static boolean beginsChat(Item item, List<Entry> seen) {
    return item.isSystem()
        && seen.stream().noneMatch(Entry::isSystem)
        && (seen.isEmpty() || FIRST.compareTo(seen.get(0).key()) < 0);
  }

  private static void put(Map<String, Integer> sets, List<String> keys, List<Integer> waiting) {
    for (int i = 0; i < keys.size(); i++) {
      sets.put(keys.get(i), waiting.get(i));
    }
    waiting.clear();
  }

  /** The most of those that were seen and stand in the list in their order (patience sorting). */
  private static Set<Integer> inOrder(List<Item> list) {
    int[] piles = new int[list.size()]; // the item on top of each pile
    int[] before = new int[list.size()];
    int count = 0;
    for (int i = 0; i < list.size(); i++) {
      int seen = list.get(i).seen();
      if (seen == NEW) {
        continue;
      }
      int pile = 0;
      int end = count;
      while (pile < end) {
        int middle = (pile + end) >>> 1;
        if (list.get(piles[middle]).seen() < seen) {
          pile = middle + 1;
        } else {
          end = middle;
        }
      }
      before[i] = pile == 0 ? NEW : piles[pile - 1];
      piles[pile] = i;
      count = Math.max(count, pile + 1);
    }
    Set<Integer> longest = new HashSet<>();
    for (int i = count == 0 ? NEW : piles[count - 1]; i != NEW; i = before[i]) {
      longest.add(list.get(i).seen());
    }
    return longest;
  }

  /** Keys behind a key, or the first ones where it is empty. */
  private static List<String> behind(String last, int count, long millis, RandomGenerator random) {
    long time = millis;
    if (!last.isEmpty()) {
      time = Math.max(time, digits(last, DIGITS).longValueExact() + 1);
    }
    if (count > 0 && (time < 0 || time > LAST_TIME - count)) {
      throw new IllegalStateException("no time is left for a message behind " + last);
    }
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      keys.add(hex(BigInteger.valueOf(time + i), DIGITS) + end(random));
    }
    return keys;
  }

  /** Keys between two keys, in equal steps; with as few digits as have room for them. */
  private static List<String> inside(String low, String high, int count, RandomGenerator random) {
    if (count == 0) {
      return List.of();
    }
    BigInteger steps = BigInteger.valueOf(count + 1L);
    for (int digits = 1; ; digits++) {
      BigInteger from = digits(low, digits);
      BigInteger step = digits(high, digits).subtract(from).divide(steps);
      if (step.signum() > 0) {
        List<String> keys = new ArrayList<>();
        for (int i = 1; i <= count; i++) {
          keys.add(hex(from.add(step.multiply(BigInteger.valueOf(i))), digits) + end(random));
        }
        return keys;
      }
    }
  }

  private static BigInteger digits(String key, int count) {
    char[] digits = new char[count];
    Arrays.fill(digits, '0');
    key.getChars(0, Math.min(count, key.length()), digits, 0);
    return new BigInteger(new String(digits), 16);
  }

  private static String end(RandomGenerator random) {
    return hex(BigInteger.valueOf(random.nextLong(1L << 4 * DIGITS) | 1), DIGITS);
  }

  private static String hex(BigInteger number, int digits) {
    String text = number.toString(16);
    return "0".repeat(digits - text.length()) + text;
  }
}
