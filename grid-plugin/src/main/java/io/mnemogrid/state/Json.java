package io.mnemogrid.state;

import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A JSON value of I-JSON (RFC 7493), deeply immutable: numbers are doubles, object members are
 * unique and sorted by UTF-16 code units. {@link #canonical()} is RFC 8785 (JCS), so two values are
 * equal exactly when their canonical texts are.
 */
public sealed interface Json extends Serializable {
  /** Room that a canonical text has at first, in bytes. */
  int CANONICAL_BYTES = 64;

  /** The value {@code null}. */
  Json NULL = new Null();

  /** The value {@code true}. */
  Json TRUE = new Bool(true);

  /** The value {@code false}. */
  Json FALSE = new Bool(false);

  /** The object without members. */
  Obj EMPTY_OBJECT = new Obj(Map.of());

  /** {@code null}. */
  record Null() implements Json {}

  /** {@code true} or {@code false}. */
  record Bool(boolean value) implements Json {}

  /** A finite number; minus zero is zero. */
  record Num(double value) implements Json {
    public Num {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("JSON has no " + value);
      }
      value = value == 0 ? 0 : value;
    }
  }

  /** A string without lone surrogates. */
  record Str(String value) implements Json {
    public Str {
      if (hasLoneSurrogate(value)) {
        throw new IllegalArgumentException("a string holds no lone surrogates (RFC 7493 §2.1)");
      }
    }
  }

  /** An array; in a document it is one leaf. */
  record Arr(List<Json> items) implements Json {
    public Arr {
      items = List.copyOf(items);
    }
  }

  /** An object, its members sorted by name. */
  record Obj(Map<String, Json> members) implements Json {
    public Obj {
      members = Members.copyOf(members);
    }

    /** The member called {@code name}, or null where there is none. */
    public @Nullable Json get(String name) {
      return members.get(name);
    }

    /**
     * The string called {@code name}.
     *
     * @throws JsonException when no string has that name
     */
    public String text(String name) {
      if (members.get(name) instanceof Str text) {
        return text.value();
      }
      throw new JsonException("/" + name, "is a string");
    }

    /** The same object with {@code name} set to {@code value}. */
    public Obj with(String name, Json value) {
      Map<String, Json> changed = new TreeMap<>(members);
      changed.put(name, value);
      return new Obj(changed);
    }

    /** Whether there are no members. */
    public boolean isEmpty() {
      return members.isEmpty();
    }
  }

  /** A constant as formats and API spell it: lower case, with {@code -} for {@code _}. */
  static String word(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** A string value. */
  static Str of(String text) {
    return new Str(text);
  }

  /** A whole number; refuses one that a double cannot hold exactly. */
  static Num of(long number) {
    if (Math.abs(number) > 1L << 53) {
      throw new IllegalArgumentException("a double does not hold " + number + "; send a string");
    }
    return new Num(number);
  }

  /** {@code true} or {@code false}. */
  static Json of(boolean value) {
    return value ? TRUE : FALSE;
  }

  /** An array of strings. */
  static Arr ofStrings(Iterable<String> texts) {
    List<Json> items = new ArrayList<>();
    texts.forEach(text -> items.add(of(text)));
    return new Arr(items);
  }

  /** An object of the given members. */
  static Obj object(Map<String, ? extends Json> members) {
    return new Obj(new TreeMap<>(members));
  }

  /**
   * Reads one JSON text under the rules of FORMATS §1, nested at most 64 deep.
   *
   * @throws JsonException naming the pointer of the offender
   */
  static Json parse(String text) {
    return JsonReader.read(text);
  }

  /** Reads strict UTF-8; a byte order mark is refused, as {@link #parse(String)} otherwise. */
  static Json parse(byte[] utf8) {
    return JsonReader.read(JsonReader.decode(utf8));
  }

  /**
   * Reads a text that must be its own canonical form, as every text is that we wrote.
   *
   * @throws JsonException when it is no JSON or not canonical
   */
  static Json parseCanonical(String text) {
    Json value = JsonReader.read(text);
    if (!value.canonical().equals(text)) {
      throw new JsonException("", "the text is not its own canonical form (RFC 8785)");
    }
    return value;
  }

  /** Reads a text whose root must be an object; as {@link #parse(String)} otherwise. */
  static Obj parseObject(String text) {
    if (parse(text) instanceof Obj object) {
      return object;
    }
    throw new JsonException("", "the root is an object");
  }

  /** Whether a surrogate stands without its partner. */
  static boolean hasLoneSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c < Character.MIN_SURROGATE) {
        continue;
      }
      if (Character.isHighSurrogate(c)
          && i + 1 < text.length()
          && Character.isLowSurrogate(text.charAt(i + 1))) {
        i++;
      } else if (Character.isSurrogate(c)) {
        return true;
      }
    }
    return false;
  }

  /** The canonical text (RFC 8785). Cost is the size of the value. */
  default String canonical() {
    return new CanonicalText(CANONICAL_BYTES).value(this).toString();
  }

  /** The canonical text in UTF-8. */
  default byte[] canonicalBytes() {
    return new CanonicalText(CANONICAL_BYTES).value(this).toBytes();
  }

  /** Length of {@link #canonicalBytes}, counted without making them. */
  default long sizeBytes() {
    return CanonicalSize.of(this);
  }

  /** As {@link #sizeBytes()}, of a string value. */
  static long sizeBytes(String text) {
    return CanonicalSize.of(text);
  }

  /**
   * The member or item called {@code segment}, or null where there is none (RFC 6901 §4): objects
   * have members by name, arrays items by number.
   */
  default @Nullable Json member(String segment) {
    return switch (this) {
      case Obj object -> object.get(segment);
      case Arr array -> {
        int index = index(segment);
        yield index >= 0 && index < array.items.size() ? array.items.get(index) : null;
      }
      case Null _, Bool _, Num _, Str _ -> null;
    };
  }

  private static int index(String segment) {
    if (segment.isEmpty()
        || segment.length() > 9
        || segment.length() > 1 && segment.charAt(0) == '0') {
      return -1;
    }
    for (int i = 0; i < segment.length(); i++) {
      if (segment.charAt(i) < '0' || segment.charAt(i) > '9') {
        return -1;
      }
    }
    return Integer.parseInt(segment);
  }

  /** How deep containers nest: 0 for a scalar, 1 for an array or object of scalars. */
  default int nesting() {
    return switch (this) {
      case Arr array -> 1 + array.items.stream().mapToInt(Json::nesting).max().orElse(0);
      case Obj object ->
          1 + object.members.values().stream().mapToInt(Json::nesting).max().orElse(0);
      case Null _, Bool _, Num _, Str _ -> 0;
    };
  }
}
