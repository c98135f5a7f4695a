package io.mnemogrid.memory;

import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What the document of a collective says (docs/formats.md): its memories at {@code /m}, the newest
 * note of each writer at {@code /seen}, the writers, the subjects that are gone. Equal sets of
 * accepted notes give equal documents, whatever came in which order.
 */
public final class Collective {
  /** What {@code /format} is in such a document, and in no other. */
  public static final String FORMAT = "mnemogrid-memory-1";

  static final Pointer FORMAT_PLACE = Pointer.parse("/format");
  static final Pointer ID = Pointer.parse("/id");
  static final Pointer MEMORIES = Pointer.parse("/m");
  static final Pointer SEEN = Pointer.parse("/seen");
  static final Pointer WRITERS = Pointer.parse("/writers");
  static final Pointer GONE = Pointer.parse("/gone");

  private static final Pattern ID_FORM = Pattern.compile("[0-9a-f]{32}");
  private static final int SEEN_DIGITS = 32;

  private Collective() {}

  /**
   * The newest note of a writer.
   *
   * @param seq its number
   * @param hash the first 32 hex digits of its hash
   */
  public record Seen(long seq, String hash) {
    public Seen {
      if (seq < 1 || !ID_FORM.matcher(hash).matches()) {
        throw new IllegalArgumentException("the newest note has a number and 32 hex digits");
      }
    }

    static Seen of(long seq, Hash hash) {
      return new Seen(seq, digits(hash));
    }

    /** Whether a hash begins with the digits here. */
    boolean begins(Hash note) {
      return digits(note).equals(hash);
    }

    private static String digits(Hash hash) {
      return hash.toString().substring(2, 2 + SEEN_DIGITS);
    }
  }

  /** Who a writer is. */
  public record Writer(Author author, AuthorKey key, Standing standing) {}

  /** Whether a document is that of a collective: what it is never changes. */
  public static boolean is(State state) {
    Cell.Leaf format = state.leaf(FORMAT_PLACE);
    return format != null && format.value() instanceof Json.Str text && text.value().equals(FORMAT);
  }

  /**
   * The first document of a collective.
   *
   * @param id 32 hex digits
   */
  public static Json.Obj first(String id) {
    if (!ID_FORM.matcher(id).matches()) {
      throw new IllegalArgumentException("the id of a collective is 32 hex digits");
    }
    return Json.object(
        Map.of(
            "format", Json.of(FORMAT),
            "gone", Json.EMPTY_OBJECT,
            "id", Json.of(id),
            "m", Json.EMPTY_OBJECT,
            "seen", Json.EMPTY_OBJECT,
            "writers", Json.EMPTY_OBJECT));
  }

  /** The id of the collective that has this document. */
  public static String id(State state) {
    Cell.Leaf id = state.leaf(ID);
    if (id == null || !(id.value() instanceof Json.Str text)) {
      throw new MalformedMemory(ID, new IllegalArgumentException("no text"));
    }
    return text.value();
  }

  /** What was seen of a writer, or null. */
  public static @Nullable Seen seen(State state, WriterId writer) {
    Pointer place = SEEN.child(writer.text());
    Cell.Leaf leaf = state.leaf(place);
    return leaf == null
        ? null
        : read(
            place,
            leaf.value(),
            items -> new Seen(MemoryLeaves.whole(items.get(0)), MemoryLeaves.string(items.get(1))));
  }

  /** Who a writer is, or null when it never joined. */
  public static @Nullable Writer writer(State state, WriterId writer) {
    Pointer place = WRITERS.child(writer.text());
    Cell.Leaf leaf = state.leaf(place);
    return leaf == null
        ? null
        : read(
            place,
            leaf.value(),
            items ->
                new Writer(
                    new Author(MemoryLeaves.string(items.get(0))),
                    new AuthorKey(MemoryLeaves.string(items.get(1))),
                    standing(MemoryLeaves.string(items.get(2)))));
  }

  private static Standing standing(String text) {
    for (Standing standing : Standing.values()) {
      if (standing.text().equals(text)) {
        return standing;
      }
    }
    throw new IllegalArgumentException("no writer is " + text);
  }

  private interface Reader<T> {
    T read(List<Json> items);
  }

  private static <T> T read(Pointer place, Json value, Reader<T> reader) {
    try {
      return reader.read(MemoryLeaves.items(value));
    } catch (ClassCastException | IndexOutOfBoundsException | IllegalArgumentException e) {
      throw new MalformedMemory(place, e);
    }
  }

  /**
   * Whether a note can be joined: it is the next of its writer, and all that it needs is seen. A
   * void note needs nothing.
   *
   * @param code why it is void, or null
   */
  public static boolean isNext(State state, Note note, @Nullable Code code) {
    Seen last = seen(state, note.writer());
    if (note.seq() != (last == null ? 0 : last.seq()) + 1) {
      return false;
    }
    CollectiveEdit edit = new CollectiveEdit(state);
    return code != null || note.needs().stream().allMatch(edit::hasSeen);
  }

  /**
   * The changes that join a note that is next. O(its operations · log leaves), but for a {@code
   * wipe}, which looks at every memory.
   *
   * @param code why it is void, or null: then it is seen and does nothing else
   */
  public static Changes changes(State state, Note note, @Nullable Code code) {
    CollectiveEdit edit = new CollectiveEdit(state);
    edit.apply(note, code == null ? note.fault() : code);
    return edit.changes();
  }

  static Json json(Seen seen) {
    return MemoryLeaves.array(Json.of(seen.seq()), Json.of(seen.hash()));
  }

  static Json json(Writer writer) {
    return MemoryLeaves.array(
        Json.of(writer.author().name()),
        Json.of(writer.key().text()),
        Json.of(writer.standing().text()));
  }

  /** Whether a text is spelled as a subject's tag. */
  static boolean isSubject(String text) {
    return ID_FORM.matcher(text).matches();
  }

  /** How many members the object at a place has. */
  static int count(State state, Pointer place) {
    return state.cell(place) instanceof Cell.Branch branch ? branch.members().size() : 0;
  }
}
