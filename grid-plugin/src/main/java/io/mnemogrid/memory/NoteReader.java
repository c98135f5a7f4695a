package io.mnemogrid.memory;

import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.signature.Base64Url;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.nio.charset.StandardCharsets;
import java.text.Normalizer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Reads a note from its canonical text. A fault of the envelope is an exception, for such a text
 * has no number that it could take; a fault of an operation makes the note void.
 */
public final class NoteReader {
  private static final int MAX_NESTING = 32;
  private static final int MAX_CONTENT = 65_536;
  private static final int MAX_TAG = 64;
  private static final int MAX_TEXT = 200;
  private static final int MAX_NAME = 128;
  private static final int MAX_VECTOR = 10_240;
  private static final int MAX_SEALED_VECTOR = 16_384;
  private static final int MAX_DIMENSIONS = 65_536;
  private static final int NONCE_AND_TAG = 28;

  /** Tags that a memory has at most. */
  static final int MAX_TAGS = 64;

  /** Elements that evidence, related and parents have at most each. */
  static final int MAX_ELEMENTS = 256;

  private static final Set<String> TYPES = Set.of("memory", "bead", "metadata");
  private static final Pattern MEMORY_TYPE = Pattern.compile("[a-z][a-z0-9_-]{0,63}");
  private static final Pattern HEX = Pattern.compile("[0-9a-f]{32}");
  private static final Pattern KEY_ID = Pattern.compile("[A-Za-z0-9._:@-]{1,128}");
  private static final Set<String> ENVELOPE =
      Set.of("collective", "note", "ops", "previous", "seq", "stamp", "writer");

  /** What makes a note void. */
  private static final class Fault extends RuntimeException {
    private static final long serialVersionUID = 1;
    final Code code;

    Fault(Code code) {
      super(null, null, false, false);
      this.code = code;
    }
  }

  private final WriterId writer;
  private final long seq;
  private final Stamp stamp;
  private final Dot own;
  private final List<Operation> read = new ArrayList<>();
  private @Nullable Code size; // the first fault of size of the operation at hand

  private NoteReader(WriterId writer, long seq, Stamp stamp) {
    this.writer = writer;
    this.seq = seq;
    this.stamp = stamp;
    this.own = new Dot(writer, seq);
  }

  /**
   * The note of a text.
   *
   * @param collective the id that it must name
   * @throws IllegalArgumentException when the text is not canonical JSON with the seven members of
   *     a note of this collective, or a note 1 does not begin with a {@code join}; with what is
   *     wrong
   * @throws NotItsKey when the key of note 1 does not give the writer's id
   */
  public static Note read(String collective, String text) {
    Json.Obj members = envelope(text);
    if (!(members.get("note") instanceof Json.Num number) || number.value() != 1) {
      throw new IllegalArgumentException("note is 1");
    }
    if (!collective.equals(members.text("collective"))) {
      throw new IllegalArgumentException("the note belongs to another collective");
    }
    WriterId writer = new WriterId(members.text("writer"));
    long seq = new Dot(writer, whole(members.get("seq"), "seq")).seq();
    Stamp stamp = new Stamp(members.text("stamp"));
    Hash previous = Hash.parse(members.text("previous"));
    if (!(members.get("ops") instanceof Json.Arr operations)) {
      throw new IllegalArgumentException("ops is an array");
    }
    NoteReader reader = new NoteReader(writer, seq, stamp);
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    Operation.Join join = seq == 1 ? join(operations, writer) : null;
    Code fault = reader.judge(join, operations.items(), utf8.length);
    return new Note(
        collective,
        writer,
        seq,
        stamp,
        previous,
        fault == null ? reader.read : join == null ? List.of() : List.of(join),
        fault,
        Note.hash(utf8),
        text);
  }

  /** The key of a note 1 is not that of its writer. */
  public static final class NotItsKey extends IllegalArgumentException {
    private static final long serialVersionUID = 1;

    NotItsKey(WriterId writer) {
      super("the key is not that of writer " + writer);
    }
  }

