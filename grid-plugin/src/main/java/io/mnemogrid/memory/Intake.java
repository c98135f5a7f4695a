package io.mnemogrid.memory;

import io.mnemogrid.memory.Collective.Seen;
import io.mnemogrid.memory.Collective.Writer;
import io.mnemogrid.memory.PushRefusal.Reason;
import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Overrode;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Superseded;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Judges a push against a head, by the rules of docs/formats.md in their order, and joins what it
 * takes. Pure: the same push on the same head is always told the same. O(operations and the parts
 * of memories that they change); a {@code wipe} looks at every memory, once a push.
 */
public final class Intake {
  /** How far a stamp may be ahead of the log's clock, in milliseconds. */
  public static final long CLOCK_TOLERANCE_MS = 5000;

  /** About how many bytes of values a record has at most: as the records of deltas. */
  public static final int MAX_RECORD_BYTES = 7 << 20;

  private static final int ENTRY_BYTES = 100;

  /** The last millisecond that a record can name, 9999-12-31T23:59:59.999Z. */
  private static final long LAST_MILLIS = 253_402_300_799_999L;

  /** What an author may do. */
  public enum Role {
    /** Pushes. */
    WRITER,
    /** Begins epochs. */
    CURATOR,
    /** Forgets and wipes. */
    ERASER
  }

  /** Which values must be sealed. */
  public enum Encrypt {
    /** None. */
    NONE,
    /** Those of memories that have a subject. */
    SUBJECTS,
    /** All. */
    ALL
  }

  /** What a log judges by. */
  public interface Rules {
    /** The roles of an author. */
    Set<Role> roles(Author author);

    /** Which values must be sealed. */
    Encrypt encrypt();

    /** Whether an author's own key signed that a writer is the author's. */
    boolean isProven(Author author, String collective, AuthorKey writer, String signature);

    /** Whether a text of the note looks like a credential. */
    boolean hasSecret(Note note);
  }

  /**
   * The head that a push is judged against.
   *
   * @param committed the time of the version that it would make
   */
  public record Head(State state, long version, Hash root, Instant committed) {}

  /**
   * A note that the log has.
   *
   * @param version the version that joined it
   * @param root the state root of that version
   * @param code why it is void, or null
   */
  public record Stored(Hash hash, long version, Hash root, @Nullable Code code) {}

  /** What the log has of the writer whose push is judged. */
  public interface Earlier {
    /** The note with a number, or null when the log has its hash no more or never had. */
    @Nullable Stored note(long seq);
  }

  /** What a push comes to. */
  public sealed interface Outcome {
    /** Nothing of it is seen. */
    record Refused(PushRefusal refusal) implements Outcome {}

    /** All of it was seen before: there is no new version. */
    record Known(long version, Hash root, long seen, List<NoteResult> results) implements Outcome {}

    /**
     * A new version.
     *
     * @param author the writer's
     * @param request SHA-256 of the canonical array of the new notes' hashes
     * @param timestamp that of the last note which is not void
     * @param notes what the record says of them
     * @param seen the greatest number of the writer
     * @param results one for each note sent
     * @param stored the new notes, in the order of their numbers
     */
    record Joined(
        UpdateId id,
        Author author,
        Hash request,
        Instant timestamp,
        Changes changes,
        List<Superseded> superseded,
        List<Overrode> overrode,
        NotesMember notes,
        long seen,
        List<NoteResult> results,
        List<Taken> stored)
        implements Outcome {}
  }

  /**
   * A note that was joined, as it is kept.
   *
   * @param text null when its bytes may not be kept
   */
  public record Taken(long seq, Hash hash, @Nullable Code code, @Nullable String text) {}

  private static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient PushRefusal refusal;

