package io.mnemogrid.signature;

import java.util.Base64;

/** Unpadded base64url (RFC 4648 §5), one spelling for each value. */
final class Base64Url {
  private Base64Url() {}

  static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * The bytes of a text.
   *
   * @param what names it in a refusal
   * @throws IllegalArgumentException when it is not the one spelling of {@code length} bytes
   */
  static byte[] decode(String text, int length, String what) {
    byte[] bytes;
    try {
      bytes = Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      bytes = new byte[0];
    }
    if (bytes.length != length || !encode(bytes).equals(text)) {
      throw new IllegalArgumentException(
          what + " is unpadded base64url of " + length + " bytes (RFC 4648, section 5)");
    }
    return bytes;
  }
}
