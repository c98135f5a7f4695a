package io.mnemogrid.memory;

import io.mnemogrid.memory.Collective.Seen;
import io.mnemogrid.memory.Collective.Writer;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Overrode;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Superseded;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Notes and joins on their way onto a state of a collective: what they touch is decoded once and
 * written once, so a note costs its operations and not the document. An edit may stand on another
 * one, so that a note can be judged by what it would do. One thread uses it.
 */
final class CollectiveEdit {
  private final State state;
  private final @Nullable CollectiveEdit below;

  /** What was decoded of the state, each once; null where no memory stands. */
  private final Map<String, @Nullable Memory> before = new HashMap<>();

  /** What is set; null for a memory that is taken away. */
  private final Map<String, @Nullable Memory> memories = new LinkedHashMap<>();

  private final Map<WriterId, Seen> seen = new LinkedHashMap<>();
  private final Map<WriterId, Writer> writers = new LinkedHashMap<>();
  private final Set<String> gone = new HashSet<>();
  private @Nullable Map<String, List<String>> subjects; // of the state, once a wipe asked

  /** The greatest write of each register, by memory. */
  private final Map<String, Map<String, Register>> written = new HashMap<>();

  CollectiveEdit(State state) {
    this.state = state;
    this.below = null;
  }

  private CollectiveEdit(CollectiveEdit below) {
    this.state = below.state;
    this.below = below;
  }

  /** An edit on top of this one, which {@link #keep} adds to it. */
  CollectiveEdit above() {
    return new CollectiveEdit(this);
  }

  /** Adds what this edit does to the one below. */
  void keep() {
    CollectiveEdit target = Objects.requireNonNull(below);
    target.memories.putAll(memories);
    target.seen.putAll(seen);
    target.writers.putAll(writers);
    target.gone.addAll(gone);
    written.forEach(
        (id, registers) -> registers.forEach((part, value) -> target.wrote(id, part, value)));
  }

  @Nullable Memory memory(String id) {
    if (memories.containsKey(id)) {
      return memories.get(id);
    }
    if (below != null) {
      return below.memory(id);
    }
    return before(id);
  }

  /** The memory as it stands in the state. */
  private @Nullable Memory before(String id) {
    if (below != null) {
      return below.before(id);
    }
    if (!before.containsKey(id)) {
      before.put(id, MemoryLeaves.read(state, place(id)));
    }
    return before.get(id);
  }

  static Pointer place(String id) {
    return Collective.MEMORIES.child(id);
  }

  @Nullable Seen seen(WriterId writer) {
    Seen newer = seen.get(writer);
    if (newer != null) {
      return newer;
    }
    return below == null ? Collective.seen(state, writer) : below.seen(writer);
  }

  boolean hasSeen(Dot dot) {
    Seen last = seen(dot.writer());
    return last != null && last.seq() >= dot.seq();
  }

  @Nullable Writer writer(WriterId id) {
    Writer newer = writers.get(id);
    if (newer != null) {
      return newer;
    }
    return below == null ? Collective.writer(state, id) : below.writer(id);
  }

  boolean isGone(String subject) {
    return !subject.isEmpty()
        && (gone.contains(subject)
            || (below == null
                ? state.leaf(Collective.GONE.child(subject)) != null
                : below.isGone(subject)));
  }

  void set(String id, @Nullable Memory memory) {
    memories.put(id, memory);
  }

  void set(WriterId id, Seen last) {
    seen.put(id, last);
  }

  void set(WriterId id, Writer writer) {
    writers.put(id, writer);
  }

  void setGone(String subject) {
    gone.add(subject);
  }

  /** The memories that this edit sets, and the one below has otherwise or not at all. */
  Map<String, @Nullable Memory> touched() {
    return memories;
  }

  /**
   * Of the memories that a note names those that do not stand before it, sorted; those that it
   * makes itself are not among them.
   */
  List<String> absent(Note note) {
    if (note.fault() != null) {
      return List.of();
    }
    TreeSet<String> absent = new TreeSet<>();
    Dot own = note.dot();
    for (Operation operation : note.operations()) {
      MemoryId id = operation.id();
      if (id != null && !id.birth().equals(own) && memory(id.text()) == null) {
        absent.add(id.text());
      }
    }
    return List.copyOf(absent);
  }

  /** Joins a note, whose number is the next of its writer and whose needs were seen. */
  void apply(Note note, @Nullable Code code) {
    Operation.Join join = note.join();
    if (join != null && writer(note.writer()) == null) {
      set(note.writer(), new Writer(join.author(), join.key(), Standing.ACTIVE));
    }
    if (code == null) {
      int k = 0;
      for (Operation operation : note.operations()) {
        k++;
        perform(note, operation, k);
      }
    }
    set(note.writer(), Seen.of(note.seq(), note.hash()));
  }

