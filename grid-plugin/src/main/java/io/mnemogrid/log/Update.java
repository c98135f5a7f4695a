package io.mnemogrid.log;

import io.mnemogrid.memory.Dot;
import io.mnemogrid.memory.NotesMember;
import io.mnemogrid.proof.LogTree;
import io.mnemogrid.signature.AuthorSignature;
import io.mnemogrid.signature.Signed;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.CanonicalText;
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
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One record of a space's history (FORMATS §4). Its hash is made of its canonical text. The text is
 * kept as it was read, so members that a later version of the format adds stay in it.
 */
public final class Update implements Serializable {
  private static final long serialVersionUID = 1;

  /** Most records are no longer. */
  private static final int TYPICAL_BYTES = 768;

  /**
   * Members of a record; the text of an update is made of them.
   *
   * @param span the versions that its request made; null when it made this one alone
   * @param signed the author's signature, or null
   * @param notes the notes of a collective that it joined, or null
   * @param policy the version of the policies that it was judged by; null where the format has none
   */
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
      List<Overrode> overrode,
      @Nullable Span span,
      @Nullable Signed signed,
      @Nullable NotesMember notes,
      @Nullable Long policy) {
    /** The members of an update that joined no notes. */
    public Fields(
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
        List<Overrode> overrode,
        @Nullable Span span,
        @Nullable Signed signed) {
      this(
          space,
          version,
          id,
          author,
          type,
          base,
          timestamp,
          committed,
          request,
          previous,
          root,
          changes,
          superseded,
          overrode,
          span,
          signed,
          null,
          null);
    }

    /** The members of an update whose request made no other, and was not signed. */
    public Fields(
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
      this(
          space,
          version,
          id,
          author,
          type,
          base,
          timestamp,
          committed,
          request,
          previous,
          root,
          changes,
          superseded,
          overrode,
          null,
          null);
    }

    public Fields {
      superseded = List.copyOf(superseded);
      overrode = List.copyOf(overrode);
      if (version < 1 || base < 0 || base >= version) {
        throw new IllegalArgumentException("version " + version + " on base " + base);
      }
      if (span != null && (version < span.first() || version > span.last())) {
        throw new IllegalArgumentException("version " + version + " is not in " + span);
      }
      if (policy != null && (policy < 0 || policy > Dot.MAX_SEQ)) {
        throw new IllegalArgumentException("policies have no version " + policy);
      }
    }
  }

  private final transient Fields fields;
  private final transient byte[] utf8; // nobody changes it
  private final transient Hash leafHash;

  private Update(Fields fields, byte[] utf8) {
    this.fields = fields;
    this.utf8 = utf8;
    this.leafHash = LogTree.leafHash(utf8);
  }

  /** The record with these members. */
  public static Update of(Fields fields) {
    return new Update(fields, write(fields));
  }

  /** Parses a record from a text, as {@link #parse(byte[])} does. */
  public static Update parse(String text) {
    if (Json.hasLoneSurrogate(text)) {
      throw new JsonException("", "a lone surrogate"); // else its hash would be another's
    }
    return parse(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * Reads a record, whose bytes become the update's: nobody changes them any more.
   *
   * @throws JsonException when the text is not its own canonical form, or a member is missing or
   *     malformed; unknown members are kept
   */
  public static Update parse(byte[] utf8) {
    return new Update(RecordReader.read(utf8), utf8);
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

  /** The first version that its request made; its own version, if the request made no other. */
  public long firstVersion() {
    Span span = fields.span;
    return span == null ? fields.version : span.first();
  }

  /** Its leaf in the log tree: what identifies the history up to here. */
  public Hash leafHash() {
    return leafHash;
  }

  /** The canonical text; each call makes a new string. */
  public String text() {
    return new String(utf8, StandardCharsets.UTF_8);
  }

  /** The canonical text in UTF-8, the array itself: nobody may change it. */
  public byte[] bytes() {
    return utf8;
  }

  /** The canonical text in UTF-8; a fresh array. */
  public byte[] toBytes() {
    return utf8.clone();
  }

  /** Whether this is its canonical text in UTF-8. */
  public boolean hasBytes(byte[] text) {
    return Arrays.equals(utf8, text);
  }

  /** Length of the canonical text in UTF-8. */
  public int sizeBytes() {
    return utf8.length;
  }

  /** What travels in place of an update: its text. It is checked and hashed where it arrives. */
  private static final class Wire implements Serializable {
    private static final long serialVersionUID = 1;
    private final byte[] utf8;

    Wire(byte[] utf8) {
      this.utf8 = utf8;
    }

    private Object readResolve() {
      return parse(utf8);
    }
  }

  private Object writeReplace() {
    return new Wire(utf8);
  }

  private void readObject(ObjectInputStream in) throws InvalidObjectException {
    throw new InvalidObjectException("an update travels as its text");
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Update update && Arrays.equals(utf8, update.utf8);
  }

  @Override
  public int hashCode() {
    return leafHash.hashCode();
  }

  @Override
  public String toString() {
    return fields.space + " " + fields.version + " " + fields.id;
  }

  /**
   * The canonical text, member by member in their order. Every commit makes a record, so no tree of
   * JSON values is made for it.
   */
  private static byte[] write(Fields fields) {
    CanonicalText out = new CanonicalText(TYPICAL_BYTES);
    out.ascii("{\"author\":").string(fields.author.name());
    out.ascii(",\"base\":").number(fields.base);
    list(
        fields.changes.added(),
        out.ascii(",\"changes\":{\"added\":"),
        add -> key(out, add.path()).ascii(",\"value\":").value(add.value()).ascii("}"));
    list(
        fields.changes.deleted(),
        out.ascii(",\"deleted\":"),
        gone -> key(out, gone.path()).ascii(",\"old_value\":").value(gone.oldValue()).ascii("}"));
    list(
        fields.changes.modified(),
        out.ascii(",\"modified\":"),
        change -> {
          key(out, change.path()).ascii(",\"new_value\":").value(change.newValue());
          out.ascii(",\"old_value\":").value(change.oldValue()).ascii("}");
        });
    out.ascii("},\"committed\":\"").ascii(Timestamps.format(fields.committed));
    out.ascii("\"");
    NotesMember notes = fields.notes;
    if (notes != null) {
      out.ascii(",\"notes\":").value(notes.toJson());
    }
    list(fields.overrode, out.ascii(",\"overrode\":"), beaten -> out.value(toJson(beaten)));
    Long policy = fields.policy;
    if (policy != null) {
      out.ascii(",\"policy\":").number(policy);
    }
    out.ascii(",\"previous\":\"").hash(fields.previous);
    out.ascii("\",\"request\":\"").hash(fields.request);
    out.ascii("\",\"root\":\"").hash(fields.root);
    out.ascii("\"");
    Signed signed = fields.signed;
    if (signed != null) {
      AuthorSignature signature = signed.proven().signature();
      out.ascii(",\"signed\":{\"authors\":").number(signed.proven().authors());
      out.ascii(",\"key\":").string(signature.key().text());
      out.ascii(",\"request\":").value(signed.request());
      out.ascii(",\"value\":").string(signature.value()).ascii("}");
    }
    out.ascii(",\"space\":").string(fields.space.text());
    Span span = fields.span;
    if (span != null) {
      out.ascii(",\"span\":{\"first\":").number(span.first());
      out.ascii(",\"last\":").number(span.last()).ascii("}");
    }
    list(fields.superseded, out.ascii(",\"superseded\":"), lost -> out.value(toJson(lost)));
    out.ascii(",\"timestamp\":\"").ascii(Timestamps.format(fields.timestamp));
    out.ascii("\",\"type\":").string(fields.type);
    out.ascii(",\"update_id\":").string(fields.id.text());
    out.ascii(",\"version\":").number(fields.version).ascii("}");
    return out.toBytes();
  }

  private static CanonicalText key(CanonicalText out, Pointer path) {
    return out.ascii("{\"key\":").string(path.toString());
  }

  private static <T> void list(List<T> items, CanonicalText out, Consumer<T> writer) {
    out.ascii("[");
    for (int i = 0; i < items.size(); i++) {
      if (i > 0) {
        out.ascii(",");
      }
      writer.accept(items.get(i));
    }
    out.ascii("]");
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
}
