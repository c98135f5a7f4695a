package io.mnemogrid.memory;

import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.signature.Base64Url;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The member {@code notes} of a record: which notes of which writer it joined.
 *
 * @param from number of the first
 * @param to number of the last
 * @param hash of the last; it binds all before it
 * @param signature the writer's over that hash, 64 bytes in unpadded base64url; null for notes of
 *     the grid's own writer until another grid needs it
 * @param voids those without an effect, by number
 */
public record NotesMember(
    WriterId writer,
    long from,
    long to,
    Hash hash,
    @Nullable String signature,
    List<VoidNote> voids) {
  private static final Pattern CODE = Pattern.compile("[a-z][a-z-]{0,63}");

  /**
   * A note without an effect.
   *
   * @param code why it has none, as {@link Code#text} spells it; a later version may know others
   */
  public record VoidNote(long seq, String code) {
    public VoidNote {
      if (!CODE.matcher(code).matches()) {
        throw new IllegalArgumentException("a code is of [a-z-]");
      }
    }
  }

  public NotesMember {
    voids = List.copyOf(voids);
    if (from < 1 || to < from || to > Dot.MAX_SEQ) {
      throw new IllegalArgumentException("notes " + from + " to " + to);
    }
    if (signature != null) {
      Base64Url.decode(signature, AuthorKey.SIGNATURE_BYTES, "the signature of notes");
    }
    long before = from - 1;
    for (VoidNote each : voids) {
      if (each.seq <= before || each.seq > to) {
        throw new IllegalArgumentException("void notes ascend from " + from + " to " + to);
      }
      before = each.seq;
    }
  }

  /**
   * The member that a record has.
   *
   * @throws JsonException when it has not the form of one
   */
  public static NotesMember parse(Json json) {
    if (!(json instanceof Json.Obj members) || !(members.get("void") instanceof Json.Arr voids)) {
      throw new JsonException("/notes", "is an object, and its void an array");
    }
    return JsonException.at(
        "/notes",
        () ->
            new NotesMember(
                new WriterId(members.text("writer")),
                seq(members, "from"),
                seq(members, "to"),
                Hash.parse(members.text("hash")),
                members.get("signature") instanceof Json.Null ? null : members.text("signature"),
                voids.items().stream().map(NotesMember::parseVoid).toList()));
  }

  private static VoidNote parseVoid(Json json) {
    if (!(json instanceof Json.Obj members)) {
      throw new IllegalArgumentException("a void note is an object");
    }
    return new VoidNote(seq(members, "seq"), members.text("code"));
  }

  private static long seq(Json.Obj members, String name) {
    if (members.get(name) instanceof Json.Num number
        && number.value() == Math.rint(number.value())) {
      return (long) number.value();
    }
    throw new IllegalArgumentException(name + " is a whole number");
  }

  /** As records spell it. */
  public Json.Obj toJson() {
    return Json.object(
        Map.of(
            "from", Json.of(from),
            "hash", Json.of(hash.toString()),
            "signature", signature == null ? Json.NULL : Json.of(signature),
            "to", Json.of(to),
            "void",
                new Json.Arr(
                    voids.stream()
                        .map(each ->
                            (Json)
                                Json.object(
                                    Map.of(
                                        "code", Json.of(each.code()),
                                        "seq", Json.of(each.seq()))))
                        .toList()),
            "writer", Json.of(writer.text())));
  }
}
