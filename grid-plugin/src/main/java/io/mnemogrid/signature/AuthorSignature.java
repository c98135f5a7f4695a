package io.mnemogrid.signature;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.bouncycastle.math.ec.rfc8032.Ed25519;

/**
 * An author's signature of a delta. What is signed is {@code mnemogrid-delta-1}, a zero byte, the
 * grid's id, SHA-256 of the space's name and the hash of the request: so it holds for one grid, one
 * space and one request alone.
 *
 * @param key whose it is
 * @param value unpadded base64url of 64 bytes, 86 characters
 */
public record AuthorSignature(AuthorKey key, String value) implements Serializable {
  /** The member of a delta that holds it; the request that is hashed is the delta without it. */
  public static final String MEMBER = "signature";

  private static final byte[] PREFIX = "mnemogrid-delta-1\0".getBytes(StandardCharsets.UTF_8);

  public AuthorSignature {
    Base64Url.decode(value, Ed25519.SIGNATURE_SIZE, "a signature");
  }

  /**
   * Reads the member {@code signature} of a delta: {@code {"key", "value"}}.
   *
   * @throws JsonException with the pointer of what is missing, unknown or malformed
   */
  public static AuthorSignature parse(Json json) {
    String at = "/" + MEMBER;
    if (!(json instanceof Json.Obj object)) {
      throw new JsonException(at, "is an object with key and value");
    }
    for (String name : object.members().keySet()) {
      if (!name.equals("key") && !name.equals("value")) {
        throw new JsonException(at, "has key and value alone");
      }
    }
    AuthorKey key = JsonException.at(at + "/key", () -> new AuthorKey(text(object, "key")));
    return JsonException.at(at + "/value", () -> new AuthorSignature(key, text(object, "value")));
  }

  private static String text(Json.Obj object, String name) {
    if (object.get(name) instanceof Json.Str text) {
      return text.value();
    }
    throw new IllegalArgumentException("is a string");
  }

  /** As {@link #parse} reads it. */
  public Json.Obj toJson() {
    return Json.object(Map.of("key", Json.of(key.text()), "value", Json.of(value)));
  }

  /** What is signed, 98 bytes. */
  static byte[] message(GridId grid, SpaceName space, Hash request) {
    return ByteBuffer.allocate(PREFIX.length + GridId.BYTES + 2 * Hash.BYTES)
        .put(PREFIX)
        .put(grid.toBytes())
        .put(Hash.sha256(space.text()).toBytes())
        .put(request.toBytes())
        .array();
  }

  /** Whether its key signed the request with that hash for that space of that grid. */
  public boolean signs(GridId grid, SpaceName space, Hash request) {
    return key.verifies(
        message(grid, space, request),
        Base64Url.decode(value, Ed25519.SIGNATURE_SIZE, "a signature"));
  }
}
