package io.mnemogrid.memory;

import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How a memory stands in a document: each part is an array at {@code /m/<id>/<part>}, one leaf. A
 * part that is empty is absent, but for {@code text} and {@code marks}.
 */
final class MemoryLeaves {
  static final String TEXT = "text";
  static final String MARKS = "marks";
  static final String EVIDENCE = "evidence";
  static final String RELATED = "related";
  static final String PARENTS = "parents";
  static final String USES = "uses";
  static final String VECTOR = "vector";

  /** Place of a subject's tag in {@code text}. */
  private static final int SUBJECT = 1;

  /** Place of the register of content in {@code text}; the other registers follow it. */
  static final int CONTENT = 4;

  private MemoryLeaves() {}

  /**
   * The memory at a place, or null where none stands.
   *
   * @throws MalformedMemory when what stands there has not the form of one
   */
  static @Nullable Memory read(State state, Pointer place) {
    Cell.Leaf text = state.leaf(place.child(TEXT));
    if (text == null) {
      return null;
    }
    try {
      return new Memory(
          text(text.value()),
          marks(need(state, place.child(MARKS))),
          names(state, place.child(EVIDENCE)),
          names(state, place.child(RELATED)),
          names(state, place.child(PARENTS)),
          uses(state.leaf(place.child(USES))),
          vector(state.leaf(place.child(VECTOR))));
    } catch (ClassCastException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new MalformedMemory(place, e);
    }
  }

  private static Json need(State state, Pointer path) {
    Cell.Leaf leaf = state.leaf(path);
    if (leaf == null) {
      throw new IllegalArgumentException(path + " is missing");
    }
    return leaf.value();
  }

  /** The subject's tag of a text leaf, or empty. */
  static String subject(Json text) {
    return string(items(text).get(SUBJECT));
  }

  private static Memory.Text text(Json json) {
    List<Json> items = items(json);
    return new Memory.Text(
        string(items.get(0)),
        string(items.get(SUBJECT)),
        string(items.get(2)),
        new Stamp(string(items.get(3))),
        register(items.get(CONTENT)),
        register(items.get(CONTENT + 1)),
        register(items.get(CONTENT + 2)));
  }

  private static Register register(Json json) {
    List<Json> items = items(json);
    return new Register(
        items.get(0), new Stamp(string(items.get(1))), new WriterId(string(items.get(2))));
  }

  private static Memory.Marks marks(Json json) {
    List<Json> items = items(json);
    List<Memory.Tagged> tags = new ArrayList<>();
    for (Json tagged : items(items.get(2))) {
      List<String> texts = strings(tagged);
      String before = tags.isEmpty() ? "" : tags.getLast().tag();
      if (before.compareTo(texts.get(0)) >= 0 || texts.size() < 2) {
        throw new IllegalArgumentException("tags ascend, and each has a dot");
      }
      tags.add(new Memory.Tagged(texts.get(0), Names.of(texts.subList(1, texts.size()))));
    }
    return new Memory.Marks(score(items.get(0)), score(items.get(1)), tags);
  }

  private static Score score(Json json) {
    List<Json> items = items(json);
    return new Score(((Json.Num) items.get(0)).value(), whole(items.get(1)));
  }

  private static Names names(State state, Pointer path) {
    Cell.Leaf leaf = state.leaf(path);
    return leaf == null ? Names.NONE : Names.of(strings(leaf.value()));
  }

  private static Memory.Uses uses(Cell.@Nullable Leaf leaf) {
    if (leaf == null) {
      return Memory.Uses.NONE;
    }
    List<Memory.Uses.Total> totals = new ArrayList<>();
    for (Json each : items(leaf.value())) {
      List<Json> pair = items(each);
      String before = totals.isEmpty() ? "" : totals.getLast().writer();
      if (before.compareTo(string(pair.get(0))) >= 0) {
        throw new IllegalArgumentException("totals ascend by writer");
      }
      totals.add(new Memory.Uses.Total(string(pair.get(0)), whole(pair.get(1))));
    }
    return new Memory.Uses(totals);
  }

