package io.mnemogrid.memory;

import io.mnemogrid.memory.Collective.Seen;
import io.mnemogrid.memory.Collective.Writer;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The least state above two states of one collective. It is commutative, associative, idempotent
 * and growing as long as no writer gave a number twice; then it is not associative, and the writer
 * is {@code forked} in the result. The one state is trusted, the other one may come from anybody.
 * Only what differs is looked at: O(differences · log leaves).
 *
 * <p>A memory that only one of them has stands when the other never saw its birth; otherwise the
 * other forgot it (Bieniusa et al., "An optimized conflict-free replicated set", 2012).
 */
public final class StateJoin {
  private static final Pointer MEMORIES = Collective.MEMORIES;
  private static final Pointer SEEN = Collective.SEEN;
  private static final Pointer WRITERS = Collective.WRITERS;
  private static final Pointer GONE = Collective.GONE;
  private static final Set<String> TOP =
      Set.of("/format", "/gone", "/id", "/m", "/seen", "/writers");

  private final State here;
  private final State there;
  private final CollectiveEdit edit;
  private final Set<String> memories = new TreeSet<>();
  private final Set<String> seen = new TreeSet<>();
  private final Set<String> writers = new TreeSet<>();
  private final Set<String> gone = new TreeSet<>();

  private StateJoin(State here, State there) {
    this.here = here;
    this.there = there;
    this.edit = new CollectiveEdit(here);
  }

  /**
   * The changes that make the one state the join of both.
   *
   * @throws IllegalArgumentException when they are not of one collective
   * @throws MalformedMemory when what differs in the other one is not of the form of a collective:
   *     it may come from anybody
   */
  public static Changes changes(State here, State there) {
    if (!Collective.id(here).equals(Collective.id(there))) {
      throw new IllegalArgumentException(
          "collective " + Collective.id(here) + " is not " + Collective.id(there));
    }
    return new StateJoin(here, there).join();
  }

  private Changes join() {
    for (Pointer container : List.of(MEMORIES, SEEN, WRITERS, GONE)) {
      Cell cell = there.cell(container);
      if (!(cell instanceof Cell.Branch)
          && !(cell instanceof Cell.Leaf leaf && leaf.value().equals(Json.EMPTY_OBJECT))) {
        throw malformed(container, "an object is missing");
      }
    }
    here.trie()
        .forEachDifference(
            there.trie(),
            (mine, theirs) -> {
              Cell cell = mine == null ? theirs : mine;
              if (cell != null) {
                sort(cell.path());
              }
            });
    gone.forEach(this::gone);
    writers.forEach(id -> writer(writerId(WRITERS, id)));
    seen.forEach(id -> seen(writerId(SEEN, id)));
    memories.forEach(this::memory);
    return edit.changes();
  }

  private static MalformedMemory malformed(Pointer place, String why) {
    return new MalformedMemory(place, new IllegalArgumentException(why));
  }

  private static WriterId writerId(Pointer above, String id) {
    if (!WriterId.isOne(id)) {
      throw malformed(above.child(id), "no id of a writer");
    }
    return new WriterId(id);
  }

  private void gone(String subject) {
    Cell.Leaf leaf = there.leaf(GONE.child(subject));
    if (leaf != null && (!leaf.value().equals(Json.TRUE) || !Collective.isSubject(subject))) {
      throw malformed(leaf.path(), "no tag of a subject that is gone");
    }
    edit.setGone(subject);
  }

  /** Refuses a leaf of the other state that is not spelled as this library spells it. */
  private void demand(Pointer place, Json spelled) {
    Cell.Leaf leaf = there.leaf(place);
    if (leaf == null || !leaf.value().equals(spelled)) {
      throw malformed(place, "not in its one spelling");
    }
  }

  private void sort(Pointer path) {
    List<String> segments = path.segments();
    if (segments.size() < 2) {
      if (!TOP.contains(path.toString())) {
        throw malformed(path, "a collective has no such member");
      }
      return;
    }
    String name = segments.get(1);
    switch (segments.getFirst()) {
      case "m" -> memories.add(name);
      case "seen" -> seen.add(name);
      case "writers" -> writers.add(name);
      case "gone" -> gone.add(name);
      default -> throw malformed(path, "a collective has no such member");
    }
  }

