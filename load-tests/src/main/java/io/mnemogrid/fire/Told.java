package io.mnemogrid.fire;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.util.List;

/** A JSON object that a member answered, its members being what the reader takes them for. */
record Told(Json.Obj object) {
  static Told parse(String text) {
    return Json.parseCanonical(text) instanceof Json.Obj object
        ? new Told(object)
        : refuse("the answer", "an object", text);
  }

  boolean has(String name) {
    Json value = object.get(name);
    return value != null && !(value instanceof Json.Null);
  }

  String text(String name) {
    return object.get(name) instanceof Json.Str value
        ? value.value()
        : refuse(name, "a string", object.canonical());
  }

  long whole(String name) {
    return object.get(name) instanceof Json.Num value
        ? (long) value.value()
        : refuse(name, "a number", object.canonical());
  }

  boolean is(String name) {
    return object.get(name) instanceof Json.Bool value && value.value();
  }

  Hash hash(String name) {
    return Hash.parse(text(name));
  }

  Told object(String name) {
    return object.get(name) instanceof Json.Obj value
        ? new Told(value)
        : refuse(name, "an object", object.canonical());
  }

  List<Told> objects(String name) {
    return object.get(name) instanceof Json.Arr value
        ? objects(value)
        : refuse(name, "an array", object.canonical());
  }

  static List<Told> objects(Json.Arr array) {
    return array.items().stream()
        .map(item ->
            item instanceof Json.Obj one
                ? new Told(one)
                : Told.<Told>refuse("an item", "an object", array.canonical()))
        .toList();
  }

  private static <T> T refuse(String name, String wanted, String text) {
    throw new IllegalStateException(
        name + " should be " + wanted + " in " + text.substring(0, Math.min(300, text.length())));
  }
}