    Refused(PushRefusal refusal) {
      super(null, null, false, false);
      this.refusal = refusal;
    }
  }

  private final Head head;
  private final Push push;
  private final Rules rules;
  private final Earlier earlier;
  private CollectiveEdit edit;
  private final long seen;

  private Intake(Head head, Push push, Rules rules, Earlier earlier) {
    this.head = head;
    this.push = push;
    this.rules = rules;
    this.earlier = earlier;
    this.edit = new CollectiveEdit(head.state());
    Seen last = edit.seen(push.writer());
    this.seen = last == null ? 0 : last.seq();
  }

  /**
   * What a push comes to on a head.
   *
   * @throws MalformedMemory when the head has not the form of a collective
   */
  public static Outcome judge(Head head, Push push, Rules rules, Earlier earlier) {
    try {
      return new Intake(head, push, rules, earlier).judge();
    } catch (Refused e) {
      return new Outcome.Refused(e.refusal);
    }
  }

  private static Refused refuse(Reason reason) {
    return new Refused(PushRefusal.of(reason));
  }

  private Outcome judge() {
    Author author = author();
    if (!push.isRelayed() && !rules.roles(author).contains(Role.WRITER)) {
      throw refuse(Reason.FORBIDDEN);
    }
    if (push.first() > seen + 1) {
      throw new Refused(PushRefusal.gap(seen, null));
    }
    chain();
    List<NoteResult> results = new ArrayList<>(push.entries().size());
    for (Push.Entry entry : push.entries()) {
      if (entry.seq() <= seen) {
        Stored stored = earlier.note(entry.seq());
        results.add(
            new NoteResult(
                entry.seq(),
                true,
                stored == null ? null : stored.version(),
                stored == null ? null : stored.code(),
                null,
                List.of()));
      }
    }
    if (results.size() == push.entries().size()) {
      Stored stored = earlier.note(push.last());
      return new Outcome.Known(
          stored == null ? head.version() : stored.version(),
          stored == null ? head.root() : stored.root(),
          seen,
          results);
    }
    Writer writer = edit.writer(push.writer());
    if (!push.isRelayed() && writer != null && writer.standing() != Standing.ACTIVE) {
      throw new Refused(PushRefusal.fork(seen, writer.standing()));
    }
    if (push.base() > head.version()) {
      throw refuse(Reason.VERSION_AHEAD);
    }
    return join(author, results);
  }

  /** The writer's author, once the signature is found to be the writer's. */
  private Author author() {
    Writer known = edit.writer(push.writer());
    Operation.Join join = push.join();
    if (known == null && join == null) {
      throw refuse(Reason.UNKNOWN_WRITER);
    }
    if (known != null && join != null && !known.key().equals(join.key())) {
      throw refuse(Reason.ID_TAKEN);
    }
    AuthorKey key = known != null ? known.key() : Objects.requireNonNull(join).key();
    if (!push.isSignedBy(key)) {
      throw refuse(Reason.BAD_SIGNATURE);
    }
    if (known != null) {
      return known.author();
    }
    Author author = Objects.requireNonNull(join).author();
    String proof = join.authorSignature();
    if (proof != null
        && !push.isRelayed()
        && !rules.isProven(author, Collective.id(head.state()), join.key(), proof)) {
      throw refuse(Reason.BAD_SIGNATURE);
    }
    return author;
  }

  /** Refuses notes that are not the ones which are seen, or do not follow them. */
  private void chain() {
    Seen last = edit.seen(push.writer());
    Hash before = null;
    for (Push.Entry entry : push.entries()) {
      long seq = entry.seq();
      Hash hash = entry.hash();
      if (last != null && seq <= last.seq()) {
        Stored stored = earlier.note(seq);
        if (stored != null && !stored.hash().equals(hash)) {
          throw new Refused(PushRefusal.fork(seq, stored.hash(), hash));
        }
        if (stored == null) {
          knownByTheLast(last);
        }
      }
      if (entry.note() != null) {
        follows(entry.note(), before, last);
      }
      before = hash;
    }
  }

  /**
   * A number without a stored hash is known when the notes go on to the last that was seen and that
   * one begins with the digits that are kept of it: the chain binds those before.
   */
  private void knownByTheLast(Seen last) {
    if (push.last() < last.seq()) {
      throw new Refused(PushRefusal.gap(last.seq(), null));
    }
    Hash hash = push.entries().get((int) (last.seq() - push.first())).hash();
    if (!last.begins(hash)) {
      throw new Refused(PushRefusal.fork(last, hash));
    }
  }

  private void follows(Note note, @Nullable Hash before, @Nullable Seen last) {
    long number = note.seq() - 1;
    Hash here = before;
    if (here == null && number == 0) {
      here = Hash.ZERO;
    } else if (here == null) {
      Stored stored = earlier.note(number);
      here = stored == null ? null : stored.hash();
      if (here == null && last != null && number == last.seq() && !last.begins(note.previous())) {
        throw new Refused(PushRefusal.fork(last, note.previous()));
      }
    }
    if (here != null && !here.equals(note.previous())) {
      throw new Refused(PushRefusal.fork(number, here, note.previous()));
    }
  }

  private Outcome join(Author author, List<NoteResult> known) {
    Joining joining = new Joining(author, known, null);
    joining.run();
    if (joining.recordBytes() > MAX_RECORD_BYTES) {
      if (joining.taken.size() > 1) {
        throw refuse(Reason.RECORD_TOO_LARGE);
      }
      if (!push.isRelayed()) {
        edit = new CollectiveEdit(head.state());
        joining = new Joining(author, known, Code.TOO_LARGE);
        joining.run();
      }
    }
    return joining.outcome();
  }

  /** The new notes, one after the other. */
  private final class Joining {
    private final Author author;
    private final @Nullable Code forced;
    private final List<NoteResult> results;
    private final List<NotesMember.VoidNote> voids = new ArrayList<>();
    private final List<Taken> taken = new ArrayList<>();
    private @Nullable Stamp stamp;
    private Changes changes = Changes.NONE;
    private CollectiveEdit.Conflicts conflicts = new CollectiveEdit.Conflicts(List.of(), List.of());

    /**
     * None is joined yet.
     *
     * @param known the results of those that were seen before
     * @param forced what makes every note void that is in order, or null
     */
    Joining(Author author, List<NoteResult> known, @Nullable Code forced) {
      this.author = author;
      this.results = new ArrayList<>(known);
      this.forced = forced;
    }

    void run() {
      for (Push.Entry entry : push.entries()) {
        if (entry.seq() > seen) {
          Note note = entry.note();
          if (note == null) {
            edit.set(push.writer(), Seen.of(entry.seq(), entry.hash()));
            tell(entry, push.verdict(entry.seq()), null, List.of(), false);
          } else {
            join(entry, note);
          }
        }
      }
      changes = edit.changes();
      conflicts = edit.conflicts(push.writer(), push.base());
    }

    private void join(Push.Entry entry, Note note) {
      List<String> absent = edit.absent(note);
      Code unsaid = push.isRelayed() ? null : unsaid(note);
      if (unsaid != null && note.seq() == 1) {
        throw refuse(unsaid == Code.SECRET ? Reason.SECRET : Reason.CLEAR_TEXT);
      }
      Code code = verdict(note, author, unsaid, forced);
      if (code == null) {
        stamp = note.stamp();
      }
      Long offset =
          code == Code.CLOCK_AHEAD ? note.stamp().millis() - head.committed().toEpochMilli() : null;
      // Bytes are kept of notes that were read and say nothing that nobody may read. A void note
      // that does is dropped, whatever its code is.
      boolean isKept =
          note.seq() == 1
              || code == null
              || unsaid == null
                  && note.fault() == null
                  && code != Code.CLEAR_TEXT
                  && code != Code.SECRET;
      tell(entry, code, offset, code == null ? absent : List.of(), isKept);
    }

    private void tell(
        Push.Entry entry,
        @Nullable Code code,
        @Nullable Long offset,
        List<String> absent,
        boolean isKept) {
      if (code != null) {
        voids.add(new NotesMember.VoidNote(entry.seq(), code.text()));
      }
      results.add(new NoteResult(entry.seq(), false, null, code, offset, absent));
      Note note = entry.note();
      taken.add(
          new Taken(entry.seq(), entry.hash(), code, note == null || !isKept ? null : note.text()));
    }

    /** About how many bytes the record has that differ from one to another. */
    private long recordBytes() {
      long bytes = 0;
      for (Changes.Added each : changes.added()) {
        bytes += each.value().sizeBytes();
      }
      for (Changes.Deleted each : changes.deleted()) {
        bytes += each.oldValue().sizeBytes();
      }
      for (Changes.Modified each : changes.modified()) {
        bytes += each.oldValue().sizeBytes() + each.newValue().sizeBytes();
      }
      for (Superseded each : conflicts.superseded()) {
        bytes += sizeBytes(each.value());
      }
      for (Overrode each : conflicts.overrode()) {
        bytes += sizeBytes(each.value());
      }
      return bytes + (long) ENTRY_BYTES * changes.count();
    }

    private static long sizeBytes(@Nullable Json value) {
      return ENTRY_BYTES + (value == null ? 0 : value.sizeBytes());
    }

    private Outcome outcome() {
      long from = Math.max(push.first(), seen + 1);
      NotesMember notes =
          new NotesMember(
              push.writer(),
              from,
              push.last(),
              push.entries().getLast().hash(),
              push.signature(),
              voids);
      List<String> hashes = taken.stream().map(each -> each.hash().toString()).toList();
      Stamp last = stamp;
      return new Outcome.Joined(
          new UpdateId(push.writer() + "." + from + "-" + push.last()),
          author,
          Hash.sha256(Json.ofStrings(hashes).canonicalBytes()),
          last == null ? head.committed() : Instant.ofEpochMilli(last.millis()),
          changes,
          conflicts.superseded(),
          conflicts.overrode(),
          notes,
          push.last(),
          results,
          taken);
    }
  }

  /** Joins a note and says why it has no effect, or null when it has. */
  private @Nullable Code verdict(
      Note note, Author author, @Nullable Code unsaid, @Nullable Code forced) {
    Code code = note.fault();
    if (push.isRelayed()) {
      Code given = push.verdict(note.seq());
      boolean isForged =
          code != null && given != code // no log can have found it otherwise
              || given == null && note.stamp().millis() > LAST_MILLIS
              || note.seq() == 1 && (given == Code.CLEAR_TEXT || given == Code.SECRET);
      if (isForged) {
        throw refuse(Reason.PROTOCOL);
      }
      code = given;
    }
    if (code == null) {
      code = needs(note);
    }
    if (code == null && !push.isRelayed()) {
      code = judge(note, author);
    }
    if (code == null) {
      code = forced;
    }
    if (code == null) {
      CollectiveEdit with = edit.above();
      with.apply(note, null);
      code = push.isRelayed() ? null : isFull(with) ? Code.SET_FULL : unsaid;
      if (code == null) {
        with.keep();
        return null;
      }
    }
    edit.apply(note, code);
    return code;
  }

  /**
   * Refuses a note that needs what is not seen; {@code orphan} when only forked writers know. Of
   * notes that are relayed the home said so, or it had what they need.
   */
  private @Nullable Code needs(Note note) {
    String missing = null;
    Dot least = null;
    boolean orphan = false;
    for (Dot need : note.needs()) {
      if (edit.hasSeen(need)) {
        continue;
      }
      Writer writer = edit.writer(need.writer());
      if (!push.isRelayed() && writer != null && writer.standing() == Standing.FORKED) {
        orphan = true;
        continue;
      }
      String text = need.toString();
      if (missing == null || text.compareTo(missing) < 0) {
        missing = text;
        least = need;
      }
    }
    if (least != null) {
      throw new Refused(PushRefusal.gap(seen, least));
    }
    return orphan ? Code.ORPHAN : null;
  }

  /** What this log says against a note before it is known what it would do. */
  private @Nullable Code judge(Note note, Author author) {
    Set<Role> roles = rules.roles(author);
    for (Operation operation : note.operations()) {
      if (!isAllowed(note, operation, author, roles)) {
        return Code.FORBIDDEN;
      }
    }
    return note.stamp().millis() > head.committed().toEpochMilli() + CLOCK_TOLERANCE_MS
        ? Code.CLOCK_AHEAD
        : null;
  }

  /** Why nobody may read what a note says, or null. */
  private @Nullable Code unsaid(Note note) {
    if (isClear(note)) {
      return Code.CLEAR_TEXT;
    }
    return rules.hasSecret(note) ? Code.SECRET : null;
  }

  private boolean isFull(CollectiveEdit with) {
    for (Map.Entry<String, @Nullable Memory> touched : with.touched().entrySet()) {
      if (isFull(edit.memory(touched.getKey()), touched.getValue())) {
        return true;
      }
    }
    return false;
  }

  private boolean isAllowed(Note note, Operation operation, Author author, Set<Role> roles) {
    return switch (operation) {
      case Operation.Forget _, Operation.Wipe _ -> roles.contains(Role.ERASER);
      case Operation.Score score -> {
        long standing = epoch(note, score);
        yield score.value().epoch() <= standing
            || roles.contains(Role.CURATOR) && score.value().epoch() == standing + 1;
      }
      case Operation.Renew renew -> {
        Writer old = edit.writer(renew.writer());
        yield old != null && old.author().equals(author);
      }
      default -> true;
    };
  }

  private long epoch(Note note, Operation.Score score) {
    Memory memory = score.id().birth().equals(note.dot()) ? null : edit.memory(score.id().text());
    if (memory == null) {
      return 0;
    }
    Memory.Marks marks = memory.marks();
    return (score.isImportance() ? marks.importance() : marks.confidence()).epoch();
  }

  private static boolean isFull(@Nullable Memory before, @Nullable Memory after) {
    if (after == null) {
      return false;
    }
    if (isOver(
        before == null ? 0 : before.marks().tags().size(),
        after.marks().tags().size(),
        NoteReader.MAX_TAGS)) {
      return true;
    }
    for (Operation.Grown set : Operation.Grown.values()) {
      int size = before == null ? 0 : before.set(set).size();
      if (isOver(size, after.set(set).size(), NoteReader.MAX_ELEMENTS)) {
        return true;
      }
    }
    if (MemoryLeaves.mostBytes(after) <= State.MAX_LEAF_BYTES) {
      return false;
    }
    Map<String, @Nullable Json> stood =
        before == null ? Map.of() : MemoryLeaves.changed(null, before);
    for (Map.Entry<String, @Nullable Json> part : MemoryLeaves.changed(before, after).entrySet()) {
      Json value = part.getValue();
      long bytes = value == null ? 0 : value.sizeBytes();
      Json old = stood.get(part.getKey());
      if (bytes > State.MAX_LEAF_BYTES && bytes > (old == null ? 0 : old.sizeBytes())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOver(int before, int after, int limit) {
    return after > limit && after > before;
  }

  private boolean isClear(Note note) {
    if (rules.encrypt() == Encrypt.NONE) {
      return false;
    }
    for (Operation operation : note.operations()) {
      if (isClear(note, operation)) {
        return true;
      }
    }
    return false;
  }

  private boolean isClear(Note note, Operation operation) {
    return switch (operation) {
      case Operation.Learn learn -> mustBeSealed(learn.subject()) && isText(learn.content());
      case Operation.Write write ->
          write.field() == Operation.Field.CONTENT
              && isText(write.value())
              && mustBeSealed(note, write.id());
      case Operation.Vector vector -> isText(vector.data()) && mustBeSealed(note, vector.id());
      default -> false;
    };
  }

  private static boolean isText(Json value) {
    return value instanceof Json.Str;
  }

  private boolean mustBeSealed(String subject) {
    return rules.encrypt() == Encrypt.ALL || !subject.isEmpty();
  }

  private boolean mustBeSealed(Note note, MemoryId id) {
    if (id.birth().equals(note.dot())) {
      return note.operations().get(id.k() - 1) instanceof Operation.Learn learn
          && mustBeSealed(learn.subject());
    }
    Memory memory = edit.memory(id.text());
    return memory != null && mustBeSealed(memory.text().subject());
  }
}
