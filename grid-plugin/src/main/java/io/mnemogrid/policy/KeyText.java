package io.mnemogrid.policy;

import io.mnemogrid.state.Hash;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.zip.CRC32;

/**
 * What the holder of a key sends: {@code mg_}, an id of {@value #ID_LENGTH} characters, {@code _},
 * a secret of 256 random bits in base64url ({@value #SECRET_LENGTH} characters), and the CRC-32 of
 * all that in {@value #CHECK_LENGTH} characters of base62. By the check sum a scanner of secrets,
 * and a person who has copied half of one, recognise a key without asking anybody.
 *
 * <p>The secret is random and long, so its SHA-256 is what is kept of it: nobody finds it by
 * guessing, and a slow hash would protect nothing more.
 *
 * @param id the part that is no secret and names the key
 * @param whole all characters
 */
public record KeyText(String id, String whole) {
  /** Characters of an id. */
  public static final int ID_LENGTH = 8;

  private static final String PREFIX = "mg_";
  private static final int SECRET_LENGTH = 43;
  private static final int SECRET_BYTES = 32;
  private static final int CHECK_LENGTH = 6;
  private static final int CHECKED =
      PREFIX.length() + ID_LENGTH + 1 + SECRET_LENGTH; // what the check sum is of
  private static final String BASE62 =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  /** A new one; {@code random} fills an array from a cryptographic source. */
  public static KeyText make(Consumer<byte[]> random) {
    byte[] id = new byte[Long.BYTES];
    random.accept(id);
    return of(base62(ByteBuffer.wrap(id).getLong(), ID_LENGTH), random);
  }

  /** A new secret for the key of that id. */
  static KeyText of(String id, Consumer<byte[]> random) {
    byte[] secret = new byte[SECRET_BYTES];
    random.accept(secret);
    String checked =
        PREFIX + id + "_" + Base64.getUrlEncoder().withoutPadding().encodeToString(secret);
    return new KeyText(id, checked + check(checked));
  }

  /** The key in a text; empty when it has another form or another check sum. */
  public static Optional<KeyText> parse(String text) {
    boolean hasForm =
        text.length() == CHECKED + CHECK_LENGTH
            && text.startsWith(PREFIX)
            && text.charAt(PREFIX.length() + ID_LENGTH) == '_'
            && text.chars().allMatch(c -> c > ' ' && c < 0x7F);
    if (!hasForm || !text.substring(CHECKED).equals(check(text.substring(0, CHECKED)))) {
      return Optional.empty();
    }
    return Optional.of(
        new KeyText(text.substring(PREFIX.length(), PREFIX.length() + ID_LENGTH), text));
  }

  private static String check(String checked) {
    CRC32 crc = new CRC32();
    crc.update(checked.getBytes(StandardCharsets.US_ASCII));
    return base62(crc.getValue(), CHECK_LENGTH);
  }

  /** The last digits of a number without sign. */
  private static String base62(long number, int length) {
    long rest = number;
    char[] digits = new char[length];
    for (int i = length - 1; i >= 0; i--) {
      digits[i] = BASE62.charAt((int) Long.remainderUnsigned(rest, BASE62.length()));
      rest = Long.divideUnsigned(rest, BASE62.length());
    }
    return new String(digits);
  }

  /** What a store keeps of it: SHA-256 of all characters. */
  public Hash hash() {
    return Hash.sha256(whole.getBytes(StandardCharsets.US_ASCII));
  }

  /** The id alone, so that no log holds a secret by accident. */
  @Override
  public String toString() {
    return PREFIX + id + "_…";
  }
}
