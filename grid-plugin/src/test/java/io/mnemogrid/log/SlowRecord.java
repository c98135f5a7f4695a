package io.mnemogrid.log;

import io.mnemogrid.memory.NotesMember;
import io.mnemogrid.memory.WriterId;
import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.signature.AuthorSignature;
import io.mnemogrid.signature.Proven;
import io.mnemogrid.signature.Signed;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Overrode;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Superseded;
import io.mnemogrid.state.Timestamps;
import io.mnemogrid.state.UpdateId;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * The slow obvious twin of {@link RecordReader}: reads the whole text into a tree, writes the tree
 * again to see whether it is canonical, then looks its members up.
 */
record SlowRecord(Json.Obj record) {
  static Update.Fields read(byte[] utf8) {
    String text = new String(utf8, StandardCharsets.UTF_8);
    if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), utf8)) {
      throw new JsonException("", "a record is UTF-8");
    }
    if (!(Json.parseCanonical(text) instanceof Json.Obj object)) {
      throw new JsonException("", "a record is an object");
    }
    return new SlowRecord(object).fields();
  }

  Update.Fields fields() {
    Json.Obj changes = object(record, "changes");
    return new Update.Fields(
        new SpaceName(string(record, "space")),
        number(record, "version"),
        new UpdateId(string(record, "update_id")),
        new Author(string(record, "author")),
        string(record, "type"),
        number(record, "base"),
        Timestamps.parse(string(record, "timestamp")),
        Timestamps.parse(string(record, "committed")),
        Hash.parse(string(record, "request")),
        Hash.parse(string(record, "previous")),
        Hash.parse(string(record, "root")),
        new Changes(
            items(changes, "added", item -> new Changes.Added(key(item), member(item, "value"))),
            items(
                changes,
                "deleted",
                item -> new Changes.Deleted(key(item), member(item, "old_value"))),
            items(
                changes,
                "modified",
                item ->
                    new Changes.Modified(
                        key(item), member(item, "new_value"), member(item, "old_value")))),
        items(
            record,
            "superseded",
            item ->
                new Superseded(
                    key(item),
                    item.get("value"),
                    new Author(string(item, "by")),
                    number(item, "by_version"))),
        items(
            record,
            "overrode",
            item ->
                new Overrode(
                    key(item),
                    item.get("value"),
                    new Author(string(item, "author")),
                    number(item, "version"))),
        record.get("span") == null
            ? null
            : new Span(
                number(object(record, "span"), "first"), number(object(record, "span"), "last")),
        record.get("signed") == null ? null : signed(object(record, "signed")),
        record.get("notes") == null ? null : notes(object(record, "notes")),
        record.get("policy") == null ? null : Long.valueOf(number(record, "policy")));
  }

  private static NotesMember notes(Json.Obj notes) {
    boolean unsigned = member(notes, "signature").equals(Json.NULL);
    return new NotesMember(
        new WriterId(string(notes, "writer")),
        number(notes, "from"),
        number(notes, "to"),
        Hash.parse(string(notes, "hash")),
        unsigned ? null : string(notes, "signature"),
        items(
            notes,
            "void",
            item -> new NotesMember.VoidNote(number(item, "seq"), string(item, "code"))));
  }

  private static Signed signed(Json.Obj signed) {
    AuthorSignature signature =
        new AuthorSignature(new AuthorKey(string(signed, "key")), string(signed, "value"));
    return new Signed(new Proven(number(signed, "authors"), signature), object(signed, "request"));
  }

  private static Pointer key(Json.Obj item) {
    return Pointer.parse(string(item, "key"));
  }

  private static Json member(Json.Obj object, String name) {
    Json value = object.get(name);
    if (value == null) {
      throw new JsonException("/" + name, "a record has it");
    }
    return value;
  }

  private static Json.Obj object(Json.Obj object, String name) {
    if (member(object, name) instanceof Json.Obj value) {
      return value;
    }
    throw new JsonException("/" + name, "is an object in a record");
  }

  private static String string(Json.Obj object, String name) {
    if (member(object, name) instanceof Json.Str value) {
      return value.value();
    }
    throw new JsonException("/" + name, "is a string in a record");
  }

  private static long number(Json.Obj object, String name) {
    if (member(object, name) instanceof Json.Num value
        && value.value() == Math.rint(value.value())) {
      return (long) value.value();
    }
    throw new JsonException("/" + name, "is a whole number in a record");
  }

  private static <T> List<T> items(Json.Obj object, String name, Function<Json.Obj, T> reader) {
    if (!(member(object, name) instanceof Json.Arr array)) {
      throw new JsonException("/" + name, "is an array in a record");
    }
    List<T> items = new ArrayList<>();
    for (Json item : array.items()) {
      if (!(item instanceof Json.Obj entry)) {
        throw new JsonException("/" + name, "holds objects in a record");
      }
      items.add(reader.apply(entry));
    }
    return items;
  }
}
