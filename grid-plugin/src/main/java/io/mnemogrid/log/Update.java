package io.mnemogrid.log;

import io.mnemogrid.proof.LogTree;
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
import java.io.InvalidObjectException;
import java.io.ObjectInputStream;
import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * One line of a space's history (FORMATS §4). What is hashed is its canonical text, which is kept
 * as it was read: members that a later version of the format adds stay in it.
 */
public final class Update implements Serializable {
  private static final long serialVersionUID = 1;

  /** Members of a record; the text of an update is made of them. */
  public record Fields(
      SpaceName space,
      long version,
      UpdateId id,
      Author author,
      String type,
      long base,
      Instant timestamp,
      Instant committed,
      Hash request,
      Hash previous,
      Hash root,
      Changes changes,
      List<Superseded> superseded,
      List<Overrode> overrode) {
    public Fields {
      superseded = List.copyOf(superseded);
      overrode = List.copyOf(overrode);
      if (version < 1 || base < 0 || base >= version) {
        throw new IllegalArgumentException("version " + version + " on base " + base);
      }
    }
  }

  private final transient Fields fields;
  private final String text;
  private final transient Hash leafHash;

  private Update(Fields fields, String text) {
    this.fields = fields;
    this.text = text;
    this.leafHash = LogTree.leafHash(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The record with these members. */
  public static Update of(Fields fields) {
    StringBuilder text = new StringBuilder(768);
    write(fields, text);
    return new Update(fields, text.toString());
  }

  /**
   * Reads a record.
   *
   * @throws JsonException when the text is not its own canonical form, or a member is missing or
   *     malformed; unknown members are kept
   */
  public static Update parse(String text) {
    if (!(Json.parseWritten(text) instanceof Json.Obj object)) {
      throw new JsonException("", "a record is an object");
    }
    Fields fields = new Reader(object).fields();
    StringBuilder written = new StringBuilder(text.length());
    write(fields, written);
    // A record with members of a later format is not what we would write; it may be canonical.
    if (!text.contentEquals(written) && !object.canonical().equals(text)) {
      throw new JsonException("", "a record is its own canonical form (RFC 8785)");
    }
    return new Update(fields, text);
  }

  /** As {@link #parse(String)}, of UTF-8. */
  public static Update parse(byte[] utf8) {
    String text = new String(utf8, StandardCharsets.UTF_8);
    if (!Arrays.equals(text.getBytes(StandardCharsets.UTF_8), utf8)) {
      throw new JsonException("", "a record is UTF-8"); // else its hash would be another's
    }
    return parse(text);
  }

  /** All members. */
  public Fields fields() {
    return fields;
  }

  /** The space it belongs to. */
  public SpaceName space() {
    return fields.space;
  }

  /** The version it makes, from 1. */
  public long version() {
    return fields.version;
  }

  /** The author's id for it. */
  public UpdateId id() {
    return fields.id;
  }

  /** State root after it. */
  public Hash root() {
    return fields.root;
  }

  /** Leaf hash of the record before, {@link Hash#ZERO} at version 1. */
  public Hash previous() {
    return fields.previous;
  }

  /** Its leaf in the log tree: what identifies the history up to here. */
  public Hash leafHash() {
    return leafHash;
  }

  /** The canonical text. */
  public String text() {
    return text;
  }

  /** The canonical text in UTF-8; a fresh array. */
  public byte[] toBytes() {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private record Text(String text) implements Serializable {
    private Object readResolve() {
      return parse(text);
    }
  }

  private Object writeReplace() {
    return new Text(text);
  }

  private void readObject(ObjectInputStream in) throws InvalidObjectException {
    throw new InvalidObjectException("an update travels as its text");
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Update update && text.equals(update.text);
  }

  @Override
  public int hashCode() {
    return leafHash.hashCode();
  }

  @Override
  public String toString() {
    return fields.space + " " + fields.version + " " + fields.id;
  }

  /** Writes the canonical text: the members in their order, for a record is made per commit. */
  private static void write(Fields fields, StringBuilder out) {
    string(out.append("{\"author\":"), fields.author.name());
    out.append(",\"base\":").append(fields.base);
    out.append(",\"changes\":{\"added\":");
    list(
        fields.changes.added(),
        out,
        add -> {
          string(out.append("{\"key\":"), add.path().toString());
          add.value().writeCanonical(out.append(",\"value\":"));
          out.append('}');
        });
    list(
        fields.changes.deleted(),
        out.append(",\"deleted\":"),
        gone -> {
          string(out.append("{\"key\":"), gone.path().toString());
          gone.oldValue().writeCanonical(out.append(",\"old_value\":"));
          out.append('}');
        });
    list(
        fields.changes.modified(),
        out.append(",\"modified\":"),
        change -> {
          string(out.append("{\"key\":"), change.path().toString());
          change.newValue().writeCanonical(out.append(",\"new_value\":"));
          change.oldValue().writeCanonical(out.append(",\"old_value\":"));
          out.append('}');
        });
    string(out.append("},\"committed\":"), Timestamps.format(fields.committed));
    list(
        fields.overrode,
        out.append(",\"overrode\":"),
        beaten -> toJson(beaten).writeCanonical(out));
    out.append(",\"previous\":\"").append(fields.previous);
    out.append("\",\"request\":\"").append(fields.request);
    out.append("\",\"root\":\"").append(fields.root);
    string(out.append("\",\"space\":"), fields.space.text());
    list(
        fields.superseded,
        out.append(",\"superseded\":"),
        lost -> toJson(lost).writeCanonical(out));
    string(out.append(",\"timestamp\":"), Timestamps.format(fields.timestamp));
    string(out.append(",\"type\":"), fields.type);
    string(out.append(",\"update_id\":"), fields.id.text());
    out.append(",\"version\":").append(fields.version).append('}');
  }

  private static void string(StringBuilder out, String text) {
    Json.writeString(text, out);
  }

  private static <T> void list(List<T> items, StringBuilder out, Consumer<T> writer) {
    out.append('[');
    for (int i = 0; i < items.size(); i++) {
      if (i > 0) {
        out.append(',');
      }
      writer.accept(items.get(i));
    }
    out.append(']');
  }

  /** A change that lost, as records and answers spell it. */
  public static Json.Obj toJson(Superseded lost) {
    return valueOrDeleted(lost.path(), lost.value())
        .with("by", Json.of(lost.by().name()))
        .with("by_version", Json.of(lost.byVersion()));
  }

  /** A write that was beaten, as records and answers spell it. */
  public static Json.Obj toJson(Overrode beaten) {
    return valueOrDeleted(beaten.path(), beaten.value())
        .with("author", Json.of(beaten.author().name()))
        .with("version", Json.of(beaten.version()));
  }

  private static Json.Obj valueOrDeleted(Pointer path, @Nullable Json value) {
    return value == null
        ? object("key", path, "deleted", Json.TRUE)
        : object("key", path, "value", value);
  }

  private static Json.Obj object(String keyName, Pointer path, String valueName, Json value) {
    TreeMap<String, Json> members = new TreeMap<>();
    members.put(keyName, Json.of(path.toString()));
    members.put(valueName, value);
    return new Json.Obj(members);
  }

  /** Reads the members of a record. */
  private record Reader(Json.Obj record) {
    Fields fields() {
      Json.Obj changes = object(record, "changes");
      return new Fields(
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
                      number(item, "version"))));
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
}
