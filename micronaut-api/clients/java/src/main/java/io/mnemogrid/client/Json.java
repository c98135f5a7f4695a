package io.mnemogrid.client;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A JSON value of I-JSON (RFC 7493), deeply immutable: numbers are doubles, object members are
 * unique and sorted by UTF-16 code units. {@link #canonical()} is RFC 8785 (JCS), so two values are
 * equal exactly when their canonical texts are. {@code toString} is that text.
 */
public sealed interface Json {
  /** {@code null}. */
  record Null() implements Json {
    /** The value. It stands here, for an interface that makes its own kinds may lock itself up. */
    public static final Null VALUE = new Null();

    @Override
    public String toString() {
      return canonical();
    }
  }

  /** {@code true} or {@code false}. */
  record Bool(boolean value) implements Json {
    @Override
    public String toString() {
      return canonical();
    }
  }

  /** A finite number; minus zero is zero. */
  record Num(double value) implements Json {
    /** Refuses what JSON has no number for. */
    public Num {
      if (!Double.isFinite(value)) {
        throw new IllegalArgumentException("JSON has no " + value);
      }
      value = value == 0 ? 0 : value;
    }

    @Override
    public String toString() {
      return canonical();
    }
  }

  /** A string without lone surrogates. */
  record Str(String value) implements Json {
    /** Refuses lone surrogates, which have no UTF-8. */
    public Str {
      if (JsonText.hasLoneSurrogate(value)) {
        throw new IllegalArgumentException("a string holds no lone surrogates (RFC 7493 §2.1)");
      }
    }

    @Override
    public String toString() {
      return canonical();
    }
  }

  /** An array; in a document it is one leaf. */
  record Arr(List<Json> items) implements Json {
    /** Copies the items. */
    public Arr {
      items = List.copyOf(items);
    }

    @Override
    public String toString() {
      return canonical();
    }
  }

  /** An object, its members sorted by name. */
  record Obj(SortedMap<String, Json> members) implements Json {
    /** The object without members. */
    public static final Obj EMPTY = new Obj(Map.of());

    /** Copies the members. */
    public Obj {
      // The order of strings is that of UTF-16 code units, which RFC 8785 §3.2.3 asks for.
      SortedMap<String, Json> sorted = new TreeMap<>();
      sorted.putAll(members);
      members = Collections.unmodifiableSortedMap(sorted);
    }

    /** An object of these members. */
    public Obj(Map<String, Json> members) {
      this(new TreeMap<>(members));
    }

    @Override
    public String toString() {
      return canonical();
    }
  }

  /**
   * Reads one JSON text with the refusals of I-JSON: duplicate names, lone surrogates, whole
   * numbers that a double does not hold, and containers more than 64 deep.
   *
   * @throws JsonException when the text is refused; it names the place
   */
  static Json parse(String text) {
    return new JsonText(text, JsonText.MAX_DEPTH).read();
  }

  /**
   * Reads one JSON text of strict UTF-8, as {@link #parse(String)} does.
   *
   * @throws JsonException when the text is refused; it names the place
   */
  static Json parse(byte[] utf8) {
    return parse(JsonText.decode(utf8));
  }

  /**
   * Reads a text that must be its own canonical form.
   *
   * @throws JsonException when the text is refused, or has another canonical form
   */
  static Json parseCanonical(String text) {
    Json value = parse(text);
    if (!value.canonical().equals(text)) {
      throw new JsonException("", "the text is not its own canonical form (RFC 8785)");
    }
    return value;
  }

  /**
   * The value that plain Java objects make: null, booleans, numbers, strings, characters, enums,
   * lists and maps with names as keys, and {@code Json} itself.
   *
   * @throws IllegalArgumentException for other objects, and for numbers that a double does not hold
   */
  static Json of(Object plain) {
    if (plain == null) {
      return Null.VALUE;
    }
    if (plain instanceof Json json) {
      return json;
    }
    if (plain instanceof Boolean bool) {
      return new Bool(bool);
    }
    if (plain instanceof Number number) {
      return ofNumber(number);
    }
    if (plain instanceof CharSequence || plain instanceof Character || plain instanceof Enum<?>) {
      return new Str(plain.toString());
    }
    if (plain instanceof Iterable<?> items) {
      List<Json> read = new ArrayList<>();
      items.forEach(item -> read.add(of(item)));
      return new Arr(read);
    }
    if (plain instanceof Map<?, ?> members) {
      SortedMap<String, Json> read = new TreeMap<>();
      members.forEach((name, value) -> read.put(String.valueOf(name), of(value)));
      return new Obj(read);
    }
    throw new IllegalArgumentException("JSON has no " + plain.getClass().getName());
  }

  private static Json ofNumber(Number number) {
    double value = number.doubleValue();
    boolean whole =
        number instanceof Long || number instanceof BigInteger || number instanceof BigDecimal;
    if (whole
        && Double.isFinite(value)
        && new BigDecimal(number.toString()).compareTo(new BigDecimal(value)) != 0
        && new BigDecimal(number.toString()).compareTo(new BigDecimal(Numbers.text(value))) != 0) {
      throw new IllegalArgumentException("a double does not hold " + number + "; send a string");
    }
    if (number instanceof Float) {
      return new Num(Double.parseDouble(number.toString())); // 0.1f is 0.1, as it is shown
    }
    return new Num(value);
  }

  /** The canonical text (RFC 8785). */
  default String canonical() {
    StringBuilder text = new StringBuilder();
    JsonText.write(this, text);
    return text.toString();
  }

  /** The canonical text in UTF-8, as hashes cover it. */
  default byte[] canonicalBytes() {
    return canonical().getBytes(StandardCharsets.UTF_8);
  }

  /** Whether it is {@code null}. */
  default boolean isNull() {
    return this instanceof Null;
  }

  /**
   * The string.
   *
   * @throws IllegalStateException when it is none
   */
  default String text() {
    if (this instanceof Str text) {
      return text.value();
    }
    throw new IllegalStateException("no string: " + kind());
  }

  /**
   * The number.
   *
   * @throws IllegalStateException when it is none
   */
  default double number() {
    if (this instanceof Num number) {
      return number.value();
    }
    throw new IllegalStateException("no number: " + kind());
  }

  /**
   * The whole number, of at most 53 bits.
   *
   * @throws IllegalStateException when it is none
   */
  default long integer() {
    double number = number();
    if (number != Math.rint(number) || Math.abs(number) > Numbers.MAX_SAFE) {
      throw new IllegalStateException("no whole number of 53 bits: " + canonical());
    }
    return (long) number;
  }

  /**
   * The truth value.
   *
   * @throws IllegalStateException when it is none
   */
  default boolean bool() {
    if (this instanceof Bool bool) {
      return bool.value();
    }
    throw new IllegalStateException("no boolean: " + kind());
  }

  /**
   * The items of the array.
   *
   * @throws IllegalStateException when it is none
   */
  default List<Json> items() {
    if (this instanceof Arr array) {
      return array.items();
    }
    throw new IllegalStateException("no array: " + kind());
  }

  /**
   * The members of the object, sorted by name.
   *
   * @throws IllegalStateException when it is none
   */
  default SortedMap<String, Json> members() {
    if (this instanceof Obj object) {
      return object.members();
    }
    throw new IllegalStateException("no object: " + kind());
  }

  /** The member called {@code name}; empty where this is no object, or has none of that name. */
  default Optional<Json> member(String name) {
    return this instanceof Obj object
        ? Optional.ofNullable(object.members().get(name))
        : Optional.empty();
  }

  /** What a JSON Pointer (RFC 6901) leads to, into arrays too; empty where it leads to nothing. */
  default Optional<Json> find(String pointer) {
    return Pointers.lookUp(this, Pointers.segments(pointer));
  }

  /** The value as null, Boolean, Long or Double, String, List and Map, for other libraries. */
  default Object plain() {
    if (this instanceof Bool bool) {
      return bool.value();
    }
    if (this instanceof Num number) {
      double value = number.value();
      boolean whole = value == Math.rint(value) && Math.abs(value) <= Numbers.MAX_SAFE;
      return whole ? (Object) (long) value : (Object) value;
    }
    if (this instanceof Str text) {
      return text.value();
    }
    if (this instanceof Arr array) {
      List<Object> items = new ArrayList<>();
      array.items().forEach(item -> items.add(item.plain()));
      return items;
    }
    if (this instanceof Obj object) {
      Map<String, Object> members = new LinkedHashMap<>();
      object.members().forEach((name, value) -> members.put(name, value.plain()));
      return members;
    }
    return null;
  }

  private String kind() {
    return "it is "
        + (this instanceof Null
            ? "null"
            : this instanceof Obj
                ? "an object"
                : this instanceof Arr
                    ? "an array"
                    : this instanceof Str ? "a string" : canonical());
  }
}