  private static Json.Obj envelope(String text) {
    Json json = Json.parseCanonical(text);
    if (!(json instanceof Json.Obj members) || !members.members().keySet().equals(ENVELOPE)) {
      throw new IllegalArgumentException("a note is an object with the members " + sorted());
    }
    if (json.nesting() > MAX_NESTING) {
      throw new IllegalArgumentException("a note nests " + MAX_NESTING + " deep at most");
    }
    return members;
  }

  private static List<String> sorted() {
    return ENVELOPE.stream().sorted().toList();
  }

  private static long whole(@Nullable Json json, String name) {
    if (json instanceof Json.Num number
        && number.value() == Math.rint(number.value())
        && Math.abs(number.value()) <= Dot.MAX_SEQ) {
      return (long) number.value();
    }
    throw new IllegalArgumentException(name + " is a whole number");
  }

  private static Operation.Join join(Json.Arr operations, WriterId writer) {
    if (operations.items().isEmpty()
        || !(operations.items().getFirst() instanceof Json.Obj first)
        || !(first.get("op") instanceof Json.Str op)
        || !op.value().equals("join")) {
      throw new IllegalArgumentException("note 1 begins with join");
    }
    Json signature = first.get("author_signature");
    if (first.members().size() != (signature == null ? 3 : 4)) {
      throw new IllegalArgumentException("join has author, key and author_signature alone");
    }
    AuthorKey key = new AuthorKey(first.text("key"));
    String signed = signature == null ? null : first.text("author_signature");
    if (signed != null) {
      Base64Url.decode(signed, AuthorKey.SIGNATURE_BYTES, "author_signature");
    }
    Author author = new Author(first.text("author"));
    if (!WriterId.of(key).equals(writer)) {
      throw new NotItsKey(writer);
    }
    return new Operation.Join(author, key, signed);
  }

  private @Nullable Code judge(Operation.@Nullable Join join, List<Json> operations, int bytes) {
    if (bytes > Note.MAX_BYTES || operations.size() > Note.MAX_OPERATIONS) {
      return Code.TOO_LARGE;
    }
    if (operations.isEmpty()) {
      return Code.SCHEMA;
    }
    try {
      if (join != null) {
        read.add(join);
      }
      for (Json json : operations.subList(read.size(), operations.size())) {
        size = null;
        read.add(operation(json));
        Code tooLarge = size;
        if (tooLarge != null) {
          return tooLarge;
        }
      }
      places();
      return null;
    } catch (Fault e) {
      return e.code;
    }
  }

  private static Fault schema() {
    return new Fault(Code.SCHEMA);
  }

  private void tooLarge(boolean is, Code code) {
    if (is && size == null) {
      size = code;
    }
  }

  private Operation operation(Json json) {
    if (!(json instanceof Json.Obj members) || !(members.get("op") instanceof Json.Str op)) {
      throw schema();
    }
    return switch (op.value()) {
      case "learn" -> learn(members);
      case "write" -> write(only(members, "field", "id", "value"));
      case "vector" -> vector(only(members, "data", "dimensions", "id", "model", "text_hash"));
      case "score" -> score(only(members, "epoch", "field", "id", "value"));
      case "tag" -> {
        only(members, "id", "over", "tag");
        yield new Operation.Tag(id(members), tag(members.get("tag")), over(members));
      }
      case "untag" -> {
        only(members, "id", "over", "tag");
        MemoryId id = id(members);
        String tag = tag(members.get("tag"));
        List<Dot> over = over(members);
        if (over.isEmpty()) {
          throw schema();
        }
        yield new Operation.Untag(id, tag, over);
      }
      case "add" -> add(only(members, "element", "id", "set"));
      case "use" -> {
        only(members, "id", "total");
        yield new Operation.Use(id(members), number(members.get("total"), 1, Dot.MAX_SEQ));
      }
      case "forget" -> {
        only(members, "id", "reason");
        yield new Operation.Forget(id(members), text(members.get("reason"), 0, MAX_TEXT));
      }
      case "wipe" -> {
        only(members, "reason", "subject");
        yield new Operation.Wipe(
            matching(members.get("subject"), HEX), text(members.get("reason"), 0, MAX_TEXT));
      }
      case "renew" -> renew(only(members, "last", "state", "writer"));
      default -> throw schema(); // join too: it is the first of note 1 alone
    };
  }

