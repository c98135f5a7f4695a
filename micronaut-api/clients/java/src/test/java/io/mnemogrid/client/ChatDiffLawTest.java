package io.mnemogrid.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Agents read a chat, change their list and write it back, in random interleavings. Nothing that
 * anybody added is lost, and nothing returns that somebody removed who had seen it.
 */
class ChatDiffLawTest {
  private static final int SEEDS = 500;
  private static final int STEPS = 60;
  private static final int AGENTS = 4;

  /** A message, one of a kind by its number. */
  private record Message(int number, boolean isSystem) {}

  /** How an agent's list goes into the chat. */
  private interface Write {
    void put(TreeMap<String, Message> chat, TreeMap<String, Message> seen, List<Message> list);
  }

  /** A chat, and what becomes of it. */
  private static final class Play {
    private final Random random;
    private final Write write;
    private final TreeMap<String, Message> chat = new TreeMap<>();
    private final Set<Message> added = new HashSet<>();
    private final Set<Message> removed = new HashSet<>();
    private final List<TreeMap<String, Message>> seen = new ArrayList<>();
    private int numbers;

    private Play(Random random, Write write) {
      this.random = random;
      this.write = write;
      for (int i = 0; i < AGENTS; i++) {
        seen.add(new TreeMap<>());
      }
    }

    /** An agent reads, or writes a list that it made of what it read some time ago. */
    private void step() {
      int agent = random.nextInt(AGENTS);
      if (random.nextInt(3) == 0) {
        seen.set(agent, new TreeMap<>(chat));
        return;
      }
      TreeMap<String, Message> base = seen.get(agent);
      List<Message> list = changed(new ArrayList<>(base.values()));
      added.addAll(list);
      base.values().stream().filter(message -> !list.contains(message)).forEach(removed::add);
      write.put(chat, base, list);
      seen.set(agent, new TreeMap<>(chat));
      List<Message> stands = new ArrayList<>(chat.values());
      stands.retainAll(list);
      List<Message> meant = new ArrayList<>(list);
      meant.retainAll(stands);
      assertThat(stands).as("in the order of the list").isEqualTo(meant);
    }

    private List<Message> changed(List<Message> list) {
      boolean hasSystem = !list.isEmpty() && list.get(0).isSystem();
      if (random.nextInt(6) == 0) {
        if (hasSystem) {
          list.remove(0);
        }
        list.add(0, new Message(numbers++, true));
        hasSystem = true;
      }
      int first = hasSystem ? 1 : 0;
      for (int i = random.nextInt(3); i > 0 && list.size() > first; i--) {
        list.remove(random.nextBoolean() ? first : first + random.nextInt(list.size() - first));
      }
      for (int i = random.nextInt(3); i > 0; i--) {
        int at = random.nextInt(4) > 0 ? list.size() : 1 + random.nextInt(Math.max(1, list.size()));
        list.add(Math.min(at, list.size()), new Message(numbers++, false));
      }
      return list;
    }

    private Set<Message> wrong() {
      Set<Message> must = new HashSet<>(added);
      must.removeAll(removed);
      Set<Message> wrong = new HashSet<>(must);
      wrong.removeAll(chat.values());
      for (Message stands : chat.values()) {
        if (!must.contains(stands)) {
          wrong.add(stands);
        }
      }
      wrong.removeIf(Message::isSystem);
      return wrong;
    }
  }

  private static Set<Message> play(long seed, Write write) {
    Play play = new Play(new Random(seed), write);
    for (int i = 0; i < STEPS; i++) {
      play.step();
    }
    assertThat(play.chat.values().stream().filter(Message::isSystem).count())
        .as("system messages, seed %d", seed)
        .isLessThanOrEqualTo(1);
    return play.wrong();
  }

  private static List<ChatDiff.Entry> entries(Map<String, Message> seen) {
    return seen.entrySet().stream()
        .map(entry -> new ChatDiff.Entry(entry.getKey(), entry.getValue().isSystem()))
        .toList();
  }

  private static List<ChatDiff.Item> items(Map<String, Message> seen, List<Message> list) {
    List<Message> order = new ArrayList<>(seen.values());
    return list.stream()
        .map(message -> new ChatDiff.Item(order.indexOf(message), message.isSystem()))
        .toList();
  }

  /** What {@link Chats} commits: what was changed meanwhile is not deleted. */
  private static void apply(
      ChatDiff diff, Map<String, Message> chat, TreeMap<String, Message> seen, List<Message> list) {
    List<String> keys = new ArrayList<>(seen.keySet());
    diff.removed().forEach(index -> chat.remove(keys.get(index), seen.get(keys.get(index))));
    diff.sets().forEach((key, index) -> chat.put(key, list.get(index)));
  }