  private void perform(Note note, Operation operation, int k) {
    switch (operation) {
      case Operation.Join _ -> {} // done, also when the note is void
      case Operation.Learn learn -> {
        if (!isGone(learn.subject())) {
          Dot birth = note.dot();
          set(MemoryId.of(birth, k).text(), Memory.learned(learn, birth, note.stamp()));
        }
      }
      case Operation.Wipe wipe -> wipe(wipe.subject());
      case Operation.Renew renew -> {
        Writer old = writer(renew.writer());
        if (old != null) {
          Standing standing = old.standing().join(renew.state());
          set(renew.writer(), new Writer(old.author(), old.key(), standing));
        }
      }
      case Operation.Forget forget -> {
        if (memory(forget.id().text()) != null) {
          set(forget.id().text(), null);
        }
      }
      default -> change(note, operation, Objects.requireNonNull(operation.id()).text());
    }
  }

  private void change(Note note, Operation operation, String id) {
    Memory memory = memory(id);
    if (memory != null) {
      Memory changed = changed(note, operation, id, memory);
      if (changed != memory) {
        set(id, changed);
      }
    }
  }

  private Memory changed(Note note, Operation operation, String id, Memory memory) {
    return switch (operation) {
      case Operation.Write write -> {
        Register register = new Register(write.value(), note.stamp(), note.writer());
        wrote(id, part(write.field()), register);
        yield memory.with(memory.text().write(write.field(), register));
      }
      case Operation.Vector vector -> {
        Register register = new Register(vector.value(), note.stamp(), note.writer());
        wrote(id, MemoryLeaves.VECTOR, register);
        yield memory.withVector(register);
      }
      case Operation.Score score ->
          memory.with(memory.marks().score(score.isImportance(), score.value()));
      case Operation.Tag tag ->
          memory.with(memory.marks().tag(tag.tag(), texts(tag.over()), note.dot().toString()));
      case Operation.Untag untag ->
          memory.with(memory.marks().tag(untag.tag(), texts(untag.over()), null));
      case Operation.Add add -> memory.with(add.set(), memory.set(add.set()).plus(add.element()));
      case Operation.Use use -> memory.with(memory.uses().count(note.writer().text(), use.total()));
      default -> throw new IllegalStateException("changes no memory: " + operation);
    };
  }

  private static Set<String> texts(Collection<Dot> dots) {
    Set<String> texts = new HashSet<>();
    dots.forEach(dot -> texts.add(dot.toString()));
    return texts;
  }

  private static String part(Operation.Field field) {
    return MemoryLeaves.TEXT + "/" + (MemoryLeaves.CONTENT + field.ordinal());
  }

  private void wrote(String id, String part, Register register) {
    written
        .computeIfAbsent(id, _ -> new TreeMap<>())
        .merge(part, register, (one, other) -> one.join(other));
  }

  /**
   * Removes all memories of a subject. The first wipe of an edit looks at every memory, for nothing
   * else knows whose they are.
   */
  private void wipe(String subject) {
    setGone(subject);
    Set<String> ids = new HashSet<>(root().bySubject().getOrDefault(subject, List.of()));
    addSet(ids, subject);
    for (String id : ids) {
      Memory memory = memory(id);
      if (memory != null && memory.text().subject().equals(subject)) {
        set(id, null);
      }
    }
  }

  private CollectiveEdit root() {
    return below == null ? this : below.root();
  }

  /** The memories of the state that have a subject, by subject. */
  private Map<String, List<String>> bySubject() {
    Map<String, List<String>> known = subjects;
    if (known == null) {
      known = new HashMap<>();
      if (state.cell(Collective.MEMORIES) instanceof Cell.Branch branch) {
        for (String id : branch.members().keySet()) {
          Cell.Leaf text = state.leaf(place(id).child(MemoryLeaves.TEXT));
          String subject = text == null ? "" : MemoryLeaves.subject(text.value());
          if (!subject.isEmpty()) {
            known.computeIfAbsent(subject, _ -> new ArrayList<>()).add(id);
          }
        }
      }
      subjects = known;
    }
    return known;
  }

  /** Adds the memories of a subject that this edit and those below it set. */
  private void addSet(Set<String> ids, String subject) {
    memories.forEach((id, memory) -> {
      if (memory != null && memory.text().subject().equals(subject)) {
        ids.add(id);
      }
    });
    if (below != null) {
      below.addSet(ids, subject);
    }
  }