  /** The members of an operation, when they are {@code op} and exactly these. */
  private static Json.Obj only(Json.Obj members, String... names) {
    if (members.members().size() != names.length + 1) {
      throw schema();
    }
    for (String name : names) {
      if (members.get(name) == null) {
        throw schema();
      }
    }
    return members;
  }

  private static final Set<String> LEARNED =
      Set.of("op", "type", "content", "memory_type", "importance", "confidence");
  private static final Set<String> OPTIONAL =
      Set.of("subject", "source", "tags", "evidence", "related", "parents", "ref", "created");

  private Operation learn(Json.Obj members) {
    Set<String> names = members.members().keySet();
    if (!names.containsAll(LEARNED)
        || !names.stream().allMatch(name -> LEARNED.contains(name) || OPTIONAL.contains(name))) {
      throw schema();
    }
    MemoryId id = MemoryId.of(own, read.size() + 1);
    String type = string(members.get("type"));
    if (!TYPES.contains(type)) {
      throw schema();
    }
    Json content = content(members.get("content"));
    String memoryType = matching(members.get("memory_type"), MEMORY_TYPE);
    double importance = fraction(members.get("importance"));
    double confidence = fraction(members.get("confidence"));
    Json subject = members.get("subject");
    Json source = members.get("source");
    Json ref = members.get("ref");
    Json created = members.get("created");
    String subjectTag = subject == null ? "" : matching(subject, HEX);
    String from = source == null ? "" : text(source, 1, MAX_NAME);
    List<String> tags = each(members.get("tags"), this::tag, MAX_TAGS);
    List<String> evidence =
        each(members.get("evidence"), json -> text(json, 1, MAX_TEXT), MAX_ELEMENTS);
    List<String> related = each(members.get("related"), json -> link(json, id), MAX_ELEMENTS);
    List<String> parents = each(members.get("parents"), json -> link(json, id), MAX_ELEMENTS);
    Json reference = ref == null ? Json.NULL : Json.of(text(ref, 1, MAX_TEXT));
    return new Operation.Learn(
        type,
        content,
        memoryType,
        importance,
        confidence,
        subjectTag,
        from,
        tags,
        evidence,
        related,
        parents,
        reference,
        created == null ? null : created(created));
  }

  private Stamp created(Json json) {
    String text = string(json);
    if (!Stamp.isOne(text) || text.compareTo(stamp.text()) > 0) {
      throw schema();
    }
    return new Stamp(text);
  }

  private interface Item {
    String read(Json json);
  }

  private List<String> each(@Nullable Json json, Item item, int most) {
    if (json == null) {
      return List.of();
    }
    if (!(json instanceof Json.Arr array)) {
      throw schema();
    }
    List<String> texts = new ArrayList<>(array.items().size());
    Set<String> distinct = new HashSet<>();
    for (Json each : array.items()) {
      String text = item.read(each);
      if (!distinct.add(text)) {
        throw schema();
      }
      texts.add(text);
    }
    tooLarge(texts.size() > most, Code.SET_FULL);
    return texts;
  }

  private Operation write(Json.Obj members) {
    MemoryId id = id(members);
    Json value = members.members().get("value");
    return switch (string(members.get("field"))) {
      case "content" -> new Operation.Write(id, Operation.Field.CONTENT, content(value));
      case "memory_type" ->
          new Operation.Write(
              id, Operation.Field.MEMORY_TYPE, Json.of(matching(value, MEMORY_TYPE)));
      case "ref" ->
          new Operation.Write(
              id,
              Operation.Field.REF,
              value instanceof Json.Null ? value : Json.of(text(value, 1, MAX_TEXT)));
      default -> throw schema();
    };
  }

