package io.mnemogrid.checkpoint;

import io.mnemogrid.state.Hash;
import java.io.Serializable;

/**
 * The address of bytes by their SHA-256: CIDv1, raw, sha2-256, base32 lower case without padding
 * (RFC 4648 §6), 66 ASCII characters {@code ipfs://b…}.
 */
public record ContentAddress(Hash digest) implements Serializable {
  private static final String SCHEME = "ipfs://b";
  private static final byte[] PREFIX = {0x01, 0x55, 0x12, 0x20}; // CIDv1, raw, sha2-256, 32 bytes
  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
  private static final int LENGTH = 66;

  /** The address of {@code bytes}. */
  public static ContentAddress of(byte[] bytes) {
    return new ContentAddress(Hash.sha256(bytes));
  }

  /** Reads an address, with or without {@code ipfs://}; refuses another codec or hash. */
  public static ContentAddress parse(String text) {
    String full = text.startsWith("ipfs://") ? text : "ipfs://" + text;
    if (full.length() == LENGTH && full.startsWith(SCHEME)) {
      byte[] bytes = new byte[PREFIX.length + Hash.BYTES];
      int buffer = 0;
      int bits = 0;
      int at = 0;
      for (int i = SCHEME.length(); i < LENGTH; i++) {
        int digit = ALPHABET.indexOf(full.charAt(i));
        if (digit < 0) {
          throw malformed(text);
        }
        buffer = buffer << 5 | digit;
        bits += 5;
        if (bits >= 8) {
          bits -= 8;
          bytes[at++] = (byte) (buffer >> bits);
          buffer &= (1 << bits) - 1;
        }
      }
      ContentAddress address = new ContentAddress(Hash.at(bytes, PREFIX.length));
      if (address.toString().equals(full)) {
        return address;
      }
    }
    throw malformed(text);
  }

  private static IllegalArgumentException malformed(String text) {
    return new IllegalArgumentException(
        "a content address is ipfs://b and 58 base32 characters (CIDv1, raw, sha2-256), got "
            + (text.length() > 80 ? text.substring(0, 80) + "…" : text));
  }

  /** {@code ipfs://b…}, 66 characters. */
  @Override
  public String toString() {
    StringBuilder out = new StringBuilder(LENGTH).append(SCHEME);
    byte[] hash = digest.toBytes();
    int buffer = 0;
    int bits = 0;
    for (int i = 0; i < PREFIX.length + hash.length; i++) {
      int next = (i < PREFIX.length ? PREFIX[i] : hash[i - PREFIX.length]) & 0xff;
      buffer = buffer << 8 | next;
      bits += 8;
      while (bits >= 5) {
        bits -= 5;
        out.append(ALPHABET.charAt(buffer >> bits & 31));
      }
      buffer &= (1 << bits) - 1;
    }
    if (bits > 0) {
      out.append(ALPHABET.charAt(buffer << 5 - bits & 31));
    }
    return out.toString();
  }
}
