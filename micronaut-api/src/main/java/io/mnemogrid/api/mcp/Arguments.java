package io.mnemogrid.api.mcp;

import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.UpdateId;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The arguments of a call. Each is found under its name or one of its aliases, because models are
 * used to those of other servers. What is malformed is refused with the name of the argument; what
 * a tool does not know is passed over, as clients add members of their own.
 */
record Arguments(Json.Obj all) {
  /** The first of the names that is there and not null. */
  @Nullable Json find(String... names) {
    for (String name : names) {
      Json value = all.get(name);
      if (value != null && !(value instanceof Json.Null)) {
        return value;
      }
    }
    return null;
  }

  /** A text that must be there, and is not empty. */
  String text(String... names) {
    String text = optionalText(names);
    if (text == null || text.isEmpty()) {
      throw bad(names[0], "is required, a text that is not empty");
    }
    return text;
  }

  /** A text, null where it is not there. */
  @Nullable String optionalText(String... names) {
    return switch (find(names)) {
      case null -> null;
      case Json.Str text -> text.value();
      case Json.Num number -> number.canonical(); // a version, say
      case Json.Bool _, Json.Arr _, Json.Obj _, Json.Null _ -> throw bad(names[0], "is a text");
    };
  }

  /** A text as {@code reader} understands it, null where it is not there. */
  <T> @Nullable T read(String name, Function<String, T> reader) {
    String text = optionalText(name);
    try {
      return text == null ? null : reader.apply(text);
    } catch (IllegalArgumentException e) {
      throw bad(name, String.valueOf(e.getMessage()));
    }
  }

  /** A place of the document; the root where none is named. */
  Pointer path(String... names) {
    String text = optionalText(names);
    try {
      return text == null ? Pointer.ROOT : Pointer.parsePath(text);
    } catch (IllegalArgumentException e) {
      throw bad(names[0], String.valueOf(e.getMessage()));
    }
  }

  /** A whole number within bounds, {@code otherwise} where it is not there. */
  long number(long least, long most, long otherwise, String... names) {
    Json value = find(names);
    if (value == null) {
      return otherwise;
    }
    String text =
        switch (value) {
          case Json.Num number -> number.canonical();
          case Json.Str digits -> digits.value(); // some models quote numbers
          case Json.Bool _, Json.Arr _, Json.Obj _, Json.Null _ -> "";
        };
    long number;
    try {
      number = Long.parseLong(text);
    } catch (NumberFormatException e) {
      throw bad(names[0], "is a whole number from " + least + " to " + most);
    }
    if (number < least || number > most) {
      throw bad(names[0], "is a whole number from " + least + " to " + most);
    }
    return number;
  }

  /** Whether an argument is {@code true}. */
  boolean isTrue(String name) {
    return switch (find(name)) {
      case null -> false;
      case Json.Bool yes -> yes.value();
      case Json.Str _, Json.Num _, Json.Arr _, Json.Obj _, Json.Null _ ->
          throw bad(name, "is true or false");
    };
  }

  /** A list; a single value counts as a list of one, and none as an empty one. */
  List<Json> list(String... names) {
    return switch (find(names)) {
      case null -> List.of();
      case Json.Arr array -> array.items();
      case Json one -> List.of(one);
    };
  }

  /** A list of texts that must be there. */
  List<String> texts(String... names) {
    List<String> texts = new ArrayList<>();
    for (Json item : list(names)) {
      if (!(item instanceof Json.Str text)) {
        throw bad(names[0], "is a list of texts");
      }
      texts.add(text.value());
    }
    if (find(names) == null) {
      throw bad(names[0], "is required, a list of texts");
    }
    return texts;
  }

  /** A list of objects that must be there. */
  List<Arguments> objects(String... names) {
    if (find(names) == null) {
      throw bad(names[0], "is required, a list of objects");
    }
    List<Arguments> objects = new ArrayList<>();
    for (Json item : list(names)) {
      if (!(item instanceof Json.Obj object)) {
        throw bad(names[0], "is a list of objects");
      }
      objects.add(new Arguments(object));
    }
    return objects;
  }

  /** An id of an update. */
  static UpdateId id(String text) {
    try {
      return new UpdateId(text);
    } catch (IllegalArgumentException e) {
      throw bad("update_id", String.valueOf(e.getMessage()));
    }
  }

  /** The refusal of an argument. */
  static ProblemException bad(String name, String why) {
    return new ProblemException(
        Problem.badRequest(
                "the argument " + name + ": " + why, "tools/list shows the arguments of each tool")
            .at("/arguments/" + name, why));
  }
}
