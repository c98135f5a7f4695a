package io.mnemogrid.state;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads one canonical JSON text (RFC 8785) from its UTF-8 bytes, from the first to the last, and
 * refuses at once what is not canonical: white space, members out of order or twice, a string with
 * another escape than the shortest, a number spelled in another way, bytes that are no UTF-8. So it
 * takes exactly the texts that {@link Json#parseCanonical} takes. It costs less: it builds no tree
 * of what the caller reads member by member, and does not write the text again to compare.
 *
 * <p>The caller asks for what it expects next; anything else is a {@link JsonException}. Values
 * that records repeat (paths, authors, spaces, names of members) are taken from tables of {@link
 * Recent} ones. Used by one thread, once.
 */
public final class CanonicalReader {
  private static final int MAX_STRING_LENGTH = 4 << 20;
  private static final int MAX_NAME_LENGTH = 2048;
  private static final int MAX_NUMBER_LENGTH = 1000;
  private static final int EXACT_DIGITS = 15;

  private static final Recent<String> NAMES = new Recent<>(1 << 8, name -> name);
  private static final Recent<Pointer> POINTERS = new Recent<>(1 << 14, Pointer::parse);
  private static final Recent<Author> AUTHORS = new Recent<>(1 << 10, Author::new);
  private static final Recent<SpaceName> SPACES = new Recent<>(1 << 8, SpaceName::new);

  private final byte[] in;
  private int at;
  private int depth;

  /**
   * For each depth, the name of the member that is being read; null before the first and in arrays.
   */
  private final @Nullable String[] names = new String[JsonReader.MAX_NESTING + 1];

  /** For each depth, how many members or items have begun. */
  private final int[] counts = new int[JsonReader.MAX_NESTING + 1];

  /** A reader of {@code utf8}, which nobody changes meanwhile. */
  public CanonicalReader(byte[] utf8) {
    this.in = utf8;
  }

  // structure

  /** Enters an object. */
  public void beginObject() {
    begin('{', "an object");
  }

  /**
   * Reads the {@link #name} of the next member; at the end of the object leaves it and returns
   * false.
   */
  public boolean nextMember() {
    if (!next('}')) {
      return false;
    }
    String before = names[depth];
    String name = readName();
    if (before != null && before.compareTo(name) >= 0) {
      throw refuse("members are not sorted or one is there twice");
    }
    names[depth] = name;
    expect(':');
    return true;
  }

  /** The name of the member that is being read. */
  public String name() {
    String name = names[depth];
    if (name == null) {
      throw new IllegalStateException("no member was begun");
    }
    return name;
  }

  /** Enters an array. */
  public void beginArray() {
    begin('[', "an array");
  }

  /** Moves to the next item; at the end of the array leaves it and returns false. */
  public boolean nextItem() {
    return next(']');
  }

  /** The end of the text; refuses when anything follows. */
  public void end() {
    if (at != in.length) {
      throw refuse("something follows the JSON text");
    }
  }

  private void begin(char bracket, String what) {
    if (peek() != bracket) {
      throw refuse("is " + what);
    }
    at++;
    if (++depth > JsonReader.MAX_NESTING) {
      throw refuse("nests deeper than " + JsonReader.MAX_NESTING);
    }
    names[depth] = null;
    counts[depth] = 0;
  }

  private boolean next(char bracket) {
    if (peek() == bracket) {
      at++;
      depth--;
      return false;
    }
    if (counts[depth]++ > 0) {
      expect(',');
    }
    return true;
  }

  private int peek() {
    return at < in.length ? in[at] : -1;
  }

  private void expect(char wanted) {
    if (peek() != wanted) {
      throw refuse("wants " + wanted);
    }
    at++;
  }

  // values

  /** Any value. */
  public Json value() {
    return switch (peek()) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> new Json.Str(string());
      case 't' -> literal("true", Json.TRUE);
      case 'f' -> literal("false", Json.FALSE);
      case 'n' -> literal("null", Json.NULL);
      default -> number();
    };
  }

  /**
   * Reads a value as a leaf. Its payload hash is made of the bytes here, so it is not written
   * again.
   */
  public Cell.Leaf leaf(Pointer path, Tag tag) {
    int from = at;
    Json value = value();
    return Cell.Leaf.of(path, value, tag, Hash.sha256(in, from, at - from), at - from);
  }

  private Json object() {
    beginObject();
    String[] keys = new String[8];
    Json[] values = new Json[8];
    int count = 0;
    while (nextMember()) {
      if (count == keys.length) {
        keys = Arrays.copyOf(keys, count * 2);
        values = Arrays.copyOf(values, count * 2);
      }
      keys[count] = name();
      values[count++] = value();
    }
    return count == 0
        ? Json.EMPTY_OBJECT
        : new Json.Obj(Members.ofSorted(Arrays.copyOf(keys, count), Arrays.copyOf(values, count)));
  }

  private Json array() {
    beginArray();
    List<Json> items = new ArrayList<>();
    while (nextItem()) {
      items.add(value());
    }
    return new Json.Arr(items);
  }

  private Json literal(String text, Json value) {
    for (int i = 0; i < text.length(); i++) {
      if (peek() != text.charAt(i)) {
        throw refuse("no JSON");
      }
      at++;
    }
    return value;
  }

  /** A number, spelled as {@link Json#canonical()} spells it. */
  public Json.Num number() {
    int from = at;
    boolean negative = peek() == '-';
    int first = negative ? from + 1 : from;
    int i = first;
    long whole = 0;
    while (i < in.length && i - first < EXACT_DIGITS && isDigit(in[i])) {
      whole = whole * 10 + in[i++] - '0';
    }
    boolean plain =
        i > first
            && (in[first] != '0' || i == first + 1 && !negative)
            && (i == in.length || !isOfNumber(in[i]));
    if (plain) {
      at = i;
      return new Json.Num(negative ? -whole : whole);
    }
    return numberAsWritten(from);
  }

  /** Any other number is canonical when writing it gives the same text. */
  private Json.Num numberAsWritten(int from) {
    int to = from;
    while (to < in.length && isOfNumber(in[to])) {
      to++;
    }
    String literal = ascii(from, to);
    if (literal.isEmpty() || literal.length() > MAX_NUMBER_LENGTH) {
      throw refuse("no JSON");
    }
    double value;
    try {
      value = Double.parseDouble(literal);
    } catch (NumberFormatException e) {
      throw refuse("no JSON");
    }
    if (Double.isInfinite(value)) {
      throw refuse("a number that overflows a double");
    }
    Json.Num number = new Json.Num(value);
    if (!number.canonical().equals(literal)) {
      throw refuse("is the number " + number.canonical());
    }
    at = to;
    return number;
  }

  private static boolean isDigit(byte c) {
    return c >= '0' && c <= '9';
  }

  private static boolean isOfNumber(byte c) {
    return isDigit(c) || c == '.' || c == 'e' || c == 'E' || c == '+' || c == '-';
  }

  /** A whole number; beyond 2^53, the value of the nearest double. */
  public long wholeNumber() {
    double value = number().value();
    if (value != Math.rint(value)) {
      throw refuse("is a whole number");
    }
    return (long) value;
  }

  /** A string. */
  public String string() {
    int end = plainEnd();
    String text;
    if (end >= 0) {
      text = ascii(at + 1, end);
      at = end + 1;
    } else {
      text = spelledString();
    }
    if (text.length() > MAX_STRING_LENGTH) {
      throw refuse("a string longer than " + MAX_STRING_LENGTH);
    }
    return text;
  }

  /** A string that spells a JSON Pointer. */
  public Pointer pointer() {
    int end = plainEnd();
    return end < 0 ? Pointer.parse(spelledString()) : recent(POINTERS, end);
  }

  /** A string that names an author. */
  public Author author() {
    int end = plainEnd();
    return end < 0 ? new Author(spelledString()) : recent(AUTHORS, end);
  }

  /** A string that names a space. */
  public SpaceName spaceName() {
    int end = plainEnd();
    return end < 0 ? new SpaceName(spelledString()) : recent(SPACES, end);
  }

  /** A string that spells a hash. */
  public Hash hash() {
    int end = plainEnd();
    Hash hash = end < 0 ? null : Hash.parseAscii(in, at + 1, end);
    if (hash == null) {
      return Hash.parse(string());
    }
    at = end + 1;
    return hash;
  }

  /** A string that spells a time. */
  public Instant time() {
    int end = plainEnd();
    Instant time = end < 0 ? null : Timestamps.parsePlain(in, at + 1, end);
    if (time == null) {
      return Timestamps.parse(string());
    }
    at = end + 1;
    return time;
  }

  /** A string that repeats in many records, such as a name: taken from a table of recent ones. */
  public String word() {
    int end = plainEnd();
    return end < 0 ? string() : recent(NAMES, end);
  }

  private String readName() {
    int end = plainEnd();
    String name = end < 0 ? spelledString() : recent(NAMES, end);
    if (name.length() > MAX_NAME_LENGTH) {
      throw refuse("a name longer than " + MAX_NAME_LENGTH);
    }
    return name;
  }

  private <T> T recent(Recent<T> table, int end) {
    T value = table.get(in, at + 1, end);
    at = end + 1;
    return value;
  }

  /** Where the string that begins here ends, if it holds only ASCII and no escape; else -1. */
  private int plainEnd() {
    if (peek() != '"') {
      throw refuse("is a string");
    }
    int i = at + 1;
    // the bytes of a character beyond ASCII are negative
    while (i < in.length && in[i] >= ' ' && in[i] != '"' && in[i] != '\\') {
      i++;
    }
    return i < in.length && in[i] == '"' ? i : -1;
  }

  private String ascii(int from, int to) {
    return new String(in, from, to - from, StandardCharsets.ISO_8859_1);
  }

  /** A string with escapes or characters beyond ASCII. */
  private String spelledString() {
    StringBuilder text = new StringBuilder();
    int plainFrom = ++at;
    while (true) {
      int c = peek();
      if (c == '"') {
        text.append(utf8(plainFrom, at++));
        return text.toString();
      }
      if (at == in.length || c >= 0 && c < ' ') {
        throw refuse("no JSON");
      }
      if (c == '\\') {
        text.append(utf8(plainFrom, at++));
        text.append(escaped());
        plainFrom = at;
      } else {
        at++;
      }
    }
  }

  /** The character that the escape stands for; refuses an escape that has a shorter spelling. */
  private char escaped() {
    int letter = peek();
    at++;
    return switch (letter) {
      case '"', '\\' -> (char) letter;
      case 'b' -> '\b';
      case 't' -> '\t';
      case 'n' -> '\n';
      case 'f' -> '\f';
      case 'r' -> '\r';
      case 'u' -> control();
      default -> throw refuse("an escape that is not canonical");
    };
  }

  private char control() {
    for (int i = 0; i < 2; i++) {
      expect('0');
    }
    int code = hexDigit() << 4 | hexDigit();
    boolean shorter = code >= ' ' || code == '\b' || code >= '\t' && code <= '\n';
    if (shorter || code == '\f' || code == '\r') {
      throw refuse("an escape that is not canonical");
    }
    return (char) code;
  }

  private int hexDigit() {
    int c = peek();
    at++;
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
      return c - 'a' + 10;
    }
    throw refuse("an escape that is not canonical");
  }

  private CharSequence utf8(int from, int to) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(in, from, to - from));
    } catch (CharacterCodingException e) {
      throw refuse("the text is not UTF-8");
    }
  }

  // errors

  /**
   * The exception for a value at this place that the caller does not take; {@code detail} says why.
   */
  public JsonException refuse(String detail) {
    StringBuilder pointer = new StringBuilder();
    for (int i = 1; i <= Math.min(depth, JsonReader.MAX_NESTING); i++) {
      String name = names[i];
      if (name != null) {
        pointer.append('/').append(name.replace("~", "~0").replace("/", "~1"));
      } else if (counts[i] > 0) {
        pointer.append('/').append(counts[i] - 1);
      }
    }
    return new JsonException(
        pointer.toString(), detail + ", byte " + at + "; the text is canonical JSON (RFC 8785)");
  }
}
