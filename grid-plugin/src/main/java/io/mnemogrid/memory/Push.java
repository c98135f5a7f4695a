package io.mnemogrid.memory;

import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.signature.Base64Url;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Consecutive notes of one writer, which are taken whole or not at all: one signature covers them.
 * Its envelopes are read, nothing of it is judged.
 */
public final class Push {
  /** Notes that a push has at most. */
  public static final int MAX_NOTES = 100;

  /** Bytes that the texts of its notes have together at most. */
  public static final int MAX_BYTES = 1 << 20;

  /** A push that is refused whatever the head is. */
  public static final class Refused extends Exception {
    private static final long serialVersionUID = 1;
    private final transient PushRefusal refusal;

    Refused(PushRefusal refusal, String why) {
      super(why);
      this.refusal = refusal;
    }

    /** Why. */
    public PushRefusal refusal() {
      return refusal;
    }
  }

  /**
   * One note of it.
   *
   * @param note null when only its hash is handed over: its bytes are not kept
   */
  record Entry(long seq, Hash hash, @Nullable Note note) {}

  private final WriterId writer;
  private final long base;
  private final List<Entry> entries;
  private final @Nullable String signature;
  private final @Nullable Map<Long, Code> verdicts;
  private @Nullable AuthorKey signedBy; // whose signature was found right

  private Push(
      WriterId writer,
      long base,
      List<Entry> entries,
      @Nullable String signature,
      @Nullable Map<Long, Code> verdicts) {
    this.writer = writer;
    this.base = base;
    this.entries = List.copyOf(entries);
    this.signature = signature;
    this.verdicts = verdicts;
  }

  /**
   * Reads what a writer pushes.
   *
   * @param collective the id that its notes must name
   * @param base the newest version that the writer has mirrored
   * @param notes canonical texts
   * @throws Refused with {@code protocol} or {@code bad-signature}
   */
  public static Push read(String collective, long base, List<String> notes, String signature)
      throws Refused {
    List<Json> texts = new ArrayList<>(notes.size());
    for (String note : notes) {
      if (Json.hasLoneSurrogate(note)) {
        throw protocol("note " + texts.size() + " holds a lone surrogate");
      }
      texts.add(Json.of(note));
    }
    return read(collective, base, texts, signature, null);
  }

  /**
   * Reads what another grid relays: notes with the verdicts that their home gave.
   *
   * @param notes canonical texts, or {@code {"hash","seq"}} of void ones of which only that is
   *     kept; never of number 1
   * @param verdicts of the void ones, by number
   */
  public static Push relayed(
      String collective, long base, List<Json> notes, String signature, Map<Long, Code> verdicts)
      throws Refused {
    return read(collective, base, notes, signature, Map.copyOf(verdicts));
  }

  private static Push read(
      String collective,
      long base,
      List<Json> notes,
      String signature,
      @Nullable Map<Long, Code> verdicts)
      throws Refused {
    if (notes.isEmpty() || notes.size() > MAX_NOTES) {
      throw protocol("a push has 1 to " + MAX_NOTES + " notes, not " + notes.size());
    }
    if (base < 0) {
      throw protocol("base is a version, not " + base);
    }
    long bytes = 0;
    List<Entry> entries = new ArrayList<>(notes.size());
    WriterId writer = null;
    Refused notItsKey = null; // told only when all envelopes are in order
    for (int i = 0; i < notes.size(); i++) {
      Json json = notes.get(i);
      if (json instanceof Json.Str text) {
        bytes += text.value().getBytes(StandardCharsets.UTF_8).length;
        if (bytes > MAX_BYTES) {
          throw protocol("the notes of a push have " + MAX_BYTES + " bytes at most");
        }
        Note note;
        try {
          note = NoteReader.read(collective, text.value());
        } catch (NoteReader.NotItsKey e) {
          notItsKey =
              new Refused(
                  PushRefusal.of(PushRefusal.Reason.BAD_SIGNATURE),
                  "note " + i + ": " + e.getMessage());
          continue;
        } catch (IllegalArgumentException e) {
          throw protocol("note " + i + ": " + e.getMessage());
        }
        if (writer != null && !writer.equals(note.writer())) {
          throw protocol("note " + i + " is of another writer than those before it");
        }
        writer = note.writer();
        entries.add(new Entry(note.seq(), note.hash(), note));
      } else {
        entries.add(withoutBytes(json, verdicts, i));
      }
      long follows = entries.getFirst().seq() + entries.size() - 1;
      if (entries.getLast().seq() != follows) {
        throw protocol(
            "note " + i + " has the number " + entries.getLast().seq() + " and not " + follows);
      }
    }
    if (notItsKey != null) {
      throw notItsKey;
    }
    if (writer == null) {
      throw protocol("no note says whose they are");
    }
    return new Push(writer, base, entries, signature, verdicts);
  }

  private static Entry withoutBytes(Json json, @Nullable Map<Long, Code> verdicts, int index)
      throws Refused {
    try {
      if (verdicts != null
          && json instanceof Json.Obj members
          && members.members().size() == 2
          && members.get("seq") instanceof Json.Num seq) {
        Hash hash = Hash.parse(members.text("hash"));
        long number = (long) seq.value();
        Code code = verdicts.get(number);
        if (number == seq.value() && number > 1 && number <= Dot.MAX_SEQ && code != null) {
          return new Entry(number, hash, null);
        }
      }
    } catch (IllegalArgumentException e) {
      throw protocol("note " + index + ": " + e.getMessage());
    }
    throw protocol("note " + index + " is no canonical text");
  }

  private static Refused protocol(String why) {
    return new Refused(PushRefusal.of(PushRefusal.Reason.PROTOCOL), why);
  }

  /** Whose notes they are. */
  public WriterId writer() {
    return writer;
  }

  /** The newest version that its writer, or the grid that relays it, has mirrored. */
  public long base() {
    return base;
  }

  /** Number of its first note. */
  public long first() {
    return entries.getFirst().seq();
  }

  /** Number of its last note. */
  public long last() {
    return entries.getLast().seq();
  }

  List<Entry> entries() {
    return entries;
  }

  @Nullable String signature() {
    return signature;
  }

  /** Whether another grid gave the verdicts. */
  boolean isRelayed() {
    return verdicts != null;
  }

  @Nullable Code verdict(long seq) {
    return verdicts == null ? null : verdicts.get(seq);
  }

  /** The {@code join} of note 1, when it is among the notes. */
  Operation.@Nullable Join join() {
    Note first = entries.getFirst().note();
    return first == null ? null : first.join();
  }

  /**
   * Whether the signature over its last note is of this key. Some 100 µs; a key whose it is is
   * remembered.
   */
  public boolean isSignedBy(AuthorKey key) {
    if (key.equals(signedBy)) {
      return true;
    }
    String text = signature;
    if (text == null
        || !Base64Url.isOne(text)
        || Base64Url.bytes(text) != AuthorKey.SIGNATURE_BYTES) {
      return false;
    }
    boolean is =
        key.verifies(
            Note.signed(entries.getLast().hash()),
            Base64Url.decode(text, AuthorKey.SIGNATURE_BYTES, "a signature"));
    if (is) {
      signedBy = key;
    }
    return is;
  }
}
