package io.mnemogrid.state;

import java.io.Serializable;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.DigestException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import org.jspecify.annotations.Nullable;

/**
 * A SHA-256 value (FIPS 180-4): exactly 32 bytes, held as four big-endian longs so that it is a
 * value without an array inside. Ordered as unsigned bytes.
 */
public record Hash(long a, long b, long c, long d) implements Comparable<Hash>, Serializable {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final int SCRATCH = 128;

  /** The value of each hex digit as a byte, -1 for all others. */
  private static final byte[] DIGITS = new byte[256];

  static {
    for (int c = 0; c < DIGITS.length; c++) {
      DIGITS[c] = (byte) digit(c);
    }
  }

  /** Length of a hash in bytes. */
  public static final int BYTES = 32;

  /** Length of its text. */
  static final int TEXT = 66;

  /** 32 zero bytes: the predecessor of the first record and of the first checkpoint. */
  public static final Hash ZERO = new Hash(0, 0, 0, 0);

  /** The hash of no bytes: the root of an empty trie and of an empty log. */
  public static final Hash OF_NOTHING = sha256(new byte[0]);

  /** The hash whose bytes stand in {@code bytes}; refuses any length but 32. */
  public static Hash of(byte[] bytes) {
    if (bytes.length != BYTES) {
      throw new IllegalArgumentException("a hash has 32 bytes, got " + bytes.length);
    }
    return at(bytes, 0);
  }

  /** The hash at {@code bytes[offset, offset + 32)}. */
  public static Hash at(byte[] bytes, int offset) {
    return new Hash(
        (long) LONGS.get(bytes, offset),
        (long) LONGS.get(bytes, offset + 8),
        (long) LONGS.get(bytes, offset + 16),
        (long) LONGS.get(bytes, offset + 24));
  }

  /** Reads {@code 0x} and 64 lower-case hex digits; refuses everything else. */
  public static Hash parse(String text) {
    if (text.length() != 66 || !text.startsWith("0x")) {
      throw new IllegalArgumentException("a hash is 0x and 64 hex digits, got " + shorten(text));
    }
    return new Hash(word(text, 2), word(text, 18), word(text, 34), word(text, 50));
  }

  private static long word(String text, int from) {
    long word = 0;
    for (int i = from; i < from + 16; i++) {
      int digit = digit(text.charAt(i));
      if (digit < 0) {
        throw new IllegalArgumentException("a hash is lower-case hex, got " + text);
      }
      word = word << 4 | digit;
    }
    return word;
  }