  private void seen(WriterId writer) {
    Seen mine = Collective.seen(here, writer);
    Seen theirs = Collective.seen(there, writer);
    if (theirs == null) {
      return;
    }
    demand(SEEN.child(writer.text()), Collective.json(theirs));
    if (mine == null) {
      edit.set(writer, theirs);
      return;
    }
    if (mine.seq() != theirs.seq()) {
      edit.set(writer, mine.seq() > theirs.seq() ? mine : theirs);
      return;
    }
    edit.set(writer, mine.hash().compareTo(theirs.hash()) <= 0 ? mine : theirs);
    Writer who = edit.writer(writer);
    if (who != null) {
      edit.set(writer, new Writer(who.author(), who.key(), Standing.FORKED));
    }
  }

  private void writer(WriterId id) {
    Writer mine = Collective.writer(here, id);
    Writer theirs = Collective.writer(there, id);
    if (theirs == null) {
      return;
    }
    demand(WRITERS.child(id.text()), Collective.json(theirs));
    if (mine == null) {
      edit.set(id, theirs);
      return;
    }
    Writer who = isLess(theirs, mine) ? theirs : mine;
    Standing standing = mine.standing().join(theirs.standing());
    edit.set(id, new Writer(who.author(), who.key(), standing));
  }

  private static boolean isLess(Writer one, Writer other) {
    return fixed(one).compareTo(fixed(other)) < 0;
  }

  private static String fixed(Writer writer) {
    return MemoryLeaves.array(Json.of(writer.author().name()), Json.of(writer.key().text()))
        .canonical();
  }

  private void memory(String id) {
    Memory mine = MemoryLeaves.read(here, CollectiveEdit.place(id));
    Memory theirs = MemoryLeaves.read(there, CollectiveEdit.place(id));
    demandWhole(id, theirs);
    edit.set(id, standing(id, mine, theirs));
  }

  /** Refuses a memory of the other state that no notes could have made. */
  private void demandWhole(String id, @Nullable Memory memory) {
    Pointer place = CollectiveEdit.place(id);
    MemoryId parsed = MemoryId.parse(id);
    if (parsed == null) {
      throw malformed(place, "no id of a memory");
    }
    if (memory == null) {
      if (there.cell(place) != null) {
        throw malformed(place, "a memory without a text");
      }
      return;
    }
    int parts = 0;
    for (Map.Entry<String, @Nullable Json> part : MemoryLeaves.changed(null, memory).entrySet()) {
      Json value = part.getValue();
      if (value != null) {
        demand(place.child(part.getKey()), value);
        parts++;
      }
    }
    if (Collective.count(there, place) != parts) {
      throw malformed(place, "a part that no memory has");
    }
    for (Register register : memory.registers()) {
      if (Collective.writer(there, register.writer()) == null) {
        throw malformed(place, "a writer that never joined");
      }
    }
  }

  private @Nullable Memory standing(String id, @Nullable Memory mine, @Nullable Memory theirs) {
    if (mine != null && theirs != null) {
      return unlessGone(mine.join(theirs, hasSeen(here), hasSeen(there)));
    }
    Dot birth = MemoryId.of(id).birth();
    State other = mine == null ? here : there;
    Memory one = mine == null ? theirs : mine;
    boolean wasForgotten = hasSeen(other).test(birth.toString());
    return one == null || wasForgotten ? null : unlessGone(one);
  }

  private @Nullable Memory unlessGone(Memory memory) {
    return edit.isGone(memory.text().subject()) ? null : memory;
  }

  private static Predicate<String> hasSeen(State state) {
    return text -> {
      Dot dot = Dot.parse(text);
      Seen last = dot == null ? null : Collective.seen(state, dot.writer());
      return dot != null && last != null && last.seq() >= dot.seq();
    };
  }
}