  @Test
  void nothingThatIsAddedIsLostAndNothingThatIsRemovedReturns() {
    for (long seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(~seed);
      long millis = random.nextInt(1_000);
      Set<Message> wrong =
          play(
              seed,
              (chat, seen, list) ->
                  apply(
                      ChatDiff.between(
                          entries(seen), items(seen, list), millis + random.nextInt(50), random),
                      chat,
                      seen,
                      list));
      assertThat(wrong).as("seed %d", seed).isEmpty();
    }
  }

  /** The twin: what both frameworks' own stores do. The law finds it wrong. */
  @Test
  void aListThatIsOverwrittenLosesMessages() {
    int flagged = 0;
    for (long seed = 0; seed < 50; seed++) {
      boolean isFlagged =
          !play(
                  seed,
                  (chat, seen, list) -> {
                    chat.clear();
                    for (Message message : list) {
                      chat.put("%08d".formatted(chat.size()), message);
                    }
                  })
              .isEmpty();
      flagged += isFlagged ? 1 : 0;
    }
    assertThat(flagged).isGreaterThan(45);
  }

  /** Whatever one alone makes of its list is read back so: moved, doubled, cut, from any side. */
  @Test
  void aListThatNobodyElseChangesIsReadAsItWasWritten() {
    for (long seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      TreeMap<String, Message> chat = new TreeMap<>();
      int numbers = 0;
      for (int step = 0; step < 30; step++) {
        List<Message> list = new ArrayList<>(chat.values());
        if (random.nextInt(4) == 0) {
          Collections.shuffle(list, random);
        }
        if (random.nextInt(3) == 0 && !list.isEmpty()) {
          list = list.subList(random.nextInt(list.size()), list.size());
        }
        list = new ArrayList<>(list);
        for (int i = random.nextInt(4); i > 0; i--) {
          int at = random.nextInt(3) == 0 ? 0 : random.nextInt(list.size() + 1);
          list.add(at, new Message(numbers++, false));
        }
        ChatDiff diff = ChatDiff.between(entries(chat), items(chat, list), step, random);
        apply(diff, chat, new TreeMap<>(chat), list);
        assertThat(chat.values()).as("seed %d", seed).containsExactlyElementsOf(list);
        assertThat(ChatDiff.between(entries(chat), items(chat, list), step, random).isEmpty())
            .isTrue();
      }
    }
  }

  /** A list of which nobody knows what it was made from only adds. */
  @Test
  void aListWithoutABaseDeletesNothingAndDoublesNothing() {
    for (long seed = 0; seed < SEEDS; seed++) {
      Random random = new Random(seed);
      TreeMap<String, Message> chat = new TreeMap<>();
      List<Message> first = new ArrayList<>();
      for (int i = random.nextInt(8); i > 0; i--) {
        first.add(new Message(i, first.isEmpty() && random.nextBoolean()));
      }
      apply(ChatDiff.additions(List.of(), items(chat, first), 5, random), chat, chat, first);
      assertThat(chat.values()).containsExactlyElementsOf(first);
      List<Message> second = new ArrayList<>(first);
      Collections.shuffle(second, random);
      second.removeIf(message -> random.nextInt(4) == 0);
      int added = random.nextInt(4);
      for (int i = 0; i < added; i++) {
        second.add(random.nextInt(second.size() + 1), new Message(100 + i, random.nextInt(4) == 0));
      }
      TreeMap<String, Message> before = new TreeMap<>(chat);
      ChatDiff diff = ChatDiff.additions(entries(chat), items(chat, second), 1, random);
      assertThat(diff.removed()).isEmpty();
      apply(diff, chat, before, second);
      assertThat(chat)
          .as("seed %d", seed)
          .containsAllEntriesOf(before)
          .hasSize(first.size() + added);
    }
  }

  @Test
  void aClockThatIsBehindPutsNoAnswerBeforeItsQuestion() {
    Random random = new Random(1);
    Map<String, Integer> first =
        ChatDiff.between(List.of(), items(Map.of(), List.of(new Message(1, false))), 9_000, random)
            .sets();
    String question = first.keySet().iterator().next();
    Map<String, Integer> second =
        ChatDiff.between(
                List.of(new ChatDiff.Entry(question, false)),
                List.of(new ChatDiff.Item(0, false), new ChatDiff.Item(ChatDiff.NEW, false)),
                10,
                random)
            .sets();
    assertThat(second.keySet().iterator().next()).isGreaterThan(question);
  }

  @Test
  void keysStayShortWhereverMessagesAreInserted() {
    Random random = new Random(1);
    TreeMap<String, Message> chat = new TreeMap<>();
    chat.put("0198f3c2a1b4000000000001", new Message(0, false));
    for (int i = 1; i <= 1_000; i++) {
      List<Message> list = new ArrayList<>(chat.values());
      list.add(i % 2 == 0 ? 0 : 1, new Message(i, false));
      apply(
          ChatDiff.between(entries(chat), items(chat, list), i, random),
          chat,
          new TreeMap<>(chat),
          list);
    }
    assertThat(chat).hasSize(1_001);
    assertThat(chat.keySet()).allMatch(key -> key.length() <= 300);
  }
}