  private static int digit(int c) {
    if (c >= '0' && c <= '9') {
      return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  }

  /**
   * As {@link #parse}, for ASCII in {@code text[from, to)}; null for a text that is refused there.
   */
  static @Nullable Hash parseAscii(byte[] text, int from, int to) {
    if (to - from != 66 || text[from] != '0' || text[from + 1] != 'x') {
      return null;
    }
    long a = word(text, from + 2);
    long b = word(text, from + 18);
    long c = word(text, from + 34);
    long d = word(text, from + 50);
    for (int i = from + 2; i < to; i++) {
      if (DIGITS[text[i] & 0xff] < 0) {
        return null;
      }
    }
    return new Hash(a, b, c, d);
  }

  /** The value of 16 hex digits. Other characters give any value; the caller refuses them. */
  private static long word(byte[] text, int from) {
    long word = 0;
    for (int i = from; i < from + 16; i++) {
      word = word << 4 | DIGITS[text[i] & 0xff] & 15;
    }
    return word;
  }

  /** SHA-256 of {@code bytes}. */
  public static Hash sha256(byte[] bytes) {
    return sha256(bytes, 0, bytes.length);
  }

  /** SHA-256 of the UTF-8 bytes of {@code text}. */
  public static Hash sha256(String text) {
    return sha256(text.getBytes(StandardCharsets.UTF_8));
  }

  /** SHA-256 of {@code bytes[offset, offset + length)}. */
  public static Hash sha256(byte[] bytes, int offset, int length) {
    Digest digest = Digest.LOCAL.get();
    digest.sha.update(bytes, offset, length);
    return digest.finish();
  }

  /** SHA-256 of {@code prefix ‖ bytes}. */
  public static Hash sha256(byte prefix, byte[] bytes) {
    Digest digest = Digest.LOCAL.get();
    digest.sha.update(prefix);
    digest.sha.update(bytes, 0, bytes.length);
    return digest.finish();
  }

  /** SHA-256 of {@code prefix ‖ left ‖ right}. */
  public static Hash ofPair(byte prefix, Hash left, Hash right) {
    Digest digest = Digest.LOCAL.get();
    digest.scratch[0] = prefix;
    left.writeTo(digest.scratch, 1);
    right.writeTo(digest.scratch, 33);
    return digest.ofScratch(65);
  }

  /** SHA-256 of {@code prefix ‖ second ‖ left ‖ right}. */
  public static Hash ofPair(byte prefix, byte second, Hash left, Hash right) {
    Digest digest = Digest.LOCAL.get();
    digest.scratch[0] = prefix;
    digest.scratch[1] = second;
    left.writeTo(digest.scratch, 2);
    right.writeTo(digest.scratch, 34);
    return digest.ofScratch(66);
  }

  /** Bit {@code index} of 0..255; 0 is the highest bit of the first byte. */
  public int bit(int index) {
    long word =
        switch (index >>> 6) {
          case 0 -> a;
          case 1 -> b;
          case 2 -> c;
          default -> d;
        };
    return (int) (word >>> (63 - (index & 63))) & 1;
  }

  /** Index of the first bit in which the two differ, 256 when they are equal. */
  public int firstDifference(Hash other) {
    if (a != other.a) {
      return Long.numberOfLeadingZeros(a ^ other.a);
    }
    if (b != other.b) {
      return 64 + Long.numberOfLeadingZeros(b ^ other.b);
    }
    if (c != other.c) {
      return 128 + Long.numberOfLeadingZeros(c ^ other.c);
    }
    return d == other.d ? 256 : 192 + Long.numberOfLeadingZeros(d ^ other.d);
  }

  /** Writes the 32 bytes to {@code target[offset, offset + 32)}. */
  public void writeTo(byte[] target, int offset) {
    LONGS.set(target, offset, a);
    LONGS.set(target, offset + 8, b);
    LONGS.set(target, offset + 16, c);
    LONGS.set(target, offset + 24, d);
  }

  /** A fresh array of the 32 bytes. */
  public byte[] toBytes() {
    byte[] bytes = new byte[BYTES];
    writeTo(bytes, 0);
    return bytes;
  }

  @Override
  public int compareTo(Hash other) {
    int order = Long.compareUnsigned(a, other.a);
    if (order == 0) {
      order = Long.compareUnsigned(b, other.b);
    }
    if (order == 0) {
      order = Long.compareUnsigned(c, other.c);
    }
    return order == 0 ? Long.compareUnsigned(d, other.d) : order;
  }

  /** {@code 0x} and 64 lower-case hex digits. */
  @Override
  public String toString() {
    byte[] text = new byte[TEXT];
    writeText(text, 0);
    return new String(text, StandardCharsets.ISO_8859_1);
  }

  /** Writes what {@link #toString} gives, {@link #TEXT} bytes. */
  void writeText(byte[] target, int offset) {
    target[offset] = '0';
    target[offset + 1] = 'x';
    write(a, target, offset + 2);
    write(b, target, offset + 18);
    write(c, target, offset + 34);
    write(d, target, offset + 50);
  }

  private static void write(long word, byte[] text, int from) {
    for (int i = 0; i < 16; i++) {
      int digit = (int) (word >>> 60 - 4 * i) & 15;
      text[from + i] = (byte) (digit < 10 ? '0' + digit : 'a' + digit - 10);
    }
  }

  private static String shorten(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }

  /** A digest of this thread with room for one node; never escapes a call of this class. */
  private static final class Digest {
    static final ThreadLocal<Digest> LOCAL = ThreadLocal.withInitial(Digest::new);
    final MessageDigest sha;
    final byte[] scratch = new byte[SCRATCH];

    Digest() {
      try {
        sha = MessageDigest.getInstance("SHA-256");
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException("every Java platform has SHA-256", e);
      }
    }

    Hash ofScratch(int length) {
      sha.update(scratch, 0, length);
      return finish();
    }

    Hash finish() {
      try {
        sha.digest(scratch, 0, BYTES);
      } catch (DigestException e) {
        throw new IllegalStateException("32 bytes hold a SHA-256", e);
      }
      return at(scratch, 0);
    }
  }
}