  /** The leaves that differ from those of the state, sorted by path. O(what was touched). */
  Changes changes() {
    Difference difference = new Difference();
    int memoriesBefore = Collective.count(state, Collective.MEMORIES);
    int memoriesAfter = memoriesBefore;
    for (Map.Entry<String, @Nullable Memory> touched : memories.entrySet()) {
      memoriesAfter += difference.memory(touched.getKey(), touched.getValue());
    }
    difference.container(Collective.MEMORIES, memoriesBefore, memoriesAfter);
    int writersBefore = Collective.count(state, Collective.WRITERS);
    int writersAfter = writersBefore;
    for (Map.Entry<WriterId, Writer> touched : writers.entrySet()) {
      Pointer place = Collective.WRITERS.child(touched.getKey().text());
      writersAfter += difference.leaf(place, Collective.json(touched.getValue()));
    }
    difference.container(Collective.WRITERS, writersBefore, writersAfter);
    int seenBefore = Collective.count(state, Collective.SEEN);
    int seenAfter = seenBefore;
    for (Map.Entry<WriterId, Seen> touched : seen.entrySet()) {
      Pointer place = Collective.SEEN.child(touched.getKey().text());
      seenAfter += difference.leaf(place, Collective.json(touched.getValue()));
    }
    difference.container(Collective.SEEN, seenBefore, seenAfter);
    int goneBefore = Collective.count(state, Collective.GONE);
    int goneAfter = goneBefore;
    for (String subject : gone) {
      goneAfter += difference.leaf(Collective.GONE.child(subject), Json.TRUE);
    }
    difference.container(Collective.GONE, goneBefore, goneAfter);
    return difference.changes();
  }

  private final class Difference {
    private final SortedMap<Pointer, Changes.Added> added = new TreeMap<>();
    private final SortedMap<Pointer, Changes.Deleted> deleted = new TreeMap<>();
    private final SortedMap<Pointer, Changes.Modified> modified = new TreeMap<>();

    /** How many members more the object above has then: 1, 0 or −1. */
    int memory(String id, @Nullable Memory memory) {
      Pointer place = place(id);
      boolean stood = state.cell(place) != null;
      if (memory == null) {
        state.forEachLeaf(
            place,
            leaf -> deleted.put(leaf.path(), new Changes.Deleted(leaf.path(), leaf.value())));
        return stood ? -1 : 0;
      }
      MemoryLeaves.changed(before(id), memory)
          .forEach((part, value) -> leafOrNone(place.child(part), value));
      return stood ? 0 : 1;
    }

    private void leafOrNone(Pointer path, @Nullable Json value) {
      if (value != null) {
        leaf(path, value);
        return;
      }
      Cell.Leaf standing = state.leaf(path);
      if (standing != null) {
        deleted.put(path, new Changes.Deleted(path, standing.value()));
      }
    }

    /** 1 when it is new, else 0. */
    int leaf(Pointer path, Json value) {
      Cell.Leaf standing = state.leaf(path);
      if (standing == null) {
        added.put(path, new Changes.Added(path, value));
        return 1;
      }
      if (!standing.value().equals(value)) {
        modified.put(path, new Changes.Modified(path, value, standing.value()));
      }
      return 0;
    }

    /** An object that is empty stands as a leaf. */
    void container(Pointer place, int before, int after) {
      if (before == 0 && after > 0) {
        deleted.put(place, new Changes.Deleted(place, Json.EMPTY_OBJECT));
      } else if (before > 0 && after == 0) {
        added.put(place, new Changes.Added(place, Json.EMPTY_OBJECT));
      }
    }

    Changes changes() {
      return new Changes(
          List.copyOf(added.values()),
          List.copyOf(deleted.values()),
          List.copyOf(modified.values()));
    }
  }

  /** What a writer's registers lost against, and what they beat that it had not seen. */
  record Conflicts(List<Superseded> superseded, List<Overrode> overrode) {}

  /**
   * The conflicts of the registers that notes wrote in memories which stood before them and stand
   * after. O(registers written).
   *
   * @param base the newest version that their writer had seen
   */
  Conflicts conflicts(WriterId writer, long base) {
    SortedMap<Pointer, Superseded> superseded = new TreeMap<>();
    SortedMap<Pointer, Overrode> overrode = new TreeMap<>();
    written.forEach((id, registers) -> {
      if (memory(id) == null || state.cell(place(id)) == null) {
        return;
      }
      Memory standing = Objects.requireNonNull(before(id));
      registers.forEach((part, register) -> {
        Register stood = register(standing, part);
        if (stood == null || stood.value().equals(register.value())) {
          return;
        }
        boolean isVector = part.equals(MemoryLeaves.VECTOR);
        Pointer leafPlace = place(id).child(isVector ? part : MemoryLeaves.TEXT);
        Pointer place = Pointer.parse(place(id) + "/" + part + "/0");
        long version = Objects.requireNonNull(state.leaf(leafPlace)).tag().version();
        if (register.compareTo(stood) < 0) {
          superseded.put(
              place, new Superseded(place, register.value(), author(stood.writer()), version));
        } else if (version > base && !stood.writer().equals(writer)) {
          overrode.put(place, new Overrode(place, stood.value(), author(stood.writer()), version));
        }
      });
    });
    return new Conflicts(List.copyOf(superseded.values()), List.copyOf(overrode.values()));
  }

  private Author author(WriterId id) {
    return Objects.requireNonNull(writer(id)).author();
  }

  private static @Nullable Register register(Memory memory, String part) {
    if (part.equals(MemoryLeaves.VECTOR)) {
      return memory.vector();
    }
    int place = Integer.parseInt(part.substring(MemoryLeaves.TEXT.length() + 1));
    return memory.text().register(Operation.Field.values()[place - MemoryLeaves.CONTENT]);
  }
}
