package io.mnemogrid.signature;

import java.util.Base64;

/** Unpadded base64url (RFC 4648 §5), one spelling for each value. */
public final class Base64Url {
  private Base64Url() {}

  /** The text of bytes. */
  public static String encode(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /**
   * The bytes of a text.
   *
   * @param what names it in a refusal
   * @throws IllegalArgumentException when it is not the one spelling of {@code length} bytes
   */
  public static byte[] decode(String text, int length, String what) {
    if (!isOne(text) || bytes(text) != length) {
      throw new IllegalArgumentException(
          what + " is unpadded base64url of " + length + " bytes (RFC 4648, section 5)");
    }
    return Base64.getUrlDecoder().decode(text);
  }

  /** How many bytes a text of this many characters spells. */
  public static int bytes(String text) {
    return text.length() * 3 / 4;
  }

  /** Whether a text is the one spelling of some bytes. */
  public static boolean isOne(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (value(text.charAt(i)) < 0) {
        return false;
      }
    }
    return switch (text.length() % 4) {
      case 0 -> true;
      case 2 -> (value(text.charAt(text.length() - 1)) & 0x0f) == 0; // no loose bits at the end
      case 3 -> (value(text.charAt(text.length() - 1)) & 0x03) == 0;
      default -> false;
    };
  }

  private static int value(char c) {
    if (c >= 'A' && c <= 'Z') {
      return c - 'A';
    }
    if (c >= 'a' && c <= 'z') {
      return c - 'a' + 26;
    }
    if (c >= '0' && c <= '9') {
      return c - '0' + 52;
    }
    return c == '-' ? 62 : c == '_' ? 63 : -1;
  }
}
