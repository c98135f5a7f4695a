package io.mnemogrid.memory;

import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.state.Hash;
import java.io.Serializable;

/**
 * The id of a writer: the first 80 bits of the SHA-256 of its public key in base32 (RFC 4648 §6),
 * lower case, so a key and its id prove each other.
 *
 * @param text 16 characters of {@code [a-z2-7]}
 */
public record WriterId(String text) implements Comparable<WriterId>, Serializable {
  /** Characters that it has. */
  public static final int LENGTH = 16;

  private static final String ALPHABET = "abcdefghijklmnopqrstuvwxyz234567";
  private static final int BITS = 5;

  public WriterId {
    if (!isOne(text)) {
      throw new IllegalArgumentException("a writer is 16 characters of [a-z2-7]");
    }
  }

  /** The id that a public key has. */
  public static WriterId of(AuthorKey key) {
    byte[] digest = Hash.sha256(key.toBytes()).toBytes();
    StringBuilder text = new StringBuilder(LENGTH);
    for (int i = 0; i < LENGTH; i++) {
      int bit = i * BITS;
      int two = (digest[bit / 8] & 0xff) << 8 | digest[bit / 8 + 1] & 0xff;
      text.append(ALPHABET.charAt(two >> 11 - bit % 8 & 0x1f));
    }
    return new WriterId(text.toString());
  }

  /** Whether a text is spelled as an id. */
  static boolean isOne(String text) {
    return text.length() == LENGTH && isSpelled(text, 0, LENGTH);
  }

  /** Whether a part of a text has the characters of an id alone. */
  static boolean isSpelled(String text, int from, int to) {
    for (int i = from; i < to; i++) {
      char c = text.charAt(i);
      if ((c < 'a' || c > 'z') && (c < '2' || c > '7')) {
        return false;
      }
    }
    return true;
  }

  @Override
  public int compareTo(WriterId other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }
}