  private Operation vector(Json.Obj members) {
    MemoryId id = id(members);
    String model = text(members.get("model"), 1, MAX_NAME);
    long dimensions = number(members.get("dimensions"), 1, MAX_DIMENSIONS);
    String textHash = string(members.get("text_hash"));
    try {
      return new Operation.Vector(
          id, model, dimensions, Hash.parse(textHash), data(members.get("data")));
    } catch (IllegalArgumentException e) {
      throw schema();
    }
  }

  private Json data(@Nullable Json json) {
    if (json instanceof Json.Arr sealed) {
      String sealedData = sealed(sealed).get(2);
      tooLarge(Base64Url.bytes(sealedData) > MAX_SEALED_VECTOR, Code.TOO_LARGE);
      return sealed;
    }
    String text = string(json);
    if (text.startsWith("cid:")) {
      return Json.of(text(json, 5, MAX_TEXT));
    }
    if (text.isEmpty() || !Base64Url.isOne(text)) {
      throw schema();
    }
    tooLarge(Base64Url.bytes(text) > MAX_VECTOR, Code.TOO_LARGE);
    return Json.of(text);
  }

  private Operation score(Json.Obj members) {
    MemoryId id = id(members);
    String field = string(members.get("field"));
    if (!field.equals("importance") && !field.equals("confidence")) {
      throw schema();
    }
    double value = fraction(members.get("value"));
    long epoch = number(members.get("epoch"), 0, Dot.MAX_SEQ);
    return new Operation.Score(id, field.equals("importance"), new Score(value, epoch));
  }

  private Operation add(Json.Obj members) {
    MemoryId id = id(members);
    Json element = members.get("element");
    return switch (string(members.get("set"))) {
      case "evidence" ->
          new Operation.Add(id, Operation.Grown.EVIDENCE, text(element, 1, MAX_TEXT));
      case "related" -> new Operation.Add(id, Operation.Grown.RELATED, link(element, id));
      case "parents" -> new Operation.Add(id, Operation.Grown.PARENTS, link(element, id));
      default -> throw schema();
    };
  }

  private Operation renew(Json.Obj members) {
    String old = string(members.get("writer"));
    if (!WriterId.isOne(old) || old.equals(writer.text())) {
      throw schema();
    }
    Standing state =
        switch (string(members.get("state"))) {
          case "forked" -> Standing.FORKED;
          case "retired" -> Standing.RETIRED;
          default -> throw schema();
        };
    return new Operation.Renew(
        new WriterId(old), number(members.get("last"), 1, Dot.MAX_SEQ), state);
  }

  private MemoryId id(Json.Obj members) {
    MemoryId id = MemoryId.parse(string(members.get("id")));
    if (id == null) {
      throw schema();
    }
    if (id.birth().equals(own)) {
      int position = id.k() - 1;
      if (position >= read.size() || !(read.get(position) instanceof Operation.Learn)) {
        throw schema();
      }
    } else if (isLater(id.birth())) {
      throw schema();
    }
    return id;
  }

  /** Whether it is a note of this writer that is not before this one. */
  private boolean isLater(Dot dot) {
    return dot.writer().equals(writer) && dot.seq() >= seq;
  }

  private List<Dot> over(Json.Obj members) {
    if (!(members.get("over") instanceof Json.Arr array)) {
      throw schema();
    }
    List<Dot> dots = new ArrayList<>(array.items().size());
    Set<Dot> distinct = new HashSet<>();
    for (Json item : array.items()) {
      Dot dot = Dot.parse(string(item));
      if (dot == null || isLater(dot) || !distinct.add(dot)) {
        throw schema();
      }
      dots.add(dot);
    }
    return dots;
  }

  private static String link(@Nullable Json json, MemoryId itself) {
    String text = string(json);
    if (MemoryId.parse(text) == null || text.equals(itself.text())) {
      throw schema();
    }
    return text;
  }

  private String tag(@Nullable Json json) {
    String tag = text(json, 1, MAX_TAG);
    for (int i = 0; i < tag.length(); i++) {
      char c = tag.charAt(i);
      if (c < 0x20 || c >= 0x7f && c <= 0x9f) {
        throw schema();
      }
    }
    // what is too long is not looked at: that can cost the square of its length
    if (tag.length() <= MAX_TAG && !Normalizer.isNormalized(tag, Normalizer.Form.NFC)) {
      throw schema();
    }
    return tag;
  }

