package io.mnemogrid.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** A place in a text, and the value there. Each method throws for a value of another shape. */
record Shape(String pointer, Json value) {
  private static final Pattern SPACE = Pattern.compile("[a-z0-9][a-z0-9._-]{0,63}");

  static Shape of(Json value) {
    return new Shape("", value);
  }

  /** Whether a text is the name of a space. */
  static boolean isSpace(String name) {
    return SPACE.matcher(name).matches();
  }

  /** The member {@code name}, which must be there. */
  Shape member(String name) {
    return optional(name).orElseThrow(() -> refusal("has no member " + name));
  }

  Optional<Shape> optional(String name) {
    return Optional.ofNullable(object().members().get(name))
        .map(found -> new Shape(Pointers.child(pointer, name), found));
  }

  /** Refuses members that are not among {@code names}. */
  Shape only(String... names) {
    Set<String> known = Set.of(names);
    for (String name : object().members().keySet()) {
      if (!known.contains(name)) {
        throw new Shape(Pointers.child(pointer, name), value).refusal("is not a member here");
      }
    }
    return this;
  }

  Json.Obj object() {
    if (value instanceof Json.Obj object) {
      return object;
    }
    throw refusal("is no object");
  }

  List<Shape> items() {
    if (!(value instanceof Json.Arr array)) {
      throw refusal("is no array");
    }
    List<Shape> items = new ArrayList<>();
    for (Json item : array.items()) {
      items.add(new Shape(pointer + "/" + items.size(), item));
    }
    return items;
  }

  String string() {
    if (value instanceof Json.Str text) {
      return text.value();
    }
    throw refusal("is no string");
  }

  String oneOf(String... texts) {
    String text = string();
    for (String known : texts) {
      if (known.equals(text)) {
        return text;
      }
    }
    throw refusal("is none of " + String.join(", ", texts));
  }

  /** A whole number in {@code [from, to]}. */
  long integer(long from, long to) {
    if (value instanceof Json.Num number) {
      double read = number.value();
      if (read == Math.rint(read) && read >= from && read <= to) {
        return (long) read;
      }
    }
    throw refusal("is no whole number from " + from + " to " + to);
  }

  /** A whole number of at most 53 bits that is at least {@code from}. */
  long integer(long from) {
    return integer(from, Numbers.MAX_SAFE);
  }

  boolean bool() {
    if (value instanceof Json.Bool bool) {
      return bool.value();
    }
    throw refusal("is no boolean");
  }

  Hash hash() {
    return Hash.at(bytes(Hash.BYTES), 0);
  }

  byte[] bytes(int length) {
    return Hash.fromHex(string(), length)
        .orElseThrow(() -> refusal("is not 0x and " + length + " bytes in lower-case hex"));
  }

  String space() {
    String name = string();
    if (!isSpace(name)) {
      throw refusal("is no name of a space");
    }
    return name;
  }

  /** The id of a grid. */
  String grid() {
    String id = string();
    if (!AuthorSignature.isGrid(id)) {
      throw refusal("is no id of a grid");
    }
    return id;
  }

  /** A JSON Pointer; the document itself only where {@code orDocument}. */
  String path(boolean orDocument) {
    String text = string();
    Optional<String> why = Pointers.whyNone(text);
    if (why.isPresent()) {
      throw refusal(why.get());
    }
    if (text.isEmpty() && !orDocument) {
      throw refusal("is the document itself");
    }
    return text;
  }

  JsonException refusal(String detail) {
    return new JsonException(pointer, detail);
  }
}
