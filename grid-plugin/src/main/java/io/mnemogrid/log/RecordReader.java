package io.mnemogrid.log;

import io.mnemogrid.memory.NotesMember;
import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.signature.AuthorSignature;
import io.mnemogrid.signature.Proven;
import io.mnemogrid.signature.Signed;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.CanonicalReader;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Overrode;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Superseded;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Reads the members of one record (FORMATS §4) while its canonical form is checked; Members that it
 * does not know are only checked. Used once.
 */
final class RecordReader {
  private final CanonicalReader in;
  private @Nullable SpaceName space;
  private @Nullable Long version;
  private @Nullable UpdateId id;
  private @Nullable Author author;
  private @Nullable String type;
  private @Nullable Long base;
  private @Nullable Instant timestamp;
  private @Nullable Instant committed;
  private @Nullable Hash request;
  private @Nullable Hash previous;
  private @Nullable Hash root;
  private @Nullable Changes changes;
  private @Nullable List<Superseded> superseded;
  private @Nullable List<Overrode> overrode;
  private @Nullable Span span;
  private @Nullable Signed signed;
  private @Nullable NotesMember notes;
  private @Nullable Long policy;

  private RecordReader(CanonicalReader in) {
    this.in = in;
  }

  /**
   * All members of the record with the text {@code utf8}.
   *
   * @throws IllegalArgumentException when the text is not canonical, or a member is missing or
   *     malformed
   */
  static Update.Fields read(byte[] utf8) {
    CanonicalReader in = new CanonicalReader(utf8);
    RecordReader reader = new RecordReader(in);
    in.beginObject();
    while (in.nextMember()) {
      reader.member();
    }
    in.end();
    return reader.fields();
  }

  private void member() {
    switch (in.name()) {
      case "author" -> author = in.author();
      case "base" -> base = in.wholeNumber();
      case "changes" -> changes = changes();
      case "committed" -> committed = in.time();
      case "notes" -> notes = NotesMember.parse(in.value());
      case "overrode" -> overrode = items(Item::overrode);
      case "policy" -> policy = in.wholeNumber();
      case "previous" -> previous = in.hash();
      case "request" -> request = in.hash();
      case "root" -> root = in.hash();
      case "space" -> space = in.spaceName();
      case "signed" -> signed = signed();
      case "span" -> span = span();
      case "superseded" -> superseded = items(Item::superseded);
      case "timestamp" -> timestamp = in.time();
      case "type" -> type = in.word();
      case "update_id" -> id = new UpdateId(in.string());
      case "version" -> version = in.wholeNumber();
      default -> in.value();
    }
  }

  private Update.Fields fields() {
    return new Update.Fields(
        need(space, "space"),
        need(version, "version"),
        need(id, "update_id"),
        need(author, "author"),
        need(type, "type"),
        need(base, "base"),
        need(timestamp, "timestamp"),
        need(committed, "committed"),
        need(request, "request"),
        need(previous, "previous"),
        need(root, "root"),
        need(changes, "changes"),
        need(superseded, "superseded"),
        need(overrode, "overrode"),
        span,
        signed,
        notes,
        policy);
  }

  private Signed signed() {
    Long authors = null;
    AuthorKey key = null;
    String value = null;
    Json sent = null;
    in.beginObject();
    while (in.nextMember()) {
      switch (in.name()) {
        case "authors" -> authors = in.wholeNumber();
        case "key" -> key = new AuthorKey(in.string());
        case "request" -> sent = in.value();
        case "value" -> value = in.string();
        default -> in.value();
      }
    }
    if (!(sent instanceof Json.Obj object)) {
      throw new JsonException("/signed/request", "is an object");
    }
    AuthorSignature signature =
        new AuthorSignature(need(key, "signed/key"), need(value, "signed/value"));
    return new Signed(new Proven(need(authors, "signed/authors"), signature), object);
  }

  private Span span() {
    Long first = null;
    Long last = null;
    in.beginObject();
    while (in.nextMember()) {
      switch (in.name()) {
        case "first" -> first = in.wholeNumber();
        case "last" -> last = in.wholeNumber();
        default -> in.value();
      }
    }
    return new Span(need(first, "span/first"), need(last, "span/last"));
  }

  private static <T> T need(@Nullable T value, String name) {
    if (value == null) {
      throw new JsonException("/" + name, "a record has it");
    }
    return value;
  }

  private Changes changes() {
    List<Changes.Added> added = null;
    List<Changes.Deleted> deleted = null;
    List<Changes.Modified> modified = null;
    in.beginObject();
    while (in.nextMember()) {
      switch (in.name()) {
        case "added" -> added = items(Item::added);
        case "deleted" -> deleted = items(Item::deleted);
        case "modified" -> modified = items(Item::modified);
        default -> in.value();
      }
    }
    return new Changes(
        need(added, "changes/added"),
        need(deleted, "changes/deleted"),
        need(modified, "changes/modified"));
  }

  private <T> List<T> items(Function<Item, T> reader) {
    in.beginArray();
    if (!in.nextItem()) {
      return List.of();
    }
    List<T> items = new ArrayList<>();
    do {
      items.add(reader.apply(new Item(in)));
    } while (in.nextItem());
    return items;
  }

  /** One entry of a list of a record. */
  private static final class Item {
    private final CanonicalReader in;
    private @Nullable Pointer key;
    private @Nullable Json value;
    private @Nullable Json oldValue;
    private @Nullable Json newValue;
    private @Nullable Json author;
    private @Nullable Json by;
    private @Nullable Json version;
    private @Nullable Json byVersion;

    Item(CanonicalReader in) {
      this.in = in;
      in.beginObject();
      while (in.nextMember()) {
        switch (in.name()) {
          case "author" -> author = in.value();
          case "by" -> by = in.value();
          case "by_version" -> byVersion = in.value();
          case "key" -> key = in.pointer();
          case "new_value" -> newValue = in.value();
          case "old_value" -> oldValue = in.value();
          case "value" -> value = in.value();
          case "version" -> version = in.value();
          default -> in.value();
        }
      }
    }

    Changes.Added added() {
      return new Changes.Added(need(key, "key"), need(value, "value"));
    }

    Changes.Deleted deleted() {
      return new Changes.Deleted(need(key, "key"), need(oldValue, "old_value"));
    }

    Changes.Modified modified() {
      return new Changes.Modified(
          need(key, "key"), need(newValue, "new_value"), need(oldValue, "old_value"));
    }

    Superseded superseded() {
      return new Superseded(
          need(key, "key"), value, name(by, "by"), number(byVersion, "by_version"));
    }

    Overrode overrode() {
      return new Overrode(
          need(key, "key"), value, name(author, "author"), number(version, "version"));
    }

    private <T> T need(@Nullable T member, String name) {
      if (member == null) {
        throw in.refuse("has no " + name);
      }
      return member;
    }

    private Author name(@Nullable Json member, String name) {
      if (need(member, name) instanceof Json.Str text) {
        return new Author(text.value());
      }
      throw in.refuse(name + " is a string");
    }

    private long number(@Nullable Json member, String name) {
      if (need(member, name) instanceof Json.Num number
          && number.value() == Math.rint(number.value())) {
        return (long) number.value();
      }
      throw in.refuse(name + " is a whole number");
    }
  }
}