  private Json content(@Nullable Json json) {
    if (json instanceof Json.Arr array) {
      sealed(array);
      return array;
    }
    return Json.of(text(json, 0, MAX_CONTENT));
  }

  private static List<String> sealed(Json.Arr array) {
    List<String> texts = new ArrayList<>(4);
    for (Json item : array.items()) {
      texts.add(string(item));
    }
    if (texts.size() != 4
        || !texts.get(0).equals("~1")
        || !KEY_ID.matcher(texts.get(1)).matches()
        || !Base64Url.isOne(texts.get(2))
        || Base64Url.bytes(texts.get(2)) < NONCE_AND_TAG
        || !Base64Url.isOne(texts.get(3))
        || Base64Url.bytes(texts.get(3)) != Hash.BYTES) {
      throw schema();
    }
    return texts;
  }

  private static String string(@Nullable Json json) {
    if (json instanceof Json.Str text) {
      return text.value();
    }
    throw schema();
  }

  private static String matching(@Nullable Json json, Pattern pattern) {
    String text = string(json);
    if (!pattern.matcher(text).matches()) {
      throw schema();
    }
    return text;
  }

  /** A text of {@code least} to {@code most} bytes: below it is no such text, above too large. */
  private String text(@Nullable Json json, int least, int most) {
    String text = string(json);
    int bytes = text.length() > most ? text.length() : utf8Length(text);
    if (bytes < least) {
      throw schema();
    }
    tooLarge(bytes > most, Code.TOO_LARGE);
    return text;
  }

  private static int utf8Length(String text) {
    int bytes = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3; // a pair has 4
    }
    return bytes;
  }

  private static double fraction(@Nullable Json json) {
    if (json instanceof Json.Num number && number.value() >= 0 && number.value() <= 1) {
      return number.value();
    }
    throw schema();
  }

  private static long number(@Nullable Json json, long least, long most) {
    if (json instanceof Json.Num number
        && number.value() == Math.rint(number.value())
        && number.value() >= least
        && number.value() <= most) {
      return (long) number.value();
    }
    throw schema();
  }

  /** Refuses two operations at one place: what they do would depend on their order. */
  private void places() {
    Set<String> taken = new HashSet<>();
    int k = 0;
    for (Operation operation : read) {
      k++;
      List<String> places =
          switch (operation) {
            case Operation.Join _ -> List.of();
            case Operation.Learn learn -> places(MemoryId.of(own, k).text(), learn);
            case Operation.Write write -> List.of(write.id() + " " + write.field());
            case Operation.Vector vector -> List.of(vector.id() + " vector");
            case Operation.Score score ->
                List.of(score.id() + (score.isImportance() ? " importance" : " confidence"));
            case Operation.Tag tag -> List.of(tag.id() + " tag " + tag.tag());
            case Operation.Untag untag -> List.of(untag.id() + " tag " + untag.tag());
            case Operation.Add add -> List.of(add.id() + " " + add.set() + " " + add.element());
            case Operation.Use use -> List.of(use.id() + " use");
            case Operation.Forget forget -> List.of(forget.id() + " forget");
            case Operation.Wipe wipe -> List.of("wipe " + wipe.subject());
            case Operation.Renew renew -> List.of("renew " + renew.writer());
          };
      for (String place : places) {
        if (!taken.add(place)) {
          throw schema();
        }
      }
    }
  }

  private static List<String> places(String id, Operation.Learn learn) {
    List<String> places = new ArrayList<>();
    for (Operation.Field field : Operation.Field.values()) {
      places.add(id + " " + field);
    }
    places.add(id + " importance");
    places.add(id + " confidence");
    learn.tags().forEach(tag -> places.add(id + " tag " + tag));
    learn.evidence().forEach(element -> places.add(id + " EVIDENCE " + element));
    learn.related().forEach(element -> places.add(id + " RELATED " + element));
    learn.parents().forEach(element -> places.add(id + " PARENTS " + element));
    return places;
  }
}
