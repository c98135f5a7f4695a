package io.mnemogrid.chain;

import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.Anchor.Anchored;
import io.mnemogrid.checkpoint.Checkpoint;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Timestamps;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;

/**
 * The two texts that the notary signs, both canonical JSON: the request for a checkpoint, and the
 * line that stands in the file, which is the request with a time and the hash of the line before.
 * In both, {@code signature} is over the canonical text of all other members. Neither text can pass
 * as the other, because a line has two members more.
 */
final class NotaryLine {
  private static final String SIGNATURE = "signature";
  private static final String PREVIOUS = "previous";
  private static final String TIME = "time";

  private NotaryLine() {}

  /** What a request asks for. */
  record Request(long number, Hash hash, String pointer, Address author) {
    static Request of(Checkpoint checkpoint) {
      return new Request(
          checkpoint.number(),
          checkpoint.hash(),
          checkpoint.pointer().toString(),
          checkpoint.manifest().author());
    }

    /** Reads a signed request; refuses what this key has not signed. */
    static Request parse(String text, NotaryKey key) {
      Json.Obj object = signed(text, key);
      Request request = request(object);
      requireMembers(object, request.members());
      return request;
    }

    String sign(NotaryKey key) {
      return signed(members(), key);
    }

    private Map<String, Json> members() {
      Map<String, Json> members = new HashMap<>();
      members.put("author", Json.of(author.text()));
      members.put("hash", Json.of(hash.toString()));
      members.put("number", Json.of(number));
      members.put("pointer", Json.of(pointer));
      return members;
    }
  }

  /** The line for a request, without its line break. */
  static String write(Request request, Instant time, Hash previous, NotaryKey key) {
    return signed(members(request, time, previous), key);
  }

  /** Reads the line after the one with hash {@code previous}; refuses all others. */
  static Anchored parse(String text, long number, Hash previous, NotaryKey key) {
    Json.Obj object = signed(text, key);
    Request request = request(object);
    Instant time = Timestamps.parse(object.text(TIME));
    requireMembers(object, members(request, time, Hash.parse(object.text(PREVIOUS))));
    if (request.number != number) {
      throw new IllegalArgumentException(
          "checkpoint " + request.number + " where " + number + " is next");
    }
    if (!object.text(PREVIOUS).equals(previous.toString())) {
      throw new IllegalArgumentException("it does not follow the line before it");
    }
    return new Anchored(number, request.hash, request.pointer, request.author, time);
  }

  /** The number that a line says it has. Its signature is not checked. */
  static long number(String text) {
    return request(Json.parseObject(text)).number;
  }

  /** Reads the line of that number, whatever stands before it; refuses all others. */
  static Anchored parse(String text, long number, NotaryKey key) {
    Json.Obj object = Json.parseObject(text);
    return parse(text, number, Hash.parse(object.text(PREVIOUS)), key);
  }

  private static Map<String, Json> members(Request request, Instant time, Hash previous) {
    Map<String, Json> members = request.members();
    members.put(PREVIOUS, Json.of(previous.toString()));
    members.put(TIME, Json.of(Timestamps.format(time)));
    return members;
  }

  static String signed(Map<String, Json> members, NotaryKey key) {
    Json.Obj unsigned = Json.object(members);
    return unsigned.with(SIGNATURE, Json.of(key.sign(unsigned.canonical()))).canonical();
  }

  static Json.Obj signed(String text, NotaryKey key) {
    Json.Obj object = Json.parseObject(text);
    if (!object.canonical().equals(text)) {
      throw new IllegalArgumentException("it is not its own canonical form");
    }
    Map<String, Json> members = new HashMap<>();
    object.members().forEach(members::put);
    members.remove(SIGNATURE);
    if (!key.verifies(Json.object(members).canonical(), object.text(SIGNATURE))) {
      throw new IllegalArgumentException("its signature is not of the key " + key.publicHex());
    }
    return object;
  }

  private static void requireMembers(Json.Obj object, Map<String, Json> members) {
    Json.Obj expected = Json.object(members).with(SIGNATURE, Json.of(object.text(SIGNATURE)));
    if (!expected.canonical().equals(object.canonical())) {
      throw new IllegalArgumentException("it has other members than it should");
    }
  }

  private static Request request(Json.Obj object) {
    if (!(object.get("number") instanceof Json.Num number)) {
      throw new IllegalArgumentException("number is not a number");
    }
    return new Request(
        (long) number.value(),
        Hash.parse(object.text("hash")),
        object.text("pointer"),
        new Address(object.text("author")));
  }
}
