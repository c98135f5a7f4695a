package io.mnemogrid.demo;

import io.mnemogrid.state.Json;
import java.util.List;
import java.util.stream.Collectors;

/**
 * A JSON object that a member answered. A getter throws when the field is missing or of another
 * type.
 */
record Fields(Json.Obj object) {
  static Fields parse(String text) {
    return new Fields(Json.parseObject(text));
  }

  boolean has(String name) {
    Json value = object.get(name);
    return value != null && !(value instanceof Json.Null);
  }

  String text(String name) {
    return object.get(name) instanceof Json.Str value ? value.value() : refuse(name, "a string");
  }

  String textOr(String name, String otherwise) {
    return has(name) ? text(name) : otherwise;
  }

  long whole(String name) {
    return object.get(name) instanceof Json.Num value
        ? (long) value.value()
        : refuse(name, "a number");
  }

  Json value(String name) {
    Json value = object.get(name);
    return value == null ? refuse(name, "a member") : value;
  }

  Fields fields(String name) {
    return object.get(name) instanceof Json.Obj value
        ? new Fields(value)
        : refuse(name, "an object");
  }

  List<Json> items(String name) {
    return object.get(name) instanceof Json.Arr value ? value.items() : refuse(name, "an array");
  }

  List<Fields> objects(String name) {
    return items(name).stream()
        .map(item -> item instanceof Json.Obj value ? new Fields(value) : wrongItem(name))
        .collect(Collectors.toList());
  }

  private Fields wrongItem(String name) {
    return refuse(name, "an array of objects");
  }

  private <T> T refuse(String name, String wanted) {
    throw new IllegalStateException(
        name + " should be " + wanted + " in " + shorten(object.canonical()));
  }

  /** The beginning of a text, for a message. */
  static String shorten(String text) {
    return text.length() <= 300 ? text : text.substring(0, 300) + "…";
  }
}
