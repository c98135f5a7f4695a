package io.mnemogrid.client;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.regex.Pattern;

/** The 32 bytes of a SHA-256; its text is {@code 0x} and 64 lower-case hex digits. */
public final class Hash {
  /** Bytes of a hash. */
  static final int BYTES = 32;

  private static final Pattern HEX = Pattern.compile("0x(?:[0-9a-f]{2})*");

  private final byte[] bytes;

  private Hash(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Reads {@code 0x} and 64 lower-case hex digits.
   *
   * @throws IllegalArgumentException for any other text
   */
  public static Hash parse(String text) {
    return fromHex(text, BYTES)
        .map(Hash::new)
        .orElseThrow(() ->
            new IllegalArgumentException("a hash is 0x and 64 lower-case hex digits, got " + text));
  }

  /** SHA-256 of the parts, one behind the other. */
  public static Hash sha256(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return new Hash(digest.digest());
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JVM has SHA-256", e);
    }
  }

  /** The hash in 32 of these bytes. */
  static Hash at(byte[] bytes, int from) {
    return new Hash(Arrays.copyOfRange(bytes, from, from + BYTES));
  }

  /** The bytes of lower-case hex; empty when it is none, or not of {@code length} bytes. */
  static Optional<byte[]> fromHex(String text, int length) {
    return text.length() == 2 + 2 * length && HEX.matcher(text).matches()
        ? Optional.of(HexFormat.of().parseHex(text, 2, text.length()))
        : Optional.empty();
  }

  /** A copy of the 32 bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** Bit {@code index}; 0 is the highest bit of the first byte. */
  int bit(int index) {
    return bytes[index >> 3] >> (7 - (index & 7)) & 1;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Hash hash && Arrays.equals(bytes, hash.bytes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(bytes);
  }

  @Override
  public String toString() {
    return "0x" + HexFormat.of().formatHex(bytes);
  }
}
