package io.mnemogrid.signature;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;

/**
 * The member {@code signed} of a record whose author signed its request. The request stands there
 * too, because a record does not show all of it and its hash alone proves nothing to others.
 *
 * @param proven the signature, and what it was judged by
 * @param request the delta as sent, without its signature
 */
public record Signed(Proven proven, Json.Obj request) {
  /** Most canonical bytes of a request that is signed. */
  public static final int MAX_BYTES = 512 << 10;

  /**
   * Refuses a delta that is too large to be signed.
   *
   * @param bytes of its canonical JSON
   * @throws JsonException when they are more than {@link #MAX_BYTES}
   */
  public static void checkSize(int bytes) {
    if (bytes > MAX_BYTES) {
      throw new JsonException(
          "", "a delta that is signed has at most 512 KiB, got " + bytes + " bytes");
    }
  }
}
