package io.mnemogrid.secret;

import io.mnemogrid.state.Hash;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/**
 * The English word list of BIP-39, and the checksum of a phrase. The resource is {@code
 * bip-0039/english.txt} of github.com/bitcoin/bips (MIT), SHA-256 {@value #SHA_256}.
 */
final class MnemonicWords {
  static final String SHA_256 =
      "0x2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda";

  /** Shortest and longest word. */
  static final int LEAST_LETTERS = 3;

  static final int MOST_LETTERS = 8;

  private static final int COUNT = 2048;
  private static final int SLOTS = 8192; // a quarter is used, so a probe is short
  private static final long[] PACKED = new long[SLOTS];
  private static final short[] INDEX = new short[SLOTS];

  static {
    byte[] list = read();
    if (!Hash.sha256(list).toString().equals(SHA_256)) {
      throw new IllegalStateException("bip39-english.txt is not the list of BIP-39");
    }
    String[] words = new String(list, StandardCharsets.US_ASCII).split("\n", -1);
    for (short i = 0; i < COUNT; i++) {
      long packed = pack(words[i], 0, words[i].length());
      int slot = slot(packed);
      while (PACKED[slot] != 0) {
        slot = (slot + 1) & (SLOTS - 1);
      }
      PACKED[slot] = packed;
      INDEX[slot] = i;
    }
  }

  private MnemonicWords() {}

  private static byte[] read() {
    try (InputStream list =
        Objects.requireNonNull(MnemonicWords.class.getResourceAsStream("bip39-english.txt"))) {
      return list.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Up to eight letters, small or capital, in five bits each; never 0. */
  private static long pack(String text, int from, int to) {
    long packed = 0;
    for (int i = from; i < to; i++) {
      packed = (packed << 5) | (text.charAt(i) & 31);
    }
    return packed;
  }

  private static int slot(long packed) {
    long mixed = packed * 0x9E3779B97F4A7C15L; // the golden ratio: Fibonacci hashing
    return (int) (mixed >>> 51);
  }

  /** The place in the list of the word of letters at {@code [from, to)}, or -1. */
  static int indexOf(String text, int from, int to) {
    long packed = pack(text, from, to);
    int slot = slot(packed);
    while (PACKED[slot] != 0) {
      if (PACKED[slot] == packed) {
        return INDEX[slot];
      }
      slot = (slot + 1) & (SLOTS - 1);
    }
    return -1;
  }

  /**
   * Whether a phrase has the right checksum: its last bits, one for each 33, are the first bits of
   * the SHA-256 of the others.
   *
   * @param words the places of its words in the list, in a ring
   * @param first where the first word stands in the ring
   * @param count 12, 15, 18, 21 or 24
   */
  static boolean hasChecksum(short[] words, int first, int count) {
    int checked = count / 3;
    byte[] bits = new byte[(count * 11 + 7) / 8];
    for (int i = 0; i < count * 11; i++) {
      int word = words[(first + i / 11) % words.length];
      int bit = (word >> (10 - i % 11)) & 1;
      bits[i >> 3] |= (byte) (bit << (7 - (i & 7)));
    }
    int entropy = count * 11 - checked; // whole bytes: 16 to 32 of them
    Hash hash = Hash.sha256(bits, 0, entropy / 8);
    for (int i = 0; i < checked; i++) {
      int at = entropy + i;
      if (hash.bit(i) != ((bits[at >> 3] >> (7 - (at & 7))) & 1)) {
        return false;
      }
    }
    return true;
  }
}