  private static @Nullable Register vector(Cell.@Nullable Leaf leaf) {
    return leaf == null ? null : register(leaf.value());
  }

  static List<Json> items(Json json) {
    return ((Json.Arr) json).items();
  }

  static String string(Json json) {
    return ((Json.Str) json).value();
  }

  static long whole(Json json) {
    double value = ((Json.Num) json).value();
    if (value != Math.rint(value) || value < 0 || value > Dot.MAX_SEQ) {
      throw new IllegalArgumentException("a whole number from 0 to 2^53 - 1 is wanted");
    }
    return (long) value;
  }

  private static List<String> strings(Json json) {
    return items(json).stream().map(MemoryLeaves::string).toList();
  }

  /**
   * The parts of a memory that are to stand, by name; of one that has {@code before} in common only
   * those that differ, with null for a part that stands no more.
   */
  static SortedMap<String, @Nullable Json> changed(@Nullable Memory before, Memory memory) {
    SortedMap<String, @Nullable Json> parts = new TreeMap<>();
    if (before == null || before.text() != memory.text()) {
      parts.put(TEXT, json(memory.text()));
    }
    if (before == null || before.marks() != memory.marks()) {
      parts.put(MARKS, json(memory.marks()));
    }
    names(parts, EVIDENCE, before == null ? Names.NONE : before.evidence(), memory.evidence());
    names(parts, RELATED, before == null ? Names.NONE : before.related(), memory.related());
    names(parts, PARENTS, before == null ? Names.NONE : before.parents(), memory.parents());
    Memory.Uses used = before == null ? Memory.Uses.NONE : before.uses();
    if (used != memory.uses()) {
      parts.put(USES, memory.uses().totals().isEmpty() ? null : json(memory.uses()));
    }
    Register vector = memory.vector();
    if (vector != (before == null ? null : before.vector())) {
      parts.put(VECTOR, vector == null ? null : json(vector));
    }
    return parts;
  }

  /**
   * A number of bytes that no leaf of a memory has more of, but for text and vector: their
   * registers hold values of single notes, which are half as large as a leaf may be. O(texts).
   */
  static long mostBytes(Memory memory) {
    long marks = 200;
    for (Memory.Tagged tagged : memory.marks().tags()) {
      marks += 10 + 6L * tagged.tag().length() + 40L * tagged.dots().size();
    }
    long most = Math.max(marks, 40L * memory.uses().totals().size());
    for (Operation.Grown set : Operation.Grown.values()) {
      long bytes = 2;
      for (String text : memory.set(set).list()) {
        bytes += 3 + 6L * text.length();
      }
      most = Math.max(most, bytes);
    }
    return most;
  }

  private static void names(
      SortedMap<String, @Nullable Json> parts, String name, Names before, Names names) {
    if (before != names) {
      parts.put(name, names.isEmpty() ? null : Json.ofStrings(names.list()));
    }
  }

  private static Json json(Memory.Text text) {
    return array(
        Json.of(text.type()),
        Json.of(text.subject()),
        Json.of(text.source()),
        Json.of(text.created().text()),
        json(text.content()),
        json(text.memoryType()),
        json(text.ref()));
  }

  private static Json json(Register register) {
    return array(
        register.value(), Json.of(register.stamp().text()), Json.of(register.writer().text()));
  }

  private static Json json(Memory.Marks marks) {
    List<Json> tags = new ArrayList<>();
    for (Memory.Tagged tagged : marks.tags()) {
      List<String> texts = new ArrayList<>();
      texts.add(tagged.tag());
      texts.addAll(tagged.dots().list());
      tags.add(Json.ofStrings(texts));
    }
    return array(json(marks.importance()), json(marks.confidence()), new Json.Arr(tags));
  }

  private static Json json(Score score) {
    return array(new Json.Num(score.value()), Json.of(score.epoch()));
  }

  private static Json json(Memory.Uses uses) {
    return new Json.Arr(
        uses.totals().stream()
            .map(each -> array(Json.of(each.writer()), Json.of(each.total())))
            .toList());
  }

  static Json array(Json... items) {
    return new Json.Arr(List.of(items));
  }
}
