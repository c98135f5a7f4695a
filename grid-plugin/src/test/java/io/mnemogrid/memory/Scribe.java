package io.mnemogrid.memory;

import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.signature.AuthorSigner;
import io.mnemogrid.signature.Base64Url;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/** Writes and signs the notes of one writer, each on the one before. */
final class Scribe {
  static final String COLLECTIVE = "0123456789abcdef0123456789abcdef";
  private final byte[] seed;
  private final AuthorKey key;
  private long seq;
  private Hash previous = Hash.ZERO;

  Scribe(String name) {
    seed = Hash.sha256(name).toBytes();
    key = AuthorSigner.ofSeed(seed).key();
  }

  WriterId id() {
    return WriterId.of(key);
  }

  /** The first document as a state. */
  static State first() {
    return state(Collective.first(COLLECTIVE));
  }

  static State state(Json.Obj document) {
    List<Changes.Added> added = new ArrayList<>();
    State.forEachLeafOf(
        Pointer.ROOT, document, (path, value) -> added.add(new Changes.Added(path, value)));
    return with(State.EMPTY, new Changes(added, List.of(), List.of()));
  }

  static State with(State state, Changes changes) {
    return state.apply(changes, Instant.EPOCH, new Author("a"), 1);
  }

  static Json.Obj join(Scribe writer, String author) {
    return Json.object(
        Map.of(
            "op", Json.of("join"),
            "author", Json.of(author),
            "key", Json.of(writer.key.text())));
  }

  static Json.Obj learn(String content) {
    return Json.object(
        Map.of(
            "op", Json.of("learn"),
            "type", Json.of("memory"),
            "content", Json.of(content),
            "memory_type", Json.of("episodic"),
            "importance", new Json.Num(0.5),
            "confidence", new Json.Num(0.5)));
  }

  static Json.Obj op(String name, String... members) {
    Json.Obj operation = Json.object(Map.of("op", Json.of(name)));
    for (int i = 0; i < members.length; i += 2) {
      operation = operation.with(members[i], Json.of(members[i + 1]));
    }
    return operation;
  }

  /** The next note. */
  String note(long millis, List<? extends Json> operations) {
    seq++;
    String text =
        Json.object(
                Map.of(
                    "collective", Json.of(COLLECTIVE),
                    "note", Json.of(1),
                    "ops", new Json.Arr(List.copyOf(operations)),
                    "previous", Json.of(previous.toString()),
                    "seq", Json.of(seq),
                    "stamp", Json.of(Stamp.of(millis, 0).text()),
                    "writer", Json.of(id().text())))
            .canonical();
    previous = Note.hash(text.getBytes(java.nio.charset.StandardCharsets.UTF_8));
    return text;
  }

  AuthorKey key() {
    return key;
  }

  /** The signature over the newest note. */
  String signature() {
    return sign(Note.signed(previous));
  }

  String sign(byte[] message) {
    byte[] signature = new byte[AuthorKey.SIGNATURE_BYTES];
    Ed25519.sign(seed, 0, message, 0, message.length, signature, 0);
    return Base64Url.encode(signature);
  }

  Push push(String... notes) throws Push.Refused {
    return Push.read(COLLECTIVE, 0, List.of(notes), signature());
  }
}
