package io.mnemogrid.client;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.util.List;

/**
 * A JSON object that a member answered. A getter throws when the field is missing or of another
 * type.
 */
public record Answered(Json.Obj object) {
  public static Answered parse(String text) {
    return Json.parseCanonical(text) instanceof Json.Obj object
        ? new Answered(object)
        : refuse("the answer", "an object", text);
  }

  public boolean has(String name) {
    Json value = object.get(name);
    return value != null && !(value instanceof Json.Null);
  }

  public String text(String name) {
    return object.get(name) instanceof Json.Str value
        ? value.value()
        : refuse(name, "a string", object.canonical());
  }

  public long whole(String name) {
    return object.get(name) instanceof Json.Num value
        ? (long) value.value()
        : refuse(name, "a number", object.canonical());
  }

  public boolean is(String name) {
    return object.get(name) instanceof Json.Bool value && value.value();
  }

  public Hash hash(String name) {
    return Hash.parse(text(name));
  }

  public Answered object(String name) {
    return object.get(name) instanceof Json.Obj value
        ? new Answered(value)
        : refuse(name, "an object", object.canonical());
  }

  public List<Answered> objects(String name) {
    return object.get(name) instanceof Json.Arr value
        ? objects(value)
        : refuse(name, "an array", object.canonical());
  }

  public static List<Answered> objects(Json.Arr array) {
    return array.items().stream()
        .map(item ->
            item instanceof Json.Obj one
                ? new Answered(one)
                : Answered.<Answered>refuse("an item", "an object", array.canonical()))
        .toList();
  }

  private static <T> T refuse(String name, String wanted, String text) {
    throw new IllegalStateException(
        name + " should be " + wanted + " in " + text.substring(0, Math.min(300, text.length())));
  }
}
